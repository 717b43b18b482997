/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of kernel addresses, as the kernel prints them: "name+0x1a/0x2b0 [module]".
 * The collector needs some hundreds of them; reading all of /proc/kallsyms for those
 * costs 40 ms of CPU time and 8 MB, asking here some microseconds each.
 *
 * Hook		none: run by the collector (BPF_PROG_TEST_RUN of a raw_tp program)
 * current	the collector
 * since	5.13 (bpf_snprintf); before, it answers nothing and kallsyms is read
 */
#include "bpf/abi.h"
#include "bpf/kernel.bpf.h"

__u64 symbol_address = 0;
__u32 symbol_answered = 0; /* 0: this kernel cannot be asked */
char symbol_text[ABI_SYMBOL_LEN] = {};

SEC("raw_tp")
int symbol_name(void *ctx)
{
	static const char as_symbol[] = "%pS";

	symbol_answered = 0;
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_snprintf))
		return 0;
	if (bpf_snprintf(symbol_text, sizeof(symbol_text), as_symbol, &symbol_address,
			 sizeof(symbol_address)) > 0)
		symbol_answered = 1;
	return 0;
}
