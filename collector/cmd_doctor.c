#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/term.h"
#include "collector/commands.h"
#include "collector/machine.h"
#include "collector/preflight.h"

/* The findings of preflight, all of them. */

struct doctor_options {
	bool json;
};

static const struct option options[] = {
	{ 0, "json", NULL, OPTION_FLAG, offsetof(struct doctor_options, json),
	  .help = "print JSON" },
	{ 0 },
};

static const struct example examples[] = {
	{ "sudo profile doctor", "what this machine allows, and how to get what it lacks" },
	{ "profile doctor", "the same for you as you are, without sudo" },
	{ 0 },
};

static const struct exit_row exits[] = {
	{ "0", "`profile record` can work." },
	{ "1", "It cannot; what is marked [fail] says why." },
	{ "2", "The command line is wrong." },
	{ 0 },
};

static void put_json(struct buf *out, const struct findings *f)
{
	struct json j;

	json_start(&j, out);
	json_object(&j, NULL);
	json_count(&j, "version", 1);
	json_flag(&j, "record_works", !preflight_fatal(f));
	json_array(&j, "findings");
	for (size_t i = 0; i < f->cnt; i++) {
		json_object(&j, NULL);
		json_text(&j, "name", f->v[i].name);
		json_text(&j, "verdict", verdict_text(f->v[i].verdict));
		json_text(&j, "found", f->v[i].found);
		if (f->v[i].remedy)
			json_text(&j, "remedy", f->v[i].remedy);
		else
			json_null(&j, "remedy");
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
}

static const char *mark(enum verdict verdict, enum term_style *out_style)
{
	switch (verdict) {
	case VERDICT_GOOD:
		*out_style = TERM_GOOD;
		return "  ok  ";
	case VERDICT_NOTE:
		*out_style = TERM_DIM;
		return " note ";
	case VERDICT_LACK:
		*out_style = TERM_WARN;
		return " lack ";
	case VERDICT_FATAL:
		break;
	}
	*out_style = TERM_BAD;
	return " fail ";
}

static size_t name_columns(const struct findings *f)
{
	size_t widest = 0;

	for (size_t i = 0; i < f->cnt; i++)
		if (strlen(f->v[i].name) > widest)
			widest = strlen(f->v[i].name);
	return widest;
}

static void put_text(struct buf *out, const struct findings *f)
{
	size_t columns = name_columns(f);

	for (size_t i = 0; i < f->cnt; i++) {
		const struct finding *one = &f->v[i];
		enum term_style style;
		const char *word = mark(one->verdict, &style);

		buf_printf(out, "[%s%s%s] %-*s  %s\n", term_style(stdout, style), word,
			   term_style(stdout, TERM_PLAIN), (int)columns, one->name, one->found);
		finding_put_remedy(out, one, (unsigned)columns + 11);
	}
	if (preflight_fatal(f))
		buf_puts(out,
			 "\n`profile record` cannot work here until each [ fail ] is mended.\n");
	else
		buf_puts(out, "\n`profile record` can work.\n");
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct doctor_options values = { 0 };
	struct operands operands = { 0 };
	struct findings findings = { 0 };
	struct machine machine;
	struct buf out = { 0 };
	int status;

	(void)stages;
	if (!command_parse(self, argc, argv, &values, &operands, &status))
		return status;
	if (operands.cnt) {
		term_say("%s: `profile doctor` takes no operand", operands.v[0]);
		return EXIT_USAGE;
	}
	machine_read(&machine);
	machine_read_surroundings(&machine);
	preflight_judge(&machine, &findings);
	if (values.json)
		put_json(&out, &findings);
	else
		put_text(&out, &findings);
	status = preflight_fatal(&findings) ? EXIT_FAILED : EXIT_GOOD;
	fwrite(out.v, 1, out.len, stdout);
	buf_release(&out);
	findings_release(&findings);
	machine_release(&machine);
	return command_done(status);
}

const struct command cmd_doctor = {
	.manual = {
		.name = "doctor",
		.summary = "say what this machine allows, and how to get what it lacks",
		.synopsis = "[--json]",
		.description =
			"Checks everything that recording needs: kernel, BTF, capabilities, lockdown, "
			"BPF, perf events, kernel symbols, limits, cgroups, containers. For each lack it "
			"says the exact way to get it. The output can be pasted into a bug report.",
		.options = options,
		.examples = examples,
		.exits = exits,
		.see_also = "profile-record(1), profile-list(1)",
	},
	.run = run,
};
