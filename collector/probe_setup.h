#ifndef COLLECTOR_PROBE_SETUP_H
#define COLLECTOR_PROBE_SETUP_H

#include "base/err.h"
#include "bpf/probe.h"
#include "collector/probe_point.h"
#include "collector/probe_spec.h"

/*
 * A probe as it was asked for, found on this machine and made ready for programs: where they are
 * attached, and where they find its weight and its key.
 */
struct probe_setup {
	const struct probe_spec *spec;	/* NULL: there is none */
	struct probe_point begin, end;	/* end: of A..B only */
	struct abi_probe_sample sample; /* one of both is filled in */
	struct abi_probe_latency latency;
};

/* The spec outlives the setup. */
int probe_setup_make(struct probe_setup *out, const struct probe_spec *spec, struct err *err);
void probe_setup_release(struct probe_setup *s);

/* What fires; static. */
const char *probe_setup_source(const struct probe_setup *s);

#endif
