# Stacks that the trace holds as copies, unwound by `profile symbolize` in its children.

# record_copies SIZE COMMAND...: two seconds of it by copies alone.
record_copies() {
	local size=$1
	shift
	record 0 -F 997 -d 2s --unwind copy --copy-size "$size" -- "$@" >/dev/null 2>said
}

# "ALL WHOLE": how many copies there are once they were unwound, and how many of them are whole.
name_copies() {
	"$PROFILE" symbolize -v 2>&1 | tr -d , |
		sed -nE 's/^profile: ([0-9]+) copied stacks?: ([0-9]+) whole.*/\1 \2/p' | tail -n 1
}

# expect_mostly WHOLE ALL: at least 97 %, and enough to judge.
expect_mostly() {
	echo "$1 of $2 copied stacks are whole"
	[ "$2" -ge 200 ] || skip "only $2 copies: too few to judge"
	[ $(($1 * 100)) -ge $(($2 * 97)) ] || fail "cut: $("$PROFILE" info)"
}

test_copied_stacks_of_python_are_whole() {
	local all whole
	needs_tables
	needs /usr/bin/python3
	record_copies 32K /usr/bin/python3 "$WORK/work.py"
	read -r all whole < <(name_copies)
	expect_mostly "${whole:-0}" "${all:-0}"
	expect_root '^_start$'
	folded | grep -q '_PyEval_EvalFrameDefault.*_PyEval_EvalFrameDefault' ||
		fail "the interpreter does not stand on itself"
}

# A handler on an alternate stack: what it interrupted lies beyond the copy, all but its leaf.
test_copied_stacks_of_threads_and_of_signals_say_where_they_end() {
	local all whole
	needs_tables
	needs gcc
	gcc -O2 -pthread -o work "$WORK/work.c" || fail "it does not compile"
	record_copies 32K ./work
	name_copies
	folded --annotate >refs
	read -r all whole < <(awk '/;handle[; ]/ { next }
		{ all += $NF }
		!/;\[stack cut/ { whole += $NF }
		END { print all + 0, whole + 0 }' refs)
	expect_mostly "$whole" "$all"
	grep ';handle[; ]' refs | grep -v '^[^;]*;\[stack \(cut: \|lost: memory\)' >other
	[ -s other ] && fail "handlers: $(head -n 3 other)"
	grep -q ';handle[; ]' refs || fail "no sample in the handler: $(head -n 3 refs)"
}

# Half a KiB holds the leaf, and no interpreter.
test_a_copy_that_is_too_short_says_so() {
	needs_tables
	needs /usr/bin/python3
	record_copies 512 /usr/bin/python3 "$WORK/work.py"
	"$PROFILE" symbolize -v >said 2>&1
	grep -q 'cut (.*end of the copy' said || fail "$(tail -n 3 said)"
	folded | grep -q '\[stack cut: end of the copy\];' || fail "$(folded | head -n 2)"
}

# What was unwound with the files at hand is not lost by naming again without them.
test_copies_stay_unwound_when_their_program_is_gone() {
	local all whole
	needs_tables
	needs gcc
	gcc -O2 -pthread -o work "$WORK/work.c" || fail "it does not compile"
	record_copies 32K ./work
	read -r all whole < <(name_copies)
	[ "${whole:-0}" -ge 200 ] || skip "only ${whole:-0} copies: too few to judge"
	rm work
	[ "$(name_copies)" = "$all $whole" ] || fail "$whole of $all before, now $(name_copies)"
}

has_burnt() { # PID TICKS: of user time, 100 a second
	[ "$(cut -d ' ' -f 14 "/proc/$1/stat")" -ge "$2" ]
}

# While the recorder is stopped the ring fills up: first with copies, then without.
test_a_copy_that_found_no_room_says_so() {
	needs_tables
	start -F 997 --unwind copy -- "$W/no_frame_pointer" 3500 deep >said 2>&1
	kill -STOP $recorder
	until_true has_burnt "$(pgrep -P $recorder)" 250
	kill -CONT $recorder
	wait $recorder || fail "the recording failed: $(cat said)"
	expect_whole
	folded >refs
	grep -q ';\[stack cut: end of the copy\];burn_unframed ' refs ||
		fail "no copy was refused: $(head -n 3 refs)"
	! grep 'no frame pointer' refs || fail "nobody looked for one"
	grep -q ';_start;.*;main;deep_step;first_step;second_step;burn_unframed ' refs ||
		fail "no copy came through: $(head -n 3 refs)"
}
