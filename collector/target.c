#include "collector/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "collector/cgroup.h"
#include "formats/trace.h"

#define STATUS_MAX 65536

/* A decimal number without sign or blank, at most UINT32_MAX / 2; *end is behind it. */
static bool parse_number(const char *text, const char **end, uint32_t *out)
{
	uint64_t value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (uint64_t)(*p - '0');
		if (value > INT32_MAX)
			return false;
	}
	*end = p;
	*out = (uint32_t)value;
	return p > text;
}

bool id_list_has(const struct id_list *l, uint32_t id)
{
	for (size_t i = 0; i < l->cnt; i++)
		if (l->v[i] == id)
			return true;
	return false;
}

/* The process that id belongs to, or 0 where there is none. A thread has a folder in
 * /proc too, but is not listed there. */
static uint32_t process_of(uint32_t id)
{
	char path[64], *text;
	const char *line, *end;
	uint32_t tgid = 0;

	snprintf(path, sizeof(path), "/proc/%u/status", id);
	if (io_read_text(path, STATUS_MAX, &text, NULL, NULL) < 0)
		return 0;
	line = strstr(text, "\nTgid:\t");
	if (line && !parse_number(line + strlen("\nTgid:\t"), &end, &tgid))
		tgid = 0;
	free(text);
	return tgid;
}

static int check_process(uint32_t id, struct err *err)
{
	uint32_t tgid = process_of(id);

	if (!tgid)
		return err_set(err, -ESRCH, "-p %u: there is no such process", id);
	if (tgid != id)
		return err_set(err, -ESRCH,
			       "-p %u: that is a thread of process %u; use -t %u or -p %u", id,
			       tgid, id, tgid);
	return 0;
}

static int check_thread(uint32_t id, struct err *err)
{
	return process_of(id) ? 0 : err_set(err, -ESRCH, "-t %u: there is no such thread", id);
}

static int parse_ids(struct id_list *out, const struct text_list *words, char letter,
		     int (*check)(uint32_t id, struct err *err), struct err *err)
{
	for (size_t i = 0; words && i < words->cnt; i++) {
		const char *word = words->v[i], *end;
		uint32_t id;
		int rc;

		if (!parse_number(word, &end, &id) || *end || !id)
			return err_set(err, -EINVAL, "-%c %s: not a process or thread number",
				       letter, word);
		if (out->cnt >= TARGET_IDS_MAX)
			return err_set(err, -EINVAL, "-%c: more than %d numbers", letter,
				       TARGET_IDS_MAX);
		rc = check(id, err);
		if (rc)
			return rc;
		if (!id_list_has(out, id))
			*vec_push(out) = id;
	}
	return 0;
}

/* "3" or "2-5". */
static bool parse_cpu_range(const char *word, uint32_t *first, uint32_t *last)
{
	const char *end;

	if (!parse_number(word, &end, first))
		return false;
	*last = *first;
	if (*end == '-' && !parse_number(end + 1, &end, last))
		return false;
	return !*end && *first <= *last;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int parse_cpus(struct id_list *out, const struct text_list *words, struct err *err)
{
	long cpu_cnt = sysconf(_SC_NPROCESSORS_CONF);

	for (size_t i = 0; words && i < words->cnt; i++) {
		uint32_t first, last;

		if (!parse_cpu_range(words->v[i], &first, &last))
			return err_set(err, -EINVAL, "-C %s: not a CPU (\"2\") or range (\"0-3\")",
				       words->v[i]);
		if (last >= TRACE_CPUS_MAX || (long)last >= cpu_cnt)
			return err_set(err, -ENOENT, "-C %s: this machine has CPUs 0-%ld",
				       words->v[i], cpu_cnt - 1);
		for (uint32_t cpu = first; cpu <= last; cpu++)
			if (!id_list_has(out, cpu))
				*vec_push(out) = cpu;
	}
	if (out->cnt)
		qsort(out->v, out->cnt, sizeof(*out->v), compare_ids);
	return 0;
}

static bool any(const struct text_list *words)
{
	return words && words->cnt;
}

static int check_together(const struct target_words *w, struct err *err)
{
	if (w->all && (any(w->processes) || any(w->threads)))
		return err_set(err, -EINVAL,
			       "-a records every process; leave out -p and -t, or -a");
	if (w->comm_glob && !*w->comm_glob)
		return err_set(err, -EINVAL, "--comm: the pattern is empty");
	return 0;
}

bool target_is_command(const struct target_words *w)
{
	return w->command && !w->all && !any(w->processes) && !any(w->threads) && !w->cgroup;
}

int target_choose(struct target *out, const struct target_words *w, struct err *err)
{
	struct target t = { .comm_glob = w->comm_glob };
	int rc = check_together(w, err);

	if (!rc)
		rc = parse_ids(&t.tgids, w->processes, 'p', check_process, err);
	if (!rc)
		rc = parse_ids(&t.tids, w->threads, 't', check_thread, err);
	if (!rc)
		rc = parse_cpus(&t.cpus, w->cpus, err);
	if (!rc && w->cgroup) {
		rc = cgroup_resolve(w->cgroup, &t.cgroup, err);
		err_prefix(err, "--cgroup");
	}
	if (rc) {
		target_release(&t);
		return rc;
	}
	t.all = !t.tgids.cnt && !t.tids.cnt && !target_is_command(w);
	*out = t;
	return 0;
}

void target_release(struct target *t)
{
	if (!t)
		return;
	vec_release(&t->tgids);
	vec_release(&t->tids);
	vec_release(&t->cpus);
	free(t->cgroup);
	*t = (struct target){ 0 };
}

/* "process 3", "processes 3, 4 and 17 more". */
static void put_ids(struct buf *b, const char *one, const char *many, const struct id_list *ids)
{
	const size_t shown_max = 8;

	if (!ids->cnt)
		return;
	buf_printf(b, "%s%s ", b->len ? ", " : "", ids->cnt == 1 ? one : many);
	for (size_t i = 0; i < ids->cnt && i < shown_max; i++)
		buf_printf(b, "%s%u", i ? ", " : "", ids->v[i]);
	if (ids->cnt > shown_max)
		buf_printf(b, " and %zu more", ids->cnt - shown_max);
}

char *target_text(const struct target *t, const char *command)
{
	struct buf b = { 0 };
	char *text;

	if (command) {
		buf_printf(&b, "command %s and its children", command);
	} else if (t->all) {
		buf_puts(&b, "all processes");
	} else {
		put_ids(&b, "process", "processes", &t->tgids);
		if (t->tgids.cnt)
			buf_puts(&b,
				 t->tgids.cnt == 1 ? " and its children" : " and their children");
		put_ids(&b, "thread", "threads", &t->tids);
	}
	if (t->comm_glob)
		buf_printf(&b, ", thread names like %s", t->comm_glob);
	if (t->cgroup)
		buf_printf(&b, ", cgroup %s", t->cgroup);
	put_ids(&b, "on CPU", "on CPUs", &t->cpus);
	text = mem_dup(buf_text(&b), b.len);
	buf_release(&b);
	return text;
}
