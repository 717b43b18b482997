#include "collector/kernel_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collector/build_id.h"
#include "collector/kallsyms.h"
#include "collector/programs.h"

#define MODULES_TEXT_MAX ((size_t)1 << 20)
#define MODULE_NAME_MAX 64
#define NO_GROUP UINT32_MAX

/* No kernel's own code is farther from _stext; BPF programs are. */
#define KERNEL_SPAN ((uint64_t)256 << 20)

/* A loaded module, by the line of /proc/modules. */
struct kernel_module {
	char name[MODULE_NAME_MAX];
	uint64_t base, size;
};

struct kernel_log {
	struct programs *programs; /* NULL: all symbols have been read */
	struct kallsyms *symbols;
	uint64_t stext;
	struct {
		VEC(struct kernel_module);
	} modules;
	/* Of the writer's present group. */
	uint32_t group;
	uint32_t kernel_id;
	struct idmap frames;	 /* (address, is_caller) to frame */
	struct idmap module_ids; /* base to module */
	struct idmap named;	 /* address of a symbol: it was written */
};

static void read_modules(struct kernel_log *log)
{
	char *text, *line, *rest;

	log->modules.cnt = 0;
	if (io_read_text("/proc/modules", MODULES_TEXT_MAX, &text, NULL, NULL))
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct kernel_module m = { .name = "" };

		if (sscanf(line, "%63s %" SCNu64 " %*s %*s %*s %" SCNx64, m.name, &m.size,
			   &m.base) == 3 &&
		    m.base)
			*vec_push(&log->modules) = m;
	}
	free(text);
}

struct kernel_log *kernel_log_new(struct programs *programs)
{
	struct kernel_log *log = mem_alloc(1, sizeof(*log));

	log->symbols = kallsyms_new();
	log->group = NO_GROUP;
	log->stext = kallsyms_read_stext();
	if (log->stext && programs && programs_kernel_name(programs, log->stext))
		log->programs = programs;
	else
		kallsyms_read(log->symbols);
	read_modules(log);
	return log;
}

void kernel_log_free(struct kernel_log *log)
{
	if (!log)
		return;
	kallsyms_free(log->symbols);
	vec_release(&log->modules);
	idmap_release(&log->frames);
	idmap_release(&log->module_ids);
	idmap_release(&log->named);
	free(log);
}

bool kernel_log_hidden(const struct kernel_log *log)
{
	return !log->stext;
}

bool kernel_log_apply(struct kernel_log *log, const struct perf_record *record)
{
	if (record->type != PERF_RECORD_KSYMBOL || record->symbol.gone || !record->symbol.is_bpf)
		return false;
	kallsyms_add(log->symbols, record->symbol.start, record->symbol.len, record->symbol.name,
		     "bpf");
	kallsyms_sort(log->symbols);
	idmap_clear(&log->frames);
	idmap_remove(&log->module_ids, record->symbol.start, TRACE_MODULE_BPF);
	idmap_remove(&log->named, record->symbol.start, 0);
	return true;
}

static void enter_group(struct kernel_log *log, struct trace_writer *writer)
{
	struct trace_module kernel = { .kind = TRACE_MODULE_KERNEL,
				       .path = "[kernel]",
				       .process = TRACE_NONE };

	kernel.build_id_len = (uint8_t)build_id_of_note_file("/sys/kernel/notes", kernel.build_id);
	log->group = trace_writer_group(writer);
	log->kernel_id = trace_writer_module(writer, &kernel);
	idmap_clear(&log->frames);
	idmap_clear(&log->module_ids);
	idmap_clear(&log->named);
}

/* Where an address belongs: the writer's module, and the address of its offset 0. */
struct place {
	uint32_t module;
	uint64_t base;
};

static uint32_t intern_module(struct kernel_log *log, struct trace_writer *writer, uint64_t base,
			      struct trace_module *record)
{
	uint32_t id = idmap_find(&log->module_ids, base, record->kind);

	if (id != IDMAP_NONE)
		return id;
	if (record->kind == TRACE_MODULE_KERNEL_MODULE) {
		char *notes = mem_printf("/sys/module/%.*s/notes/.note.gnu.build-id",
					 (int)strlen(record->path) - 2, record->path + 1);

		record->build_id_len = (uint8_t)build_id_of_note_file(notes, record->build_id);
		free(notes);
	}
	id = trace_writer_module(writer, record);
	idmap_set(&log->module_ids, base, record->kind, id);
	return id;
}

static const struct kernel_module *search_modules(const struct kernel_log *log, uint64_t address)
{
	for (size_t i = 0; i < log->modules.cnt; i++) {
		const struct kernel_module *m = &log->modules.v[i];

		if (address - m->base < m->size)
			return m;
	}
	return NULL;
}

static bool is_bpf(const struct kernel_log *log, const struct kallsyms_symbol *symbol)
{
	if (*symbol->owner)
		return !strcmp(symbol->owner, "bpf");
	return !strncmp(symbol->name, "bpf_", 4) && symbol->address - log->stext > KERNEL_SPAN;
}

/* The module that holds the address; loaded since we looked, perhaps. */
static const struct kernel_module *find_module(struct kernel_log *log, uint64_t address,
					       const struct kallsyms_symbol *symbol)
{
	const struct kernel_module *m = search_modules(log, address);

	if (m || !symbol || !*symbol->owner || is_bpf(log, symbol))
		return m;
	read_modules(log);
	return search_modules(log, address);
}

static struct place place_of(struct kernel_log *log, struct trace_writer *writer, uint64_t address,
			     const struct kallsyms_symbol *symbol)
{
	const struct kernel_module *m = find_module(log, address, symbol);
	struct trace_module record = { .process = TRACE_NONE };
	char name[MODULE_NAME_MAX + 3];
	bool bpf = symbol && is_bpf(log, symbol);

	if (m || (symbol && *symbol->owner && !bpf)) {
		uint64_t base = m ? m->base : symbol->address;

		snprintf(name, sizeof(name), "[%.63s]", m ? m->name : symbol->owner);
		record.kind = TRACE_MODULE_KERNEL_MODULE;
		record.path = name;
		return (struct place){ intern_module(log, writer, base, &record), base };
	}
	if (bpf) {
		record.kind = TRACE_MODULE_BPF;
		record.path = symbol->name;
		return (struct place){ intern_module(log, writer, symbol->address, &record),
				       symbol->address };
	}
	return (struct place){ log->kernel_id, log->stext };
}

static void write_symbol(struct kernel_log *log, struct trace_writer *writer,
			 const struct kallsyms_symbol *symbol, const struct place *place)
{
	uint32_t fresh = 1;

	if (symbol->address < place->base ||
	    idmap_find(&log->named, symbol->address, 0) != IDMAP_NONE)
		return;
	idmap_set(&log->named, symbol->address, 0, fresh);
	trace_writer_kernel_symbol(writer, &(struct trace_kernel_symbol){
						   .module = place->module,
						   .offset = symbol->address - place->base,
						   .size = symbol->size,
						   .name = symbol->name,
					   });
}

static bool find_symbol(struct kernel_log *log, uint64_t address, struct kallsyms_symbol *out)
{
	const char *printed;

	if (kernel_log_hidden(log))
		return false;
	if (kallsyms_find(log->symbols, address, out))
		return true;
	printed = log->programs ? programs_kernel_name(log->programs, address) : NULL;
	return printed && kallsyms_add_printed(log->symbols, address, printed) &&
	       kallsyms_find(log->symbols, address, out);
}

static uint32_t make_frame(struct kernel_log *log, uint64_t address, struct trace_writer *writer)
{
	struct trace_frame frame = { .kind = TRACE_FRAME_KERNEL, .name = "", .file = "" };
	struct kallsyms_symbol symbol;
	bool found = find_symbol(log, address, &symbol);
	struct place place = place_of(log, writer, address, found ? &symbol : NULL);

	if (found)
		write_symbol(log, writer, &symbol, &place);
	frame.module = place.module;
	frame.offset = address - place.base;
	return trace_writer_frame(writer, &frame);
}

uint32_t kernel_log_frame(struct kernel_log *log, uint64_t address, bool is_caller,
			  struct trace_writer *writer)
{
	uint32_t frame;

	if (log->group != trace_writer_group(writer))
		enter_group(log, writer);
	frame = idmap_find(&log->frames, address, is_caller);
	if (frame != IDMAP_NONE)
		return frame;
	frame = make_frame(log, address - is_caller, writer);
	idmap_set(&log->frames, address, is_caller, frame);
	return frame;
}

bool kernel_log_names_program(const char *name)
{
	static const char *const starts[] = {
		"bpf_prog_",	   "bpf_trampoline", "bpf_trace_run", "bpf_get_stack",
		"__bpf_get_stack", "__bpf_trace_",   "__traceiter_",  "__bpf_prog_",
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	return false;
}

bool kernel_log_is_program(struct kernel_log *log, uint64_t address, bool is_caller)
{
	struct kallsyms_symbol symbol;

	return find_symbol(log, address - is_caller, &symbol) &&
	       kernel_log_names_program(symbol.name);
}

/* Since 6.10 it has a name of its own; before, two symbols have its address. */
bool kernel_log_is_softirq(struct kernel_log *log, uint64_t address, bool is_caller)
{
	struct kallsyms_symbol symbol;

	return find_symbol(log, address - is_caller, &symbol) &&
	       (!strcmp(symbol.name, "handle_softirqs") || !strcmp(symbol.name, "__do_softirq") ||
		!strcmp(symbol.name, "__softirqentry_text_start"));
}
