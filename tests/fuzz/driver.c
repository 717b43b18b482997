#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Drives one fuzz target over a corpus, the same way each time:
 *
 *	fuzz_NAME [-runs=N] [-seed=S] [-flips=N] [-truncations=EVERY] [-bits=AT+LEN]...
 *	         FILE|FOLDER...
 *
 * Each file is given to the target as it is. Then, by option: N mutations of the corpus
 * (bits, bytes, boundary values, cuts, insertions, splices); N files with one bit flipped;
 * truncations at each EVERY bytes; every single bit of a range flipped.
 *
 * The target aborts where a promise is broken; the input is then in fuzz-failure.bin, as
 * it is after a crash, a report of a sanitizer, and a SIGTERM (a time limit).
 * It has its own main loop and no instrumentation, so that it needs no compiler but ours.
 */
int fuzz_one(const uint8_t *bytes, size_t len);

/* A target may look at each file of the corpus first, to know what is right. */
__attribute__((weak)) void fuzz_learn(const uint8_t *bytes, size_t len);

#define FILES_MAX 1024
#define RANGES_MAX 4096
#define GROWTH_MAX 4096

struct blob {
	uint8_t *v;
	size_t len;
};

struct range {
	size_t at;
	size_t len;
};

struct driver {
	struct blob files[FILES_MAX];
	size_t file_cnt;
	struct range bits[RANGES_MAX];
	size_t range_cnt;
	uint64_t runs;
	uint64_t flips;
	uint64_t seed;
	uint64_t every; /* truncations: each so many bytes; 0: none */
	uint64_t done;
};

static struct blob current; /* for the report of a failure */

static uint64_t draw(struct driver *d)
{
	uint64_t z = d->seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static size_t below(struct driver *d, size_t limit)
{
	return limit ? (size_t)(draw(d) % limit) : 0;
}

/* Called in a signal handler, or by a sanitizer that has reported. */
static void save_input(void)
{
	int fd = open("fuzz-failure.bin", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	size_t done = 0;
	ssize_t got = 1;

	while (fd >= 0 && done < current.len && got > 0) {
		got = write(fd, current.v + done, current.len - done);
		done += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		close(fd);
}

__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

/* UBSan beside ASan is a library of its own, without a callback. */
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1";
}

static void save_failure(int signal_number)
{
	save_input();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* On a stack of its own, for the other may be what is exhausted. */
static void catch_failures(void)
{
	static const int signals[] = { SIGABRT, SIGTERM, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	size_t cnt = sizeof(signals) / sizeof(signals[0]);
	static char stack[64 << 10];
	struct sigaction action = { .sa_handler = save_failure, .sa_flags = SA_ONSTACK };

	sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
	if (__sanitizer_set_death_callback) {
		__sanitizer_set_death_callback(save_input);
		cnt = 2; /* it reports the others itself */
	}
	for (size_t i = 0; i < cnt; i++)
		sigaction(signals[i], &action, NULL);
}

/* The input lies at the very end of its memory, so that reading beyond it shows. */
static void run(struct driver *d, const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);

	if (!exact)
		exit(1);
	memcpy(exact, bytes, len);
	current = (struct blob){ exact, len };
	if (fuzz_one(exact, len) != 0)
		abort();
	free(exact);
	d->done++;
}

static void mutate_bytes(struct driver *d, struct blob *b)
{
	static const uint64_t edges[] = { 0,	      1,	  0x7f,	      0x80,	 0xff,
					  0x7fff,     0x8000,	  0xffff,     1u << 20,	 1u << 24,
					  0x7fffffff, 0x80000000, 0xffffffff, UINT64_MAX };
	size_t at = below(d, b->len), width = (size_t)1 << below(d, 4);
	uint64_t edge = edges[below(d, sizeof(edges) / sizeof(*edges))];

	switch (below(d, 4)) {
	case 0:
		b->v[at] ^= (uint8_t)(1u << below(d, 8));
		break;
	case 1:
		b->v[at] = (uint8_t)draw(d);
		break;
	case 2:
		b->v[at] = (uint8_t)(b->v[at] + 1 - 2 * below(d, 2));
		break;
	default:
		memcpy(b->v + at, &edge, width < b->len - at ? width : b->len - at);
	}
}

/* Removes, doubles, moves or borrows a stretch. */
static void mutate_stretch(struct driver *d, struct blob *b)
{
	const struct blob *other = &d->files[below(d, d->file_cnt)];
	size_t at = below(d, b->len), len = 1 + below(d, b->len - at), from;

	switch (below(d, 4)) {
	case 0:
		memmove(b->v + at, b->v + at + len, b->len - at - len);
		b->len -= len;
		break;
	case 1:
		b->len = at;
		break;
	case 2:
		len = len < GROWTH_MAX ? len : GROWTH_MAX;
		memmove(b->v + at + len, b->v + at, b->len - at);
		b->len += len;
		break;
	default:
		from = below(d, other->len);
		if (len > other->len - from)
			len = other->len - from;
		memcpy(b->v + at, other->v + from, len);
	}
}

static void mutate(struct driver *d)
{
	const struct blob *base = &d->files[below(d, d->file_cnt)];
	unsigned cnt = 1 + (unsigned)below(d, 4);
	struct blob b = { malloc(base->len + (size_t)cnt * GROWTH_MAX + 1), base->len };

	if (!b.v)
		exit(1);
	memcpy(b.v, base->v, base->len);
	for (unsigned i = 0; i < cnt && b.len; i++) {
		if (below(d, 5))
			mutate_bytes(d, &b);
		else
			mutate_stretch(d, &b);
	}
	run(d, b.v, b.len);
	free(b.v);
}

static void flip(struct driver *d, struct blob *b, size_t bit)
{
	b->v[bit / 8] ^= (uint8_t)(1u << bit % 8);
	run(d, b->v, b->len);
	b->v[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void flip_range(struct driver *d, const struct range *r)
{
	for (size_t i = 0; i < d->file_cnt; i++)
		for (size_t bit = r->at * 8; bit < (r->at + r->len) * 8; bit++)
			if (bit < d->files[i].len * 8)
				flip(d, &d->files[i], bit);
}

static void run_all(struct driver *d)
{
	for (size_t i = 0; i < d->file_cnt && fuzz_learn; i++)
		fuzz_learn(d->files[i].v, d->files[i].len);
	for (size_t i = 0; i < d->file_cnt; i++)
		run(d, d->files[i].v, d->files[i].len);
	for (size_t i = 0; d->every && i < d->file_cnt; i++)
		for (size_t len = 0; len < d->files[i].len; len += d->every)
			run(d, d->files[i].v, len);
	for (size_t i = 0; i < d->range_cnt; i++)
		flip_range(d, &d->bits[i]);
	for (uint64_t i = 0; i < d->flips && d->file_cnt; i++) {
		struct blob *b = &d->files[below(d, d->file_cnt)];

		flip(d, b, below(d, b->len * 8));
	}
	for (uint64_t i = 0; i < d->runs && d->file_cnt; i++)
		mutate(d);
}

static void add_file(struct driver *d, const char *path)
{
	struct blob b = { 0 };
	FILE *f = fopen(path, "rb");
	struct stat st;

	if (!f || fstat(fileno(f), &st) != 0 || d->file_cnt == FILES_MAX) {
		fprintf(stderr, "%s: cannot read\n", path);
		exit(1);
	}
	b.v = malloc((size_t)st.st_size + 1);
	b.len = b.v ? fread(b.v, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	d->files[d->file_cnt++] = b;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add(struct driver *d, const char *path)
{
	struct dirent **names;
	int cnt = scandir(path, &names, NULL, by_name);

	if (cnt < 0) {
		add_file(d, path);
		return;
	}
	for (int i = 0; i < cnt; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			add_file(d, file);
		free(names[i]);
	}
	free(names);
}

static void take_argument(struct driver *d, const char *arg)
{
	struct range *r = &d->bits[d->range_cnt];

	if (sscanf(arg, "-runs=%" SCNu64, &d->runs) == 1 ||
	    sscanf(arg, "-seed=%" SCNu64, &d->seed) == 1 ||
	    sscanf(arg, "-flips=%" SCNu64, &d->flips) == 1 ||
	    sscanf(arg, "-truncations=%" SCNu64, &d->every) == 1)
		return;
	if (d->range_cnt < RANGES_MAX && sscanf(arg, "-bits=%zu+%zu", &r->at, &r->len) == 2)
		d->range_cnt++;
	else
		add(d, arg);
}

int main(int argc, char **argv)
{
	static struct driver d = { .seed = 1 };

	catch_failures();
	for (int i = 1; i < argc; i++)
		take_argument(&d, argv[i]);
	run_all(&d);
	printf("%zu files, %" PRIu64 " inputs\n", d.file_cnt, d.done);
	for (size_t i = 0; i < d.file_cnt; i++)
		free(d.files[i].v);
	return 0;
}
