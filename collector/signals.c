#include "collector/signals.h"

#include <signal.h>
#include <stddef.h>

/* The only state of the process that is not passed as an argument: a handler has no
 * other way to say what it saw. One slot for each signal. */
static const int ending[] = { SIGINT, SIGTERM, SIGHUP };

#define ENDING_CNT (sizeof(ending) / sizeof(ending[0]))

enum note { NOTE_NONE = 0, NOTE_TERMINAL = 1, NOTE_PROCESS = 2 };

static volatile sig_atomic_t notes[ENDING_CNT];

static void note_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	for (size_t i = 0; i < ENDING_CNT; i++)
		if (ending[i] == signal)
			notes[i] = info->si_code <= 0 ? NOTE_PROCESS : NOTE_TERMINAL;
}

static void catch_one(int signal)
{
	struct sigaction action = { .sa_sigaction = note_signal,
				    .sa_flags = SA_SIGINFO | SA_RESTART };

	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, NULL);
}

static bool is_ignored(int signal)
{
	struct sigaction now;

	return !sigaction(signal, NULL, &now) && now.sa_handler == SIG_IGN;
}

void signals_catch(void)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	for (size_t i = 0; i < ENDING_CNT; i++) {
		if (!is_ignored(ending[i]))
			catch_one(ending[i]);
		sigaddset(&wanted, ending[i]);
	}
	catch_one(SIGCHLD); /* even if ignored: then no end of a command is ever told */
	sigaddset(&wanted, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &wanted, NULL);
}

bool signals_take(struct signal_seen *out)
{
	for (size_t i = 0; i < ENDING_CNT; i++) {
		int note = notes[i];

		if (note == NOTE_NONE)
			continue;
		notes[i] = NOTE_NONE;
		out->signal = ending[i];
		out->by_process = note == NOTE_PROCESS;
		return true;
	}
	return false;
}
