# Whatever happens to the recorder, what it has written can be read.

# Kills a recording at a random moment; what was written up to the last second must be there.
# A host that takes the CPU away for a while stops the recorder's clock as well, so now and
# then the second may be longer. In a folder of its own; leaves in it how many ms were lost.
kill_one() { # NUMBER
	local booted_ns slept_ns last_ns age_ms
	mkdir "$1" && cd "$1" || fail "kill $1: no folder"
	start -a -F 199
	sleep "$(awk -v seed="$1$$" 'BEGIN { srand(seed); printf "%.3f", 0.2 + 2 * rand() }')"
	booted_ns=$(awk '{ printf "%d", $1 * 1000 }' /proc/uptime)000000
	kill -KILL $recorder
	wait $recorder 2>/dev/null
	"$PROFILE" info --json profile.data >info.json || fail "kill $1: the trace does not open"
	"$PROFILE" export folded profile.data >/dev/null || fail "kill $1: nothing can be drawn"
	last_ns=$(info last_ns)
	slept_ns=$(($(info clock_boottime_ns) - $(info clock_start_ns))) # the trace's clock did not
	age_ms=$(((booted_ns - slept_ns - last_ns) / 1000000))
	[ $age_ms -le 5000 ] || fail "kill $1: the last sample is $age_ms ms old"
	echo $age_ms >age_ms
}

test_a_killed_recorder_leaves_everything_up_to_the_last_second() {
	local times=$([ -n "$FULL" ] && echo 200 || echo 20) one other old
	"$W/shares" random 600 >/dev/null &
	local load=$!
	for i in $(seq 1 2 "$times"); do # two at a time: most of it is waiting
		kill_one "$i" &
		one=$!
		kill_one $((i + 1)) &
		other=$!
		wait $one && wait $other || fail "kill $i or $((i + 1))"
	done
	kill $load
	wait $load 2>/dev/null
	old=$(cat */age_ms | awk '$1 > 1100 { n++ } END { print n + 0 }')
	echo "$(cat */age_ms | wc -l) of $times traces open, $old of them without the last second;" \
		"the last sample was $(cat */age_ms | sort -n | xargs) ms old"
	[ $((old * 10)) -le "$times" ] || fail "too many"
}

test_a_full_disk_is_3_and_the_trace_is_readable() {
	mkdir small
	mount -t tmpfs -o size=256k tmpfs small 2>/dev/null || skip "cannot mount a tmpfs"
	trap 'umount small; rm -rf "$dir"' EXIT
	dd if=/dev/zero of=small/filler bs=1k count=150 2>/dev/null
	record 3 -F 4999 -a -o small/profile.data -d 60s -- "$W/call_paths"
	"$PROFILE" info --json small/profile.data >info.json || fail "the trace does not open"
	grep -q '"stop": "disk full"' info.json || fail "$(cat info.json)"
}

# A limit of the file's size stands for a disk that has no room for the trailer.
test_waits_that_a_full_disk_takes_are_lost_and_add_up() {
	mkdir small
	mount -t tmpfs -o size=256k tmpfs small 2>/dev/null || skip "cannot mount a tmpfs"
	trap 'umount small; rm -rf "$dir"' EXIT
	dd if=/dev/zero of=small/filler bs=1k count=100 2>/dev/null
	"$PROFILE" record -v -e chain --max-overhead 0 -o small/profile.data -- "$W/pairs" 1000 3 2>said
	[ $? -eq 3 ] || fail "the disk did not get full: $(cat said)"
	tr -d , <said | awk '/ waits: .* generated / { sound = $3 + $6 == $10 + $13 && $13 + 0 > 0 }
		END { exit !sound }' ||
		fail "$(cat said)"
}

test_a_disk_that_is_full_at_the_very_end_is_3() {
	local recorder sleeper
	command -v prlimit >/dev/null || skip "no prlimit"
	sleep 60 &
	sleeper=$!
	env --default-signal=INT --ignore-signal=XFSZ "$PROFILE" record -q -p $sleeper 2>said &
	recorder=$!
	wait_trace profile.data
	sleep 1
	prlimit --pid $recorder --fsize="$(stat -c %s profile.data)"
	kill -INT $recorder
	wait $recorder
	[ $? -eq 3 ] || fail "exit status is not 3: $(cat said)"
	kill $sleeper
	"$PROFILE" info profile.data >/dev/null || fail "the trace does not open"
}

# More samples in one round than the writer is given at once.
test_what_waits_when_the_disk_is_full_is_lost_to_the_full_disk() {
	mkdir small
	mount -t tmpfs -o size=256k tmpfs small 2>/dev/null || skip "cannot mount a tmpfs"
	trap 'umount small; rm -rf "$dir"' EXIT
	dd if=/dev/zero of=small/filler bs=1k count=150 2>/dev/null
	"$PROFILE" record -v -e page-faults -o small/profile.data -- "$W/call_paths" 20 5 >refs 2>said
	[ $? -eq 3 ] || fail "$(cat said)"
	grep 'lost (.*not written' said || fail "nothing is lost: $(cat said)"
	! grep -q unreadable said || fail "lost to something else: $(cat said)"
}

test_a_cpu_that_comes_back_is_sampled_again() {
	online=/sys/devices/system/cpu/cpu1/online # not local: the trap below needs it
	[ -w $online ] && [ "$(cat $online)" = 1 ] || skip "CPU 1 cannot be taken offline here"
	[ -n "$FULL" ] || skip "takes a CPU from everybody: FULL=1"
	trap 'echo 1 >$online; rm -rf "$dir"' EXIT
	"$PROFILE" record -q -a -d 10s -C 1 &
	wait_trace profile.data
	sleep 1
	echo 0 >$online || skip "CPU 1 does not go offline here"
	sleep 1
	echo 1 >$online
	taskset -c 1 "$W/shares" random 3 >refs
	wait
	seen burn_seventy || fail "CPU 1 was not sampled again: $(folded | head)"
}

# Most of what a full ring refuses the kernel reports with the next record that finds room; here
# none comes any more.
test_counts_task_records_that_were_lost_at_the_very_end() {
	local recorder lost
	[ "$(uname -r | cut -d. -f1)" -ge 6 ] || skip "before 6.0 the kernel does not count them"
	sleep 60 &
	local sleeper=$!
	"$PROFILE" record -q -p $sleeper 2>/dev/null &
	recorder=$!
	wait_trace profile.data
	sleep 0.5
	kill -STOP $recorder
	taskset -c 0 bash -c 'for _ in $(seq 7000); do /bin/true; done'
	kill -TERM $recorder
	kill -CONT $recorder
	wait $recorder
	kill $sleeper
	lost=$("$PROFILE" info --json profile.data | sed -n 's/^ *"task_events": \([0-9]*\).*/\1/p')
	[ "${lost:-0}" -ge 100 ] || fail "counted ${lost:-nothing}"
}
