#include <stdio.h>

#include "tests/unit/wait_trace.h"

/* Writes the trace of waits that pictures are drawn from here: make_waits FILE. */
int main(int argc, char **argv)
{
	struct err err = { 0 };

	if (argc != 2)
		return 2;
	if (!wait_trace_write(argv[1], "chain", NULL, true, NULL, &err))
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return 1;
}
