#include "symbolize/known_code.h"

#include <string.h>

#define CLONE_BYTES 64 /* of clone()'s code behind its table; it takes about 20 */

static const uint8_t syscall_code[] = { 0x0f, 0x05 };

/* Bytes `back` below rip. */
static bool has_bytes(const struct known_code *code, size_t back, const void *bytes, size_t len)
{
	return back <= code->before && len <= code->behind + back &&
	       !memcmp(code->at - back, bytes, len);
}

/* mov $15 (rt_sigreturn), %eax or %rax; syscall. rip may stand at any of the three places. */
bool known_code_is_restorer(const struct known_code *code, bool is_exact)
{
	static const uint8_t by_eax[] = { 0xb8, 15, 0, 0, 0, 0x0f, 0x05 };
	static const uint8_t by_rax[] = { 0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05 };
	const size_t eax_len = sizeof(by_eax), rax_len = sizeof(by_rax);

	if (has_bytes(code, 0, by_eax, eax_len) || has_bytes(code, 0, by_rax, rax_len))
		return true;
	return is_exact && (has_bytes(code, eax_len - sizeof(syscall_code), by_eax, eax_len) ||
			    has_bytes(code, eax_len, by_eax, eax_len) ||
			    has_bytes(code, rax_len - sizeof(syscall_code), by_rax, rax_len) ||
			    has_bytes(code, rax_len, by_rax, rax_len));
}

bool known_code_is_behind_syscall(const struct known_code *code)
{
	return has_bytes(code, sizeof(syscall_code), syscall_code, sizeof(syscall_code));
}

/* syscall; test %rax, %rax */
int known_code_behind_clone(const struct known_code *code)
{
	static const uint8_t call_and_test[] = { 0x0f, 0x05, 0x48, 0x85, 0xc0 };

	for (int back = 0; back < CLONE_BYTES; back++)
		if (has_bytes(code, (size_t)back, call_and_test, sizeof(call_and_test)))
			return back;
	return -1;
}

/* nop; call; nop, and call; ret. */
bool known_code_is_first_of_go(const uint8_t *code, size_t len)
{
	return (len == 7 && code[0] == 0x90 && code[1] == 0xe8 && code[6] == 0x90) ||
	       (len == 6 && code[0] == 0xe8 && code[5] == 0xc3);
}
