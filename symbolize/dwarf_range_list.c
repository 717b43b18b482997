#include "symbolize/dwarf_range_list.h"

#include <dwarf.h>

#include "symbolize/dwarf_leb.h"

static uint64_t take_address(struct dwarf_range_list *l)
{
	return l->address_bytes == 8 ? bytes_u64(&l->in) : bytes_u32(&l->in);
}

bool dwarf_range_list_next(struct dwarf_range_list *l, uint64_t *out_start, uint64_t *out_end)
{
	uint64_t start = 0;
	uint64_t end = 0;

	for (;;) {
		switch (bytes_u8(&l->in)) {
		case DW_RLE_base_address:
			l->base = take_address(l);
			continue;
		case DW_RLE_offset_pair:
			start = l->base + dwarf_leb_take(&l->in);
			end = l->base + dwarf_leb_take(&l->in);
			break;
		case DW_RLE_start_end:
			start = take_address(l);
			end = take_address(l);
			break;
		case DW_RLE_start_length:
			start = take_address(l);
			end = start + dwarf_leb_take(&l->in);
			break;
		case DW_RLE_end_of_list:
			return false;
		default: /* numbers of addresses that stand elsewhere */
			l->is_odd = true;
			return false;
		}
		break;
	}
	*out_start = start;
	*out_end = end;
	return !l->in.failed;
}
