#ifndef SYMBOLIZE_ANSWER_H
#define SYMBOLIZE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strtab.h"
#include "formats/name_table.h"

/*
 * What a child says about the offsets it was asked for, and how it says it:
 *
 *	u8 reason | u8 unused | blob why | per offset, in the order asked:
 *		varint frame count
 *		0:    u8 reason
 *		else: per frame, innermost first:  u8 kind | text function | text file |
 *		      varint line
 *
 * A text is the varint of its number; a number that was not used yet is followed
 * by the bytes as a blob, and number 0 is "". So each name crosses the pipe once.
 *
 * The child has read a stranger's file and may be in the stranger's hands: the
 * reader believes nothing, and takes all of an answer or none of it. Texts and frames have
 * the limits of the name table, so that what crosses the pipe is not cut once more.
 */

/* Which of a module's two files could not be read and was done without. */
enum answer_unused {
	ANSWER_UNUSED_NONE = 0,
	ANSWER_UNUSED_FILE = 1,
	ANSWER_UNUSED_DEBUG = 2,
};

struct answer {
	struct buf *out;
	struct strtab *texts;
	uint32_t sent_cnt;
};

/* `reason` NONE and nothing unused: the module could be read; otherwise `why` is a
 * sentence, of the unused file if there is one. */
void answer_start(struct answer *a, struct buf *out, enum name_reason reason,
		  enum answer_unused unused, const char *why);
void answer_frames(struct answer *a, const struct name_frame *frames, size_t cnt);
/* One frame without file and line. */
void answer_function(struct answer *a, enum trace_frame_kind kind, const char *function);
void answer_unnamed(struct answer *a, enum name_reason reason);
void answer_end(struct answer *a);

/* Where an answer goes to: a module of a name table, or whoever takes it. */
struct answer_target {
	struct name_table *names; /* NULL: `add` */
	uint32_t module;
	const uint64_t *offsets;
	size_t offset_cnt;
	/* Takes what is said of offsets[at]; texts of frames stay as long as `texts`. */
	void (*add)(void *to, size_t at, const struct name_frame *frames, size_t cnt,
		    enum name_reason reason);
	void *to;
	struct strtab *texts;
	bool is_fresh; /* what was added of a bad answer is thrown away: it is read only once */
};

/* How it went; `why` is ours to free. */
struct answer_summary {
	enum name_reason reason;
	enum answer_unused unused;
	char *why;
	size_t named_cnt;
};

/* -EBADMSG: not an answer to these offsets; then nothing was added, unless `is_fresh`. */
int answer_read(struct answer_summary *out, const void *said, size_t len,
		const struct answer_target *target, struct err *err);

#endif
