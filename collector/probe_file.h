#ifndef COLLECTOR_PROBE_FILE_H
#define COLLECTOR_PROBE_FILE_H

#include <stdint.h>

#include "base/err.h"
#include "bpf/probe.h"

/*
 * A program or library in which probes are set: where in it a function begins, and where its
 * USDT probes are. What is outside of the file - debug files, symbols that have been stripped -
 * is not looked for. All offsets are bytes in the file, as the kernel wants them.
 */
struct probe_file;

#define USDT_ARGUMENTS_MAX 256 /* bytes of the text */

struct usdt_place {
	uint64_t offset;
	char arguments[USDT_ARGUMENTS_MAX];
};

struct usdt_probe {
	uint32_t cnt;
	uint64_t semaphore; /* counts who listens; 0: there is none */
	struct usdt_place places[ABI_PROBE_PLACES];
};

/* The name as library_path_find() takes it. */
int probe_file_open(struct probe_file **out, const char *name, struct err *err);
void probe_file_close(struct probe_file *f);

const char *probe_file_path(const struct probe_file *f);

/* All functions of that name, of which there may be several that no other file sees, or of several
 * versions; out_offsets has room for ABI_PROBE_PLACES. */
int probe_file_function(const struct probe_file *f, const char *name, uint64_t *out_offsets,
			uint32_t *out_cnt, struct err *err);
int probe_file_usdt(const struct probe_file *f, const char *provider, const char *name,
		    struct usdt_probe *out, struct err *err);

#endif
