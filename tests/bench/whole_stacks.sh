# shellcheck shell=bash
# How many user stacks reach the bottom of their thread, over programs as Debian ships them
# and as its compilers make them, by tables (auto) and by frame pointers (fp). As root.
#
#	tests/bench/run whole_stacks
#
# A stack is whole if none of it is said to be cut: that is what the trace says of itself.
# The column beside it says what stands at the root: a function where threads start, or a
# place in the program's own file that has no name. The two judge each other: a whole stack
# that begins elsewhere is wrong; one that is cut and begins there lacks the last frame or
# two, as by frame pointers, for libc's own functions at the start of a thread have none.

# Of the user stacks: their number, how many are whole, how many begin at a start, then the
# most frequent cuts with the frame that the walk could not leave.
judge_whole() { # trace
	"$profile" export folded --annotate "$1" 2>/dev/null | awk '
		function is_start(name, process) {
			sub(/_\[[a-z]\]$/, "", name)
			return name ~ /^(_start|__libc_start_(call_)?main|_dl_start(_user)?)$/ ||
				name ~ /^_*clone(3|_internal)?$/ ||
				name ~ /^(start_thread|thread_start|_rt0_.*|runtime\.(goexit|rt0_go).*)$/ ||
				name ~ /^runtime\.(clone|mstart|systemstack|mcall|morestack|sigreturn).*$/ ||
				(name ~ /^\[.*\]$/ && name !~ /^\[(stack|lib|jit|unmapped|unknown)/)
		}
		{
			value = $NF
			sub(/ [0-9]+$/, "")
			cnt = split($0, frame, ";")
			if (cnt < 2 || frame[2] ~ /_\[k\]$/)
				next
			all += value
			is_cut = frame[2] ~ /^\[stack (cut|lost|copied)/
			start += is_start(frame[2 + is_cut]) ? value : 0
			if (!is_cut) {
				whole += value
				if (!is_start(frame[2]))
					odd[frame[2]] += value
				next
			}
			split(frame[2], word, /: |\]/)
			cut[word[2] " at " (cnt > 2 ? frame[3] : "nothing")] += value
		}
		END {
			printf "%d %d %d", all, whole, start
			for (n = 0; n < 3; n++) {
				best = ""
				for (c in cut)
					if (best == "" || cut[c] > cut[best])
						best = c
				if (best == "" || cut[best] * 1000 < all)
					break
				printf "; %s %.1f %%", substr(best, 1, 60), 100 * cut[best] / all
				delete cut[best]
			}
			best = ""
			for (c in odd)
				if (best == "" || odd[c] > odd[best])
					best = c
			if (best != "" && odd[best] * 200 > all)
				printf "; whole from %s %.1f %%", substr(best, 1, 40),
					100 * odd[best] / all
			print ""
		}'
}

whole_row() { # program
	local why how command=() client=() server=
	if ! "program_$1" >"$work/why" 2>&1; then
		why=$(tail -n 1 "$work/why")
		printf '  %-16s not measured: %s\n' "$1" "${why:-its preparation failed}"
		return
	fi
	for how in auto fp; do
		if ! record_program "$work/$how.trace" --unwind $how >"$work/why"; then
			printf '  %-16s not measured: %s\n' "$1" "$(cat "$work/why")"
			stop_postgres
			return
		fi
		judge_whole "$work/$how.trace" >"$work/$how.judged"
	done
	stop_postgres
	[ -z "${KEEP_TRACES-}" ] || cp "$work/auto.trace" "$KEEP_TRACES/$1.auto.trace"
	cat "$work/auto.judged" "$work/fp.judged" | sed 's/;/ ;/' >>"$work/all.judged"
	paste -d '\n' "$work/auto.judged" "$work/fp.judged" | awk -v name="$1" '
		{ words = $0; sub(/^[0-9 ]+/, "", words); sub(/;.*/, ""); all[NR] = $1
			whole[NR] = $2; start[NR] = $3; cuts[NR] = words }
		function part(of, i) { return all[i] ? 100 * of / all[i] : 0 }
		END { printf "  %-16s %7d  %6.2f  %6.2f %8.2f  %6.2f  %s\n", name, all[1],
			part(whole[1], 1), part(start[1], 1), part(whole[2], 2), part(start[2], 2),
			substr(cuts[1], 3) }'
}

# Odd lines are auto, even ones fp.
whole_sum() {
	awk '{ i = NR % 2; all[i] += $1; whole[i] += $2; start[i] += $3 }
		END { printf "  %-16s %7d  %6.2f  %6.2f %8.2f  %6.2f\n", "all", all[1],
			100 * whole[1] / (all[1] ? all[1] : 1), 100 * start[1] / (all[1] ? all[1] : 1),
			100 * whole[0] / (all[0] ? all[0] : 1),
			100 * start[0] / (all[0] ? all[0] : 1) }' "$work/all.judged"
}

bench_whole_stacks() {
	[ "$(id -u)" -eq 0 ] || { echo "whole stacks: not measured, needs root"; return; }
	headline "whole user stacks: CPU samples at 997 Hz, $program_seconds s each, in %"
	printf '  %-16s %7s  %6s  %6s %8s  %6s  %s\n' '' stacks auto start fp start 'cut in auto'
	: >"$work/all.judged"
	for name in $program_names; do
		whole_row "$name"
	done
	whole_sum
}
