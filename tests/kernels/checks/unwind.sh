. /tap.sh
# User stacks of code without frame pointers: _start ... main;first_step;second_step and then
# burn_unframed, which computes, or read_zeros, which sits in system calls, where the user's
# registers are those that the thread entered the kernel with.

# record_unframed NAME MODE [ARG...]: three seconds of CPU time to NAME.data, NAME.folded.
record_unframed() {
	name=$1 mode=$2
	shift 2
	profile record -F 199 --unwind "$mode" -o "$name.data" -- no_frame_pointer 3000 "$@" &&
		profile symbolize "$name.data" >"$name.symbolize" 2>&1 &&
		profile export folded --annotate "$name.data" >"$name.folded"
}

# count NAME LEAF: "ALL WHOLE LEAVES RIGHT": samples with a user stack, and of how many nothing
# is cut; samples in LEAF, and of how many every caller is there.
count() {
	awk -v leaf="$2" -v path="^_start;.*;main;first_step;second_step;$2;" '
		{ value = $NF; sub(/ [0-9]+$/, ""); sub(/^[^;]*;/, "") }
		$0 == "" || /^[^;]*_\[k\]/ { next }
		{ all += value }
		!/^\[stack/ { whole += value }
		index(";" $0 ";", ";" leaf ";") { leaves += value }
		$0 ";" ~ path { right += value }
		END { print all + 0, whole + 0, leaves + 0, right + 0 }' "$1.folded"
}

# Of the stacks at least 97 % are whole, of those with the leaf at least 97 % right.
is_whole() { # name, leaf
	count "$1" "$2" >counts
	read -r all whole leaves right <counts
	echo "# $1: $whole of $all whole; $right of $leaves in $2 right" >>unwind.txt
	head -n 5 "$1.folded"
	[ "$leaves" -ge 100 ] && [ $((whole * 100)) -ge $((all * 97)) ] &&
		[ $((right * 100)) -ge $((leaves * 97)) ]
}

# Nothing is whole, and of all that is said.
is_cut() { # name, leaf
	count "$1" "$2" >counts
	read -r all whole leaves right <counts
	echo "# $1: $whole of $all whole; $right of $leaves in $2 right" >>unwind.txt
	head -n 5 "$1.folded"
	[ "$leaves" -ge 100 ] && [ $((whole * 100)) -le $((all * 3)) ] && [ "$right" -eq 0 ]
}

# Those that stand on the leaf and have kernel frames: the registers are not the interrupted ones.
is_mostly_kernel() { # name
	awk '{ value = $NF; sub(/ [0-9]+$/, "") }
		/;second_step;read_zeros;/ { all += value; if (/_\[k\]$/) kernel += value }
		END { print kernel + 0 " of " all + 0 " in the kernel"; exit !(all && kernel >= 0.5 * all) }' \
		"$1.folded"
}

for mode in auto copy; do
	check "records with --unwind $mode" record_unframed $mode $mode
	check "$mode: stacks are whole and right" is_whole $mode burn_unframed
	check "records system calls with --unwind $mode" record_unframed $mode-kernel $mode kernel
	check "$mode: stacks below system calls are whole and right" is_whole $mode-kernel read_zeros
	check "$mode: its samples are in the kernel" is_mostly_kernel $mode-kernel
done
check "records with --unwind fp" record_unframed fp fp
check "fp: says that stacks are cut" is_cut fp burn_unframed
cat unwind.txt
