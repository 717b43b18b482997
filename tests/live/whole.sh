# Every stack whole: programs as Debian ships them and its compilers make them, stripped and
# without frame pointers.

WORK=$ROOT/tests/bench/programs

# Of the samples with a user stack: how many there are, and of how many nothing is cut.
stacks_and_whole() {
	folded --annotate | awk '
		{ value = $NF; sub(/ [0-9]+$/, ""); cnt = split($0, frame, ";") }
		cnt < 2 || frame[2] ~ /_\[k\]$/ { next }
		{ all += value }
		frame[2] !~ /^\[stack/ { whole += value }
		END { print all + 0, whole + 0 }'
}

# What the trace says of the same.
said_whole() {
	"$PROFILE" symbolize >/dev/null 2>&1 && "$PROFILE" info --json | awk '/^  "user_stacks"/ { inside = 1 }
		inside && /"(count|whole)":/ && n < 2 { print $2 + 0; n++ }' | paste -s -d ' '
}

# expect_whole_stacks COMMAND...: of three seconds of it at least 97 % are whole.
expect_whole_stacks() {
	local all whole
	record 0 -F 997 -d 3s --unwind auto -- "$@" >/dev/null 2>said
	read -r all whole < <(stacks_and_whole)
	echo "$whole of $all user stacks are whole; the trace says $(said_whole)"
	[ "$all" -ge 200 ] || skip "only $all samples of user code: too few to judge"
	[ $((whole * 100)) -ge $((all * 97)) ] || fail "cut: $("$PROFILE" info)"
	[ "$(said_whole)" = "$all $whole" ] || fail "the trace says something else"
}

needs() {
	command -v "$1" >/dev/null || skip "no $1 here"
}

# Where a build can do no more than frame pointers there is nothing to judge.
needs_tables() {
	[ "$(uname -m)" = x86_64 ] || skip "there are no tables for $(uname -m)"
	"$PROFILE" record --help | grep -q 'auto|fp|copy' || skip "this build has no tables"
}

# expect_root PATTERN: what nearly all stacks begin with; one can be whole and yet be wrong.
expect_root() {
	folded | awk -v pattern="$1" '
		{ value = $NF; sub(/ [0-9]+$/, ""); cnt = split($0, frame, ";"); all += value }
		frame[2] ~ pattern { some += value }
		END { printf "%d of %d begin with %s\n", some, all, pattern; exit !(some >= 0.9 * all) }' ||
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
	awk 'BEGIN { for (i = 0; i < 400; i++) printf "int f%d(int *a, int n)\n{\n\tint s = %d;\n" \
		"\tfor (int i = 0; i < n; i++)\n\t\tswitch (a[i] %% 4) {\n\t\tcase 0: s += a[i]; break;\n" \
		"\t\tcase 1: s ^= i * n; break;\n\t\tdefault: s -= f%d(a + 1, n - 1);\n\t\t}\n" \
		"\treturn s;\n}\n", i, i, i ? i - 1 : 0 }' >big.c
	expect_whole_stacks sh -c 'while :; do gcc -O2 -c -o /dev/null big.c || exit; done'
}

# The handler stands on the thread's own stack, through the frame that the kernel made; the
# thread's stack begins where it was made.
test_stacks_of_threads_and_of_signals_are_whole() {
	needs_tables
	needs gcc
	gcc -O2 -pthread -o work "$WORK/work.c" || fail "it does not compile"
	expect_whole_stacks ./work
	folded >all
	grep -q ';handle[; ]' all || fail "no sample in the handler"
	# Not those of whose stack a page was away at that moment, because the kernel was moving it.
	grep ';handle[; ]' all | grep -v '\[stack cut\|\[stack lost: memory' |
		grep -v ';work;.*;handle[; ]' >alone
	[ ! -s alone ] || fail "the handler stands on nothing: $(head -n 3 alone)"
	expect_root '^(_start|_*clone3?)$'
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

# Code of 32 bits has neither our registers nor our tables: the kernel walks it. Freestanding, so
# that no library of 32 bits is needed.
test_stacks_of_32_bit_programs_are_walked_by_the_kernel() {
	needs_tables
	needs gcc
	cat >narrow.c <<-'END'
		volatile unsigned sink;
		static void leave(void)
		{
			__asm__ volatile("int $0x80" : : "a"(1), "b"(0));
		}
		__attribute__((noinline)) void burn_narrow(void)
		{
			for (unsigned i = 0; i < 300000000u; i++)
				sink = sink * 1664525u + 1;
		}
		__attribute__((noinline)) void run_narrow(void)
		{
			burn_narrow();
			sink++;
		}
		void _start(void)
		{
			run_narrow();
			leave();
		}
	END
	gcc -m32 -O0 -fno-omit-frame-pointer -fno-pic -no-pie -nostdlib -static -o narrow \
		narrow.c 2>said || skip "this gcc does not compile for 32 bits"
	timeout 0.2 ./narrow
	[ $? -eq 124 ] || skip "this kernel runs no programs of 32 bits"
	local how share count
	for how in auto copy; do
		record 0 -F 499 --unwind $how -- ./narrow
		expect_whole
		read -r share count < <(folded | share burn_narrow)
		echo "$how: burn_narrow in $share of $count samples"
		[ "$count" -ge 50 ] || skip "hardly any samples"
		near "$share" 1 0.05 || fail "its stacks are missing: $(folded | head -n 5)"
		[ "$(folded | share run_narrow | cut -d' ' -f1)" = "$share" ] ||
			fail "its caller is missing"
	done
}

# A process that shares its parent's memory, on a stack behind which nothing can be read.
test_a_stack_is_whole_up_to_the_edge_of_its_memory() {
	needs_tables
	needs gcc
	cat >edge.c <<-'END'
		#include <sched.h>
		#include <signal.h>
		#include <sys/mman.h>
		#include <sys/wait.h>
		#include <time.h>
		static volatile unsigned long sink;
		__attribute__((noinline)) static void burn_at_edge(unsigned long end)
		{
			while ((unsigned long)clock() < end)
				for (int i = 0; i < 100000; i++)
					sink = sink * 1664525u + 1;
		}
		static int start_at_edge(void *argument)
		{
			burn_at_edge((unsigned long)argument);
			sink++;
			return 0;
		}
		int main(void)
		{
			char *stack = mmap(0, 16384, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			mprotect(stack + 8192, 8192, PROT_NONE);
			return clone(start_at_edge, stack + 8192, CLONE_VM | SIGCHLD,
				     (void *)(2 * CLOCKS_PER_SEC)) < 0 || wait(0) < 0;
		}
	END
	gcc -D_GNU_SOURCE -O2 -o edge edge.c || fail "it does not compile"
	expect_whole_stacks ./edge
	expect_root '^_*clone$'
	folded | grep -q 'clone;start_at_edge;burn_at_edge ' || fail "$(folded | head -n 3)"
}
