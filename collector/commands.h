#ifndef COLLECTOR_COMMANDS_H
#define COLLECTOR_COMMANDS_H

#include "base/command.h"

/* The commands that meet the kernel; each stands in its cmd_NAME.c. */
extern const struct command cmd_record;
extern const struct command cmd_list;
extern const struct command cmd_doctor;
extern const struct command cmd_selftest;

#endif
