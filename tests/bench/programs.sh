# shellcheck shell=bash
# Programs as Debian ships them and as its compilers make them, for the benches of stacks.
#
#	PROGRAMS="python3 xz"      which of them
#	WHOLE_SECONDS=6            how long each is recorded

programs_dir=tests/bench/programs
program_seconds=${WHOLE_SECONDS:-6}
program_names=${PROGRAMS:-python3 perl bash git gcc clang node node_jit sqlite3 openssl postgres_select
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
	client=(runuser -u postgres -- "$postgres_bin/pgbench" -c 2 -T $((3 * program_seconds + 30))
		-n -h "$postgres_dir" "$@" postgres)
}

program_postgres_select() { postgres_with -S; }
program_postgres_tpcb() { postgres_with -b tpcb-like; }

record_program() { # trace, option...
	local trace=$1 options=(record -q -F 997 -d "${program_seconds}s" -o "$1" "${@:2}")
	rm -f "$trace"
	if [ -n "$server" ]; then
		# Those that the server has when recording begins do not belong to it.
		(cd / && sleep 0.7 && exec "${client[@]}") >/dev/null 2>&1 &
		"$profile" "${options[@]}" -p "$server" >/dev/null 2>"$trace.err"
		kill $! && wait $! 2>/dev/null
	else
		"$profile" "${options[@]}" -- "${command[@]}" >/dev/null 2>"$trace.err"
	fi
	[ -s "$trace" ] || { tail -n 1 "$trace.err"; return 1; }
}
