#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/machine.h"

static void recognises_containers_by_version_1_paths(void **state)
{
	(void)state;
	assert_string_equal(machine_container_in("4:cpu:/docker/3f2a\n", ""), "docker");
	assert_string_equal(machine_container_in("4:cpu:/kubepods/besteffort/pod1/3f2a\n", ""),
			    "kubernetes");
	assert_string_equal(machine_container_in("4:cpu:/machine.slice/libpod-3f2a.scope\n", ""),
			    "podman");
	assert_string_equal(machine_container_in("4:cpu:/lxc/web\n", ""), "lxc");
}

static void recognises_containers_by_their_mounts(void **state)
{
	(void)state;
	assert_string_equal(machine_container_in("0::/\n",
						 "9 8 8:1 /var/lib/docker/containers/3f/hostname "
						 "/etc/hostname rw - ext4 /dev/sda1 rw\n"),
			    "docker");
	assert_string_equal(machine_container_in("0::/\n",
						 "9 8 8:1 /var/lib/kubelet/pods/1/etc-hosts "
						 "/etc/hosts rw - ext4 /dev/sda1 rw\n"),
			    "kubernetes");
}

static void a_plain_machine_is_no_container(void **state)
{
	(void)state;
	assert_null(machine_container_in("0::/user.slice/user-1000.slice/session-1.scope\n",
					 "9 8 8:1 / / rw - ext4 /dev/sda1 rw\n"));
}

static void reads_the_lockdown_mode_in_brackets(void **state)
{
	char mode[24];

	(void)state;
	machine_lockdown_in("none [integrity] confidentiality\n", mode);
	assert_string_equal(mode, "integrity");
	machine_lockdown_in("", mode);
	assert_string_equal(mode, "");
	machine_lockdown_in("[a-mode-that-is-far-longer-than-any-there-is]", mode);
	assert_string_equal(mode, "");
}

static void reads_this_machine(void **state)
{
	struct machine m;

	(void)state;
	machine_read(&m);
	machine_read_surroundings(&m);
	assert_true(m.major >= 3);
	assert_true(m.online_cnt >= 1 && m.online_cnt <= m.cpu_cnt);
	assert_non_null(m.program);
	machine_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises_containers_by_version_1_paths),
		cmocka_unit_test(recognises_containers_by_their_mounts),
		cmocka_unit_test(a_plain_machine_is_no_container),
		cmocka_unit_test(reads_the_lockdown_mode_in_brackets),
		cmocka_unit_test(reads_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
