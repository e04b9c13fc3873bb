/* driverecho: the least a server of the driver protocol can do, as a yardstick.
 *
 *   driverecho PORT THREADS BYTES
 *
 * Takes the handshake V0_4 and answers each frame with one of BYTES bytes that says nothing. Each thread waits with epoll for its share of
 * the connections, edge-triggered, and makes one read and one write for a request.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int fd, greeted;
} Connection;

static size_t length;
static char *answer;

static void fail(const char *what) { perror(what); exit(1); }

static void *run(void *arg) {
    int poll = *(int *)arg;
    struct epoll_event events[64];
    char request[1 << 16], *own = malloc(length + 12);
    memcpy(own, answer, length + 12);
    for (;;) {
        int n = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < n; i++) {
            Connection *c = events[i].data.ptr;
            ssize_t k = read(c->fd, request, sizeof request);
            if (k <= 0) {
                close(c->fd);
                free(c);
            } else if (!c->greeted) {
                c->greeted = 1;
                if (write(c->fd, "SUCCESS", 8) != 8) fail("write");
            } else {
                /* A closed-loop client sends one whole frame at a time: its token goes back, and nothing is looked at. */
                memcpy(own, request, 8);
                if (write(c->fd, own, length + 12) < 0) fail("write");
            }
        }
    }
    return NULL;
}

int main(int n, char **v) {
    if (n < 4) { fprintf(stderr, "usage: driverecho PORT THREADS BYTES\n"); return 2; }
    int threads = atoi(v[2]), one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    length = atoi(v[3]);
    answer = malloc(length + 12);
    uint32_t body = length;
    memcpy(answer + 8, &body, 4);
    memset(answer + 12, 'x', length);
    memcpy(answer + 12, "{\"t\":1,\"r\":[\"", 13);
    memcpy(answer + 12 + length - 3, "\"]}", 3);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(atoi(v[1])) };
    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&a, sizeof a) || listen(listener, 1024)) fail("listen");
    int *polls = calloc(threads, sizeof *polls);
    for (int t = 0; t < threads; t++) {
        pthread_t thread;
        polls[t] = epoll_create1(0);
        pthread_create(&thread, 0, run, &polls[t]);
    }
    for (int turn = 0;; turn++) {
        Connection *c = calloc(1, sizeof *c);
        if ((c->fd = accept(listener, 0, 0)) < 0) fail("accept");
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event e = { .events = EPOLLIN | EPOLLET, .data.ptr = c };
        epoll_ctl(polls[turn % threads], EPOLL_CTL_ADD, c->fd, &e);
    }
}
