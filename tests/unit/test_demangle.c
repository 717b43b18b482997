#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "symbolize/demangle.h"

static void expect(const char *raw, enum demangle_style style, const char *name)
{
	struct buf out = { 0 };

	demangle_name(&out, raw, strlen(raw), style);
	assert_string_equal(buf_text(&out), name);
	buf_release(&out);
}

static void cplus_names_lose_parameters_unless_asked_for(void **state)
{
	(void)state;
	expect("_ZN3foo3barEi", DEMANGLE_SHORT, "foo::bar");
	expect("_ZN3foo3barEi", DEMANGLE_FULL, "foo::bar(int)");
	expect("_ZN3foo3barEi", DEMANGLE_NONE, "_ZN3foo3barEi");
	expect("_ZNSt6vectorIiSaIiEE9push_backERKi", DEMANGLE_SHORT,
	       "std::vector<int, std::allocator<int> >::push_back");
	expect("_ZNK3foo4sizeEv", DEMANGLE_FULL, "foo::size() const");
	expect("_ZN12_GLOBAL__N_13runEv", DEMANGLE_SHORT, "(anonymous namespace)::run");
}

static void rust_names_of_both_schemes_lose_their_hash(void **state)
{
	(void)state;
	expect("_ZN4core3fmt5write17h0123456789abcdefE", DEMANGLE_SHORT, "core::fmt::write");
	expect("_ZN4core3fmt5write17h0123456789abcdefE", DEMANGLE_FULL, "core::fmt::write");
	expect("_RNvCs1234_7mycrate3foo", DEMANGLE_SHORT, "mycrate::foo");
	expect("_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$"
	       "3bar17h930b740aa94f1d3aE",
	       DEMANGLE_SHORT, "<Test + 'static as foo::Bar<Test>>::bar");
}

static void rust_names_keep_generics_closures_and_impls(void **state)
{
	(void)state;
	expect("_RINvNtCsfq2Zq5gqAK1_2v01m3arrKj3_EB4_", DEMANGLE_SHORT, "v0::m::arr::<3>");
	expect("_RNvMNtCsfq2Zq5gqAK1_2v01mINtB2_1SINtNtCslNYArtu3iFV_5alloc3vec3VechEE4showB4_",
	       DEMANGLE_SHORT, "<v0::m::S<alloc::vec::Vec<u8>>>::show");
	expect("_RNCNvCs1234_7mycrate3foo0.cold", DEMANGLE_SHORT, "mycrate::foo::{closure#0}.cold");
	expect("_ZN2v01m10S$LT$T$GT$4show17h4048c81e635079b3E", DEMANGLE_SHORT,
	       "v0::m::S<T>::show");
}

/* Go's linker mangles nothing: receivers, generics and its dots stand as they are. */
static void go_names_stay_as_they_are(void **state)
{
	static const char *const names[] = {
		"main.(*T[go.shape.int_0]).Get",
		"main.Map[go.shape.int_0,go.shape.string_1]",
		"main..dict.(*T[int]).Get",
		"main.main.func1.2",
		"github.com/a%2eb/c.(*R).Read-fm",
		"runtime\xc2\xb7memmove",
		"type..eq.[2]interface {}",
		"_cgo_init",
		"main._Zed",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		expect(names[i], DEMANGLE_SHORT, names[i]);
		expect(names[i], DEMANGLE_FULL, names[i]);
	}
}

static void suffixes_of_compilers_stay_and_hashes_of_llvm_go(void **state)
{
	(void)state;
	expect("_ZN3foo3barEi.constprop.0", DEMANGLE_SHORT, "foo::bar.constprop.0");
	expect("_ZN3foo3barEi.part.0.isra.1", DEMANGLE_FULL, "foo::bar(int).part.0.isra.1");
	expect("_ZN3foo3barEi.cold", DEMANGLE_SHORT, "foo::bar.cold");
	expect("_ZN3foo3barEi.llvm.1234567890", DEMANGLE_SHORT, "foo::bar");
	expect("_ZN3foo3barEi.llvm.1234567890.cold", DEMANGLE_SHORT, "foo::bar.cold");
	expect("plain_c.constprop.0", DEMANGLE_SHORT, "plain_c.constprop.0");
}

static void rust_names_keep_what_compilers_appended(void **state)
{
	static const struct {
		const char *raw;
		const char *name;
	} rows[] = {
		{ "_ZN4core3fmt5write17h0123456789abcdefE.cold", "core::fmt::write.cold" },
		{ "_ZN4core3fmt5write17h0123456789abcdefE.part.0", "core::fmt::write.part.0" },
		{ "_ZN4core3fmt5write17h0123456789abcdefE.llvm.123", "core::fmt::write" },
		{ "_ZN4core3fmt5write17h0123456789abcdefE.llvm.12AB.cold",
		  "core::fmt::write.cold" },
		{ "_RNvCs1234_7mycrate3foo.cold", "mycrate::foo.cold" },
		{ "_RNvCs1234_7mycrate3foo.llvm.123", "mycrate::foo" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect(rows[i].raw, DEMANGLE_SHORT, rows[i].name);
		expect(rows[i].raw, DEMANGLE_FULL, rows[i].name);
		expect(rows[i].raw, DEMANGLE_NONE, rows[i].raw);
	}
}

static void names_of_c_lose_hashes_of_llvm_too(void **state)
{
	(void)state;
	expect("run.llvm.1234567890", DEMANGLE_SHORT, "run");
	expect("run.llvm.1234567890.cold", DEMANGLE_SHORT, "run.cold");
	expect("run.llvm.1234567890", DEMANGLE_NONE, "run.llvm.1234567890");
	expect("run.llvm.", DEMANGLE_SHORT, "run.llvm.");
	expect("pkg.llvm.Fold", DEMANGLE_SHORT, "pkg.llvm.Fold");
}

static void other_names_stay_as_they_are(void **state)
{
	static const char *const names[] = { "main",	  "",	    "_",       "_Z",
					     "_Zfoo",	  "__libc", "_start",  "_ZN",
					     "main.main", "_R",	    "\x1b[31m" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect(names[i], DEMANGLE_SHORT, names[i]);
}

/* f(a*, b<a*, a*>, b<b<a*, a*>, b<a*, a*> > ...): each type is the one before it twice. */
static void put_doubling_name(struct buf *raw, unsigned levels)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	buf_puts(raw, "_Z1fP1a1bIS0_S0_E");
	for (unsigned i = 2; i < levels + 2; i++)
		buf_printf(raw, "S1_IS%c_S%c_E", digits[i], digits[i]);
}

static void name_that_grows_beyond_the_limit_stays_raw(void **state)
{
	struct buf raw = { 0 };
	struct buf out = { 0 };

	(void)state;
	put_doubling_name(&raw, 3);
	demangle_name(&out, (char *)raw.v, raw.len, DEMANGLE_FULL);
	assert_memory_equal(out.v, "f(a*, b<a*, a*>, b<b<", 21);
	buf_clear(&raw);
	buf_clear(&out);
	put_doubling_name(&raw, 18);
	demangle_name(&out, (char *)raw.v, raw.len, DEMANGLE_FULL);
	assert_int_equal(out.len, raw.len);
	assert_memory_equal(out.v, raw.v, raw.len);
	buf_release(&raw);
	buf_release(&out);
}

static void names_follow_what_is_in_the_buffer(void **state)
{
	struct buf out = { 0 };

	(void)state;
	buf_puts(&out, "before ");
	demangle_name(&out, "_ZN1a1bEv and more", 9, DEMANGLE_SHORT);
	assert_string_equal(buf_text(&out), "before a::b");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cplus_names_lose_parameters_unless_asked_for),
		cmocka_unit_test(rust_names_of_both_schemes_lose_their_hash),
		cmocka_unit_test(rust_names_keep_generics_closures_and_impls),
		cmocka_unit_test(go_names_stay_as_they_are),
		cmocka_unit_test(suffixes_of_compilers_stay_and_hashes_of_llvm_go),
		cmocka_unit_test(rust_names_keep_what_compilers_appended),
		cmocka_unit_test(names_of_c_lose_hashes_of_llvm_too),
		cmocka_unit_test(other_names_stay_as_they_are),
		cmocka_unit_test(name_that_grows_beyond_the_limit_stays_raw),
		cmocka_unit_test(names_follow_what_is_in_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
