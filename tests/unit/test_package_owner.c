#include "base/cache_folder.h"
#include "symbolize/package_owner.h"
#include "tests/unit/elf_tree.h"

static void put_text(const char *where, const char *text)
{
	struct buf bytes = { 0 };

	buf_puts(&bytes, text);
	put_bytes(where, &bytes);
	buf_release(&bytes);
}

static const char *const paths[] = { "/usr/lib/libz.so.1", "/usr/bin/own", "/usr/bin/tool",
				     "/lib/libc.so.6" };
#define PATH_CNT 4

/* Two packages in the older form of paths, one in the newer one; nobody has /usr/bin/own. */
static void put_dpkg(void)
{
	put_text("/var/lib/dpkg/status", "here");
	put_text("/var/lib/dpkg/info/zlib1g:amd64.list", "/.\n/lib\n/lib/libz.so.1\n");
	put_text("/var/lib/dpkg/info/tools.list", "/usr\n/usr/bin\n/usr/bin/tool");
	put_text("/var/lib/dpkg/info/libc6:amd64.list", "/usr/lib/libc.so.6\n");
	put_text("/var/lib/dpkg/info/tools.md5sums", "/usr/bin/own\n");
}

static void expect_owner(const struct package_owner *o, const char *package,
			 enum package_debug form, const char *debug_package)
{
	if (package)
		assert_string_equal(o->package, package);
	else
		assert_null(o->package);
	assert_int_equal(o->debug, form);
	if (debug_package)
		assert_string_equal(o->debug_package, debug_package);
	else
		assert_null(o->debug_package);
}

static void find(struct cache_folder *cache, struct package_owner *out)
{
	package_owners_find(root, paths, PATH_CNT, cache, out);
}

static void drop(struct package_owner *owners)
{
	for (size_t i = 0; i < PATH_CNT; i++)
		package_owner_release(&owners[i]);
}

static void file_belongs_to_the_package_that_lists_it(void **state)
{
	struct package_owner owners[PATH_CNT];

	(void)state;
	put_dpkg();
	find(NULL, owners);
	expect_owner(&owners[0], "zlib1g", PACKAGE_DEBUG_ARCHIVE, "zlib1g-dbgsym");
	expect_owner(&owners[1], NULL, PACKAGE_DEBUG_NONE, NULL);
	expect_owner(&owners[2], "tools", PACKAGE_DEBUG_ARCHIVE, "tools-dbgsym");
	expect_owner(&owners[3], "libc6", PACKAGE_DEBUG_ARCHIVE, "libc6-dbg");
	drop(owners);
}

static void debug_package_that_apt_knows_is_named_in_its_form(void **state)
{
	struct package_owner owners[PATH_CNT];

	(void)state;
	put_dpkg();
	put_text("/var/lib/apt/lists/main_Packages",
		 "Package: a\nVersion: 1\n\n"
		 "Package: libc6-dbg\nVersion: 1\n\n"
		 "Package: zlib1g-dbg2\n\nPackage: zlib1g-de\n");
	find(NULL, owners);
	expect_owner(&owners[0], "zlib1g", PACKAGE_DEBUG_ARCHIVE, "zlib1g-dbgsym");
	expect_owner(&owners[3], "libc6", PACKAGE_DEBUG_KNOWN, "libc6-dbg");
	drop(owners);
	put_text("/var/lib/apt/lists/debug_Packages", "Package: zlib1g-dbgsym\n\nPackage: a\n");
	find(NULL, owners);
	expect_owner(&owners[0], "zlib1g", PACKAGE_DEBUG_KNOWN, "zlib1g-dbgsym");
	expect_owner(&owners[2], "tools", PACKAGE_DEBUG_NONE, NULL);
	drop(owners);
}

static void system_without_dpkg_has_no_answers(void **state)
{
	struct package_owner owners[PATH_CNT];

	(void)state;
	find(NULL, owners);
	for (size_t i = 0; i < PATH_CNT; i++)
		expect_owner(&owners[i], NULL, PACKAGE_DEBUG_NONE, NULL);
}

/* Lists are read once, until a package comes or goes. */
static void answers_are_kept_until_dpkg_changes(void **state)
{
	struct package_owner owners[PATH_CNT];
	struct cache_folder cache;
	char *dir = at_root("/cache");

	(void)state;
	assert_int_equal(cache_folder_open(&cache, "names", dir, 1 << 20, NULL), 0);
	put_dpkg();
	find(&cache, owners);
	drop(owners);
	put_text("/var/lib/dpkg/info/tools.list", "/usr/bin/own\n");
	find(&cache, owners);
	expect_owner(&owners[0], "zlib1g", PACKAGE_DEBUG_ARCHIVE, "zlib1g-dbgsym");
	expect_owner(&owners[1], NULL, PACKAGE_DEBUG_NONE, NULL);
	expect_owner(&owners[2], "tools", PACKAGE_DEBUG_ARCHIVE, "tools-dbgsym");
	drop(owners);
	put_text("/var/lib/dpkg/status", "changed");
	find(&cache, owners);
	expect_owner(&owners[1], "tools", PACKAGE_DEBUG_ARCHIVE, "tools-dbgsym");
	expect_owner(&owners[2], NULL, PACKAGE_DEBUG_NONE, NULL);
	drop(owners);
	cache_folder_close(&cache);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(file_belongs_to_the_package_that_lists_it),
		promise(debug_package_that_apt_knows_is_named_in_its_form),
		promise(system_without_dpkg_has_no_answers),
		promise(answers_are_kept_until_dpkg_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
