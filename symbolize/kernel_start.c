#include "symbolize/kernel_start.h"

#include <gelf.h>
#include <string.h>

#include "symbolize/elf_image.h"

#define START "_stext"

static bool find_in(const struct elf_image *image, const struct elf_section *table, uint64_t *out)
{
	Elf_Data *data = table->handle ? elf_getdata(table->handle, NULL) : NULL;
	size_t size = gelf_fsize(image->elf, ELF_T_SYM, 1, EV_CURRENT);
	size_t cnt = data && data->d_buf && size ? data->d_size / size : 0;
	size_t len;
	const char *texts;
	GElf_Sym sym;

	if (table->link >= image->sections.cnt)
		return false;
	texts = elf_image_section_bytes(&image->sections.v[table->link], &len);
	for (size_t i = 1; texts && i < cnt && gelf_getsym(data, (int)i, &sym); i++) {
		if (sym.st_name >= len || len - sym.st_name < sizeof(START) ||
		    memcmp(texts + sym.st_name, START, sizeof(START)) != 0)
			continue;
		*out = sym.st_value;
		return true;
	}
	return false;
}

bool kernel_start_find(const struct elf_image *image, uint64_t *out)
{
	for (size_t i = 1; i < image->sections.cnt; i++)
		if (image->sections.v[i].type == SHT_SYMTAB &&
		    find_in(image, &image->sections.v[i], out))
			return true;
	return false;
}
