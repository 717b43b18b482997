#include "formats/trace_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "formats/chunk_draft.h"
#include "formats/copy_entries.h"
#include "formats/draft_totals.h"
#include "formats/entries.h"
#include "formats/latency_entries.h"
#include "formats/trace_output.h"
#include "formats/wait_entries.h"

#define DEFAULT_LEVEL 3
#define DEFAULT_GROUP_BYTES ((uint64_t)16 << 20)

/*
 * The most that one record can take in a chunk, whatever its numbers. A chunk is written
 * before one more record might not fit.
 */
#define FRAME_ROOM 32
#define NODE_ROOM 16
#define SAMPLE_ROOM 48
#define LINK_ROOM 24
#define WAIT_ROOM 160 /* a sum or a wait, with all its links */
#define ACCOUNT_ROOM 100
#define BIN_ROOM 40
#define LATENCY_ROOM 80 /* beside its text */
#define SMALL_ROOM 32	/* a CPU change, a loss, or the numbers beside a text */
#define JIT_PIECE_BYTES ((size_t)256 << 10)

struct trace_writer {
	struct trace_output out;
	struct chunk_draft draft;
	struct err err; /* sticks */
	uint64_t group_bytes;
	uint64_t group_raw; /* raw bytes of this group so far */
	uint32_t group;
	bool key_due;	/* the next chunk starts a group */
	bool heads_due; /* facts or events changed since the last chunk */
	bool is_finished;
	size_t room_used;  /* of the chunk that gathers */
	size_t heads_room; /* for facts, events and the heads of sections */
	struct trace_totals totals;
	struct buf raw;	  /* the chunk as it leaves */
	struct buf entry; /* a record on its way in */
};

int trace_writer_open(struct trace_writer **out, const char *path,
		      const struct trace_writer_options *options, struct err *err)
{
	struct trace_writer *w = mem_alloc(1, sizeof(*w));
	int level = options && options->level ? options->level : DEFAULT_LEVEL;
	int failed = trace_output_open(&w->out, path, level, err);

	if (!failed)
		failed = trace_output_start(&w->out, options ? options->file_id : NULL, err);
	if (failed) {
		trace_output_close(&w->out);
		free(w);
		return failed;
	}
	w->group_bytes =
		options && options->group_bytes ? options->group_bytes : DEFAULT_GROUP_BYTES;
	w->key_due = true;
	w->totals.stop = TRACE_STOP_UNKNOWN;
	chunk_draft_start(&w->draft);
	w->heads_room = chunk_draft_heads_room(&w->draft);
	*out = w;
	return 0;
}

void trace_writer_close(struct trace_writer *w)
{
	if (!w)
		return;
	trace_output_close(&w->out);
	chunk_draft_release(&w->draft);
	buf_release(&w->raw);
	buf_release(&w->entry);
	free(w);
}

void trace_writer_fact(struct trace_writer *w, enum trace_fact fact, const char *text)
{
	chunk_draft_fact(&w->draft, fact, text);
	w->heads_room = chunk_draft_heads_room(&w->draft);
	w->heads_due = true;
}

uint32_t trace_writer_event(struct trace_writer *w, const struct trace_event *event)
{
	uint32_t id = chunk_draft_event(&w->draft, event);

	w->heads_room = chunk_draft_heads_room(&w->draft);
	w->heads_due = true;
	return id;
}

static void write_chunk(struct trace_writer *w)
{
	struct chunk_header h = { .type = CHUNK_RECORDS,
				  .flags = w->key_due ? CHUNK_KEY_FRAME : 0,
				  .group = (uint16_t)w->group };

	buf_clear(&w->raw);
	chunk_draft_put(&w->draft, w->key_due || w->heads_due, &h, &w->raw);
	w->group_raw += w->raw.len;
	if (w->err.code || trace_output_chunk(&w->out, &h, &w->raw, &w->err) != 0)
		draft_totals_drop(&w->draft, &w->totals);
	chunk_draft_forget(&w->draft);
	w->key_due = false;
	w->heads_due = false;
	w->room_used = 0;
}

/* Writes the chunk that gathers if `bytes` more might not fit in it. */
static void make_room(struct trace_writer *w, size_t bytes)
{
	if (w->room_used + bytes > TRACE_CHUNK_RAW_MAX - w->heads_room)
		write_chunk(w);
}

static void take_room(struct trace_writer *w, size_t bytes)
{
	make_room(w, bytes);
	w->room_used += bytes;
}

/* True if a table has room for one more; else the writer has failed. */
static bool has_room(struct trace_writer *w, size_t cnt, size_t max, const char *of)
{
	if (cnt >= max)
		err_set(&w->err, -EOVERFLOW, "%s: more than %zu %s between two flushes",
			w->out.file.path, max, of);
	return cnt < max;
}

static uint32_t intern_entry(struct trace_writer *w, struct entry_table *t, const char *of)
{
	struct buf *entry = &w->entry;
	size_t fresh_len;
	uint32_t id;

	if (!has_room(w, entry_table_cnt(t), TRACE_ENTRIES_MAX, of))
		return 0;
	make_room(w, entry->len);
	fresh_len = t->fresh.len; /* none, if a chunk was just written */
	id = entry_table_intern(t, entry);
	w->room_used += t->fresh.len - fresh_len;
	return id;
}

uint32_t trace_writer_process(struct trace_writer *w, const struct trace_process *process)
{
	buf_clear(&w->entry);
	entry_put_process(&w->entry, process);
	return intern_entry(w, &w->draft.processes, "processes");
}

uint32_t trace_writer_thread(struct trace_writer *w, const struct trace_thread *thread)
{
	buf_clear(&w->entry);
	entry_put_thread(&w->entry, thread);
	return intern_entry(w, &w->draft.threads, "threads");
}

uint32_t trace_writer_module(struct trace_writer *w, const struct trace_module *module)
{
	uint32_t cnt = entry_table_cnt(&w->draft.modules), id;

	buf_clear(&w->entry);
	entry_put_module(&w->entry, module);
	id = intern_entry(w, &w->draft.modules, "modules");
	if (id == cnt && module->kind == TRACE_MODULE_COPY)
		w->draft.has_later_values = true;
	return id;
}

uint32_t trace_writer_mappings(struct trace_writer *w, const struct trace_mappings *mappings)
{
	buf_clear(&w->entry);
	entry_put_mappings(&w->entry, mappings);
	return intern_entry(w, &w->draft.mappings, "lists of mappings");
}

/* A bound for any frame; texts are cut at their limit. */
static size_t frame_room(const struct trace_frame *frame)
{
	return FRAME_ROOM + (frame->module == TRACE_NONE ? 2 * TRACE_TEXT_MAX : 0);
}

uint32_t trace_writer_frame(struct trace_writer *w, const struct trace_frame *frame)
{
	struct frame_table *t = &w->draft.frames;
	uint32_t cnt = frame_table_cnt(t), id;

	if (!has_room(w, cnt, TRACE_FRAMES_MAX, "frames"))
		return 0;
	make_room(w, frame_room(frame));
	id = frame_table_intern(t, frame);
	if (id == cnt)
		w->room_used += FRAME_ROOM;
	if (id == cnt && frame->kind == TRACE_FRAME_LOST &&
	    frame->reason > TRACE_REASON_NO_FRAME_POINTER)
		w->draft.has_later_values = true;
	if (id == cnt && frame->module == TRACE_NONE)
		w->room_used += frame->name_len + (frame->file ? strlen(frame->file) : 0);
	return id;
}

uint32_t trace_writer_node(struct trace_writer *w, uint32_t parent, uint32_t frame)
{
	struct stack_trie *t = &w->draft.nodes;
	size_t cnt = t->nodes.cnt;
	uint32_t id;

	if (!has_room(w, cnt, TRACE_IDS_MAX, "nodes"))
		return parent;
	make_room(w, NODE_ROOM);
	id = stack_trie_intern(t, parent, frame);
	w->room_used += NODE_ROOM * (t->nodes.cnt - cnt);
	return id;
}

uint32_t trace_writer_link(struct trace_writer *w, const struct trace_link *link)
{
	struct link_table *t = &w->draft.waits.links;
	size_t cnt = t->links.cnt;
	uint32_t id;

	if (!has_room(w, cnt, TRACE_LINKS_MAX, "links"))
		return link->parent;
	make_room(w, LINK_ROOM);
	id = link_table_intern(t, link);
	w->room_used += LINK_ROOM * (t->links.cnt - cnt);
	return id;
}

uint32_t trace_writer_slice(struct trace_writer *w, const struct trace_slice *slice)
{
	struct entry_table *t = &w->draft.waits.slices;
	size_t fresh_len;
	uint32_t id;

	if (!has_room(w, entry_table_cnt(t), TRACE_ENTRIES_MAX, "slices"))
		return 0;
	make_room(w, SMALL_ROOM);
	fresh_len = t->fresh.len;
	buf_clear(&w->entry);
	entry_put_slice(&w->entry, slice);
	id = wait_draft_slice(&w->draft.waits, slice, &w->entry);
	w->room_used += t->fresh.len - fresh_len;
	return id;
}

uint32_t trace_writer_series(struct trace_writer *w, const struct trace_series *series)
{
	struct entry_table *t = &w->draft.latencies.series;
	size_t fresh_len;
	uint32_t id;

	buf_clear(&w->entry);
	entry_put_series(&w->entry, series);
	if (!has_room(w, entry_table_cnt(t), TRACE_SERIES_MAX, "series"))
		return 0;
	make_room(w, w->entry.len);
	fresh_len = t->fresh.len;
	id = latency_draft_series(&w->draft.latencies, series, &w->entry);
	w->room_used += t->fresh.len - fresh_len;
	return id;
}

void trace_writer_sample(struct trace_writer *w, const struct trace_sample *sample)
{
	if (w->err.code) {
		w->totals.lost[TRACE_LOSS_DISK_FULL]++;
		return;
	}
	take_room(w, SAMPLE_ROOM);
	*vec_push(&w->draft.samples) = *sample;
	draft_totals_saw_time(&w->totals, sample->time_ns);
	w->totals.sample_cnt++;
	sum_clipped(&w->totals.sample_weight, sample->weight);
}

void trace_writer_wait_sum(struct trace_writer *w, const struct trace_wait_sum *given)
{
	const struct trace_wait_sum *sum;
	const struct trace_slice *slice;

	if (!given->cnt)
		return;
	take_room(w, WAIT_ROOM);
	sum = wait_draft_sum(&w->draft.waits, given);
	slice = &w->draft.waits.slice_times.v[sum->slice];
	draft_totals_saw_time(&w->totals, slice->start_ns);
	draft_totals_saw_time(&w->totals, slice->end_ns);
	sum_clipped(&w->totals.wait_cnt, sum->cnt);
	sum_clipped(&w->totals.wait_ns, sum->blocked_ns + sum->runnable_ns);
}

void trace_writer_wait(struct trace_writer *w, const struct trace_wait *wait)
{
	take_room(w, WAIT_ROOM);
	draft_totals_saw_time(&w->totals, wait_end_ns(wait_draft_wait(&w->draft.waits, wait)));
}

void trace_writer_account(struct trace_writer *w, const struct trace_account *account)
{
	take_room(w, ACCOUNT_ROOM);
	wait_draft_account(&w->draft.waits, account);
}

void trace_writer_bin(struct trace_writer *w, const struct trace_bin *bin)
{
	const struct bin_column *bins = &w->draft.latencies.bins;
	const struct trace_slice *slice = &w->draft.waits.slice_times.v[bin->slice];
	size_t cnt;

	if (!bin->cnt)
		return;
	make_room(w, BIN_ROOM);
	cnt = bins->cnt;
	latency_draft_bin(&w->draft.latencies, bin);
	w->room_used += BIN_ROOM * (bins->cnt - cnt);
	draft_totals_saw_time(&w->totals, slice->start_ns);
	draft_totals_saw_time(&w->totals, slice->end_ns);
	sum_clipped(&w->totals.latency_cnt, bin->cnt);
}

void trace_writer_latency(struct trace_writer *w, const struct trace_latency *latency)
{
	const char *text = latency->text;

	take_room(w, LATENCY_ROOM + (text ? strnlen(text, TRACE_LATENCY_TEXT_MAX) : 0));
	latency_draft_latency(&w->draft.latencies, latency);
	draft_totals_saw_time(&w->totals, latency->end_ns);
	w->totals.single_cnt++;
}

void trace_writer_kernel_symbol(struct trace_writer *w, const struct trace_kernel_symbol *symbol)
{
	struct buf *entry = &w->entry;

	buf_clear(entry);
	entry_put_kernel_symbol(entry, symbol);
	take_room(w, entry->len);
	buf_put(&w->draft.kernel_symbols, entry->v, entry->len);
}

/* Up to the last line end within the limit; all of it where there is none. */
static size_t jit_piece(const char *text, size_t len)
{
	size_t cut = JIT_PIECE_BYTES;

	if (len <= JIT_PIECE_BYTES)
		return len;
	while (cut && text[cut - 1] != '\n')
		cut--;
	return cut ? cut : JIT_PIECE_BYTES;
}

void trace_writer_jit_map(struct trace_writer *w, const struct trace_jit_map *map)
{
	for (size_t at = 0, len; at < map->len; at += len) {
		struct buf *piece = &w->entry;

		len = jit_piece(map->text + at, map->len - at);
		take_room(w, len + SMALL_ROOM);
		buf_clear(piece);
		buf_varint(piece, map->module);
		buf_put(piece, map->text + at, len);
		chunk_section_put(&w->draft.jit_maps, SECTION_JIT_MAP, false, piece);
	}
}

void trace_writer_copy(struct trace_writer *w, const struct trace_copy *copy)
{
	size_t len;

	make_room(w, COPY_ENTRY_MAX);
	len = w->draft.copies.len;
	entry_put_copy(&w->draft.copies, copy, len ? w->draft.copy_id : 0);
	w->draft.copy_id = copy->id;
	w->room_used += w->draft.copies.len - len;
}

void trace_writer_cpu_change(struct trace_writer *w, const struct trace_cpu_change *change)
{
	take_room(w, SMALL_ROOM);
	*vec_push(&w->draft.cpu_changes) = *change;
	draft_totals_saw_time(&w->totals, change->time_ns);
}

void trace_writer_loss(struct trace_writer *w, const struct trace_loss_count *loss)
{
	if (!loss->count)
		return;
	take_room(w, SMALL_ROOM);
	*vec_push(&w->draft.losses) = *loss;
	w->draft.has_latency_losses |= loss->loss > TRACE_LOSS_ACCOUNTS;
	w->draft.has_later_losses |=
		loss->loss > TRACE_LOSS_UNFOLLOWED && loss->loss <= TRACE_LOSS_ACCOUNTS;
	w->totals.lost[loss->loss] += loss->count;
}

/* A group ends when it has grown large, or a table is half way to its limit. */
static bool is_group_full(const struct trace_writer *w)
{
	const struct chunk_draft *d = &w->draft;

	return w->group_raw >= w->group_bytes || d->nodes.nodes.cnt > TRACE_IDS_MAX / 2 ||
	       frame_table_cnt(&d->frames) > TRACE_FRAMES_MAX / 2 ||
	       entry_table_cnt(&d->processes) > TRACE_ENTRIES_MAX / 2 ||
	       entry_table_cnt(&d->threads) > TRACE_ENTRIES_MAX / 2 ||
	       entry_table_cnt(&d->modules) > TRACE_ENTRIES_MAX / 2 ||
	       entry_table_cnt(&d->mappings) > TRACE_ENTRIES_MAX / 2 ||
	       entry_table_cnt(&d->waits.slices) > TRACE_ENTRIES_MAX / 2 ||
	       entry_table_cnt(&d->latencies.series) > TRACE_SERIES_MAX / 2 ||
	       d->waits.links.links.cnt > TRACE_LINKS_MAX / 2;
}

static int give_err(const struct trace_writer *w, struct err *err)
{
	return w->err.code ? err_set(err, w->err.code, "%s", w->err.text) : 0;
}

int trace_writer_flush(struct trace_writer *w, struct err *err)
{
	if (chunk_draft_has_records(&w->draft))
		write_chunk(w);
	if (is_group_full(w)) {
		chunk_draft_restart(&w->draft);
		w->group++;
		w->group_raw = 0;
		w->key_due = true;
	}
	return give_err(w, err);
}

int trace_writer_publish(struct trace_writer *w, struct err *err)
{
	if (w->out.next_number == 0)
		write_chunk(w);
	if (!w->err.code)
		io_output_keep(&w->out.file, &w->err);
	return give_err(w, err);
}

uint32_t trace_writer_group(const struct trace_writer *w)
{
	return w->group;
}

uint64_t trace_writer_bytes(const struct trace_writer *w)
{
	return w->out.bytes;
}

const struct trace_totals *trace_writer_totals(const struct trace_writer *w)
{
	return &w->totals;
}

/* The trailer has room on a full disk too; on a broken one nothing has. */
static void write_trailer(struct trace_writer *w)
{
	buf_clear(&w->raw);
	trace_output_put_totals(&w->raw, &w->totals);
	chunk_draft_put_heads(&w->draft, &w->raw);
	trace_output_trailer(&w->out, &w->raw, &w->err);
}

int trace_writer_finish(struct trace_writer *w, enum trace_stop stop, uint64_t end_ns,
			struct err *err)
{
	if (w->is_finished)
		return give_err(w, err);
	if (chunk_draft_has_records(&w->draft) || w->out.next_number == 0)
		write_chunk(w);
	w->totals.stop = w->err.code == -ENOSPC ? TRACE_STOP_DISK_FULL : stop;
	w->totals.end_ns = end_ns;
	w->is_finished = true;
	if (!w->err.code || w->err.code == -ENOSPC)
		write_trailer(w);
	if (w->out.file.kept)
		io_output_keep(&w->out.file, &w->err);
	return give_err(w, err);
}
