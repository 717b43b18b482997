/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_LATENCY_COUNT_BPF_H
#define BPF_LATENCY_COUNT_BPF_H

#include "bpf/latency.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/value_bin.h"

/*
 * Counts an event where it ends, and says whether it is to be told of. Programs may interrupt
 * each other, and those that the kernel preempts may change places on a CPU: all that is
 * counted is counted with atomic additions. in_flight is held while a cell is written to, so that
 * the collector never empties one that still grows.
 */

/* Keys beyond so many are put into the cells without process and what. */
#define LATENCY_FINE_CELLS (ABI_LATENCY_CELLS - ABI_LATENCY_CELLS / 8)

/* Not every source calls all. */
#define LATENCY_CALL static __noinline __attribute__((unused))

static const __u64 latency_lengths_ns[ABI_LATENCY_SCALE_CNT] = ABI_LATENCY_SCALES;
static const struct abi_latency_cell latency_cell_empty;

/* 1: the value is among the greatest so far, and noted. */
int latency_top_put(u32 measure, u64 slice, u64 value);

static __always_inline struct abi_latency_cpu *latency_counters(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&latency_cpus, &cpu);
}

static __always_inline struct latency_desk *latency_desk(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&latency_desks, &cpu);
}

/* What compilers know of a number they leave out of the program, and they keep it on the stack,
 * where verifiers forget its bounds: this one is in a register, and is compared there. */
static __always_inline u64 latency_hide(u64 x)
{
	asm volatile("" : "+r"(x));
	return x;
}

static __always_inline int latency_is_recording(u64 now_ns)
{
	u64 start_ns = latency_start_ns, end_ns = latency_end_ns;

	return start_ns && now_ns >= start_ns && (!end_ns || now_ns < end_ns);
}

/* What stands behind the end of a name is left from another one, on some kernels. */
static __always_inline void latency_cut_comm(u64 name[2])
{
	const u64 ones = 0x0101010101010101ULL, tops = 0x8080808080808080ULL;
	u64 ends = (name[0] - ones) & ~name[0] & tops;

	if (ends) {
		name[0] &= ((ends & -ends) >> 7) - 1;
		name[1] = 0;
		return;
	}
	ends = (name[1] - ones) & ~name[1] & tops;
	name[1] &= ((ends & -ends) >> 7) - 1;
}

static __always_inline void latency_comm(char comm[ABI_COMM_LEN], const struct task_struct *task)
{
	u64 name[2] = {};

	_Static_assert(sizeof(name) == ABI_COMM_LEN, "a name is two words");
	if (!task && bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		task = bpf_get_current_task_btf();
	if (task) {
		const struct task_struct *leader = task->group_leader;

		name[0] = *(const u64 *)leader->comm;
		name[1] = *(const u64 *)(leader->comm + sizeof(u64));
	} else {
		task = (const struct task_struct *)bpf_get_current_task();
		task = BPF_CORE_READ(task, group_leader);
		bpf_probe_read_kernel(name, sizeof(name), task->comm);
	}
	latency_cut_comm(name);
	__builtin_memcpy(comm, name, sizeof(name));
}

/* The slice that an event ends in: index of its length << 32 | its number. Mostly that of the
 * last one; a division takes more time than all the rest of this. */
static __always_inline u64 latency_slice(struct latency_desk *desk, u64 end_ns)
{
	u32 scale = latency_scale & (ABI_LATENCY_SCALE_CNT - 1);
	u64 length_ns = latency_lengths_ns[scale], since_ns = end_ns - latency_start_ns;
	u64 slice = *(volatile u64 *)&desk->slice;

	if ((s64)since_ns < 0)
		since_ns = 0;
	if (slice >> 32 == scale && since_ns - (u32)slice * length_ns < length_ns)
		return slice;
	slice = (u64)scale << 32 | (u32)(since_ns / length_ns);
	*(volatile u64 *)&desk->slice = slice;
	return slice;
}

static __always_inline int latency_desk_draws(struct latency_desk *desk, u64 measure)
{
	u32 draw = measure < ABI_MEASURE_CNT ? latency_draw[measure] : 0;
	u64 random;

	if (!draw)
		return 0;
	random = desk->random;
	if (!random)
		random = (u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
	random = random * 6364136223846793005ULL + 1442695040888963407ULL;
	desk->random = random;
	return random >> 32 < draw;
}

static __always_inline int latency_draws(u32 measure)
{
	struct latency_desk *desk = latency_desk();

	return desk && latency_desk_draws(desk, measure);
}

static __always_inline struct abi_latency_cell *latency_cell_find(u32 epoch,
								  struct abi_latency_key *key)
{
	return epoch ? bpf_map_lookup_elem(&latency_cells_1, key)
		     : bpf_map_lookup_elem(&latency_cells_0, key);
}

/* Nothing is in a new cell until it is found again, so that none of those who make it at once
 * is forgotten. */
static __always_inline struct abi_latency_cell *
latency_cell_put(struct abi_latency_cpu *cpu, u32 epoch, struct abi_latency_key *key)
{
	long err =
		epoch ? bpf_map_update_elem(&latency_cells_1, key, &latency_cell_empty, BPF_NOEXIST)
		      : bpf_map_update_elem(&latency_cells_0, key, &latency_cell_empty,
					    BPF_NOEXIST);

	if (!err) {
		count(&latency_key_cnt[epoch]);
		count(&cpu->cell_cnt[epoch]);
	}
	return latency_cell_find(epoch, key);
}

static __always_inline int latency_has_fine_room(u32 epoch)
{
	return *(volatile u64 *)&latency_key_cnt[epoch & 1] < LATENCY_FINE_CELLS;
}

/* The cell of a key that has none yet, or of the coarse one. NULL: there is no room. */
static __noinline struct abi_latency_cell *latency_cell_make(struct abi_latency_cpu *cpu, u32 epoch,
							     struct abi_latency_key *key)
{
	struct abi_latency_cell *cell = 0;

	if (latency_has_fine_room(epoch))
		cell = latency_cell_put(cpu, epoch & 1, key);
	if (cell)
		return cell;
	key->what = ABI_LATENCY_OTHERS;
	__builtin_memset(key->comm, 0, sizeof(key->comm));
	cell = latency_cell_find(epoch & 1, key);
	if (!cell)
		cell = latency_cell_put(cpu, epoch & 1, key);
	if (cell)
		count(&cpu->coarse);
	return cell;
}

static __always_inline void latency_count_at(u64 counters[ABI_MEASURE_CNT], u32 measure)
{
	u64 at = latency_hide(measure);

	if (at < ABI_MEASURE_CNT)
		count(&counters[at]);
}

/* What is not a time is not slow. Of probes, these know themselves. */
static __always_inline int latency_is_size(u32 measure)
{
	return measure == ABI_MEASURE_BLOCK_BYTES || measure == ABI_MEASURE_TCP_BYTES;
}

/* Why an event in a cell is wanted as a single one, too; 0: it is not. */
static __always_inline u32 latency_why(struct latency_desk *desk, u64 slice, u32 of, u64 value,
				       u32 drawn)
{
	u64 measure = latency_hide(of), slower_ns = latency_slower_ns;
	const struct latency_top *top;
	u32 why = 0;

	if (measure >= ABI_MEASURE_CNT)
		return 0;
	top = &desk->tops[measure];
	if ((*(volatile u64 *)&top->slice != slice + 1 || value >= *(volatile u64 *)&top->bar) &&
	    latency_top_put(measure, slice, value))
		why = ABI_LATENCY_LONGEST;
	if (drawn == LATENCY_DRAW_DONE ||
	    (drawn == LATENCY_DRAW_NOW && latency_desk_draws(desk, measure)))
		why |= ABI_LATENCY_DRAWN;
	if (slower_ns && value >= slower_ns && !latency_is_size(of))
		why |= ABI_LATENCY_SLOWER;
	return why;
}

/* Where what ends at one time is counted. Between begin and end the epoch does not get idle. */
struct latency_visit {
	struct abi_latency_cpu *cpu;
	struct latency_desk *desk;
	struct abi_cpu *counters;
	u64 slice;
	u32 epoch;
	struct abi_latency_key key;
};

/* False: there is nothing to count in. */
static __always_inline int latency_visit_begin(struct latency_visit *v,
					       const struct latency_event *ev)
{
	u32 here = bpf_get_smp_processor_id();

	v->cpu = bpf_map_lookup_elem(&latency_cpus, &here);
	v->desk = bpf_map_lookup_elem(&latency_desks, &here);
	v->counters = bpf_map_lookup_elem(&cpus, &here);
	if (!v->cpu || !v->desk || !v->counters)
		return 0;
	v->slice = latency_slice(v->desk, ev->end_ns);
	v->key = (struct abi_latency_key){
		.what = ev->what,
		.slice = v->slice,
		.scale = v->slice >> 32,
	};
	__builtin_memcpy(v->key.comm, ev->comm, sizeof(v->key.comm));
	count(&v->counters->in_flight);
	v->epoch = *(volatile __u32 *)&stack_epoch & 1;
	return 1;
}

/* Why what is in a cell is wanted as a single one, too. */
static __always_inline u32 latency_visit_why(const struct latency_visit *v,
					     const struct latency_event *ev, u32 measure, u64 value)
{
	return latency_why(v->desk, v->slice, measure, value, ev->drawn);
}

/* Counts one value of an event. */
static __always_inline u32 latency_visit_count(struct latency_visit *v,
					       const struct latency_event *ev, u32 measure,
					       u64 value)
{
	struct abi_latency_cell *cell;

	latency_count_at(v->cpu->generated, measure);
	v->key.bin = value_bin(value);
	v->key.measure = measure;
	cell = latency_cell_find(v->epoch, &v->key);
	if (!cell) {
		cell = latency_cell_make(v->cpu, v->epoch, &v->key);
		v->key.what = ev->what;
		__builtin_memcpy(v->key.comm, ev->comm, sizeof(v->key.comm));
	}
	if (!cell) {
		latency_count_at(v->cpu->lost, measure);
		return 0;
	}
	__sync_fetch_and_add(&cell->cnt, 1);
	__sync_fetch_and_add(&cell->sum, value);
	return latency_visit_why(v, ev, measure, value);
}

static __always_inline void latency_visit_end(struct latency_visit *v)
{
	__sync_fetch_and_add(&v->counters->in_flight, -1);
}

/* A call of its own, so that its key is off the stack again when an event is told of. */
LATENCY_CALL u32 latency_count(const struct latency_event *ev)
{
	struct latency_visit v;
	u32 why;

	if (!latency_visit_begin(&v, ev))
		return 0;
	why = latency_visit_count(&v, ev, ev->measure, ev->value);
	latency_visit_end(&v);
	return why;
}

static __always_inline void latency_lose(u32 measure)
{
	struct abi_latency_cpu *cpu = latency_counters();

	if (!cpu)
		return;
	latency_count_at(cpu->generated, measure);
	latency_count_at(cpu->lost, measure);
}

static __always_inline void latency_unstarted(u32 measure)
{
	struct abi_latency_cpu *cpu = latency_counters();

	if (cpu)
		latency_count_at(cpu->unstarted, measure);
}

#endif
