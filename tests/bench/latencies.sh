# shellcheck shell=bash
# What counting latencies costs, beside bpftrace's hist() and libbpf-tools: the time of the BPF
# programs (kernel.bpf_stats_enabled) for each event of a load, in one run; and how large traces of
# all latency events get. As root. The peers take turns. Ours count by process and by what an
# event is of, theirs by nothing else than size, as these tools do.

latency_events=${LATENCY_EVENTS:-300000}
workloads=$build/workloads
loop_device= # while there is one

# The programs that bpftrace is given.
bpftrace_of() { # kind
	case $1 in
	syscall)
		echo 'tracepoint:raw_syscalls:sys_enter { @s[tid] = nsecs; }
			tracepoint:raw_syscalls:sys_exit /@s[tid]/ {
				@[args->id] = hist(nsecs - @s[tid]); delete(@s[tid]); }' ;;
	runq)
		echo 'tracepoint:sched:sched_wakeup, tracepoint:sched:sched_wakeup_new {
				@s[args->pid] = nsecs; }
			tracepoint:sched:sched_switch {
				if (args->prev_state == 0) { @s[args->prev_pid] = nsecs; }
				$n = @s[args->next_pid];
				if ($n) { @ = hist(nsecs - $n); }
				delete(@s[args->next_pid]); }' ;;
	block)
		echo 'tracepoint:block:block_rq_issue { @s[args->dev, args->sector] = nsecs; }
			tracepoint:block:block_rq_complete /@s[args->dev, args->sector]/ {
				@ = hist(nsecs - @s[args->dev, args->sector]);
				delete(@s[args->dev, args->sector]); }' ;;
	uprobe)
		echo "uprobe:$workloads/slow_function:take_time { @s[tid] = nsecs; }
			uretprobe:$workloads/slow_function:take_time /@s[tid]/ {
				@ = hist(nsecs - @s[tid]); delete(@s[tid]); }" ;;
	esac
}

latency_event_of() { # kind
	case $1 in
	uprobe) echo "latency:uprobe:$workloads/slow_function:take_time" ;;
	*) echo "$1" ;;
	esac
}

# Starts a peer in the background and sets $peer_pid; it is ready once it has programs.
latency_peer_start() { # kind, peer
	case $2 in
	profile)
		"$profile" record -q -a -e "$(latency_event_of "$1")" -o "$work/latency.data" & ;;
	bpftrace) bpftrace -e "$(bpftrace_of "$1")" >"$work/bpftrace.out" 2>&1 & ;;
	*) "$2" >"$work/$2.out" 2>&1 & ;;
	esac
	peer_pid=$!
	for _ in $(seq 400); do
		cat "/proc/$peer_pid/fdinfo/"* 2>/dev/null | grep -q ^run_cnt: && break
		sleep 0.05
	done
	sleep 2
}

latency_load() { # kind
	case $1 in
	syscall) "$workloads/calls" getppid "$latency_events" ;;
	runq) perf bench sched pipe -l $((latency_events / 2)) ;;
	block) "$workloads/file_use" "$loop_device" $((latency_events / 10)) direct ;;
	uprobe) "$workloads/slow_function" "$latency_events" 0 ;;
	esac >/dev/null 2>&1
}

# Events of a load, for all peers the same: for `runq` what the machine switches meanwhile.
latency_event_cnt() { # kind, switches
	case $1 in
	runq) echo "$2" ;;
	block) echo $((latency_events / 10 * 2)) ;;
	*) echo "$latency_events" ;;
	esac
}

latency_turn() { # kind, peer
	local ns_before cnt_before ns cnt switches
	latency_peer_start "$1" "$2"
	read -r ns_before cnt_before < <(peer_runs)
	switches=$(switches_now)
	latency_load "$1"
	switches=$(($(switches_now) - switches))
	read -r ns cnt < <(peer_runs)
	wait_peer_stop
	awk -v ns=$((ns - ns_before)) -v cnt=$((cnt - cnt_before)) \
		-v events="$(latency_event_cnt "$1" "$switches")" \
		'BEGIN { print ns / events, cnt / events, 0 }' >>"$work/turns.$2"
}

latency_table() { # kind, peer...
	local kind=$1
	shift
	rm -f "$work"/turns.*
	for _ in $(seq "$rounds"); do
		for peer in "$@"; do latency_turn "$kind" "$peer"; done
	done
	for peer in "$@"; do
		printf '  %-8s %-12s %7.0f ns in %.2f runs an event   %s times profile\n' "$kind" "$peer" \
			"$(turn_median "$peer" 1)" "$(turn_median "$peer" 2)" \
			"$(ratio "$(turn_median "$peer" 1)" "$(turn_median profile 1)")"
	done
}

has_peers() { # peer...; prints those that are here
	for peer in "$@"; do
		PATH=$PATH:/usr/sbin command -v "$peer" >/dev/null && echo "$peer"
	done
}

# Everything at once, again and again.
latency_storm() {
	while :; do
		"$workloads/calls" getppid 100000
		"$workloads/calls" open 20000
		"$workloads/calls" exec 20000
		"$workloads/connects" 1000 1000
		"$workloads/file_use" "$loop_device" 2000 direct
		"$workloads/file_use" "$work/file" 500
		"$workloads/resolver" ask 200 localhost
		find /usr/share/doc -type f -exec /bin/true {} + 2>/dev/null
	done >/dev/null 2>&1
}

# Slices get longer with the recording: an hour is not so many times as large, and only
# SECONDS_EACH=3600 says what it takes.
latency_size() { # words
	local bytes
	"$profile" record -q -a -e runq,block,file,syscall,dns,tcp,exec,open -d "${seconds}s" \
		-o "$work/size.data"
	bytes=$(stat -c %s "$work/size.data")
	"$profile" info "$work/size.data" | grep -i latenc | head -n 2 | sed 's/^/  /'
	printf '  %-10s %8.0f KiB in %d s\n' "$1" $((bytes / 1024)) "$seconds"
	rm -f "$work/size.data"
}

latency_sizes() {
	headline "latencies: a trace of all of them, whole machine, $seconds s"
	latency_size idle
	set -m
	latency_storm &
	load_group=$!
	set +m
	latency_size "full load"
	kill -KILL -- "-$load_group"
	wait "$load_group" 2>/dev/null
	load_group=
}

bench_latencies() {
	local PATH=$PATH:/usr/sbin
	[ "$(id -u)" -eq 0 ] || { echo "latencies: not measured, needs root"; return; }
	truncate -s 64M "$work/disk"
	loop_device=$(losetup -f --show "$work/disk") || { echo "latencies: no loop device"; return; }
	bpf_stats=$(sysctl -n kernel.bpf_stats_enabled)
	sysctl -q kernel.bpf_stats_enabled=1
	headline "latencies: BPF time an event, whole machine, $latency_events events; median of $rounds"
	# shellcheck disable=SC2046
	{
		latency_table syscall profile $(has_peers bpftrace)
		latency_table runq profile $(has_peers bpftrace runqlat)
		latency_table block profile $(has_peers bpftrace biolatency)
		latency_table uprobe profile $(has_peers bpftrace)
	}
	sysctl -q kernel.bpf_stats_enabled="$bpf_stats"
	bpf_stats=
	latency_sizes
	losetup -d "$loop_device"
	loop_device=
}
