# What becomes of the recorded command, and what `record` says of it.

test_exits_with_the_status_of_the_command() {
	for status in 0 1 7 127; do
		record $status -- "$W/ends" exit $status
		expect_whole
	done
}

test_adds_128_to_the_signal_that_killed_the_command() {
	record 139 -- "$W/ends" signal 11
	record 137 -- "$W/ends" signal 9
	expect_whole
}

test_a_command_that_is_not_there_is_127_and_touches_no_trace() {
	echo old >profile.data
	record 127 -- no-such-command
	record 127 -- ./no-such-command
	[ "$(ls -A)" = profile.data ] && grep -qx old profile.data || fail "touched: $(ls -lA)"
}

test_a_command_that_cannot_be_executed_is_126_and_touches_no_trace() {
	echo text >file
	record 126 -- ./file
	record 126 -- /tmp
	[ "$(ls -A)" = file ] || fail "left behind: $(ls -A)"
}

test_a_command_whose_interpreter_is_missing_is_126_and_touches_no_trace() {
	echo old >profile.data
	printf '#!/no/such/interpreter\n' >broken-script && chmod 755 broken-script
	for name in ./broken-script broken-script; do
		PATH=$PWD:$PATH "$PROFILE" record "$name" 2>said
		[ $? -eq 126 ] || fail "wrong exit status for $name: $(cat said)"
		grep -q "$name: is there, but .* interpreter" said || fail "$(cat said)"
		grep -qx old profile.data || fail "the old trace is gone"
	done
	[ "$(echo $(ls -A))" = "broken-script profile.data said" ] || fail "left behind: $(ls -A)"
}

test_a_user_without_rights_is_told_which_and_how_to_get_them() {
	command -v setpriv >/dev/null || skip "no setpriv"
	cp "$PROFILE" program && chmod 755 program .
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \
		./program record -a -d 1s 2>said
	[ $? -eq 125 ] || fail "wrong exit status"
	grep -q 'lacks CAP_BPF and CAP_PERFMON$' said && grep -q 'setcap cap_bpf,cap_perfmon' said ||
		fail "$(cat said)"
	grep -qi libbpf said && fail "$(cat said)"
	return 0
}

as_two_capabilities() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set +all \
		--inh-caps -all,+bpf,+perfmon --ambient-caps -all,+bpf,+perfmon ./program "$@"
}

# What doctor asks for must do, for each kind of event: the loader must not want more.
test_two_capabilities_are_enough() {
	command -v setpriv >/dev/null || skip "no setpriv"
	[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] ||
		skip "this kernel asks for CAP_SYS_ADMIN"
	cp "$PROFILE" program && chmod 755 program && chmod 777 .
	for event in cpu offcpu; do
		as_two_capabilities record -q -a -e $event -d 1s 2>said || fail "$event: $(cat said)"
		expect_whole
	done
	[ "$("$PROFILE" info profile.data | grep -c 'Accounts')" = 1 ] || fail "no accounts"
}

# Two threads spin while another one sleeps: it is never they who end its sleep, but the timer
# that interrupts them. Who cannot know must not say.
test_whom_an_interrupt_interrupts_is_no_waker_where_symbols_are_hidden() {
	command -v setpriv >/dev/null || skip "no setpriv"
	cp "$PROFILE" program && cp "$W/spinners" "$W/waiter" . && chmod 755 program spinners waiter .
	chmod 777 .
	"$W/spinners" 2 3 >/dev/null &
	as_two_capabilities record -e chain -- ./waiter . 100 sleep_5 2>said >known || {
		wait
		grep -q 'cannot be told.*needs CAP_SYSLOG' said || fail "$(cat said)"
		return 0
	}
	wait
	"$PROFILE" render chain profile.data -o chain.folded 2>/dev/null
	grep -q '^waiter' chain.folded || fail "no waits"
	! grep '^waiter.*;spinners ' chain.folded || fail "threads that were interrupted are wakers"
}

test_wrong_usage_is_2() {
	record 2 --no-such-option
	record 2 -U -K
	record 2 -e no-such-event
	record 2 -a -p 1
	record 2 -a --
	record 2 -d 0
	record 2 -F 0
	record 2 -q -v
}

# signal_bit WHICH SIGNAL PID: whether it is among those that a process catches (Cgt) or ignores
# (Ign).
signal_bit() {
	[ $((0x$(sed -n "s/^Sig$1:\t//p" "/proc/$3/status") >> ($(kill -l "$2") - 1) & 1)) = 1 ]
}

test_sigint_ends_a_command_and_the_trace_is_whole() {
	start -- sleep 600
	stop INT 130
	expect_whole
	[ "$(info stop)" = "command ended" ] || fail "stop: $(info stop)"
}

test_sigterm_is_passed_on_and_the_command_decides() {
	start -- "$W/ends" term 5
	until_true signal_bit Cgt TERM "$(pgrep -P $recorder)"
	stop TERM 5
	expect_whole
}

test_a_signal_ends_a_recording_without_a_command() {
	for signal in INT TERM HUP; do
		start -a
		stop $signal 0
		expect_whole
		[ "$(info stop)" = "stopped by signal" ] || fail "stop: $(info stop)"
	done
}

interrupt_again() {
	sleep 0.5
	! kill -INT $recorder 2>/dev/null
}

# Signals that come too close upon each other are one; on a busy machine half a second can be.
test_second_sigint_ends_the_recording_of_a_stubborn_command() {
	start -- "$W/ends" never 2>said
	until_true signal_bit Ign INT "$(pgrep -P $recorder)"
	kill -INT $recorder
	until_true interrupt_again
	wait $recorder
	[ $? -eq 130 ] || fail "wrong exit status"
	kill -KILL "$(sed -n 's/.*still runs as process //p' said)" || fail "$(cat said)"
	expect_whole
}

test_duration_ends_the_recording() {
	record 0 -a -d 1s
	expect_whole
	[ "$(info stop)" = "duration over" ] || fail "stop: $(info stop)"
}

test_duration_ends_the_command_and_its_own_status_counts() {
	record 0 -d 1s -- sleep 30
	record 4 -d 1s -- "$W/ends" term 4
	record 3 -d 30s -- "$W/ends" exit 3
	expect_whole
}

test_the_command_keeps_stdin_and_stdout() {
	[ "$(echo hello | "$PROFILE" record -- cat 2>/dev/null)" = hello ] || fail "cat got lost"
}

test_the_command_runs_as_the_user_who_called_sudo() {
	local user
	user=$(SUDO_UID=65534 SUDO_GID=65534 "$PROFILE" record -q -- id -u)
	[ "$user" = 65534 ] || fail "ran as $user"
	user=$(SUDO_UID=65534 SUDO_GID=65534 "$PROFILE" record -q --keep-root -- id -u)
	[ "$user" = 0 ] || fail "with --keep-root ran as $user"
	SUDO_UID=65534 SUDO_GID=65534 expect 0 "$PROFILE" record -q -d 1s -- sleep 30
}

test_what_is_written_belongs_to_the_user_who_called_sudo() {
	SUDO_UID=65534 SUDO_GID=65533 record 0 -- true
	[ "$(stat -c '%u:%g %a' profile.data)" = '65534:65533 600' ] ||
		fail "the trace is $(stat -c '%u:%g %a' profile.data)"
	expect 0 "$PROFILE" symbolize profile.data 2>/dev/null
	[ "$(stat -c '%u:%g %a' profile.data)" = '65534:65533 600' ] ||
		fail "once named, the trace is $(stat -c '%u:%g %a' profile.data)"
}

test_a_command_beside_a_says_how_long() {
	"$W/shares" random 600 >/dev/null &
	record 0 -a -- sleep 1
	kill $!
	seen burn_seventy || fail "another process was not recorded"
}

test_last_line_has_samples_losses_size_and_file() {
	"$PROFILE" record -- "$W/shares" random 1 2>said >/dev/null
	tail -n 1 said | grep -qE \
		'^profile: [0-9,]+ samples in [0-9.]+ m?s, 0 lost, [0-9.]+ (B|KiB) -> profile.data$' ||
		fail "$(cat said)"
}

test_a_trace_goes_to_stdout_and_the_command_s_words_to_stderr() {
	"$PROFILE" record -q -o - -- sh -c 'echo words' >out.data 2>said || fail "$(cat said)"
	grep -qx words said || fail "the command's words are not on stderr"
	"$PROFILE" info out.data >/dev/null || fail "out.data does not open"
	"$PROFILE" record -q -o - -d 1s -a | "$PROFILE" info - >/dev/null ||
		fail "a trace through a pipe does not open"
}

test_leaves_one_file_that_only_its_owner_reads() {
	(umask 0 && record 0 -- true)
	[ "$(ls -A)" = profile.data ] || fail "left behind: $(ls -A)"
	[ "$(stat -c %a profile.data)" = 600 ] || fail "mode $(stat -c %a profile.data)"
}

test_gives_up_privileges_that_it_does_not_need() {
	start -a
	local status=/proc/$recorder/status held
	until_true grep -q '^NoNewPrivs:.*1' $status # which comes last
	held=$((0x$(sed -n 's/^CapEff:\t//p' $status)))
	# Above level 2, which Debian and Ubuntu added, events are opened by CAP_SYS_ADMIN (21).
	local admin=$([ "$(cat /proc/sys/kernel/perf_event_paranoid)" -gt 2 ] || echo 21)
	for capability in 0 1 7 12 13 $admin 25; do
		[ $((held >> capability & 1)) -eq 0 ] || fail "still has capability $capability"
	done
	stop TERM 0
}

test_finds_the_end_of_a_command_also_where_ends_of_children_are_ignored() {
	expect 7 timeout 10 env --ignore-signal=CHLD "$PROFILE" record -q -- "$W/ends" exit 7
	expect_whole
}
