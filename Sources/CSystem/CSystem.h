// C declarations that Swift's Glibc overlay leaves out. Declarations and `static inline` functions only.
#ifndef PANDO_CSYSTEM_H
#define PANDO_CSYSTEM_H

// Under _GNU_SOURCE the fields of fd_set have other names than in Swift's Glibc overlay, and a program that imports both then has two
// definitions of one type. So the types are read as the overlay reads them, and the GNU declarations are switched on after them.
#include <sys/types.h>
#include <sys/select.h>
#if defined(__linux__)
#define __USE_GNU 1
#endif
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <errno.h>

#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// Accepts a connection as a non-blocking descriptor that is closed on exec.
static inline int pando_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#endif

#endif
