// AES-256-GCM-SIV's parts on the AES and carry-less multiply instructions of x86: eight blocks at a time, or sixteen where one instruction takes
// two blocks (AVX2), or four (AVX-512).
#ifndef PANDO_AES_X86_H
#define PANDO_AES_X86_H

#if defined(__x86_64__)

#include "Blocks.h"
#include <cpuid.h>
#include <immintrin.h>

#define PANDO_AESNI __attribute__((target("aes,pclmul,sse4.1")))
#define PANDO_VAES256 __attribute__((target("vaes,vpclmulqdq,avx2,aes,pclmul,sse4.1")))
#define PANDO_VAES __attribute__((target("vaes,vpclmulqdq,avx512f,avx512vl,avx512bw,aes,pclmul,sse4.1")))

/// Which of them this processor and its system have: 0 none, 1 AES-NI, 4 VAES and AVX2 as well, 2 AVX-512 as well.
static inline int pando_x86_instructions(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    const unsigned needed = (1u << 1) | (1u << 19) | (1u << 25); // PCLMULQDQ, SSE4.1, AES
    if ((c & needed) != needed) return 0;
    if (!(c & (1u << 27))) return 1; // OSXSAVE: the system tells which registers it keeps
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    const unsigned vector = (1u << 9) | (1u << 10);             // VAES, VPCLMULQDQ
    const unsigned wide = (1u << 16) | (1u << 30) | (1u << 31); // AVX512F, BW, VL
    if ((low & 0x06) != 0x06 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 1;
    if (!(b & (1u << 5)) || (c & vector) != vector) return 1; // AVX2
    return (low & 0xE0) == 0xE0 && (b & wide) == wide ? 2 : 4;
}

typedef struct { __m128i round[15]; } pando_x86_key;

PANDO_AESNI static PANDO_INLINE __m128i pando_x86_mixed(__m128i key, __m128i assist) {
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    return _mm_xor_si128(key, assist);
}

#define PANDO_X86_EXPAND(i, constant)                                                                                              \
    key->round[i] = pando_x86_mixed(                                                                                               \
        key->round[i - 2], _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key->round[i - 1], constant), 0xFF));                       \
    if (i < 14)                                                                                                                    \
        key->round[i < 14 ? i + 1 : i] = pando_x86_mixed(                                                                          \
            key->round[i - 1], _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key->round[i], 0), 0xAA))

PANDO_AESNI static PANDO_INLINE void pando_x86_expand(const uint8_t bytes[32], pando_x86_key *key) {
    key->round[0] = _mm_loadu_si128((const __m128i *)bytes);
    key->round[1] = _mm_loadu_si128((const __m128i *)(bytes + 16));
    PANDO_X86_EXPAND(2, 0x01);
    PANDO_X86_EXPAND(4, 0x02);
    PANDO_X86_EXPAND(6, 0x04);
    PANDO_X86_EXPAND(8, 0x08);
    PANDO_X86_EXPAND(10, 0x10);
    PANDO_X86_EXPAND(12, 0x20);
    PANDO_X86_EXPAND(14, 0x40);
}

PANDO_AESNI static PANDO_INLINE void pando_x86_encrypt8(const pando_x86_key *key, __m128i block[8]) {
    PANDO_UNROLL for (int i = 0; i < 8; i++) block[i] = _mm_xor_si128(block[i], key->round[0]);
    PANDO_UNROLL for (int round = 1; round < 14; round++) {
        PANDO_UNROLL for (int i = 0; i < 8; i++) block[i] = _mm_aesenc_si128(block[i], key->round[round]);
    }
    PANDO_UNROLL for (int i = 0; i < 8; i++) block[i] = _mm_aesenclast_si128(block[i], key->round[14]);
}

PANDO_AESNI static PANDO_INLINE __m128i pando_x86_encrypt(const pando_x86_key *key, __m128i block) {
    block = _mm_xor_si128(block, key->round[0]);
    PANDO_UNROLL for (int round = 1; round < 14; round++) block = _mm_aesenc_si128(block, key->round[round]);
    return _mm_aesenclast_si128(block, key->round[14]);
}

/// A product before its reduction: the middle part lies across the other two.
typedef struct { __m128i low, middle, high; } pando_x86_wide;

PANDO_AESNI static PANDO_INLINE void pando_x86_add_product(pando_x86_wide *sum, __m128i a, __m128i b) {
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(a, b, 0x00));
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(a, b, 0x11));
    sum->middle = _mm_xor_si128(sum->middle, _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10)));
}

/// The sum times x^-128, modulo POLYVAL's polynomial. Each of two steps makes the lowest 64 bits zero by adding a multiple of it.
PANDO_AESNI static PANDO_INLINE __m128i pando_x86_reduced(pando_x86_wide sum) {
    const __m128i polynomial = _mm_set_epi64x((long long)0xC200000000000000ULL, 1);
    __m128i low = _mm_xor_si128(sum.low, _mm_slli_si128(sum.middle, 8));
    __m128i high = _mm_xor_si128(sum.high, _mm_srli_si128(sum.middle, 8));
    low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4E), _mm_clmulepi64_si128(low, polynomial, 0x10));
    low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4E), _mm_clmulepi64_si128(low, polynomial, 0x10));
    return _mm_xor_si128(high, low);
}

PANDO_AESNI static PANDO_INLINE __m128i pando_x86_product(__m128i a, __m128i b) {
    pando_x86_wide sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    pando_x86_add_product(&sum, a, b);
    return pando_x86_reduced(sum);
}

PANDO_AESNI static PANDO_INLINE __m128i pando_x86_load(const uint8_t *from, size_t count) {
    if (count >= 16) return _mm_loadu_si128((const __m128i *)from);
    uint8_t block[16] = {0};
    memcpy(block, from, count);
    return _mm_loadu_si128((const __m128i *)block);
}

/// Takes `count` bytes into POLYVAL, the last block filled up with zeros. `power[i]` is H to the i + 1.
PANDO_AESNI static PANDO_INLINE __m128i pando_x86_polyval(const __m128i power[8], __m128i sum, const uint8_t *bytes, size_t count) {
    for (; count >= 128; bytes += 128, count -= 128) {
        pando_x86_wide wide = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        PANDO_UNROLL for (int i = 0; i < 8; i++) {
            __m128i block = _mm_loadu_si128((const __m128i *)(bytes + 16 * i));
            pando_x86_add_product(&wide, i == 0 ? _mm_xor_si128(block, sum) : block, power[7 - i]);
        }
        sum = pando_x86_reduced(wide);
    }
    for (; count > 0; bytes += 16, count -= count < 16 ? count : 16) {
        sum = pando_x86_product(_mm_xor_si128(sum, pando_x86_load(bytes, count)), power[0]);
    }
    return sum;
}

/// Adds the key stream that begins with the block `counter`: in to out, which may be the same bytes.
PANDO_AESNI static PANDO_INLINE void pando_x86_add_stream(
    const pando_x86_key *key, __m128i counter, const uint8_t *in, uint8_t *out, size_t count) {
    const __m128i one = _mm_set_epi32(0, 0, 0, 1);
    for (; count >= 128; in += 128, out += 128, count -= 128) {
        __m128i block[8];
        PANDO_UNROLL for (int i = 0; i < 8; i++) {
            block[i] = counter;
            counter = _mm_add_epi32(counter, one);
        }
        pando_x86_encrypt8(key, block);
        PANDO_UNROLL for (int i = 0; i < 8; i++) {
            block[i] = _mm_xor_si128(block[i], _mm_loadu_si128((const __m128i *)(in + 16 * i)));
            _mm_storeu_si128((__m128i *)(out + 16 * i), block[i]);
        }
    }
    for (; count > 0; counter = _mm_add_epi32(counter, one)) {
        size_t taken = count < 16 ? count : 16;
        uint8_t block[16];
        _mm_storeu_si128((__m128i *)block, _mm_xor_si128(pando_x86_encrypt(key, counter), pando_x86_load(in, count)));
        memcpy(out, block, taken);
        in += taken;
        out += taken;
        count -= taken;
    }
}

/// As ``pando_x86_polyval``, two blocks an instruction; `power[i]` is H to the i + 1, up to 16.
PANDO_VAES256 static PANDO_INLINE __m128i pando_vaes256_polyval(const __m128i power[16], __m128i sum, const uint8_t *bytes, size_t count) {
    if (count >= 256) {
        __m256i powers[8];
        PANDO_UNROLL for (int i = 0; i < 8; i++) powers[i] = _mm256_set_m128i(power[14 - 2 * i], power[15 - 2 * i]);
        for (; count >= 256; bytes += 256, count -= 256) {
            __m256i low = _mm256_setzero_si256(), middle = low, high = low;
            PANDO_UNROLL for (int i = 0; i < 8; i++) {
                __m256i blocks = _mm256_loadu_si256((const __m256i *)(bytes + 32 * i));
                if (i == 0) blocks = _mm256_xor_si256(blocks, _mm256_zextsi128_si256(sum));
                low = _mm256_xor_si256(low, _mm256_clmulepi64_epi128(blocks, powers[i], 0x00));
                high = _mm256_xor_si256(high, _mm256_clmulepi64_epi128(blocks, powers[i], 0x11));
                middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(blocks, powers[i], 0x01));
                middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(blocks, powers[i], 0x10));
            }
            __m256i parts[3] = {low, middle, high};
            __m128i folded[3];
            PANDO_UNROLL for (int i = 0; i < 3; i++) {
                folded[i] = _mm_xor_si128(_mm256_castsi256_si128(parts[i]), _mm256_extracti128_si256(parts[i], 1));
            }
            sum = pando_x86_reduced((pando_x86_wide){folded[0], folded[1], folded[2]});
        }
    }
    return pando_x86_polyval(power, sum, bytes, count);
}

PANDO_VAES256 static PANDO_INLINE void pando_vaes256_add_stream(
    const pando_x86_key *key, __m128i counter, const uint8_t *in, uint8_t *out, size_t count) {
    if (count >= 256) {
        const __m256i two = _mm256_set_epi32(0, 0, 0, 2, 0, 0, 0, 2);
        __m256i counters = _mm256_add_epi32(_mm256_broadcastsi128_si256(counter), _mm256_set_epi32(0, 0, 0, 1, 0, 0, 0, 0));
        for (; count >= 256; in += 256, out += 256, count -= 256) {
            __m256i blocks[8], round = _mm256_broadcastsi128_si256(key->round[0]);
            PANDO_UNROLL for (int i = 0; i < 8; i++) {
                blocks[i] = _mm256_xor_si256(counters, round);
                counters = _mm256_add_epi32(counters, two);
            }
            PANDO_UNROLL for (int number = 1; number < 14; number++) {
                round = _mm256_broadcastsi128_si256(key->round[number]);
                PANDO_UNROLL for (int i = 0; i < 8; i++) blocks[i] = _mm256_aesenc_epi128(blocks[i], round);
            }
            round = _mm256_broadcastsi128_si256(key->round[14]);
            PANDO_UNROLL for (int i = 0; i < 8; i++) {
                __m256i bytes = _mm256_loadu_si256((const __m256i *)(in + 32 * i));
                blocks[i] = _mm256_xor_si256(_mm256_aesenclast_epi128(blocks[i], round), bytes);
                _mm256_storeu_si256((__m256i *)(out + 32 * i), blocks[i]);
            }
        }
        counter = _mm256_castsi256_si128(counters);
    }
    pando_x86_add_stream(key, counter, in, out, count);
}

/// As ``pando_x86_polyval``, four blocks an instruction; `power[i]` is H to the i + 1, up to 16.
PANDO_VAES static PANDO_INLINE __m128i pando_vaes_polyval(const __m128i power[16], __m128i sum, const uint8_t *bytes, size_t count) {
    if (count >= 256) {
        __m512i powers[4];
        PANDO_UNROLL for (int i = 0; i < 4; i++) {
            __m512i backwards = _mm512_loadu_si512(&power[12 - 4 * i]);
            powers[i] = _mm512_shuffle_i64x2(backwards, backwards, 0x1B);
        }
        for (; count >= 256; bytes += 256, count -= 256) {
            __m512i low = _mm512_setzero_si512(), middle = low, high = low;
            PANDO_UNROLL for (int i = 0; i < 4; i++) {
                __m512i blocks = _mm512_loadu_si512(bytes + 64 * i);
                if (i == 0) blocks = _mm512_xor_si512(blocks, _mm512_zextsi128_si512(sum));
                low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128(blocks, powers[i], 0x00));
                high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128(blocks, powers[i], 0x11));
                middle = _mm512_ternarylogic_epi64(
                    middle, _mm512_clmulepi64_epi128(blocks, powers[i], 0x01), _mm512_clmulepi64_epi128(blocks, powers[i], 0x10), 0x96);
            }
            __m512i parts[3] = {low, middle, high};
            __m128i folded[3];
            PANDO_UNROLL for (int i = 0; i < 3; i++) {
                __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(parts[i]), _mm512_extracti64x4_epi64(parts[i], 1));
                folded[i] = _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
            }
            sum = pando_x86_reduced((pando_x86_wide){folded[0], folded[1], folded[2]});
        }
    }
    return pando_x86_polyval(power, sum, bytes, count);
}

PANDO_VAES static PANDO_INLINE void pando_vaes_add_stream(
    const pando_x86_key *key, __m128i counter, const uint8_t *in, uint8_t *out, size_t count) {
    if (count >= 256) {
        const __m512i four = _mm512_broadcast_i32x4(_mm_set_epi32(0, 0, 0, 4));
        __m512i counters = _mm512_add_epi32(
            _mm512_broadcast_i32x4(counter), _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0));
        __m512i rounds[15];
        PANDO_UNROLL for (int round = 0; round < 15; round++) rounds[round] = _mm512_broadcast_i32x4(key->round[round]);
        for (; count >= 256; in += 256, out += 256, count -= 256) {
            __m512i blocks[4];
            PANDO_UNROLL for (int i = 0; i < 4; i++) {
                blocks[i] = _mm512_xor_si512(counters, rounds[0]);
                counters = _mm512_add_epi32(counters, four);
            }
            PANDO_UNROLL for (int round = 1; round < 14; round++) {
                PANDO_UNROLL for (int i = 0; i < 4; i++) blocks[i] = _mm512_aesenc_epi128(blocks[i], rounds[round]);
            }
            PANDO_UNROLL for (int i = 0; i < 4; i++) {
                blocks[i] = _mm512_aesenclast_epi128(blocks[i], rounds[14]);
                _mm512_storeu_si512(out + 64 * i, _mm512_xor_si512(blocks[i], _mm512_loadu_si512(in + 64 * i)));
            }
        }
        counter = _mm512_castsi512_si128(counters);
    }
    pando_x86_add_stream(key, counter, in, out, count);
}

#endif
#endif
