# What the live tests judge by. Sourced; every test runs in an empty folder.

fail() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# expect STATUS COMMAND ARG...: fails unless the command exits so.
expect() {
	local wanted=$1 got
	shift
	"$@"
	got=$?
	[ "$got" -eq "$wanted" ] || fail "exit status $got instead of $wanted: $*"
}

# record STATUS ARG...: a recording to ./profile.data, without words of its own.
record() {
	local wanted=$1
	shift
	expect "$wanted" "$PROFILE" record -q "$@"
}

# start ARG...: a recording to ./profile.data that goes on in the background, and has begun: from
# then on a signal ends it as it should. Sets $recorder.
start() {
	rm -f profile.data
	env --default-signal=INT "$PROFILE" record -q "$@" &
	recorder=$!
	wait_trace profile.data
}

# stop SIGNAL STATUS: ends it; fails unless it exits so.
stop() {
	kill -"$1" "$recorder"
	expect "$2" wait "$recorder"
}

# until_true COMMAND ARG...: tries it again and again, for a minute.
until_true() {
	for _ in $(seq 1200); do
		"$@" && return
		sleep 0.05
	done
	fail "not after a minute: $*"
}

# thrice COMMAND ARG...: a recording and what is expected of it, up to three times. Only where a
# thread that loses its CPU for a moment, between our look at the clock and a workload's, makes
# two figures differ that are both right: what is wrong in the program is so each time.
thrice() {
	local status
	for _ in 1 2; do
		("$@")
		status=$?
		[ $status -ne 0 ] || return 0
		[ $status -ne 77 ] || exit 77
		echo "once more"
	done
	"$@"
}

# info KEY [TRACE]: the first number or text of that name in `profile info --json`.
info() {
	"$PROFILE" info --json "${2:-profile.data}" |
		sed -n "s/^ *\"$1\": \"\\{0,1\\}\\([^\",]*\\)\"\\{0,1\\},\\{0,1\\}\$/\\1/p" | head -n 1
}

# lost: how many samples never reached the trace, over all reasons.
lost() {
	"$PROFILE" info --json profile.data | awk '
		/^  "lost": / { inside = 1 }
		/^  }/ { inside = 0 }
		inside && /ring_full|CPU_not_open|recursion|unreadable|not_written/ { sum += $2 }
		END { print sum + 0 }'
}

folded() {
	"$PROFILE" export folded "$@" profile.data
}

# share FUNCTION [INSIDE]: of the folded stacks on stdin that hold INSIDE, the part that holds
# FUNCTION, and the sum: "0.3004 1180".
share() {
	awk -v f=";$1;" -v inside="${2:+;$2;}" '
		{ value = $NF; sub(/ [0-9]+$/, ""); line = ";" $0 ";" }
		inside == "" || index(line, inside) { all += value; if (index(line, f)) some += value }
		END { printf "%.4f %d\n", all ? some / all : 0, all }'
}

# seen FUNCTION: whether it is in any stack.
seen() {
	folded | awk '{ sub(/ [0-9]+$/, ""); print ";" $0 ";" }' | grep -qF ";$1;"
}

# ref NAME FILE: what a workload said of itself.
ref() {
	sed -n "s/^REF $1 //p" "$2"
}

# wait_ref NAME FILE: the same, once it has said so.
wait_ref() {
	until_true grep -qs "^REF $1 " "$2" >&2
	ref "$1" "$2"
}

# wait_trace FILE: until a recording in the background has begun. A trace gets its name when
# all of what is to be recorded is, and the command runs.
wait_trace() {
	until_true test -s "$1"
}

# near A B MAX: |A - B| <= MAX, for decimals.
near() {
	awk -v a="$1" -v b="$2" -v max="$3" 'BEGIN { d = a - b; exit !((d < 0 ? -d : d) <= max) }'
}

# sigmas SHARE REF COUNT: how many standard deviations of a sample of COUNT they are apart.
sigmas() {
	awk -v a="$1" -v p="$2" -v n="$3" \
		'BEGIN { s = sqrt(p * (1 - p) / n); d = a - p; printf "%.2f", (d < 0 ? -d : d) / s }'
}

# A trace that is whole: everything that was generated is kept or counted as lost.
expect_whole() {
	[ "$(info clean)" = true ] || fail "the trace has no trailer: $("$PROFILE" info profile.data)"
}
