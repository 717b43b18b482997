# shellcheck shell=bash
# What recording every switch costs, beside offcputime of libbpf-tools: the time of the BPF
# programs a switch (kernel.bpf_stats_enabled) and what is left of the speed of
# `perf bench sched pipe`, which does nothing but switch. As root. The peers take turns; the
# throughput is taken without the kernel's count, which costs as well.

pipe_loops=${PIPE_LOOPS:-200000}
offcputime=$(PATH=$PATH:/usr/sbin command -v offcputime || true)

# Starts a peer in the background and sets $peer_pid; it is ready once it has programs.
wait_peer_start() { # name
	case $1 in
	alone) return ;;
	offcpu | wakeup | offwake | chain)
		"$profile" record -q -a -e "$1" --max-overhead 0 -o "$work/waits.data" & ;;
	offcpu-1ms | chain-1ms)
		"$profile" record -q -a -e "${1%-1ms}" --min-block 1ms --max-overhead 0 \
			-o "$work/waits.data" & ;;
	offcputime) "$offcputime" >"$work/offcputime.out" 2>&1 & ;;
	offcputime-1ms) "$offcputime" -m 1000 >"$work/offcputime.out" 2>&1 & ;;
	esac
	peer_pid=$!
	for _ in $(seq 200); do
		cat "/proc/$peer_pid/fdinfo/"* 2>/dev/null | grep -q ^run_cnt: && break
		sleep 0.05
	done
	sleep 1
}

wait_peer_stop() {
	[ -n "$peer_pid" ] || return
	kill -TERM "$peer_pid"
	wait "$peer_pid" 2>/dev/null
	peer_pid=
}

switches_now() {
	sed -n 's/^ctxt //p' /proc/stat
}

# "RUN_NS RUN_CNT" of the BPF programs that the peer holds.
peer_runs() {
	[ -n "$peer_pid" ] || { echo 0 0; return; }
	cat "/proc/$peer_pid/fdinfo/"* 2>/dev/null | awk '
		$1 == "prog_id:" { id = $2 }
		$1 == "run_time_ns:" { ns[id] = $2 }
		$1 == "run_cnt:" { cnt[id] = $2 }
		END { for (id in ns) { time += ns[id]; runs += cnt[id] }
			printf "%.0f %.0f\n", time, runs }'
}

pipe_rate() { # operations a second
	perf bench sched pipe -l "$pipe_loops" 2>&1 | awk '/ops\/sec/ { gsub(",", ""); print $1 }'
}

# One turn of a peer: adds "NS_PER_SWITCH RUNS_PER_SWITCH OPS" to its file.
wait_turn() { # name
	local ns_before=0 cnt_before=0 ns=0 cnt=0 switches rate
	sysctl -q kernel.bpf_stats_enabled=1
	wait_peer_start "$1"
	read -r ns_before cnt_before < <(peer_runs)
	switches=$(switches_now)
	pipe_rate >/dev/null
	switches=$(($(switches_now) - switches))
	read -r ns cnt < <(peer_runs)
	sysctl -q kernel.bpf_stats_enabled=0
	rate=$(pipe_rate)
	wait_peer_stop
	awk -v ns=$((ns - ns_before)) -v cnt=$((cnt - cnt_before)) -v switches="$switches" \
		-v rate="$rate" 'BEGIN { print ns / switches, cnt / switches, rate }' \
		>>"$work/turns.$1"
}

turn_median() { # name, column
	sort -g -k "$2,$2" "$work/turns.$1" |
		awk -v column="$2" '{ v[NR] = $column } END { print v[int((NR + 1) / 2)] }'
}

wait_table() { # peer of the ratios, name...
	local to=$1
	printf '  %-16s %12s %14s %14s   %s\n' '' 'BPF/switch' 'runs/switch' 'pipe ops/s' \
		"BPF time / $to's   speed / alone's"
	shift
	for name in "$@"; do
		printf '  %-16s %9.0f ns %14.2f %14.0f   %8s %21s\n' "$name" \
			"$(turn_median "$name" 1)" "$(turn_median "$name" 2)" \
			"$(turn_median "$name" 3)" \
			"$(ratio "$(turn_median "$name" 1)" "$(turn_median "$to" 1)")" \
			"$(ratio "$(turn_median "$name" 3)" "$(turn_median alone 3)")"
	done
}

wait_turns() { # peer of the ratios, name...
	local to=$1
	shift
	rm -f "$work"/turns.*
	for _ in $(seq "$rounds"); do
		for name in "$@"; do wait_turn "$name"; done
	done
	wait_table "$to" "$@"
}

bench_waits() {
	[ "$(id -u)" -eq 0 ] || { echo "waits: not measured, needs root"; return; }
	command -v perf >/dev/null || { echo "waits: not measured, perf is not here"; return; }
	[ -n "$offcputime" ] || { echo "waits: not measured, libbpf-tools is not here"; return; }
	bpf_stats=$(sysctl -n kernel.bpf_stats_enabled)
	headline "waits: all kept, perf bench sched pipe, $pipe_loops loops, whole machine; median of $rounds"
	wait_turns offcputime alone offcputime offcpu wakeup chain
	headline "waits: threshold 1 ms, likewise"
	wait_turns offcputime-1ms alone offcputime-1ms offcpu-1ms chain-1ms
	sysctl -q kernel.bpf_stats_enabled="$bpf_stats"
	bpf_stats=
}
