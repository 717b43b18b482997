. /tap.sh
# A CPU that goes and is back at once leaves the list of those online as it was, but its
# events are dead: it has to be opened anew all the same.
online=/sys/devices/system/cpu/cpu1/online

record_toggled() {
	profile record -C 1 -o toggled.data &
	recorder=$!
	until [ -s toggled.data ]; do sleep 1; done
	echo 0 >$online && echo 1 >$online
	sleep 2
	taskset 2 shares random 2 >shares.ref
	kill -TERM $recorder
	wait $recorder
}

check "records while a CPU goes and comes back" record_toggled
profile export folded toggled.data >toggled.folded
check "samples the CPU again" grep -q 'main;burn_seventy' toggled.folded
