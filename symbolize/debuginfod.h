#ifndef SYMBOLIZE_DEBUGINFOD_H
#define SYMBOLIZE_DEBUGINFOD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Debug files from servers that were named on the command line, and from no others: what
 * the environment says ($DEBUGINFOD_URLS) is not looked at. libdebuginfod does the talking;
 * it is loaded in a child per file, so that nobody needs it who does not ask, and nothing of
 * it or of libcurl is in us:
 *
 *	fetch  ->  fork  ->  [ dlopen, download into FOLDER/BUILDID/debuginfo ]
 *	  judge  <-  how far it is, how it ended
 *
 * A file is bounded in size and time, and kept only if it has the build ID that was asked
 * for. It is a stranger's file even then: only a sandboxed child reads on.
 */

#define DEBUGINFOD_BYTES_MAX ((uint64_t)2 << 30) /* of one file */
#define DEBUGINFOD_SECONDS 90			 /* for one file */

struct debuginfod {
	const char *const *urls;
	size_t url_cnt;
	const char *folder; /* ours; what was fetched before is there */
	unsigned seconds;   /* 0: DEBUGINFOD_SECONDS */
	uint64_t bytes_max; /* 0: DEBUGINFOD_BYTES_MAX */
	/* Bytes that have come of one file; total 0 is unknown. May be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
};

/* Whether it can work at all: the URLs make sense, and the library is here. */
int debuginfod_check(const struct debuginfod *d, struct err *err);

/* 0: FOLDER/BUILDID/debuginfo is there. -ENOENT: no server has it; others: see `err`. */
int debuginfod_fetch(const struct debuginfod *d, const uint8_t *build_id, size_t build_id_len,
		     struct err *err);

#endif
