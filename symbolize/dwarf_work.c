#include "symbolize/dwarf_work.h"

#include "base/sorted.h"

size_t dwarf_work_from(const struct dwarf_work *w, uint64_t start)
{
	return sorted_from(w->addresses, w->cnt, start);
}
