. /tap.sh
# The cpu event, from BPF to the picture. `shares` spends 30 % of its time in one function
# and 70 % in another, and says at its end how it really was. 10 s at 99 Hz are some 990
# samples, fewer where the clock is that of a busy host; of n samples chance alone moves a share by
# sqrt(0.3 * 0.7 / n), and four times that is allowed: 6 points of 990 samples.

record_shares() {
	profile record -F 99 -o shares.data -- shares random 10 >shares.ref
}

samples_of() { # text in a stack
	awk -v text="$1" 'index($0, text) { sum += $NF } END { print sum + 0 }' shares.folded
}

share_is_right() { # function
	expected=$(awk -v name="$1" '$2 == name { print $3 }' shares.ref)
	hits=$(samples_of "$1")
	both=$(($(samples_of burn_thirty) + $(samples_of burn_seventy)))
	echo "# $1: $hits of $both samples, really $expected" >>shares.txt
	awk -v hits="$hits" -v both="$both" -v expected="$expected" \
		'BEGIN { if (!both) exit 1
			 off = hits / both - expected
			 exit !(off * off < 16 * 0.21 / both) }'
}

check "records a command" record_shares
profile export folded shares.data >shares.folded
check "takes a sample in at least every fifth period" test "$(samples_of shares)" -ge 198
check "gives burn_thirty its share" share_is_right burn_thirty
check "gives burn_seventy its share" share_is_right burn_seventy
cat shares.txt
check "walks the user stack to its root" grep -q 'main;burn_seventy' shares.folded

check "draws a flame graph" profile render flame shares.data -o shares.svg
check "draws it to its end" grep -q '</svg>' shares.svg

record_machine() {
	dd if=/dev/zero of=/dev/null bs=1 2>/dev/null &
	profile record -a -d 2s -o machine.data
	status=$?
	kill $!
	return $status
}

check "records the whole machine" record_machine
profile export folded machine.data >machine.folded
check "names kernel functions" grep -q '^dd;.*do_syscall_64.*read' machine.folded
