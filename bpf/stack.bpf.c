/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf/stack.bpf.h"

struct stack_map stacks_0 SEC(".maps");
struct stack_map stacks_1 SEC(".maps");
struct body_map bodies_0 SEC(".maps");
struct body_map bodies_1 SEC(".maps");

__u32 stack_epoch = 0;

const volatile __u32 stack_no_user = 0;
const volatile __u32 stack_no_kernel = 0;
const volatile __u64 stack_seed = 0;
