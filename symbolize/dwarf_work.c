#include "symbolize/dwarf_work.h"

size_t dwarf_work_from(const struct dwarf_work *w, uint64_t start)
{
	size_t first = 0;
	size_t last = w->cnt;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (w->addresses[middle] < start)
			first = middle + 1;
		else
			last = middle;
	}
	return first;
}
