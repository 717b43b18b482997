#include "render/render_options.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "render/flame_layout.h"
#include "render/picture.h"

#define SCALE_MAX 8
#define DIGITS "0123456789"
#define MIN_WIDTH_MAX (100 * SCENE_PX)

const struct option render_option_rows[] = {
	{ 'o', "output", "OUT", OPTION_TEXT, offsetof(struct render_options, output),
	  .help = "write to this file, whose ending decides the kind: .svg .png .pdf .folded .txt; "
		  "- is standard output, as SVG" },
	{ 'e', "event", "EVENT", OPTION_TEXT, offsetof(struct render_options, event),
	  .help = "the event to draw; else the first one of the trace. Of waits: offcpu, wakeup, "
		  "offwake, chain, or wall, where all the time of threads went; of latencies: "
		  "block, runq ... as they were recorded" },
	{ 0, "time", "FROM..TO", OPTION_RANGE, offsetof(struct render_options, time),
	  .help = "only this part of the recording, counted from its start: 1.5s..3s; of waits "
		  "and latencies, slices of time as a whole, which the picture names" },
	{ 0, "latency", "FROM..TO", OPTION_VALUES, offsetof(struct render_options, latency),
	  .help = "only events that took so long: 1ms..10ms, or were so large: 4KiB..64KiB; "
		  "refused where they have no values. Of waits, those that were kept one by one: "
		  "a sample" },
	{ 0, "process", "GLOB", OPTION_TEXT, offsetof(struct render_options, process),
	  .help = "only processes of this name, and nothing of them is left out" },
	{ 0, "thread", "TID", OPTION_COUNT, offsetof(struct render_options, thread),
	  .help = "only this thread; of waits and latencies, those that were kept one by one" },
	{ 0, "weight", "WEIGHT", OPTION_CHOICE, offsetof(struct render_options, weight),
	  .choices = "full|split|count|time",
	  .help = "chains of wakers: what each is given, all of the wait that the chain ended "
		  "(full, the default), or only the part of it that it has to answer for "
		  "(split). Latencies: how many there are (count: heat maps and histograms, if "
		  "nothing is said), or all that they took (time: flame graphs)" },
	{ 0, "by", "WORD", OPTION_TEXT, offsetof(struct render_options, by),
	  .help = "heatmap and histogram: one for each process, device, operation, syscall ..., "
		  "as the event has them" },
	{ 0, "axis", "AXIS", OPTION_CHOICE, offsetof(struct render_options, axis),
	  .choices = "log|linear",
	  .help = "heatmap and histogram: the axis of values, log if nothing is said" },
	{ 0, "shade", "SHADE", OPTION_CHOICE, offsetof(struct render_options, shade),
	  .choices = "rank|sqrt|linear",
	  .help = "heatmap: how dark a cell is, by its place among all cells (rank, if nothing is "
		  "said), or by its share of the fullest, or the root of that" },
	{ 0, "with-idle", NULL, OPTION_FLAG, offsetof(struct render_options, with_idle),
	  .help = "also waits of idle sleepers, which a picture of all processes leaves out" },
	{ 0, "with-kernel", NULL, OPTION_FLAG, offsetof(struct render_options, with_kernel),
	  .help = "also waits of kernel threads, likewise" },
	{ 0, "width", "PX", OPTION_COUNT, offsetof(struct render_options, width_px),
	  .fallback = "1200", .help = "width of the picture in pixels" },
	{ 0, "scale", "N", OPTION_COUNT, offsetof(struct render_options, scale), .fallback = "2",
	  .help = "PNG: pixels for each pixel of the picture" },
	{ 0, "title", "TEXT", OPTION_TEXT, offsetof(struct render_options, title),
	  .help = "title of the picture" },
	{ 0, "max-frames", "N", OPTION_COUNT, offsetof(struct render_options, max_frames),
	  .fallback = "10000",
	  .help = "draw the N largest frames; the picture says what was left out, and its script "
		  "shows it when zoomed" },
	{ 0, "min-width", "PX", OPTION_TEXT, offsetof(struct render_options, min_width_px),
	  .fallback = "0.1",
	  .help = "draw no frames narrower than this, in pixels or hundredths of one" },
	{ 0, "reverse", NULL, OPTION_FLAG, offsetof(struct render_options, reverse),
	  .help = "merge stacks from the leaf: who calls this?" },
	{ 0, "no-script", NULL, OPTION_FLAG, offsetof(struct render_options, no_script),
	  .help = "SVG without script: nothing to zoom or search, half the size" },
	{ 0 },
};

const struct example render_examples[] = {
	{ "profile render", "every picture that profile.data holds, one file each" },
	{ "profile render flame -o cpu.svg", "a flame graph; open it in a browser" },
	{ "profile render icicle --time 12s..13s -o second.png", "one second of it, root on top" },
	{ "profile render flame stacks.folded -o stacks.svg", "from folded stacks of any tool" },
	{ "profile render chain -o chain.svg", "why threads waited, who ended it, and so on" },
	{ "profile render -e offcpu --process 'postgres*' -o waits.svg",
	  "where the processes of that name waited" },
	{ "profile render histogram -e block --by device -o -.txt",
	  "how long disks took, in the terminal" },
	{ "profile render flame -e block --latency 10ms.. -o slow.svg",
	  "whose requests took longer than that" },
	{ NULL },
};

const char render_description[] =
	"Draws FILE, a trace (default profile.data) or folded stacks, as one of the views flame "
	"(flame graph, root at the bottom), icicle (the same, root on top), chain (waits and who "
	"ended them), subsecond (heat map: a column a second, a row a fiftieth of it), heatmap "
	"(latencies: time across, how long events took upwards) or histogram (how long they "
	"took).\n\n"
	"Without VIEW every picture that the trace holds is drawn, each into a file "
	"profile.EVENT.VIEW.svg of the current folder; the names are printed, and those of events "
	"that did not happen. With -o and without VIEW it is the flame graph, the chain graph of "
	"-e offwake and -e chain, or the heat map of latencies. An OUT of -.txt, -.png ... is "
	"standard output, too. Open pictures in a browser: frames zoom when clicked, / searches, "
	"? shows all keys; cells of heat maps and bars of histograms tell what they are of, and "
	"two of them, clicked or chosen by arrows and Enter, the command that draws the stacks of "
	"what lies between.\n\n"
	"Waits: one recording (`profile record -e chain`) has all of -e offcpu (where threads "
	"waited), wakeup (who ended that), offwake (both), chain (and who had woken the wakers) "
	"and wall (all the time of threads). Width is time, never a count: blocked, and in amber "
	"what could have run and had no CPU. Chain graphs are read upwards: a dash stands between "
	"user and kernel stack, two dashes before who ended the wait, whose stack hangs upside "
	"down, the frame that woke lowest.\n\n"
	"A picture of all processes leaves out kernel threads, and idle sleepers: interruptible "
	"waits of a process that was on a CPU for less than a thousandth of its life, or such "
	"that lasted longer than half of the recording on average. Their time is written below "
	"it. What was chosen, by record or by --process and --thread, is shown whole, and so is "
	"what -o writes into a .folded file: the lines of `profile export folded`.\n\n"
	"Latencies: heatmap and histogram hold every event that was recorded, counted by slices "
	"of time and ranges of values, 8 for each power of two. What --time and --latency cut is "
	"taken whole, and the picture says so. Flame graphs, icicles and subsecond maps of "
	"latencies are made of the events that were kept one by one: the longest ones, some drawn "
	"evenly (subsecond takes only these, unless all were kept), and those of `profile record "
	"--slower`; they say how many of how many. A stack ends in what it was: the system call, "
	"the device and operation. heatmap and histogram also draw samples whose weight is a "
	"value, such as bytes, and waits that were kept one by one.\n\n"
	"A trace without names is given some in memory first; see profile-symbolize(1).";

/* "0.1", "2", "1.25" in hundredths of a pixel; -1 if it is no such number. */
static int32_t min_width_of(const char *px)
{
	size_t whole = strspn(px, DIGITS);
	size_t part = px[whole] == '.' ? strspn(px + whole + 1, DIGITS) : 0;
	int32_t width = 0;

	if (!whole || whole > 3 || part > 2 || px[whole + part + (part > 0)])
		return -1;
	for (size_t i = 0; i < whole; i++)
		width = width * 10 + (px[i] - '0');
	for (size_t i = 1; i <= 2; i++)
		width = width * 10 + (i <= part ? px[whole + i] - '0' : 0);
	return width;
}

int32_t render_options_min_width(const struct render_options *o)
{
	return min_width_of(o->min_width_px);
}

int render_options_check(const struct render_options *o, struct err *err)
{
	if (o->width_px < PICTURE_WIDTH_MIN_PX || o->width_px > PICTURE_WIDTH_MAX_PX)
		return err_set(err, -EINVAL, "--width %llu: must be %d to %d pixels",
			       (unsigned long long)o->width_px, PICTURE_WIDTH_MIN_PX,
			       PICTURE_WIDTH_MAX_PX);
	if (!o->scale || o->scale > SCALE_MAX)
		return err_set(err, -EINVAL, "--scale %llu: must be 1 to %d",
			       (unsigned long long)o->scale, SCALE_MAX);
	if (!o->max_frames || o->max_frames > FLAME_MAX_FRAMES_LIMIT)
		return err_set(err, -EINVAL, "--max-frames %llu: must be 1 to %u",
			       (unsigned long long)o->max_frames, FLAME_MAX_FRAMES_LIMIT);
	if (render_options_min_width(o) <= 0 || render_options_min_width(o) > MIN_WIDTH_MAX)
		return err_set(err, -EINVAL, "--min-width %s: must be 0.01 to %d pixels",
			       o->min_width_px, MIN_WIDTH_MAX / SCENE_PX);
	if (o->thread > UINT32_MAX)
		return err_set(err, -EINVAL, "--thread %llu: there are no such thread ids",
			       (unsigned long long)o->thread);
	return 0;
}

struct selection render_options_selection(const struct render_options *o)
{
	return (struct selection){ .event = o->event,
				   .time = o->time,
				   .latency = o->latency,
				   .process = o->process,
				   .thread = (uint32_t)o->thread };
}

/* Whether a choice was made, and which. */
static bool is_chosen(const char *choice, const char *which)
{
	return choice && !strcmp(choice, which);
}

struct wait_request render_options_waits(const struct render_options *o)
{
	bool is_split = is_chosen(o->weight, "split");

	return (struct wait_request){
		.weight = is_split ? WAIT_WEIGHT_SPLIT : WAIT_WEIGHT_FULL,
		.with_idle = o->with_idle,
		.with_kernel = o->with_kernel,
	};
}

struct heatmap_request render_options_heatmap(const struct render_options *o)
{
	return (struct heatmap_request){
		.by = o->by,
		.by_time = is_chosen(o->weight, "time"),
		.is_linear = is_chosen(o->axis, "linear"),
		.shade = is_chosen(o->shade, "sqrt")	 ? HEATMAP_SQRT
			 : is_chosen(o->shade, "linear") ? HEATMAP_LINEAR
							 : HEATMAP_RANK,
	};
}

struct histogram_request render_options_histogram(const struct render_options *o)
{
	return (struct histogram_request){
		.by = o->by,
		.by_time = is_chosen(o->weight, "time"),
		.is_linear = is_chosen(o->axis, "linear"),
	};
}

bool render_options_by_count(const struct render_options *o)
{
	return is_chosen(o->weight, "count");
}
