#ifndef RENDER_COMMANDS_H
#define RENDER_COMMANDS_H

#include "base/command.h"

/* The commands that draw and tell; each stands in its cmd_NAME.c. */
extern const struct command cmd_render;
extern const struct command cmd_report;

#endif
