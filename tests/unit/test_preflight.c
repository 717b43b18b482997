#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/preflight.h"
#include "collector/privileges.h"

/* A machine on which everything is as it should be. */
static struct machine good_machine(void)
{
	return (struct machine){
		.release = "6.1.0-30-amd64",
		.arch = "x86_64",
		.major = 6,
		.minor = 1,
		.capabilities = UINT64_MAX,
		.has_btf = true,
		.cpu_source = "cycles",
		.has_perf_events = true,
		.perf_event_paranoid = 2,
		.unprivileged_bpf_disabled = 2,
		.kptr_restrict = 1,
		.bpf_jit_enable = 1,
		.max_sample_rate_hz = 100000,
		.kernel_symbols_shown = true,
		.lockdown = "none",
		.memlock_bytes = UINT64_MAX,
		.cgroup_mount = (char *)"/sys/fs/cgroup",
		.host_processes_visible = true,
		.has_cairo = true,
		.waits = { .has_exit = true, .can_copy = true },
		.libc_framed_cnt = MACHINE_LIBC_FUNCTIONS,
		.surroundings_read = true,
		.program = (char *)"/usr/bin/profile",
	};
}

static const struct finding *find(const struct findings *f, const char *name)
{
	for (size_t i = 0; i < f->cnt; i++)
		if (!strcmp(f->v[i].name, name))
			return &f->v[i];
	fail_msg("no finding %s", name);
	return NULL;
}

/* The verdict over one thing, on a machine. */
static enum verdict verdict_on(const struct machine *m, const char *name)
{
	struct findings f = { 0 };
	enum verdict verdict;

	preflight_judge(m, &f);
	verdict = find(&f, name)->verdict;
	findings_release(&f);
	return verdict;
}

static void assert_first_fatal(const struct machine *m, const char *name, const char *words,
			       const char *remedy_words)
{
	struct findings f = { 0 };
	const struct finding *fatal;

	preflight_judge(m, &f);
	fatal = preflight_fatal(&f);
	assert_non_null(fatal);
	assert_string_equal(fatal->name, name);
	assert_non_null(strstr(fatal->found, words));
	assert_non_null(strstr(fatal->remedy, remedy_words));
	findings_release(&f);
}

static void finds_nothing_wrong_with_a_good_machine(void **state)
{
	struct machine m = good_machine();
	struct findings f = { 0 };

	(void)state;
	preflight_judge(&m, &f);
	assert_null(preflight_fatal(&f));
	for (size_t i = 0; i < f.cnt; i++)
		assert_int_equal(f.v[i].verdict, VERDICT_GOOD);
	findings_release(&f);
}

static void every_lack_has_a_remedy(void **state)
{
	struct machine worst = { .bpf_error = EPERM,
				 .perf_error = EACCES,
				 .bpf_jit_enable = 0,
				 .surroundings_read = true };
	struct findings f = { 0 };

	(void)state;
	preflight_judge(&worst, &f);
	for (size_t i = 0; i < f.cnt; i++)
		if (f.v[i].verdict >= VERDICT_LACK)
			assert_non_null(f.v[i].remedy);
	findings_release(&f);
}

static void names_the_capabilities_that_a_user_lacks(void **state)
{
	struct machine m = good_machine();

	(void)state;
	m.uid = 1000;
	m.capabilities = 0;
	m.bpf_error = EPERM;
	m.perf_error = EACCES;
	assert_first_fatal(&m, "capabilities", "this user lacks CAP_BPF and CAP_PERFMON",
			   "sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_syslog,"
			   "cap_dac_read_search+ep /usr/bin/profile");
}

static void sys_admin_stands_for_bpf_and_perfmon(void **state)
{
	struct machine m = good_machine();

	(void)state;
	m.capabilities = 1ull << 21;
	assert_int_equal(verdict_on(&m, "capabilities"), VERDICT_LACK);
}

static void lacking_symbols_and_mappings_is_not_fatal(void **state)
{
	struct machine m = good_machine();

	(void)state;
	m.uid = 1000;
	m.capabilities = privileges_needed();
	m.kernel_symbols_shown = false;
	assert_int_equal(verdict_on(&m, "capabilities"), VERDICT_LACK);
	assert_int_equal(verdict_on(&m, "kernel-symbols"), VERDICT_LACK);
}

static void tells_a_container_how_it_gets_rights(void **state)
{
	struct machine m = good_machine();

	(void)state;
	m.capabilities = 0;
	m.container = "docker";
	assert_first_fatal(&m, "capabilities", "lacks CAP_BPF",
			   "docker run --pid=host --cap-add BPF");
}

static void names_lockdown_before_its_symptoms(void **state)
{
	struct machine m = good_machine();

	(void)state;
	strcpy(m.lockdown, "confidentiality");
	m.bpf_error = EPERM;
	assert_first_fatal(&m, "lockdown", "confidentiality", "lockdown=integrity");
}

static void integrity_lockdown_is_no_obstacle(void **state)
{
	struct machine m = good_machine();

	(void)state;
	strcpy(m.lockdown, "integrity");
	assert_int_equal(verdict_on(&m, "lockdown"), VERDICT_GOOD);
}

static void names_the_missing_kernel_feature(void **state)
{
	struct machine no_btf = good_machine(), no_bpf = good_machine(), no_perf = good_machine();

	(void)state;
	no_btf.has_btf = false;
	assert_first_fatal(&no_btf, "btf", "no BTF", "CONFIG_DEBUG_INFO_BTF");
	no_bpf.bpf_error = ENOSYS;
	assert_first_fatal(&no_bpf, "bpf", "no BPF", "CONFIG_BPF_SYSCALL");
	no_perf.has_perf_events = false;
	assert_first_fatal(&no_perf, "perf-events", "CONFIG_PERF_EVENTS", "boot a kernel");
}

static void suspects_seccomp_when_rights_are_there(void **state)
{
	struct machine m = good_machine();

	(void)state;
	m.bpf_error = EPERM;
	m.seccomp = true;
	assert_first_fatal(&m, "bpf", "seccomp", "SystemCallFilter");
	m.container = "podman";
	assert_first_fatal(&m, "bpf", "seccomp", "seccomp=unconfined");
}

static void an_old_kernel_is_named_but_not_refused(void **state)
{
	struct machine m = good_machine();

	(void)state;
	m.major = 5;
	m.minor = 9;
	assert_int_equal(verdict_on(&m, "kernel"), VERDICT_LACK);
	m.minor = 10;
	assert_int_equal(verdict_on(&m, "kernel"), VERDICT_GOOD);
}

static void memlock_matters_only_before_5_11(void **state)
{
	struct machine m = good_machine();

	(void)state;
	m.memlock_bytes = 65536;
	assert_int_equal(verdict_on(&m, "memlock"), VERDICT_GOOD);
	m.major = 5;
	m.minor = 10;
	assert_int_equal(verdict_on(&m, "memlock"), VERDICT_LACK);
}

static void waits_have_stacks_where_a_thread_is_met_again(void **state)
{
	struct machine m = good_machine();

	(void)state;
	assert_int_equal(verdict_on(&m, "waits"), VERDICT_GOOD);
	m.waits.has_exit = false;
	assert_int_equal(verdict_on(&m, "waits"), VERDICT_LACK);
	m.waits.can_enter = true;
	assert_int_equal(verdict_on(&m, "waits"), VERDICT_NOTE);
}

static void says_when_only_own_processes_are_visible(void **state)
{
	struct machine m = good_machine();

	(void)state;
	m.host_processes_visible = false;
	assert_int_equal(verdict_on(&m, "container"), VERDICT_LACK);
}

static void numbers_of_processes_need_the_first_pid_namespace(void **state)
{
	struct machine m = good_machine();
	struct findings f = { 0 };
	const struct finding *why;

	(void)state;
	preflight_judge(&m, &f);
	assert_null(preflight_no_ids(&m, &f));
	findings_release(&f);
	f = (struct findings){ 0 };
	m.host_processes_visible = false;
	preflight_judge(&m, &f);
	assert_null(preflight_fatal(&f));
	why = preflight_no_ids(&m, &f);
	assert_non_null(why);
	assert_string_equal(why->name, "container");
	findings_release(&f);
}

static void remedy_lines_are_indented(void **state)
{
	const struct finding f = { .remedy = (char *)"one\n  two" };
	struct buf out = { 0 };

	(void)state;
	finding_put_remedy(&out, &f, 4);
	assert_string_equal(buf_text(&out), "    one\n      two\n");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_wrong_with_a_good_machine),
		cmocka_unit_test(every_lack_has_a_remedy),
		cmocka_unit_test(names_the_capabilities_that_a_user_lacks),
		cmocka_unit_test(sys_admin_stands_for_bpf_and_perfmon),
		cmocka_unit_test(lacking_symbols_and_mappings_is_not_fatal),
		cmocka_unit_test(tells_a_container_how_it_gets_rights),
		cmocka_unit_test(names_lockdown_before_its_symptoms),
		cmocka_unit_test(integrity_lockdown_is_no_obstacle),
		cmocka_unit_test(names_the_missing_kernel_feature),
		cmocka_unit_test(suspects_seccomp_when_rights_are_there),
		cmocka_unit_test(an_old_kernel_is_named_but_not_refused),
		cmocka_unit_test(memlock_matters_only_before_5_11),
		cmocka_unit_test(waits_have_stacks_where_a_thread_is_met_again),
		cmocka_unit_test(says_when_only_own_processes_are_visible),
		cmocka_unit_test(numbers_of_processes_need_the_first_pid_namespace),
		cmocka_unit_test(remedy_lines_are_indented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
