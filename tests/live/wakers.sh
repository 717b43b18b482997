# Who ended each wait, and in what order they were woken themselves; and what each is given.

# woken_by FUNCTION CHAIN: "NS_RIGHT NS CNT_RIGHT CNT" of the blocked waits below a function
# whose chain begins so (a pattern of awk).
woken_by() {
	exact_awk -v f=";$1;" -v chain="^$2(,|\$)" '
		$1 == "SUM" && index(";" $13 ";", f) && $4 != "preempted" && $4 != "new" {
			ns += $7; cnt += $6
			if ($11 ~ chain) { right += $7; right_cnt += $6 } }
		END { print right + 0, ns + 0, right_cnt + 0, cnt + 0 }' lines
}

# expect_waker FUNCTION CHAIN: of the time blocked there at least 99.9 % is on that waker. A
# machine that hides the switches of some threads runs no program in an interrupt that meets one of
# these either: there the waker may be unknown, but nobody else, in two waits and one in fifty.
expect_waker() {
	local right ns right_cnt cnt hidden unknown unknown_cnt
	read -r right ns right_cnt cnt < <(woken_by "$1" "$2")
	echo "$1: $right_cnt of $cnt waits by $2, $((right / 1000)) of $((ns / 1000)) us"
	[ "$cnt" -gt 0 ] || fail "$1: no waits"
	[ $((right * 1000)) -ge $((ns * 999)) ] && return
	read -r unknown _ unknown_cnt _ < <(woken_by "$1" -)
	hidden=$(hidden_switches)
	echo "unknown in $unknown_cnt; this machine hides $hidden switches in 2 s"
	[ "$hidden" -gt 0 ] && [ "$unknown_cnt" -le $((2 + cnt / 50)) ] &&
		[ $(((right + unknown) * 1000)) -ge $((ns * 999)) ] ||
		fail "$1: less than 99.9 % on its waker: $(
		grep "^SUM.*[; ]$1;" lines | cut -d' ' -f 4-12)"
}

test_a_consumer_is_woken_by_its_producer() {
	local calls truly voluntary cnt ns
	for target in idle busy; do
		record_waits chain -- "$W/hand_over" $target 211 >refs
		expect_waker consume "task:$(ref producer refs)"
		read -r calls truly voluntary _ < <(ref "wait consume" refs)
		read -r cnt ns < <(sums_of consume)
		echo "$target: $cnt waits of $((ns / 1000)) us; truly $voluntary of $((truly / 1000))"
		# A consumer that hardly gets its busy CPU finds that there is something already.
		[ "$voluntary" -gt $((calls / 50)) ] || fail "it hardly waited"
		within_each "$ns" "$truly" "$voluntary" "$(ref consumer refs)" || fail "more than 1 % + 100 us a wait off"
	done
}

# expect_no_shorter FUNCTION CHAIN TID...: chains that end so, and could be longer, are of waits that
# began when one of these threads had been woken already, and only had not got its CPU yet: they
# cannot be longer than what the recording says that it ran, or would have, and 100 us each.
expect_no_shorter() {
	local ns cnt on runnable gap could=0
	read -r ns cnt < <(exact_awk -v f=";$1;" -v chain="^($2)\$" '
		$1 == "SUM" && index(";" $13 ";", f) && $11 ~ chain { ns += $7; cnt += $6 }
		END { print ns + 0, cnt + 0 }' lines)
	for tid in "${@:3}"; do
		read -r on runnable _ gap _ < <(account_of "$tid")
		could=$((could + on + runnable + gap))
	done
	echo "$1: $cnt waits of $((ns / 1000)) us by no more than $2, who ran for $((could / 1000)) us"
	[ "$ns" -le $((could + cnt * 100000)) ] || fail "$1: chains are cut"
}

test_chains_are_in_order_in_every_wait() {
	local first second right ns right_cnt cnt
	record_waits chain -- "$W/relay" 101 >refs
	first=$(ref first refs) second=$(ref second refs)
	expect_waker second_stage "task:$first(,(hardirq|idle):-)?"
	expect_no_shorter second_stage "task:$first" "$first"
	expect_waker third_stage "task:$second(,task:$first(,(hardirq|idle):-)?)?"
	expect_no_shorter third_stage "task:$second(,task:$first)?" "$first" "$second"
	read -r right ns right_cnt cnt < <(woken_by third_stage "task:$second(,task:$first)?")
	[ "$right_cnt" -eq "$cnt" ] || fail "the order is wrong in $((cnt - right_cnt)) of $cnt"
	expect_waker first_stage 'hardirq:-'
}

test_threads_are_woken_by_who_lets_go() {
	local partner
	record_waits chain -- "$W/waiter" . 23 mutex futex cond pipe epoll >refs
	partner=$(ref partner refs)
	for way in mutex futex cond pipe epoll; do
		expect_waker wait_$way "task:$partner"
	done
}

test_timers_wake_in_interrupts() {
	record_waits chain -- "$W/waiter" . 23 sleep_5 sleep_10 nanosleep timerfd >refs
	for way in sleep_5 sleep_10 nanosleep timerfd; do
		expect_waker wait_$way 'hardirq:-'
	done
}

# A packet over loopback is received in a softirq that the sender runs itself, before it goes on.
test_packets_wake_through_who_sent_them() {
	record_waits chain -- "$W/waiter" . 23 udp >refs
	expect_waker wait_udp "(softirq|task):$(ref partner refs)"
}

# A disk's interrupt completes what was read, or a thread of the kernel does.
test_disks_wake_in_interrupts() {
	local waiter
	need_disk
	record_waits chain -- "$W/waiter" . 23 disk >refs
	waiter=$(ref waiter refs)
	expect_waker wait_disk '(hardirq|softirq):-|softirq:[0-9]+|task:[0-9]+'
	! grep -q "^SUM.*task:$waiter[, ].*;wait_disk;" lines || fail "nobody wakes himself"
}

test_threads_that_wait_only_for_each_other_are_each_others_wakers() {
	local ping pong
	record_waits chain -- "$W/knots" pair 1 >refs
	ping=$(ref ping refs) pong=$(ref pong refs)
	expect_waker run_ping "task:$pong"
	expect_waker run_pong "task:$ping"
}

# "LINKS NS" of folded lines, those that were only runnable apart.
folded_by_links() {
	exact_awk '/;\[(runnable|preempted)\] [0-9]+$/ { runnable += $NF; next }
		{ ns = $NF; links[gsub(/;--(;| )/, "&")] += ns }
		END { for (i in links) print i, links[i]; print "runnable", runnable + 0 }' "$1" |
		sort
}

# What the sums say that it must be.
sums_by_links() { # full|split
	exact_awk -v weight="$1" '$1 == "SUM" {
			runnable += $8
			if ($11 == "-") { if ($7) unknown += $7; next }
			cnt = split($10, part, ",")
			if (weight == "full") links[cnt] += $7
			else for (i = 1; i <= cnt; i++) if (part[i]) links[i] += part[i] }
		END { for (i in links) print i, links[i]; print "runnable", runnable + 0
			if (unknown) print "unknown", unknown }' lines | sort
}

test_weights_give_each_waker_what_they_promise() {
	local blocked folded
	record_waits chain -- "$W/relay" 101 >refs
	blocked=$(exact_awk '$1 == "SUM" { ns += $7 } END { print ns }' lines)
	for weight in full split; do
		"$PROFILE" export folded -e chain --unit ns --weight $weight >$weight.folded ||
			fail "no export"
		folded_by_links $weight.folded >$weight.said
		sums_by_links $weight >$weight.true
		cat $weight.said
		folded=$(exact_awk '$1 != "runnable" { ns += $2 } END { print ns }' $weight.said)
		[ "$folded" = "$blocked" ] || fail "$weight: $folded ns instead of $blocked"
		diff <(grep '^[2-8]\|^run' $weight.true) <(grep '^[2-8]\|^run' $weight.said) ||
			fail "$weight is not as defined"
	done
	! cmp -s full.said split.said || fail "the weights are the same"
}

test_render_writes_the_lines_of_the_export() {
	record_waits chain -- "$W/relay" 101 >refs
	for chosen in offcpu wakeup offwake chain "chain --weight split"; do
		# shellcheck disable=SC2086 # an option and its value
		"$PROFILE" render -e $chosen -o drawn.folded || fail "no picture"
		# shellcheck disable=SC2086
		"$PROFILE" export folded -e $chosen >exported.folded
		[ -s drawn.folded ] || fail "$chosen: no lines"
		cmp drawn.folded exported.folded || fail "$chosen: other lines"
	done
}

# 13,000 wakers are more than are known at once, so they are told again and again; whoever was
# woken just before has its waker all the same.
test_wakers_are_known_while_they_are_told_again() {
	ulimit -n 14000 2>/dev/null || skip "14000 files are not allowed"
	expect 0 "$PROFILE" record -q -e chain --max-overhead 0 -- "$W/pairs" 6500 6 2>said
	grep -q 'wakers\? lost' said && skip "this machine is too slow: $(cat said)"
	"$PROFILE" render chain profile.data -o chain.folded || fail "no chains"
	awk '!/;wait_for_other;/ || /;\[(runnable|preempted)\] / { next }
		/;--;/ { known += $NF; next } { unknown += $NF }
		END { print known + 0, unknown + 0; exit !(known > 0 && unknown <= known / 10000) }' \
		chain.folded >shares || fail "known, unknown us: $(cat shares)"
}
