#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * An error: a negative errno and one finished sentence for the person at the
 * terminal. A plain value of fixed size, so failing is one statement and never
 * needs memory:
 *
 *	return err_set(err, -EBADMSG, "%s: chunk at byte %llu: bad checksum", path, at);
 *
 * The sentence says what failed, the value it had and the remedy. The first
 * cause is kept: setting an error that is already set changes nothing. Callers
 * that know more put it in front with err_prefix(). A sentence that is too long loses
 * its middle, and a prefix its end: the cause always stands there.
 *
 * Every function that takes `struct err *` accepts NULL from a caller that only
 * wants the code.
 */

#define ERR_TEXT_MAX 512

struct err {
	int code; /* 0: none; else a negative errno */
	char text[ERR_TEXT_MAX];
};

/* Sets code and text unless already set; returns the code that err now holds. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " in front of the text of a set error; does nothing to NULL. */
void err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Forgets the error, so that the value can be used again. */
void err_clear(struct err *err);

#endif
