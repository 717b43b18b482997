# -p -t --comm -C --cgroup -U -K -e: only what was chosen, and all of it.

# Starts the workload with two threads and a child, until stop_threads; sets $main, $alpha, $child.
start_threads() {
	"$W/two_threads" 600 >refs &
	main=$!
	alpha=$(wait_ref alpha refs)
	child=$(wait_ref child refs)
	wait_ref beta refs >/dev/null
}

stop_threads() {
	kill -KILL "$main" "$child"
	wait "$main" 2>/dev/null
}

expect_seen() {
	for f in "$@"; do
		seen "$f" || fail "$f is missing; stacks: $(folded | head -n 20)"
	done
}

expect_unseen() {
	for f in "$@"; do
		! seen "$f" || fail "$f was not chosen, but is there"
	done
}

test_records_threads_and_children_of_a_command() {
	record 0 -- "$W/two_threads" 2 >/dev/null
	expect_seen burn_alpha burn_beta burn_child
}

test_records_a_process_with_its_threads() {
	start_threads
	record 0 -d 1s -p "$main"
	stop_threads
	expect_seen burn_alpha burn_beta
	expect_unseen burn_child
}

expect_burn_last() {
	local share count
	read -r share count < <(folded | share burn_last)
	echo "burn_last: $share of $count samples"
	[ "$count" -gt 50 ] || fail "hardly any samples"
	near "$share" 1 0.1 || fail "its stacks are missing: $(folded)"
	[ "$(folded | share run_last | cut -d' ' -f1)" = "$share" ] || fail "its caller is missing"
}

test_a_process_outlives_its_first_thread() {
	record 0 -F 499 -- "$W/last_thread" 1 >refs
	expect_burn_last
}

test_records_a_process_whose_first_thread_has_ended() {
	"$W/last_thread" 600 >refs &
	until_true grep -q '^State:.*zombie' /proc/$!/status
	record 0 -F 997 -d 2s -p $!
	kill $!
	wait $! 2>/dev/null
	expect_burn_last
}

test_records_several_processes() {
	start_threads
	record 0 -d 1s -p "$main,$child"
	stop_threads
	expect_seen burn_alpha burn_beta burn_child
}

test_records_later_children_of_a_process() {
	sh -c "until [ -e go ]; do sleep 0.1; done; '$W/shares' random 1; sleep 0.2" >/dev/null &
	start -p $!
	touch go
	expect 0 wait $recorder
	expect_seen burn_seventy
}

test_records_one_thread() {
	start_threads
	record 0 -d 1s -t "$alpha"
	stop_threads
	expect_seen burn_alpha
	expect_unseen burn_beta burn_child
}

test_records_threads_by_name() {
	start_threads
	record 0 -d 1s -a --comm 'alph?'
	stop_threads
	expect_seen burn_alpha
	expect_unseen burn_beta burn_child
}

test_records_on_chosen_cpus() {
	[ "$(nproc)" -gt 1 ] || skip "needs 2 CPUs"
	record 0 -C 1 -- taskset -c 0 "$W/shares" random 1 >/dev/null
	expect_unseen burn_seventy
	record 0 -C 0 -- taskset -c 0 "$W/shares" random 1 >/dev/null
	expect_seen burn_seventy
}

test_records_a_cgroup_and_what_is_below() {
	local mount cgroup
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -n "$mount" ] || skip "cgroup version 2 is not mounted"
	cgroup=$mount/profile-test-$$
	mkdir -p "$cgroup/below" || skip "cannot make a cgroup in $mount"
	sh -c "echo \$\$ >'$cgroup/below/cgroup.procs'; exec '$W/shares' random 600" >/dev/null &
	local inside=$!
	start_threads
	until_true grep -qx $inside "$cgroup/below/cgroup.procs"
	record 0 -d 1s --cgroup "$cgroup"
	stop_threads
	kill $inside
	wait $inside 2>/dev/null
	rmdir "$cgroup/below" "$cgroup"
	expect_seen burn_seventy
	expect_unseen burn_alpha burn_child
}

test_refuses_what_is_no_cgroup() {
	record 125 --cgroup /tmp -d 1s
	record 125 --cgroup no-such-cgroup -d 1s
}

test_records_user_stacks_only() {
	record 0 -U -F 499 -- dd if=/dev/zero of=/dev/null bs=64k count=60000 2>/dev/null
	[ "$(info samples)" -gt 0 ] || fail "no samples"
	! folded --annotate | grep -q '_\[k\]' || fail "kernel frames"
}

test_records_kernel_stacks_only() {
	record 0 -K -F 499 -- dd if=/dev/zero of=/dev/null bs=64k count=60000 2>/dev/null
	[ "$(info samples)" -gt 0 ] || fail "no samples"
	folded --annotate | grep -q '_\[k\]' || fail "no kernel frames"
	! folded --annotate | awk '{
		sub(/ [0-9]+$/, "")
		cnt = split($0, frames, ";")
		for (i = 2; i <= cnt; i++)
			if (frames[i] !~ /_\[k\]$/)
				print frames[i]
	}' | grep . || fail "user frames"
}

test_stops_when_what_it_records_is_gone() {
	sleep 600 &
	local victim=$!
	start -p $victim
	kill $victim
	expect 0 wait $recorder
	[ "$(info stop)" = "target gone" ] || fail "stop: $(info stop)"
}

test_says_that_a_process_is_not_there() {
	"$PROFILE" record -p 2147483647 2>said
	[ $? -eq 125 ] || fail "wrong exit status"
	grep -q 'there is no such process' said || fail "$(cat said)"
}

test_two_recordings_at_once() {
	"$PROFILE" record -q -o other.data -a &
	local other=$!
	wait_trace other.data
	record 0 -- "$W/shares" random 1 >/dev/null
	kill $other
	wait $other || fail "the other recording failed"
	expect_seen burn_seventy
	mv other.data profile.data
	expect_whole
	expect_seen burn_seventy
}

test_page_faults_are_counted_as_the_kernel_counts_them() {
	record 0 -e page-faults -- "$W/faults" 20000 >refs
	local counted wanted
	counted=$(folded | awk '/;touch_pages[; ]/ { sum += $NF } END { print sum + 0 }')
	wanted=$(ref touch_pages refs)
	echo "counted $counted, kernel $wanted, lost $(lost)"
	near "$((counted + $(lost)))" "$wanted" "$((wanted / 20))" || fail "more than 5 % apart"
	[ "$counted" -gt "$((wanted / 2))" ] || fail "most are lost"
}

# BPF sees the numbers of the first pid namespace, in which ours are others' or nobody's.
test_refuses_process_numbers_of_an_own_pid_namespace() {
	local inside="unshare --pid --fork --mount-proc"
	$inside true 2>/dev/null || skip "no pid namespace can be made here"
	for target in "-p 1" "-t 1" "" "--comm s*"; do
		$inside "$PROFILE" record $target -d 1s -- "$W/shares" random 1 >/dev/null 2>said
		[ $? -eq 125 ] || fail "recorded $target: $(cat said)"
		grep -q 'own pid namespace' said && grep -q 'as it is only -a' said ||
			fail "$target: $(cat said)"
	done
	[ "$(ls -A)" = said ] || fail "left behind: $(ls -A)"
	expect 0 $inside "$PROFILE" record -q -a -- "$W/shares" random 1 >/dev/null
	[ "$(info samples)" -gt 0 ] || fail "-a has no samples"
}
