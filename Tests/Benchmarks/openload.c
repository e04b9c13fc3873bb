/* openload: GETs over HTTP/1.1 at a fixed rate, whatever the server does.
 *
 *   openload HOST PORT CONNECTIONS RATE SECONDS PATH [KEYS]
 *
 * Request number i is due at i / RATE, on connection i modulo CONNECTIONS; a `%d` in PATH stands for a random number below KEYS. The time
 * of an answer counts from when its request was due, so who is held up behind a slow answer counts too, and so does a generator that is late.
 * Prints one JSON object: requests, errors (any status but 200), and percentiles in microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 16 };

typedef struct {
    int fd;
    /* Requests that are due, the first `sent` of them on their way. */
    uint64_t due[4096];
    unsigned first, count, sent;
    size_t have;
    char bytes[ROOM];
} Connection;

static const char *host, *path;
static unsigned keys;
static uint64_t errors, answered;
static uint32_t *times;

static void fail(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* One at a time is on its way; the others of its connection wait. */
static void ask(Connection *c) {
    if (c->sent || !c->count) return;
    char target[1024], request[2048];
    snprintf(target, sizeof target, path, keys ? random() % keys : 0);
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host);
    if (write(c->fd, request, n) != n) fail("write");
    c->sent = 1;
}

/* The length of the first answer in the buffer; 0 if it has not all come. */
static size_t whole(Connection *c) {
    c->bytes[c->have] = 0;
    char *end = strstr(c->bytes, "\r\n\r\n");
    if (!end) return 0;
    char *length = strcasestr(c->bytes, "\r\ncontent-length:");
    if (!length || length > end) { fprintf(stderr, "an answer without a length\n"); exit(1); }
    size_t size = end + 4 - c->bytes + strtoul(length + 17, NULL, 10);
    return size <= c->have ? size : 0;
}

static void take(Connection *c) {
    ssize_t n = read(c->fd, c->bytes + c->have, ROOM - 1 - c->have);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) fail("read");
    c->have += n;
    size_t size = whole(c);
    if (!size) return;
    if (strncmp(c->bytes, "HTTP/1.1 200", 12)) errors++;
    c->have -= size;
    memmove(c->bytes, c->bytes + size, c->have);
    times[answered++] = (now() - c->due[c->first % 4096]) / 1000;
    c->first++;
    c->count--;
    c->sent = 0;
    ask(c);
}

static int order(const void *a, const void *b) { return (*(uint32_t *)a > *(uint32_t *)b) - (*(uint32_t *)a < *(uint32_t *)b); }

int main(int n, char **v) {
    if (n < 7) { fprintf(stderr, "usage: openload HOST PORT CONNECTIONS RATE SECONDS PATH [KEYS]\n"); return 2; }
    host = v[1];
    path = v[6];
    keys = n > 7 ? atoi(v[7]) : 0;
    int connections = atoi(v[3]), one = 1, queue = epoll_create1(0);
    double rate = atof(v[4]);
    uint64_t total = rate * atof(v[5]), asked = 0;
    times = calloc(total, sizeof *times);
    prctl(PR_SET_TIMERSLACK, 1);
    Connection *all = calloc(connections, sizeof *all);
    for (int i = 0; i < connections; i++) {
        Connection *c = &all[i];
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(atoi(v[2])) };
        inet_pton(AF_INET, host, &a.sin_addr);
        c->fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(c->fd, (void *)&a, sizeof a)) fail("connect");
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        fcntl(c->fd, F_SETFL, O_NONBLOCK);
        struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
        epoll_ctl(queue, EPOLL_CTL_ADD, c->fd, &e);
    }
    uint64_t start = now() + 1000000;
    while (answered < total) {
        uint64_t time = now();
        while (asked < total && start + (uint64_t)(asked * 1e9 / rate) <= time) {
            Connection *c = &all[asked % connections];
            if (c->count == 4096) { fprintf(stderr, "the server is slower than the rate\n"); return 1; }
            c->due[(c->first + c->count++) % 4096] = start + (uint64_t)(asked * 1e9 / rate);
            asked++;
            ask(c);
        }
        uint64_t next = asked < total ? start + (uint64_t)(asked * 1e9 / rate) : time + 1000000000;
        time = now();
        uint64_t rest = next > time ? next - time : 0;
        struct timespec wait = { rest / 1000000000, rest % 1000000000 };
        struct epoll_event events[64];
        int count = epoll_pwait2(queue, events, 64, &wait, NULL);
        for (int i = 0; i < count; i++) take(events[i].data.ptr);
    }
    qsort(times, total, sizeof *times, order);
    printf("{\"requests\": %lu, \"errors\": %lu, \"p50\": %u, \"p90\": %u, \"p99\": %u, \"p99.9\": %u, \"max\": %u}\n", (unsigned long)total,
           (unsigned long)errors, times[total / 2], times[total * 9 / 10], times[total * 99 / 100], times[total * 999 / 1000], times[total - 1]);
    return errors != 0;
}
