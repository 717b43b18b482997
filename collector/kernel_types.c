#include "collector/kernel_types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/strtab.h"
#include "base/vec.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/* Names that an object has several types for end in this and a word: request___5_16. */
#define FLAVOR "___"

struct kernel_types {
	const uint8_t *types; /* one behind the other, in the order of their numbers from 1 */
	uint32_t types_len;
	const char *names;
	uint32_t names_len;
	struct {
		VEC(uint32_t);
	} places; /* by number: where it begins */
	struct {
		VEC(uint32_t);
	} chosen;		 /* numbers, in the order of the new ones from 1 */
	uint32_t *chosen_as;	 /* by number: the new one, or 0 */
	struct buf out, strings; /* what is made: types and names */
};

/* Of a type, behind its first three words: `fixed` bytes and `each` times its elements. */
static const struct {
	bool known;
	uint8_t fixed, each;
} kinds[1 + BTF_INFO_KIND(UINT32_MAX)] = {
	[BTF_KIND_INT] = { true, sizeof(uint32_t), 0 },
	[BTF_KIND_PTR] = { true, 0, 0 },
	[BTF_KIND_ARRAY] = { true, sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { true, 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { true, 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { true, 0, sizeof(struct btf_enum) },
	[BTF_KIND_FWD] = { true, 0, 0 },
	[BTF_KIND_TYPEDEF] = { true, 0, 0 },
	[BTF_KIND_VOLATILE] = { true, 0, 0 },
	[BTF_KIND_CONST] = { true, 0, 0 },
	[BTF_KIND_RESTRICT] = { true, 0, 0 },
	[BTF_KIND_FUNC] = { true, 0, 0 },
	[BTF_KIND_FUNC_PROTO] = { true, 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { true, sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { true, 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_FLOAT] = { true, 0, 0 },
	[BTF_KIND_DECL_TAG] = { true, sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_TYPE_TAG] = { true, 0, 0 },
	[BTF_KIND_ENUM64] = { true, 0, sizeof(struct btf_enum64) },
};

/* UINT32_MAX: a kind that is not known. */
static uint32_t bytes_behind(const struct btf_type *t)
{
	uint16_t kind = btf_kind(t);
	uint32_t elements = (uint32_t)kinds[kind].each * btf_vlen(t);

	return kinds[kind].known ? kinds[kind].fixed + elements : UINT32_MAX;
}

static const char *name_at(const struct kernel_types *k, uint32_t offset)
{
	return offset < k->names_len ? k->names + offset : "";
}

/* What programs name, alone or as what holds a field. */
static bool is_named(const struct btf_type *t)
{
	return t->name_off && (btf_is_composite(t) || btf_is_any_enum(t) || btf_is_typedef(t));
}

static size_t length_without_flavor(const char *name)
{
	const char *flavor = strstr(name, FLAVOR);

	return flavor && flavor != name ? (size_t)(flavor - name) : strlen(name);
}

static struct strtab *names_of(const struct btf *known)
{
	struct strtab *names = strtab_new();

	for (uint32_t i = 1; i < btf__type_cnt(known); i++) {
		const struct btf_type *t = btf__type_by_id(known, i);
		const char *name = btf__name_by_offset(known, t->name_off);

		if (is_named(t) && name)
			strtab_intern(names, name, length_without_flavor(name));
	}
	return names;
}

/* The new number of a type, which is written in its turn. */
static uint32_t choose(struct kernel_types *k, uint32_t number)
{
	if (!number || number >= k->places.cnt)
		return 0;
	if (!k->chosen_as[number]) {
		*vec_push(&k->chosen) = number;
		k->chosen_as[number] = (uint32_t)k->chosen.cnt;
	}
	return k->chosen_as[number];
}

static const struct btf_type *type_at(const struct kernel_types *k, uint32_t place)
{
	return (const struct btf_type *)(k->types + place);
}

static int find_places(struct kernel_types *k)
{
	uint32_t at = 0;

	vec_reserve(&k->places, k->types_len / sizeof(struct btf_type) + 1);
	*vec_push(&k->places) = 0; /* number 0 is void */
	while (k->types_len - at >= sizeof(struct btf_type)) {
		uint32_t behind = bytes_behind(type_at(k, at));

		if (behind > k->types_len - at - sizeof(struct btf_type))
			return -EBADMSG;
		*vec_push(&k->places) = at;
		at += (uint32_t)sizeof(struct btf_type) + behind;
	}
	return at == k->types_len ? 0 : -EBADMSG;
}

static void choose_named(struct kernel_types *k, const struct btf *known)
{
	struct strtab *names = names_of(known);

	k->chosen_as = mem_alloc(k->places.cnt, sizeof(*k->chosen_as));
	for (uint32_t i = 1; i < k->places.cnt; i++) {
		const struct btf_type *t = type_at(k, k->places.v[i]);
		const char *name;

		if (!is_named(t))
			continue;
		name = name_at(k, t->name_off);
		if (strtab_find(names, name, length_without_flavor(name)) != UINT32_MAX)
			choose(k, i);
	}
	strtab_free(names);
}

static uint32_t keep_name(struct kernel_types *k, uint32_t offset)
{
	const char *name = name_at(k, offset);
	size_t at = k->strings.len;

	if (!*name)
		return 0;
	buf_put(&k->strings, name, strlen(name) + 1);
	return (uint32_t)at;
}

static void renumber_members(struct kernel_types *k, struct btf_type *t)
{
	struct btf_member *m = btf_members(t);

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		m[i].name_off = keep_name(k, m[i].name_off);
		m[i].type = choose(k, m[i].type);
	}
}

static void renumber_values(struct kernel_types *k, struct btf_type *t)
{
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		uint32_t *name =
			btf_is_enum(t) ? &btf_enum(t)[i].name_off : &btf_enum64(t)[i].name_off;

		*name = keep_name(k, *name);
	}
}

/* Names and numbers of a type that was copied as it was. */
static void renumber(struct kernel_types *k, struct btf_type *t)
{
	struct btf_array *array = btf_array(t);

	t->name_off = keep_name(k, t->name_off);
	if (btf_is_composite(t)) {
		renumber_members(k, t);
	} else if (btf_is_any_enum(t)) {
		renumber_values(k, t);
	} else if (btf_is_array(t)) {
		array->type = choose(k, array->type);
		array->index_type = choose(k, array->index_type);
	} else if (btf_is_typedef(t) || btf_is_mod(t)) {
		t->type = choose(k, t->type);
	} else if (btf_is_ptr(t)) {
		t->type = 0;
	}
}

/* Chosen ones, and those that are chosen because of them. A function, to which only a typedef
 * can lead, is written as one that takes nothing. */
static void write_types(struct kernel_types *k)
{
	buf_u8(&k->strings, 0); /* name 0 is none */
	for (size_t i = 0; i < k->chosen.cnt; i++) {
		const struct btf_type *from = type_at(k, k->places.v[k->chosen.v[i]]);
		size_t at = k->out.len;

		if (btf_is_func_proto(from)) {
			buf_put(&k->out, &(struct btf_type){ .info = BTF_KIND_FUNC_PROTO << 24 },
				sizeof(*from));
			continue;
		}
		buf_put(&k->out, from, sizeof(*from) + bytes_behind(from));
		renumber(k, (struct btf_type *)(k->out.v + at));
	}
}

static int open_types(struct kernel_types *k, const void *kernel, size_t len)
{
	const struct btf_header *head = kernel;
	size_t most;

	if (len < sizeof(*head) || head->magic != BTF_MAGIC || head->version != BTF_VERSION ||
	    head->hdr_len < sizeof(*head) || head->hdr_len > len || head->type_off % 4 ||
	    head->hdr_len % 4)
		return -EBADMSG;
	most = len - head->hdr_len;
	if (head->type_off > most || head->type_len > most - head->type_off ||
	    head->str_off > most || head->str_len > most - head->str_off)
		return -EBADMSG;
	k->types = (const uint8_t *)kernel + head->hdr_len + head->type_off;
	k->types_len = head->type_len;
	k->names = (const char *)kernel + head->hdr_len + head->str_off;
	k->names_len = head->str_len;
	return k->names_len && !k->names[k->names_len - 1] ? 0 : -EBADMSG;
}

static void put_all(const struct kernel_types *k, struct buf *out)
{
	struct btf_header head = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(head),
		.type_len = (uint32_t)k->out.len,
		.str_off = (uint32_t)k->out.len,
		.str_len = (uint32_t)k->strings.len,
	};

	buf_put(out, &head, sizeof(head));
	buf_put(out, k->out.v, k->out.len);
	buf_put(out, k->strings.v, k->strings.len);
}

int kernel_types_choose(const struct btf *known, const void *kernel, size_t len, struct buf *out)
{
	struct kernel_types k = { 0 };
	int code = open_types(&k, kernel, len);

	if (!code)
		code = find_places(&k);
	if (!code) {
		choose_named(&k, known);
		write_types(&k);
		put_all(&k, out);
	}
	vec_release(&k.places);
	vec_release(&k.chosen);
	free(k.chosen_as);
	buf_release(&k.out);
	buf_release(&k.strings);
	return code;
}

int kernel_types_write(const struct btf *known, int fd, struct err *err)
{
	struct io_view kernel;
	struct buf chosen = { 0 };
	int code = io_view_open(&kernel, KERNEL_BTF, err);

	if (code)
		return code;
	code = kernel_types_choose(known, kernel.v, kernel.len, &chosen);
	if (code)
		code = io_write_all(fd, kernel.v, kernel.len);
	else
		code = io_write_all(fd, chosen.v, chosen.len);
	io_view_close(&kernel);
	buf_release(&chosen);
	return code ? err_set(err, code, KERNEL_BTF ": %s", strerror(-code)) : 0;
}
