#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/term.h"
#include "collector/commands.h"
#include "collector/events.h"
#include "collector/probe_forms.h"

#define LINE_COLUMNS 76

/* Each event of the table behind -e, and each form of a probe, asked of the kernel one by one. */

struct list_options {
	bool json;
};

static const struct option options[] = {
	{ 0, "json", NULL, OPTION_FLAG, offsetof(struct list_options, json),
	  .help = "print JSON, with the reason for each event that is missing" },
	{ 0 },
};

static const struct example examples[] = {
	{ "sudo profile list", "what can stand behind `record -e` here" },
	{ "sudo profile list --json | jq -r '.events[] | select(.available) | .name'",
	  "the names alone" },
	{ 0 },
};

/* One event, or form of a probe, and what the kernel said to it. */
struct probed {
	const char *name, *measures, *cost;
	enum trace_event_kind kind;
	enum trace_unit unit;
	const char *source; /* NULL: not available */
	struct err why_not;
};

/* Each, asked once. */
struct probed_list {
	VEC(struct probed);
};

static void probe_row(struct probed_list *list, const struct event_row *row)
{
	struct probed *p = vec_push(list);

	*p = (struct probed){ row->name, row->measures, row->cost, row->kind, row->unit };
	p->source = row->name;
	if (event_row_probe(row, &p->source, &p->why_not))
		p->source = NULL;
}

static void probe_form(struct probed_list *list, const struct probe_form *form)
{
	struct probed *p = vec_push(list);

	*p = (struct probed){ form->name, form->measures, form->cost, form->kind, form->unit };
	if (probe_form_probe(form, &p->source, &p->why_not))
		p->source = NULL;
}

static void probe_all(struct probed_list *list)
{
	const struct probe_form *form;

	for (size_t i = 0; i < event_row_cnt(); i++)
		probe_row(list, event_row_at(i));
	for (size_t i = 0; (form = probe_form_at(i)); i++)
		probe_form(list, form);
}

static const char *kind_text(enum trace_event_kind kind)
{
	switch (kind) {
	case TRACE_EVENT_SAMPLE:
		return "sample";
	case TRACE_EVENT_WAIT:
		return "wait";
	case TRACE_EVENT_LATENCY:
		return "latency";
	}
	return "";
}

static void put_json(struct buf *out, const struct probed_list *list)
{
	struct json j;

	json_start(&j, out);
	json_object(&j, NULL);
	json_count(&j, "version", 1);
	json_array(&j, "events");
	for (size_t i = 0; i < list->cnt; i++) {
		const struct probed *p = &list->v[i];

		json_object(&j, NULL);
		json_text(&j, "name", p->name);
		json_text(&j, "kind", kind_text(p->kind));
		json_text(&j, "unit", trace_unit_text(p->unit));
		json_text(&j, "measures", p->measures);
		json_text(&j, "cost", p->cost);
		json_flag(&j, "available", p->source != NULL);
		if (p->source)
			json_text(&j, "source", p->source);
		else
			json_text(&j, "why_not", p->why_not.text);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
}

/* The widest name decides the first column. */
static int name_columns(const struct probed_list *list)
{
	size_t widest = 0;

	for (size_t i = 0; i < list->cnt; i++) {
		size_t len = strlen(list->v[i].name);

		if (len > widest)
			widest = len;
	}
	return (int)widest;
}

static void put_available(struct buf *out, const struct probed_list *list)
{
	const char *bold = term_style(stdout, TERM_BOLD), *plain = term_style(stdout, TERM_PLAIN);
	int columns = name_columns(list);

	for (size_t i = 0; i < list->cnt; i++) {
		const struct probed *p = &list->v[i];

		if (!p->source)
			continue;
		if (!out->len)
			buf_printf(out, "%s%-*s  %-7s  %-17s  %s%s\n", bold, columns, "EVENT",
				   "KIND", "COST", "MEASURES", plain);
		buf_printf(out, "%-*s  %-7s  %-17s  %s", columns, p->name, kind_text(p->kind),
			   p->cost, p->measures);
		if (strcmp(p->source, p->name))
			buf_printf(out, " (here: %s)", p->source);
		buf_puts(out, "\n");
	}
}

/* Names of the events from `first` on that are missing for the same reason as it, in lines. */
static void put_names(struct buf *out, const struct probed_list *list, size_t first)
{
	const char *reason = list->v[first].why_not.text;
	size_t line_start = out->len;

	for (size_t i = first; i < list->cnt; i++) {
		const struct probed *p = &list->v[i];

		if (p->source || strcmp(p->why_not.text, reason))
			continue;
		if (out->len - line_start + strlen(p->name) > LINE_COLUMNS) {
			buf_puts(out, "\n");
			line_start = out->len;
		}
		buf_printf(out, "  %s", p->name);
	}
	buf_puts(out, "\n");
}

/* Grouped by reason: twenty counters are missing for one cause. */
static void put_missing(struct buf *out, const struct probed_list *list)
{
	for (size_t i = 0; i < list->cnt; i++) {
		const char *reason = list->v[i].why_not.text;
		size_t first = 0;

		if (list->v[i].source)
			continue;
		while (list->v[first].source || strcmp(list->v[first].why_not.text, reason))
			first++;
		if (first < i)
			continue;
		buf_printf(out, "%sNot here: %s\n", out->len ? "\n" : "", reason);
		put_names(out, list, i);
	}
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct list_options values = { 0 };
	struct operands operands = { 0 };
	struct probed_list list = { 0 };
	struct buf out = { 0 };
	int status;

	(void)stages;
	if (!command_parse(self, argc, argv, &values, &operands, &status))
		return status;
	if (operands.cnt) {
		term_say("%s: `profile list` takes no operand", operands.v[0]);
		return EXIT_USAGE;
	}
	probe_all(&list);
	if (values.json) {
		put_json(&out, &list);
	} else {
		put_available(&out, &list);
		put_missing(&out, &list);
	}
	vec_release(&list);
	fwrite(out.v, 1, out.len, stdout);
	buf_release(&out);
	return command_done(EXIT_GOOD);
}

const struct command cmd_list = {
	.manual = {
		.name = "list",
		.summary = "show the events that this machine can record",
		.synopsis = "[--json]",
		.description =
			"Asks the kernel for each event that can stand behind `profile record -e`, and "
			"says what it measures or why it is missing. Needs the rights of `record`: "
			"without them nearly everything is missing.",
		.options = options,
		.examples = examples,
		.see_also = "profile-record(1), profile-doctor(1)",
	},
	.run = run,
};
