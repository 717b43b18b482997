#ifndef TESTS_UNIT_KNOWN_LATENCIES_H
#define TESTS_UNIT_KNOWN_LATENCIES_H

#include "tests/unit/latency_trace.h"

/*
 * A trace of latencies that is small enough to be known by heart: 10 s of a whole system, in
 * slices of a second.
 *
 *	block        9,621: fio reads nvme0n1 in 120 us, 8,000, and sda in 8 ms, 1,600; 10 are of
 *	             nobody that is known; db writes sda in 2 ms, 10, and once, at 6.5 s, in 900 ms
 *	block-bytes  8,000 of 4 KiB, and 1,600 of 64 KiB
 *	runq         3,000 of fio, 12 us; 3 of db, 700 us
 *	syscall      fio: 20,000 pread64 of 1.5 us; db: 60 fsync of 3 ms
 *	open         db: 3 in 30 us, and one that failed in 9 us; all of them kept one by one
 *
 * Modes of block are as broad as a factor of two, their middle the most frequent. Kept one by one
 * of block are the 900 ms, two of 12 ms, and two drawn; one of those has no stack.
 */
#define KNOWN_BLOCK_CNT 9621
#define KNOWN_ROWS_MAX 512

struct known_latencies {
	struct latency_trace_row rows[KNOWN_ROWS_MAX];
	size_t cnt;
};

static inline void known_row(struct known_latencies *k, struct latency_trace_row row)
{
	row.start_ms = row.end_ms ? row.start_ms : row.start_ms * 1000;
	row.end_ms = row.start_ms + 1000;
	k->rows[k->cnt++] = row;
}

/* 16 parts: 1, 2, 3, 4, 3, 2, 1 of them from 0.7 to 1.5 of the value. */
static inline void known_mode(struct known_latencies *k, struct latency_trace_row row)
{
	static const uint64_t parts[] = { 1, 2, 3, 4, 3, 2, 1 };
	uint64_t value = row.value, cnt = row.cnt;

	for (unsigned i = 0; i < 7; i++) {
		row.value = value * (70 + 10 * i + (i > 3 ? 7 * (i - 3) : 0)) / 100;
		row.cnt = cnt / 16 * parts[i];
		known_row(k, row);
	}
}

static inline void known_rows(struct known_latencies *k)
{
	for (uint64_t s = 0; s < 10; s++) {
		known_mode(k,
			   (struct latency_trace_row){
				   "block", "fio", { "nvme0n1", "read" }, s, 0, 120000, 800, 0 });
		known_mode(k, (struct latency_trace_row){
				      "block", "fio", { "sda", "read" }, s, 0, 8000000, 160, 0 });
		known_row(k, (struct latency_trace_row){
				     "block", "db", { "sda", "write" }, s, 0, 2000000, 1, 0 });
		known_row(
			k,
			(struct latency_trace_row){
				"block-bytes", "fio", { "nvme0n1", "read" }, s, 0, 4096, 800, 0 });
		known_row(k,
			  (struct latency_trace_row){
				  "block-bytes", "fio", { "sda", "read" }, s, 0, 65536, 160, 0 });
		known_row(k, (struct latency_trace_row){
				     "runq", "fio", { "", "" }, s, 0, 12000, 300, 0 });
		known_row(k, (struct latency_trace_row){
				     "syscall", "fio", { "pread64", "" }, s, 0, 1500, 2000, 0 });
		known_row(k, (struct latency_trace_row){
				     "syscall", "db", { "fsync", "" }, s, 0, 3000000, 6, 0 });
	}
	known_row(k, (struct latency_trace_row){
			     "block", "db", { "sda", "write" }, 6, 0, 900000000, 1, 0 });
	known_row(k, (struct latency_trace_row){ "block", "", { "", "" }, 9, 0, 150000, 10, 0 });
	known_row(k, (struct latency_trace_row){ "runq", "db", { "", "" }, 6, 0, 700000, 3, 0 });
	known_row(k, (struct latency_trace_row){ "open", "db", { "0", "" }, 1, 0, 30000, 3, 0 });
	known_row(k,
		  (struct latency_trace_row){ "open", "db", { "ENOENT", "" }, 1, 0, 9000, 1, 0 });
}

/* The first row of an event, process and first label. */
static inline size_t known_find(const struct known_latencies *k, const char *event,
				const char *process, const char *label)
{
	size_t i = 0;

	while (strcmp(k->rows[i].event, event) || strcmp(k->rows[i].process, process) ||
	       strcmp(k->rows[i].labels[0], label))
		i++;
	return i;
}

#define KNOWN_FSYNC "start;commit;fsync;[k]do_syscall_64;[k]ext4_sync_file;[k]io_schedule"
#define KNOWN_READ "start;worker;pread64;[k]do_syscall_64;[k]submit_bio"

static inline int known_latencies_write(const char *path, struct err *err)
{
	static struct known_latencies k;

	k.cnt = 0;
	known_rows(&k);
	size_t write = known_find(&k, "block", "db", "sda");
	size_t disk = known_find(&k, "block", "fio", "sda");
	size_t nvme = known_find(&k, "block", "fio", "nvme0n1");
	size_t opened = known_find(&k, "open", "db", "0");
	size_t failed = known_find(&k, "open", "db", "ENOENT");
	size_t runq = known_find(&k, "runq", "db", "");
	const struct latency_trace_single singles[] = {
		{ write, KNOWN_FSYNC, "db-log", 21, 0, 1, 6500000000, 900000000, 16384, 850000000,
		  NULL },
		{ disk, KNOWN_READ, NULL, 10, 0, 0, 2100000000, 12080000, 65536, 4000000, NULL },
		{ disk, NULL, NULL, 0, 0, 0, 2900000000, 12080000, 65536, 0, NULL },
		{ nvme, KNOWN_READ, NULL, 10, TRACE_LATENCY_DRAWN, 2, 4200000000, 120000, 4096, 0,
		  NULL },
		{ disk, KNOWN_READ, NULL, 11, TRACE_LATENCY_DRAWN, 3, 8300000000, 8000000, 65536, 0,
		  NULL },
		{ opened, "start;open_log;open64", NULL, 20, TRACE_LATENCY_SLOWER, 0, 1100000000,
		  30000, 0, 0, "/var/lib/db/log" },
		{ opened, "start;open_log;open64", NULL, 20, TRACE_LATENCY_SLOWER, 0, 1200000000,
		  30000, 0, 0, "/var/lib/db/log.1" },
		{ opened, "start;open_log;open64", NULL, 20, TRACE_LATENCY_SLOWER, 0, 1300000000,
		  30000, 0, 0, "/var/lib/db/log.2" },
		{ failed, "start;config;open64", NULL, 20, TRACE_LATENCY_SLOWER, 0, 1000500000,
		  9000, 0, 0, "/etc/db.d/none\n;rm" },
		{ runq, "start;commit", "db-log", 21, 0, 1, 6600000000, 700000, 0, 0, NULL },
	};
	struct latency_trace trace = { .rows = k.rows,
				       .row_cnt = k.cnt,
				       .singles = singles,
				       .single_cnt = sizeof(singles) / sizeof(singles[0]),
				       .lost = 3 };

	return latency_trace_write(path, &trace, err);
}

#endif
