# Names from files that lie elsewhere: on another machine, beside, compressed, shared by
# several, on a server. One program, recorded once, whose names are known.

# A static program with an inlined function, stripped; its debug file is app.debug.
build_app() {
	cat >app.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static volatile unsigned long sink;
static inline __attribute__((always_inline)) void inlined_work(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		sink += i * i;
}
static __attribute__((noipa)) void local_work(unsigned long n)
{
	inlined_work(n);
	sink++;
}
int main(void)
{
	while (clock() < CLOCKS_PER_SEC)
		local_work(100000);
	return 0;
}
C
	gcc -O2 -g -fno-omit-frame-pointer "$@" -o app.whole app.c &&
		objcopy --only-keep-debug app.whole app.debug &&
		strip -o app app.whole || skip "no gcc with a static C library, or no binutils"
}

# What `symbolize ARG...` makes of the recording, as folded stacks.
named() {
	expect 0 "$PROFILE" symbolize --no-cache "$@" -o named.data profile.data 2>said
	"$PROFILE" export folded named.data
}

# With what lies beside app alone: nothing by build ID below /usr/lib/debug.
record_app() {
	build_app "$@"
	record 0 -F 499 -- ./app
	named --debug-dir . >stripped
	grep -q local_work stripped && fail "the stripped program still names local_work"
	id=$(readelf -n app | sed -n 's/.*Build ID: //p')
	[ -n "$id" ] || fail "no build ID"
}

# put_debug ROOT FILE: where debug packages put it.
put_debug() {
	mkdir -p "$1/.build-id/${id:0:2}"
	cp "$2" "$1/.build-id/${id:0:2}/${id:2}.debug"
}

expect_inlined() {
	grep -q 'main;local_work;inlined_work' "$1" || fail "no inlined_work in $1: $(head -n 3 "$1")"
}

test_trace_is_named_alike_where_only_debug_files_are() {
	record_app -static
	put_debug here app.debug
	named --debug-dir here >here.folded
	expect_inlined here.folded
	put_debug root/usr/lib/debug app.debug
	ldd "$PROFILE" | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "root$(dirname "$library")" && cp "$library" "root$library"
	done
	cp "$PROFILE" profile.data root/
	chroot root /profile symbolize --no-cache -o /named.data /profile.data ||
		fail "symbolize fails in a chroot"
	"$PROFILE" export folded root/named.data >there.folded
	cmp here.folded there.folded || fail "other names there: $(diff here.folded there.folded)"
}

test_compressed_symbols_in_a_stripped_file_name_its_functions() {
	command -v xz >/dev/null || skip "no xz"
	record_app
	nm -D app --format=posix --defined-only | awk '{ print $1 }' | sort >exported
	nm app.debug --format=posix --defined-only | awk '$2 ~ /[Tt]/ { print $1 }' | sort >functions
	comm -13 exported functions >kept
	objcopy -S --remove-section .comment --keep-symbols=kept app.debug mini
	xz mini && objcopy --add-section .gnu_debugdata=mini.xz app || fail "objcopy"
	named -v >folded
	grep -q 'main;local_work' folded || fail "no local_work: $(cat said)"
	grep -q 'app.*gnu_debugdata' said || fail "the note does not say so: $(cat said)"
}

test_debug_file_that_leans_on_a_shared_one_has_all_its_names() {
	command -v dwz >/dev/null || skip "no dwz"
	record_app
	sed 's/main(void)/main(int argc, char **argv)/' app.c >other.c
	gcc -O2 -g -o other other.c && objcopy --only-keep-debug other other.debug
	put_debug whole app.debug
	named --debug-dir whole >whole.folded
	dwz -m shared.debug -M ../../.dwz/shared.debug app.debug other.debug 2>dwz.said
	readelf -S app.debug 2>&1 | grep -q gnu_debugaltlink || skip "dwz found nothing to share"
	put_debug split app.debug
	named --debug-dir split >alone.folded
	grep -q inlined_work alone.folded && skip "dwz shared nothing that names are made of"
	mkdir split/.dwz && cp shared.debug split/.dwz/
	named --debug-dir split >split.folded
	expect_inlined split.folded
	cmp whole.folded split.folded || fail "other names with a shared file"
}

# Starts debuginfod over a folder; sets url and server.
start_server() {
	local port
	for port in 18002 18143 18377 18611; do
		debuginfod -F -p "$port" -d :memory: -t 1 "$1" >server.said 2>&1 &
		server=$!
		url=http://127.0.0.1:$port
		for _ in $(seq 300); do
			grep -q 'started http server' server.said && return
			kill -0 $server 2>/dev/null || break
			sleep 0.1
		done
		kill $server 2>/dev/null
	done
	skip "debuginfod does not start: $(tail -n 1 server.said)"
}

# It scans its folder in a while; what it does not have is remembered in the cache.
test_debug_file_is_fetched_from_a_server_that_was_named() {
	command -v debuginfod >/dev/null || skip "no debuginfod"
	record_app
	put_debug here app.debug
	named --debug-dir here >here.folded
	mkdir served && mv app.debug app.whole served/
	start_server served
	for try in $(seq 120); do
		mkdir "cache$try"
		XDG_CACHE_HOME=$PWD/cache$try named --debuginfod "$url" >fetched.folded
		grep -q local_work fetched.folded && break
		sleep 0.25
	done
	cmp here.folded fetched.folded || fail "other names from the server: $(cat said)"
	kill $server
	XDG_CACHE_HOME=$PWD/cache$try named --debuginfod "$url" >kept.folded
	cmp here.folded kept.folded || fail "what was fetched is not kept"
	DEBUGINFOD_URLS=$url named >without
	grep -q local_work without && fail "a server was asked that was not named"
	:
}
