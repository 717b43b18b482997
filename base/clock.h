#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Now, in ns of CLOCK_MONOTONIC: the clock of samples, deadlines and everything else that is
 * compared. Only what is shown to people is told in real time. */
uint64_t clock_now_ns(void);

/* The same and the time that the machine slept: what /proc counts. */
uint64_t clock_since_boot_ns(void);

#endif
