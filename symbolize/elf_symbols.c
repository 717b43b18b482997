#include "symbolize/elf_symbols.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/elf_image.h"
#include "symbolize/elf_plt.h"

/* ---- tables to symbols ---- */

static enum elf_binding binding_of(const GElf_Sym *sym)
{
	switch (GELF_ST_BIND(sym->st_info)) {
	case STB_GLOBAL:
	case STB_GNU_UNIQUE:
		return ELF_BINDING_GLOBAL;
	case STB_WEAK:
		return ELF_BINDING_WEAK;
	default:
		return ELF_BINDING_LOCAL;
	}
}

static const struct elf_section *code_section(const struct elf_image *image, const GElf_Sym *sym)
{
	if (sym->st_shndx >= image->sections.cnt || !image->sections.v[sym->st_shndx].executable)
		return NULL;
	return &image->sections.v[sym->st_shndx];
}

/* $x, $d, $a, $t with anything behind a dot: ARM's notes on what bytes are. */
static bool is_mapping_symbol(const char *name)
{
	return name[0] == '$' && name[1] && strchr("xdat", name[1]) &&
	       (name[2] == '\0' || name[2] == '.');
}

static bool is_code(const struct elf_image *image, const GElf_Sym *sym, const char *name)
{
	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS || !name[0])
		return false;
	switch (GELF_ST_TYPE(sym->st_info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		return true;
	case STT_NOTYPE:
		return code_section(image, sym) && !is_mapping_symbol(name);
	default:
		return false;
	}
}

/* A symbol without a size reaches at most to the end of its section: kept as the size. */
static uint64_t reach_of(const struct elf_image *image, const GElf_Sym *sym)
{
	const struct elf_section *section = code_section(image, sym);

	if (!section || sym->st_value < section->address ||
	    sym->st_value - section->address >= section->size)
		return 0;
	return section->size - (sym->st_value - section->address);
}

static void add_symbol(struct elf_symbols *s, const struct elf_image *image, const GElf_Sym *sym)
{
	const struct elf_strings *strings = &s->strings[s->strings_cnt - 1];
	struct elf_symbol symbol = {
		.address = sym->st_value,
		.size = sym->st_size,
		.name = sym->st_name,
		.strings = (uint8_t)(s->strings_cnt - 1),
		.binding = binding_of(sym),
		.is_label = GELF_ST_TYPE(sym->st_info) == STT_NOTYPE,
	};

	if (sym->st_name >= strings->len || !is_code(image, sym, strings->v + sym->st_name))
		return;
	if (!symbol.size) {
		symbol.size = reach_of(image, sym);
		symbol.has_no_size = true;
	}
	if (symbol.size && symbol.size <= UINT64_MAX - symbol.address)
		*vec_push(&s->symbols) = symbol;
}

/* False: there is no room for one more table. */
static bool add_strings(struct elf_symbols *s, const struct elf_image *image,
			const struct elf_section *section)
{
	const char *end;
	const char *v;
	size_t len;

	if (s->strings_cnt == ELF_STRINGS_MAX || section->link >= image->sections.cnt)
		return false;
	v = elf_image_section_bytes(&image->sections.v[section->link], &len);
	end = v ? memrchr(v, '\0', len) : NULL;
	if (!end)
		return false;
	s->strings[s->strings_cnt++] = (struct elf_strings){ .v = v, .len = (size_t)(end - v) + 1 };
	return true;
}

/* False: nothing was added, not even the strings. */
static bool add_table(struct elf_symbols *s, const struct elf_image *image,
		      const struct elf_section *section)
{
	Elf_Data *data = section->handle ? elf_getdata(section->handle, NULL) : NULL;
	size_t size = gelf_fsize(image->elf, ELF_T_SYM, 1, EV_CURRENT);
	size_t cnt = data && data->d_buf && size ? data->d_size / size : 0;
	GElf_Sym sym;

	if (!cnt || !add_strings(s, image, section))
		return false;
	vec_reserve(&s->symbols, cnt < ELF_SYMBOLS_MAX ? cnt : ELF_SYMBOLS_MAX);
	for (size_t i = 1; i < cnt && s->symbols.cnt < ELF_SYMBOLS_MAX; i++)
		if (gelf_getsym(data, (int)i, &sym))
			add_symbol(s, image, &sym);
	return true;
}

static const struct elf_section *first_of_type(const struct elf_image *image, uint32_t type)
{
	for (size_t i = 1; i < image->sections.cnt; i++)
		if (image->sections.v[i].type == type)
			return &image->sections.v[i];
	return NULL;
}

void elf_symbols_add(struct elf_symbols *s, const struct elf_image *image)
{
	const struct elf_section *symtab = first_of_type(image, SHT_SYMTAB);
	const struct elf_section *dynsym = first_of_type(image, SHT_DYNSYM);

	if (symtab)
		add_table(s, image, symtab);
	if (dynsym && add_table(s, image, dynsym))
		elf_plt_add(s, image, dynsym);
}

/* ---- which of several names ---- */

static const char *text_of(const struct elf_symbols *s, const struct elf_symbol *symbol)
{
	return s->strings[symbol->strings].v + symbol->name;
}

/* True if `a` is the better name for the place that both stand for. */
static bool is_better(const struct elf_symbols *s, const struct elf_symbol *a,
		      const struct elf_symbol *b)
{
	const char *name_a = text_of(s, a);
	const char *name_b = text_of(s, b);
	size_t underscores_a = strspn(name_a, "_");
	size_t underscores_b = strspn(name_b, "_");
	size_t len_a = strcspn(name_a, "@");
	size_t len_b = strcspn(name_b, "@");

	if (a->binding != b->binding)
		return a->binding < b->binding;
	if (a->is_label != b->is_label)
		return b->is_label;
	if (underscores_a != underscores_b)
		return underscores_a < underscores_b;
	if (len_a != len_b)
		return len_a < len_b;
	return memcmp(name_a, name_b, len_a) < 0;
}

/* ---- symbols to ranges ---- */

/* By address; there those with a size first, and the larger first. */
static int by_place(const void *left, const void *right)
{
	const struct elf_symbol *a = left;
	const struct elf_symbol *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->has_no_size != b->has_no_size)
		return a->has_no_size ? 1 : -1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return 0;
}

static bool same_place(const struct elf_symbol *a, const struct elf_symbol *b)
{
	return a->address == b->address && a->size == b->size && a->has_no_size == b->has_no_size;
}

/* Keeps the best name of each place. */
static void drop_aliases(struct elf_symbols *s)
{
	struct elf_symbol *v = s->symbols.v;
	size_t kept = 0;

	for (size_t i = 0; i < s->symbols.cnt; i++) {
		if (kept && same_place(&v[kept - 1], &v[i])) {
			if (is_better(s, &v[i], &v[kept - 1]))
				v[kept - 1] = v[i];
			continue;
		}
		v[kept++] = v[i];
	}
	s->symbols.cnt = kept;
}

/*
 * A sweep from low to high addresses. `open` is a stack of symbols with a size that
 * have started; the top one has the addresses from `at` on. Each symbol is pushed and
 * popped once and ends at most one range, so ranges <= 2 * symbols.
 */
struct sweep {
	struct elf_symbols *s;
	struct {
		VEC(uint32_t);
	} open;
	uint64_t at;
};

static void end_range(struct sweep *w, uint64_t end, uint32_t symbol)
{
	if (end > w->at)
		*vec_push(&w->s->ranges) =
			(struct elf_range){ .start = w->at, .end = end, .symbol = symbol };
	if (end > w->at)
		w->at = end;
}

/* Ends what ends before `address`, and the range of what goes on below the next symbol. */
static void sweep_to(struct sweep *w, uint64_t address)
{
	while (w->open.cnt) {
		uint32_t top = w->open.v[w->open.cnt - 1];
		const struct elf_symbol *symbol = &w->s->symbols.v[top];
		uint64_t end = symbol->address + symbol->size;

		if (end > address) {
			end_range(w, address, top);
			return;
		}
		end_range(w, end, top);
		w->open.cnt--;
	}
	if (w->at < address)
		w->at = address;
}

/* The first address behind symbol i where another one starts. */
static uint64_t next_start(const struct elf_symbols *s, size_t i)
{
	return i + 1 < s->symbols.cnt ? s->symbols.v[i + 1].address : UINT64_MAX;
}

static void sweep_symbol(struct sweep *w, size_t i)
{
	const struct elf_symbol *symbol = &w->s->symbols.v[i];
	uint64_t end = symbol->address + symbol->size;

	sweep_to(w, symbol->address);
	if (!symbol->has_no_size) {
		*vec_push(&w->open) = (uint32_t)i;
		return;
	}
	if (w->open.cnt)
		return;
	end_range(w, end < next_start(w->s, i) ? end : next_start(w->s, i), (uint32_t)i);
}

void elf_symbols_finish(struct elf_symbols *s)
{
	struct sweep w = { .s = s };

	if (s->symbols.cnt)
		qsort(s->symbols.v, s->symbols.cnt, sizeof(s->symbols.v[0]), by_place);
	drop_aliases(s);
	for (size_t i = 0; i < s->symbols.cnt; i++)
		sweep_symbol(&w, i);
	sweep_to(&w, UINT64_MAX);
	vec_release(&w.open);
}

void elf_symbols_release(struct elf_symbols *s)
{
	vec_release(&s->symbols);
	vec_release(&s->ranges);
	*s = (struct elf_symbols){ 0 };
}

const struct elf_symbol *elf_symbols_find(const struct elf_symbols *s, uint64_t address)
{
	size_t first = 0;
	size_t last = s->ranges.cnt;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (s->ranges.v[middle].end <= address)
			first = middle + 1;
		else
			last = middle;
	}
	if (first == s->ranges.cnt || address < s->ranges.v[first].start)
		return NULL;
	return &s->symbols.v[s->ranges.v[first].symbol];
}

const char *elf_symbols_name(const struct elf_symbols *s, const struct elf_symbol *symbol,
			     size_t *out_len)
{
	const char *name = text_of(s, symbol);
	size_t len = strnlen(name, ELF_SYMBOL_NAME_MAX);
	const char *version = memchr(name, '@', len);

	if (version && version != name)
		len = (size_t)(version - name);
	*out_len = len < ELF_SYMBOL_NAME_MAX ? len : 0;
	return *out_len ? name : "";
}

bool elf_symbol_is_plt(const struct elf_symbol *symbol)
{
	return symbol->binding == ELF_BINDING_PLT;
}
