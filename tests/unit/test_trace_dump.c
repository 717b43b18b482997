#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "formats/chunk.h"
#include "formats/entries.h"
#include "formats/trace_dump.h"
#include "formats/trace_layout.h"
#include "formats/trace_source.h"

/* What is printed of a trace of one chunk with this one section; the caller's to free. */
static char *dump_of(unsigned section, const struct buf *content)
{
	struct chunk_packer *packer = chunk_packer_new(1);
	struct chunk_header h = { .type = CHUNK_RECORDS, .flags = CHUNK_KEY_FRAME };
	struct buf raw = { 0 }, file = { 0 };
	struct trace_source source;
	struct err err = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	chunk_section_put(&raw, section, false, content);
	chunk_pack(packer, &h, raw.v, raw.len, &file); /* no header: the chunk will do */
	chunk_packer_free(packer);
	trace_source_open_bytes(&source, file.v, file.len, "made");
	assert_int_equal(trace_dump(&source, out, &err), 0);
	fclose(out);
	trace_source_close(&source);
	buf_release(&raw);
	buf_release(&file);
	return text;
}

static void assert_dump(unsigned section, struct buf *content, const char *has, bool readable)
{
	char *text = dump_of(section, content);

	assert_non_null(strstr(text, has));
	assert_int_equal(strstr(text, "(not readable)") == NULL, readable);
	free(text);
	buf_release(content);
}

static void says_of_a_last_entry_that_it_makes_no_sense(void **state)
{
	struct trace_loss_count loss = { .event = 0, .loss = TRACE_LOSS_RING_FULL, .count = 7 };
	struct trace_module module = { .kind = 0, .path = "x", .process = TRACE_NONE };
	struct buf content = { 0 };

	(void)state;
	entry_put_loss(&content, &loss);
	assert_dump(SECTION_LOSSES, &content, "ring full 7", true);
	entry_put_loss(&content, &loss);
	loss.loss = 0;
	entry_put_loss(&content, &loss);
	assert_dump(SECTION_LOSSES, &content, "ring full 7", false);
	buf_varint(&content, 0);
	entry_put_module(&content, &module);
	assert_dump(SECTION_MODULES, &content, "modules", false);
}

/* A section of names up to its entries: one text, and what tells of the module. */
static void put_names_head(struct buf *content)
{
	struct buf texts = { 0 };

	buf_blob(content, "id", 2);
	buf_varint(content, 0);
	entry_put_text(content, "a note");
	entry_put_text(&texts, "evil\x1b[31m");
	buf_blob(content, texts.v, texts.len);
	buf_release(&texts);
}

static void put_numbers(struct buf *content, const uint64_t *v, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		buf_varint(content, v[i]);
}

static void tells_every_name(void **state)
{
	static const uint64_t named[] = { 0x10, 1, 2, 1, 0, 99 }, unnamed[] = { 0x20, 0, 4 };
	struct buf content = { 0 };

	(void)state;
	put_names_head(&content);
	put_numbers(&content, named, 6);
	put_numbers(&content, unnamed, 3);
	assert_dump(SECTION_MODULE_NAMES, &content,
		    "    identity 6964 reason 0 note \"a note\"\n"
		    "    #1 text \"evil\\x1b[31m\"\n"
		    "    offset 0x10 frames 1\n"
		    "      kind 2 function 1 file 0 line 99\n"
		    "    offset 0x30 frames 0 reason 4\n",
		    true);
	put_names_head(&content);
	put_numbers(&content, named, 5); /* a number is missing */
	assert_dump(SECTION_MODULE_NAMES, &content, "offset 0x10", false);
}

/* Many frames of one long text must not become many long texts. */
static void names_take_no_more_room_than_in_the_file(void **state)
{
	static const uint64_t frame[] = { 2, 1, 1, 1 };
	struct buf content = { 0 }, texts = { 0 };
	char *name = mem_printf("%060000d", 0), *text;

	(void)state;
	buf_blob(&content, "id", 2);
	buf_varint(&content, 0);
	entry_put_text(&content, "");
	entry_put_text(&texts, name);
	buf_blob(&content, texts.v, texts.len);
	buf_varint(&content, 0);
	buf_varint(&content, 20000);
	for (unsigned i = 0; i < 20000; i++)
		put_numbers(&content, frame, 4);
	text = dump_of(SECTION_MODULE_NAMES, &content);
	assert_true(strlen(text) < 20 * content.len);
	free(text);
	free(name);
	buf_release(&texts);
	buf_release(&content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_of_a_last_entry_that_it_makes_no_sense),
		cmocka_unit_test(tells_every_name),
		cmocka_unit_test(names_take_no_more_room_than_in_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
