#include <stdio.h>

#include "tests/unit/known_latencies.h"

/* Writes the trace of latencies that pictures and reports are made of here: make_latencies FILE. */
int main(int argc, char **argv)
{
	struct err err = { 0 };

	if (argc != 2)
		return 2;
	if (!known_latencies_write(argv[1], &err))
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return 1;
}
