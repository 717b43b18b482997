# shellcheck shell=bash
# Whether stacks are right: each sample is a copy of its stack, and its frames by tables, as
# BPF walks, are compared with those by libdw's reading of .eh_frame, as symbolize walks, and
# with those of libdw's own walk (--dwfl), which knows nothing of either. As root.
#
#	tests/bench/run right_stacks

right_row() { # program
	local why command=() client=() server=
	if ! "program_$1" >"$work/why" 2>&1; then
		why=$(tail -n 1 "$work/why")
		printf '  %-16s not measured: %s\n' "$1" "${why:-its preparation failed}"
		return
	fi
	if ! record_program "$work/right.trace" --unwind copy --copy-size 60KiB >"$work/why" ||
		! "$profile" symbolize "$work/right.trace" >"$work/why" 2>&1; then
		printf '  %-16s not measured: %s\n' "$1" "$(tail -n 1 "$work/why")"
		stop_postgres
		return
	fi
	stop_postgres
	for judge in rows dwfl; do
		"$build/tests/bench/right_stacks" "--$judge" "$work/right.trace" \
			>"$work/$judge.judged" 2>&1
		grep '^frames' "$work/$judge.judged" >>"$work/$judge.all"
	done
	right_words "$1"
}

# "copies 12, of them equal 11 ..." and "frames 300, equal 299 ..." of both, in one line;
# below it the most frequent differences.
right_words() { # program
	awk -v name="$1" '{ gsub(/,/, "") }
		/^copies/ { copies = $2 }
		/^frames/ { frames[++n] = $2; equal[n] = $4 }
		FNR == 1 { shown = 0 }
		/^differ/ && shown++ < 8 { lines[++lines_cnt] = "      " $0 }
		END {
			printf "  %-16s %7d %9d %9.4f %9d %9.4f\n", name, copies, frames[1],
				frames[1] ? 100 * equal[1] / frames[1] : 0, frames[2],
				frames[2] ? 100 * equal[2] / frames[2] : 0
			for (i = 1; i <= lines_cnt; i++)
				print lines[i]
		}' "$work/rows.judged" "$work/dwfl.judged"
}

right_sum() {
	for judge in rows dwfl; do
		awk '{ gsub(/,/, ""); frames += $2; equal += $4 }
			END { printf "%d %.4f\n", frames, frames ? 100 * equal / frames : 0 }' \
			"$work/$judge.all"
	done | paste -d ' ' - - | awk '{ printf "  %-16s %7s %9d %9.4f %9d %9.4f\n", "all", "",
			$1, $2, $3, $4 }'
}

bench_right_stacks() {
	[ "$(id -u)" -eq 0 ] || { echo "right stacks: not measured, needs root"; return; }
	headline "right user stacks: copies at 997 Hz, $program_seconds s each; frames equal in %"
	printf '  %-16s %7s %9s %9s %9s %9s\n' '' copies frames symbolize frames dwfl
	: >"$work/rows.all"
	: >"$work/dwfl.all"
	for name in $program_names; do
		right_row "$name"
	done
	right_sum
}
