# Latencies: every event counted, values within a bin of what workloads measured themselves.
# tell_latencies (judges/) says what the trace says, workloads what they know (REF lines).
#
# Fields of SERIES lines: 2 event, 3 process, 4 and 5 labels, 6 count, 7 sum, 8 p50, 9 p99, 10
# least, 11 most, the last four as numbers of bins; of SINGLE lines: 2 event, 3 and 4 labels, 5
# process, 6 and 7 ids, 8 why, 9 end, 10 value, 11 bytes, 12 queued, 13 text, 14 kernel, 15 user.

# record_latencies EVENTS ARG...: to ./profile.data; then ./lines.
record_latencies() {
	local events=$1
	shift
	record 0 -e "$events" "$@" || exit 1
	latency_lines
}

latency_lines() {
	"$JUDGES/tell_latencies" profile.data >lines || fail "$(grep -m 3 '^WRONG' lines)"
}

# series EVENT PROCESS LABEL [LABEL]: "COUNT SUM P50 P99 LEAST MOST".
series() {
	exact_awk -v e="$1" -v p="$2" -v a="$3" -v b="${4:--}" \
		'$1 == "SERIES" && $2 == e && $3 == p && $4 == a && $5 == b {
			print $6, $7, $8, $9, $10, $11 }' lines
}

# counted EVENT PROCESS LABEL [LABEL]: how many; 0: there is no such series.
counted() {
	local cnt
	read -r cnt _ < <(series "$@")
	echo "${cnt:-0}"
}

# bin_of VALUE: as formats/latency_bin.h has it.
bin_of() {
	awk -v v="$1" 'BEGIN {
		for (first = 0; v >= 16; first += 8)
			v /= 2
		print first + int(v) }'
}

# within_a_bin NAME SEEN_BIN TRULY_NS [BINS_BELOW]: the workload's clock is read outside of what is
# measured, so that what is seen may be a little less.
within_a_bin() {
	local truly
	truly=$(bin_of "$3")
	echo "$1: bin $2, truly $truly of $3 ns"
	[ "$2" -le $((truly + 1)) ] && [ "$2" -ge $((truly - ${4:-1})) ] ||
		fail "$1 is more than a bin off"
}

# expect_times NAME EVENT PROCESS LABEL LABEL [BINS_BELOW]: count, p50 and p99 of what `REF times
# NAME` says in ./refs.
expect_times() {
	local truly_cnt truly_p50 truly_p99 cnt p50 p99
	read -r truly_cnt _ truly_p50 truly_p99 _ < <(ref "times $1" refs)
	read -r cnt _ p50 p99 _ < <(series "$2" "$3" "$4" "$5")
	[ "${cnt:-0}" = "$truly_cnt" ] || fail "$1: $cnt events instead of $truly_cnt"
	within_a_bin "p50 of $cnt $1" "$p50" "$truly_p50" "${6:-1}"
	within_a_bin "p99 of $cnt $1" "$p99" "$truly_p99" "${6:-1}"
}

# What began before the recording did is no event.
expect_nothing_lost() {
	! grep '^LOST' lines | grep -v begun_before || fail "something was lost"
}

# So many singles of an event, beside what awk says of them.
singles() {
	exact_awk -v e="$1" '$1 == "SINGLE" && $2 == e && ('"${2:-1}"') { n++ } END { print n + 0 }' lines
}

test_each_of_a_million_system_calls_is_counted() {
	record_latencies syscall -- "$W/calls" getppid 1000000 >refs
	echo "$(grep '^SERIES.* getppid' lines)"
	[ "$(counted syscall calls getppid)" = "$(ref calls refs)" ] || fail "some are missing"
	expect_nothing_lost
	expect_whole
}

expect_sleeps() { # MS
	record_latencies syscall -- "$W/calls" sleep 101 "$1" >refs
	expect_times sleep syscall calls clock_nanosleep -
}

test_times_of_system_calls_are_right() {
	for ms in 1 5 25; do
		thrice expect_sleeps $ms
	done
}

expect_functions() { # MS
	record_latencies "latency:uprobe:$W/slow_function:take_time" -- "$W/slow_function" 101 "$1" >refs
	expect_times "$1" "latency:uprobe:$W/slow_function:take_time" slow_function - -
	expect_nothing_lost
}

test_times_of_a_function_are_right() {
	for ms in 1 5 25; do
		thrice expect_functions $ms
	done
}

test_each_of_a_million_functions_is_counted() {
	local event="latency:uprobe:$W/slow_function:take_time"
	record_latencies "$event" -- "$W/slow_function" 1000000 0 >refs
	[ "$(counted "$event" slow_function -)" = 1000000 ] || fail "$(grep '^SERIES\|^LOST' lines)"
}

# With a name server of our own on port 53 of a network of our own.
NAMESERVER='busybox ip link set lo up && mount --bind resolv.conf /etc/resolv.conf || exit 77
	"$W/resolver" serve 53 >server & server=$!
	for _ in $(seq 400); do grep -q ready server && break; sleep 0.05; done
	"$W/resolver" ask 23 d0.test d5.test d25.test >refs
	status=$?; kill $server; exit $status'

expect_lookups() {
	record_latencies dns -- unshare -m -n sh -c "$NAMESERVER"
	cat refs
	expect_times d5.test dns resolver d5.test -
	expect_times d25.test dns resolver d25.test -
	[ "$(counted dns resolver d0.test)" = 23 ] || fail "$(grep '^SERIES' lines)"
	[ "$(singles dns '$13 == "d25.test"')" -ge 1 ] || fail "no single has its host"
}

test_times_of_lookups_are_right_by_host() {
	echo "nameserver 127.0.0.1" >resolv.conf
	unshare -m -n true 2>/dev/null || skip "no namespaces can be made here"
	command -v busybox >/dev/null || skip "busybox is not here"
	thrice expect_lookups
}

test_connections_are_counted_with_their_bytes() {
	local port sum
	record_latencies tcp -- "$W/connects" 1009 3000 >refs
	port=$(ref port refs)
	grep "^SERIES.* $port " lines
	for way in connect accept; do
		[ "$(counted tcp-life connects "$port" $way)" = 1009 ] || fail "$way: not 1009 lives"
		read -r _ sum _ < <(series tcp-bytes connects "$port" $way)
		[ "$sum" = "$(ref bytes refs)" ] || fail "$way: $sum bytes instead of $(ref bytes refs)"
	done
	[ "$(counted tcp-connect connects "$port" connect)" = 1009 ] || fail "not 1009 connects"
	read -r _ sum _ < <(series tcp-connect connects "$port" connect)
	read -r _ truly _ < <(ref 'times connect' refs)
	[ "$sum" -le "$truly" ] || fail "connects took $sum ns, but connect(2) only $truly"
}

# A loop device of 64 MiB, until the test ends: $DEVICE.
make_device() {
	command -v losetup >/dev/null || skip "losetup is not here"
	truncate -s 64M disk
	DEVICE=$(losetup -f --show disk 2>/dev/null) || skip "no loop device can be made"
	trap 'mountpoint -q mnt && umount mnt; losetup -d $DEVICE; rm -rf "$dir"' EXIT
}

make_file_system() {
	command -v mkfs.ext4 >/dev/null || skip "mkfs.ext4 is not here"
	make_device
	mkfs.ext4 -q disk && mkdir mnt && mount "$DEVICE" mnt || skip "ext4 cannot be mounted here"
}

test_requests_of_a_disk_are_counted_with_their_bytes() {
	local name cnt sum p50 truly truly_p50
	make_device
	name=${DEVICE#/dev/}
	record_latencies block -a -- "$W/file_use" "$DEVICE" 501 direct >refs
	grep "^SERIES.* file_use $name " lines
	for op in read write; do
		[ "$(counted block file_use "$name" $op)" = 501 ] || fail "not 501 of $op"
		[ "$(counted block-device file_use "$name" $op)" = 501 ] || fail "not 501 at the device"
		read -r cnt sum _ < <(series block-bytes file_use "$name" $op)
		[ "$cnt $sum" = "501 $((501 * 4096))" ] || fail "$op: $sum bytes in $cnt"
		read -r _ sum p50 _ < <(series block file_use "$name" $op)
		read -r _ truly truly_p50 _ < <(ref "times $op" refs)
		echo "$op: requests took $((sum / 1000)) us, calls $((truly / 1000)) us"
		[ "$sum" -le "$truly" ] || fail "$op: requests took longer than calls"
		within_a_bin "p50 of $op, of the calls an eighth and more" "$p50" "$truly_p50" 24
	done
}

expect_operations() {
	local opened
	record_latencies file -- "$W/file_use" mnt/file 1 > >(cat >refs)
	opened=$(counted file file_use ext4 open)
	record_latencies file --slower 1ns -- "$W/file_use" mnt/file 101 > >(cat >refs)
	wait $!
	grep '^SERIES\|^SOURCE' lines
	expect_times fsync file file_use ext4 fsync
	[ "$(counted file file_use ext4 write)" = 101 ] || fail "not 101 writes"
	[ "$(counted file file_use ext4 open)" = $((opened + 100)) ] || fail "not 100 opens more"
	[ "$(counted file file_use ext4 read)" -ge 101 ] || fail "not 101 reads"
	[ "$(singles file '$4 == "write" && $11 == 4096 && $13 == "file"')" -ge 1 ] ||
		fail "no single write of 4096 bytes to that file"
	expect_nothing_lost
}

test_operations_on_files_are_counted() {
	make_file_system
	thrice expect_operations
}

# fio_percentiles FILE: "P50 P99" of its reads, in ns, of fio's JSON: those of the whole call.
fio_percentiles() {
	sed -n '/"read" *:/,/"write" *:/p' "$1" | sed -n '/"'"$2"'" *:/,/}/p' |
		sed -n 's/.*"\(50\|99\)\.000000" : \([0-9]*\).*/\2/p' | tr '\n' ' '
}

# fio_agrees ENGINE EVENT LABEL BINS_BELOW_P50 BINS_BELOW_P99: fio looks at its clock outside of
# what we see: around the system call; of libaio before it submits a request and when it gets to
# know that it is done, which may be late.
fio_agrees() {
	local p50 p99 truly_p50 truly_p99
	record_latencies "$2" -a -- fio --name=read --filename=mnt/data --size=16M --bs=256k \
		--rw=randread --direct=1 --ioengine="$1" --runtime=2 --time_based --iodepth=1 \
		--lat_percentiles=1 --output-format=json --output=fio.json || fail "fio does not run"
	read -r truly_p50 truly_p99 < <(fio_percentiles fio.json lat_ns)
	[ -n "$truly_p99" ] || fail "fio says nothing"
	read -r _ _ p50 p99 _ < <(series "$2" fio "$3" read)
	[ -n "$p99" ] || fail "no reads of fio: $(grep '^SERIES' lines)"
	within_a_bin "$1: p50" "$p50" "$truly_p50" "$4"
	within_a_bin "$1: p99" "$p99" "$truly_p99" "$5"
}

test_fio_sees_the_same_percentiles() {
	command -v fio >/dev/null || skip "fio is not here"
	make_file_system
	fio --name=read --filename=mnt/data --size=16M --rw=write --bs=1M --output=/dev/null ||
		fail "fio does not run"
	# Of 60 us reads p99 is what was interrupted, and fio's clock also runs around the call: where a
	# host takes its CPU away for tens of microseconds, half an octave is between the two.
	thrice fio_agrees psync file ext4 1 4
	thrice fio_agrees sync file ext4 1 4
	thrice fio_agrees libaio block "${DEVICE#/dev/}" 16 99
}

# limit_reads BYTES_PER_S: of the disk below us, for whoever is in $GROUP.
limit_reads() {
	local disk
	disk=$(stat -c %Hd:%Ld .)
	if [ -d /sys/fs/cgroup/blkio ]; then
		GROUP=/sys/fs/cgroup/blkio/profile_test.$$
		mkdir "$GROUP" && echo "$disk $1" >"$GROUP/blkio.throttle.read_bps_device"
	else
		GROUP=/sys/fs/cgroup/profile_test.$$
		mkdir "$GROUP" && echo "$disk rbps=$1" >"$GROUP/io.max"
	fi 2>/dev/null
}

expect_slow_reads() { # ENGINE
	local p50 p99 truly_p50 truly_p99
	record_latencies block -a -- sh -c 'echo $$ >"$0/cgroup.procs" && exec fio "$@"' "$GROUP" \
		--name=read --filename="$DEVICE" --bs=256k --rw=randread --direct=1 --ioengine="$1" \
		--runtime=4 --time_based --output-format=json --output=fio.json ||
		fail "fio does not run"
	read -r truly_p50 truly_p99 < <(fio_percentiles fio.json clat_ns)
	[ -n "$truly_p99" ] || fail "fio says nothing"
	read -r _ _ p50 p99 _ < <(series block fio "${DEVICE#/dev/}" read)
	within_a_bin "$1: p50" "$p50" "$truly_p50"
	within_a_bin "$1: p99" "$p99" "$truly_p99" 8
}

# Against 131 ms of a limited disk, what fio needs to hear of an end is nothing: all three ways of
# reading have the percentiles of the device. Of 30 reads p99 is the longest one, of which a fio
# that waits for a CPU hears late: that one may be half as long as it says.
test_fio_sees_the_same_percentiles_of_a_slow_disk() {
	command -v fio >/dev/null || skip "fio is not here"
	head -c 16M /dev/urandom >disk
	sync disk
	DEVICE=$(losetup -f --show --direct-io=on disk 2>/dev/null) || skip "no loop device can be made"
	trap 'losetup -d $DEVICE; rmdir $GROUP 2>/dev/null; rm -rf "$dir"' EXIT
	limit_reads 2000000 || skip "no disk can be limited here"
	for engine in libaio psync sync; do
		thrice expect_slow_reads $engine
	done
}

# By the kernel's own account of those threads.
# A virtual CPU that is stopped between the kernel's look at its clock and ours makes either
# time the longer one, by milliseconds.
expect_runnable() {
	local delay=0 switches=0 d s sum
	record_latencies runq -- "$W/spinners" 4 3 >refs
	while read -r _ _ d s; do
		delay=$((delay + d)) switches=$((switches + s))
	done < <(ref 'thread spinner' refs)
	read -r _ sum _ < <(series runq spinners - -)
	echo "runnable $((sum / 1000)) us, truly $((delay / 1000)) us in $switches switches"
	near "$sum" "$delay" $((delay / 50 + switches * 15000)) ||
		fail "more than 2 % + 15 us a switch off"
	expect_nothing_lost
}

test_time_on_run_queues_is_right() {
	thrice expect_runnable
}

test_execs_and_opens_have_their_paths_and_results() {
	record_latencies exec,open --args --slower 1ns -- "$W/paths" /bin/true 23 7 >refs
	grep '^SERIES' lines
	[ "$(singles exec '$3 == "ok" && $13 ~ /^\/bin\/true/')" = 23 ] || fail "not 23 execs"
	[ "$(singles exec '$13 ~ /first_argument/')" -ge 23 ] || fail "no arguments"
	[ "$(singles exec '$3 == "ENOENT" && $13 ~ /^\/missing\/program/')" = 7 ] || fail "not 7 that failed"
	[ "$(singles open '$3 == "ok" && $13 == "/bin/true"')" = 23 ] || fail "not 23 opens"
	[ "$(singles open '$3 == "ENOENT" && $13 == "/missing/file"')" = 7 ] || fail "not 7 that failed"
	record_latencies exec -- "$W/paths" /bin/true 3 3 >refs
	! grep -q first_argument lines || fail "arguments that nobody asked for"
}

test_slower_ones_are_all_kept() {
	record_latencies syscall --slower 4ms -- "$W/calls" sleep 101 5 >refs
	[ "$(singles syscall '$3 == "clock_nanosleep" && $8 % 8 >= 4 && $10 >= 4000000')" = 101 ] ||
		fail "not 101 singles: $(grep -c '^SINGLE' lines)"
	[ "$(singles syscall '$8 % 8 >= 4 && $10 < 4000000')" = 0 ] || fail "too short to be kept"
}

# Of each kind so many, as fast as they go; `generated` is what the programs counted.
MANY=$([ -n "$FULL" ] && echo 1000000 || echo 100000)

# expect_counted LEAST EVENT ARG...: kept and lost are what was generated, and no less than LEAST.
expect_counted() {
	local least=$1 event=$2 generated counted lost in_trace
	shift 2
	"$PROFILE" record -v -e "$event" "$@" >refs 2>said || fail "$event: $(cat said)"
	read -r generated counted lost < <(tr -d , <said | sed -n \
		's/^profile: latencies: \([0-9]*\) generated = \([0-9]*\) counted + \([0-9]*\) lost.*/\1 \2 \3/p')
	latency_lines
	in_trace=$(exact_awk '$1 == "TOTAL" { print $2 }' lines)
	echo "$event: ${generated:-no} generated = $counted counted + $lost lost; $in_trace in the trace;" \
		"$(exact_awk '$1 == "TOTAL" { print $3 }' lines) singles, $(stat -c %s profile.data) bytes"
	[ "${generated:-0}" -ge "$least" ] || fail "$event: that are too few: $(cat said)"
	[ $((counted + lost)) = "$generated" ] || fail "$event: they do not add up"
	[ "$in_trace" = "$counted" ] || fail "$event: the trace holds another number"
	# Kernels skip a program that interrupts itself, as completions of requests do.
	[ "$lost" -le $((generated / 1000)) ] || fail "$event: more than 0.1 % are lost"
	rm profile.data
}

test_every_event_of_each_kind_is_counted() {
	make_device
	expect_counted $MANY syscall -- "$W/calls" getppid $MANY
	expect_counted $MANY open -- "$W/calls" open $MANY
	expect_counted $MANY exec -- "$W/calls" exec $MANY
	expect_counted $MANY file -- dd if=disk of=/dev/null bs=1 count=$MANY status=none
	expect_counted $MANY block -a -- sh -c "for i in 0 1 2 3 4 5 6 7; do
		dd if=$DEVICE of=/dev/null bs=512 iflag=direct count=$((MANY / 8)) status=none; done"
	expect_counted $MANY "latency:uprobe:$W/slow_function:take_time" \
		-- "$W/slow_function" $MANY 0
	# Of each connection: the connect, two lives, and the bytes of both ends.
	expect_counted $MANY tcp -- "$W/connects" $((MANY / 5)) 1
	expect_counted $MANY dns -- "$W/resolver" ask $MANY localhost
	command -v perf >/dev/null || skip "perf is not here; the others are right"
	expect_counted $MANY runq -- perf bench sched pipe -l $MANY
}

expect_40_a_second() {
	record_latencies syscall --keep 40 -- "$W/calls" getppid 4000000 >refs
	exact_awk '$1 == "SINGLE" { at[++n] = $9; if (!begin || $9 < begin) begin = $9; end = $9 }
		END { begin += 1000000000
			for (i in at)
				late += at[i] >= begin
			printf "%d singles, %d of them in the %.1f s behind the first\n", n, late,
				(end - begin) / 1e9
			exit late > 60 * (end - begin) / 1e9 + 16 || !late }' lines ||
		fail "many more than 40 a second"
}

# How many are drawn is settled by what happened just before: who got no CPU for that while, and
# then goes on at full speed, is told of more often until it is settled again.
test_no_more_are_kept_than_asked_for() {
	thrice expect_40_a_second
}

test_singles_have_stacks_and_threads() {
	record_latencies syscall --slower 4ms -- "$W/calls" sleep 211 5 >refs
	"$JUDGES/tell_latencies" profile.data stacks >lines
	[ "$(singles syscall '$15 ~ /sleep_often;main/ && $7')" -ge 150 ] ||
		fail "callers are missing: $(grep -m 3 '^SINGLE.*nanosleep' lines)"
}

# Nobody has tables of a program that has just begun: its first stacks are copies, and rounds make
# its tables soon.
test_singles_of_short_programs_have_whole_stacks() {
	local all whole
	needs_tables
	record 0 -e syscall,open,exec,file -- bash -c 'for i in {1..400}; do /bin/true; done' || exit 1
	"$JUDGES/tell_latencies" profile.data names >lines || fail "$(grep -m 3 '^WRONG' lines)"
	read -r all whole < <(exact_awk '$1 == "SINGLE" && $15 != "-" {
			all++
			whole += $15 !~ /\[stack_(cut|lost)/
		} END { print all + 0, whole + 0 }' lines)
	echo "$whole of $all stacks are whole"
	[ "$all" -ge 100 ] || skip "only $all stacks: too few to judge"
	[ $((whole * 100)) -ge $((all * 98)) ] || fail "stacks are cut"
}

# It has got the thread id of its process by the time that the new program begins.
test_a_program_that_a_thread_runs_is_counted_once() {
	needs gcc
	cat >run.c <<-'END'
		#include <pthread.h>
		#include <unistd.h>
		static void *run(void *unused)
		{
			execl("/bin/true", "true", (char *)0);
			return unused;
		}
		int main(void)
		{
			pthread_t thread;
			return pthread_create(&thread, 0, run, 0) || pthread_join(thread, 0) || 1;
		}
	END
	gcc -pthread -o run run.c || fail "it does not compile"
	record_latencies exec,syscall -- ./run
	grep '^SERIES exec' lines
	[ "$(counted exec true ok)" = 1 ] || fail "not one program that a thread ran"
	[ "$(counted syscall true execve)" = 1 ] || fail "not one call of it"
	"$PROFILE" report --list -e exec profile.data | grep -q '^ *[0-9.]* true .*/bin/true$' ||
		fail "it is not listed as what it became"
	expect_nothing_lost
}
