#include "symbolize/dwarf_line_table.h"

#include <dwarf.h>
#include <string.h>

#include "symbolize/dwarf_leb.h"
#include "symbolize/dwarf_sections.h"
#include "symbolize/dwarf_work.h"

#define LONG_DWARF UINT32_MAX /* where a length is expected: it follows, in 64 bits */
#define FORMATS_MAX 255	      /* of an entry of DWARF 5; the count is one byte */

/* ---- values ---- */

struct reader {
	struct dwarf_line_table *out;
	const struct dwarf_sections *sections;
	const struct dwarf_work *work;
	struct bytes in; /* the head, from its version on */
	bool is_long;	 /* offsets have 64 bits */
};

static uint64_t take_offset(struct reader *r)
{
	return r->is_long ? bytes_u64(&r->in) : bytes_u32(&r->in);
}

/* "" and failed if it does not end. */
static const char *take_text(struct bytes *b)
{
	const uint8_t *end = bytes_left(b) ? memchr(b->p, '\0', bytes_left(b)) : NULL;
	const char *text = (const char *)b->p;

	if (!end) {
		b->failed = true;
		return "";
	}
	b->p = end + 1;
	return text;
}

struct value {
	const char *text; /* "" for a number */
	uint64_t number;
};

static struct value take_value(struct reader *r, uint64_t form)
{
	struct value value = { .text = "" };
	size_t len;

	switch (form) {
	case DW_FORM_string:
		value.text = take_text(&r->in);
		break;
	case DW_FORM_line_strp:
		value.text = dwarf_sections_text(r->sections->line_str, take_offset(r));
		break;
	case DW_FORM_strp:
		value.text = dwarf_sections_text(r->sections->str, take_offset(r));
		break;
	case DW_FORM_udata:
		value.number = dwarf_leb_take(&r->in);
		break;
	case DW_FORM_data1:
		value.number = bytes_u8(&r->in);
		break;
	case DW_FORM_data2:
		value.number = bytes_u16(&r->in);
		break;
	case DW_FORM_data4:
		value.number = bytes_u32(&r->in);
		break;
	case DW_FORM_data8:
		value.number = bytes_u64(&r->in);
		break;
	case DW_FORM_data16: /* a checksum of the source */
		(void)bytes_take(&r->in, 16);
		break;
	case DW_FORM_block:
		(void)bytes_blob(&r->in, bytes_left(&r->in), &len);
		break;
	default:
		r->in.failed = true;
	}
	return value;
}

/* ---- lists of files ---- */

static void add_file(struct reader *r, const char *name, uint64_t folder)
{
	*vec_push(&r->out->files) = (struct dwarf_line_file){ .name = name, .folder = folder };
}

/* DWARF 2 to 4: texts to an empty one; files are counted from 1, and folder 0 is the unit's. */
static void take_old_lists(struct reader *r, const char *unit_folder)
{
	const char *text;

	*vec_push(&r->out->folders) = unit_folder;
	while (dwarf_work_step(r->work) && *(text = take_text(&r->in)))
		*vec_push(&r->out->folders) = text;
	add_file(r, NULL, 0);
	while (dwarf_work_step(r->work) && *(text = take_text(&r->in))) {
		add_file(r, text, dwarf_leb_take(&r->in));
		(void)dwarf_leb_take(&r->in); /* when it was changed */
		(void)dwarf_leb_take(&r->in); /* its size */
	}
}

struct format {
	uint64_t content; /* DW_LNCT_ */
	uint64_t form;
};

/* DWARF 5: how entries are made, then entries. Each takes a byte at least. */
static void take_new_list(struct reader *r, bool are_files)
{
	struct format formats[FORMATS_MAX];
	size_t format_cnt = bytes_u8(&r->in);
	uint64_t cnt;

	for (size_t i = 0; i < format_cnt; i++) {
		formats[i].content = dwarf_leb_take(&r->in);
		formats[i].form = dwarf_leb_take(&r->in);
	}
	cnt = bytes_varint_max(&r->in, format_cnt ? bytes_left(&r->in) : 0);
	for (uint64_t i = 0; i < cnt && !r->in.failed && dwarf_work_step(r->work); i++) {
		struct dwarf_line_file file = { .name = "" };

		for (size_t k = 0; k < format_cnt; k++) {
			struct value value = take_value(r, formats[k].form);

			if (formats[k].content == DW_LNCT_path)
				file.name = value.text;
			else if (formats[k].content == DW_LNCT_directory_index)
				file.folder = value.number;
		}
		if (are_files)
			add_file(r, file.name, file.folder);
		else
			*vec_push(&r->out->folders) = file.name;
	}
}

/* ---- the head ---- */

/* Of the bytes from the table's start on; leaves the rest of the unit's table there. */
static bool take_length(struct reader *r)
{
	uint64_t len = bytes_u32(&r->in);

	r->is_long = len == LONG_DWARF;
	if (r->is_long)
		len = bytes_u64(&r->in);
	r->in = bytes_sub(&r->in, (size_t)len);
	return !r->in.failed;
}

/* The head without its lists; what follows it is the program. */
static bool take_head(struct reader *r, unsigned *out_version)
{
	struct dwarf_line_table *t = r->out;
	unsigned version = bytes_u16(&r->in);
	struct bytes head;

	if (version < 2 || version > 5)
		return false;
	if (version == 5)
		(void)bytes_u16(&r->in); /* sizes of an address and of a segment */
	head = bytes_sub(&r->in, (size_t)take_offset(r));
	t->program = r->in;
	r->in = head;
	t->advance_bytes = bytes_u8(&r->in);
	if (version >= 4)
		(void)bytes_u8(&r->in); /* operations in one instruction: 1 but for VLIW */
	(void)bytes_u8(&r->in);		/* whether rows begin statements */
	t->line_base = (int8_t)bytes_u8(&r->in);
	t->line_range = bytes_u8(&r->in);
	t->opcode_base = bytes_u8(&r->in);
	t->operand_cnts = t->opcode_base ? bytes_take(&r->in, t->opcode_base - 1u) : NULL;
	*out_version = version;
	return t->operand_cnts && t->line_range;
}

bool dwarf_line_table_open(struct dwarf_line_table *out, const struct dwarf_sections *s,
			   uint64_t at, const char *folder, const struct dwarf_work *work)
{
	struct reader r = { .out = out, .sections = s, .work = work, .in = s->line };
	unsigned version;

	*out = (struct dwarf_line_table){ 0 };
	if (!bytes_take(&r.in, at) || !take_length(&r) || !take_head(&r, &version))
		return false;
	if (version < 5) {
		take_old_lists(&r, folder);
	} else {
		take_new_list(&r, false);
		take_new_list(&r, true);
	}
	if (!r.in.failed)
		return true;
	dwarf_line_table_release(out);
	return false;
}

void dwarf_line_table_release(struct dwarf_line_table *t)
{
	vec_release(&t->folders);
	vec_release(&t->files);
	*t = (struct dwarf_line_table){ 0 };
}

const struct dwarf_line_file *dwarf_line_table_file(const struct dwarf_line_table *t,
						    uint64_t number)
{
	return number < t->files.cnt && t->files.v[number].name ? &t->files.v[number] : NULL;
}

const char *dwarf_line_table_folder(const struct dwarf_line_table *t,
				    const struct dwarf_line_file *file)
{
	const char *folder = file->folder < t->folders.cnt ? t->folders.v[file->folder] : NULL;

	return folder && folder[0] ? folder : NULL;
}
