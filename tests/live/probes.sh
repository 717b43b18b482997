# Probes: samples with weights, and latencies of functions that return in odd ways, or never.
# latency_lines, counted and the like are those of latencies.sh.

# weights PATTERN: the sum over stacks that hold it.
weights() {
	folded | exact_awk -v pattern="$1" '$0 ~ pattern { sum += $NF } END { print sum + 0 }'
}

test_calls_of_a_function_are_samples_with_its_argument_as_weight() {
	record 0 -e "uprobe:c:malloc@arg1/bytes" -- "$W/odd_returns" allocate 2003 4099 >refs
	# One more is the buffer of stdout.
	weights 'malloc' | awk -v truly=$((2003 * 4099)) \
		'{ print $1, "bytes, truly", truly; exit !($1 >= truly && $1 <= truly + 8192) }' ||
		fail "$(folded | head)"
	[ "$(weights 'main;allocate;.*malloc')" -gt 0 ] || fail "no stack of it: $(folded | head)"
	[ "$(lost)" = 0 ] || fail "$(lost) lost"
}

test_each_of_a_hundred_thousand_calls_is_a_sample() {
	record 0 -e "uprobe:$W/slow_function:take_time" -- "$W/slow_function" 100003 0 >refs
	[ "$(($(weights 'take_time') + $(lost)))" = 100003 ] ||
		fail "$(weights 'take_time') kept, $(lost) lost"
	[ "$(weights 'main;take_time')" -gt 0 ] || fail "no stack of it: $(folded | head)"
}

test_tracepoints_weigh_by_a_field() {
	[ -d /sys/kernel/tracing/events/syscalls/sys_enter_clock_nanosleep ] ||
		skip "this kernel has no tracepoints of system calls"
	record 0 -e tracepoint:syscalls:sys_exit_getppid@ret -- "$W/calls" getppid 1009 >refs
	[ "$(weights '^calls' | awk '{ print $1 % 1009 }')" = 0 ] || fail "$(folded | head)"
	[ "$(weights '^calls')" -gt 0 ] || fail "no weight at all"
}

# The kernel says where a function's frame was: each level is an event of its own.
test_a_function_that_calls_itself_is_counted_at_each_level() {
	local event="latency:uprobe:$W/odd_returns:descend#arg1"
	record_latencies "$event" -- "$W/odd_returns" recurse 101 20 >refs
	for depth in 1 7 20; do
		[ "$(counted "$event" odd_returns $depth)" = 101 ] || fail "$(grep '^SERIES' lines)"
	done
	expect_nothing_lost
}

test_returns_that_never_come_spoil_no_other() {
	local event="latency:uprobe:$W/odd_returns:leave#arg1"
	record_latencies "$event" -- "$W/odd_returns" jump 1000 >refs
	[ "$(counted "$event" odd_returns 0)" = 500 ] || fail "$(grep '^SERIES' lines)"
	[ "$(counted "$event" odd_returns 1)" = 0 ] || fail "what never returned is counted"
	expect_nothing_lost
}

# 20,000 are more than there is room for: places of threads that have ended are swept up, and
# calls that come then are counted.
test_threads_that_end_in_a_function_make_room_again() {
	local event="latency:uprobe:$W/odd_returns:stay"
	"$PROFILE" record -v -e "$event" -o profile.data -- "$W/odd_returns" end 20000 >refs 2>said ||
		fail "$(cat said)"
	latency_lines
	grep generated said
	[ "$(counted "$event" odd_returns -)" = 23 ] || fail "$(grep '^SERIES\|^LOST' lines)"
}

# More threads than whose places are kept when their calls have ended.
test_calls_of_many_threads_are_all_counted() {
	local event="latency:uprobe:$W/odd_returns:stay"
	record_latencies "$event" -- "$W/odd_returns" live 6007 >refs
	[ "$(counted "$event" odd_returns -)" = 6007 ] || fail "$(grep '^SERIES' lines)"
	expect_nothing_lost
}

expect_joined() { # BEGIN END
	record_latencies "latency:$1..$2#ret" -- "$W/calls" sleep 53 5 >refs
	expect_times sleep "latency:$1..$2#ret" calls 0 -
}

test_two_tracepoints_join_by_thread_and_by_key() {
	local begin=syscalls:sys_enter_clock_nanosleep end=syscalls:sys_exit_clock_nanosleep
	[ -d /sys/kernel/tracing/events/syscalls/sys_enter_clock_nanosleep ] ||
		skip "this kernel has no tracepoints of system calls"
	thrice expect_joined $begin $end
	record_latencies "latency:$begin..$end##__syscall_nr" -- "$W/calls" sleep 53 5 >refs
	[ "$(exact_awk '$1 == "TOTAL" { print $2 }' lines)" = 53 ] || fail "$(cat lines)"
}

test_what_a_function_returned_is_counted_in_bins() {
	local event="latency:uprobe:$W/odd_returns:descend@ret/events"
	record_latencies "$event" -- "$W/odd_returns" recurse 10 15 >refs
	read -r cnt sum _ _ least most < <(series "$event" odd_returns -)
	[ "$cnt $sum $least $most" = "150 1200 1 15" ] || fail "$(grep '^SERIES' lines)"
}

test_usdt_probes_fire_at_all_of_their_places() {
	local python=/usr/bin/python3
	readelf -n "$python" 2>/dev/null | grep -q 'Name: gc__done' ||
		skip "python here has no USDT probes"
	record 0 -e "usdt:$python:python:gc__done" -- "$python" -c 'import gc
for i in range(101): gc.collect()' >refs
	[ "$(weights .)" -ge 101 ] || fail "$(folded | head)"
}

test_probes_that_are_not_there_say_what_is_missing() {
	for event in uprobe:c:no_such_function uprobe:no_such_library:f tracepoint:no:such \
		usdt:c:no:such latency:uprobe:c uprobe:c:malloc@arg9; do
		! "$PROFILE" record -q -e "$event" -- true 2>said || fail "$event is recorded"
		[ -s said ] || fail "$event: no word"
	done
}

test_a_probed_file_may_have_blanks_in_its_path() {
	mkdir "a b" && cp "$W/slow_function" "a b/s f"
	local event="latency:uprobe:$PWD/a b/s f:take_time"
	record_latencies "$event" -- "$PWD/a b/s f" 23 0 >refs
	grep -q '^SERIES .* 23 ' lines || fail "$(cat lines)"
}

# It goes on being probed where it is mapped, whatever has its name now.
test_a_probed_file_may_vanish() {
	cp "$W/slow_function" here
	local event="latency:uprobe:$PWD/here:take_time"
	record_latencies "$event" -- sh -c 'exec 3<here; ./here 101 10 &
		until [ "$(readlink /proc/$!/exe)" = "$PWD/here" ]; do sleep 0.05; done
		rm here; cp "$W/calls" here; wait' >refs
	grep -q '^SERIES .* 101 ' lines || fail "$(cat lines)"
	expect_nothing_lost
}

test_eight_probes_of_each_kind_are_recorded_and_no_ninth() {
	local function=$W/slow_function:take_time latencies= samples=
	for field in "" 1 2 3 4 5 6; do
		latencies=$latencies,latency:uprobe:$function${field:+#arg$field}
		samples=$samples,uprobe:$function${field:+@arg$field/bytes}
	done
	latencies=${latencies#,},latency:uprobe:$function@ret/bytes samples=$samples,uprobe:$function@arg1/ns
	record_latencies "$latencies$samples" -- "$W/slow_function" 53 0 >refs
	[ "$(grep -c '^SERIES .* 53 ' lines)" = 8 ] || fail "$(cat lines)"
	for event in "$latencies,latency:uprobe:c:malloc" "${samples#,},uprobe:c:malloc"; do
		! "$PROFILE" record -q -e "$event" -- true 2>said || fail "nine are recorded"
		grep -q 'at most 8' said || fail "$(cat said)"
	done
}
