# Code that runtimes make: named by address and time.

# The share of life_even among the samples of both, against the workload's own account.
expect_lives() { # MAX
	local share count truly
	read -r share count < <(folded | grep -e ';life_even ' -e ';life_odd ' | share life_even)
	truly=$(ref life_even refs)
	echo "life_even: $share of $count samples, truly $truly"
	[ "$count" -gt 1000 ] || fail "hardly any samples are named: $(folded | tail -n 3)"
	near "$share" "$truly" "$1" || fail "more than $1 apart"
}

# Names by the last word alone would give all samples to one life.
test_code_memory_that_is_used_again_has_the_name_of_its_time() {
	record 0 -F 997 -- "$W/jit_lives" dump 20 80 >refs
	expect_lives 0.03
}

# A map does not say when: a name is as old as the reading of it.
test_a_perf_map_is_read_as_it_grows() {
	record 0 -F 997 -- "$W/jit_lives" map 2 1000 >refs
	rm -f "/tmp/perf-$(ref pid refs).map"
	expect_lives 0.1
}

# Whoever else's file it is: nothing of it is believed.
test_names_of_another_user_are_not_believed() {
	local pid
	"$W/jit_lives" map 2 60000 >refs &
	pid=$!
	until_true test -s "/tmp/perf-$pid.map"
	chown nobody "/tmp/perf-$pid.map"
	record 0 -F 997 -d 2s -p "$pid"
	kill "$pid"
	wait "$pid" 2>/dev/null
	rm -f "/tmp/perf-$pid.map"
	[ "$(info samples)" -gt 50 ] || fail "hardly any samples"
	folded | grep -q life_ && fail "the names were taken: $(folded | head -n 3)"
	return 0
}

put_script() {
	cat >work.js <<-'END'
		function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
		while (process.cpuUsage().user < 2000000) fibonacci(27);
	END
}

expect_fibonacci() { # MIN
	local share count
	read -r share count < <(folded | awk '{ v = $NF; all += v; if (/;[^;]*fibonacci[^;]* [0-9]+$/)
		named += v } END { printf "%.4f %d\n", all ? named / all : 0, all }')
	echo "fibonacci: $share of $count samples"
	[ "$count" -gt 1000 ] || fail "hardly any samples"
	awk -v share="$share" -v min="$1" 'BEGIN { exit !(share >= min) }' || fail "less than $1"
}

test_node_names_its_code_in_a_perf_map() {
	command -v node >/dev/null || skip "node is not here"
	put_script
	record 0 -F 997 -- sh -c 'echo "REF pid $$" >refs; exec node --perf-basic-prof work.js'
	rm -f "/tmp/perf-$(ref pid refs).map"
	expect_fibonacci 0.6
}

# Which of them its stacks lead through is known only when those are unwound.
test_node_names_its_code_in_copied_stacks() {
	command -v node >/dev/null || skip "node is not here"
	put_script
	record 0 -F 997 --unwind copy -- sh -c 'echo "REF pid $$" >refs; exec node --perf-basic-prof work.js'
	rm -f "/tmp/perf-$(ref pid refs).map"
	expect_fibonacci 0.6
}

# V8 keeps its words back, megabytes of them: most are read when it ends.
test_node_names_its_code_in_a_dump() {
	command -v node >/dev/null || skip "node is not here"
	node --v8-options | grep -q -- '--perf-prof ' || skip "this node writes no jitdump"
	put_script
	record 0 -F 997 -- node --perf-prof work.js
	ls jit-*.dump >/dev/null || fail "node made no dump"
	expect_fibonacci 0.6
}

# Debian 12 has 3.11, which cannot; PYTHON=path names another one.
test_python_names_its_functions() {
	local python
	for python in "${PYTHON:-}" python3.13 python3.12 python3; do
		sh -c 'echo "REF pid $$" >tried; exec "$0" -X perf -c "import sys
exit(not sys.is_stack_trampoline_active())"' "$python" 2>/dev/null && break
		python=
	done
	rm -f "/tmp/perf-$(ref pid tried).map"
	[ -n "$python" ] || skip "no python3 here takes -X perf: that came with 3.12"
	cat >work.py <<-'END'
		import time
		def fibonacci(n):
		    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
		while time.process_time() < 2:
		    fibonacci(18)
	END
	record 0 -F 997 -- sh -c 'echo "REF pid $$" >refs; exec "$0" -X perf work.py' "$python"
	rm -f "/tmp/perf-$(ref pid refs).map"
	seen "py::fibonacci:$PWD/work.py" || fail "no function of python: $(folded | tail -n 3)"
}
