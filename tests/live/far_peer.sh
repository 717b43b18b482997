# TCP over a distance that is known, in a network of its own. What series() and the others say is
# in latencies.sh.

far_peer() { # EVENTS COUNT BYTES DELAY_US DROP_EVERY
	[ -c /dev/net/tun ] || skip "no tun device can be made here"
	record_latencies "$1" -- "$W/far_peer" "${@:2}" >refs
	cat refs
}

expect_connects() { # US COUNT
	local least
	far_peer tcp "$2" 100 "$1" 0
	expect_times connect tcp-connect far_peer 4321 connect 2
	read -r _ _ _ _ least _ < <(series tcp-connect far_peer 4321 connect)
	[ "$least" -ge "$(bin_of $(($1 * 2000)))" ] || fail "one took less than there and back"
}

# A connect is there and back; connect(2) returns a little later.
test_a_connect_takes_as_long_as_its_peer_is_away() {
	thrice expect_connects 2500 101
	thrice expect_connects 12500 41
}

test_each_segment_that_is_sent_again_is_a_sample() {
	local again seen
	far_peer tcp 5 200000 1000 20
	again=$(ref again refs)
	seen=$("$PROFILE" export folded -e tcp-retransmit profile.data | tee folded |
		awk '{ n += $NF } END { print n + 0 }')
	[ "$(ref dropped refs)" -gt 0 ] || fail "no segment was dropped"
	[ "$seen" = "$again" ] || fail "$seen samples of $again segments"
	[ "$(grep -c '^far_peer.*tcp_retransmit_skb' folded)" = "$(wc -l <folded)" ] ||
		fail "not of far_peer, or not where segments are sent again: $(head -n 3 folded)"
}
