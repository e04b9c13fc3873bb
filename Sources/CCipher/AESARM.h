// AES-256-GCM-SIV's parts on the AES and polynomial multiply instructions of 64-bit ARM: eight blocks at a time.
#ifndef PANDO_AES_ARM_H
#define PANDO_AES_ARM_H

#if defined(__aarch64__)

#include "Blocks.h"
#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

#define PANDO_ARM __attribute__((target("aes")))

/// Whether this processor has the instructions: 0 or 1. Every Apple processor has.
static inline int pando_arm_instructions(void) {
#if defined(__linux__)
    const unsigned long needed = (1ul << 3) | (1ul << 4); // HWCAP_AES, HWCAP_PMULL
    return (getauxval(AT_HWCAP) & needed) == needed;
#else
    return 1;
#endif
}

typedef struct { uint8x16_t round[15]; } pando_arm_key;

/// The substitution of the four bytes of a word, which all columns hold, so that the move of the rows changes nothing.
PANDO_ARM static PANDO_INLINE uint32_t pando_arm_substituted(uint32_t word) {
    uint8x16_t columns = vreinterpretq_u8_u32(vdupq_n_u32(word));
    return vgetq_lane_u32(vreinterpretq_u32_u8(vaeseq_u8(columns, vdupq_n_u8(0))), 0);
}

PANDO_ARM static PANDO_INLINE void pando_arm_expand(const uint8_t bytes[32], pando_arm_key *key) {
    uint32_t words[60];
    memcpy(words, bytes, 32);
    uint32_t constant = 1;
    for (int word = 8; word < 60; word++) {
        uint32_t next = words[word - 1];
        if (word % 8 == 0) {
            next = pando_arm_substituted((next >> 8) | (next << 24)) ^ constant;
            constant <<= 1;
        } else if (word % 8 == 4) {
            next = pando_arm_substituted(next);
        }
        words[word] = words[word - 8] ^ next;
    }
    for (int round = 0; round < 15; round++) key->round[round] = vld1q_u8((const uint8_t *)(words + 4 * round));
    pando_erase(words, sizeof words);
}

PANDO_ARM static PANDO_INLINE void pando_arm_encrypt8(const pando_arm_key *key, uint8x16_t block[8]) {
    PANDO_UNROLL for (int round = 0; round < 13; round++) {
        PANDO_UNROLL for (int i = 0; i < 8; i++) block[i] = vaesmcq_u8(vaeseq_u8(block[i], key->round[round]));
    }
    PANDO_UNROLL for (int i = 0; i < 8; i++) block[i] = veorq_u8(vaeseq_u8(block[i], key->round[13]), key->round[14]);
}

PANDO_ARM static PANDO_INLINE uint8x16_t pando_arm_encrypt(const pando_arm_key *key, uint8x16_t block) {
    PANDO_UNROLL for (int round = 0; round < 13; round++) block = vaesmcq_u8(vaeseq_u8(block, key->round[round]));
    return veorq_u8(vaeseq_u8(block, key->round[13]), key->round[14]);
}

typedef struct { uint8x16_t low, middle, high; } pando_arm_wide;

PANDO_ARM static PANDO_INLINE uint8x16_t pando_arm_multiplied(uint8x16_t a, int half, uint8x16_t b, int other) {
    poly64x2_t x = vreinterpretq_p64_u8(a), y = vreinterpretq_p64_u8(b);
    poly64_t p = half ? vgetq_lane_p64(x, 1) : vgetq_lane_p64(x, 0);
    poly64_t q = other ? vgetq_lane_p64(y, 1) : vgetq_lane_p64(y, 0);
    return vreinterpretq_u8_p128(vmull_p64(p, q));
}

PANDO_ARM static PANDO_INLINE void pando_arm_add_product(pando_arm_wide *sum, uint8x16_t a, uint8x16_t b) {
    sum->low = veorq_u8(sum->low, pando_arm_multiplied(a, 0, b, 0));
    sum->high = veorq_u8(sum->high, pando_arm_multiplied(a, 1, b, 1));
    sum->middle = veorq_u8(sum->middle, veorq_u8(pando_arm_multiplied(a, 1, b, 0), pando_arm_multiplied(a, 0, b, 1)));
}

/// The sum times x^-128, modulo POLYVAL's polynomial. Each of two steps makes the lowest 64 bits zero by adding a multiple of it.
PANDO_ARM static PANDO_INLINE uint8x16_t pando_arm_reduced(pando_arm_wide sum) {
    const uint8x16_t zero = vdupq_n_u8(0);
    const uint8x16_t polynomial = vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(1), vcreate_u64(0xC200000000000000ULL)));
    uint8x16_t low = veorq_u8(sum.low, vextq_u8(zero, sum.middle, 8));
    uint8x16_t high = veorq_u8(sum.high, vextq_u8(sum.middle, zero, 8));
    low = veorq_u8(vextq_u8(low, low, 8), pando_arm_multiplied(low, 0, polynomial, 1));
    low = veorq_u8(vextq_u8(low, low, 8), pando_arm_multiplied(low, 0, polynomial, 1));
    return veorq_u8(high, low);
}

PANDO_ARM static PANDO_INLINE uint8x16_t pando_arm_product(uint8x16_t a, uint8x16_t b) {
    pando_arm_wide sum = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
    pando_arm_add_product(&sum, a, b);
    return pando_arm_reduced(sum);
}

PANDO_ARM static PANDO_INLINE uint8x16_t pando_arm_load(const uint8_t *from, size_t count) {
    if (count >= 16) return vld1q_u8(from);
    uint8_t block[16] = {0};
    memcpy(block, from, count);
    return vld1q_u8(block);
}

PANDO_ARM static PANDO_INLINE uint8x16_t pando_arm_polyval(
    const uint8x16_t power[8], uint8x16_t sum, const uint8_t *bytes, size_t count) {
    for (; count >= 128; bytes += 128, count -= 128) {
        pando_arm_wide wide = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
        PANDO_UNROLL for (int i = 0; i < 8; i++) {
            uint8x16_t block = vld1q_u8(bytes + 16 * i);
            pando_arm_add_product(&wide, i == 0 ? veorq_u8(block, sum) : block, power[7 - i]);
        }
        sum = pando_arm_reduced(wide);
    }
    for (; count > 0; bytes += 16, count -= count < 16 ? count : 16) {
        sum = pando_arm_product(veorq_u8(sum, pando_arm_load(bytes, count)), power[0]);
    }
    return sum;
}

PANDO_ARM static PANDO_INLINE void pando_arm_add_stream(
    const pando_arm_key *key, uint8x16_t counter, const uint8_t *in, uint8_t *out, size_t count) {
    const uint32x4_t one = vsetq_lane_u32(1, vdupq_n_u32(0), 0);
    uint32x4_t next = vreinterpretq_u32_u8(counter);
    for (; count >= 128; in += 128, out += 128, count -= 128) {
        uint8x16_t block[8];
        PANDO_UNROLL for (int i = 0; i < 8; i++) {
            block[i] = vreinterpretq_u8_u32(next);
            next = vaddq_u32(next, one);
        }
        pando_arm_encrypt8(key, block);
        PANDO_UNROLL for (int i = 0; i < 8; i++) vst1q_u8(out + 16 * i, veorq_u8(block[i], vld1q_u8(in + 16 * i)));
    }
    for (; count > 0; next = vaddq_u32(next, one)) {
        size_t taken = count < 16 ? count : 16;
        uint8_t block[16];
        vst1q_u8(block, veorq_u8(pando_arm_encrypt(key, vreinterpretq_u8_u32(next)), pando_arm_load(in, count)));
        memcpy(out, block, taken);
        in += taken;
        out += taken;
        count -= taken;
    }
}

#endif
#endif
