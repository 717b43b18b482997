#ifndef COLLECTOR_MODULE_LOG_H
#define COLLECTOR_MODULE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "formats/trace_writer.h"

/*
 * The files that processes have mapped to run, each once, by a dense index. A build
 * ID is taken from the kernel's mmap record where it has one, else read from the
 * file, and that only when a sample falls into it: most mappings never get one.
 */
struct module_log;

/* Not files: their frames are raw addresses of one process. */
#define MODULE_JIT 0  /* anonymous memory that can run */
#define MODULE_VDSO 1 /* the kernel's page of user code */
#define MODULE_FIRST_FILE 2

/* What is mapped, as the kernel says it. */
struct module_origin {
	const char *path; /* may end in " (deleted)"; "" or [words] where there is no file */
	size_t path_len;
	uint64_t dev, inode;
	const uint8_t *build_id; /* NULL: unknown */
	uint8_t build_id_len;
};

/* Where it is mapped: the way to the file even if its name is gone. */
struct module_place {
	uint32_t tgid;
	uint64_t start, end;
};

struct module_log *module_log_new(void);
void module_log_free(struct module_log *log);

/* The index of what is mapped: MODULE_JIT, MODULE_VDSO or a file. */
uint32_t module_log_find(struct module_log *log, const struct module_origin *origin);

/* The writer's id of a file or the vdso; `place` is used if the build ID is to be read. */
uint32_t module_log_id(struct module_log *log, uint32_t module, const struct module_place *place,
		       struct trace_writer *writer);

/*
 * The file that was mapped, open to read; -1 if it cannot be reached any more, or if what is
 * reached is another one. Needs the rights that reading a stranger's build ID needs.
 */
int module_log_open(struct module_log *log, uint32_t module, const struct module_place *place);

/* Its build ID, of *out_len bytes, 0 if it has none; valid until a module is added. */
const uint8_t *module_log_build_id(struct module_log *log, uint32_t module,
				   const struct module_place *place, size_t *out_len);

/* The path of a file, with a NUL behind it. */
const char *module_log_path(const struct module_log *log, uint32_t module);

#endif
