/*
 * Connections to a peer that is some milliseconds away, in a network of its own: a tun device
 * whose every packet comes back a while later, with both addresses exchanged, so that a server
 * of ours answers at the far end. Some of the packets with data never arrive.
 *
 *	client 10.99.0.1 ── SYN to 10.99.0.2 ──> reflector: DELAY_US ──> server 10.99.0.1,
 *	                                                                 SYN from 10.99.0.2
 *
 *	far_peer COUNT BYTES DELAY_US DROP_EVERY          0: none are dropped
 *
 *	REF times connect 101 1041234567 10312345 11234567 12345678
 *	REF dropped 39
 *	REF again 39             segments that the kernel says it has sent again
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "ref.h"

#define PORT 4321
#define PACKETS 4096
#define PACKET_BYTES 1500
#define DATA_BYTES 100 /* a packet of more has data */

struct packet {
	uint64_t due_ns;
	ssize_t len;
	uint8_t bytes[PACKET_BYTES];
};

static struct packet packets[PACKETS];
static int tun, listener;
static uint64_t delay_ns, drop_every, dropped, bytes;

static void set_flags(int fd, const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_UP | IFF_RUNNING };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (ioctl(fd, SIOCSIFFLAGS, &r))
		ref_die(name);
}

static void set_address(int fd, unsigned long request, const char *name, const char *address)
{
	struct ifreq r = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&r.ifr_addr;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	if (ioctl(fd, request, &r))
		ref_die(address);
}

/* What comes from an address of our own is taken in, too. */
static void allow_own_sources(void)
{
	int fd = open("/proc/sys/net/ipv4/conf/tun0/accept_local", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		ref_die("accept_local");
	close(fd);
}

static void make_network(void)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd;

	if (unshare(CLONE_NEWNET))
		ref_die("unshare");
	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	strcpy(r.ifr_name, "tun0");
	if (tun < 0 || ioctl(tun, TUNSETIFF, &r))
		ref_die("tun");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	set_flags(fd, "lo");
	set_address(fd, SIOCSIFADDR, "tun0", "10.99.0.1");
	set_address(fd, SIOCSIFNETMASK, "tun0", "255.255.255.0");
	set_flags(fd, "tun0");
	allow_own_sources();
	close(fd);
}

/* False: not one of ours, or dropped. */
static int turn_around(struct packet *p)
{
	uint8_t source[4];

	if (p->len < 20 || p->bytes[0] >> 4 != 4 || p->bytes[9] != IPPROTO_TCP)
		return 0;
	if (drop_every && p->len > DATA_BYTES) {
		static uint64_t seen;

		if (++seen % drop_every == 0) {
			dropped++;
			return 0;
		}
	}
	memcpy(source, p->bytes + 12, 4);
	memcpy(p->bytes + 12, p->bytes + 16, 4);
	memcpy(p->bytes + 16, source, 4);
	p->due_ns = ref_now_ns() + delay_ns;
	return 1;
}

static void *reflect(void *unused)
{
	uint64_t first = 0, last = 0;

	for (;;) {
		uint64_t now_ns = ref_now_ns(), due_ns = packets[first % PACKETS].due_ns;
		uint64_t left_ns = first == last     ? 1000000000u
				   : due_ns > now_ns ? due_ns - now_ns
						     : 0;
		struct timespec left = { (time_t)(left_ns / 1000000000u),
					 (long)(left_ns % 1000000000u) };
		struct pollfd in = { .fd = tun, .events = POLLIN };

		ppoll(&in, 1, &left, NULL);
		while (last - first < PACKETS) {
			struct packet *p = &packets[last % PACKETS];

			p->len = read(tun, p->bytes, sizeof(p->bytes));
			if (p->len <= 0)
				break;
			last += (uint64_t)turn_around(p);
		}
		for (; first != last; first++) {
			struct packet *p = &packets[first % PACKETS];

			if (p->due_ns > ref_now_ns() || write(tun, p->bytes, (size_t)p->len) < 0)
				break;
		}
	}
	return unused;
}

static void take_all(int fd, uint64_t len)
{
	static char room[65536];

	while (len) {
		ssize_t taken = read(fd, room, len < sizeof(room) ? len : sizeof(room));

		if (taken <= 0)
			ref_die("connection");
		len -= (uint64_t)taken;
	}
}

static void *serve(void *unused)
{
	char end = 0;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		take_all(fd, bytes);
		if (write(fd, &end, 1) != 1 || read(fd, &end, 1))
			ref_die("end of a connection");
		close(fd);
	}
	return unused;
}

static void connect_once(const struct sockaddr_in *to, struct ref_times *times)
{
	static char zeros[4096];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t begin_ns = ref_now_ns(), left = bytes;
	char end;

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		ref_die("connect");
	ref_times_add(times, ref_now_ns() - begin_ns);
	while (left) {
		ssize_t given = write(fd, zeros, left < sizeof(zeros) ? left : sizeof(zeros));

		if (given <= 0)
			ref_die("write");
		left -= (uint64_t)given;
	}
	if (read(fd, &end, 1) != 1)
		ref_die("answer");
	close(fd);
}

/* RetransSegs of this network: the numbers of `Tcp:` stand in the order of its names. */
static uint64_t sent_again(void)
{
	char names[1024], numbers[1024], *n, *v, *at_names, *at_numbers;
	FILE *f = fopen("/proc/self/net/snmp", "r");

	while (f && fgets(names, sizeof(names), f) && fgets(numbers, sizeof(numbers), f)) {
		if (strncmp(names, "Tcp:", 4))
			continue;
		n = strtok_r(names, " \n", &at_names);
		v = strtok_r(numbers, " \n", &at_numbers);
		for (; n && v;
		     n = strtok_r(NULL, " \n", &at_names), v = strtok_r(NULL, " \n", &at_numbers))
			if (!strcmp(n, "RetransSegs"))
				return strtoull(v, NULL, 10);
	}
	ref_die("RetransSegs");
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_port = htons(PORT) }, far = self;
	struct ref_times times = { 0 };
	uint64_t cnt;

	if (argc < 5)
		return 2;
	cnt = strtoull(argv[1], NULL, 10);
	bytes = strtoull(argv[2], NULL, 10);
	delay_ns = strtoull(argv[3], NULL, 10) * 1000;
	drop_every = strtoull(argv[4], NULL, 10);
	make_network();
	inet_pton(AF_INET, "10.99.0.1", &self.sin_addr);
	inet_pton(AF_INET, "10.99.0.2", &far.sin_addr);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&self, sizeof(self)) || listen(listener, 16))
		ref_die("listen");
	ref_thread(reflect, NULL);
	ref_thread(serve, NULL);
	for (uint64_t i = 0; i < cnt; i++)
		connect_once(&far, &times);
	ref_times_say("connect", &times);
	ref_sleep_ms(100 + delay_ns / 250000);
	ref_say("dropped", dropped);
	ref_say("again", sent_again());
	return 0;
}
