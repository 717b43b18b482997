#include "base/units.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull
#define NS_PER_MIN (60 * NS_PER_S)
#define NS_PER_HOUR (60 * NS_PER_MIN)

/* More decimals than this would overflow the arithmetic and mean nothing. */
#define DECIMALS_MAX 18

struct unit {
	const char *name;
	uint64_t size;
};

static const struct unit duration_units[] = {
	{ "", NS_PER_S },  { "ns", 1 },		{ "us", NS_PER_US },  { "ms", NS_PER_MS },
	{ "s", NS_PER_S }, { "m", NS_PER_MIN }, { "h", NS_PER_HOUR }, { NULL, 0 },
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "K", 1ull << 10 },
	{ "k", 1ull << 10 },
	{ "KiB", 1ull << 10 },
	{ "M", 1ull << 20 },
	{ "MiB", 1ull << 20 },
	{ "G", 1ull << 30 },
	{ "GiB", 1ull << 30 },
	{ "T", 1ull << 40 },
	{ "TiB", 1ull << 40 },
	{ NULL, 0 },
};

static const struct unit count_units[] = {
	{ "", 1 }, { "k", 1000 }, { "K", 1000 }, { "M", 1000000 }, { "G", 1000000000 }, { NULL, 0 },
};

/* A decimal number as digits / 10^decimals, and where it ended. */
struct decimal {
	unsigned __int128 digits;
	unsigned decimals;
	const char *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take_digit(struct decimal *d, char c)
{
	/* Beyond this no unit could bring it back below 2^64. */
	if (d->digits > ((unsigned __int128)1 << 100))
		return false;
	d->digits = d->digits * 10 + (unsigned)(c - '0');
	return true;
}

static bool parse_decimal(const char *p, struct decimal *out)
{
	struct decimal d = { 0 };

	if (!is_digit(*p))
		return false;
	for (; is_digit(*p); p++)
		if (!take_digit(&d, *p))
			return false;
	if (*p == '.' && is_digit(p[1]))
		for (p++; is_digit(*p); p++, d.decimals++)
			if (d.decimals == DECIMALS_MAX || !take_digit(&d, *p))
				return false;
	d.end = p;
	*out = d;
	return true;
}

/* With `exact`, a result that is not whole is refused; else it is cut. */
static bool parse(const char *text, const struct unit *units, bool exact, uint64_t *out)
{
	unsigned __int128 value, divisor = 1;
	struct decimal d;

	if (!parse_decimal(text, &d))
		return false;
	while (units->name && strcmp(units->name, d.end))
		units++;
	if (!units->name || __builtin_mul_overflow(d.digits, units->size, &value))
		return false;
	for (unsigned i = 0; i < d.decimals; i++)
		divisor *= 10;
	if ((exact && value % divisor) || value / divisor > UINT64_MAX)
		return false;
	*out = (uint64_t)(value / divisor);
	return true;
}

bool units_parse_duration(const char *text, uint64_t *out_ns)
{
	return parse(text, duration_units, false, out_ns);
}

bool units_parse_size(const char *text, uint64_t *out_bytes)
{
	return parse(text, size_units, false, out_bytes);
}

bool units_parse_count(const char *text, uint64_t *out)
{
	return parse(text, count_units, true, out);
}

static bool parse_duration_or_size(const char *text, uint64_t *out)
{
	return units_parse_duration(text, out) || units_parse_size(text, out);
}

/* Both ends are of what `parse_end` takes. */
static bool parse_range(const char *text, bool (*parse_end)(const char *, uint64_t *),
			uint64_t *out_first, uint64_t *out_last)
{
	const char *dots = strstr(text, "..");
	uint64_t first = 0, last = UINT64_MAX;
	char from[UNITS_TEXT_MAX];

	if (!dots || (dots == text && !dots[2]) || (size_t)(dots - text) >= sizeof(from))
		return false;
	memcpy(from, text, (size_t)(dots - text));
	from[dots - text] = '\0';
	if (from[0] && !parse_end(from, &first))
		return false;
	if (dots[2] && !parse_end(dots + 2, &last))
		return false;
	if (first > last)
		return false;
	*out_first = first;
	*out_last = last;
	return true;
}

bool units_parse_range(const char *text, uint64_t *out_first, uint64_t *out_last)
{
	return parse_range(text, units_parse_duration, out_first, out_last);
}

bool units_parse_values(const char *text, uint64_t *out_first, uint64_t *out_last)
{
	return parse_range(text, parse_duration_or_size, out_first, out_last);
}

static uint64_t divide_rounded(unsigned __int128 value, uint64_t by)
{
	unsigned __int128 result = (value + by / 2) / by;

	return result > UINT64_MAX ? UINT64_MAX : (uint64_t)result;
}

/*
 * value / unit with at most `decimals` decimals and three digits in all; false
 * if rounding takes it to `limit` or beyond: then the next unit says it better.
 */
static bool three_digits(char *out, uint64_t value, uint64_t unit, int decimals, uint64_t limit,
			 const char *name)
{
	static const uint64_t scales[] = { 1, 10, 100 };

	for (int i = decimals; i >= 0; i--) {
		uint64_t scaled = divide_rounded((unsigned __int128)value * scales[i], unit);

		if (i && scaled >= 1000)
			continue;
		if (scaled >= limit * scales[i])
			return false;
		if (i)
			snprintf(out, UNITS_TEXT_MAX, i == 2 ? "%u.%02u %s" : "%u.%u %s",
				 (unsigned)(scaled / scales[i]), (unsigned)(scaled % scales[i]),
				 name);
		else
			snprintf(out, UNITS_TEXT_MAX, "%llu %s", (unsigned long long)scaled, name);
		return true;
	}
	return false;
}

static void two_parts(char *out, uint64_t value, uint64_t parts, const char *big, const char *small)
{
	snprintf(out, UNITS_TEXT_MAX, "%llu %s %llu %s", (unsigned long long)(value / parts), big,
		 (unsigned long long)(value % parts), small);
}

const char *units_duration(char out[UNITS_TEXT_MAX], uint64_t ns)
{
	uint64_t s = divide_rounded(ns, NS_PER_S), min = divide_rounded(ns, NS_PER_MIN);

	if (ns < 1000)
		snprintf(out, UNITS_TEXT_MAX, "%llu ns", (unsigned long long)ns);
	else if (!three_digits(out, ns, NS_PER_US, 2, 1000, "us") &&
		 !three_digits(out, ns, NS_PER_MS, 2, 1000, "ms") &&
		 !three_digits(out, ns, NS_PER_S, 2, 60, "s")) {
		if (s < 3600)
			two_parts(out, s, 60, "min", "s");
		else
			two_parts(out, min, 60, "h", "min");
	}
	return out;
}

const char *units_size(char out[UNITS_TEXT_MAX], uint64_t bytes)
{
	static const char *const names[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t unit = 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(out, UNITS_TEXT_MAX, "%llu B", (unsigned long long)bytes);
		return out;
	}
	while (!three_digits(out, bytes, unit, 1, 1024, names[i])) {
		unit <<= 10;
		i++;
	}
	return out;
}

const char *units_count(char out[UNITS_TEXT_MAX], uint64_t count)
{
	char digits[UNITS_TEXT_MAX];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
	char *p = out;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
}

/* Neither nothing nor everything is claimed by rounding alone. */
const char *units_percent(char out[UNITS_TEXT_MAX], uint64_t part, uint64_t whole)
{
	unsigned __int128 share = whole ? (unsigned __int128)part * 10000 : 0;
	uint64_t hundredths = whole ? divide_rounded(share, whole) : 0;

	if (!part || !whole)
		snprintf(out, UNITS_TEXT_MAX, "0 %%");
	else if (!hundredths)
		snprintf(out, UNITS_TEXT_MAX, "<0.01 %%");
	else if (hundredths < 100)
		snprintf(out, UNITS_TEXT_MAX, "0.%02u %%", (unsigned)hundredths);
	else if (part < whole && hundredths >= 9995)
		snprintf(out, UNITS_TEXT_MAX, ">99.9 %%");
	else if (part < whole)
		snprintf(out, UNITS_TEXT_MAX, "%u.%u %%", (unsigned)((hundredths + 5) / 100),
			 (unsigned)((hundredths + 5) / 10 % 10));
	else
		snprintf(out, UNITS_TEXT_MAX, "%llu %%",
			 (unsigned long long)divide_rounded(hundredths, 100));
	return out;
}
