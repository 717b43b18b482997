#include "render/wait_words.h"

#include "base/strtab.h"

static void put_text(struct buf *out, const struct wait_report *r, uint32_t id)
{
	size_t len;
	const char *text = strtab_get(r->texts, id, &len);

	buf_put(out, text, len);
}

void wait_words_put_name(struct buf *out, const struct wait_report *r, uint32_t comm)
{
	if (comm)
		put_text(out, r, comm);
	else
		buf_puts(out, "[unknown]");
}

static void put_names(struct buf *out, const struct wait_report *r, const uint32_t *names,
		      size_t cnt)
{
	size_t start = out->len;

	for (size_t i = 0; i < cnt; i++) {
		if (!names[i])
			continue;
		if (out->len > start)
			buf_puts(out, " <- ");
		put_text(out, r, names[i]);
	}
	if (out->len == start)
		buf_puts(out, "[no stack]");
}

void wait_words_put_place(struct buf *out, const struct wait_report *r, uint32_t gist)
{
	struct stack_gist g = stack_gists_get(&r->gists, gist);
	const uint32_t names[] = { g.kernel, g.entry, g.caller };

	put_names(out, r, names, 3);
}

void wait_words_put_leaving(struct buf *out, const struct wait_report *r, uint32_t gist)
{
	struct stack_gist g = stack_gists_get(&r->gists, gist);
	const uint32_t names[] = { g.entry ? g.entry : g.kernel, g.caller };

	put_names(out, r, names, 2);
}

void wait_words_put_thread(struct buf *out, const struct wait_report *r, uint32_t thread)
{
	const struct wait_thread *t = &r->threads.v.v[thread];

	wait_words_put_name(out, r, t->comm);
	buf_printf(out, "/%u", t->tid);
}

/* "[softirq]"; nothing of a thread in a context of its own. */
static void put_context(struct buf *out, enum trace_context context, bool has_thread)
{
	if (has_thread && context != TRACE_CONTEXT_TASK)
		buf_u8(out, ' ');
	if (context == TRACE_CONTEXT_LOST)
		buf_puts(out, "[waker lost]");
	else if (context != TRACE_CONTEXT_TASK)
		buf_printf(out, "[%s]", trace_context_text(context));
	else if (!has_thread)
		buf_puts(out, "[waker unknown]");
}

static bool is_interrupt(enum trace_context context)
{
	return context != TRACE_CONTEXT_TASK && context != TRACE_CONTEXT_LOST;
}

static void put_handler(struct buf *out, const struct wait_report *r, enum trace_context context,
			uint32_t gist)
{
	if (!is_interrupt(context) || !stack_gists_get(&r->gists, gist).kernel)
		return;
	buf_u8(out, ' ');
	wait_words_put_leaving(out, r, gist);
}

void wait_words_put_end(struct buf *out, const struct wait_report *r,
			const struct wait_ending *ending)
{
	bool has_thread = ending->thread != TRACE_NONE;
	struct stack_gist gist = stack_gists_get(&r->gists, ending->gist);

	if (has_thread)
		wait_words_put_name(out, r, ending->comm);
	put_context(out, ending->context, has_thread);
	put_handler(out, r, ending->context, ending->gist);
	if (has_thread && ending->context == TRACE_CONTEXT_TASK && (gist.entry || gist.kernel)) {
		buf_puts(out, " at ");
		wait_words_put_leaving(out, r, ending->gist);
	}
}

static void put_link(struct buf *out, const struct wait_report *r, const struct long_link *link)
{
	if (link->thread != TRACE_NONE)
		wait_words_put_thread(out, r, link->thread);
	put_context(out, link->context, link->thread != TRACE_NONE);
	put_handler(out, r, link->context, link->gist);
}

void wait_words_put_chain(struct buf *out, const struct wait_report *r,
			  const struct long_wait *wait)
{
	for (uint32_t i = 0; i < wait->link_cnt && i < WAIT_WORDS_LINKS; i++) {
		buf_puts(out, i ? " <- " : "");
		put_link(out, r, &wait->links[i]);
	}
	if (wait->link_cnt > WAIT_WORDS_LINKS ||
	    (wait->link_cnt && wait->flags & TRACE_WAIT_DEEPER))
		buf_puts(out, " <- ..");
}
