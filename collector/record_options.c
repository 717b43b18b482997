#include "collector/record_options.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "collector/programs.h"

/* Of a latency told with its stacks some 4 us are spent and some 15 bytes written. */
#define LATENCIES_KEEP_PER_S 200
#define WAITS_KEEP "1000/s"

const struct option record_option_rows[] = {
	{ 'e', "event", "EVENT", OPTION_LIST, offsetof(struct record_options, events),
	  .fallback = "cpu",
	  .help = "events to record, or probes, parted by commas; `profile list` shows them, and "
		  "what each costs" },
	{ 'a', "all", NULL, OPTION_FLAG, offsetof(struct record_options, all),
	  .help = "record every process; the default without -p, -t and COMMAND" },
	{ 'p', "pid", "PID", OPTION_LIST, offsetof(struct record_options, processes),
	  .help = "record these processes, and the children they have later" },
	{ 't', "tid", "TID", OPTION_LIST, offsetof(struct record_options, threads),
	  .help = "record these threads" },
	{ 0, "cgroup", "PATH", OPTION_TEXT, offsetof(struct record_options, cgroup),
	  .help = "record only what runs in this cgroup (version 2) and below: a folder, or its "
		  "path as in /proc/PID/cgroup" },
	{ 0, "comm", "GLOB", OPTION_TEXT, offsetof(struct record_options, comm_glob),
	  .help = "record only threads with such a name, for example 'nginx*'" },
	{ 'C', "cpu", "CPU", OPTION_LIST, offsetof(struct record_options, cpus),
	  .help = "record only on these CPUs, for example 0,4-7" },
	{ 'd', "duration", "TIME", OPTION_DURATION, offsetof(struct record_options, duration_ns),
	  .not_zero = true,
	  .help = "stop after this time, for example 30s or 2m; a COMMAND that still runs is ended "
		  "with SIGTERM" },
	{ 'F', "freq", "HZ", OPTION_COUNT, offsetof(struct record_options, frequency_hz),
	  .not_zero = true,
	  .help = "samples a second on each CPU; else 99, but every single one of events that the "
		  "kernel counts itself, such as page-faults" },
	{ 0, "min-block", "TIME", OPTION_DURATION, offsetof(struct record_options, min_block_ns),
	  .help = "of waits (-e offcpu, wakeup, offwake, chain), keep those that last as long, for "
		  "example 1ms; shorter ones are only counted" },
	{ 0, "max-block", "TIME", OPTION_DURATION, offsetof(struct record_options, max_block_ns),
	  .not_zero = true, .help = "of waits, keep those that last no longer" },
	{ 0, "wait-state", "STATE", OPTION_LIST, offsetof(struct record_options, wait_states),
	  .help = "of waits, keep those in these states: interruptible, uninterruptible, stopped, "
		  "preempted, new, idle; else all" },
	{ 0, "max-overhead", "PERCENT", OPTION_TEXT, offsetof(struct record_options, max_overhead),
	  .fallback = "1%",
	  .help = "what keeping waits may cost, of the time of all CPUs: beyond it, shorter ones "
		  "are "
		  "only counted, and trace and pictures say so; 0 is no bound" },
	{ 0, "keep", "RATE", OPTION_TEXT, offsetof(struct record_options, keep),
	  .help = "beside the sums of all waits, and the counts of all latencies, keep about so "
		  "many of each kind one by one; else 1000/s of waits and 200/s of latencies. Of "
		  "latencies fewer a second as the recording gets longer than a minute" },
	{ 0, "slower", "TIME", OPTION_DURATION, offsetof(struct record_options, slower_ns),
	  .not_zero = true,
	  .help = "of latencies, keep every one that took at least so long one by one, for example "
		  "10ms" },
	{ 0, "args", NULL, OPTION_FLAG, offsetof(struct record_options, with_args),
	  .help = "with -e exec, keep the arguments of programs, too, which may hold secrets" },
	{ 'U', "user", NULL, OPTION_FLAG, offsetof(struct record_options, user_only),
	  .help = "record user stacks only" },
	{ 'K', "kernel", NULL, OPTION_FLAG, offsetof(struct record_options, kernel_only),
	  .help = "record kernel stacks only" },
	{ 0, "unwind", "HOW", OPTION_CHOICE, offsetof(struct record_options, unwind),
	  .choices = "auto|fp|copy", .fallback = "auto",
	  .help = "how user stacks are walked: auto by the unwind tables of their files, and where "
		  "those do not do, by a copy of the stack (on x86-64; else as fp); fp by frame "
		  "pointers, which most distributions leave out; copy by copies alone" },
	{ 0, "unwind-mem", "SIZE", OPTION_SIZE, offsetof(struct record_options, unwind_bytes),
	  .fallback = "32MiB", .not_zero = true,
	  .help = "memory for unwind tables, which is taken at once; gcc and clang at work need "
		  "some 25MiB, a server 5MiB. With the default, recording takes some 55MiB in "
		  "all" },
	{ 0, "copy-size", "SIZE", OPTION_SIZE, offsetof(struct record_options, copy_bytes),
	  .fallback = "48KiB", .not_zero = true,
	  .help = "bytes of a stack that is copied, at most 60KiB, and 32KiB where a thread "
		  "waited, woke another, or took time (latencies); deeper ones are cut at the "
		  "root" },
	{ 'o', "output", "FILE", OPTION_TEXT, offsetof(struct record_options, output),
	  .fallback = "profile.data",
	  .help = "the trace; - is stdout, and what COMMAND prints then goes to stderr" },
	{ 0, "keep-root", NULL, OPTION_FLAG, offsetof(struct record_options, keep_root),
	  .help = "under sudo, run COMMAND as root and not as the user who called sudo" },
	{ 'q', "quiet", NULL, OPTION_FLAG, offsetof(struct record_options, quiet),
	  .help = "say nothing but errors and losses" },
	{ 'v', "verbose", NULL, OPTION_FLAG, offsetof(struct record_options, verbose),
	  .help = "also say what fires, what became of all samples, and what it cost" },
	{ 'g', NULL, NULL, OPTION_ACCEPTED, 0, .help = "ignored: stacks are always recorded" },
	{ 0 },
};

const struct example record_examples[] = {
	{ "sudo profile record -- make -j4", "a command and its children" },
	{ "sudo profile record -d 30s", "the whole machine for half a minute" },
	{ "sudo profile record -p $(pgrep -d, nginx) -d 10s", "some processes" },
	{ "sudo profile record -e page-faults -- ./server", "who touches new memory" },
	{ "sudo profile record -e chain -p $(pgrep -d, postgres) -d 30s",
	  "what some processes wait for, and who lets them wait" },
	{ "sudo profile record -e cpu,offcpu -d 30s", "where all time goes, on CPU and off" },
	{ "sudo profile record -e block,file --slower 10ms -d 1m",
	  "how long disks and files take, and each time that it was 10 ms or longer" },
	{ "sudo profile record -e latency:uprobe:./server:handle_request -d 10s",
	  "how long a function takes" },
	{ "sudo profile record -o - -d 10s | ssh me@desk 'cat > there.data'",
	  "a trace that never lies on this machine's disk" },
	{ 0 },
};

const struct exit_row record_exits[] = {
	{ "0", "The trace is complete; with COMMAND, it exited with 0, or was ended because -d had "
	       "passed." },
	{ "N", "COMMAND exited with N; 128+N when signal N killed it." },
	{ "2", "The command line is wrong." },
	{ "3", "The disk is full; what was recorded before can be read." },
	{ "125", "The profiler failed." },
	{ "126", "COMMAND cannot be executed." },
	{ "127", "COMMAND was not found." },
	{ 0 },
};

const char record_description[] =
	"Records where time goes into a trace file, from which the other commands draw pictures. "
	"Runs until COMMAND ends, -d has passed, nothing of what was chosen is left, or Ctrl-C; "
	"the "
	"file is complete in each case, and what was recorded up to the last second can be read "
	"even "
	"if the recorder is killed; of latencies up to the last whole slice, which is 100 ms long "
	"at "
	"first, and after an hour 30 s.\n\n"
	"COMMAND starts when everything is in place, so that its first instruction is recorded. "
	"With "
	"-a, -p, -t or --cgroup it is not what is recorded, but says how long, as in `profile "
	"record "
	"-a -- sleep 10`. Under sudo it runs as the user who called sudo. Ctrl-C reaches it as "
	"always; "
	"it decides, and its end is recorded; a second Ctrl-C ends the recording at once. SIGTERM "
	"and "
	"SIGHUP are passed on to it; a COMMAND that ignores them is left running after 5 "
	"seconds.\n\n"
	"What -e has no name for, probes reach. Those of samples take a stack each time: "
	"tracepoint:CATEGORY:NAME, kprobe:FUNCTION, uprobe:FILE:FUNCTION, usdt:FILE:PROVIDER:NAME. "
	"Those of latencies count how long something takes: latency:uprobe:FILE:FUNCTION and "
	"latency:kprobe:FUNCTION from entry to return, latency:CATEGORY:NAME..CATEGORY:NAME from "
	"one tracepoint to another of the same thread. FILE is a path, or a library by the name "
	"that programs are linked with: c is libc. Behind a probe may stand @FIELD, a number to "
	"weigh each event by, with its unit (@arg1/bytes, @ret/ns); #FIELD, a number to tell "
	"latencies apart by; ##FIELD, to join two tracepoints by it and not by their thread. A "
	"field is a tracepoint's, or arg1 to arg6, or ret for what a function returned. At most 8 "
	"probes of latencies and 8 events of samples fit into one recording.\n\n"
	"What probes cannot do: a C++ exception must not pass through a function whose return is "
	"probed (latency:uprobe), because the kernel has put an address of its own where the "
	"exception looks for the caller: the program is ended. Returns of more than 64 calls of "
	"probed functions within each other are not seen, nor those of a kernel's function that "
	"more threads are in at once than the kernel keeps room for. A probe in a file is passed "
	"in all processes that map it, and slows each of its calls down, also of processes that "
	"are not recorded. -e dns sees look-ups by the libcs that are in use when recording "
	"begins: not those of Go programs that ask by themselves, of static programs, or of a "
	"container that starts later with a libc of its own.\n\n"
	"Needs root, or CAP_BPF and CAP_PERFMON; `profile doctor` says what is missing. Rights "
	"that "
	"recording does not need are dropped as soon as COMMAND runs.";

enum abi_unwind record_options_unwind(const struct record_options *o)
{
	if (o->kernel_only)
		return ABI_UNWIND_FP;
#ifdef __x86_64__
	if (!strcmp(o->unwind, "copy"))
		return ABI_UNWIND_COPY;
	if (!strcmp(o->unwind, "auto"))
		return ABI_UNWIND_AUTO;
#endif
	return ABI_UNWIND_FP;
}

int record_options_waits(const struct record_options *o, enum wait_way way,
			 struct wait_options *out, struct err *err)
{
	const struct wait_words words = {
		.states = &o->wait_states,
		.overhead = o->max_overhead,
		.keep = o->keep ? o->keep : WAITS_KEEP,
		.min_ns = o->min_block_ns,
		.max_ns = o->max_block_ns,
	};
	int code;

	if (!way && (o->min_block_ns || o->max_block_ns || o->wait_states.cnt))
		return err_set(err, -EINVAL,
			       "--%s is about waits, and none are recorded; add -e offcpu",
			       o->min_block_ns	 ? "min-block"
			       : o->max_block_ns ? "max-block"
						 : "wait-state");
	if (way && o->cpus.cnt)
		return err_set(err, -EINVAL,
			       "-C: who waits is on no CPU, so -e %s cannot be bound to some",
			       wait_way_name(way));
	code = wait_options_read(out, &words, err);
	if (!code)
		out->way = way;
	return code;
}

static bool has_source(const struct latency_options *latency, const struct latency_source *source)
{
	for (uint32_t i = 0; i < latency->source_cnt; i++)
		if (latency->sources[i] == source)
			return true;
	return false;
}

int record_options_latencies(const struct record_options *o, uint64_t keep_per_s,
			     struct chosen_events *chosen, struct err *err)
{
	struct latency_options *latency = &chosen->latency;
	bool has_latencies = latency->source_cnt || latency->probe_cnt;

	if (o->keep && !has_latencies && !chosen->way)
		return err_set(err, -EINVAL,
			       "--keep is about waits and latencies, and none are recorded; add "
			       "-e offcpu or -e block");
	if (o->slower_ns && !has_latencies)
		return err_set(err, -EINVAL,
			       "--slower is about latencies, and none are recorded; add -e block");
	if (o->with_args && !has_source(latency, &latency_source_exec))
		return err_set(err, -EINVAL,
			       "--args is about programs that start, and those are not recorded; "
			       "add -e exec");
	if (chosen_events_latency(chosen) && o->cpus.cnt)
		return err_set(err, -EINVAL,
			       "-C: latencies and probes are of threads wherever they run, so they "
			       "cannot be bound to some CPUs");
	latency->slower_ns = o->slower_ns;
	latency->keep_per_s = o->keep ? keep_per_s : LATENCIES_KEEP_PER_S;
	latency->with_args = o->with_args;
	return 0;
}

int record_options_check(const struct record_options *o, struct err *err)
{
	if (o->user_only && o->kernel_only)
		return err_set(err, -EINVAL,
			       "-U and -K exclude each other; without them both kinds "
			       "of stacks are recorded");
	if (o->quiet && o->verbose)
		return err_set(err, -EINVAL, "-q and -v exclude each other");
	if (o->copy_bytes > ABI_COPY_MAX)
		return err_set(err, -EINVAL, "--copy-size: at most 60KiB of a stack can be copied");
	if (o->unwind_bytes > PROGRAMS_UNWIND_BYTES_MAX)
		return err_set(err, -EINVAL, "--unwind-mem: at most 8GiB can be used");
	if (!*o->output)
		return err_set(err, -EINVAL, "-o: the file name is empty");
	if (!strcmp(o->output, "-") && isatty(STDOUT_FILENO))
		return err_set(err, -EINVAL,
			       "-o -: a trace is not for a terminal; redirect it to a "
			       "file or pipe");
	return 0;
}
