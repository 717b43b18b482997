#ifndef BASE_STRTAB_H
#define BASE_STRTAB_H

#include <stddef.h>
#include <stdint.h>

/*
 * Strings interned to dense ids: equal bytes, equal id. Any bytes are allowed,
 * NUL among them; each string also has a NUL behind it. Id 0 is the empty
 * string, always. Strings stay where they are until the table is released.
 */
struct strtab;

struct strtab *strtab_new(void);
void strtab_free(struct strtab *t);

uint32_t strtab_intern(struct strtab *t, const char *bytes, size_t len);
uint32_t strtab_intern_text(struct strtab *t, const char *text);

/* The id of bytes that are already there, or UINT32_MAX. */
uint32_t strtab_find(const struct strtab *t, const char *bytes, size_t len);

/* The bytes of an id below strtab_cnt(); out_len may be NULL. */
const char *strtab_get(const struct strtab *t, uint32_t id, size_t *out_len);

/* The id of bytes that strtab_get() gave, by where they are. */
uint32_t strtab_id_of(const char *bytes);

/* The order of the texts of two ids: text_compare() of base/text.h. */
int strtab_compare(const struct strtab *t, uint32_t a, uint32_t b);

uint32_t strtab_cnt(const struct strtab *t);

#endif
