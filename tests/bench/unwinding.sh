# shellcheck shell=bash
# The walk by tables against the kernel's along frame pointers, per frame: both walk this
# bench's own stack, in one run. As root.

bench_unwinding() {
	headline "Unwinding: a frame by tables, of code without frame pointers, and by the kernel"
	[ "$(id -u)" = 0 ] || { echo "  not measured: needs root"; return; }
	"$build/tests/bench/unwind_speed" | sed 's/^/  /'
}
