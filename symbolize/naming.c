#include "symbolize/naming.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/strtab.h"
#include "symbolize/answer.h"
#include "symbolize/dwarf_names.h"
#include "symbolize/dwarf_sections.h"
#include "symbolize/elf_debugdata.h"
#include "symbolize/elf_image.h"
#include "symbolize/elf_symbols.h"
#include "symbolize/jit_symbols.h"
#include "symbolize/kernel_image.h"
#include "symbolize/kernel_symbols.h"

/* ---- what the trace carries ---- */

static void answer_or_no_match(struct answer *a, enum trace_frame_kind kind, struct buf *name)
{
	if (name->len)
		answer_function(a, kind, buf_text(name));
	else
		answer_unnamed(a, NAME_REASON_NO_MATCH);
}

static void name_by_jit_map(const struct naming *n, struct buf *out)
{
	const struct buf *map = &n->asked->jit_map;
	struct jit_names names;
	struct buf name = { 0 };
	struct answer a;

	jit_symbols_find(&names, (const char *)map->v, map->len, n->asked->offsets.v,
			 n->asked->offsets.cnt);
	answer_start(&a, out, NAME_REASON_NONE, ANSWER_UNUSED_NONE, "");
	for (size_t i = 0; i < names.cnt; i++) {
		buf_clear(&name);
		if (names.v[i].v)
			demangle_name(&name, names.v[i].v, names.v[i].len, n->style);
		answer_or_no_match(&a, TRACE_FRAME_JIT, &name);
	}
	answer_end(&a);
	buf_release(&name);
	jit_names_release(&names);
}

/* ---- ELF files ---- */

/* False: there is no such file, or it cannot be read, and err says why. Writing is for
 * libelf, which notes in section headers what it has unpacked; nothing reaches the file. */
static bool open_image(struct elf_image *out, const struct naming_file *file, struct err *err)
{
	const void *bytes = file->bytes;

	if (file->fd >= 0)
		bytes = mmap(NULL, file->len, PROT_READ | PROT_WRITE, MAP_PRIVATE, file->fd, 0);
	if (bytes == MAP_FAILED) {
		err_set(err, -errno, "the file cannot be mapped: %s", strerror(errno));
		return false;
	}
	return bytes && !elf_image_open(out, bytes, file->len, err);
}

/* The names of symbols that were asked for, each made readable once. */
struct readable {
	struct idmap ids; /* symbol -> number of its name */
	struct strtab *texts;
};

static const char *readable_name(struct readable *r, const struct elf_symbols *symbols,
				 const struct elf_symbol *symbol, enum demangle_style style)
{
	uint64_t key = (uint64_t)(symbol - symbols->symbols.v);
	uint32_t id = idmap_find(&r->ids, key, 0);
	struct buf name = { 0 };
	const char *raw;
	size_t len;

	if (id != IDMAP_NONE)
		return strtab_get(r->texts, id, NULL);
	raw = elf_symbols_name(symbols, symbol, &len);
	demangle_name(&name, raw, len, style);
	if (name.len && elf_symbol_is_plt(symbol))
		buf_puts(&name, "@plt");
	id = strtab_intern(r->texts, (const char *)name.v, name.len);
	idmap_set(&r->ids, key, 0, id);
	buf_release(&name);
	return strtab_get(r->texts, id, NULL);
}

static struct dwarf_names *find_in_dwarf(const struct naming *n, struct elf_image *image,
					 uint64_t len, const uint64_t *addresses)
{
	struct err err = { 0 };
	struct elf_image alt;
	bool has_alt = open_image(&alt, &n->alt, &err);
	struct dwarf_names_input in = {
		.image = n->without_dwarf ? NULL : image,
		.len = len,
		.alt = has_alt ? &alt : NULL,
		.alt_len = n->alt.len,
		.addresses = addresses,
		.cnt = n->asked->offsets.cnt,
		.style = n->style,
	};
	struct dwarf_names *names = dwarf_names_new(&in);

	if (has_alt)
		elf_image_close(&alt);
	return names;
}

/* DWARF of the debug file, else of the file; addresses are the same in both. */
static struct dwarf_names *read_dwarf(const struct naming *n, struct elf_image *file,
				      struct elf_image *debug)
{
	bool in_debug = debug && dwarf_sections_present(debug);
	const struct elf_image *layout = file ? file : debug;
	size_t cnt = n->asked->offsets.cnt;
	uint64_t *addresses = mem_alloc(cnt + 1, sizeof(*addresses));
	struct dwarf_names *names;

	for (size_t i = 0; i < cnt; i++)
		if (!elf_image_address(layout, n->asked->offsets.v[i], &addresses[i]))
			addresses[i] = UINT64_MAX;
	names = find_in_dwarf(n, in_debug ? debug : file, in_debug ? n->debug.len : n->file.len,
			      addresses);
	free(addresses);
	return names;
}

/*
 * DWARF knows more, but the symbol is what the linker made of the function: foo.cold,
 * foo.constprop.0 and an alias have names of their own there. One without a size is a guess that
 * yields to DWARF.
 */
static void answer_frames_or_symbol(struct answer *a, struct name_frame *frames, size_t cnt,
				    const struct elf_symbol *symbol, const char *name)
{
	struct name_frame *function = cnt ? &frames[cnt - 1] : &frames[0];

	if (!cnt)
		*function = (struct name_frame){ .kind = TRACE_FRAME_USER, .file = "" };
	if (name[0] && (!cnt || !symbol->has_no_size || !function->function[0]))
		function->function = name;
	answer_frames(a, frames, cnt ? cnt : 1);
}

/* Those of an answer that was started. */
static void answer_offsets(const struct naming *n, const struct elf_image *image,
			   const struct elf_symbols *symbols, const struct dwarf_names *dwarf,
			   struct answer *a)
{
	struct readable readable = { .texts = strtab_new() };

	for (size_t i = 0; i < n->asked->offsets.cnt; i++) {
		struct name_frame frames[NAME_FRAMES_MAX];
		size_t cnt = dwarf_names_find(dwarf, i, frames);
		const struct elf_symbol *symbol = NULL;
		const char *name = "";
		uint64_t address;

		if (elf_image_address(image, n->asked->offsets.v[i], &address))
			symbol = elf_symbols_find(symbols, address);
		if (symbol)
			name = readable_name(&readable, symbols, symbol, n->style);
		if (name[0] || (cnt && frames[cnt - 1].function[0]))
			answer_frames_or_symbol(a, frames, cnt, symbol, name);
		else
			answer_unnamed(a, symbols->ranges.cnt ? NAME_REASON_NO_MATCH
							      : NAME_REASON_NO_SYMBOLS);
	}
	idmap_release(&readable.ids);
	strtab_free(readable.texts);
}

static void answer_bad_file(const struct naming *n, struct buf *out, const char *why)
{
	struct answer a;

	answer_start(&a, out, NAME_REASON_BAD_FILE, ANSWER_UNUSED_NONE, why);
	for (size_t i = 0; i < n->asked->offsets.cnt; i++)
		answer_unnamed(&a, NAME_REASON_BAD_FILE);
	answer_end(&a);
}

static bool has_symtab(const struct elf_image *image)
{
	for (size_t i = 1; i < image->sections.cnt; i++)
		if (image->sections.v[i].type == SHT_SYMTAB)
			return true;
	return false;
}

/* The local functions of a stripped file that keeps them compressed. What is no good there
 * costs these names alone. */
static bool open_inner(struct elf_image *out, struct buf *bytes, const struct elf_image *file)
{
	struct err err = { 0 };

	return !elf_debugdata_read(bytes, file, &err) &&
	       !elf_image_open(out, bytes->v, bytes->len, &err);
}

/* One of the two files is enough; the answer says which was of no use, and why. */
static void name_by_elf(const struct naming *n, struct buf *out)
{
	struct elf_symbols symbols = { 0 };
	struct elf_image file;
	struct elf_image debug;
	struct err file_err = { 0 };
	struct err debug_err = { 0 };
	bool has_debug = open_image(&debug, &n->debug, &debug_err);
	bool has_file = open_image(&file, &n->file, &file_err);
	const struct err *err = file_err.code ? &file_err : &debug_err;
	enum answer_unused unused = file_err.code    ? ANSWER_UNUSED_FILE
				    : debug_err.code ? ANSWER_UNUSED_DEBUG
						     : ANSWER_UNUSED_NONE;
	struct dwarf_names *dwarf;
	struct buf inner_bytes = { 0 };
	struct elf_image inner;
	bool has_inner;
	struct answer a;

	if (!has_file && !has_debug) {
		answer_bad_file(n, out, err->code ? err->text : "there is no file");
		return;
	}
	if (has_debug)
		elf_symbols_add(&symbols, &debug);
	has_inner = has_file && !has_symtab(&file) && !(has_debug && has_symtab(&debug)) &&
		    open_inner(&inner, &inner_bytes, &file);
	if (has_inner)
		elf_symbols_add(&symbols, &inner);
	if (has_file)
		elf_symbols_add(&symbols, &file);
	elf_symbols_finish(&symbols);
	dwarf = read_dwarf(n, has_file ? &file : NULL, has_debug ? &debug : NULL);
	answer_start(&a, out,
		     symbols.ranges.cnt || dwarf_names_cnt(dwarf) ? NAME_REASON_NONE
								  : NAME_REASON_NO_SYMBOLS,
		     unused, err->text);
	answer_offsets(n, has_file ? &file : &debug, &symbols, dwarf, &a);
	answer_end(&a);
	dwarf_names_free(dwarf);
	elf_symbols_release(&symbols);
	if (has_inner)
		elf_image_close(&inner);
	buf_release(&inner_bytes);
	if (has_file)
		elf_image_close(&file);
	if (has_debug)
		elf_image_close(&debug);
}

/* ---- the kernel ---- */

/* By the functions that the kernel's symbols name; one that cannot be told is UINT64_MAX. */
static void find_in_module(const struct naming *n, const struct elf_image *image,
			   const struct kernel_symbols *symbols, uint64_t *out)
{
	const struct module_symbol *before = NULL;
	bool is_known = false;
	uint64_t start = 0;

	for (size_t i = 0; i < n->asked->offsets.cnt; i++) {
		uint64_t offset = n->asked->offsets.v[i];
		const struct module_symbol *symbol = kernel_symbols_at(symbols, offset);

		if (symbol && symbol != before)
			is_known = kernel_image_find(image, symbol->name, &start);
		if (symbol)
			before = symbol;
		out[i] = symbol && is_known ? start + (offset - symbol->offset) : UINT64_MAX;
	}
}

/* Addresses in the image of what was asked for. False: there are none. */
static bool find_kernel_addresses(const struct naming *n, struct elf_image *image, uint64_t len,
				  const struct kernel_symbols *symbols, uint64_t *out)
{
	uint64_t start;

	if (n->asked->module.kind == TRACE_MODULE_KERNEL_MODULE) {
		if (!kernel_image_link(image, len))
			return false;
		find_in_module(n, image, symbols, out);
		return true;
	}
	if (!kernel_image_find(image, "_stext", &start))
		return false;
	for (size_t i = 0; i < n->asked->offsets.cnt; i++)
		out[i] = start + n->asked->offsets.v[i];
	return true;
}

/* That of a file whose build ID is the recorded one; NULL: there is none, or it has no DWARF. */
static struct dwarf_names *read_kernel_dwarf(const struct naming *n, const struct naming_file *file,
					     const struct kernel_symbols *symbols)
{
	struct dwarf_names *names = NULL;
	struct err err = { 0 };
	struct elf_image image;
	uint64_t *addresses;

	if (n->without_dwarf || !open_image(&image, file, &err))
		return NULL;
	addresses = mem_alloc(n->asked->offsets.cnt + 1, sizeof(*addresses));
	if (dwarf_sections_present(&image) &&
	    find_kernel_addresses(n, &image, file->len, symbols, addresses))
		names = find_in_dwarf(n, &image, file->len, addresses);
	free(addresses);
	elf_image_close(&image);
	return names;
}

/* The kernel's own name of the function, and what DWARF knows to have been inlined there. */
static void answer_kernel_frames(struct answer *a, const struct dwarf_names *dwarf, size_t i,
				 const char *name)
{
	struct name_frame frames[NAME_FRAMES_MAX] = { { .file = "" } };
	size_t cnt = dwarf ? dwarf_names_find(dwarf, i, frames) : 0;
	struct name_frame *function = &frames[cnt ? cnt - 1 : 0];

	function->kind = TRACE_FRAME_KERNEL;
	if (name[0] || !cnt)
		function->function = name;
	if (function->function[0])
		answer_frames(a, frames, cnt ? cnt : 1);
	else
		answer_unnamed(a, NAME_REASON_NO_MATCH);
}

static void name_by_kernel_symbols(const struct naming *n, struct buf *out)
{
	struct kernel_symbols symbols;
	struct dwarf_names *dwarf;
	struct buf name = { 0 };
	struct answer a;

	kernel_symbols_index(&symbols, n->asked);
	dwarf = read_kernel_dwarf(n, &n->debug, &symbols);
	if (!dwarf)
		dwarf = read_kernel_dwarf(n, &n->file, &symbols);
	answer_start(&a, out, NAME_REASON_NONE, ANSWER_UNUSED_NONE, "");
	for (size_t i = 0; i < n->asked->offsets.cnt; i++) {
		const char *raw = kernel_symbols_find(&symbols, n->asked->offsets.v[i]);

		buf_clear(&name);
		if (raw)
			demangle_name(&name, raw, strlen(raw), n->style);
		answer_kernel_frames(&a, dwarf, i, buf_text(&name));
	}
	answer_end(&a);
	buf_release(&name);
	kernel_symbols_release(&symbols);
	dwarf_names_free(dwarf);
}

void naming_run(const void *work, struct buf *out)
{
	const struct naming *n = work;

	switch (n->asked->module.kind) {
	case TRACE_MODULE_KERNEL:
	case TRACE_MODULE_KERNEL_MODULE:
	case TRACE_MODULE_BPF:
		name_by_kernel_symbols(n, out);
		break;
	case TRACE_MODULE_JIT:
	case TRACE_MODULE_UNMAPPED:
		name_by_jit_map(n, out);
		break;
	case TRACE_MODULE_FILE:
	case TRACE_MODULE_VDSO:
		name_by_elf(n, out);
		break;
	case TRACE_MODULE_COPY:
		break;
	}
}
