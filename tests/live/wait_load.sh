# Waits under load: everything generated is kept or counted, and memory does not grow.

LOAD_S=$([ -n "$FULL" ] && echo 60 || echo 8)
CROWD=$([ -n "$FULL" ] && echo 10000 || echo 2000)

# Resident memory of a process in KiB.
resident() {
	exact_awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}

# record_load ARG...: records in the background; sets $early and $late, its memory in the middle
# and near the end. This shell is as urgent as the recorder, or it would come too late itself.
# Leaves the recorder's words in ./said.
record_load() {
	local recorder
	"$PROFILE" record -v "$@" >refs 2>said &
	recorder=$!
	renice -n -20 -p $BASHPID >/dev/null
	wait_trace profile.data
	sleep $((LOAD_S / 2 - 1))
	early=$(resident $recorder)
	sleep $((LOAD_S / 3))
	late=$(resident $recorder)
	wait $recorder || fail "$(cat said)"
}

# What was generated is in the trace or counted: exactly.
expect_all_counted() {
	local generated kept lost open in_trace lost_in_trace
	read -r generated open kept lost < <(tr -d , <said | sed -n \
		's/^profile: waits: \([0-9]*\) generated + \([0-9]*\) still open = \([0-9]*\) kept + \([0-9]*\) lost.*/\1 \2 \3 \4/p')
	"$JUDGES/tell_waits" profile.data >lines || fail "$(grep -m 3 '^WRONG' lines)"
	in_trace=$(exact_awk '$1 == "TOTAL" { print $2 }' lines)
	lost_in_trace=$(exact_awk '/^LOST no_room_or_end_not_seen /{ sum += $NF } END { print sum + 0 }' lines)
	echo "$generated generated + $open open = $kept kept + $lost lost; in the trace $in_trace" \
		"and $lost_in_trace lost; $(grep -c '^SUM' lines) sums, $(stat -c %s profile.data) bytes"
	sed -n 's/^profile: waits: .*; stacks/stacks/p' said
	[ "${generated:-0}" -gt 10000 ] || fail "that is no load: $(cat said)"
	[ $((generated + open)) -eq $((kept + lost)) ] || fail "kept and lost do not add up"
	[ "$in_trace" -eq "$kept" ] || fail "the trace holds another number"
	[ "$lost_in_trace" -eq "$lost" ] || fail "the trace has lost another number"
}

# Tables of the trace grow until it begins them anew, and the allocator keeps the most there
# was: after half a minute that is over, in the short form it is not.
expect_flat_memory() {
	local more=$([ -n "$FULL" ] && echo 4096 || echo 32768)
	echo "memory: $early KiB in the middle, $late KiB late"
	[ "$late" -le $((early + more)) ] || fail "memory grows"
}

test_a_storm_of_messages_is_kept_or_counted() {
	local early late
	command -v perf >/dev/null || skip "perf is not here"
	record_load -e chain --max-overhead 0 -a -- \
		sh -c "timeout $LOAD_S perf bench sched messaging -g 10 -l 10000000; true"
	expect_all_counted
	expect_flat_memory
}

test_a_storm_of_messages_stays_within_its_bound() {
	local early late
	command -v perf >/dev/null || skip "perf is not here"
	record_load -e chain -a -- \
		sh -c "timeout $LOAD_S perf bench sched messaging -g 10 -l 10000000; true"
	expect_all_counted
	expect_flat_memory
}

test_a_crowd_of_sleepers_is_kept_or_counted() {
	local early late sleeps slept cnt ns gap
	record_load -e chain --max-overhead 0 -- "$W/crowd" "$CROWD" "$LOAD_S"
	expect_all_counted
	expect_flat_memory
	sleeps=$(ref sleeps refs) slept=$(ref slept_ns refs)
	# Who loses its CPU on its way to sleep or back is off it for longer.
	read -r cnt ns < <(exact_awk '$1 == "SUM" && /sleep_some|nanosleep/ {
		ns += $7 + $8
		if ($4 == "interruptible") cnt += $6 } END { print cnt, ns }' lines)
	echo "$cnt sleeps of $((ns / 1000000)) ms seen; truly $sleeps of $((slept / 1000000)) ms"
	[ "$(exact_awk '/^LOST no_room_or_end_not_seen /{ print $NF }' lines)" ] && return
	gap=$(exact_awk '$1 == "ACCOUNT" { ns += $10 } END { print ns + 0 }' lines)
	echo "unknown: $((gap / 1000000)) ms"
	[ "$cnt" -eq "$sleeps" ] || [ "$gap" -gt 0 ] || fail "another number of sleeps"
	[ $((ns + gap)) -ge $((slept - slept / 1000)) ] || fail "sleeps are missing"
	expect_few_gaps
}
