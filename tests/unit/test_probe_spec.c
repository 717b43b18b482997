#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector/probe_forms.h"
#include "collector/probe_spec.h"

static void parse(struct probe_spec *out, const char *text)
{
	struct err err = { 0 };

	if (probe_spec_parse(out, text, &err))
		fail_msg("%s", err.text);
	assert_string_equal(out->text, text);
}

static void refuse(const char *text, const char *words)
{
	struct probe_spec s = { 0 };
	struct err err = { 0 };

	assert_int_equal(probe_spec_parse(&s, text, &err), -EINVAL);
	if (!strstr(err.text, words))
		fail_msg("%s: \"%s\" does not say \"%s\"", text, err.text, words);
	assert_null(s.text);
}

static void knows_probes_by_their_first_word(void **state)
{
	(void)state;
	assert_true(probe_spec_is("tracepoint:a:b"));
	assert_true(probe_spec_is("kprobe:"));
	assert_true(probe_spec_is("latency:nonsense"));
	assert_false(probe_spec_is("cpu"));
	assert_false(probe_spec_is("uprobes"));
	assert_false(probe_spec_is(""));
}

static void takes_places_apart(void **state)
{
	struct probe_spec s;

	(void)state;
	parse(&s, "tracepoint:kmem:kmalloc");
	assert_int_equal(s.begin.kind, PROBE_TRACEPOINT);
	assert_string_equal(s.begin.group, "kmem");
	assert_string_equal(s.begin.name, "kmalloc");
	assert_int_equal(s.unit, TRACE_UNIT_EVENTS);
	assert_false(s.is_latency);
	probe_spec_release(&s);
	parse(&s, "usdt:/a:b/c.so:prov:name");
	assert_int_equal(s.begin.kind, PROBE_USDT);
	assert_string_equal(s.begin.file, "/a:b/c.so");
	assert_string_equal(s.begin.group, "prov");
	assert_string_equal(s.begin.name, "name");
	probe_spec_release(&s);
	parse(&s, "latency:kprobe:vfs_read.isra.0");
	assert_int_equal(s.begin.kind, PROBE_KPROBE);
	assert_string_equal(s.begin.name, "vfs_read.isra.0");
	assert_true(s.is_latency);
	assert_int_equal(s.unit, TRACE_UNIT_NS);
	probe_spec_release(&s);
}

static void functions_of_go_have_paths(void **state)
{
	struct probe_spec s;

	(void)state;
	parse(&s, "latency:uprobe:/opt/app:net/http.(*Server).Serve@arg2/bytes");
	assert_string_equal(s.begin.file, "/opt/app");
	assert_string_equal(s.begin.name, "net/http.(*Server).Serve");
	assert_int_equal(s.unit, TRACE_UNIT_BYTES);
	probe_spec_release(&s);
	refuse("uprobe:/opt:/app", "no name that could be one");
	refuse("usdt:c:p:a/b", "no name that could be one");
}

static void each_form_says_what_fires_in_it(void **state)
{
	const struct probe_form *form;
	const char *source;

	(void)state;
	for (size_t i = 0; (form = probe_form_at(i)); i++) {
		if (probe_form_probe(form, &source, NULL))
			continue; /* not on this machine */
		assert_true(*source);
		assert_int_equal(!strncmp(form->name, "usdt:", 5), !!strstr(source, "USDT"));
	}
}

static void files_may_have_any_name(void **state)
{
	struct probe_spec s;

	(void)state;
	parse(&s, "uprobe:/opt/a@b#c:d e:func@arg2/bytes");
	assert_string_equal(s.begin.file, "/opt/a@b#c:d e");
	assert_string_equal(s.begin.name, "func");
	assert_string_equal(s.weight, "arg2");
	assert_int_equal(s.unit, TRACE_UNIT_BYTES);
	probe_spec_release(&s);
}

static void weight_and_key_stand_in_any_order(void **state)
{
	static const char *const texts[] = { "latency:uprobe:c:read@ret/bytes#arg1",
					     "latency:uprobe:c:read#arg1@ret/bytes" };
	struct probe_spec s;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		parse(&s, texts[i]);
		assert_string_equal(s.weight, "ret");
		assert_string_equal(s.key, "arg1");
		assert_int_equal(s.unit, TRACE_UNIT_BYTES);
		assert_false(s.joins_by_key);
		probe_spec_release(&s);
	}
}

static void two_tracepoints_join_by_a_field(void **state)
{
	struct probe_spec s;

	(void)state;
	parse(&s, "latency:block:block_rq_issue..block:block_rq_complete##sector");
	assert_string_equal(s.begin.name, "block_rq_issue");
	assert_string_equal(s.end.group, "block");
	assert_string_equal(s.end.name, "block_rq_complete");
	assert_string_equal(s.key, "sector");
	assert_true(s.joins_by_key);
	probe_spec_release(&s);
	parse(&s, "latency:a:b..c:d#e");
	assert_false(s.joins_by_key);
	probe_spec_release(&s);
}

static void units_are_those_of_traces(void **state)
{
	struct probe_spec s;

	(void)state;
	parse(&s, "tracepoint:a:b@c/ns");
	assert_int_equal(s.unit, TRACE_UNIT_NS);
	probe_spec_release(&s);
	parse(&s, "tracepoint:a:b@c");
	assert_int_equal(s.unit, TRACE_UNIT_EVENTS);
	probe_spec_release(&s);
	refuse("tracepoint:a:b@c/kg", "bytes, ns, events");
}

static void refuses_with_the_form_that_is_right(void **state)
{
	(void)state;
	refuse("cpu", "no probe");
	refuse("tracepoint:kmalloc", "write tracepoint:CATEGORY:NAME");
	refuse("tracepoint::x", "letters, digits");
	refuse("tracepoint:../..:x", "letters, digits");
	refuse("kprobe:", "the function is missing");
	refuse("kprobe:a b", "no name of a function");
	refuse("uprobe:malloc", "write uprobe:FILE:FUNCTION");
	refuse("uprobe::malloc", "file");
	refuse("uprobe:c:", "write uprobe:FILE:FUNCTION");
	refuse("usdt:c:x", "write usdt:FILE:PROVIDER:NAME");
	refuse("latency:a:b", "\"..\"");
	refuse("latency:a:b..", "a category and a name");
	refuse("latency:uprobe:c", "write latency:uprobe:FILE:FUNCTION");
	refuse("latency:", "write latency:");
	refuse("latency:usdt:a:b", "\"..\"");
}

static void refuses_fields_that_cannot_be(void **state)
{
	(void)state;
	refuse("kprobe:f@", "the field is missing");
	refuse("kprobe:f@arg0", "arg1 to arg6");
	refuse("kprobe:f@arg7", "arg1 to arg6");
	refuse("kprobe:f@arg11", "arg1 to arg6");
	refuse("kprobe:f@size", "arg1 to arg6");
	refuse("kprobe:f@ret", "only a latency");
	refuse("usdt:c:p:n@arg13", "arg12");
	refuse("kprobe:f@arg1@arg2", "two weights");
	refuse("kprobe:f#arg1", "no keys");
	refuse("latency:kprobe:f#arg1#arg2", "two keys");
	refuse("latency:kprobe:f##arg1", "without ##");
	refuse("latency:a:b..c:d##", "the field is missing");
	refuse("latency:a:b..c:d###e", "the field is missing");
}

static void refuses_what_is_too_long(void **state)
{
	char text[1024] = "uprobe:c:";

	(void)state;
	memset(text + strlen(text), 'x', 600);
	refuse(text, "longer than");
}

static void release_takes_what_is_empty(void **state)
{
	struct probe_spec s = { 0 };

	(void)state;
	probe_spec_release(&s);
	probe_spec_release(NULL);
}

static void probes_of_nowhere_say_what_is_missing(void **state)
{
	struct probe_spec s;
	struct err err = { 0 };
	const char *source = NULL;

	(void)state;
	parse(&s, "uprobe:/no/such/file:f");
	assert_true(probe_spec_probe(&s, &source, &err) < 0);
	assert_null(source);
	assert_true(strlen(err.text) > 0);
	probe_spec_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_probes_by_their_first_word),
		cmocka_unit_test(takes_places_apart),
		cmocka_unit_test(functions_of_go_have_paths),
		cmocka_unit_test(each_form_says_what_fires_in_it),
		cmocka_unit_test(files_may_have_any_name),
		cmocka_unit_test(weight_and_key_stand_in_any_order),
		cmocka_unit_test(two_tracepoints_join_by_a_field),
		cmocka_unit_test(units_are_those_of_traces),
		cmocka_unit_test(refuses_with_the_form_that_is_right),
		cmocka_unit_test(refuses_fields_that_cannot_be),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(release_takes_what_is_empty),
		cmocka_unit_test(probes_of_nowhere_say_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
