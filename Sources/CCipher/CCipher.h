// AES-256-GCM-SIV (RFC 8452), in five ways that give the same bytes: software, x86 with AES-NI, with VAES and AVX2, and with
// VAES and AVX-512, ARM.
//
// A message's two keys come from the key and the nonce. The tag is made of the plaintext and the associated data by POLYVAL and one encryption, and the
// key stream that hides the plaintext begins with the tag: so the same nonce twice tells only whether two messages are the same.
//
// Header only, as the package builds no C. Each function names the instructions that it needs, so no compiler flag does.
#ifndef PANDO_CCIPHER_H
#define PANDO_CCIPHER_H

#include "AESSoftware.h"
#include "AESx86.h"
#include "AESARM.h"

enum { pando_way_software = 0, pando_way_aesni = 1, pando_way_vaes = 2, pando_way_arm = 3, pando_way_vaes256 = 4 };

/// The fastest way that this processor has.
static inline int pando_cipher_best_way(void) {
#if defined(__x86_64__)
    return pando_x86_instructions();
#elif defined(__aarch64__)
    return pando_arm_instructions() ? pando_way_arm : pando_way_software;
#else
    return pando_way_software;
#endif
}

/// A key ready for use: 32 bytes, expanded for one way.
typedef struct {
    int way;
    union {
        pando_software_key software;
#if defined(__x86_64__)
        pando_x86_key x86;
#elif defined(__aarch64__)
        pando_arm_key arm;
#endif
    } schedule;
} pando_cipher_key;

/// How many bytes a key that is ready takes; Swift can't see its layout.
static inline size_t pando_cipher_key_size(void) { return sizeof(pando_cipher_key); }

/// What a message is made of. `out` may be `in`; `tag` is written by sealing and read by opening.
typedef struct {
    const uint8_t *nonce; // 12 bytes
    const uint8_t *associated;
    size_t associated_count;
    const uint8_t *in;
    uint8_t *out;
    size_t count;
} pando_message;

/// The block of the lengths in bits, which ends what POLYVAL takes in.
static PANDO_INLINE void pando_lengths(const pando_message *message, uint8_t block[16]) {
    pando_store64(block, 8 * (uint64_t)message->associated_count);
    pando_store64(block + 8, 8 * (uint64_t)message->count);
}

/// Block `number` of those that a message's keys are made of.
static PANDO_INLINE void pando_key_block(const pando_message *message, uint8_t number, uint8_t block[16]) {
    memset(block, 0, 4);
    block[0] = number;
    memcpy(block + 4, message->nonce, 12);
}

// One way's sealing and opening. BLOCK is its type of 16 bytes, ADD its exclusive or of two, POWERS how many powers of H it multiplies by at once.
#define PANDO_DEFINE_WAY(way, TARGET, member, BLOCK, KEY, LOAD, STORE, ADD, EXPAND, ENCRYPT, PRODUCT, POLYVAL, STREAM, POWERS)                 \
    typedef struct {                                                                                                                           \
        KEY encryption;                                                                                                                        \
        BLOCK power[POWERS];                                                                                                                   \
    } way##_message_keys;                                                                                                                      \
                                                                                                                                               \
    TARGET static PANDO_INLINE void way##_derive(const KEY *key, const pando_message *message, way##_message_keys *keys) {                     \
        uint8_t derived[48];                                                                                                                   \
        PANDO_UNROLL for (int i = 0; i < 6; i++) {                                                                                             \
            uint8_t block[16];                                                                                                                 \
            pando_key_block(message, (uint8_t)i, block);                                                                                       \
            STORE(block, ENCRYPT(key, LOAD(block)));                                                                                           \
            memcpy(derived + 8 * i, block, 8);                                                                                                 \
        }                                                                                                                                      \
        keys->power[0] = LOAD(derived);                                                                                                        \
        EXPAND(derived + 16, &keys->encryption);                                                                                               \
        int wanted = message->count >= 128 || message->associated_count >= 128 ? POWERS : 1;                                                    \
        for (int have = 1; have < wanted; have *= 2) {                                                                                         \
            for (int i = 0; i < have; i++) keys->power[have + i] = PRODUCT(keys->power[have - 1], keys->power[i]);                             \
        }                                                                                                                                      \
        pando_erase(derived, sizeof derived);                                                                                                  \
    }                                                                                                                                          \
                                                                                                                                               \
    TARGET static PANDO_INLINE void way##_tag(                                                                                                 \
        const way##_message_keys *keys, const pando_message *message, const uint8_t *plaintext, uint8_t tag[16]) {                             \
        uint8_t block[16] = {0};                                                                                                               \
        BLOCK sum = LOAD(block);                                                                                                               \
        if (message->associated_count > 0) sum = POLYVAL(keys->power, sum, message->associated, message->associated_count);                    \
        if (message->count > 0) sum = POLYVAL(keys->power, sum, plaintext, message->count);                                                    \
        pando_lengths(message, block);                                                                                                         \
        STORE(block, PRODUCT(ADD(sum, LOAD(block)), keys->power[0]));                                                                          \
        for (int i = 0; i < 12; i++) block[i] ^= message->nonce[i];                                                                            \
        block[15] &= 0x7F;                                                                                                                     \
        STORE(tag, ENCRYPT(&keys->encryption, LOAD(block)));                                                                                   \
    }                                                                                                                                          \
                                                                                                                                               \
    TARGET static PANDO_INLINE void way##_stream(const way##_message_keys *keys, const pando_message *message, const uint8_t tag[16]) {        \
        uint8_t block[16];                                                                                                                     \
        memcpy(block, tag, 16);                                                                                                                \
        block[15] |= 0x80;                                                                                                                     \
        if (message->count > 0) STREAM(&keys->encryption, LOAD(block), message->in, message->out, message->count);                             \
    }                                                                                                                                          \
                                                                                                                                               \
    TARGET static __attribute__((noinline, unused)) void way##_seal(                                                                           \
        const pando_cipher_key *key, const pando_message *message, uint8_t tag[16]) {                                                          \
        way##_message_keys keys;                                                                                                               \
        way##_derive(&key->schedule.member, message, &keys);                                                                                   \
        way##_tag(&keys, message, message->in, tag);                                                                                           \
        way##_stream(&keys, message, tag);                                                                                                     \
        pando_erase(&keys, sizeof keys);                                                                                                       \
    }                                                                                                                                          \
                                                                                                                                               \
    TARGET static __attribute__((noinline, unused)) int way##_open(                                                                            \
        const pando_cipher_key *key, const pando_message *message, const uint8_t tag[16]) {                                                    \
        way##_message_keys keys;                                                                                                               \
        uint8_t expected[16];                                                                                                                  \
        way##_derive(&key->schedule.member, message, &keys);                                                                                   \
        way##_stream(&keys, message, tag);                                                                                                     \
        way##_tag(&keys, message, message->out, expected);                                                                                     \
        pando_erase(&keys, sizeof keys);                                                                                                       \
        return pando_equal_tags(expected, tag);                                                                                                \
    }

#if defined(__x86_64__)
#define PANDO_X86_LOAD16(bytes) _mm_loadu_si128((const __m128i *)(bytes))
#define PANDO_X86_STORE16(bytes, block) _mm_storeu_si128((__m128i *)(bytes), block)
PANDO_DEFINE_WAY(
    pando_aesni, PANDO_AESNI, x86, __m128i, pando_x86_key, PANDO_X86_LOAD16, PANDO_X86_STORE16, _mm_xor_si128, pando_x86_expand, pando_x86_encrypt,
    pando_x86_product, pando_x86_polyval, pando_x86_add_stream, 8)
PANDO_DEFINE_WAY(
    pando_vaes256, PANDO_VAES256, x86, __m128i, pando_x86_key, PANDO_X86_LOAD16, PANDO_X86_STORE16, _mm_xor_si128, pando_x86_expand,
    pando_x86_encrypt, pando_x86_product, pando_vaes256_polyval, pando_vaes256_add_stream, 16)
PANDO_DEFINE_WAY(
    pando_vaes, PANDO_VAES, x86, __m128i, pando_x86_key, PANDO_X86_LOAD16, PANDO_X86_STORE16, _mm_xor_si128, pando_x86_expand, pando_x86_encrypt,
    pando_x86_product, pando_vaes_polyval, pando_vaes_add_stream, 16)

PANDO_AESNI static __attribute__((noinline, unused)) void pando_aesni_prepare(const uint8_t key[32], pando_cipher_key *out) {
    pando_x86_expand(key, &out->schedule.x86);
}
#elif defined(__aarch64__)
PANDO_DEFINE_WAY(
    pando_arm, PANDO_ARM, arm, uint8x16_t, pando_arm_key, vld1q_u8, vst1q_u8, veorq_u8, pando_arm_expand, pando_arm_encrypt, pando_arm_product,
    pando_arm_polyval, pando_arm_add_stream, 8)

PANDO_ARM static __attribute__((noinline, unused)) void pando_arm_prepare(const uint8_t key[32], pando_cipher_key *out) {
    pando_arm_expand(key, &out->schedule.arm);
}
#endif

static PANDO_INLINE pando_polynomial pando_software_load(const uint8_t *bytes) {
    return (pando_polynomial){pando_load64(bytes), pando_load64(bytes + 8)};
}

static PANDO_INLINE void pando_software_store(uint8_t *bytes, pando_polynomial block) {
    pando_store64(bytes, block.low);
    pando_store64(bytes + 8, block.high);
}

static PANDO_INLINE pando_polynomial pando_software_add(pando_polynomial a, pando_polynomial b) {
    return (pando_polynomial){a.low ^ b.low, a.high ^ b.high};
}

static inline __attribute__((unused)) pando_polynomial pando_software_encrypt1(const pando_software_key *key, pando_polynomial block) {
    uint8_t blocks[256] = {0};
    pando_software_store(blocks, block);
    pando_software_encrypt(key, blocks);
    return pando_software_load(blocks);
}

static inline __attribute__((unused)) pando_polynomial pando_software_polyval(
    const pando_polynomial *power, pando_polynomial sum, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        size_t taken = count < 16 ? count : 16;
        uint8_t block[16] = {0};
        memcpy(block, bytes, taken);
        sum = pando_software_product(pando_software_add(sum, pando_software_load(block)), power[0]);
        bytes += taken;
        count -= taken;
    }
    return sum;
}

static inline __attribute__((unused)) void pando_software_add_stream(
    const pando_software_key *key, pando_polynomial counter, const uint8_t *in, uint8_t *out, size_t count) {
    while (count > 0) {
        uint8_t blocks[256];
        for (int i = 0; i < 16; i++) {
            pando_software_store(blocks + 16 * i, counter);
            counter.low = (counter.low & 0xFFFFFFFF00000000ULL) | (uint32_t)(counter.low + 1);
        }
        pando_software_encrypt(key, blocks);
        size_t taken = count < 256 ? count : 256;
        for (size_t i = 0; i < taken; i++) out[i] = in[i] ^ blocks[i];
        in += taken;
        out += taken;
        count -= taken;
    }
}

#define PANDO_NO_TARGET
PANDO_DEFINE_WAY(
    pando_software, PANDO_NO_TARGET, software, pando_polynomial, pando_software_key, pando_software_load, pando_software_store, pando_software_add,
    pando_software_expand, pando_software_encrypt1, pando_software_product, pando_software_polyval, pando_software_add_stream, 8)

/// Makes a key of 32 bytes ready, for a way that this processor has.
static inline void pando_cipher_prepare(int way, const uint8_t key[32], pando_cipher_key *out) {
    out->way = way;
#if defined(__x86_64__)
    if (way != pando_way_software) return pando_aesni_prepare(key, out);
#elif defined(__aarch64__)
    if (way == pando_way_arm) return pando_arm_prepare(key, out);
#endif
    pando_software_expand(key, &out->schedule.software);
}

/// Encrypts a message and writes its tag.
static inline void pando_cipher_seal(const pando_cipher_key *key, const pando_message *message, uint8_t tag[16]) {
    switch (key->way) {
#if defined(__x86_64__)
    case pando_way_aesni: return pando_aesni_seal(key, message, tag);
    case pando_way_vaes256: return pando_vaes256_seal(key, message, tag);
    case pando_way_vaes: return pando_vaes_seal(key, message, tag);
#elif defined(__aarch64__)
    case pando_way_arm: return pando_arm_seal(key, message, tag);
#endif
    default: return pando_software_seal(key, message, tag);
    }
}

/// Decrypts a message: 1, or 0 and zeros if the tag is another one.
static inline int pando_cipher_open(const pando_cipher_key *key, const pando_message *message, const uint8_t tag[16]) {
    int opened;
    switch (key->way) {
#if defined(__x86_64__)
    case pando_way_aesni: opened = pando_aesni_open(key, message, tag); break;
    case pando_way_vaes256: opened = pando_vaes256_open(key, message, tag); break;
    case pando_way_vaes: opened = pando_vaes_open(key, message, tag); break;
#elif defined(__aarch64__)
    case pando_way_arm: opened = pando_arm_open(key, message, tag); break;
#endif
    default: opened = pando_software_open(key, message, tag);
    }
    if (!opened && message->count > 0) pando_erase(message->out, message->count);
    return opened;
}


#if defined(__x86_64__)
PANDO_AESNI static __attribute__((noinline, unused)) void pando_aesni_encrypt_block(const pando_x86_key *key, uint8_t block[16]) {
    PANDO_X86_STORE16(block, pando_x86_encrypt(key, PANDO_X86_LOAD16(block)));
}
#elif defined(__aarch64__)
PANDO_ARM static __attribute__((noinline, unused)) void pando_arm_encrypt_block(const pando_arm_key *key, uint8_t block[16]) {
    vst1q_u8(block, pando_arm_encrypt(key, vld1q_u8(block)));
}
#endif

/// Encrypts one block in place with AES-256 alone, for the tests of the block cipher.
static inline void pando_cipher_encrypt_block(const pando_cipher_key *key, uint8_t block[16]) {
#if defined(__x86_64__)
    if (key->way != pando_way_software) return pando_aesni_encrypt_block(&key->schedule.x86, block);
#elif defined(__aarch64__)
    if (key->way == pando_way_arm) return pando_arm_encrypt_block(&key->schedule.arm, block);
#endif
    pando_software_store(block, pando_software_encrypt1(&key->schedule.software, pando_software_load(block)));
}

#endif
