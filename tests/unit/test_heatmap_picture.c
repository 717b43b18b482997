#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "render/heatmap_picture.h"
#include "render/picture_source.h"
#include "tests/unit/latency_trace.h"
#include "tests/unit/scratch_file.h"

#define MS LATENCY_TRACE_MS
#define ALL_CNT 1000000333ull

static const struct latency_trace_row rows[] = {
	{ "block", "db", { "sda", "read" }, .start_ms = 0, .value = 1 * MS, .cnt = 1000000000 },
	{ "block", "db", { "sda", "read" }, .start_ms = 100, .value = 0, .cnt = 31 },
	{ "block", "<web>", { "sdb", "read" }, .start_ms = 100, .value = 1ull << 63, .cnt = 1 },
	{ "block", "db", { "sda", "read" }, .start_ms = 5000, .value = 7 * MS, .cnt = 301 },
};
static const struct latency_trace_single singles[] = {
	{ .row = 0, .end_ns = 50 * MS, .value = 1 * MS, .stack = "main;[k]io", .tid = 70 },
};

static struct scene draw(struct selection s, struct heatmap_request request)
{
	const struct latency_trace trace = {
		.rows = rows, .row_cnt = 4, .singles = singles, .single_cnt = 1
	};
	struct picture_source source = { .path = "a trace.data" };
	struct scene scene;
	struct err err = { 0 };

	assert_int_equal(latency_trace_write(scratch_path, &trace, &err), 0);
	assert_int_equal(trace_reader_open(&source.trace, scratch_path, &err), 0);
	assert_int_equal(heatmap_picture(&scene, &source, &s, &request, NULL, 100000, &err), 0);
	trace_reader_close(source.trace);
	return scene;
}

static uint64_t read_number(const char **at)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 5) {
		unsigned digit = (unsigned)(strchr(digits, *(*at)++) - digits);

		value |= (uint64_t)(digit & 31) << shift;
		if (digit < 32)
			return value;
	}
}

/* What the picture itself says: in all cells, and outside. */
static uint64_t told(const struct scene *scene, uint32_t map_cnt)
{
	char *text = mem_dup((const char *)scene->detail.v, scene->detail.len);
	const char *at = strstr(text, "\noutside ");
	bool has_sums = strstr(text, "\nweight time\n");
	uint64_t cnt;

	assert_non_null(at);
	cnt = strtoull(at + strlen("\noutside "), NULL, 10);
	for (uint32_t map = 0; map < map_cnt; map++) {
		at = strstr(at, "\nmap ");
		assert_non_null(at);
		at = strchr(at + 1, '\n') + 1;
		while (*at != '\n') {
			read_number(&at);
			cnt += read_number(&at);
			if (has_sums)
				read_number(&at);
		}
	}
	assert_null(strstr(at, "\nmap "));
	free(text);
	return cnt;
}

static void cells_and_what_is_said_to_be_outside_are_all_events(void **state)
{
	static const struct {
		struct selection selection;
		struct heatmap_request request;
		uint32_t map_cnt;
	} cases[] = {
		{ { 0 }, { 0 }, 1 },
		{ { .latency = { 1000, 2 * MS } }, { .by_time = true }, 1 },
		{ { .time = { 100 * MS, 200 * MS } }, { .is_linear = true }, 1 },
		{ { .process = "nobody" }, { 0 }, 1 },
		{ { 0 }, { .by = "process" }, 2 },
		{ { .process = "db" }, { .by = "device", .shade = HEATMAP_LINEAR }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scene scene = draw(cases[i].selection, cases[i].request);

		assert_true(told(&scene, cases[i].map_cnt) == ALL_CNT);
		scene_release(&scene);
	}
}

static bool says(const struct scene *scene, const char *words)
{
	return memmem(scene->texts.v, scene->texts.len, words, strlen(words));
}

static void commands_can_be_pasted(void **state)
{
	struct scene scene = draw(
		(struct selection){ .time = { 0, 200 * MS }, .latency = { 1500000, UINT64_MAX } },
		(struct heatmap_request){ .by = "operation", .is_linear = true });

	(void)state;
	assert_true(says(&scene, "profile render heatmap 'a trace.data' -e block --by operation "
				 "--time ..200ms --latency 1500us.. --axis linear"));
	assert_true(says(&scene, "profile render flame 'a trace.data' -e block --time FROM..TO"));
	scene_release(&scene);
}

static void names_of_strangers_are_text(void **state)
{
	struct scene scene =
		draw((struct selection){ 0 }, (struct heatmap_request){ .by = "process" });

	(void)state;
	assert_null(memmem(scene.detail.v, scene.detail.len, "<", 1));
	assert_non_null(memmem(scene.detail.v, scene.detail.len, "&lt;web&gt;", 11));
	scene_release(&scene);
}

static void folded_stacks_are_refused(void **state)
{
	struct picture_source source = { .path = "stacks.folded" };
	struct selection all = { 0 };
	struct heatmap_request request = { 0 };
	struct scene scene;
	struct err err = { 0 };

	(void)state;
	assert_true(heatmap_picture(&scene, &source, &all, &request, NULL, 100000, &err) < 0);
	assert_non_null(strstr(err.text, "stacks.folded: folded stacks have no latencies"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_and_what_is_said_to_be_outside_are_all_events),
		cmocka_unit_test(commands_can_be_pasted),
		cmocka_unit_test(names_of_strangers_are_text),
		cmocka_unit_test(folded_stacks_are_refused),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
