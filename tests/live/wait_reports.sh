# What `report` finds in waits whose truth is known.

# Lines of the table under a title, each with the one below it.
table() {
	"$PROFILE" report -n 20 | awk -v title="$1" 'index($0, title) { on = 1; next } !NF { on = 0 } on'
}

test_threads_that_wait_only_for_each_other_are_told_as_a_knot() {
	record_waits chain -- "$W/knots" pair 1 >refs
	table KNOTS: >knots
	cat knots
	[ "$(wc -l <knots)" = 1 ] || fail "there are $(wc -l <knots) knots instead of one"
	awk '$1 ~ /^[0-9]/ && $(NF - 2) == 2' knots | grep -q "ping/$(ref ping refs)" &&
		grep -q "pong/$(ref pong refs)" knots || fail "it is not ping and pong"
}

# On a busy machine those who want the lock may hand it on for long before the holder has it again.
test_threads_of_one_lock_are_told_as_a_convoy() {
	local holder
	record_waits chain -- "$W/knots" convoy 2 >refs
	holder=$(ref holder refs)
	table CONVOYS: >convoys
	cat convoys
	grep -q ' 7  .* <- want_lock$' convoys || fail "seven threads that want the lock are no convoy"
	grep -q " held at .* <- hold_lock .*by holder/$holder \| handed over at .*by queue/" convoys ||
		fail "neither $holder nor those who want the lock end the waits"
	[ -z "$(table 'FED BY ONE:' | grep want_lock)" ] || fail "a lock is told as a pool"
}

test_a_consumer_is_no_knot_of_its_producer() {
	record_waits chain -- "$W/hand_over" idle 101 >refs
	[ -z "$(table KNOTS:)" ] || fail "who only waits for another is in a knot: $(table KNOTS:)"
}
