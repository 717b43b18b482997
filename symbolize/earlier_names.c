#include "symbolize/earlier_names.h"

#include "formats/name_table.h"
#include "symbolize/trace_addresses.h"

uint32_t earlier_names_find(const struct name_table *earlier, const struct module_addresses *m)
{
	return name_table_module_find(earlier, &m->module, m->has_owner ? &m->owner : NULL);
}

size_t earlier_names_keep(struct name_table *names, uint32_t module,
			  const struct name_table *earlier, uint32_t before,
			  const struct module_addresses *m, bool whole)
{
	size_t kept_cnt = 0;

	for (size_t i = 0; i < m->offsets.cnt; i++) {
		uint64_t offset = m->offsets.v[i];
		const struct name_frame *frames;
		enum name_reason reason;
		size_t cnt;

		if (name_table_find(names, module, offset, &cnt, &reason))
			continue;
		frames = name_table_find(earlier, before, offset, &cnt, &reason);
		if (!frames && !whole)
			continue;
		name_table_add(names, module, offset, frames, cnt, reason);
		kept_cnt += cnt != 0;
	}
	return kept_cnt;
}
