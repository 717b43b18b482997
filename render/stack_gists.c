#include "render/stack_gists.h"

#include <stdbool.h>
#include <string.h>

void stack_gists_start(struct stack_gists *g, const struct trace_reader *r,
		       const struct name_table *t, struct strtab *texts)
{
	*g = (struct stack_gists){ .texts = texts };
	g->names = stack_names_new(r, t, texts);
}

void stack_gists_release(struct stack_gists *g)
{
	if (g->names)
		stack_names_free(g->names);
	idmap_release(&g->stacks);
	idmap_release(&g->ids);
	vec_release(&g->gists);
	*g = (struct stack_gists){ 0 };
}

void stack_gists_restart(struct stack_gists *g)
{
	idmap_clear(&g->stacks);
	stack_names_restart(g->names);
}

/* Names that begin so are how every wait, or every waking, is done. */
static const char *const waiting[] = {
	"__schedule",
	"schedule",
	"io_schedule",
	"preempt_schedule",
	"__cond_resched",
	"__switch_to",
	"context_switch",
	"finish_task_switch",
	"irqentry_",
	"exit_to_user_mode",
	"syscall_exit_",
	"poll_schedule_timeout",
	"asm_",
	"sysvec_",
	"do_syscall_64",
	"entry_SYSCALL_64",
	"el0",
	"do_notify_resume",
	NULL,
};
static const char *const waking[] = { "try_to_wake_up",
				      "ttwu_",
				      "wake_up_",
				      "__wake_up",
				      "default_wake_function",
				      "autoremove_wake_function",
				      "woken_wake_function",
				      "__pollwait",
				      "pollwake",
				      "ep_poll_callback",
				      "ep_autoremove_wake_function",
				      "complete",
				      "swake_up",
				      "__traceiter_sched_waking",
				      NULL };
/* Who calls the handlers of interrupts, softirqs and timers. */
static const char *const dispatchers[] = { "handle_softirqs",
					   "__do_softirq",
					   "__softirqentry_text_start",
					   "__handle_irq_event_percpu",
					   "handle_irq_event_percpu",
					   "__hrtimer_run_queues",
					   "__run_timers",
					   "call_timer_fn",
					   "__flush_smp_call_function_queue",
					   "irq_work_single",
					   NULL };

static bool begins_with_one_of(const char *name, const char *const *words)
{
	for (; *words; words++)
		if (!strncmp(name, *words, strlen(*words)))
			return true;
	return false;
}

static const char *name_of(const struct stack_gists *g, const struct shown_frame *f)
{
	return strtab_get(g->texts, f->name, NULL);
}

static bool is_dispatcher(const struct stack_gists *g, const struct shown_frame *f)
{
	for (const char *const *word = dispatchers; *word; word++)
		if (!strcmp(name_of(g, f), *word))
			return true;
	return false;
}

/* Behind the innermost frame of the kernel's v[0..cnt), root first, that is not of `words`; 0: all
 * are. */
static size_t telling(const struct stack_gists *g, const struct shown_frame *v, size_t cnt,
		      const char *const *words)
{
	while (cnt && begins_with_one_of(name_of(g, &v[cnt - 1]), words))
		cnt--;
	return cnt;
}

/* Likewise what the innermost dispatcher called. */
static size_t handler(const struct stack_gists *g, const struct shown_frame *v, size_t cnt)
{
	for (size_t at = cnt - 1; at-- > 0;)
		if (is_dispatcher(g, &v[at]))
			return at + 2;
	return telling(g, v, cnt, waking);
}

/* Alone, the root has to do where nothing tells. */
static void take_kernel(const struct stack_gists *g, const struct shown_frame *v, size_t cnt,
			enum gist_of of, bool is_alone, struct stack_gist *out)
{
	const char *const *words = of == GIST_OF_WAKER ? waking : waiting;
	size_t behind = of == GIST_OF_INTERRUPT ? handler(g, v, cnt) : telling(g, v, cnt, words);

	if (!behind && is_alone)
		behind = 1;
	if (behind)
		out->kernel = v[behind - 1].name;
	if (is_alone && behind > 1 && of != GIST_OF_INTERRUPT)
		out->caller = v[behind - 2].name;
}

static bool is_library(const struct stack_gists *g, uint32_t module)
{
	return module && strstr(strtab_get(g->texts, module, NULL), ".so");
}

/* Where the library that the leaf is in was entered; the leaf itself if it is in none. */
static size_t entry_of(const struct stack_gists *g, const struct shown_frame *v, size_t cnt)
{
	size_t at = cnt - 1;

	if (!is_library(g, v[at].module))
		return at;
	while (at && v[at - 1].module == v[cnt - 1].module)
		at--;
	return at ? at : cnt - 1;
}

static void take_user(const struct stack_gists *g, const struct shown_frame *v, size_t cnt,
		      struct stack_gist *out)
{
	size_t at = entry_of(g, v, cnt);

	out->entry = v[at].name;
	out->caller = at ? v[at - 1].name : 0;
}

static struct stack_gist gist_of(struct stack_gists *g, uint32_t stack, enum gist_of of)
{
	struct stack_gist gist = { 0 };
	size_t cnt, user = 0;
	const struct shown_frame *v = stack_names_stack(g->names, stack, &cnt);

	while (user < cnt && v[user].kind != TRACE_FRAME_KERNEL)
		user++;
	if (user < cnt)
		take_kernel(g, v + user, cnt - user, of, !user, &gist);
	if (user && of != GIST_OF_INTERRUPT)
		take_user(g, v, user, &gist);
	return gist;
}

uint32_t stack_gists_id(struct stack_gists *g, uint32_t stack, enum gist_of of)
{
	uint32_t id = idmap_find(&g->stacks, stack, of), made = (uint32_t)g->gists.cnt;
	struct stack_gist gist;

	if (id != IDMAP_NONE)
		return id;
	gist = gist_of(g, stack, of);
	id = idmap_intern(&g->ids, (uint64_t)gist.kernel << 32 | gist.entry, gist.caller, made);
	if (id == made)
		*vec_push(&g->gists) = gist;
	idmap_set(&g->stacks, stack, of, id);
	return id;
}

struct stack_gist stack_gists_get(const struct stack_gists *g, uint32_t id)
{
	return g->gists.v[id];
}
