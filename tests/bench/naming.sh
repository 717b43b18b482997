# shellcheck shell=bash
# Addresses to functions, inlined callers, files and lines: 10^4 addresses of one file with
# DWARF, from a trace to a named trace, beside tools that read a list and print text.
#
#	NAMING_FILES="path ..."    files with DWARF; else those of libc, python3 and postgres
#	                           that are installed, and this program itself
#	NAMING_PEERS=              leaves eu-addr2line out, which takes minutes for large units

naming_files() {
	local path id
	if [ -n "${NAMING_FILES-}" ]; then
		printf '%s\n' $NAMING_FILES
		return
	fi
	for path in /lib/*-linux-gnu/libc.so.6 /usr/bin/python3.11 /usr/lib/postgresql/*/bin/postgres; do
		id=$(readelf -n "$path" 2>/dev/null | sed -n 's/.*Build ID: //p')
		path=/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
		[ -n "$id" ] && [ -r "$path" ] && echo "$path"
	done
	realpath "$profile" # a trace names files by their whole path
}

# Random places in functions, the same each time.
naming_addresses() { # file, count
	nm -S --defined-only "$1" 2>/dev/null | awk -v cnt="$2" '
		function number(hex,    i, v) { v = 0
			for (i = 1; i <= length(hex); i++)
				v = v * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return v }
		NF == 4 && $3 ~ /^[tTwWi]$/ && $2 !~ /^0*$/ { at[n] = number($1); size[n++] = number($2) }
		END { srand(1)
			for (i = 0; n && i < cnt; i++) { k = int(rand() * n)
				printf "0x%x\n", at[k] + int(rand() * size[k]) } }'
}

name_once() { # peer, file
	case $1 in
	profile) cost_of profile "$profile" symbolize --no-cache -o "$work/named" "$work/places" ;;
	profile-warm) cost_of profile-warm env XDG_CACHE_HOME="$work/cache" \
		"$profile" symbolize -o "$work/named" "$work/places" ;;
	alone) "$work/naming_alone" "$work/alone.cost" "$work/places" ;;
	alone-warm) XDG_CACHE_HOME=$work/cache \
		"$work/naming_alone" "$work/alone-warm.cost" "$work/places" cache ;;
	llvm-symbolizer) cost_of "$1" sh -c "llvm-symbolizer -f -i -e '$2' <'$work/addresses'" ;;
	*) cost_of "$1" sh -c "$1 -f -i -C -e '$2' <'$work/addresses'" ;;
	esac
}

# The whole command also loads the program and its libraries, packs the names and writes the
# file, warm or not.
warm_ratio() { # what, name
	awk -v what="$1" -v cold="$(median "$2" 1)" -v warm="$(median "$2-warm" 1)" \
		-v cold_cpu="$(median "$2" 2)" -v warm_cpu="$(median "$2-warm" 2)" 'BEGIN {
		printf "  %-17s cold %6.1f ms, warm %5.1f ms: %4.1f times; by CPU %6.1f and %5.1f: %4.1f\n",
			what, cold * 1000, warm * 1000, cold / warm,
			cold_cpu * 1000, warm_cpu * 1000, cold_cpu / warm_cpu }'
}

bench_naming() {
	local peers=(profile profile-warm) file source
	for peer in llvm-symbolizer addr2line ${NAMING_PEERS-eu-addr2line}; do
		if command -v $peer >/dev/null; then peers+=($peer); else echo "not here: $peer"; fi
	done
	for source in make_places naming_alone; do
		${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -I. -o "$work/$source" \
			"tests/bench/$source.c" "$build/libsymbolize.a" "$build/libformats.a" \
			"$build/libbase.a" -lelf -lzstd -lz -liberty -ldw -llzma -ldeflate || return
	done
	mkdir -p "$work/cache" # root's is not believed unless it is there
	naming_files | while read -r file; do
		naming_addresses "$file" 10000 >"$work/addresses"
		"$work/make_places" "$file" "$work/places" <"$work/addresses" || continue
		headline "naming 10^4 addresses, cold but for the second row: $file, $(wc -c <"$file") bytes; medians of \
$rounds alternating runs"
		rm -f "$work"/*.cost
		for _ in $(seq "$rounds"); do
			for peer in "${peers[@]}" alone alone-warm; do
				name_once "$peer" "$file" || break
			done
		done
		cost_table "${peers[@]}"
		warm_ratio "the whole command" profile
		warm_ratio "naming alone" alone
	done
}
