. /tap.sh
# Latencies: which of them this kernel has, where those of files are met, and the oracles of
# tests/live, with wider tolerances, because every instruction is emulated: two bins, which is a
# quarter, and 2 % + 300 us a switch for run queues. A guest has no disk: of `block` there is
# nothing to be seen.
export WARM_MS=5000

# record_latencies NAME EVENTS ARG...: a recording, and what it says as lines
# (judges/tell_latencies.c).
record_latencies() {
	name=$1 events=$2
	shift 2
	profile record -q -e "$events" -o "$name.data" "$@" >"$name.refs" &&
		tell_latencies "$name.data" >"$name.lines"
}

ref() { # words, file
	sed -n "s/^REF $1 //p" "$2"
}

# is_counted NAME COUNT SERIES...: so many, exactly.
is_counted() {
	name=$1 cnt=$2
	shift 2
	grep "^SERIES" "$name.lines"
	grep -q "^SERIES $* $cnt " "$name.lines"
}

# is_in_bin NAME REF SERIES...: p50 within two bins of what the workload saw.
is_in_bin() {
	name=$1
	set -- "$1" $(ref "times $2" "$1.refs" | cut -d' ' -f3) "$(shift 2 && echo "$*")"
	awk -v truly="$2" -v series="SERIES $3 " '
		function bin(v, first) {
			for (first = 0; v >= 16; first += 8)
				v /= 2
			return first + int(v)
		}
		index($0, series) == 1 {
			off = $8 - bin(truly)
			printf "# %s: p50 in bin %d, truly %d of %d ns\n", series, $8, bin(truly), truly
			seen = off >= -2 && off <= 2
		}
		END { exit !seen }' "$name.lines" >one
	status=$?
	cat one | tee -a latencies.txt
	return $status
}

is_counted_with_bytes() { # way
	awk -v port="$(ref port tcp.refs)" -v bytes="$(ref bytes tcp.refs)" -v way="$1" '
		$1 == "SERIES" && $2 ~ /^tcp/ && $4 == port { print }
		$1 == "SERIES" && $4 == port && $5 == way && $6 == 101 {
			if ($2 == "tcp-life") lives++
			if ($2 == "tcp-bytes" && $7 == bytes) right++
		}
		END { exit !(lives && right) }' tcp.lines
}

run_queues_are_right() {
	ref 'thread spinner' spin.refs | awk '{ delay += $3; switches += $4 }
		END { print delay, switches }' >truly
	read -r delay switches <truly
	awk -v delay="$delay" -v switches="$switches" '
		$1 == "SERIES" && $2 == "runq" && $3 == "spinners" { sum = $7 }
		END { off = sum - delay; if (off < 0) off = -off
			printf "# runnable %d us, truly %d us in %d switches\n", sum / 1000, delay / 1000, switches
			exit !(sum && off <= delay / 50 + switches * 300000) }' spin.lines >one
	status=$?
	cat one | tee -a latencies.txt
	return $status
}

has_singles() { # file, count at least, condition of awk
	awk '$1 == "SINGLE" && ('"$3"') { n++; print } END { exit n < '"$2"' }' "$1.lines"
}

check "records all of them at once" record_latencies all runq,block,file,syscall,dns,tcp,exec,open \
	-- calls getppid 10
check "says where they are met" grep '^SOURCE file' all.lines
grep -h '^SOURCE' all.lines | sed 's/^/# /' >>latencies.txt
case $(uname -r) in
6.*) check "meets file operations by fentry" grep -q '^SOURCE file fentry vfs_read ' all.lines ;;
esac

check "records system calls" record_latencies calls syscall -- calls getppid 20011
check "each is counted" is_counted calls 20011 syscall calls getppid -
check "records sleeps" record_latencies sleep syscall -- calls sleep 23 25
check "their times are right" is_in_bin sleep sleep syscall calls clock_nanosleep -
check "records files" record_latencies use file -- file_use /tmp/file 23
for op in read write fsync; do
	check "counts each $op of a file" is_counted use 23 file file_use tmpfs $op
done
check "counts each open of a file" is_counted use 24 file file_use tmpfs open
check "knows the file and the bytes" has_singles use 1 '$4 == "write" && $11 == 4096 && $13 == "file"'
function=/workloads/slow_function:take_time
check "records a function" record_latencies function "latency:uprobe:$function" \
	-- slow_function 23 25
check "its times are right" is_in_bin function 25 "latency:uprobe:$function" slow_function - -
check "records connections" record_latencies tcp tcp -- connects 101 3000
check "made ones are counted with their bytes" is_counted_with_bytes connect
check "accepted ones are counted with their bytes" is_counted_with_bytes accept
check "records run queues" record_latencies spin runq -- spinners 4 3
check "time on run queues is right" run_queues_are_right
check "records execs and opens" record_latencies paths exec,open --keep 1000 -- paths /bin/busybox 5 3
check "execs that worked have their path" has_singles paths 5 '$2 == "exec" && $3 == "ok" && $13 ~ /busybox/'
check "execs that failed have theirs" has_singles paths 3 '$2 == "exec" && $3 == "ENOENT" && $13 ~ /missing/'
check "opens have their path" has_singles paths 5 '$2 == "open" && $3 == "ok" && $13 ~ /busybox/'
check "opens that failed have theirs" has_singles paths 3 '$2 == "open" && $3 == "ENOENT" && $13 ~ /missing/'
mkdir -p /etc && echo nameserver 127.0.0.1 >/etc/resolv.conf
resolver serve 53 >/dev/null &
sleep 1
check "records lookups" record_latencies dns dns -- resolver ask 3 d50.test
kill $!
check "their times are right by host" is_in_bin dns d50.test dns resolver d50.test -
check "keeps all that are slow" record_latencies slow syscall --slower 4ms -- calls sleep 23 25
check "and those only" has_singles slow 23 '$3 == "clock_nanosleep" && $8 % 8 >= 4 && $10 >= 4000000'
cat latencies.txt
