#ifndef COLLECTOR_SYSCALL_NAME_H
#define COLLECTOR_SYSCALL_NAME_H

#include <stdint.h>

/* "openat", as the headers of this machine number them; NULL: they know of none. */
const char *syscall_name(uint64_t number);

#endif
