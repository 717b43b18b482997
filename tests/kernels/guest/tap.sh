# What a check in a guest may use. A check is a shell script of busybox that starts with
# `. /tap.sh`, runs as root in a folder of its own (whose files come back to the host) and
# finds `profile` and the programs of tests/live/workloads and judges in its PATH.
#
#	check NAME COMMAND [ARG...]   one result: good when the command exits with 0;
#	                              what it prints is shown only when it does not
#	skip NAME REASON              one result that could not be had

check() {
	name=$1
	shift
	if output=$("$@" 2>&1); then
		echo "ok - $name"
	else
		status=$?
		echo "not ok - $name"
		echo "$output" | tail -n 40 | sed 's/^/#   /'
		echo "#   status $status of: $*"
	fi
}

skip() {
	echo "ok - $1 # SKIP $2"
}
