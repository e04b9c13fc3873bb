// AES-256 and POLYVAL without the processor's instructions for them, for machines that have none. No branch, no index and no table depends on a
// key or on data: the bytes of sixteen blocks lie as bits in eight vectors, one for each bit of a byte, and a round is boolean arithmetic on these.
#ifndef PANDO_AES_SOFTWARE_H
#define PANDO_AES_SOFTWARE_H

#include "Blocks.h"

/// One bit of each byte of sixteen blocks. In each 64-bit element, bit 16 b + 4 c + r belongs to row r and column c of the element's block b.
typedef uint64_t pando_plane __attribute__((vector_size(32)));

/// Sixteen blocks, or a round key repeated for each of them; `plane[0]` has the lowest bits.
typedef struct { pando_plane plane[8]; } pando_sliced;

/// Transposes a matrix of 8 by 8 bits, a byte a row.
static PANDO_INLINE uint64_t pando_transposed(uint64_t x) {
    uint64_t t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAULL;
    x ^= t ^ (t << 7);
    t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCULL;
    x ^= t ^ (t << 14);
    t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ULL;
    return x ^ t ^ (t << 28);
}

static PANDO_INLINE void pando_slice(const uint8_t *blocks, pando_sliced *out) {
    for (int element = 0; element < 4; element++) {
        uint64_t planes[8] = {0};
        for (int eighth = 0; eighth < 8; eighth++) {
            uint64_t rows = pando_transposed(pando_load64(blocks + 64 * element + 8 * eighth));
            for (int bit = 0; bit < 8; bit++) planes[bit] |= ((rows >> (8 * bit)) & 0xFF) << (8 * eighth);
        }
        for (int bit = 0; bit < 8; bit++) out->plane[bit][element] = planes[bit];
    }
}

static PANDO_INLINE void pando_unslice(const pando_sliced *in, uint8_t *blocks) {
    for (int element = 0; element < 4; element++) {
        for (int eighth = 0; eighth < 8; eighth++) {
            uint64_t rows = 0;
            for (int bit = 0; bit < 8; bit++) rows |= ((in->plane[bit][element] >> (8 * eighth)) & 0xFF) << (8 * bit);
            pando_store64(blocks + 64 * element + 8 * eighth, pando_transposed(rows));
        }
    }
}

/// The substitution of AES in 113 gates: the circuit of J. Boyar and R. Peralta, "A depth-16 circuit for the AES S-box" (2011), in its notation.
static PANDO_INLINE void pando_substitute(pando_sliced *s) {
    pando_plane x0 = s->plane[7], x1 = s->plane[6], x2 = s->plane[5], x3 = s->plane[4];
    pando_plane x4 = s->plane[3], x5 = s->plane[2], x6 = s->plane[1], x7 = s->plane[0];
    pando_plane y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5, t0 = x1 ^ x2, y1 = t0 ^ x7, y4 = y1 ^ x3, y12 = y13 ^ y14, y2 = y1 ^ x0;
    pando_plane y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12, y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7, y10 = y15 ^ t0, y11 = y20 ^ y9;
    pando_plane y7 = x7 ^ y11, y17 = y10 ^ y11, y19 = y10 ^ y8, y16 = t0 ^ y11, y21 = y13 ^ y16, y18 = x0 ^ y16;

    pando_plane t2 = y12 & y15, t4 = (y3 & y6) ^ t2, t6 = (y4 & x7) ^ t2, t7 = y13 & y16, t9 = (y5 & y1) ^ t7, t11 = (y2 & y7) ^ t7;
    pando_plane t12 = y9 & y11, t14 = (y14 & y17) ^ t12, t16 = (y8 & y10) ^ t12;
    pando_plane t21 = t4 ^ t14 ^ y20, t22 = t6 ^ t16 ^ y19, t23 = t9 ^ t14 ^ y21, t24 = t11 ^ t16 ^ y18;
    pando_plane t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26, t29 = (t25 & t27) ^ t22, t30 = t23 ^ t24, t31 = t22 ^ t26;
    pando_plane t33 = (t31 & t30) ^ t24, t34 = t23 ^ t33, t35 = t27 ^ t33, t36 = t24 & t35, t37 = t36 ^ t34, t38 = t27 ^ t36;
    pando_plane t40 = t25 ^ (t29 & t38), t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40, t44 = t33 ^ t37, t45 = t42 ^ t41;

    pando_plane z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7, z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7, z6 = t42 & y11, z7 = t45 & y17;
    pando_plane z8 = t41 & y10, z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4, z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2, z15 = t42 & y9;
    pando_plane z16 = t45 & y14, z17 = t41 & y8;

    pando_plane t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13, t49 = z9 ^ z10, t50 = z2 ^ z12, t51 = z2 ^ z5, t52 = z7 ^ z8, t53 = z0 ^ z3;
    pando_plane t54 = z6 ^ z7, t55 = z16 ^ z17, t56 = z12 ^ t48, t57 = t50 ^ t53, t58 = z4 ^ t46, t59 = z3 ^ t54, t60 = t46 ^ t57, t61 = z14 ^ t57;
    pando_plane t62 = t52 ^ t58, t63 = t49 ^ t58, t64 = z4 ^ t59, t65 = t61 ^ t62, t66 = z1 ^ t63, t67 = t64 ^ t65, s3 = t53 ^ t66;
    s->plane[7] = t59 ^ t63;
    s->plane[6] = t64 ^ ~s3;
    s->plane[5] = t55 ^ ~t67;
    s->plane[4] = s3;
    s->plane[3] = t51 ^ t66;
    s->plane[2] = t47 ^ t65;
    s->plane[1] = t56 ^ ~t62;
    s->plane[0] = t48 ^ ~t60;
}

/// Row r of each block moves r columns to the left.
static PANDO_INLINE void pando_shift_rows(pando_plane *plane) {
    pando_plane x = *plane;
    *plane = (x & 0x1111111111111111ULL)
         | ((x >> 4) & 0x0222022202220222ULL) | ((x << 12) & 0x2000200020002000ULL)
         | ((x >> 8) & 0x0044004400440044ULL) | ((x << 8) & 0x4400440044004400ULL)
         | ((x >> 12) & 0x0008000800080008ULL) | ((x << 4) & 0x8880888088808880ULL);
}

static PANDO_INLINE void pando_mix_columns(pando_sliced *s) {
    // The byte in the row below (the first row follows the last), and its sum with the byte itself.
    pando_plane below[8], pair[8];
    for (int bit = 0; bit < 8; bit++) {
        pando_plane x = s->plane[bit];
        below[bit] = ((x >> 1) & 0x7777777777777777ULL) | ((x << 3) & 0x8888888888888888ULL);
        pair[bit] = x ^ below[bit];
    }
    // Twice a byte is a shift by one bit, less the polynomial (bits 0, 1, 3 and 4) where the highest bit was set.
    for (int bit = 0; bit < 8; bit++) {
        pando_plane doubled = bit == 0 ? pair[7] : pair[bit - 1];
        if (bit == 1 || bit == 3 || bit == 4) doubled ^= pair[7];
        pando_plane two_below = ((pair[bit] >> 2) & 0x3333333333333333ULL) | ((pair[bit] << 2) & 0xCCCCCCCCCCCCCCCCULL);
        s->plane[bit] = doubled ^ below[bit] ^ two_below;
    }
}

/// The round keys of AES-256, ready for ``pando_software_encrypt``.
typedef struct { pando_sliced round[15]; } pando_software_key;

static __attribute__((noinline, unused)) void pando_software_expand(const uint8_t key[32], pando_software_key *out) {
    uint8_t words[256 + 32] = {0}; // the schedule has 240 bytes; slicing reads 256
    memcpy(words, key, 32);
    uint8_t constant = 1;
    for (int word = 8; word < 60; word++) {
        uint8_t next[4];
        memcpy(next, words + 4 * (word - 1), 4);
        if (word % 4 == 0) {
            uint8_t blocks[256] = {0};
            pando_sliced sliced;
            memcpy(blocks, next, 4);
            pando_slice(blocks, &sliced);
            pando_substitute(&sliced);
            pando_unslice(&sliced, blocks);
            memcpy(next, blocks, 4);
            if (word % 8 == 0) {
                uint8_t first = next[0];
                next[0] = next[1] ^ constant;
                next[1] = next[2];
                next[2] = next[3];
                next[3] = first;
                constant = (uint8_t)(constant << 1);
            }
        }
        for (int i = 0; i < 4; i++) words[4 * word + i] = words[4 * (word - 8) + i] ^ next[i];
    }
    for (int round = 0; round < 15; round++) {
        uint8_t repeated[256];
        for (int block = 0; block < 16; block++) memcpy(repeated + 16 * block, words + 16 * round, 16);
        pando_slice(repeated, &out->round[round]);
    }
    pando_erase(words, sizeof words);
}

/// Encrypts sixteen blocks in place.
static __attribute__((noinline, unused)) void pando_software_encrypt(const pando_software_key *key, uint8_t blocks[256]) {
    pando_sliced state;
    pando_slice(blocks, &state);
    for (int bit = 0; bit < 8; bit++) state.plane[bit] ^= key->round[0].plane[bit];
    for (int round = 1; round < 15; round++) {
        pando_substitute(&state);
        for (int bit = 0; bit < 8; bit++) pando_shift_rows(&state.plane[bit]);
        if (round < 14) pando_mix_columns(&state);
        for (int bit = 0; bit < 8; bit++) state.plane[bit] ^= key->round[round].plane[bit];
    }
    pando_unslice(&state, blocks);
}

/// The product of two polynomials of 32 bits. Each factor is cut into four, of which each has three zero bits between any two of its own: at most eight
/// products meet in one place, so no carry reaches the next place that counts.
static PANDO_INLINE uint64_t pando_product32(uint32_t a, uint32_t b) {
    const uint64_t every4th = 0x1111111111111111ULL;
    uint64_t product = 0;
    for (int place = 0; place < 4; place++) {
        uint64_t sum = 0;
        for (int i = 0; i < 4; i++) {
            int j = (place - i) & 3;
            sum ^= (uint64_t)(a & (uint32_t)(every4th << i)) * (b & (uint32_t)(every4th << j));
        }
        product |= sum & (every4th << place);
    }
    return product;
}

static PANDO_INLINE void pando_product64(uint64_t a, uint64_t b, uint64_t *low, uint64_t *high) {
    uint64_t bottom = pando_product32((uint32_t)a, (uint32_t)b), top = pando_product32((uint32_t)(a >> 32), (uint32_t)(b >> 32));
    uint64_t middle = pando_product32((uint32_t)(a ^ (a >> 32)), (uint32_t)(b ^ (b >> 32))) ^ bottom ^ top;
    *low = bottom ^ (middle << 32);
    *high = top ^ (middle >> 32);
}

/// A polynomial of 128 bits, the lowest bit that of x^0.
typedef struct { uint64_t low, high; } pando_polynomial;

/// The product of POLYVAL: a · b · x^-128 modulo x^128 + x^127 + x^126 + x^121 + 1.
static PANDO_INLINE pando_polynomial pando_software_product(pando_polynomial a, pando_polynomial b) {
    uint64_t w0, w1, w2, w3, middle0, middle1;
    pando_product64(a.low, b.low, &w0, &w1);
    pando_product64(a.high, b.high, &w2, &w3);
    pando_product64(a.low ^ a.high, b.low ^ b.high, &middle0, &middle1);
    middle0 ^= w0 ^ w2;
    middle1 ^= w1 ^ w3;
    w1 ^= middle0;
    w2 ^= middle1;
    // The lowest word times the polynomial makes that word zero, which divides by x^64. Twice.
    w1 ^= (w0 << 63) ^ (w0 << 62) ^ (w0 << 57);
    w2 ^= w0 ^ (w0 >> 1) ^ (w0 >> 2) ^ (w0 >> 7);
    w2 ^= (w1 << 63) ^ (w1 << 62) ^ (w1 << 57);
    w3 ^= w1 ^ (w1 >> 1) ^ (w1 >> 2) ^ (w1 >> 7);
    return (pando_polynomial){w2, w3};
}

#endif
