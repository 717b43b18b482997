#include "symbolize/vdso_image.h"

#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "symbolize/elf_identity.h"

/* The kernel's own image: the section table is its last part. */
static uint64_t image_bytes(const uint8_t *image)
{
	Elf64_Ehdr h;

	memcpy(&h, image, sizeof(h));
	return h.e_shoff + (uint64_t)h.e_shnum * h.e_shentsize;
}

enum name_reason vdso_image_find(const struct trace_module *module, const void **out_bytes,
				 uint64_t *out_len)
{
	const uint8_t *image = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	struct elf_source source = { .fd = -1, .bytes = image };
	struct elf_identity id;

	if (!image)
		return NAME_REASON_NO_FILE;
	source.len = image_bytes(image);
	if (!elf_identity_read(&id, &source))
		return NAME_REASON_NO_FILE;
	if (!module->build_id_len || id.build_id_len != module->build_id_len ||
	    memcmp(id.build_id, module->build_id, id.build_id_len))
		return NAME_REASON_OTHER_BUILD;
	*out_bytes = image;
	*out_len = source.len;
	return NAME_REASON_NONE;
}
