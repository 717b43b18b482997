#include "symbolize/dwarf_names.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "symbolize/dwarf_entries.h"
#include "symbolize/dwarf_functions.h"
#include "symbolize/dwarf_line_table.h"
#include "symbolize/dwarf_lines.h"
#include "symbolize/dwarf_sections.h"
#include "symbolize/dwarf_units.h"
#include "symbolize/dwarf_work.h"
#include "symbolize/elf_image.h"

/* Work for a file of no size, and for each address: an inlined chain is painted once a level. */
#define STEPS_AT_LEAST ((uint64_t)1 << 20)
#define STEPS_PER_ADDRESS 64

struct frame {
	uint32_t function; /* number of its text; 0: unknown */
	uint32_t file;
	uint32_t line;
	bool is_inlined;
};

struct frames {
	size_t first;
	size_t cnt;
};

struct dwarf_names {
	struct strtab *texts;
	struct {
		VEC(struct frame);
	} frames;
	struct frames *frames_of; /* each address as it was asked for */
	size_t known_cnt;
};

/* What lives while names are looked for. */
struct search {
	struct dwarf_names *out;
	enum demangle_style style;
	struct idmap functions; /* DIE that has a name -> number of the text */
	struct idmap files;	/* number of a file in a unit -> number of the text */
	struct dwarf_sections sections;
	struct dwarf_entries entries; /* of the unit that is being searched */
	uint32_t *order;	      /* numbers as asked for, by address */
	uint64_t *addresses;	      /* by address */
	struct dwarf_work work;
	uint64_t steps;
};

/* One unit with its addresses. */
struct unit_search {
	struct search *s;
	struct dwarf_unit *unit;
	const char *folder;	 /* that it was compiled in, or NULL */
	const uint32_t *members; /* numbers of the unit's addresses */
	struct dwarf_functions functions;
	struct dwarf_line_table lines;
	struct dwarf_place *places;
};

/* ---- texts ---- */

static bool is_below(const char *file, const char *folder)
{
	size_t len = strlen(folder);

	return !strncmp(file, folder, len) && file[len] == '/';
}

static void put_folder(struct buf *path, const char *folder)
{
	buf_put(path, folder, strnlen(folder, NAME_TEXT_BYTES));
	buf_u8(path, '/');
}

/* A relative folder lies in the unit's, which the first of DWARF 5 is itself, perhaps relative. */
static void put_path(struct buf *path, struct unit_search *u, const struct dwarf_line_file *file)
{
	const char *folder = dwarf_line_table_folder(&u->lines, file);

	if (file->name[0] != '/') {
		const char *first = folder ? folder : file->name;

		if (first[0] != '/' && u->folder && strcmp(first, u->folder) != 0 &&
		    !is_below(first, u->folder))
			put_folder(path, u->folder);
		if (folder)
			put_folder(path, folder);
	}
	buf_put(path, file->name, strnlen(file->name, NAME_TEXT_BYTES));
}

static uint32_t file_text(struct unit_search *u, uint64_t number)
{
	struct search *s = u->s;
	uint64_t unit = (uint64_t)(uintptr_t)u->unit->die.addr;
	uint32_t id = idmap_find(&s->files, number, unit);
	const struct dwarf_line_file *file;
	struct buf path = { 0 };

	if (id != IDMAP_NONE)
		return id;
	file = dwarf_line_table_file(&u->lines, number);
	if (file)
		put_path(&path, u, file);
	id = strtab_intern(s->out->texts, (const char *)path.v, path.len);
	idmap_set(&s->files, number, unit, id);
	buf_release(&path);
	return id;
}

static uint32_t function_text(struct search *s, const Dwarf_Die *die)
{
	uint64_t key = (uint64_t)(uintptr_t)die->addr;
	uint32_t id = idmap_find(&s->functions, key, 0);
	struct buf name = { 0 };
	const char *raw;

	if (id != IDMAP_NONE)
		return id;
	raw = dwarf_entries_name(&s->entries, die);
	if (raw)
		demangle_name(&name, raw, strnlen(raw, NAME_TEXT_BYTES), s->style);
	id = strtab_intern(s->out->texts, (const char *)name.v, name.len);
	idmap_set(&s->functions, key, 0, id);
	buf_release(&name);
	return id;
}

/* ---- frames ---- */

/* A chain that is too long loses the frames before its last one, the function. */
static struct frame *push_frame(struct search *s, struct frames *frames)
{
	if (frames->cnt == NAME_FRAMES_MAX)
		return &s->out->frames.v[s->out->frames.cnt - 1];
	frames->cnt++;
	return vec_push(&s->out->frames);
}

/* From the innermost scope to the function; each is called where the one before says. */
static void add_frames(struct unit_search *u, size_t at)
{
	struct search *s = u->s;
	uint32_t asked = s->order[u->members[at]];
	struct frames frames = { .first = s->out->frames.cnt };
	struct frame frame = { .line = u->places[at].line };
	uint32_t scope = u->functions.scope_of[at];

	frame.file = u->places[at].is_known ? file_text(u, u->places[at].file) : 0;
	while (scope != DWARF_SCOPE_NONE) {
		const struct dwarf_scope *of = &u->functions.scopes.v[scope];

		frame.function = function_text(s, &of->named);
		frame.is_inlined = of->parent != DWARF_SCOPE_NONE;
		/* Without a name it cannot be told from what it was inlined into. */
		if (frame.function || !frame.is_inlined)
			*push_frame(s, &frames) = frame;
		frame.file = file_text(u, of->call_file);
		frame.line = of->call_line;
		scope = of->parent;
	}
	if (!frames.cnt && (frame.file || frame.line))
		*push_frame(s, &frames) = frame;
	s->out->frames_of[asked] = frames;
	s->out->known_cnt += frames.cnt != 0;
}

/* That it was compiled in; NULL: unknown. */
static const char *folder_of(struct dwarf_entries *e)
{
	Dwarf_Attribute folder;

	if (e->root.odd & DWARF_FACT_BIT(DWARF_FACT_FOLDER))
		return dwarf_formstring(dwarf_attr(&e->die, DW_AT_comp_dir, &folder));
	return dwarf_entries_text(e, &e->root, DWARF_FACT_FOLDER);
}

static void search_lines(struct unit_search *u, const struct dwarf_work *work)
{
	const struct dwarf_entries *e = &u->s->entries;

	if (dwarf_entry_has(&e->root, DWARF_FACT_LINES) &&
	    dwarf_line_table_open(&u->lines, e->sections, e->root.values[DWARF_FACT_LINES],
				  u->folder, work))
		dwarf_lines_find(u->places, &u->lines, work);
}

static void search_unit(struct search *s, struct dwarf_unit *unit, const uint32_t *members)
{
	uint64_t *addresses = mem_alloc(unit->cnt, sizeof(*addresses));
	struct unit_search u = { .s = s, .unit = unit, .members = members };
	struct dwarf_work work = { addresses, unit->cnt, &s->steps };

	for (size_t i = 0; i < unit->cnt; i++)
		addresses[i] = s->addresses[members[i]];
	u.places = mem_alloc(unit->cnt, sizeof(*u.places));
	if (dwarf_entries_turn(&s->entries, &s->sections, &unit->die, &work)) {
		u.folder = folder_of(&s->entries);
		search_lines(&u, &work);
		dwarf_functions_find(&u.functions, &s->entries, &work);
		for (size_t i = 0; i < unit->cnt; i++)
			add_frames(&u, i);
	}
	dwarf_functions_release(&u.functions);
	dwarf_line_table_release(&u.lines);
	free(u.places);
	free(addresses);
}

/* ---- the whole ---- */

struct asked {
	uint64_t address;
	uint32_t number;
};

static int by_address(const void *left, const void *right)
{
	const struct asked *a = left;
	const struct asked *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void sort_addresses(struct search *s, const struct dwarf_names_input *in)
{
	struct asked *asked = mem_alloc(in->cnt + 1, sizeof(*asked));
	bool ascends = true; /* as a trace's do */

	for (size_t i = 0; i < in->cnt; i++) {
		asked[i] = (struct asked){ in->addresses[i], (uint32_t)i };
		ascends &= !i || in->addresses[i - 1] <= in->addresses[i];
	}
	if (!ascends)
		qsort(asked, in->cnt, sizeof(*asked), by_address);
	s->order = mem_alloc(in->cnt + 1, sizeof(*s->order));
	s->addresses = mem_alloc(in->cnt + 1, sizeof(*s->addresses));
	for (size_t i = 0; i < in->cnt; i++) {
		s->order[i] = asked[i].number;
		s->addresses[i] = asked[i].address;
	}
	free(asked);
}

static void search_dwarf(struct search *s, Dwarf *dwarf)
{
	struct dwarf_units units;

	dwarf_units_find(&units, dwarf, &s->work);
	for (size_t i = 0; i < units.units.cnt; i++)
		search_unit(s, &units.units.v[i], units.members.v + units.units.v[i].first);
	dwarf_units_release(&units);
}

static Dwarf *open_dwarf(struct elf_image *image, uint64_t len)
{
	if (!image || !dwarf_sections_prepare(image, len))
		return NULL;
	return dwarf_begin_elf(image->elf, DWARF_C_READ, NULL);
}

struct dwarf_names *dwarf_names_new(const struct dwarf_names_input *in)
{
	struct dwarf_names *n = mem_alloc(1, sizeof(*n));
	struct search s = { .out = n, .style = in->style };
	Dwarf *dwarf = open_dwarf(in->image, in->len);
	Dwarf *alt = dwarf ? open_dwarf(in->alt, in->alt_len) : NULL;

	n->texts = strtab_new();
	n->frames_of = mem_alloc(in->cnt + 1, sizeof(*n->frames_of));
	if (dwarf && in->cnt) {
		if (alt)
			dwarf_setalt(dwarf, alt);
		s.steps = STEPS_AT_LEAST + STEPS_PER_ADDRESS * (uint64_t)in->cnt +
			  DWARF_GROWTH_MAX * in->len;
		sort_addresses(&s, in);
		dwarf_sections_find(&s.sections, in->image);
		s.work = (struct dwarf_work){ s.addresses, in->cnt, &s.steps };
		search_dwarf(&s, dwarf);
	}
	dwarf_entries_release(&s.entries);
	idmap_release(&s.functions);
	idmap_release(&s.files);
	free(s.order);
	free(s.addresses);
	dwarf_end(dwarf);
	dwarf_end(alt);
	return n;
}

void dwarf_names_free(struct dwarf_names *n)
{
	if (!n)
		return;
	strtab_free(n->texts);
	vec_release(&n->frames);
	free(n->frames_of);
	free(n);
}

size_t dwarf_names_cnt(const struct dwarf_names *n)
{
	return n->known_cnt;
}

size_t dwarf_names_find(const struct dwarf_names *n, size_t i,
			struct name_frame out[NAME_FRAMES_MAX])
{
	const struct frames *frames = &n->frames_of[i];

	for (size_t k = 0; k < frames->cnt; k++) {
		const struct frame *frame = &n->frames.v[frames->first + k];

		out[k] = (struct name_frame){
			.kind = frame->is_inlined ? TRACE_FRAME_INLINED : TRACE_FRAME_USER,
			.function = strtab_get(n->texts, frame->function, NULL),
			.file = strtab_get(n->texts, frame->file, NULL),
			.line = frame->line,
		};
	}
	return frames->cnt;
}
