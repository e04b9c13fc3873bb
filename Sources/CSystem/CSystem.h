// C declarations that Swift's Glibc overlay leaves out. Declarations and `static inline` functions only.
#ifndef PANDO_CSYSTEM_H
#define PANDO_CSYSTEM_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <errno.h>

#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif

#endif
