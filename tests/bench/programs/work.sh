# Loops, functions, arrays, substitutions, patterns and subshells, until it is ended.
fibonacci() {
	local n=$1 a b
	if ((n < 2)); then
		result=$n
		return
	fi
	fibonacci $((n - 1))
	a=$result
	fibonacci $((n - 2))
	b=$result
	result=$((a + b))
}

while :; do
	words=()
	for ((i = 0; i < 2000; i++)); do
		word="word-$i-$((i * 7919 % 10007))"
		[[ $word =~ ^word-([0-9]+)-([0-9]+)$ ]] && words+=("${BASH_REMATCH[2]}")
		case $word in
		*-1*-*9) word=${word//-/_} ;;
		*) word=${word%%-*}${word##*-} ;;
		esac
	done
	printf -v joined '%s,' "${words[@]}"
	IFS=, read -r -a split <<<"$joined"
	for _ in 1 2 3; do
		again=$(printf '%s\n' "${split[@]:0:200}")
	done
	fibonacci 11
done
