#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>
#include <errno.h>

#include "collector/kernel_types.h"

static int add_struct(struct btf *btf, const char *name, const char *member, int type)
{
	int number = btf__add_struct(btf, name, 64);

	assert_true(number > 0);
	assert_return_code(btf__add_field(btf, member, type, 64, 0), 0);
	return number;
}

/* What a program names of task_struct, and of a field that older kernels have. */
static struct btf *known(void)
{
	struct btf *btf = btf__new_empty();
	int number;

	assert_non_null(btf);
	number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	add_struct(btf, "task_struct", "flags", number);
	add_struct(btf, "old___5_10", "state", number);
	assert_true(btf__add_enum(btf, "bpf_func_id", 4) > 0);
	assert_return_code(btf__add_enum_value(btf, "BPF_FUNC_unspec", 0), 0);
	return btf;
}

/* A task_struct that holds a struct, an array of typedefs and a pointer to something large. */
static struct btf *kernel(void)
{
	struct btf *btf = btf__new_empty();
	int number, other, array, pointer, entity, task;

	assert_non_null(btf);
	number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	other = add_struct(btf, "unwanted", "x", number);
	assert_true(btf__add_func_proto(btf, number) > 0);
	assert_return_code(btf__add_func_param(btf, "a", number), 0);
	pointer = btf__add_const(btf, btf__add_ptr(btf, other));
	array = btf__add_array(btf, number, btf__add_typedef(btf, "u32", number), 7);
	entity = add_struct(btf, "sched_entity", "load", array);
	task = add_struct(btf, "task_struct", "flags", number);
	assert_return_code(btf__add_field(btf, "se", entity, 128, 0), 0);
	assert_return_code(btf__add_field(btf, "next", pointer, 192, 0), 0);
	assert_true(task > 0);
	add_struct(btf, "old", "state", number);
	assert_true(btf__add_enum(btf, "bpf_func_id", 4) > 0);
	assert_return_code(btf__add_enum_value(btf, "BPF_FUNC_unspec", 0), 0);
	assert_return_code(btf__add_enum_value(btf, "BPF_FUNC_task_pt_regs", 175), 0);
	return btf;
}

static struct btf *chosen(void)
{
	struct btf *names = known(), *from = kernel(), *made;
	struct buf out = { 0 };
	const void *bytes;
	uint32_t len;

	bytes = btf__raw_data(from, &len);
	assert_int_equal(kernel_types_choose(names, bytes, len, &out), 0);
	made = btf__new(out.v, (uint32_t)out.len);
	assert_non_null(made);
	buf_release(&out);
	btf__free(names);
	btf__free(from);
	return made;
}

static const struct btf_member *member_of(const struct btf *btf, const char *record,
					  const char *name)
{
	int32_t number = btf__find_by_name_kind(btf, record, BTF_KIND_STRUCT);
	const struct btf_type *t = btf__type_by_id(btf, (uint32_t)number);

	assert_true(number > 0);
	for (uint32_t i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), name))
			return &btf_members(t)[i];
	return NULL;
}

static void keeps_what_is_named_with_all_its_fields(void **state)
{
	struct btf *btf = chosen();
	const struct btf_type *t;
	int32_t number;

	(void)state;
	assert_int_equal(member_of(btf, "task_struct", "flags")->offset, 64);
	assert_int_equal(member_of(btf, "task_struct", "se")->offset, 128);
	assert_int_equal(member_of(btf, "task_struct", "next")->offset, 192);
	assert_non_null(member_of(btf, "old", "state"));
	number = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);
	assert_true(number > 0);
	t = btf__type_by_id(btf, (uint32_t)number);
	assert_int_equal(btf_vlen(t), 2);
	assert_int_equal(btf_enum(t)[1].val, 175);
	assert_string_equal(btf__name_by_offset(btf, btf_enum(t)[1].name_off),
			    "BPF_FUNC_task_pt_regs");
	btf__free(btf);
}

static void keeps_what_lies_inside_of_it(void **state)
{
	struct btf *btf = chosen();
	const struct btf_member *load = member_of(btf, "sched_entity", "load");
	const struct btf_type *t = btf__type_by_id(btf, load->type);

	(void)state;
	assert_int_equal(member_of(btf, "task_struct", "se")->type,
			 btf__find_by_name_kind(btf, "sched_entity", BTF_KIND_STRUCT));
	assert_true(btf_is_array(t));
	assert_int_equal(btf_array(t)->nelems, 7);
	t = btf__type_by_id(btf, btf_array(t)->type);
	assert_string_equal(btf__name_by_offset(btf, t->name_off), "u32");
	assert_true(btf_is_int(btf__type_by_id(btf, t->type)));
	btf__free(btf);
}

static void leaves_out_where_pointers_lead_and_what_nobody_names(void **state)
{
	struct btf *btf = chosen();
	const struct btf_type *t =
		btf__type_by_id(btf, member_of(btf, "task_struct", "next")->type);

	(void)state;
	assert_true(btf_is_const(t));
	t = btf__type_by_id(btf, t->type);
	assert_true(btf_is_ptr(t));
	assert_int_equal(t->type, 0);
	assert_true(btf__find_by_name_kind(btf, "unwanted", BTF_KIND_STRUCT) < 0);
	btf__free(btf);
}

static void rejects_what_is_cut_off(void **state)
{
	struct btf *names = known(), *from = kernel();
	struct buf out = { 0 };
	const void *bytes;
	uint32_t len;

	(void)state;
	bytes = btf__raw_data(from, &len);
	for (uint32_t cut = 0; cut < len; cut++)
		assert_int_equal(kernel_types_choose(names, bytes, cut, &out), -EBADMSG);
	assert_int_equal(out.len, 0);
	btf__free(names);
	btf__free(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_is_named_with_all_its_fields),
		cmocka_unit_test(keeps_what_lies_inside_of_it),
		cmocka_unit_test(leaves_out_where_pointers_lead_and_what_nobody_names),
		cmocka_unit_test(rejects_what_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
