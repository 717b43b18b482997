#ifndef COLLECTOR_SIGNALS_H
#define COLLECTOR_SIGNALS_H

#include <stdbool.h>

/*
 * The signals that end a recording: SIGINT, SIGTERM, SIGHUP. They are noted here
 * and asked for by the loop; what was ignored when we started (nohup) stays so.
 * Waiting calls return early (EINTR), reads and writes are restarted. SIGCHLD is
 * caught too, whatever it was, so that the end of a command is found, and not late.
 */

struct signal_seen {
	int signal;	 /* SIGINT, SIGTERM or SIGHUP */
	bool by_process; /* sent by somebody's kill(); else by the terminal, to the command too */
};

/* From here on signals are noted. */
void signals_catch(void);

/* One signal that has come and was not taken yet. */
bool signals_take(struct signal_seen *out);

#endif
