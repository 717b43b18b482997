/*
 * A function that takes exactly as long as it is told: it looks at the clock until then, and so
 * is off by what the machine takes away from it, which the caller sees as well.
 *
 *	slow_function COUNT MS...
 *
 *	REF times 5 101 512345678 5061234 5123456 6123456
 */
#include "ref.h"

void take_time(uint64_t ns);

void take_time(uint64_t ns)
{
	uint64_t until_ns = ref_now_ns() + ns;

	while (ref_now_ns() < until_ns)
		;
}

int main(int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		struct ref_times times = { 0 };

		for (uint64_t k = strtoull(argv[1], NULL, 10); k; k--) {
			uint64_t begin_ns = ref_now_ns();

			take_time(strtoull(argv[i], NULL, 10) * 1000000);
			ref_times_add(&times, ref_now_ns() - begin_ns);
		}
		ref_times_say(argv[i], &times);
	}
	return 0;
}
