#include "collector/cpu_list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/trace.h"

#define ONLINE "/sys/devices/system/cpu/online"

void cpu_list_release(struct cpu_list *list)
{
	vec_release(list);
}

/* A decimal number at *at, which moves behind it. */
static bool take_cpu(const char **at, uint32_t *out)
{
	char *end;
	unsigned long value;

	if (**at < '0' || **at > '9')
		return false;
	value = strtoul(*at, &end, 10);
	if (value >= TRACE_CPUS_MAX)
		return false;
	*at = end;
	*out = (uint32_t)value;
	return true;
}

static bool take_range(const char **at, struct cpu_list *out)
{
	uint32_t first, last;

	if (!take_cpu(at, &first))
		return false;
	last = first;
	if (**at == '-') {
		(*at)++;
		if (!take_cpu(at, &last) || last < first)
			return false;
	}
	if (out->cnt && first <= out->v[out->cnt - 1])
		return false;
	for (uint32_t cpu = first; cpu <= last; cpu++)
		*vec_push(out) = cpu;
	return true;
}

bool cpu_list_parse(struct cpu_list *out, const char *text)
{
	const char *at = text;

	out->cnt = 0;
	while (take_range(&at, out)) {
		if (*at == ',') {
			at++;
			continue;
		}
		if (*at == '\n' || !*at)
			return true;
		break;
	}
	out->cnt = 0;
	return false;
}

int cpu_list_open(void)
{
	return open(ONLINE, O_RDONLY | O_CLOEXEC);
}

bool cpu_list_read(struct cpu_list *out, int fd)
{
	char text[4096];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return false;
	text[len] = 0;
	return cpu_list_parse(out, text);
}

bool cpu_list_online(struct cpu_list *out)
{
	int fd = cpu_list_open();
	bool read = fd >= 0 && cpu_list_read(out, fd);

	if (fd >= 0)
		close(fd);
	return read;
}

bool cpu_list_has(const struct cpu_list *list, uint32_t cpu)
{
	for (size_t i = 0; i < list->cnt; i++)
		if (list->v[i] == cpu)
			return true;
	return false;
}
