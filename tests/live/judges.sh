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
	for _ in $(seq 400); do
		[ -n "$(ref "$1" "$2")" ] && break
		sleep 0.05
	done
	ref "$1" "$2"
}

# wait_trace FILE: until a recording in the background has begun to write.
wait_trace() {
	for _ in $(seq 200); do
		[ -s "$1" ] && return
		sleep 0.05
	done
	fail "no trace at $1 after 10 s"
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
