/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf/ring.bpf.h"

struct ring_map rings SEC(".maps");
struct cpu_map cpus SEC(".maps");
