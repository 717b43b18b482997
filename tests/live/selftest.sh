# The selftest of users: what it says is true where everything else is, and it says when not.

test_selftest_finds_that_all_is_true() {
	expect 0 "$PROFILE" selftest >said
	cat said
	[ "$(grep -c '  ok$' said)" -ge 12 ] || fail "hardly anything was judged"
	! grep -q 'NOT TRUE' said || fail "it contradicts its exit status"
	[ -z "$(ls -A)" ] || [ "$(ls -A)" = said ] || fail "it leaves something behind: $(ls -A)"
}

test_selftest_says_why_it_cannot_run() {
	setpriv --reuid 65534 --clear-groups --inh-caps -all --bounding-set -all true 2>/dev/null ||
		skip "cannot become somebody else here"
	mkdir temporary && chmod 777 temporary && chmod 755 .
	cp "$PROFILE" ./profile && chmod 755 profile
	TMPDIR=$PWD/temporary setpriv --reuid 65534 --clear-groups --inh-caps -all ./profile selftest \
		>said 2>why
	[ $? -eq 125 ] || fail "it did not fail as it should: $(cat said why)"
	cat why
	grep -q 'nothing was tested' why || fail "it does not say that it tested nothing"
	[ -z "$(ls -A temporary)" ] || fail "it leaves something behind"
}
