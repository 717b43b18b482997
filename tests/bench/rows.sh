# Unwind rows of every ELF file of /usr/bin and /usr/lib: failures, rows a second of one
# CPU, bytes a row. Sourced by tests/bench/run.
bench_rows() {
	headline "unwind rows of all of /usr/bin and /usr/lib"
	find /usr/bin /usr/lib -type f -size +1k | "$build/tests/bench/make_rows" | sed 's/^/  /'
}
