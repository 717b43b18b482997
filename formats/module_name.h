#ifndef FORMATS_MODULE_NAME_H
#define FORMATS_MODULE_NAME_H

#include "base/strtab.h"
#include "formats/trace.h"

/* What a module is called wherever it is shown. Both are ids in the strtab given. */
struct module_name {
	uint32_t short_name; /* "libz.so.1.2.13", "[jit]"; 0: it has none */
	uint32_t fallback;   /* stands for its addresses without a name: "[libz.so.1.2.13]" */
};

struct module_name module_name_of(struct strtab *texts, const struct trace_module *module);

#endif
