/*
 * Counts the words of a text far more slowly than it could: the table that it keeps
 * words in has too few buckets, so that every look-up walks a long chain. The symptom is
 * "counting is slow"; the picture shows where.
 *
 *	words [WORDS [BUCKETS]]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define WORDS 30000
#define BUCKETS_MAX 65536

struct word {
	struct word *next;
	char text[16];
	long cnt;
};

static struct word *buckets[BUCKETS_MAX];
static unsigned bucket_cnt = 512; /* for 30,000 words: this is the mistake */

static uint32_t hash_word(const char *text)
{
	uint32_t h = 2166136261u;

	while (*text)
		h = (h ^ (uint8_t)*text++) * 16777619u;
	return h;
}

static int same_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static struct word *find_in_chain(struct word *at, const char *text)
{
	while (at && !same_text(at->text, text))
		at = at->next;
	return at;
}

static void count_word(const char *text)
{
	struct word **head = &buckets[hash_word(text) % bucket_cnt];
	struct word *found = find_in_chain(*head, text);

	if (!found) {
		found = calloc(1, sizeof(*found));
		snprintf(found->text, sizeof(found->text), "%s", text);
		found->next = *head;
		*head = found;
	}
	found->cnt++;
}

static void make_word(char *out, size_t size, uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	snprintf(out, size, "w%u", (*state >> 8) % WORDS);
}

static void count_text(long words)
{
	uint32_t state = 1;
	char text[16];

	for (long i = 0; i < words; i++) {
		make_word(text, sizeof(text), &state);
		count_word(text);
	}
}

static void print_most(void)
{
	const struct word *most = NULL;

	for (int i = 0; i < BUCKETS_MAX; i++)
		for (const struct word *w = buckets[i]; w; w = w->next)
			if (!most || w->cnt > most->cnt)
				most = w;
	printf("%s %ld\n", most->text, most->cnt);
}

int main(int argc, char **argv)
{
	if (argc > 2 && atoi(argv[2]) > 0 && atoi(argv[2]) <= BUCKETS_MAX)
		bucket_cnt = (unsigned)atoi(argv[2]);
	count_text(argc > 1 ? atol(argv[1]) : 12000000);
	print_most();
	return 0;
}
