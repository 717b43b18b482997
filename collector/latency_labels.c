#include "collector/latency_labels.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bpf/probe.h"
#include "collector/syscall_name.h"

#define NAMES_MAX 16384 /* hosts and devices that are remembered */
#define LINE_MAX 512

/* dev_t inside the kernel, where what comes from BPF was read. */
#define KERNEL_MINOR_BITS 20

static void put(char out[LATENCY_LABEL_MAX], const char *text)
{
	snprintf(out, LATENCY_LABEL_MAX, "%s", text);
}

static const char *remember(struct latency_labels *l, struct idmap *ids, uint64_t number,
			    const char *text, size_t len)
{
	idmap_set(ids, number, 0, (uint32_t)l->names.cnt);
	return *vec_push(&l->names) = mem_dup(text, len);
}

void latency_labels_name(struct latency_labels *l, uint64_t host, const char *text, size_t len)
{
	if (idmap_find(&l->hosts, host, 0) != IDMAP_NONE || l->names.cnt >= NAMES_MAX)
		return;
	if (len >= LATENCY_LABEL_MAX)
		len = LATENCY_LABEL_MAX - 1;
	remember(l, &l->hosts, host, text, strnlen(text, len));
}

/* The name below /dev, or else the numbers. */
static void read_device(uint32_t major, uint32_t minor, char out[LATENCY_LABEL_MAX])
{
	char path[64], line[LINE_MAX];
	FILE *f;

	snprintf(out, LATENCY_LABEL_MAX, "%u:%u", major, minor);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent", major, minor);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "DEVNAME=", 8) || !line[8])
			continue;
		snprintf(out, LATENCY_LABEL_MAX, "%.*s", LATENCY_LABEL_MAX - 1, line + 8);
		break;
	}
	if (f)
		fclose(f);
}

static void put_device(struct latency_labels *l, uint64_t dev, char out[LATENCY_LABEL_MAX])
{
	uint32_t at = idmap_find(&l->devices, dev, 0);

	if (at != IDMAP_NONE) {
		put(out, l->names.v[at]);
		return;
	}
	read_device((uint32_t)(dev >> KERNEL_MINOR_BITS),
		    (uint32_t)dev & ((1u << KERNEL_MINOR_BITS) - 1), out);
	if (l->names.cnt < NAMES_MAX)
		remember(l, &l->devices, dev, out, strlen(out));
}

/* The word of a number, or the number itself where there is none. */
static void put_word(const char *const *words, size_t cnt, uint64_t number,
		     char out[LATENCY_LABEL_MAX])
{
	if (number < cnt && words[number])
		put(out, words[number]);
	else
		snprintf(out, LATENCY_LABEL_MAX, "%" PRIu64, number);
}

#define PUT_WORD(words, number, out) put_word(words, sizeof(words) / sizeof(*(words)), number, out)

static const char *const block_ops[] = {
	[ABI_BLOCK_READ] = "read",	 [ABI_BLOCK_WRITE] = "write",	[ABI_BLOCK_FLUSH] = "flush",
	[ABI_BLOCK_DISCARD] = "discard", [ABI_BLOCK_OTHER] = "[other]",
};

static const char *const file_ops[] = {
	[ABI_FILE_READ] = "read",
	[ABI_FILE_WRITE] = "write",
	[ABI_FILE_OPEN] = "open",
	[ABI_FILE_FSYNC] = "fsync",
};

static const char *const tcp_ways[] = {
	[ABI_TCP_CONNECT] = "connect",
	[ABI_TCP_ACCEPT] = "accept",
};

static void put_file_system(uint64_t bytes, char out[LATENCY_LABEL_MAX])
{
	size_t len = 0;

	for (; bytes & 255; bytes >>= 8)
		out[len++] = (char)(bytes & 255);
	out[len] = 0;
}

static void put_syscall(uint64_t what, char out[LATENCY_LABEL_MAX])
{
	const char *name = syscall_name(what);

	if (name)
		put(out, name);
	else
		snprintf(out, LATENCY_LABEL_MAX, "%s%" PRIu32, what >> 32 ? "32-bit " : "",
			 (uint32_t)what);
}

static void put_host(const struct latency_labels *l, uint64_t host, char out[LATENCY_LABEL_MAX])
{
	uint32_t at = idmap_find(&l->hosts, host, 0);

	if (at != IDMAP_NONE)
		put(out, l->names.v[at]);
	else
		snprintf(out, LATENCY_LABEL_MAX, "[unnamed %016" PRIx64 "]", host);
}

static void put_result(uint64_t code, char out[LATENCY_LABEL_MAX])
{
	const char *name = code && code <= INT32_MAX ? strerrorname_np((int)code) : NULL;

	if (!code)
		put(out, "ok");
	else if (name)
		put(out, name);
	else
		snprintf(out, LATENCY_LABEL_MAX, "errno %" PRIu64, code);
}

static void put_others(enum abi_measure measure, struct latency_label_texts *out)
{
	put(out->v[0], "[others]");
	if ((measure >= ABI_MEASURE_BLOCK && measure <= ABI_MEASURE_FILE) ||
	    (measure >= ABI_MEASURE_TCP_CONNECT && measure <= ABI_MEASURE_TCP_BYTES))
		put(out->v[1], "[others]");
}

static bool has_labels(const struct latency_labels *l, enum abi_measure measure)
{
	if (measure >= ABI_MEASURE_PROBE)
		return l->probes_keyed >> (measure - ABI_MEASURE_PROBE) & 1;
	return measure != ABI_MEASURE_RUNQ;
}

void latency_labels_get(struct latency_labels *l, enum abi_measure measure, uint64_t what,
			struct latency_label_texts *out)
{
	for (int i = 0; i < TRACE_LABELS_MAX; i++)
		out->v[i][0] = 0;
	if (!has_labels(l, measure))
		return;
	if (what == ABI_LATENCY_OTHERS) {
		put_others(measure, out);
		return;
	}
	switch (measure) {
	case ABI_MEASURE_BLOCK:
	case ABI_MEASURE_BLOCK_QUEUE:
	case ABI_MEASURE_BLOCK_DEVICE:
	case ABI_MEASURE_BLOCK_BYTES:
		put_device(l, what >> 8, out->v[0]);
		PUT_WORD(block_ops, what & 255, out->v[1]);
		break;
	case ABI_MEASURE_FILE:
		put_file_system(what >> 8, out->v[0]);
		PUT_WORD(file_ops, what & 255, out->v[1]);
		break;
	case ABI_MEASURE_SYSCALL:
		put_syscall(what, out->v[0]);
		break;
	case ABI_MEASURE_DNS:
		put_host(l, what, out->v[0]);
		break;
	case ABI_MEASURE_TCP_CONNECT:
	case ABI_MEASURE_TCP_LIFE:
	case ABI_MEASURE_TCP_BYTES:
		snprintf(out->v[0], LATENCY_LABEL_MAX, "%" PRIu64, what >> 8);
		PUT_WORD(tcp_ways, what & 255, out->v[1]);
		break;
	case ABI_MEASURE_EXEC:
	case ABI_MEASURE_OPEN:
		put_result(what, out->v[0]);
		break;
	default: /* a probe's argument, signed as in most programs */
		snprintf(out->v[0], LATENCY_LABEL_MAX, "%" PRId64,
			 what == ABI_PROBE_MINUS_ONE ? -1 : (int64_t)what);
	}
}

void latency_labels_release(struct latency_labels *l)
{
	for (size_t i = 0; i < l->names.cnt; i++)
		free(l->names.v[i]);
	vec_release(&l->names);
	idmap_release(&l->hosts);
	idmap_release(&l->devices);
	*l = (struct latency_labels){ 0 };
}
