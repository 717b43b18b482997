#include "collector/cgroup.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/io.h"
#include "base/mem.h"

#define MOUNTS_MAX ((size_t)4 << 20)

/* The next word of a line, and its length; *p goes behind it. */
static const char *next_word(const char **p, size_t *out_len)
{
	const char *start = *p;

	*out_len = strcspn(start, " \n");
	*p = start + *out_len + (start[*out_len] == ' ');
	return start;
}

/* Mount points are written with blanks and backslashes as \040 (octal). */
static char *unescaped(const char *s, size_t len)
{
	char *text = mem_dup(s, len);
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\' && len - i > 3) {
			text[to++] = (char)((s[i + 1] - '0') * 64 + (s[i + 2] - '0') * 8 +
					    (s[i + 3] - '0'));
			i += 3;
		} else {
			text[to++] = s[i];
		}
	}
	text[to] = '\0';
	return text;
}

char *cgroup_mount_in(const char *mounts)
{
	const char *p = mounts;

	while (*p) {
		size_t where_len, type_len, ignored;
		const char *where, *type;

		next_word(&p, &ignored);
		where = next_word(&p, &where_len);
		type = next_word(&p, &type_len);
		if (type_len == strlen("cgroup2") && !memcmp(type, "cgroup2", type_len))
			return unescaped(where, where_len);
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	return NULL;
}

char *cgroup_mount(void)
{
	char *mounts, *where;

	if (io_read_text("/proc/self/mounts", MOUNTS_MAX, &mounts, NULL, NULL) < 0)
		return NULL;
	where = cgroup_mount_in(mounts);
	free(mounts);
	return where;
}

/* 0 if path is a folder of the unified hierarchy. */
static int check_folder(const char *path, const char *mount, struct err *err)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) < 0 || statfs(path, &fs) < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (fs.f_type == CGROUP_SUPER_MAGIC)
		return err_set(err, -ENOTSUP,
			       "%s belongs to version 1; give a folder below %s (version 2)", path,
			       mount);
	if (fs.f_type != CGROUP2_SUPER_MAGIC || !S_ISDIR(st.st_mode))
		return err_set(err, -ENOTSUP, "%s is not a cgroup; cgroups are folders below %s",
			       path, mount);
	return 0;
}

static int resolve_below(const char *name, const char *mount, char **out, struct err *err)
{
	char *below = mem_printf("%s/%s", mount, name + strspn(name, "/"));
	struct stat st;
	const char *found = below;
	int rc;

	/* "/sys/fs/cgroup/x" is more likely meant as it stands. */
	if (name[0] == '/' && (stat(name, &st) == 0 || stat(below, &st) < 0))
		found = name;
	rc = check_folder(found, mount, err);
	if (!rc)
		*out = mem_dup(found, strlen(found));
	free(below);
	return rc;
}

int cgroup_resolve(const char *name, char **out, struct err *err)
{
	char *mount = cgroup_mount();
	int rc;

	if (!mount)
		return err_set(err, -ENOENT,
			       "cgroup version 2 is not mounted; to mount it: sudo mkdir -p "
			       "/mnt/cgroup2 && sudo mount -t cgroup2 none /mnt/cgroup2");
	rc = resolve_below(name, mount, out, err);
	free(mount);
	return rc;
}
