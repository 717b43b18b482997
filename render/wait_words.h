#ifndef RENDER_WAIT_WORDS_H
#define RENDER_WAIT_WORDS_H

#include <stdint.h>

#include "base/buf.h"
#include "render/wait_report.h"

/*
 * How a report calls what it found, on one line. Names come out as they are in the trace: make
 * the line visible (base/text.h) before it goes anywhere.
 *
 *	a place     futex_wait_queue <- pthread_mutex_lock <- worker_take
 *	a leaving   pthread_mutex_unlock <- worker_put        of a thread: what it did itself
 *	            nvme_irq                                  of an interrupt
 *	a thread    worker/1234                               by its tid
 *	an end      producer at pthread_cond_signal <- produce; [softirq] net_rx_action
 *	a chain     producer/1235 <- [hardirq] nvme_irq       who ended it, and who had woken that
 */
#define WAIT_WORDS_LINKS 3 /* of a chain; what is behind them is ".." */

/* The name of a thread or process, "[unknown]" if it has none. */
void wait_words_put_name(struct buf *out, const struct wait_report *r, uint32_t comm);
void wait_words_put_place(struct buf *out, const struct wait_report *r, uint32_t gist);
void wait_words_put_leaving(struct buf *out, const struct wait_report *r, uint32_t gist);
void wait_words_put_thread(struct buf *out, const struct wait_report *r, uint32_t thread);
void wait_words_put_end(struct buf *out, const struct wait_report *r,
			const struct wait_ending *ending);
void wait_words_put_chain(struct buf *out, const struct wait_report *r,
			  const struct long_wait *wait);

#endif
