. /tap.sh
# Probes where the kernel has them all: functions of the kernel at their entry and at their
# return, functions of programs, tracepoints. `slow_function` calls one that takes 1, 5 and 25
# ms by its argument; dd reads one byte at a time, so often as it is told.
reads=1000

record_reads() { # event
	profile record -e "$1" -o reads.data -- dd if=/dev/zero of=/dev/null bs=1 count=$reads
}

# What the program reads before it begins is some calls more.
takes_all() { # least
	profile export folded reads.data | awk -v least="$1" \
		'{ sum += $NF } END { print sum + 0; exit !(sum >= least && sum < least * 1.2 + 9000) }'
}

counts_latencies() { # event, least
	profile record -e "$1" -o took.data -- dd if=/dev/zero of=/dev/null bs=1 count=$reads
	profile report took.data | tr -d , | awk -v least="$2" \
		'/^took.data: [0-9]+ latency events/ { cnt = $2 }
		 END { print cnt + 0; exit !(cnt >= least && cnt < least * 1.2) }'
}

if [ ! -d /sys/bus/event_source/devices/kprobe ]; then
	skip "functions of the kernel" "this kernel has no kprobes"
else
	check "records the calls of a function in the kernel" record_reads kprobe:vfs_read
	check "has all of them" takes_all $reads
	profile export folded reads.data >reads.folded
	check "has the kernel stack of each" grep -q 'ksys_read' reads.folded
	check "weighs them by an argument" record_reads kprobe:vfs_read@arg3/bytes
	check "has all bytes" takes_all $reads
	check "counts how long they take" counts_latencies latency:kprobe:vfs_read $reads
	profile report took.data >took.txt
	check "loses none" grep -q 'No events lost' took.txt
	check "counts what they return" counts_latencies latency:kprobe:vfs_read@ret/bytes $reads
	check "refuses a function that is not there" sh -c \
		'! profile record -e kprobe:no_such_function -d 1s -o no.data 2>no.txt && grep -q "no function no_such_function" no.txt'
fi

check "records a function of a program" profile record -e uprobe:/workloads/slow_function:take_time \
	-o slow.data -- slow_function 23 1
profile export folded slow.data >slow.folded
check "has all of its calls, below who calls it" \
	awk '/main;take_time/ { sum += $NF } END { exit sum != 23 }' slow.folded

check "counts how long it takes" profile record -e 'latency:uprobe:/workloads/slow_function:take_time#arg1' \
	-o took.data -- slow_function 23 1 5 25
profile report took.data >took.txt
check "tells its calls apart by their argument" \
	awk '$1 == 23 && $NF ~ /^(1|5|25)000000$/ { found++ } END { exit found != 3 }' took.txt

record_sleeps() { # how the two belong together
	profile record -e "latency:syscalls:sys_enter_clock_nanosleep..syscalls:sys_exit_clock_nanosleep$1" \
		-o slept.data -- calls sleep 23 5
}
if [ ! -d /sys/kernel/tracing/events ]; then
	mount -t tracefs tracefs /sys/kernel/tracing
fi
if [ ! -d /sys/kernel/tracing/events/syscalls ]; then
	skip "counts from one tracepoint to another" "this kernel has no tracepoints of system calls"
else
	check "counts from one tracepoint to another" record_sleeps '#ret'
	profile report slept.data >slept.txt
	check "has all that slept" grep -q '^slept.data: 23 latency events' slept.txt
fi
