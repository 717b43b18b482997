# Right shares, whole stacks, and nothing lost without being counted.

SHARES_S=$([ -n "$FULL" ] && echo 60 || echo 7)
LIVES=$([ -n "$FULL" ] && echo 1000 10 || echo 300 5) # a second, seconds

# Fair chance alone goes beyond 3 sigma in one of 370 runs, beyond 4 in one of 16,000.
SIGMAS=$([ -n "$FULL" ] && echo 3 || echo 4)

# The share of burn_thirty, in standard deviations from what the workload really did.
expect_within_sigmas() {
	local share count truly off
	read -r share count < <(folded | share burn_thirty main)
	truly=$(ref burn_thirty refs)
	off=$(sigmas "$share" "$truly" "$count")
	echo "burn_thirty: $share of $count samples, truly $truly, $off sigma off"
	[ "$count" -gt 100 ] || fail "hardly any samples"
	awk -v off="$off" -v max="$SIGMAS" 'BEGIN { exit !(off <= max) }' || fail "more than $SIGMAS sigma"
}

test_shares_at_random_phase_are_right() {
	record 0 -F 199 -- "$W/shares" random "$SHARES_S" >refs
	expect_within_sigmas
}

test_shares_locked_to_the_sampler_are_within_3_points() {
	local share count truly
	record 0 -F 997 -- "$W/shares" locked "$SHARES_S" >refs
	read -r share count < <(folded | share burn_thirty main)
	truly=$(ref burn_thirty refs)
	echo "burn_thirty: $share of $count samples, truly $truly"
	[ "$count" -gt 1000 ] || fail "hardly any samples"
	near "$share" "$truly" 0.03 || fail "more than 3 points off"
}

# Against plain events of the kernel at the same nominal rate, in the same seconds: a virtual
# machine whose host is busy misses ticks of both. Idle CPUs do not matter (not every kernel
# samples them), so there are none.
test_sampling_keeps_its_rate() {
	local fired truly
	"$PROFILE" record -v -a -F 99 -- "$W/ticks" 99 5 >refs 2>said || fail "$(cat said)"
	fired=$(tr -d , <said | awk '/ generated = / { print $2 + $(NF - 4) }')
	truly=$(ref ticks refs)
	echo "$fired samples where plain events fired $truly times"
	[ "$truly" -gt 100 ] || fail "hardly any ticks"
	near "$fired" "$truly" $((truly / 10)) || fail "more than a tenth apart"
}

# With a limit of four samples in a tick, a sampler at 997 Hz that varies its period meets it.
test_pauses_by_the_kernel_are_said() {
	local limit=/proc/sys/kernel/perf_event_max_sample_rate percent was_percent was status
	percent=/proc/sys/kernel/perf_cpu_time_max_percent
	was_percent=$(cat $percent)
	was=$(cat $limit)
	echo 25 >$percent
	echo 1000 >$limit
	"$PROFILE" record -F 997 -- "$W/two_threads" 1 >refs 2>said
	status=$?
	echo "$was" >$limit
	echo "$was_percent" >$percent
	[ $status = 0 ] || fail "$(cat said)"
	cat said
	grep -q 'the kernel paused sampling' said || fail "nothing is said of it"
	"$PROFILE" info profile.data | grep -q "sampler paused by the kernel" ||
		fail "the trace does not know: $("$PROFILE" info profile.data)"
}

# What `record -v` said of its samples: sets $generated, $kept, $lost.
read_account() {
	read -r generated kept lost < <(tr -d , <said |
		sed -n 's/^profile: \([0-9]*\) generated = \([0-9]*\) kept + \([0-9]*\) lost.*/\1 \2 \3/p')
	echo "$generated generated, $kept kept, $lost lost; in the trace $(info samples)"
	[ "${generated:-0}" -gt 1000 ] || fail "hardly any samples: $(cat said)"
}

expect_account() {
	[ "$generated" -eq $((kept + lost)) ] || fail "kept and lost do not add up"
	[ "$kept" -eq "$(info samples)" ] || fail "the trace holds another number"
}

# At 1,000 Hz a CPU's buffer is full long before it is read.
test_samples_that_find_no_room_in_a_buffer_go_through_the_ring() {
	local generated kept lost
	"$PROFILE" record -v -F 1000 -- "$W/two_threads" 4 >/dev/null 2>said || fail "$(cat said)"
	read_account
	expect_account
	[ "$lost" -eq 0 ] || fail "$lost are lost"
}

test_everything_generated_is_kept_or_counted_as_lost() {
	local generated kept lost
	"$PROFILE" record -v -F 4999 -- "$W/two_threads" 4 >/dev/null 2>said || fail "$(cat said)"
	read_account
	expect_account
}

# One page fault at the end of each of 2^14 ways through a tree of calls.
test_many_stacks_are_all_kept() {
	local faults stacks
	record 0 -e page-faults -- "$W/call_paths" 1 20 >refs
	read -r faults stacks < <(folded | awk '/;touch_page / { sum += $NF; cnt++ } END { print sum + 0, cnt + 0 }')
	echo "$faults faults in $stacks stacks; truly $(ref faults refs) in $(ref paths refs)"
	[ "$faults" -eq "$(ref faults refs)" ] || fail "faults are missing"
	[ "$stacks" -eq "$(ref paths refs)" ] || fail "stacks are missing"
	! folded | grep ';touch_page' | grep -qE 'stack (lost|cut)' || fail "a part of a stack is missing"
	[ "$(lost)" = 0 ] || fail "$(lost) lost"
}

# Frames by weight: those of user code, and those of them that have no module.
user_frames() {
	awk '{
		value = $NF
		sub(/ [0-9]+$/, "")
		cnt = split($0, frames, ";")
		for (i = 2; i <= cnt; i++) {
			if (frames[i] ~ /_\[k\]$/)
				continue
			all += value
			if (frames[i] ~ /^\[unknown\]/)
				unknown += value
		}
	} END { print all + 0, unknown + 0 }'
}

test_short_lives_have_modules() {
	local all unknown
	record 0 -F 997 -- "$W/short_lives" $LIVES >refs
	read -r all unknown < <(folded --annotate | grep burn_short | user_frames)
	echo "$(ref started refs) processes in $(ref seconds refs) s: $unknown of $all user frames have no module"
	[ "$all" -gt 1000 ] || fail "hardly any frames"
	[ $((unknown * 100)) -le "$all" ] || fail "more than 1 %"
}

# The first page faults of a program are those of the dynamic linker's first instructions.
test_a_command_is_recorded_from_its_first_instruction() {
	record 0 -e page-faults -- "$W/ends" exit 0
	folded --annotate | grep -qE '^ends;(_start|_dl_start|\[ld-)' ||
		fail "nothing of the dynamic linker: $(folded)"
}

# A thread that nobody waits for is gone from all tables when it is switched away for good.
test_the_last_switch_of_a_thread_belongs_to_it() {
	local alpha
	record 0 -e context-switches -- "$W/two_threads" 1 >refs
	alpha=$(ref alpha refs)
	"$PROFILE" info --dump profile.data >dump
	grep -q " tid $alpha " dump || fail "thread $alpha has no switch"
	! grep -E 'tg?id 4294967295' dump || fail "a thread without number"
}

# Stopped, the recorder cannot empty its rings: what finds no room is lost, and counted.
test_losses_are_counted_exactly_when_the_recorder_is_stopped() {
	local generated kept lost recorder
	"$PROFILE" record -v -e page-faults -- \
		sh -c "echo >ready; until [ -e go ]; do sleep 0.1; done; exec '$W/faults' 300000" \
		>refs 2>said &
	recorder=$!
	wait_trace ready
	kill -STOP $recorder
	touch go
	wait_ref touch_pages refs >/dev/null
	kill -CONT $recorder
	wait $recorder || fail "$(cat said)"
	read_account
	[ "$lost" -gt 0 ] || fail "nothing was lost: the test is too easy"
	[ "$generated" -ge "$(ref touch_pages refs)" ] || fail "there were more: $(cat refs)"
	expect_account
	[ "$lost" -eq "$(lost)" ] || fail "the trace says that $(lost) are lost"
}
