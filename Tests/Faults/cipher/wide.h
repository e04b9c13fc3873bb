// The instructions that the ways "vaes" and "vaes256" of Sources/CCipher name, each made of four or two of 128 bits: with `-include wide.h` their steps
// are tried on a processor that has AES-NI and AVX2 alone, and by Valgrind. What the instructions themselves do is tried where there are some.
#include <immintrin.h>
#include <string.h>

#define CASES_WIDE __attribute__((target("aes,pclmul,sse4.1,avx2"))) static inline __attribute__((always_inline, unused))
#define CASES_OF_EACH(name, parameters, part_of) \
    CASES_WIDE cases_wide name parameters { \
        cases_wide all; \
        for (int i = 0; i < 4; i++) all.part[i] = part_of; \
        return all; \
    }

typedef struct { __m128i part[4]; } cases_wide;

CASES_OF_EACH(cases_load, (const void *from), _mm_loadu_si128((const __m128i *)from + i))
CASES_OF_EACH(cases_repeat, (__m128i a), a)
CASES_OF_EACH(cases_sum, (cases_wide a, cases_wide b), _mm_add_epi32(a.part[i], b.part[i]))
CASES_OF_EACH(cases_xor, (cases_wide a, cases_wide b), _mm_xor_si128(a.part[i], b.part[i]))
CASES_OF_EACH(cases_round, (cases_wide a, cases_wide key), _mm_aesenc_si128(a.part[i], key.part[i]))
CASES_OF_EACH(cases_end, (cases_wide a, cases_wide key), _mm_aesenclast_si128(a.part[i], key.part[i]))
CASES_OF_EACH(cases_picked, (cases_wide a, int order), a.part[order >> (2 * i) & 3])
CASES_WIDE void cases_store(void *to, cases_wide a) { memcpy(to, &a, sizeof a); }

#define __m512i cases_wide
#define _mm512_loadu_si512(from) cases_load(from)
#define _mm512_storeu_si512(to, a) cases_store(to, a)
#define _mm512_setzero_si512() cases_repeat(_mm_setzero_si128())
#define _mm512_broadcast_i32x4(a) cases_repeat(a)
#define _mm512_zextsi128_si512(a) ((cases_wide){{a, _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()}})
#define _mm512_castsi512_si128(a) ((a).part[0])
#define _mm512_castsi512_si256(a) _mm256_set_m128i((a).part[1], (a).part[0])
#define _mm512_extracti64x4_epi64(a, upper) _mm256_set_m128i((a).part[2 * (upper) + 1], (a).part[2 * (upper)])
#define _mm512_shuffle_i64x2(a, same, order) cases_picked(a, order)
#define _mm512_xor_si512(a, b) cases_xor(a, b)
#define _mm512_ternarylogic_epi64(a, b, c, xor_of_three) cases_xor(a, cases_xor(b, c))
#define _mm512_add_epi32(a, b) cases_sum(a, b)
#define _mm512_set_epi32(p, o, n, m, l, k, j, i, h, g, f, e, d, c, b, a) \
    ((cases_wide){{_mm_set_epi32(d, c, b, a), _mm_set_epi32(h, g, f, e), _mm_set_epi32(l, k, j, i), _mm_set_epi32(p, o, n, m)}})
#define _mm512_aesenc_epi128(a, key) cases_round(a, key)
#define _mm512_aesenclast_epi128(a, key) cases_end(a, key)
// The halves are chosen by a constant.
#undef _mm512_clmulepi64_epi128
#define _mm512_clmulepi64_epi128(a, b, halves) \
    ((cases_wide){{_mm_clmulepi64_si128((a).part[0], (b).part[0], halves), _mm_clmulepi64_si128((a).part[1], (b).part[1], halves), \
                   _mm_clmulepi64_si128((a).part[2], (b).part[2], halves), _mm_clmulepi64_si128((a).part[3], (b).part[3], halves)}})

#define CASES_OF_BOTH(name, instruction) \
    CASES_WIDE __m256i name(__m256i a, __m256i key) { \
        return _mm256_set_m128i( \
            instruction(_mm256_extracti128_si256(a, 1), _mm256_extracti128_si256(key, 1)), \
            instruction(_mm256_castsi256_si128(a), _mm256_castsi256_si128(key))); \
    }

CASES_OF_BOTH(cases_round_of_two, _mm_aesenc_si128)
CASES_OF_BOTH(cases_end_of_two, _mm_aesenclast_si128)

#define _mm256_aesenc_epi128(a, key) cases_round_of_two(a, key)
#define _mm256_aesenclast_epi128(a, key) cases_end_of_two(a, key)
#undef _mm256_clmulepi64_epi128
#define _mm256_clmulepi64_epi128(a, b, halves) \
    _mm256_set_m128i( \
        _mm_clmulepi64_si128(_mm256_extracti128_si256(a, 1), _mm256_extracti128_si256(b, 1), halves), \
        _mm_clmulepi64_si128(_mm256_castsi256_si128(a), _mm256_castsi256_si128(b), halves))

// The header asks for the instructions that are replaced: its functions get what there is.
#define target(instructions) target("aes,pclmul,sse4.1,avx2")
