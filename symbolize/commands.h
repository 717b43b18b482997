#ifndef SYMBOLIZE_COMMANDS_H
#define SYMBOLIZE_COMMANDS_H

#include "base/command.h"

/* The command that gives addresses names; it stands in its cmd_NAME.c. */
extern const struct command cmd_symbolize;

#endif
