#ifndef FORMATS_COMMANDS_H
#define FORMATS_COMMANDS_H

#include "base/command.h"

/* The commands that need nothing but trace files; each stands in its cmd_NAME.c. */
extern const struct command cmd_import;
extern const struct command cmd_export;
extern const struct command cmd_info;

#endif
