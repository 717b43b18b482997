#ifndef COLLECTOR_LATENCY_LABELS_H
#define COLLECTOR_LATENCY_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "bpf/latency.h"
#include "formats/trace.h"

/*
 * What latencies were of, in words: from the number that bpf/latency.h calls `what` to the
 * labels of a series.
 *
 *	block       device as in /dev, operation     sda, read
 *	file        file system, operation           ext4, fsync
 *	syscall     its name on this machine         openat; 32-bit 5; 600
 *	dns         host, as a single told it        example.org
 *	tcp         port, way                        443, connect
 *	exec, open  result                           ok, ENOENT
 *	probes      the argument it is keyed by      4096
 *
 * What there was no room to tell is "[others]". Names of devices, and of hosts, are remembered.
 */
#define LATENCY_LABEL_MAX 256 /* with its NUL */

struct latency_label_texts {
	char v[TRACE_LABELS_MAX][LATENCY_LABEL_MAX];
};

struct latency_labels {
	struct idmap hosts, devices; /* (number, 0) to index of: */
	struct {
		VEC(char *);
	} names;
	uint32_t probes_keyed; /* 1 << number of a probe: its events have keys */
};

/* Says what a host's hash stands for; the first text counts. */
void latency_labels_name(struct latency_labels *l, uint64_t host, const char *text, size_t len);

/* "" where there is no such label. */
void latency_labels_get(struct latency_labels *l, enum abi_measure measure, uint64_t what,
			struct latency_label_texts *out);

void latency_labels_release(struct latency_labels *l);

#endif
