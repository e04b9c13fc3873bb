// C declarations that Swift's Glibc overlay leaves out. Declarations and `static inline` functions only.
#ifndef PANDO_CSYSTEM_H
#define PANDO_CSYSTEM_H

// Under _GNU_SOURCE some types (fd_set, and enumerations of sys/resource.h) are declared otherwise than in Swift's Glibc overlay, and a program that imports
// both then has two definitions of one type. So the types are read as the overlay reads them, and the GNU declarations are switched on after them.
#include <sys/types.h>
#include <sys/resource.h>
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
#include <stdint.h>
#if defined(__GLIBC__)
#include <malloc.h>
#elif defined(__APPLE__)
#include <malloc/malloc.h>
#endif

#if defined(__linux__)
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/// Accepts a connection as a non-blocking descriptor that is closed on exec.
static inline int pando_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/// Has the kernel begin to write that part of a file to the disk, and doesn't wait for it.
static inline int pando_begin_sync(int descriptor, int64_t offset, int64_t count) {
    return sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
}

/// Has the file system keep room for that part of a file, whose length stays what it is. 0, or the error number.
static inline int pando_reserve(int descriptor, int64_t offset, int64_t count) {
    while (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, count) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

/// Has the kernel read that part of a mapping, and map it. 0, or the error number: EFAULT where a look at it would be a signal, EINVAL before
/// Linux 5.14. (MADV_POPULATE_READ; the C library's header may be older than the kernel.)
static inline int pando_populate(const void *address, size_t count) {
    uintptr_t start = (uintptr_t)address & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);
    while (madvise((void *)start, (uintptr_t)address + count - start, 22) != 0) {
        if (errno != EINTR && errno != EAGAIN) return errno;
    }
    return 0;
}

/// Which parts of a mapping are in memory, so that to read them is no work for the disk: a bit for each of up to 64 parts of `size` bytes. (mincore)
static inline uint64_t pando_resident(const void *address, size_t size, unsigned count) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char present[1024];
    if (count > 64 || size == 0 || size * count > sizeof present * page) return 0;
    if (mincore((void *)(uintptr_t)address, size * count, present) != 0) return 0;
    uint64_t bits = 0;
    for (unsigned part = 0; part < count; part++) {
        uint64_t isPresent = 1;
        for (size_t at = size * part / page; at * page < size * (part + 1); at++) isPresent &= present[at];
        bits |= isPresent << part;
    }
    return bits;
}

/// Gives the calling thread a tenth of the weight that others have. (On Linux the "process" of this call is a thread.)
static inline void pando_stand_back(void) {
    (void)setpriority(PRIO_PROCESS, 0, 10);
}

/// Asks for turns of 100 microseconds for the calling thread, in place of the milliseconds that others have. It gets no more of the processor for that, but gets it when it wakes up:
/// who has longer turns is put aside then, and not at the kernel's next tick. (`sched_setattr` of the normal class, Linux 6.12; older ones leave turns as they are.)
static inline void pando_take_short_turns(void) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = { .size = 48, .nice = getpriority(PRIO_PROCESS, 0), .runtime = 100000 };
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}
#endif

/// The process leaves no image of its memory behind, and no other process of the account can look into it.
static inline void pando_forbid_core_dumps(void) {
#if defined(__linux__)
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#else
    const struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
#endif
}

/// Keeps all memory of the process out of swap, what it has and what it will have, each page from when it is first touched. 0, or the error number: ENOMEM, EAGAIN or EPERM where
/// the limit of locked memory is in the way, which counts address space; ENOSYS where the system can't give locked memory back (`MADV_DONTNEED_LOCKED`, Linux 5.18).
static inline int pando_lock_memory(void) {
#if defined(__linux__)
    if (mlockall(MCL_CURRENT | MCL_FUTURE | 4 /* MCL_ONFAULT */) != 0) return errno;
    // As much as a store takes when it is opened: if that can't be had then, it shall be known now.
    const size_t count = sizeof(void *) == 8 ? (size_t)1 << 36 : (size_t)1 << 28;
    int code = 0;
    void *place = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) {
        code = errno;
    } else {
        if (madvise(place, (size_t)sysconf(_SC_PAGESIZE), 24) != 0) code = ENOSYS;
        (void)munmap(place, count);
    }
    if (code != 0) (void)munlockall();
    return code;
#else
    return ENOSYS;
#endif
}

/// Gives memory back and keeps the address space, also if the memory is locked, which only `MADV_DONTNEED_LOCKED` does then.
static inline void pando_discard(void *address, size_t count) {
#if defined(__linux__)
    if (madvise(address, count, MADV_DONTNEED) != 0 && errno == EINVAL) (void)madvise(address, count, 24);
#else
    (void)madvise(address, count, MADV_FREE);
#endif
}

/// Gives free memory of the allocator back to the system, where it has a way to. Takes each of its locks for as long as that needs.
static inline void pando_trim_heap(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#elif defined(__APPLE__)
    malloc_zone_pressure_relief(NULL, 0);
#endif
}

/// For a process that is to stay small: so many bytes that are free at the end of an allocator's heap go back, and blocks of twice as many are mappings of their own. By
/// itself glibc raises both limits, to twice the largest block that was freed, and `malloc_trim` never gives back the ends of the heaps that threads other than the first have.
static inline void pando_bound_heap(int32_t count) {
#if defined(__GLIBC__)
    mallopt(M_TRIM_THRESHOLD, count);
    mallopt(M_MMAP_THRESHOLD, 2 * count);
#else
    (void)count;
#endif
}

/// 1 in a statically linked executable, where no loader has been at work that could load libraries.
static inline int pando_is_static(void) {
#if defined(__linux__)
    return getauxval(AT_BASE) == 0;
#else
    return 0;
#endif
}

// Asks for a cache line without waiting for it.
static inline void pando_prefetch(const void *address) {
    __builtin_prefetch(address);
}

// Atomics on memory that Swift's `Atomic` can't live in.

static inline uint64_t pando_load_relaxed(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/// What others wrote before they set a bit that this sees can be seen too.
static inline uint64_t pando_load_acquire(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void pando_or_release(uint64_t *word, uint64_t bits) {
    __atomic_fetch_or(word, bits, __ATOMIC_RELEASE);
}

static inline void pando_or_relaxed(uint64_t *word, uint64_t bits) {
    __atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
}

static inline void pando_and_relaxed(uint64_t *word, uint64_t bits) {
    __atomic_fetch_and(word, bits, __ATOMIC_RELAXED);
}

/// Tells the processor that it turns in a circle until another one has written something.
static inline void pando_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Open-file-description locks: of the open file rather than of the process, so two openings in one process exclude each
// other, and a close of one leaves the other's in place. macOS has them under the same names.

#ifndef F_OFD_SETLK
#if defined(__APPLE__)
#define F_OFD_SETLK 90
#define F_OFD_GETLK 92
#else
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#endif
#endif

/// Locks or unlocks bytes without waiting. `type` is F_RDLCK, F_WRLCK or F_UNLCK. 0, or the error number.
static inline int pando_lock(int descriptor, short type, int64_t start, int64_t length) {
    struct flock lock = {0};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    return fcntl(descriptor, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

/// Looks for a lock of another opening that would exclude one of `type`. 0 and the first byte of it in `*found`
/// (−1 if there is none), or the error number.
static inline int pando_find_lock(int descriptor, short type, int64_t start, int64_t length, int64_t *found, int64_t *foundLength) {
    struct flock lock = {0};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) return errno;
    *found = lock.l_type == F_UNLCK ? -1 : lock.l_start;
    *foundLength = lock.l_len;
    return 0;
}

#endif
