// Opens and seals pages of 4 KiB with Sources/CCipher, as clang alone makes it: see cipher_in_turns.py. cipher.swift is the same in Swift.
#include "CCipher.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { page = 4096 };

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    int way = atoi(arguments[1]), pages = atoi(arguments[2]), opened = 0;
    static uint8_t plain[page], hidden[page], key_bytes[32], nonce[12], associated[32], tag[16];
    pando_cipher_key key;
    memset(key_bytes, 7, sizeof key_bytes);
    pando_cipher_prepare(way, key_bytes, &key);
    pando_message sealing = {nonce, associated, sizeof associated, plain, hidden, page};
    pando_message opening = {nonce, associated, sizeof associated, hidden, plain, page};
    double start = processor_seconds();
    for (int number = 0; number < pages; number++) {
        memcpy(nonce, &number, sizeof number);
        pando_cipher_seal(&key, &sealing, tag);
    }
    double sealed = processor_seconds();
    for (int number = 0; number < pages; number++) opened += pando_cipher_open(&key, &opening, tag);
    double end = processor_seconds();
    if (opened != pages) return 1;
    printf("%f %f\n", sealed - start, end - sealed);
}
