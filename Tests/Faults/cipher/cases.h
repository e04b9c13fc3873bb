// Answers cases for one way of Sources/CCipher, as compare.py sends them, and shows Valgrind what is secret. Header only, so that clang and Swift's
// compiler each make it, with the cipher, in their own way.
#ifndef PANDO_CASES_H
#define PANDO_CASES_H

#include "CCipher.h"
#include <stdio.h>
#include <stdlib.h>
#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#if !defined(VALGRIND_MAKE_MEM_UNDEFINED)
#define VALGRIND_MAKE_MEM_UNDEFINED(memory, count) ((void)(memory))
#define VALGRIND_MAKE_MEM_DEFINED(memory, count) ((void)(memory))
#endif

static void cases_take(void *into, size_t count) {
    if (fread(into, 1, count, stdin) != count) exit(3);
}

static void cases_put(const void *from, size_t count) {
    if (fwrite(from, 1, count, stdout) != count) exit(3);
}

/// Sealed, opened, and opened with one bit of it flipped. Answers ciphertext, tag, and what was as it has to be: bit 0, opened to the same; bit 1,
/// refused; bit 2, nothing left of what was refused; bit 3, all of it in place as well.
static void cases_message(const pando_cipher_key *key, uint8_t nonce[12], uint8_t *associated, size_t associated_count, const uint8_t *text, size_t count) {
    uint8_t *hidden = malloc(count + 1), *out = malloc(count + 1), tag[16], other[16], verdict = 0;
    uint32_t flipped;
    cases_take(&flipped, 4);
    pando_message sealing = {nonce, associated, associated_count, text, hidden, count};
    pando_cipher_seal(key, &sealing, tag);
    cases_put(hidden, count);
    cases_put(tag, 16);
    pando_message opening = {nonce, associated, associated_count, hidden, out, count};
    if (pando_cipher_open(key, &opening, tag) && memcmp(out, text, count) == 0) verdict |= 1;

    memcpy(out, text, count);
    pando_message in_place = {nonce, associated, associated_count, out, out, count};
    pando_cipher_seal(key, &in_place, other);
    int same = memcmp(out, hidden, count) == 0 && memcmp(other, tag, 16) == 0;
    if (pando_cipher_open(key, &in_place, other) && same && memcmp(out, text, count) == 0) verdict |= 8;

    size_t place = flipped / 8 % (count + associated_count + 28);
    uint8_t bit = (uint8_t)(1 << flipped % 8);
    if (place < count) hidden[place] ^= bit;
    else if ((place -= count) < associated_count) associated[place] ^= bit;
    else if ((place -= associated_count) < 16) tag[place] ^= bit;
    else nonce[place - 16] ^= bit;
    memset(out, 0xAA, count);
    if (!pando_cipher_open(key, &opening, tag)) verdict |= 2;
    size_t zeros = 0;
    while (zeros < count && out[zeros] == 0) zeros++;
    if (zeros == count) verdict |= 4;
    cases_put(&verdict, 1);
    free(hidden);
    free(out);
}

/// A message with its tag. Answers whether it was opened, and to what.
static void cases_sealed(const pando_cipher_key *key, uint8_t nonce[12], uint8_t *associated, size_t associated_count, const uint8_t *text, size_t count) {
    uint8_t *out = malloc(count + 1), tag[16];
    cases_take(tag, 16);
    pando_message opening = {nonce, associated, associated_count, text, out, count};
    uint8_t opened = (uint8_t)pando_cipher_open(key, &opening, tag);
    cases_put(&opened, 1);
    cases_put(out, count);
    free(out);
}

/// Cases from standard input until it ends: what it is ('m' a message, 's' one with its tag, 'b' a block for AES-256 alone), key, and the rest.
static int cases_answer(int way) {
    uint8_t what, bytes[32], nonce[12];
    uint32_t counts[2];
    pando_cipher_key key;
    while (fread(&what, 1, 1, stdin) == 1) {
        cases_take(bytes, 32);
        pando_cipher_prepare(way, bytes, &key);
        if (what == 'b') {
            cases_take(bytes, 16);
            pando_cipher_encrypt_block(&key, bytes);
            cases_put(bytes, 16);
            continue;
        }
        cases_take(nonce, 12);
        cases_take(counts, 8);
        // As long as they say, for sanitizers.
        uint8_t *associated = malloc(counts[0] ? counts[0] : 1), *text = malloc(counts[1] ? counts[1] : 1);
        cases_take(associated, counts[0]);
        cases_take(text, counts[1]);
        (what == 's' ? cases_sealed : cases_message)(&key, nonce, associated, counts[0], text, counts[1]);
        free(associated);
        free(text);
    }
    return fflush(stdout) == 0 ? 0 : 3;
}

// The ways themselves, below the choice between them: that looks at the verdict, which is no secret.
static void cases_seal(const pando_cipher_key *key, const pando_message *message, uint8_t tag[16]) { pando_cipher_seal(key, message, tag); }

static int cases_open(const pando_cipher_key *key, const pando_message *message, const uint8_t tag[16]) {
    switch (key->way) {
#if defined(__x86_64__)
    case pando_way_aesni: return pando_aesni_open(key, message, tag);
    case pando_way_vaes256: return pando_vaes256_open(key, message, tag);
    case pando_way_vaes: return pando_vaes_open(key, message, tag);
#elif defined(__aarch64__)
    case pando_way_arm: return pando_arm_open(key, message, tag);
#endif
    default: return pando_software_open(key, message, tag);
    }
}

/// Keys and plaintexts as Valgrind's memcheck sees what was never written: it reports each branch and each address that depends on them. With `leak`
/// there is such a branch, which it has to report.
static int cases_secret(int way, int leak) {
    static const size_t counts[] = {1, 15, 16, 17, 100, 127, 128, 129, 255, 256, 257, 300, 511, 512, 600, 1024, 4072};
    static uint8_t bytes[32], nonce[12], associated[300], text[4072], hidden[4072], tag[16];
    pando_cipher_key key;
    int opened = 0;
    for (size_t which = 0; which < 2 * (sizeof counts / sizeof *counts); which++) {
        size_t count = counts[which / 2], associated_count = which % 2 ? 300 : 16;
        for (size_t i = 0; i < count; i++) text[i] = (uint8_t)(i * 7 + which);
        for (size_t i = 0; i < 32; i++) bytes[i] = (uint8_t)(i * 5 + which);
        VALGRIND_MAKE_MEM_UNDEFINED(bytes, sizeof bytes);
        VALGRIND_MAKE_MEM_UNDEFINED(text, count);
        pando_cipher_prepare(way, bytes, &key);
        pando_message sealing = {nonce, associated, associated_count, text, hidden, count};
        cases_seal(&key, &sealing, tag);
        // These are for everybody.
        VALGRIND_MAKE_MEM_DEFINED(hidden, count);
        VALGRIND_MAKE_MEM_DEFINED(tag, 16);
        pando_message opening = {nonce, associated, associated_count, hidden, text, count};
        int verdict = cases_open(&key, &opening, tag);
        VALGRIND_MAKE_MEM_DEFINED(&verdict, sizeof verdict);
        opened += verdict;
        // Also where the tag is wrong.
        tag[which % 16] ^= 1;
        verdict = cases_open(&key, &opening, tag);
        VALGRIND_MAKE_MEM_DEFINED(&verdict, sizeof verdict);
        opened += 100 * verdict;
        if (leak && text[0] & 1) puts("odd");
    }
    return opened == 34 ? 0 : 4;
}

/// `NUMBER-OF-WAY cases|secret|leak`; without words, the number of the best way of this processor.
static inline int cases_main(int count, char **words) {
    if (count == 1) return printf("%d\n", pando_cipher_best_way()) > 0 ? 0 : 3;
    if (count != 3) return 2;
    int way = atoi(words[1]);
    return strcmp(words[2], "cases") == 0 ? cases_answer(way) : cases_secret(way, strcmp(words[2], "leak") == 0);
}

#endif
