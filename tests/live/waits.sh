# Waits: how long, where, ended by whom, and that nothing is left out. tell_waits (judges/)
# says what the trace says, workloads what they know (REF lines); both as numbers of ns.

# Numbers of ns as they are: not as 1.38e+13.
exact_awk() {
	awk -v OFMT=%.0f -v CONVFMT=%.0f "$@"
}

# record_waits WAY ARG...: every wait, whatever it costs, to ./profile.data; then lines.
record_waits() {
	local way=$1
	shift
	record 0 -e "$way" --max-overhead 0 "$@" || exit 1
	wait_lines
}

# What must hold in every trace of waits: nothing WRONG, nothing lost. A thread of the machine
# for which the kernel had no memory at that moment is not one of those that are judged here:
# they must have their accounts.
wait_lines() {
	"$JUDGES/tell_waits" profile.data >lines || fail "$(grep -m 3 '^WRONG' lines)"
	! grep '^LOST' lines | grep -v switches_not_tracked || fail "something was lost"
}

# Sums whose user stack holds a function: "COUNT NS" of all that $2, a condition of awk, takes.
# Fields: 4 state, 5 flags, 6 count, 7 blocked, 8 runnable, 9 longest, 10 of links, 11 chain,
# 12 kernel, 13 user.
sums_of() { # function [condition]
	exact_awk -v f=";$1;" '$1 == "SUM" && index(";" $13 ";", f) && ('"${2:-1}"') {
		cnt += $6; ns += $7 + $8 } END { print cnt + 0, ns + 0 }' lines
}

# within_each NS TRULY COUNT TID: within 1 % and 100 us each. A thread that loses its CPU while it
# looks at the clock is off it for longer than its wait: those times are on top, and so is what
# the recording itself says to be unknown of that thread.
within_each() {
	local begin end gap
	read -r _ begin < <(sums_of ref_wait_begin)
	read -r _ end < <(sums_of ref_wait_end)
	read -r _ _ _ gap _ < <(account_of "$4")
	[ "$gap" -eq 0 ] || echo "unknown of $4: $((gap / 1000)) us"
	exact_awk -v ns="$1" -v truly="$2" -v cnt="$3" -v more=$((begin + end + gap)) -v gap="$gap" \
		'BEGIN { most = truly / 100 + cnt * 100000
			exit !(ns - truly <= most + gap && truly - ns <= most + more) }'
}

# as_often SEEN TRULY TID: exactly, but for what happened while a thread's time is unknown.
as_often() {
	local gap
	read -r _ _ _ gap _ < <(account_of "$3")
	[ "$1" -eq "$2" ] || { [ "$gap" -gt 0 ] && near "$1" "$2" 2; }
}

# Some machines hide switches: the scheduler's own tracepoint says that A gives way to B, and then
# that C gives way, with nothing in between. A recording can only say that it does not know (gap).
# Here, by the kernel's own tracer, how many of them in two seconds; which threads are hidden, and
# so how often, changes from minute to minute: where there are none it looks again, for half a
# minute.
hidden_switches() {
	local cnt
	for _ in $(seq 15); do
		cnt=$(hidden_in_2_s)
		[ "$cnt" = 0 ] || break
	done
	echo "$cnt"
}

hidden_in_2_s() {
	local tracer=/sys/kernel/tracing/instances/profile-live-test-$$
	mkdir "$tracer" 2>/dev/null || { echo 0; return; }
	echo 1 >"$tracer/events/sched/sched_switch/enable"
	sleep 2
	echo 0 >"$tracer/events/sched/sched_switch/enable"
	awk '{ cpu = prev = next_pid = ""
		for (i = 1; i <= NF; i++) {
			if ($i ~ /^\[[0-9]+\]$/) cpu = $i
			if ($i ~ /^prev_pid=/) prev = substr($i, 10)
			if ($i ~ /^next_pid=/) next_pid = substr($i, 10) }
		if (prev == "") next
		if (cpu in on && on[cpu] != prev) holes++
		on[cpu] = next_pid }
		END { print holes + 0 }' "$tracer/trace"
	rmdir "$tracer"
}

# The kernel function that a wait is in, behind those of the scheduler, and of what our own
# programs put upon it.
LEAF='^(_*schedule(_timeout|_hrtimeout_range|_hrtimeout_range_clock|_hrtimeout|_preempt_disabled)?|io_schedule(_timeout)?|preempt_schedule.*|__cond_resched|bpf_.*|__bpf_.*|__traceiter_.*|_*trace_.*)$'

# kernel_leaves FUNCTION: "NS LEAF" of the waits below that function that were blocked.
kernel_leaves() {
	exact_awk -v f=";$1;" -v scheduler="$LEAF" '
		$1 == "SUM" && index(";" $13 ";", f) && $7 {
			cnt = split($12, frames, ";")
			for (i = 1; i < cnt && frames[i] ~ scheduler; i++)
				;
			ns[frames[i]] += $7 + $8
		}
		END { for (leaf in ns) print ns[leaf], leaf }' lines | sort -rn
}

# expect_way NAME LEAF: time, count and kernel leaf (a pattern) of one way to wait.
expect_way() {
	local calls truly voluntary involuntary cnt ns leaf waiter
	waiter=$(ref waiter refs)
	read -r calls truly voluntary involuntary < <(ref "wait $1" refs)
	read -r cnt ns < <(sums_of "wait_$1")
	read -r _ leaf < <(kernel_leaves "wait_$1")
	echo "$1: $cnt waits of $((ns / 1000)) us in $leaf; truly $voluntary + $involuntary of" \
		"$((truly / 1000)) us in $calls calls"
	[ -n "$truly" ] || fail "the workload did not get there"
	read -r cnt _ < <(sums_of "wait_$1" '$4 != "preempted"')
	as_often "$cnt" "$voluntary" "$waiter" ||
		fail "$1: it left its CPU $voluntary times, not $cnt"
	within_each "$ns" "$truly" "$voluntary" "$waiter" || fail "$1: more than 1 % + 100 us a wait off"
	[ "$voluntary" -eq 0 ] || echo "$leaf" | grep -qE "^($2)\$" || fail "$1: waits in $leaf"
}

need_disk() {
	case $(stat -f -c %T .) in
	tmpfs | ramfs | overlayfs) skip "$PWD is on no disk" ;;
	esac
}

test_sums_of_sleepers_are_right() {
	record_waits chain -- "$W/waiter" . 23 sleep_5 sleep_10 sleep_100 nanosleep timerfd >refs
	for way in sleep_5 sleep_10 sleep_100 nanosleep; do
		expect_way $way '(do|hrtimer)_nanosleep'
	done
	expect_way timerfd 'timerfd_read(_iter)?|do_wait_intr_irq'
}

FUTEX='futex_(wait_queue|wait_queue_me|do_wait)|__futex_wait'

test_sums_of_waits_for_another_thread_are_right() {
	record_waits chain -- "$W/waiter" . 23 mutex futex cond pipe epoll udp >refs
	expect_way mutex "$FUTEX"
	expect_way futex "$FUTEX"
	expect_way cond "$FUTEX"
	expect_way pipe '(anon_)?pipe_(read|wait_readable)'
	expect_way epoll '(do_)?(ep_poll|epoll_wait)'
	expect_way udp '__skb_wait_for_more_packets.*|__skb_recv_udp'
}

DISK='.*(wait_on_(bit|page|buffer)|bit_wait|folio_wait|wait_for_completion|submit_bio_wait'
DISK=$DISK'|blk|jbd2|iomap_dio|dio_|wait_for_common|rq_qos|folio_lock|lock_page|filemap).*'

test_sums_of_waits_for_a_disk_are_right() {
	need_disk
	record_waits chain -- "$W/waiter" . 23 fsync fault disk >refs
	expect_way fsync "$DISK"
	expect_way fault "$DISK"
	expect_way disk "$DISK"
}

# The nearest frame of the program itself is the function that waits.
test_waits_have_the_caller_of_the_user() {
	local wrong
	record_waits offcpu -- "$W/waiter" . 7 sleep_5 mutex futex cond pipe epoll >refs
	wrong=$(exact_awk '$1 == "SUM" && $13 ~ /;measure;main;/ && $7 {
		if ($13 !~ /(^|;)wait_[a-z_0-9]+;measure;main;/) print $13 }' lines)
	[ -z "$wrong" ] || fail "a caller is missing: $wrong"
	[ "$(exact_awk '$13 ~ /wait_[a-z_0-9]+;measure;main;.*_start$/ { cnt += $6 } END { print cnt + 0 }' \
		lines)" -ge $((6 * 7)) ] || fail "no whole stacks: $(grep wait_ lines)"
}

# When an account begins and when it ends.
recorded_span() {
	exact_awk -v tid="$1" '$1 == "ACCOUNT" && $3 == tid {
		if (!from || $5 < from) from = $5
		if ($6 > to) to = $6 } END { print from + 0, to + 0 }' lines
}

# expect_span FUNCTION FROM TO: blocked there all that time, within 10 ms, and what the recording
# says that threads were kept from running: between a look at the clock and what it is about
# they may lose their CPU.
expect_span() {
	local cnt ns kept_ns
	kept_ns=$(exact_awk '$1 == "ACCOUNT" { ns += $8 + $10 } END { print ns + 0 }' lines)
	read -r cnt ns < <(sums_of "$1" '$7')
	echo "$1: $cnt waits of $((ns / 1000)) us; truly $((($3 - $2) / 1000)) us;" \
		"kept from running $((kept_ns / 1000)) us"
	[ "$cnt" -eq 1 ] || fail "$1: not one wait"
	near "$ns" $(($3 - $2)) $((10000000 + kept_ns)) || fail "$1: more than 10 ms off"
}

test_waits_that_have_no_beginning_or_no_end_are_there() {
	local process victim from to clock slice end
	"$W/blocked" >refs &
	process=$!
	victim=$(wait_ref victim refs)
	wait_ref ready refs >/dev/null
	start -e chain --max-overhead 0 -p "$process,$victim" -d 2s
	touch go
	expect 0 wait $recorder
	kill $process
	[ -n "$(ref killed refs)" ] || skip "this machine is too slow: it did not get there in 2 s"
	wait_lines
	clock=$(exact_awk '$1 == "FACT" { print $2; exit }' lines)
	slice=$(exact_awk '$1 == "SLICE" { print $2; exit }' lines) # the first in which a wait ended
	end=$(exact_awk '$1 == "TOTAL" { print $4 }' lines)
	read -r from to < <(recorded_span "$(ref throughout refs)")
	echo "recorded from $clock to $end, first in slice $slice; accounts from $from to $to"
	[ "$from" -ge "$clock" ] && [ "$from" -le "$slice" ] ||
		fail "accounts do not begin with the recording"
	near "$to" "$end" 10000000 || fail "accounts do not end with it"
	[ $((to - from)) -ge 1990000000 ] || fail "that is less than what was asked for"
	expect_span blocked_throughout "$from" "$to"
	expect_span blocked_before "$from" "$(ref woke refs)"
	expect_span blocked_at_end "$(ref began refs)" "$to"
	expect_span blocked_and_killed "$from" "$(ref killed refs)"
}

# One wait from before the beginning to behind the end, of a state that is not asked for: it is
# in no sum, so it is among those that are only counted.
test_what_was_not_asked_for_is_counted_also_where_it_does_not_end() {
	sleep 30 &
	record 0 -e offcpu --wait-state uninterruptible -p $! -d 1s
	kill $!
	"$JUDGES/tell_waits" profile.data >lines
	awk '$1 == "SUM" { sums++ }
		$1 == "ACCOUNT" { left = $6 - $5 - $13 }
		END { exit sums || left > 1000000 || left < -1000000 }' lines || fail "$(cat lines)"
}

# Processes come and go while a recording ends, and for as long as it takes to ask all threads what
# they did until then: whoever is not there any more to be asked has told it when it went.
test_who_exits_as_the_recording_ends_has_its_account() {
	local storm i
	while :; do true & command true | command true; done &
	storm=$!
	for i in 1 2 3 4 5 6; do
		record 0 -e offcpu -a --max-overhead 0 --keep 1000000 -d 300ms
		"$JUDGES/tell_waits" profile.data >lines || fail "$(grep -m 3 '^WRONG' lines)"
		awk '$1 == "WAIT" { waited[$3] = 1 }
			$1 == "ACCOUNT" { cnt[$3]++ }
			$1 == "LOST" && $2 ~ /accounts|not_tracked/ { lost += $3 }
			END {
				for (tid in waited) if (!cnt[tid]) { print "no account: " tid; without++ }
				for (tid in cnt) if (cnt[tid] > 1) { print "twice: " tid; twice++ }
				exit without > lost || twice
			}' lines || { kill $storm; fail "accounts are not those of the threads"; }
	done
	kill $storm
}

# ACCOUNT lines of a thread: "ON RUNNABLE BLOCKED GAP LIFE".
account_of() {
	exact_awk -v tid="$1" '$1 == "ACCOUNT" && $3 == tid { on += $7; runnable += $8; blocked += $9
		gap += $10; life += $6 - $5 }
		END { print on + 0, runnable + 0, blocked + 0, gap + 0, life + 0 }' lines
}

# The hypervisor takes time away that the kernel may or may not count as time on a CPU: what
# is judged is runnable and blocked.
test_runnable_and_blocked_are_kept_apart() {
	local tid on delay switches saw_on saw_runnable saw_blocked gap life
	record_waits offcpu -- "$W/spinners" 4 3 >refs
	[ "$(grep -c '^REF thread spinner' refs)" -eq 4 ] || fail "no spinners"
	while read -r tid on delay switches; do
		read -r saw_on saw_runnable saw_blocked gap life < <(account_of "$tid")
		echo "$tid: runnable $((saw_runnable / 1000)) us, truly $((delay / 1000)) in $switches" \
			"switches; on $((saw_on / 1000)), truly $((on / 1000)); blocked" \
			"$((saw_blocked / 1000)), gap $((gap / 1000)) of $((life / 1000))"
		near "$saw_runnable" "$delay" $((delay / 100 + switches * 15000 + gap)) ||
			fail "runnable is more than 1 % + 15 us a switch off"
		[ "$saw_blocked" -lt 1000000 ] || fail "it was never blocked"
	done < <(ref 'thread spinner' refs)
}

# expect_conserved THREADS: at least so many, and each one's parts are its life, but for 0.1 %;
# of that, what is unknown is at most as much again, unless the machine hides switches.
expect_conserved() {
	exact_awk '$1 == "ACCOUNT" { life = $6 - $5; all += life; gaps += $10; cnt++
			off = life - $7 - $8 - $9 - $10; if (off < 0) off = -off
			if (off > life / 1000) { print "beyond 0.1 %: " $0; bad++ }
			if (life && off / life > most) most = off / life }
		END { printf "%d threads, %.3f s, at most %.5f %% of one missing; unknown %.6f s, %.4f %%\n",
			cnt, all / 1e9, 100 * most, gaps / 1e9, all ? 100 * gaps / all : 0
			exit bad || cnt < '"$1"' }' lines || fail "time is missing, or there are few threads"
	expect_few_gaps
}

expect_few_gaps() {
	local hidden
	exact_awk '$1 == "ACCOUNT" { all += $6 - $5; gaps += $10 }
		END { exit gaps > all / 1000 }' lines && return
	hidden=$(hidden_switches)
	echo "this machine hides $hidden switches in 2 s"
	[ "$hidden" -gt 0 ] || fail "more than 0.1 % is unknown"
}

test_time_is_conserved_in_messaging() {
	command -v perf >/dev/null || skip "perf is not here"
	record_waits chain -- perf bench sched messaging -g 4 -l 300 >refs
	expect_conserved 160
}

test_time_is_conserved_in_a_pipe() {
	command -v perf >/dev/null || skip "perf is not here"
	record_waits chain -- perf bench sched pipe -l 100000 >refs
	expect_conserved 2
}

test_time_is_conserved_in_a_build() {
	record_waits chain -- make -s -j2 -C "$ROOT" BUILD="$PWD/build" "$PWD/build/libbase.a" >refs
	expect_conserved 80
}
