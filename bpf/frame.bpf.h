/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_FRAME_BPF_H
#define BPF_FRAME_BPF_H

#include "bpf/kernel.bpf.h"

/*
 * Which call of a function a probe has met. Entry and return of one have the same stack
 * pointer, but for the return address that x86 has taken from the stack by then; whatever the
 * function calls, itself too, has a lower one.
 */
#if defined(__TARGET_ARCH_x86)
#define FRAME_CS_32 0x23 /* code of 32 bits */

/* Whether the registers are those of user code. */
static __always_inline int frame_is_user(const struct pt_regs *ctx)
{
	return (ctx->cs & 3) == 3;
}

static __always_inline u64 frame_of_return(const struct pt_regs *ctx)
{
	return ctx->rsp - (ctx->cs == FRAME_CS_32 ? sizeof(u32) : sizeof(u64));
}
#else
static __always_inline int frame_is_user(const struct pt_regs *ctx)
{
	return (((const struct user_pt_regs *)ctx)->pstate & 0xf) == 0;
}

static __always_inline u64 frame_of_return(const struct pt_regs *ctx)
{
	return PT_REGS_SP(ctx);
}
#endif

static __always_inline u64 frame_of_entry(const struct pt_regs *ctx)
{
	return PT_REGS_SP(ctx);
}

#endif
