. /tap.sh
# Waits, on kernels without sched_exit_tp and without much else: the oracles of tests/live,
# with wider tolerances, because every instruction is emulated and so takes some fifty times as
# long: 2 % + 4 ms a wait, 2 % + 300 us a switch of a spinner, which is blocked for up to 50 ms
# while it is moved to its CPU, and 50 ms at the ends.
export WARM_MS=5000

# record_waits NAME ARG...: a recording, and what it says as lines (judges/tell_waits.c).
record_waits() {
	name=$1
	shift
	profile record -q -e chain --max-overhead 0 -o "$name.data" "$@" >"$name.refs" &&
		tell_waits "$name.data" >"$name.lines"
}

ref() { # words, file
	sed -n "s/^REF $1 //p" "$2"
}

# is_right NAME WAY: count and time of the waits below wait_WAY.
is_right() {
	set -- "$1" "$2" $(ref "wait $2" "$1.refs")
	awk -v f=";wait_$2;" -v truly="$4" -v cnt="$5" '
		$1 == "SUM" && index(";" $13 ";", f) { ns += $7 + $8; if ($4 != "preempted") saw += $6 }
		END { off = ns - truly; if (off < 0) off = -off
			printf "# %s saw %d waits of %d us; truly %d of %d us\n", f, saw, ns / 1000,
				cnt, truly / 1000
			exit !(cnt && saw == cnt && off <= truly / 50 + cnt * 4000000) }' "$1.lines" \
		>one || { cat one; cat one >>waits.txt; return 1; }
	cat one >>waits.txt
}

# is_woken NAME FUNCTION CHAIN: at least 99.9 % of the time blocked there.
is_woken() {
	awk -v f=";$2;" -v chain="^$3(,|\$)" '
		$1 == "SUM" && index(";" $13 ";", f) && $4 != "preempted" && $4 != "new" {
			ns += $7; if ($11 ~ chain) right += $7; else print }
		END { printf "# %s %s: %d of %d us\n", f, chain, right / 1000, ns / 1000
			exit !(ns && right >= 0.999 * ns) }' "$1.lines" >one || { cat one; return 1; }
	tail -n 1 one >>waits.txt
}

is_in_kernel_function() { # name, function, pattern
	awk -v f=";$2;" -v pattern="$3" '
		$1 == "SUM" && index(";" $13 ";", f) && $7 { ns += $7; if ($12 ~ pattern) right += $7
			else print $12 }
		END { exit !(ns && right >= 0.999 * ns) }' "$1.lines"
}

is_conserved() { # name, threads at least
	awk -v least="$2" '$1 == "ACCOUNT" { life = $6 - $5; off = life - $7 - $8 - $9; cnt++
			if (off < 0) off = -off
			if (off > life / 1000) { print; bad++ } }
		END { printf "# %d accounts, %d beyond 0.1 %%\n", cnt, bad
			exit bad || cnt < least }' "$1.lines"
}

spinners_are_right() {
	[ "$(grep -c '^REF thread spinner' spin.refs)" -eq 4 ] || return 1
	ref 'thread spinner' spin.refs | while read -r tid on delay switches; do
		awk -v tid="$tid" -v delay="$delay" -v switches="$switches" '
			$1 == "ACCOUNT" && $3 == tid { runnable += $8; blocked += $9 }
			END { off = runnable - delay; if (off < 0) off = -off
				printf "# spinner %d: runnable %d us, truly %d in %d switches; blocked %d us\n",
					tid, runnable / 1000, delay / 1000, switches, blocked / 1000
				exit !(blocked < 50000000 && off <= delay / 50 + switches * 300000) }' \
			spin.lines || return 1
	done
}

record_blocked() {
	blocked >blocked.refs &
	process=$!
	until grep -q 'REF ready' blocked.refs; do sleep 1; done
	profile record -q -e chain --max-overhead 0 -p "$process,$(ref victim blocked.refs)" -d 4s \
		-o blocked.data &
	recorder=$!
	until [ -s blocked.data ]; do sleep 1; done
	touch go
	wait $recorder
	status=$?
	kill -9 $process
	[ $status -eq 0 ] && tell_waits blocked.data >blocked.lines
}

# Before 5.18 nobody can read the user stack of a thread that does not run: what was open at the
# end is told by its flag (2), what was open all the time also by 1.
open_waits_are_right() {
	process=$(ref process blocked.refs)
	awk -v process="$process" -v tid="$(ref throughout blocked.refs)" \
		-v began="$(ref began blocked.refs)" -v woke="$(ref woke blocked.refs)" \
		-v killed="$(ref killed blocked.refs)" -v victim="$(ref victim blocked.refs)" '
		function off(ns, truly, what) {
			d = ns - truly; if (d < 0) d = -d
			printf "# %s: %d us, truly %d us\n", what, ns / 1000, truly / 1000
			bad += d > 50000000
		}
		$1 == "SUM" && $2 == process && $5 % 4 == 3 { both += $7 }
		$1 == "SUM" && $2 == process && $5 % 4 == 2 { end += $7 }
		$1 == "SUM" && $2 == process && $5 % 4 == 1 { start += $7 }
		$1 == "SUM" && $2 == victim { kill += $7 }
		$1 == "ACCOUNT" && $3 == tid { from = $5; to = $6 }
		END {
			off(both, to - from, "throughout")
			off(start, woke - from, "from before")
			# The first thread waits for the end, too, once it has killed the other.
			off(end, to - began + to - killed, "at the end")
			off(kill, killed - from, "until killed")
			exit bad || !from
		}' blocked.lines
}

# Its times are not judged: a switch takes longer here than it allows for.
selftest_sees_all() {
	awk '/: saw [0-9]+ waits/ {
			saw = truly = ""
			for (i = 1; i < NF; i++) {
				if (saw == "" && $i == "saw") saw = $(i + 1) + 0
				if (truly == "" && $i == "(true:") truly = $(i + 1) + 0
			}
			cnt++
			if (saw != truly) { print; bad++ }
		}
		END { exit bad || cnt < 6 }' selftest.txt && return
	echo "other waits of its processes:"
	tell_waits selftest.data | grep '^SUM [0-9]* profile ' | grep -v '^SUM [0-9]* profile \(preempted\|new\|interruptible .*\(task\|irq\):\)'
	return 1
}

ways='sleep_10 nanosleep mutex futex cond pipe epoll timerfd'
check "records waits" record_waits ways -- waiter . 11 $ways
for way in $ways; do
	check "$way: sums are right" is_right ways $way
done
for way in mutex futex cond pipe epoll; do
	check "$way: has its waker" is_woken ways wait_$way "task:$(ref partner ways.refs)"
done
for way in sleep_10 nanosleep timerfd; do
	check "$way: is woken by a timer" is_woken ways wait_$way 'hardirq:-'
done
check "mutex: waits in the kernel's futex" is_in_kernel_function ways wait_mutex 'futex_wait'
check "pipe: waits in the kernel's pipe" is_in_kernel_function ways wait_pipe 'pipe_read|pipe_wait'
check "records a relay" record_waits relay -- relay 23
check "the second is woken by the first" is_woken relay second_stage \
	"task:$(ref first relay.refs),hardirq:-"
check "the third by the second, and that by the first" is_woken relay third_stage \
	"task:$(ref second relay.refs),task:$(ref first relay.refs)"
check "time of the relay is conserved" is_conserved relay 4
check "records spinners" record_waits spin -- spinners 4 3
check "runnable and blocked are kept apart" spinners_are_right
check "time of spinners is conserved" is_conserved spin 5
check "records threads that are blocked" record_blocked
check "what has no beginning or no end is there" open_waits_are_right
check "selftest runs" sh -c 'profile selftest -o selftest.data >selftest.txt; [ $? -le 1 ]'
check "selftest sees as many waits as there are, by their wakers" selftest_sees_all
sed 's/^/# /' selftest.txt
cat waits.txt
