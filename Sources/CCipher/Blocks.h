// What all ways of the cipher share: loads, stores, and the last block of a text, which may be short.
#ifndef PANDO_BLOCKS_H
#define PANDO_BLOCKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PANDO_INLINE inline __attribute__((always_inline, unused))
/// Without it Swift's pipeline leaves short loops of C rolled, at half the speed.
#define PANDO_UNROLL _Pragma("clang loop unroll(full)")

static PANDO_INLINE uint64_t pando_load64(const uint8_t *from) {
    uint64_t value;
    memcpy(&value, from, 8);
    return value;
}

static PANDO_INLINE void pando_store64(uint8_t *to, uint64_t value) { memcpy(to, &value, 8); }

/// Overwrites keys that are not needed any more; the compiler can't leave it out.
static PANDO_INLINE void pando_erase(void *memory, size_t count) {
    memset(memory, 0, count);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/// Whether two tags are equal, in a time that does not depend on where they differ.
static PANDO_INLINE int pando_equal_tags(const uint8_t a[16], const uint8_t b[16]) {
    uint64_t difference = (pando_load64(a) ^ pando_load64(b)) | (pando_load64(a + 8) ^ pando_load64(b + 8));
    return difference == 0;
}

#endif
