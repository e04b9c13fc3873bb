import TestSupport
import Testing

@testable import Ground

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// AES-256-GCM-SIV in every way that this processor has.
@Suite struct MessageCipherTests {
    /// Published vectors: RFC 8452's own (its counter that wraps among them) and Wycheproof's, which has messages that must be refused.
    @Test(arguments: CipherWay.available)
    func publishedVectors(way: CipherWay) throws {
        let lines = try corpus("aes-256-gcm-siv.txt")
        #expect(lines.count == 127)
        for line in lines {
            let parts = line[0..<6].map { bytes($0) }
            let (key, nonce, associated, plaintext, ciphertext, tag) = (parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])
            let isGood = line[6] == "good"
            let cipher = try MessageCipher(key: SecretBytes(copying: key), way: way)
            #expect(cipher.opened(ciphertext, nonce, associated, tag) == (isGood ? plaintext : nil), "\(line)")
            if isGood { #expect(cipher.sealed(plaintext, nonce, associated) == ciphertext + tag, "\(line)") }
        }
    }

    /// NIST's known answers for the block cipher and its key schedule.
    @Test(arguments: CipherWay.available)
    func knownAnswersOfTheBlockCipher(way: CipherWay) throws {
        let lines = try corpus("aes-256-ecb.txt")
        #expect(lines.count == 405)
        for line in lines {
            let cipher = try MessageCipher(key: SecretBytes(copying: bytes(line[0])), way: way)
            #expect(cipher.encryptedBlock(bytes(line[1])) == bytes(line[2]), "\(line)")
        }
    }

    /// All ways agree on messages of random lengths, and each refuses what has one bit flipped anywhere.
    @Test(arguments: Fuzzing.seeds(4))
    func waysAgreeAndFlippedBitsAreRefused(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let key = random.bytes(32)
            let nonce = random.bytes(12)
            let associated = random.bytes(random.below(300))
            let message = random.bytes(random.below(4) == 0 ? random.below(9000) : random.below(300))
            var expected: [UInt8]?
            for way in CipherWay.available {
                let cipher = try MessageCipher(key: SecretBytes(copying: key), way: way)
                let sealed = cipher.sealed(message, nonce, associated)
                #expect(expected == nil || sealed == expected, "\(way)")
                expected = sealed
                let (ciphertext, tag) = (Array(sealed.dropLast(16)), Array(sealed.suffix(16)))
                #expect(cipher.opened(ciphertext, nonce, associated, tag) == message, "\(way)")

                var (parts, which) = ([ciphertext, nonce, associated, tag], random.below(4))
                if parts[which].isEmpty { which = 3 }
                let bit = random.below(parts[which].count * 8)
                parts[which][bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(cipher.opened(parts[0], parts[1], parts[2], parts[3]) == nil, "\(way)")
            }
        }
    }

    /// A message that is refused leaves nothing of its plaintext behind.
    @Test(arguments: CipherWay.available)
    func refusedMessagesAreErased(way: CipherWay) throws {
        let cipher = try MessageCipher(key: SecretBytes(copying: Array(repeating: 7, count: 32)), way: way)
        var memory = Array(repeating: UInt8(9), count: 700)
        let opened = unsafe memory.withUnsafeMutableBytes { bytes in
            unsafe cipher.open(
                UnsafeRawBufferPointer(bytes), into: bytes.baseAddress!, nonce: .init(low: 1, high: 2),
                associated: .init(start: nil, count: 0),
                tag: .init(low: 3, high: 4))
        }
        #expect(!opened)
        #expect(memory.allSatisfy { $0 == 0 })
    }

    /// A way that gives another answer in the test at the start is not used; instructions that this processor has not would.
    @Test func aWayThatFailsTheTestAtTheStartIsNotUsed() throws {
        for way in CipherWay.available {
            let right = MessageCipher.knownTag
            #expect(MessageCipher.givesKnownAnswer(way, tag: right))
            for wrong in [MessageCipher.Tag(low: right.low ^ 1, high: right.high), .init(low: right.low, high: right.high ^ 1 << 63)] {
                #expect(!MessageCipher.givesKnownAnswer(way, tag: wrong), "\(way)")
            }
        }
        for way in CipherWay.allCases where !CipherWay.available.contains(way) {
            #expect(throws: CipherError.failedSelfTest(way: way)) {
                _ = try MessageCipher(key: SecretBytes(copying: Array(repeating: 7, count: 32)), way: way)
            }
        }
    }

    @Test func keysOfAnotherLengthAreRefused() throws {
        #expect(throws: CipherError.wrongKeyLength(byteCount: 16, expected: 32)) {
            _ = try MessageCipher(key: unsafe SecretBytes(count: 16) { bytes in unsafe _ = bytes })
        }
    }

    /// RFC 5869, A.1 to A.3.
    @Test func derivedKeys() throws {
        let long = (0x00...0x4f).map(UInt8.init)
        let cases: [(key: [UInt8], salt: [UInt8], info: [UInt8], count: Int, expected: String)] = [
            (
                Array(repeating: 0x0b, count: 22), (0x00...0x0c).map(UInt8.init), (0xf0...0xf9).map(UInt8.init), 42,
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
            ),
            (
                long, (0x60...0xaf).map(UInt8.init), (0xb0...0xff).map(UInt8.init), 82,
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                    + "cc30c58179ec3e87c14c01d5c1f3434f1d87"
            ),
            (
                Array(repeating: 0x0b, count: 22), [], [], 42,
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
            ),
        ]
        for (key, salt, info, count, expected) in cases {
            let derived = try HKDF.deriveKey(from: SecretBytes(copying: key), salt: salt, info: info, count: count)
            #expect(unsafe derived.withBytes { unsafe Array($0) } == bytes(expected))
        }
        #expect(throws: CipherError.self) { _ = try HKDF.deriveKey(from: SecretBytes(copying: long), salt: [], info: [], count: 8161) }
    }

    /// RFC 7914, 12; the last of its four needs a gibibyte.
    @Test func keysOfPassphrases() throws {
        let cases: [(passphrase: String, salt: String, Scrypt, expected: String)] = [
            (
                "", "", Scrypt(logRounds: 4, blockSize: 1, parallelism: 1),
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
            ),
            (
                "password", "NaCl", Scrypt(logRounds: 10, blockSize: 8, parallelism: 16),
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
            ),
        ]
        for (passphrase, salt, scrypt, expected) in cases {
            let key = try scrypt.key(passphrase: SecretBytes(copying: Array(passphrase.utf8)), salt: Array(salt.utf8), count: 64)
            #expect(unsafe key.withBytes { unsafe Array($0) } == bytes(expected))
        }
    }

    /// A file says its parameters: one that asks for too much is refused before anything is allocated.
    @Test(arguments: [
        Scrypt(logRounds: 0, blockSize: 8, parallelism: 1), Scrypt(logRounds: 31, blockSize: 1, parallelism: 1),
        Scrypt(logRounds: 20, blockSize: 1024, parallelism: 1), Scrypt(logRounds: 4, blockSize: 0, parallelism: 1),
        Scrypt(logRounds: 4, blockSize: 8, parallelism: 0), Scrypt(logRounds: 4, blockSize: 8, parallelism: 65),
        Scrypt(logRounds: 20, blockSize: 8, parallelism: 5),
    ])
    func parametersWithoutSenseAreRefused(scrypt: Scrypt) throws {
        #expect(throws: CipherError.self) { _ = try scrypt.key(passphrase: SecretBytes(copying: [1]), salt: [2]) }
    }
}

extension SeededGenerator {
    fileprivate mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

extension SecretBytes {
    fileprivate init(copying bytes: [UInt8]) throws(CipherError) {
        try unsafe self.init(count: bytes.count) { memory throws(CipherError) in unsafe memory.copyBytes(from: bytes) }
    }
}

extension MessageCipher {
    private static func nonce(_ bytes: [UInt8]) -> Nonce {
        Nonce(low: number(bytes[0..<8]), high: UInt32(number(bytes[8..<12])))
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

    /// The ciphertext, and the tag behind it.
    fileprivate borrowing func sealed(_ message: [UInt8], _ nonce: [UInt8], _ associated: [UInt8]) -> [UInt8] {
        var out = message + [0]
        let tag = unsafe out.withUnsafeMutableBytes { bytes in
            unsafe associated.withUnsafeBytes {
                unsafe seal(.init(rebasing: bytes.dropLast()), into: bytes.baseAddress!, nonce: Self.nonce(nonce), associated: $0)
            }
        }
        let words = [tag.low, tag.high].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
        return out.dropLast() + words
    }

    /// The plaintext, or nil if the message is refused.
    fileprivate borrowing func opened(_ ciphertext: [UInt8], _ nonce: [UInt8], _ associated: [UInt8], _ tag: [UInt8]) -> [UInt8]? {
        var out = ciphertext + [0]
        let isGood = unsafe out.withUnsafeMutableBytes { bytes in
            unsafe associated.withUnsafeBytes {
                unsafe open(
                    .init(rebasing: bytes.dropLast()), into: bytes.baseAddress!, nonce: Self.nonce(nonce), associated: $0,
                    tag: Tag(low: Self.number(tag[0..<8]), high: Self.number(tag[8..<16])))
            }
        }
        return isGood ? Array(out.dropLast()) : nil
    }
}

/// The lines of a corpus file, in words, without its comments.
private func corpus(_ name: String) throws -> [[String]] {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return try String(contentsOfFile: "\(folder)/Corpus/\(name)", encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        .map { $0.split(separator: " ").map(String.init) }
}

/// Bytes from hexadecimal digits; "-" stands for none.
private func bytes(_ digits: String) -> [UInt8] {
    let values = digits == "-" ? [] : Array(digits.utf8).map { $0 < 58 ? $0 - 48 : $0 - 87 }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}
