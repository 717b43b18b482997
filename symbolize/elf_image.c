#include "symbolize/elf_image.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/*
 * A separate debug file keeps the segments' addresses and memory sizes, but not
 * their offsets and sizes in the file (objcopy --only-keep-debug). Where the file
 * it was split from is not at hand, the offsets are worked out again the way linkers
 * lay files out: each segment at the first offset behind the one before it that
 * equals its address modulo its alignment.
 */
static void lay_out_again(struct elf_image *image, const uint64_t *memory_bytes,
			  const uint64_t *aligns)
{
	uint64_t end = 0;

	for (size_t i = 0; i < image->segments.cnt; i++) {
		struct elf_segment *s = &image->segments.v[i];
		uint64_t align = aligns[i] && !(aligns[i] & (aligns[i] - 1)) ? aligns[i] : 1;

		s->offset = end + ((s->address - end) & (align - 1));
		s->size = memory_bytes[i];
		if (s->offset < end || s->size > UINT64_MAX - s->offset)
			s->size = 0;
		end = s->offset + s->size;
	}
}

/* True for a separate debug file: the sections of code are there, their bytes are not. */
static bool has_no_code(const struct elf_image *image)
{
	size_t empty_cnt = 0;

	for (size_t i = 0; i < image->sections.cnt; i++) {
		if (!image->sections.v[i].executable)
			continue;
		if (image->sections.v[i].type != SHT_NOBITS)
			return false;
		empty_cnt++;
	}
	return empty_cnt > 0;
}

static void read_segments(struct elf_image *image)
{
	uint64_t memory_bytes[ELF_SEGMENTS_MAX];
	uint64_t aligns[ELF_SEGMENTS_MAX];
	size_t cnt = 0;
	GElf_Phdr p;

	if (elf_getphdrnum(image->elf, &cnt))
		return;
	for (size_t i = 0; i < cnt && i < ELF_SEGMENTS_MAX && gelf_getphdr(image->elf, (int)i, &p);
	     i++) {
		if (p.p_type != PT_LOAD)
			continue;
		memory_bytes[image->segments.cnt] = p.p_memsz;
		aligns[image->segments.cnt] = p.p_align;
		*vec_push(&image->segments) = (struct elf_segment){
			.offset = p.p_offset,
			.size = p.p_filesz,
			.address = p.p_vaddr,
			.executable = p.p_flags & PF_X,
		};
	}
	if (has_no_code(image))
		lay_out_again(image, memory_bytes, aligns);
}

static void read_sections(struct elf_image *image)
{
	Elf_Scn *handle = NULL;
	size_t names = 0;
	GElf_Shdr s;

	if (elf_getshdrstrndx(image->elf, &names))
		names = 0;
	*vec_push(&image->sections) = (struct elf_section){ .name = "" };
	while ((handle = elf_nextscn(image->elf, handle)) &&
	       image->sections.cnt < ELF_SECTIONS_MAX && gelf_getshdr(handle, &s)) {
		const char *name = names ? elf_strptr(image->elf, names, s.sh_name) : NULL;

		*vec_push(&image->sections) = (struct elf_section){
			.address = s.sh_addr,
			.size = s.sh_size,
			.type = s.sh_type,
			.link = s.sh_link,
			.executable = s.sh_flags & SHF_EXECINSTR,
			.name = name ? name : "",
			.handle = handle,
		};
	}
}

int elf_image_open(struct elf_image *out, const void *bytes, size_t len, struct err *err)
{
	struct elf_image image = { 0 };

	elf_version(EV_CURRENT);
	image.elf = elf_memory((char *)bytes, len);
	if (!image.elf || elf_kind(image.elf) != ELF_K_ELF ||
	    !gelf_getehdr(image.elf, &image.header)) {
		elf_end(image.elf);
		return err_set(err, -EBADMSG, "not an ELF file");
	}
	read_sections(&image);
	read_segments(&image);
	*out = image;
	return 0;
}

void elf_image_close(struct elf_image *image)
{
	elf_end(image->elf);
	for (size_t i = 0; i < image->replacements.cnt; i++)
		munmap(image->replacements.v[i].v, image->replacements.v[i].len);
	vec_release(&image->replacements);
	vec_release(&image->segments);
	vec_release(&image->sections);
	*image = (struct elf_image){ 0 };
}

static const struct elf_segment *segment_of(const struct elf_image *image, uint64_t offset,
					    bool executable)
{
	for (size_t i = 0; i < image->segments.cnt; i++) {
		const struct elf_segment *s = &image->segments.v[i];

		if (s->executable == executable && offset >= s->offset &&
		    offset - s->offset < s->size)
			return s;
	}
	return NULL;
}

bool elf_image_address(const struct elf_image *image, uint64_t offset, uint64_t *out)
{
	const struct elf_segment *s = segment_of(image, offset, true);

	if (!s)
		s = segment_of(image, offset, false);
	if (!s)
		return false;
	*out = s->address + (offset - s->offset);
	return true;
}

const void *elf_image_section_bytes(const struct elf_section *section, size_t *out_len)
{
	Elf_Data *data;

	if (!section->handle || section->type == SHT_NOBITS)
		return NULL;
	data = elf_rawdata(section->handle, NULL);
	if (!data || !data->d_buf || !data->d_size)
		return NULL;
	*out_len = data->d_size;
	return data->d_buf;
}

static void describe(Elf_Data *out, const struct elf_replacement *bytes)
{
	out->d_buf = bytes->v;
	out->d_size = bytes->len;
	out->d_type = ELF_T_BYTE;
}

/* What libelf gives out are its own descriptions, not copies; there are two of a section. */
void elf_image_replace(struct elf_image *image, size_t section, struct elf_replacement bytes)
{
	Elf_Scn *handle = image->sections.v[section].handle;
	Elf_Data *raw = elf_rawdata(handle, NULL);
	Elf_Data *own = elf_getdata(handle, NULL);
	GElf_Shdr header;

	*vec_push(&image->replacements) = bytes;
	if (!raw || !own || !gelf_getshdr(handle, &header))
		return;
	header.sh_flags &= ~(GElf_Xword)SHF_COMPRESSED;
	header.sh_size = bytes.len;
	if (!gelf_update_shdr(handle, &header))
		return;
	describe(raw, &bytes);
	describe(own, &bytes);
}
