# shellcheck shell=bash
# What recording costs and what it leaves, beside `perf record -z -g` at the same rate.
# As root. All CPUs are kept busy, so that seconds times CPUs is what there was to sample.

rate=99

record_for() { # peer, seconds, file
	case $1 in
	profile) cost_of profile "$profile" record -q -a -F $rate -d "$2s" -o "$3" ;;
	perf) cost_of perf perf record -q -z -g -a -F $rate -o "$3" -- sleep "$2" ;;
	esac
}

sample_cnt() { # peer, file
	case $1 in
	profile) "$profile" export folded "$2" | awk '{ sum += $NF } END { print sum + 0 }' ;;
	perf) perf report -i "$2" --stats 2>/dev/null | awk '/SAMPLE events/ { print $3; exit }' ;;
	esac
}

# One function each that keeps every CPU busy until its process group is killed.
load_burn() { # two functions, few stacks
	for _ in $(seq "$(nproc)"); do "$build/workloads/shares" random 100000 & done
	wait
}

load_build() { # this very program, again and again: short processes, many stacks
	while :; do
		make -s -j"$(nproc)" BUILD="$work/build" all
		rm -rf "$work/build"
	done
}

with_load() { # load, command...
	local load=$1 status
	shift
	set -m
	"load_$load" >/dev/null 2>&1 &
	load_group=$!
	set +m
	sleep 1
	"$@"
	status=$?
	kill -KILL -- "-$load_group"
	wait "$load_group" 2>/dev/null
	load_group=
	rm -rf "$work/build"
	return $status
}

size_rounds() {
	local traces=0
	rm -f "$work"/*.cost
	for round in 1 2 3; do
		for peer in profile perf; do
			rm -f "$work/$peer.trace"
			record_for $peer "$seconds" "$work/$peer.trace" || return
			echo "$(wc -c <"$work/$peer.trace") $(sample_cnt $peer "$work/$peer.trace")" \
				>>"$work/$peer.sizes"
			traces=$round
		done
	done
	for peer in profile perf; do
		awk -v peer=$peer -v traces="$traces" '{ bytes += $1; samples += $2 } END {
			printf "  %-10s %9d bytes %7d samples  %6.1f bytes a sample\n", peer,
				bytes / traces, samples / traces, bytes / (samples ? samples : 1) }' \
			"$work/$peer.sizes"
	done
	awk 'FNR == 1 { file++ } { bytes[file] += $1; samples[file] += $2 } END {
		printf "  profile / perf: %.2f; by sample %.2f\n", bytes[1] / bytes[2],
			(bytes[1] / samples[1]) / (bytes[2] / samples[2]) }' \
		"$work/profile.sizes" "$work/perf.sizes"
	rm -f "$work"/*.sizes
}

# Run time of the BPF programs that came after those of a first list of ids.
bpf_run_ns() { # file with the ids that were there before
	bpftool prog show | awk -v before="$1" '
		BEGIN { while ((getline id < before) > 0) old[id] = 1 }
		/^[0-9]+:/ { mine = !($1 in old) }
		mine { for (i = 1; i < NF; i++) if ($i == "run_time_ns") { ns += $(i + 1)
			$i = "" } }
		END { print ns + 0 }'
}

cost_run() { # seconds, prints CPU seconds, peak KiB, BPF seconds
	rm -f "$work"/profile.cost "$work/profile.trace"
	bpftool prog show | awk '/^[0-9]+:/ { print $1 }' >"$work/before"
	record_for profile "$1" "$work/profile.trace" &
	sleep $(($1 - 1))
	bpf_run_ns "$work/before" >"$work/bpf"
	wait $!
	awk -v ns="$(cat "$work/bpf")" '{ print $2, $3, ns / 1e9 }' "$work/profile.cost"
}

# Two lengths: the difference is what recording costs, the rest is start and end.
cost_rounds() {
	local short long
	short=$(cost_run 3)
	long=$(cost_run $((seconds + 3)))
	echo "$short $long" | awk -v seconds="$seconds" -v cpus="$(nproc)" '{
		collector = ($4 - $1) / seconds / cpus; bpf = ($6 - $3) / seconds / cpus
		printf "  collector %.4f %% + BPF %.4f %% = %.4f %% of each CPU\n",
			100 * collector, 100 * bpf, 100 * (collector + bpf)
		printf "  start and end: %.3f s of CPU; peak memory %.1f MiB\n",
			$1 - 3 * collector * cpus, $5 / 1024 }'
}

bench_recording() {
	[ "$(id -u)" -eq 0 ] || { echo "recording: not measured, needs root"; return; }
	command -v perf >/dev/null || { echo "recording: not measured, perf is not here"; return; }
	for load in burn build; do
		headline "trace size: $load, $seconds s, $rate Hz, whole machine, $(perf --version) -z -g; mean of 3"
		with_load $load size_rounds
	done
	bpf_stats=$(sysctl -n kernel.bpf_stats_enabled)
	sysctl -q kernel.bpf_stats_enabled=1
	for load in burn build; do
		headline "cost of recording: $load, $seconds s, $rate Hz on $(nproc) busy CPUs"
		with_load $load cost_rounds
	done
	sysctl -q kernel.bpf_stats_enabled="$bpf_stats"
	bpf_stats=
}
