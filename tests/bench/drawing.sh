# shellcheck shell=bash
# Folded stacks to SVG: what a picture costs once the stacks have names.

program() { # path given by the user, name
	if [ -n "$1" ]; then echo "$1"; else command -v "$2"; fi
}

draw_once() { # peer, folded file
	case $1 in
	profile) cost_of profile "$profile" render flame "$2" -o "$work/profile.svg" ;;
	inferno) cost_of inferno "$inferno" "$2" ;;
	flamegraph.pl) cost_of flamegraph.pl perl "$flamegraph" "$2" ;;
	esac
}

bench_drawing() {
	local flamegraph inferno peers=(profile) folded=$work/big.folded
	flamegraph=$(program "${FLAMEGRAPH_PL-}" flamegraph.pl)
	inferno=$(program "${INFERNO_FLAMEGRAPH-}" inferno-flamegraph)
	if [ -n "$inferno" ]; then peers+=(inferno); else echo "not here: inferno-flamegraph"; fi
	if [ -n "$flamegraph" ]; then peers+=(flamegraph.pl); else echo "not here: flamegraph.pl"; fi

	for order in sorted shuffled; do
		"$work/make_folded" 320000 1 "$order" >"$folded" || return
		headline "folded to SVG: $(wc -c <"$folded") bytes, $(wc -l <"$folded") unique \
stacks, $order; medians of $rounds alternating runs"
		rm -f "$work"/*.cost
		for _ in $(seq "$rounds"); do
			for peer in "${peers[@]}"; do draw_once "$peer" "$folded" || return; done
		done
		cost_table "${peers[@]}"
	done
}
