#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "symbolize/debuginfod.h"
#include "tests/unit/elf_tree.h"

/* A server on the loopback that answers each request in one way, and what we make of it. */

#define BUILD_ID "right!!!"

struct server {
	pid_t pid;
	char url[64];
};

static const char bad_status[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
				 "Connection: close\r\n\r\n";

static void answer(int fd, const struct buf *file, uint64_t announced)
{
	struct buf head = { 0 };
	char request[4096];

	if (read(fd, request, sizeof(request)) <= 0)
		return;
	if (!file) {
		if (write(fd, bad_status, sizeof(bad_status) - 1) < 0)
			return;
		return;
	}
	buf_printf(&head,
		   "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
		   "Content-Length: %llu\r\nX-DEBUGINFOD-SIZE: %llu\r\n"
		   "X-DEBUGINFOD-FILE: a\r\nConnection: close\r\n\r\n",
		   (unsigned long long)announced, (unsigned long long)announced);
	if (write(fd, head.v, head.len) < 0 || write(fd, file->v, file->len) < 0)
		return;
	while (announced > file->len)
		sleep(1); /* the rest never comes */
}

/* file NULL: 404. announced: how long it says that the file is. */
static struct server start(const struct buf *file, uint64_t announced)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t at_len = sizeof(at);
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	struct server s;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listening, 8), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &at_len), 0);
	snprintf(s.url, sizeof(s.url), "http://127.0.0.1:%u", ntohs(at.sin_port));
	s.pid = fork();
	while (!s.pid) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			_exit(0);
		answer(fd, file, announced);
		close(fd);
	}
	close(listening);
	return s;
}

static void stop(struct server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
}

static void put_debug_file(struct buf *out, const char *build_id)
{
	made_elf_put(out, &(struct made_elf){ CODE, .symbols = functions, .build_id = build_id,
					      .is_debug_file = true, .has_dwarf = true });
}

/* Asks a server for BUILD_ID; the result is that of debuginfod_fetch(). */
static int fetch(const struct server *s, struct debuginfod limits, struct err *err)
{
	const char *const urls[] = { s->url };
	char *folder = at_root("/fetched");
	int bad;

	limits.urls = urls;
	limits.url_cnt = 1;
	limits.folder = folder;
	mkdir(folder, 0700);
	if (debuginfod_check(&limits, err)) {
		free(folder);
		return -ELIBACC;
	}
	bad = debuginfod_fetch(&limits, (const uint8_t *)BUILD_ID, 8, err);
	free(folder);
	return bad;
}

/* Whether the search for the files of the module finds what was fetched. */
static bool is_found(void)
{
	struct trace_module module = { .kind = TRACE_MODULE_FILE, .path = "/gone/liba.so" };
	char *folder = at_root("/fetched");
	struct module_file f;
	bool is_there;

	module.build_id_len = 8;
	memcpy(module.build_id, BUILD_ID, 8);
	module_file_open(&f, &module, &(struct module_places){ .fetched_dir = folder });
	is_there = f.debug_fd >= 0;
	module_file_close(&f);
	free(folder);
	return is_there;
}

static void fetched_file_is_found_by_the_search(void **state)
{
	struct buf file = { 0 };
	struct err err = { 0 };
	struct server s;
	int bad;

	(void)state;
	put_debug_file(&file, BUILD_ID);
	s = start(&file, file.len);
	assert_false(is_found());
	bad = fetch(&s, (struct debuginfod){ 0 }, &err);
	stop(&s);
	buf_release(&file);
	if (bad == -ELIBACC)
		skip();
	assert_int_equal(bad, 0);
	assert_true(is_found());
}

static void file_of_another_build_is_refused(void **state)
{
	struct buf file = { 0 };
	struct err err = { 0 };
	struct server s;
	int bad;

	(void)state;
	put_debug_file(&file, "wrong!!!");
	s = start(&file, file.len);
	bad = fetch(&s, (struct debuginfod){ 0 }, &err);
	stop(&s);
	buf_release(&file);
	if (bad == -ELIBACC)
		skip();
	assert_int_equal(bad, -EBADMSG);
	assert_non_null(strstr(err.text, "refused"));
	assert_false(is_found());
}

static void file_that_no_server_has_is_said(void **state)
{
	struct err err = { 0 };
	struct server s = start(NULL, 0);
	int bad = fetch(&s, (struct debuginfod){ 0 }, &err);

	(void)state;
	stop(&s);
	if (bad == -ELIBACC)
		skip();
	assert_int_equal(bad, -ENOENT);
	assert_false(is_found());
}

static void file_beyond_the_limit_of_size_is_not_taken(void **state)
{
	struct buf file = { 0 };
	struct err err = { 0 };
	struct server s;
	int bad;

	(void)state;
	put_debug_file(&file, BUILD_ID);
	s = start(&file, file.len);
	bad = fetch(&s, (struct debuginfod){ .bytes_max = 1000, .seconds = 5 }, &err);
	stop(&s);
	if (bad == -ELIBACC)
		skip();
	assert_true(file.len > 1000);
	assert_true(bad < 0);
	assert_false(is_found());
	buf_release(&file);
}

static void server_that_never_ends_is_left(void **state)
{
	struct buf file = { 0 };
	struct err err = { 0 };
	struct server s;
	int bad;

	(void)state;
	put_debug_file(&file, BUILD_ID);
	s = start(&file, file.len + 1);
	bad = fetch(&s, (struct debuginfod){ .seconds = 1 }, &err);
	stop(&s);
	buf_release(&file);
	if (bad == -ELIBACC)
		skip();
	assert_true(bad < 0);
	assert_false(is_found());
}

static void environment_names_no_servers(void **state)
{
	struct buf file = { 0 };
	struct err err = { 0 };
	struct server has_it;
	struct server has_not = start(NULL, 0);
	int bad;

	(void)state;
	put_debug_file(&file, BUILD_ID);
	has_it = start(&file, file.len);
	setenv("DEBUGINFOD_URLS", has_it.url, 1);
	bad = fetch(&has_not, (struct debuginfod){ 0 }, &err);
	unsetenv("DEBUGINFOD_URLS");
	stop(&has_it);
	stop(&has_not);
	buf_release(&file);
	if (bad == -ELIBACC)
		skip();
	assert_int_equal(bad, -ENOENT);
}

static void only_urls_of_web_servers_are_taken(void **state)
{
	static const char *const bad_urls[] = { "file:///tmp", "debuginfod.debian.net",
						"http://a http://b", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad_urls) / sizeof(bad_urls[0]); i++) {
		struct debuginfod d = { .urls = &bad_urls[i], .url_cnt = 1 };
		struct err err = { 0 };

		assert_int_equal(debuginfod_check(&d, &err), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(fetched_file_is_found_by_the_search),
		promise(file_of_another_build_is_refused),
		promise(file_that_no_server_has_is_said),
		promise(file_beyond_the_limit_of_size_is_not_taken),
		promise(server_that_never_ends_is_left),
		promise(environment_names_no_servers),
		promise(only_urls_of_web_servers_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
