#include "collector/file_image.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the handler may mend, and what SIGBUS was before. */
static struct {
	uintptr_t first, end;
	size_t page;
	struct sigaction before;
} guarded;

/* Zeros in the place of a page that the file no longer has. mmap is one system call and
 * touches no state of ours; any other SIGBUS strikes again, and then as ever. */
static void mend(int signal, siginfo_t *why, void *where)
{
	uintptr_t at = (uintptr_t)why->si_addr;
	int code = errno;

	(void)where;
	if (at < guarded.first || at >= guarded.end ||
	    mmap((void *)(at & ~(guarded.page - 1)), guarded.page, PROT_READ,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		sigaction(signal, &guarded.before, NULL);
	errno = code;
}

static void guard(const struct file_image *image)
{
	struct sigaction action = { .sa_sigaction = mend, .sa_flags = SA_SIGINFO };

	guarded.page = (size_t)sysconf(_SC_PAGESIZE);
	guarded.first = (uintptr_t)image->bytes;
	guarded.end = (guarded.first + image->len + guarded.page - 1) & ~(guarded.page - 1);
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, &guarded.before);
}

int file_image_open(struct file_image *out, int fd, struct err *err)
{
	struct stat st;
	void *at;

	assert(!guarded.end);
	if (fstat(fd, &st))
		return err_set(err, -errno, "%s", strerror(errno));
	if (st.st_size <= 0)
		return err_set(err, -ENODATA, "it is empty");
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return err_set(err, -errno, "it cannot be mapped: %s", strerror(errno));
	*out = (struct file_image){ at, (size_t)st.st_size };
	guard(out);
	return 0;
}

void file_image_close(struct file_image *image)
{
	if (!image->bytes)
		return;
	sigaction(SIGBUS, &guarded.before, NULL);
	guarded.first = guarded.end = 0;
	munmap((void *)image->bytes, image->len);
	*image = (struct file_image){ 0 };
}
