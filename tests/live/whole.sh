# Every stack whole: programs as Debian ships them and its compilers make them, stripped and
# without frame pointers.

WORK=$ROOT/tests/bench/programs

# What the trace says of its user stacks, from `profile info --json`: "COUNT WHOLE".
stacks_and_whole() {
	folded --annotate | awk '
		{ value = $NF; sub(/ [0-9]+$/, ""); cnt = split($0, frame, ";") }
		cnt < 2 || frame[2] ~ /_\[k\]$/ { next }
		{ all += value }
		frame[2] !~ /^\[stack/ { whole += value }
		END { print all + 0, whole + 0 }'
}

# expect_whole_stacks COMMAND...: of three seconds of it at least 97 % are whole.
expect_whole_stacks() {
	local all whole
	record 0 -F 997 -d 3s --unwind auto -- "$@" >/dev/null 2>said
	read -r all whole < <(stacks_and_whole)
	echo "$whole of $all user stacks are whole"
	[ "$all" -ge 200 ] || skip "only $all samples of user code: too few to judge"
	[ $((whole * 100)) -ge $((all * 97)) ] || fail "cut: $("$PROFILE" info profile.data)"
	echo "$all" >stacks
}

needs() {
	command -v "$1" >/dev/null || skip "no $1 here"
}

# tables: where a machine can do no more than frame pointers there is nothing to judge.
needs_tables() {
	"$PROFILE" record --help | grep -q 'auto|.*copy' || skip "this build walks frame pointers only"
}

# begins_with PATTERN: the root of most whole stacks; a stack can be whole and yet be wrong.
expect_root() {
	folded | awk -v pattern="$1" '
		{ value = $NF; sub(/ [0-9]+$/, ""); cnt = split($0, frame, ";"); all += value }
		frame[2] ~ pattern { some += value }
		END { printf "%d of %d begin at %s\n", some, all, pattern; exit !(some >= 0.9 * all) }' ||
		fail "others: $(folded | cut -d ';' -f 2 | sort | uniq -c | sort -rn | head -n 5)"
}

test_stacks_of_python_are_whole() {
	needs_tables
	needs /usr/bin/python3
	expect_whole_stacks /usr/bin/python3 "$WORK/work.py"
	folded | grep -q '_PyEval_EvalFrameDefault.*_PyEval_EvalFrameDefault' ||
		fail "the interpreter does not stand on itself"
}

test_stacks_of_perl_are_whole() {
	needs_tables
	needs /usr/bin/perl
	expect_whole_stacks /usr/bin/perl "$WORK/work.pl"
}

test_stacks_of_bash_are_whole() {
	needs_tables
	needs bash
	expect_whole_stacks bash "$WORK/work.sh"
}

test_stacks_of_gcc_are_whole() {
	needs_tables
	needs gcc
	expect_whole_stacks sh -c 'while :; do gcc -O2 -c -o /dev/null "$1" || exit; done' gcc \
		"$WORK/work.c"
}

# The handler stands on the thread's own stack, through the frame that the kernel made; the
# thread's stack begins where it was made.
test_stacks_of_threads_and_of_signals_are_whole() {
	needs_tables
	needs gcc
	gcc -O2 -pthread -o work "$WORK/work.c" || fail "it does not compile"
	expect_whole_stacks ./work
	folded | grep -q ';handle;climb' || fail "no sample in the handler"
	folded | grep ';handle;climb' | grep -q ';\(work\|recurse\|match\|burn\);.*;handle;climb' ||
		fail "the handler stands on nothing: $(folded | grep ';handle;' | head -n 2)"
	expect_root '^(_start|__?clone3?)$'
}

test_stacks_of_cxx_are_whole() {
	needs_tables
	needs g++
	g++ -std=c++17 -O2 -s -o work "$WORK/work.cc" || fail "it does not compile"
	expect_whole_stacks ./work
	folded | grep -q 'std::runtime_error\|_Unwind_\|__cxa_throw' ||
		fail "no sample in an exception that is thrown"
}

test_frame_pointers_alone_are_still_there_when_asked_for() {
	record 0 -F 997 -d 2s --unwind fp -- "$W/two_threads" 1 >refs
	seen main || fail "no main: $(folded | head -n 3)"
}
