#include "render/picture_use.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "render/picture_plan.h"
#include "render/render_options.h"

/* What kinds of pictures there are. */
struct kinds {
	bool waits;
	bool chain;  /* with wakers of wakers */
	bool values; /* heat maps and histograms */
	bool heatmap;
	bool singles; /* stacks of latency events */
};

static struct kinds kinds_of(const struct planned_picture *v, size_t cnt)
{
	struct kinds k = { 0 };

	for (size_t i = 0; i < cnt; i++) {
		k.waits |= v[i].drawing != 0;
		k.chain |= v[i].drawing == WAIT_DRAWING_CHAIN;
		k.values |= view_is_of_values(v[i].view);
		k.heatmap |= v[i].view == VIEW_HEATMAP;
		k.singles |=
			v[i].is_latency && (v[i].view == VIEW_FLAME || v[i].view == VIEW_ICICLE);
	}
	return k;
}

static int check_weight(const char *weight, const struct kinds *k, struct err *err)
{
	bool is_of_values = !strcmp(weight, "count") || !strcmp(weight, "time");

	if (is_of_values && !k->values && !k->singles)
		return err_set(err, -EINVAL,
			       "--weight %s is for latencies: profile render histogram --weight %s",
			       weight, weight);
	if (!strcmp(weight, "split") && !k->chain)
		return err_set(err, -EINVAL,
			       "--weight split is for chains of wakers: profile render chain "
			       "-e chain --weight split");
	if (!strcmp(weight, "full") && (k->values || k->singles) && !k->waits)
		return err_set(err, -EINVAL,
			       "--weight full is for chains of wakers; latencies have count and "
			       "time");
	return 0;
}

static int refuse_word(const char *option, const char *word, const char *view, struct err *err)
{
	return err_set(err, -EINVAL, "%s is for latencies: profile render %s %s %s", option, view,
		       option, word);
}

int picture_use_check(const struct render_options *o, const struct planned_picture *v, size_t cnt,
		      struct err *err)
{
	struct kinds k = kinds_of(v, cnt);

	if (o->by && !k.values)
		return refuse_word("--by", o->by, "histogram", err);
	if (o->axis && !k.values)
		return refuse_word("--axis", o->axis, "histogram", err);
	if (o->shade && !k.heatmap)
		return refuse_word("--shade", o->shade, "heatmap", err);
	if (!k.waits && (o->with_idle || o->with_kernel))
		return err_set(err, -EINVAL,
			       "%s is for pictures of waits: profile render -e offcpu %s",
			       o->with_idle ? "--with-idle" : "--with-kernel",
			       o->with_idle ? "--with-idle" : "--with-kernel");
	return o->weight ? check_weight(o->weight, &k, err) : 0;
}
