#ifndef FORMATS_STAGES_H
#define FORMATS_STAGES_H

#include "base/err.h"

struct name_table;
struct trace_reader;

/* What commands of one stage may ask of another; profile.c fills it in. */
struct stages {
	/*
	 * The names of a trace: read from it if it has any, else made in memory. The
	 * reader is rewound. The caller frees *out (name_table_free).
	 */
	int (*names)(struct trace_reader *r, struct name_table **out, struct err *err);
};

#endif
