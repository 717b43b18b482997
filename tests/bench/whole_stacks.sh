# shellcheck shell=bash
# How many user stacks reach the bottom of their thread, over programs as Debian ships them
# and as its compilers make them, by tables (auto) and by frame pointers (fp). As root.
#
#	tests/bench/run whole_stacks
#	PROGRAMS="python3 xz" WHOLE_SECONDS=6     which of them, how long each is recorded
#
# A stack is whole if none of it is said to be cut: that is what the trace says of itself.
# The column beside it says what stands at the root: a function where threads start, or a
# place in the program's own file that has no name. The two judge each other: a whole stack
# that begins elsewhere is wrong; one that is cut and begins there lacks the last frame or
# two, as by frame pointers, for libc's own functions at the start of a thread have none.

programs_dir=tests/bench/programs
whole_seconds=${WHOLE_SECONDS:-6}
whole_programs=${PROGRAMS:-python3 perl bash git gcc clang node node_jit sqlite3 openssl postgres_select
	postgres_tpcb xz go rust cxx_gcc cxx_clang c_gcc c_clang}

# Each program_NAME sets `command` (an array), which runs until it is ended, or `server`, a
# process whose later children are recorded while `client` asks them; or says why it cannot
# and fails.

needs() { # file or command...
	for name in "$@"; do
		command -v "$name" >/dev/null || { echo "no $name"; return 1; }
	done
}

# A short command again and again, by a shell that hands over its words.
loop() { # command...
	command=(sh -c 'while :; do "$@" || exit; done' loop "$@")
}

program_python3() {
	needs /usr/bin/python3 && command=(/usr/bin/python3 $programs_dir/work.py)
}

program_perl() {
	needs /usr/bin/perl && command=(/usr/bin/perl $programs_dir/work.pl)
}

program_bash() {
	needs bash && command=(bash $programs_dir/work.sh)
}

# A repository of some hundred commits, made by one stream.
make_repository() { # folder
	git init -q "$1" && awk 'BEGIN {
		for (c = 1; c <= 300; c++) {
			body = ""
			for (l = 0; l < 400; l++)
				body = body "line " l " of " (l * 7919 + (l % 40 == c % 40) * c) "\n"
			printf "commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 2\nc\n",
				1700000000 + c
			printf "M 100644 inline file%d\ndata %d\n%s\n", c % 20, length(body), body
		} }' | git -C "$1" fast-import --quiet && git -C "$1" reset -q --hard refs/heads/main
}

program_git() {
	needs git && make_repository "$work/repository" || return
	command=(sh -c 'cd "$1" && while :; do git log --stat -p --all && git blame file1 &&
		git diff HEAD~100 && git -c gc.auto=0 repack -q -a -d -f --depth=50; done' loop
		"$work/repository")
}

make_source() { # file
	awk 'BEGIN {
		print "#include <stdio.h>\n#include <string.h>\nstruct s { int a[8]; double d; char *p; };"
		for (i = 0; i < 400; i++) {
			printf "int f%d(struct s *s, int n)\n{\n\tint sum = %d;\n", i, i
			printf "\tfor (int i = 0; i < n; i++) {\n\t\tswitch (s->a[i %% 8] %% 5) {\n"
			for (c = 0; c < 5; c++)
				printf "\t\tcase %d: sum += s->a[%d] * i + (int)s->d; break;\n", c,
					(c + i) % 8
			printf "\t\t}\n\t\tif (sum %% 3) s->d *= %d.5; else sum ^= (int)strlen(s->p);\n",
				i
			printf "\t}\n\treturn sum%s;\n}\n", i ? " + f" i - 1 "(s, n / 2)" : ""
		} }' >"$1"
}

program_gcc() {
	needs gcc && make_source "$work/big.c" && loop gcc -O2 -c -o /dev/null "$work/big.c"
}

program_clang() {
	needs clang && make_source "$work/big.c" && loop clang -O2 -c -o /dev/null "$work/big.c"
}

program_node() {
	needs node && command=(node $programs_dir/work.js)
}

# The same with a frame of its own for each function of the interpreter, and with names.
program_node_jit() {
	needs node && command=(sh -c 'cd "$1" && exec node --interpreted-frames-native-stack \
		--perf-prof "$2"' node "$work" "$PWD/$programs_dir/work.js")
}

program_sqlite3() {
	needs sqlite3 && loop sqlite3 -init $programs_dir/work.sql :memory: .quit
}

program_openssl() {
	needs openssl && loop openssl speed -seconds 1 -bytes 8192 \
		rsa2048 ecdsap256 sha256 aes-128-cbc
}

program_xz() {
	needs xz && head -c 16000000 "$(command -v "${CC:-cc}")" /usr/bin/python3* \
		>"$work/plain" 2>/dev/null && loop xz -6 -k -c "$work/plain"
}

program_go() {
	needs go && cp $programs_dir/work.go "$work" && (cd "$work" && GO111MODULE=off \
		GOCACHE=$work/go-cache go build -o work-go work.go) && command=("$work/work-go")
}

program_rust() {
	needs rustc && rustc -O -C strip=symbols -o "$work/work-rust" $programs_dir/work.rs &&
		command=("$work/work-rust")
}

built() { # compiler, source, option...
	local out=$work/$1-${2##*.}
	needs "$1" && "$1" -O2 -s -o "$out" "$programs_dir/$2" "${@:3}" && command=("$out")
}

program_cxx_gcc() { built g++ work.cc -std=c++17; }
program_cxx_clang() { built clang++ work.cc -std=c++17; }
program_c_gcc() { built gcc work.c -pthread; }
program_c_clang() { built clang work.c -pthread; }

as_postgres() {
	runuser -u postgres -- "$@"
}

# A server of its own in a folder of its own, which listens on no network.
start_postgres() {
	postgres_bin=$(find /usr/lib/postgresql -name bin -type d 2>/dev/null | sort -V | tail -n 1)
	[ -n "$postgres_bin" ] && [ -x "$postgres_bin/pgbench" ] && id postgres >/dev/null 2>&1 ||
		{ echo "no postgres with pgbench"; return 1; }
	postgres_dir=$(mktemp -d "${TMPDIR:-/var/tmp}/bench-postgres.XXXXXX") || return
	chown postgres: "$postgres_dir"
	(cd / && as_postgres "$postgres_bin/initdb" -D "$postgres_dir/data" -A trust &&
		as_postgres "$postgres_bin/pg_ctl" -w -D "$postgres_dir/data" -l "$postgres_dir/log" \
			-o "-c listen_addresses= -k $postgres_dir" start &&
		as_postgres "$postgres_bin/pgbench" -i -q -s 5 -h "$postgres_dir" postgres
	) >"$work/postgres.log" 2>&1 || { stop_postgres; echo "postgres does not start:" \
		"$(tail -n 1 "$work/postgres.log")"; return 1; }
	server=$(head -n 1 "$postgres_dir/data/postmaster.pid")
}

stop_postgres() {
	[ -z "${postgres_dir-}" ] && return
	(cd / && as_postgres "$postgres_bin/pg_ctl" -w -m immediate -D "$postgres_dir/data" stop
	) >/dev/null 2>&1
	rm -rf "$postgres_dir"
	postgres_dir=
}

postgres_with() { # pgbench option...
	start_postgres || return
	client=(runuser -u postgres -- "$postgres_bin/pgbench" -c 2 -T $((3 * whole_seconds + 30))
		-n -h "$postgres_dir" "$@" postgres)
}

program_postgres_select() { postgres_with -S; }
program_postgres_tpcb() { postgres_with -b tpcb-like; }

record_whole() { # how, trace
	local options=(record -q -F 997 --unwind "$1" -d "${whole_seconds}s" -o "$2")
	rm -f "$2"
	if [ -n "$server" ]; then
		# Those that the server has when recording begins do not belong to it.
		(cd / && sleep 0.7 && exec "${client[@]}") >/dev/null 2>&1 &
		"$profile" "${options[@]}" -p "$server" >/dev/null 2>"$2.err"
		kill $! && wait $! 2>/dev/null
	else
		"$profile" "${options[@]}" -- "${command[@]}" >/dev/null 2>"$2.err"
	fi
	[ -s "$2" ] || { tail -n 1 "$2.err"; return 1; }
}

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
		if ! record_whole $how "$work/$how.trace" >"$work/why"; then
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
	headline "whole user stacks: CPU samples at 997 Hz, $whole_seconds s each, in %"
	printf '  %-16s %7s  %6s  %6s %8s  %6s  %s\n' '' stacks auto start fp start 'cut in auto'
	: >"$work/all.judged"
	for name in $whole_programs; do
		whole_row "$name"
	done
	whole_sum
}
