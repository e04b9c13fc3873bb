#!/usr/bin/env python3
"""Reads files by the words of docs/FILE-FORMAT.md alone: nothing here is of Pando, down to the cipher (AES-256-GCM-SIV, RFC 8452) and XXH64.

    file_format.py                          # the golden files: plain and encrypted ones have the same records
    file_format.py FILE [KEY_FILE]          # prints how many records a file has, and a digest of them

A page is taken only if the reference to it proves it, and every page up to the high-water mark has to be accounted for, as the document says.
"""

import hashlib
import hmac
import os
import struct
import sys

MASK = (1 << 64) - 1


# XXH64, seed 0


def xxh64(data):
    p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)

    def rotate(x, n):
        return (x << n | x >> (64 - n)) & MASK

    def step(acc, lane):
        return rotate((acc + lane * p2) & MASK, 31) * p1 & MASK

    at, n = 0, len(data)
    if n >= 32:
        lanes = [(p1 + p2) & MASK, p2, 0, -p1 & MASK]
        while at + 32 <= n:
            for i, lane in enumerate(struct.unpack_from("<4Q", data, at)):
                lanes[i] = step(lanes[i], lane)
            at += 32
        h = sum(rotate(lane, r) for lane, r in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            h = ((h ^ step(0, lane)) * p1 + p4) & MASK
    else:
        h = p5
    h = (h + n) & MASK
    while at + 8 <= n:
        h = (rotate(h ^ step(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & MASK
        at += 8
    if at + 4 <= n:
        h = (rotate(h ^ struct.unpack_from("<I", data, at)[0] * p1 & MASK, 23) * p2 + p3) & MASK
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ byte * p5 & MASK, 11) * p1 & MASK
    h = (h ^ h >> 33) * p2 & MASK
    h = (h ^ h >> 29) * p3 & MASK
    return h ^ h >> 32


# AES-256, encryption alone (FIPS 197), and AES-256-GCM-SIV (RFC 8452)


def double(x):
    return (x << 1 ^ (0x11B if x & 0x80 else 0)) & 0xFF


def make_sbox():
    box, p, q = [0x63] * 256, 1, 1
    while True:
        p ^= double(p)
        for shift in (1, 2, 4):
            q = (q ^ q << shift) & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        turned = q | q << 8
        box[p] = (q ^ turned >> 7 ^ turned >> 6 ^ turned >> 5 ^ turned >> 4 ^ 0x63) & 0xFF
        if p == 1:
            return box


SBOX = make_sbox()
DOUBLE = [double(x) for x in range(256)]


class AES:
    def __init__(self, key):
        words = [list(key[4 * i : 4 * i + 4]) for i in range(8)]
        constant = 1
        for i in range(8, 60):
            word = list(words[-1])
            if i % 8 == 0:
                word = [SBOX[x] for x in word[1:] + word[:1]]
                word[0] ^= constant
                constant = double(constant)
            elif i % 8 == 4:
                word = [SBOX[x] for x in word]
            words.append([a ^ b for a, b in zip(word, words[i - 8])])
        self.rounds = [sum(words[4 * i : 4 * i + 4], []) for i in range(15)]

    def block(self, data):
        s = [a ^ b for a, b in zip(data, self.rounds[0])]
        for number in range(1, 15):
            s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if number < 14:
                mixed = []
                for c in range(0, 16, 4):
                    a, b, d, e = s[c : c + 4]
                    every = a ^ b ^ d ^ e
                    mixed += [x ^ every ^ DOUBLE[x ^ y] for x, y in ((a, b), (b, d), (d, e), (e, a))]
                s = mixed
            s = [a ^ b for a, b in zip(s, self.rounds[number])]
        return bytes(s)


POLYNOMIAL = 1 << 128 | 1 << 127 | 1 << 126 | 1 << 121 | 1


def polyval(key, data):
    h, s = int.from_bytes(key, "little"), 0
    for at in range(0, len(data), 16):
        s ^= int.from_bytes(data[at : at + 16], "little")
        product = 0
        for bit in range(128):
            if s >> bit & 1:
                product ^= h
            if product & 1:
                product ^= POLYNOMIAL
            product >>= 1
        s = product
    return s.to_bytes(16, "little")


def padded(data):
    return data + bytes(-len(data) % 16)


class Refused(Exception):
    """What isn't what somebody with the key wrote."""


class GCMSIV:
    def __init__(self, key):
        self.aes = AES(key)

    def open(self, nonce, sealed, tag, associated):
        halves = [self.aes.block(struct.pack("<I", i) + nonce)[:8] for i in range(6)]
        cipher, out = AES(b"".join(halves[2:])), bytearray()
        counter, rest = struct.unpack("<I", tag[:4])[0], tag[4:15] + bytes([tag[15] | 0x80])
        for at in range(0, len(sealed), 16):
            stream = cipher.block(struct.pack("<I", counter) + rest)
            out += bytes(a ^ b for a, b in zip(sealed[at : at + 16], stream))
            counter = counter + 1 & 0xFFFFFFFF
        lengths = struct.pack("<QQ", 8 * len(associated), 8 * len(out))
        s = bytearray(polyval(b"".join(halves[:2]), padded(associated) + padded(bytes(out)) + lengths))
        for i in range(12):
            s[i] ^= nonce[i]
        s[15] &= 0x7F
        if cipher.block(bytes(s)) != tag:
            raise Refused("a tag is wrong")
        return bytes(out)


def hkdf(secret, salt, info, count=32):
    key, out, last = hmac.new(salt, secret, hashlib.sha256).digest(), b"", b""
    while len(out) < count:
        last = hmac.new(key, last + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += last
    return out[:count]


# The file


def number(data, at, count):
    return int.from_bytes(data[at : at + count], "little")


class Keys:
    """What a key of 32 bytes opens in the key area (bytes 512 to 4,095 of pages 0 and 1)."""

    def __init__(self, copies, master, uuid):
        good = [c for c in copies if c[:8] == b"PandoKey" and self.is_whole(c)]
        area = max(good, key=lambda c: number(c, 12, 4))
        assert number(area, 8, 4) == 1 and number(area, 18, 2) == 1
        end, at, file_key = number(area, 20, 4), 24, None
        for _ in range(number(area, 16, 2)):
            kind, numbers = area[at], area[at + 1 : at + 4]
            name_count, wrapped_count = number(area, at + 4, 2), number(area, at + 6, 2)
            salt, nonce = area[at + 8 : at + 24], area[at + 24 : at + 36]
            name = area[at + 36 : at + 36 + name_count]
            wrapped = area[at + 36 + name_count : at + 36 + name_count + wrapped_count]
            at += 36 + name_count + wrapped_count
            if kind == 1:
                associated = b"pando file key" + uuid + bytes([kind]) + numbers + salt + name
                file_key = GCMSIV(master).open(nonce, wrapped[:-16], wrapped[-16:], associated)
        key_number, first = number(area, at, 2), number(area, at + 2, 6)
        nonce, sealed = area[at + 8 : at + 20], area[at + 20 : at + 68]
        assert at + 68 == end
        associated = b"pando data key" + uuid + struct.pack("<QQ", key_number, first)
        data_key = GCMSIV(file_key).open(nonce, sealed[:-16], sealed[-16:], associated)
        expected = hmac.new(hkdf(file_key, uuid, b"pando keys"), area[:end], hashlib.sha256).digest()
        assert area[end : end + 32] == expected, "the HMAC of the key area"
        self.number = key_number
        self.meta, self.pages, self.journal = (
            GCMSIV(hkdf(data_key, uuid, info)) for info in (b"pando meta", b"pando pages", b"pando journal")
        )
        self.journal_salt = hkdf(data_key, uuid, b"pando journal salt")

    @staticmethod
    def is_whole(area):
        end = number(area, 20, 4)
        return end + 40 <= len(area) and xxh64(area[: end + 32]) == number(area, end + 32, 8) and not any(area[end + 40 :])


class Reader:
    def __init__(self, data, master=None):
        self.data, self.used, self.keys, self.record_count = data, set(), None, 0
        self.size = number(data, 12, 4)
        metas = [self.checked(data[place : place + 256]) for place in (0, self.size)]
        metas = [meta for meta in metas if meta]
        if any(number(meta, 172, 2) for meta in metas):
            metas = [meta for meta in metas if number(meta, 172, 2) == 1]
            uuid = metas[0][16:32]
            self.keys = Keys([data[place + 512 : place + 4096] for place in (0, self.size)], master, uuid)
            metas = [self.opened(meta) for meta in metas]
        assert metas, "no meta page is whole"
        self.meta = max(metas, key=lambda meta: number(meta, 40, 8))
        self.capacity = self.size - 24 if self.keys else self.size
        self.high_water = number(self.meta, 120, 8)

    def checked(self, meta):
        return meta if meta[:8] == b"PandoBT\0" and xxh64(meta[:248]) == number(meta, 248, 8) else None

    def opened(self, meta):
        assert number(meta, 174, 2) == self.keys.number
        return meta[:32] + self.keys.meta.open(meta[144:156], meta[32:144], meta[156:172], meta[:32] + meta[172:248]) + meta[144:]

    def take(self, first, count):
        for page in range(first, first + count):
            assert 2 <= page < self.high_water and page not in self.used, f"page {page} belongs to two things, or to none"
            self.used.add(page)

    def unsealed(self, first, birth, checksum, count, kind):
        """What a reference is to: `count` bytes from page `first` on, proved by the checksum or by the tag of which it is the beginning."""
        place = first * self.size
        content = self.data[place : place + count]
        if not self.keys:
            assert xxh64(content) == checksum, f"the checksum of page {first}"
            return content
        salt, tag = self.data[place + count : place + count + 8], self.data[place + count + 8 : place + count + 24]
        assert number(tag, 0, 8) == checksum, f"the tag of page {first}"
        nonce = first.to_bytes(6, "little") + birth.to_bytes(6, "little")
        word = kind | (count << 8 if kind == 3 else 0)
        return self.keys.pages.open(nonce, content, tag, salt + struct.pack("<Q", word))

    def page(self, first, birth, checksum, kind, sealed_kind):
        self.take(first, 1)
        page = self.unsealed(first, birth, checksum, self.capacity, sealed_kind)
        assert page[0] == kind and number(page, 12, 6) == first and number(page, 18, 6) == birth, f"the header of page {first}"
        return page

    def value(self, cell):
        first, birth, count, checksum = (number(cell, 0, 6), number(cell, 6, 6), number(cell, 12, 6), number(cell, 18, 8))
        pages = -(-(count + self.size - self.capacity) // self.size)
        self.take(first, pages)
        value = self.unsealed(first, birth, checksum, count, 3)
        end = first * self.size + count + self.size - self.capacity
        assert not any(self.data[end : (first + pages) * self.size]), f"behind the value in page {first}"
        return value

    def walk(self, first, birth, checksum, level):
        """The records below a page, in order."""
        page = self.page(first, birth, checksum, 2 if level else 1, 1)
        assert page[1] == level
        count, prefix_count, heap = number(page, 2, 2), number(page, 4, 2), number(page, 6, 2)
        prefix, heads = page[24 : 24 + prefix_count], 24 + prefix_count
        offsets, slots = heads + 4 * count, heads + 6 * count
        if level:
            slots += 26 * count + (16 * count if number(page, 10, 2) & 0x8000 else 0)
        assert not any(page[slots : self.capacity - heap]), f"between slots and cells of page {first}"
        for index in range(count):
            offset = number(page, offsets + 2 * index, 2)
            if level:
                at = heads + 6 * count + 26 * index
                child = [number(page, at, 6), number(page, at + 6, 6), number(page, at + 18, 8)]
                records = list(self.walk(*child, level - 1))
                assert len(records) == number(page, at + 12, 6) & ~(1 << 47), f"the count of child {index} of page {first}"
                if index:
                    separator = prefix + page[offset + 2 : offset + 2 + number(page, offset, 2)]
                    assert separator <= records[0][0]
                yield from records
                continue
            key_count, value_count = number(page, offset, 2), number(page, offset + 2, 2)
            is_run, key_count = key_count >> 15, key_count & 0x7FFF
            rest = page[offset + 4 : offset + 4 + key_count]
            assert page[heads + 4 * index : heads + 4 * index + 4] == rest[:4].ljust(4, b"\0")[::-1], f"a head of page {first}"
            cell = page[offset + 4 + key_count : offset + 4 + key_count + value_count]
            yield prefix + rest, self.value(cell) if is_run else cell

    def log(self):
        """Entries of the free-space log, from its first page on."""
        first, birth, checksum = (number(self.meta, at, 8) for at in (96, 104, 112))
        entries = []
        while first:
            page = self.page(first, birth, checksum, 3, 2)
            at, found = 44, []
            end = 44 + number(page, 6, 2)
            while at < end:
                count = {1: 11, 2: 23, 3: 11, 4: 34, 5: 7}[page[at]]
                found.append(page[at : at + count])
                at += count
            assert at == end and len(found) == number(page, 2, 2)
            entries = found + entries
            first, birth, checksum = number(page, 24, 6), number(page, 30, 6), number(page, 36, 8)
        return entries

    def changes(self):
        """Changes of the journal, record by record."""
        first, pages = number(self.meta, 128, 8), number(self.meta, 136, 8)
        if not first:
            return
        self.take(first, pages)
        about = self.meta[16:48] + self.meta[56:88] + (self.meta[176:184] if number(self.meta, 8, 4) >= 2 else b"")
        if self.keys:
            salt = number(hmac.new(self.keys.journal_salt, about, hashlib.sha256).digest(), 0, 8)
        else:
            salt = xxh64(about)
        at, end, expected, transaction = first * self.size, (first + pages) * self.size, 0, number(self.meta, 40, 8)
        while at < end:
            header = self.data[at : at + 40]
            count = number(header, 32, 4)
            if number(header, 8, 8) != salt or number(header, 16, 8) != expected or at + 40 + count > end:
                return
            content = self.data[at + 40 : at + 40 + count]
            if self.keys:
                seal = self.data[at + 40 + count : at + 64 + count]
                if seal[8:16] != header[:8]:
                    return
                nonce = header[8:16] + struct.pack("<I", expected & 0xFFFFFFFF)
                content = self.keys.journal.open(nonce, content, seal[8:], header[8:] + seal[:8])
            elif xxh64(self.data[at + 8 : at + 40 + count]) != number(header, 0, 8):
                return
            assert number(header, 24, 8) > transaction
            transaction = number(header, 24, 8)
            yield content
            self.record_count += 1
            taken = 40 + count + (24 if self.keys else 0)
            at += -(-taken // self.size) * self.size
            expected += 1

    def records(self):
        """All records of the newest state."""
        root = [number(self.meta, at, 8) for at in (56, 64, 80)]
        depth = number(self.meta, 88, 4)
        found = list(self.walk(*root, depth - 1)) if depth else []
        assert [key for key, _ in found] == sorted({key for key, _ in found}), "keys ascend"
        assert len(found) == number(self.meta, 72, 8) & ~(1 << 47)
        records = dict(found)
        for content in self.changes():
            apply(content, records)
        return records

    def account(self):
        """Every page is of the tree, the log, the journal, or free, or freed and kept: nothing else, and nothing twice."""
        state = {}
        cuts = []
        for entry in self.log():
            first, count = number(entry, 1, 6), number(entry, 7, 4)
            if entry[0] == 4:
                cuts.append(entry)
            elif entry[0] in (1, 2, 3):
                for page in range(first, first + count):
                    state[page] = entry[0]
        free = {page for page, kind in state.items() if kind in (1, 2)}
        assert not free & self.used, f"free, and in use: {sorted(free & self.used)}"
        missing = set(range(2, self.high_water)) - free - self.used
        assert not missing or cuts, f"pages {sorted(missing)} belong to nothing"


def apply(content, records):
    at = 0
    while at < len(content):
        kind = content[at]
        if kind in (1, 2):
            key_count = number(content, at + 1, 2)
            value_count = number(content, at + 3, 4) if kind == 1 else 0
            at += 7 if kind == 1 else 3
            key = content[at : at + key_count]
            at += key_count
            if kind == 1:
                records[key] = content[at : at + value_count]
            else:
                records.pop(key, None)
            at += value_count
            continue
        assert kind == 3
        at, bounds = at + 1, []
        for _ in range(2):
            count = number(content, at + 1, 2)
            bounds.append(content[at + 3 : at + 3 + count] if content[at] else None)
            at += 3 + count
        for key in [k for k in records if (bounds[0] is None or k >= bounds[0]) and (bounds[1] is None or k < bounds[1])]:
            del records[key]


def read(path, key_path=None):
    key = None
    if key_path:
        key = open(key_path, "rb").read()
        if len(key) != 32:
            key = bytes.fromhex(key.decode().strip())
    reader = Reader(open(path, "rb").read(), key)
    records = reader.records()
    reader.account()
    return reader, {k: v for k, v in records.items() if not k.startswith(b"__local__:")}


def main():
    if len(sys.argv) > 1:
        _, records = read(*sys.argv[1:3])
        digest = hashlib.sha256(b"".join(struct.pack("<II", len(k), len(v)) + k + v for k, v in sorted(records.items())))
        return print(len(records), "records, SHA-256", digest.hexdigest())
    # RFC 8452, appendix C.2, with plaintext and associated data, and the check value of XXH64.
    key, nonce = bytes([1]) + bytes(31), bytes([3]) + bytes(11)
    assert xxh64(b"") == 0xEF46DB3751D8E999
    sealed = bytes.fromhex("1de22967237a813291213f267e3b452f02d01ae33e4ec854")
    assert GCMSIV(key).open(nonce, sealed[:8], sealed[8:], bytes([1])) == bytes([2]) + bytes(7)
    golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "BTreeStoreTests", "Golden")
    names = ["format-2.pando", "format-2-digests.pando", "format-2-journal.pando", "format-2-encrypted.pando", "format-2-encrypted-journal.pando"]
    expected = None
    for name in names:
        is_sealed = "encrypted" in name
        reader, records = read(os.path.join(golden, name), os.path.join(golden, "format-2-encrypted.key") if is_sealed else None)
        assert bool(reader.keys) == is_sealed
        expected = expected or records
        assert records == expected, f"{name} has other records than {names[0]}"
        assert bool(reader.record_count) == ("journal" in name), f"records of the journal in {name}"
        if not is_sealed:
            continue
        # Nothing of what it holds is to be seen.
        assert not any(key in reader.data for key in records if len(key) > 4)
        page = number(reader.meta, 56, 8)
        damaged = bytearray(reader.data)
        damaged[page * reader.size + 100] ^= 1
        try:
            Reader(bytes(damaged), bytes.fromhex(open(os.path.join(golden, "format-2-encrypted.key")).read().strip())).records()
        except (Refused, AssertionError):
            continue
        raise AssertionError("a changed byte was not noticed")
    print(f"file format: {len(names)} files, {len(expected)} records in each, every page accounted for")


if __name__ == "__main__":
    main()
