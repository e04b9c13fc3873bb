/// Functions and operators of inet and cidr.
enum NetworkFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        bodies["host"] = .unary { .text($0.address.host) }
        bodies["masklen"] = .unary { .int(Int64($0.address.bits)) }
        bodies["family"] = .unary { .int($0.address.isIPv6 ? 6 : 4) }
        bodies["text#730"] = .unary { .text("\($0.address.host)/\($0.address.bits)") }
        bodies["abbrev#598"] = .unary { .text($0.address.text(isCIDR: false)) }
        bodies["abbrev#599"] = .unary { .text(abbreviated($0.address)) }
        @Sendable func made(_ a: NetworkAddress, _ value: UInt128, _ bits: Int) -> SQLValue {
            .inet(NetworkAddress(isIPv6: a.isIPv6, value: value, bits: bits))
        }
        bodies["network"] = .unary { a in made(a.address, a.address.value & a.address.mask(Int(a.address.bits)), Int(a.address.bits)) }
        bodies["netmask"] = .unary { a in made(a.address, a.address.mask(Int(a.address.bits)), a.address.maximumBits) }
        bodies["hostmask"] = .unary { a in
            made(a.address, a.address.mask(a.address.maximumBits) & ~a.address.mask(Int(a.address.bits)), a.address.maximumBits)
        }
        bodies["broadcast"] = .unary { a in
            let all = a.address.mask(a.address.maximumBits)
            return made(a.address, a.address.value | all & ~a.address.mask(Int(a.address.bits)), Int(a.address.bits))
        }
        @Sendable func masked(_ isCIDR: Bool) -> SQLFunction.Body {
            .binary { a, b throws(SQLError) in
                let bits = b.int == -1 ? Int64(a.address.maximumBits) : b.int
                guard bits >= 0, bits <= a.address.maximumBits else {
                    throw SQLError(.invalidParameterValue, "invalid mask length: \(b.int)")
                }
                return made(a.address, isCIDR ? a.address.value & a.address.mask(Int(bits)) : a.address.value, Int(bits))
            }
        }
        bodies["set_masklen#605"] = masked(false)
        bodies["set_masklen#635"] = masked(true)
        bodies["inet_same_family"] = .binary { .bool($0.address.isIPv6 == $1.address.isIPv6) }
        bodies["inet_merge"] = .binary { a, b throws(SQLError) in
            guard a.address.isIPv6 == b.address.isIPv6 else {
                throw SQLError(.invalidParameterValue, "cannot merge addresses from different families")
            }
            var bits = Int(min(a.address.bits, b.address.bits))
            while bits > 0, (a.address.value ^ b.address.value) & a.address.mask(bits) != 0 { bits -= 1 }
            return made(a.address, a.address.value & a.address.mask(bits), bits)
        }
        bodies["network_sub"] = .binary { a, b in .bool(b.address.contains(a.address) && a.address.bits > b.address.bits) }
        bodies["network_subeq"] = .binary { a, b in .bool(b.address.contains(a.address)) }
        bodies["network_sup"] = .binary { a, b in .bool(a.address.contains(b.address) && b.address.bits > a.address.bits) }
        bodies["network_supeq"] = .binary { a, b in .bool(a.address.contains(b.address)) }
        bodies["network_overlap"] = .binary { a, b in .bool(a.address.contains(b.address) || b.address.contains(a.address)) }
        bodies["inetnot"] = .unary { a in made(a.address, ~a.address.value & a.address.mask(a.address.maximumBits), Int(a.address.bits)) }
        for (name, isAnd) in [("inetand", true), ("inetor", false)] {
            bodies[name] = .binary { a, b throws(SQLError) in
                guard a.address.isIPv6 == b.address.isIPv6 else {
                    throw SQLError(.invalidParameterValue, "cannot \(isAnd ? "AND" : "OR") inet values of different sizes")
                }
                return made(
                    a.address, isAnd ? a.address.value & b.address.value : a.address.value | b.address.value,
                    Int(max(a.address.bits, b.address.bits)))
            }
        }
        @Sendable func moved(_ a: NetworkAddress, _ count: Int64) throws(SQLError) -> SQLValue {
            let (value, overflow) =
                count >= 0
                ? a.value.addingReportingOverflow(UInt128(count)) : a.value.subtractingReportingOverflow(UInt128(count.magnitude))
            guard !overflow, value <= a.mask(a.maximumBits) else { throw SQLError(.numericValueOutOfRange, "result is out of range") }
            return made(a, value, Int(a.bits))
        }
        bodies["inetpl"] = .binary { a, b throws(SQLError) in try moved(a.address, b.int) }
        bodies["int8pl_inet"] = .binary { a, b throws(SQLError) in try moved(b.address, a.int) }
        bodies["inetmi_int8"] = .binary { a, b throws(SQLError) in
            if b.int == .min { throw SQLError(.numericValueOutOfRange, "result is out of range") }
            return try moved(a.address, -b.int)
        }
        bodies["inetmi"] = .binary { a, b throws(SQLError) in
            guard a.address.isIPv6 == b.address.isIPv6 else {
                throw SQLError(.invalidParameterValue, "cannot subtract inet values of different sizes")
            }
            let isNegative = a.address.value < b.address.value
            let size = isNegative ? b.address.value - a.address.value : a.address.value - b.address.value
            guard let difference = Int64(exactly: size) else { throw SQLError(.numericValueOutOfRange, "result is out of range") }
            return .int(isNegative ? -difference : difference)
        }
        return bodies
    }()

    /// A network with only the octets that its bits reach.
    private static func abbreviated(_ address: NetworkAddress) -> String {
        if address.isIPv6 { return abbreviatedWords(address) }
        let octets = max(1, (Int(address.bits) + 7) / 8)
        return address.bytes.prefix(octets).map { String($0) }.joined(separator: ".") + "/\(address.bits)"
    }

    /// The words of a network of IPv6 that its length reaches into, at least two, where the longest run of zeros is two colons.
    private static func abbreviatedWords(_ address: NetworkAddress) -> String {
        let length = Int(address.bits)
        guard length > 0 else { return "::/0" }
        let words = (0..<max(2, (length + 15) / 16)).map { Int(address.bytes[2 * $0]) << 8 | Int(address.bytes[2 * $0 + 1]) }
        var (longest, run) = (0..<0, 0)
        for (place, word) in words.enumerated() {
            run = word == 0 ? run + 1 : 0
            if run > longest.count { longest = (place + 1 - run)..<(place + 1) }
        }
        if longest.lowerBound == 0, words.count > 6, longest.count == 6 || longest.count == 5 && words[5] == 0xFFFF {
            // The octets of an IPv4 address at the end of the other kind.
            let octets = address.bytes[12..<(length > 120 ? 16 : words.count == 8 ? 15 : 14)].map { String($0) }
            return (longest.count == 6 ? "::" : "::ffff:") + octets.joined(separator: ".") + "/\(length)"
        }
        func text(_ words: ArraySlice<Int>) -> String { words.map { String($0, radix: 16) }.joined(separator: ":") }
        let shown =
            longest.isEmpty ? text(words[...]) : text(words[..<longest.lowerBound]) + "::" + text(words[longest.upperBound...])
        return shown + "/\(length)"
    }
}
