import Ground

/// Functions that PostgreSQL's extensions `pgcrypto` and `uuid-ossp` bring, and that are there without them here.
enum ExtensionFunctions {
    /// A hash by its name, and how many bytes it takes at once.
    private static let hashes: [String: (blockByteCount: Int, hash: @Sendable ([UInt8]) -> [UInt8])] = [
        "md5": (64, MD5.hash), "sha1": (64, sha1), "sha224": (64, Digests.sha224), "sha256": (64, Digests.sha256),
        "sha384": (128, Digests.sha384), "sha512": (128, Digests.sha512),
    ]

    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        bodies["digest"] = .binary { data, name throws(SQLError) in .bytes(try hash(name.text).hash(bytes(data))) }
        bodies["hmac"] = .scalar { arguments, _ throws(SQLError) in
            let (blockByteCount, hash) = try hash(arguments[2].text)
            var key = bytes(arguments[1])
            if key.count > blockByteCount { key = hash(key) }
            key += [UInt8](repeating: 0, count: blockByteCount - key.count)
            return .bytes(hash(key.map { $0 ^ 0x5C } + hash(key.map { $0 ^ 0x36 } + bytes(arguments[0]))))
        }
        bodies["gen_random_bytes"] = .unary { count throws(SQLError) in
            guard 1...1024 ~= count.int else { throw SQLError(SQLState(rawValue: "39000"), "Length not in range") }
            return .bytes([UInt8].random(Int(count.int)))
        }
        addUUIDs(to: &bodies)
        return bodies
    }()

    private static func addUUIDs(to bodies: inout Bodies) {
        bodies["uuid_generate_v4"] = MiscellaneousFunctions.bodies["gen_random_uuid"]
        for name in ["uuid_generate_v1", "uuid_generate_v1mc"] { bodies[name] = .scalar { _, _ in timed() } }
        for (name, hash, version) in [("uuid_generate_v3", MD5.hash, 3 as UInt64), ("uuid_generate_v5", sha1, 5)] {
            bodies[name] = .binary { space, name in
                guard case .uuid(let high, let low) = space else { return .null }
                let bytes = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) } }
                let made = hash(bytes + name.text.utf8)
                let halves = [made[..<8], made[8..<16]].map { $0.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
                return uuid(halves[0], halves[1], version: version)
            }
        }
        bodies["uuid_nil"] = .scalar { _, _ in .uuid(high: 0, low: 0) }
        for (name, number) in [("dns", 0x10 as UInt64), ("url", 0x11), ("oid", 0x12), ("x500", 0x14)] {
            bodies["uuid_ns_" + name] = .scalar { _, _ in
                .uuid(high: 0x6BA7_B800_9DAD_11D1 | number << 32, low: 0x80B4_00C0_4FD4_30C8)
            }
        }
    }

    /// Of the time and random numbers in place of an address.
    private static func timed() -> SQLValue {
        /// Of 100 nanoseconds from 1582-10-15, where the Gregorian calendar begins.
        let ticks = UInt64(SystemFacts.secondsSince1970 * 1_000_000) * 10 + 0x01B2_1DD2_1381_4000
        let isNoAddress: UInt64 = 1 << 40
        return uuid(
            ticks << 32 | (ticks >> 32 & 0xFFFF) << 16 | ticks >> 48 & 0x0FFF, .random(in: .min ... .max) | isNoAddress, version: 1)
    }

    private static func uuid(_ high: UInt64, _ low: UInt64, version: UInt64) -> SQLValue {
        .uuid(high: high & ~0xF000 | version << 12, low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    private static func hash(
        _ name: String
    ) throws(SQLError) -> (blockByteCount: Int, hash: @Sendable ([UInt8]) -> [UInt8]) {
        guard let found = hashes[name.lowercased()] else {
            throw SQLError(.invalidParameterValue, "Cannot use \"\(name)\": No such hash algorithm")
        }
        return found
    }

    @Sendable private static func sha1(_ message: [UInt8]) -> [UInt8] {
        var sha1 = SHA1()
        sha1.update(message)
        return sha1.finish()
    }

    private static func bytes(_ value: SQLValue) -> [UInt8] {
        if case .bytes(let bytes) = value { bytes } else { Array(value.text.utf8) }
    }
}
