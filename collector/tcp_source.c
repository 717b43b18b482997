#include <bpf/libbpf.h>

#include "bpf/profile.skel.h"
#include "collector/latency_source.h"
#include "collector/tracepoint.h"

/* Known at once, some 130 bytes each where they are; what has no room is counted as lost. */
#define CONNECTIONS_MAX 262144

static const char *const hooks[] = {
	"inet_sock_set_state",
	"tcp_retransmit_skb",
	"tcp_retransmit_synack",
};

static int probe(const char **out_source, struct err *err)
{
	int code = tracepoint_probe(hooks, sizeof(hooks) / sizeof(hooks[0]), err);

	if (!code)
		*out_source = "inet_sock_set_state, tcp_retransmit_skb and _synack";
	return code;
}

static void choose(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt)
{
	(void)cpu_cnt;
	bpf_program__set_autoload(skel->progs.tcp_state, wanted);
	bpf_program__set_autoload(skel->progs.tcp_state_nested, wanted);
	bpf_program__set_autoload(skel->progs.tcp_retransmit, wanted);
	bpf_program__set_autoload(skel->progs.tcp_retransmit_synack, wanted);
	bpf_map__set_autocreate(skel->maps.tcp_connections, wanted);
	if (wanted)
		bpf_map__set_max_entries(skel->maps.tcp_connections, CONNECTIONS_MAX);
}

const struct latency_source latency_source_tcp = {
	.name = "tcp",
	.probe = probe,
	.choose = choose,
};
