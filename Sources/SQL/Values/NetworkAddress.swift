/// An address of the Internet with the length of its network: inet and cidr.
package struct NetworkAddress: Hashable, Sendable {
    package let isIPv6: Bool
    /// The address in network order, one of IPv4 in the last four bytes.
    package let high: UInt64
    package let low: UInt64
    package let bits: UInt8

    init(isIPv6: Bool, high: UInt64, low: UInt64, bits: Int) {
        self.isIPv6 = isIPv6
        self.high = high
        self.low = low
        self.bits = UInt8(bits)
    }

    var maximumBits: Int { isIPv6 ? 128 : 32 }
    var value: UInt128 { UInt128(high) << 64 | UInt128(low) }

    init(isIPv6: Bool, value: UInt128, bits: Int) {
        self.init(isIPv6: isIPv6, high: UInt64(truncatingIfNeeded: value >> 64), low: UInt64(truncatingIfNeeded: value), bits: bits)
    }

    /// Ones where the network is.
    func mask(_ bits: Int) -> UInt128 {
        let all: UInt128 = isIPv6 ? .max : 0xFFFF_FFFF
        return bits == 0 ? 0 : all << UInt128(maximumBits - bits) & all
    }

    /// The bytes of the address, 4 or 16.
    var bytes: [UInt8] {
        let count = isIPv6 ? 16 : 4
        return (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * (count - 1 - $0))) }
    }

    init(bytes: [UInt8], bits: Int) {
        self.init(isIPv6: bytes.count == 16, value: bytes.reduce(0) { $0 << 8 | UInt128($1) }, bits: bits)
    }

    /// Whether the other's network lies in this one's or is the same.
    func contains(_ other: NetworkAddress) -> Bool {
        isIPv6 == other.isIPv6 && bits <= other.bits && (value ^ other.value) & mask(Int(bits)) == 0
    }

    /// By family, then the bits of the network that both have, then the length of the network, then the whole address.
    static func compare(_ a: NetworkAddress, _ b: NetworkAddress) -> Int {
        if a.isIPv6 != b.isIPv6 { return a.isIPv6 ? 1 : -1 }
        let mask = a.mask(Int(min(a.bits, b.bits)))
        let (x, y) = (a.value & mask, b.value & mask)
        if x != y { return x < y ? -1 : 1 }
        if a.bits != b.bits { return a.bits < b.bits ? -1 : 1 }
        return a.value < b.value ? -1 : a.value > b.value ? 1 : 0
    }

    // MARK: Text

    var host: String {
        guard isIPv6 else { return bytes.map(String.init).joined(separator: ".") }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(16 * (7 - $0))) }
        // The longest run of zeros is left out.
        var best = (start: -1, count: 1)
        var start = -1
        for place in 0...8 {
            if place < 8, groups[place] == 0 {
                if start < 0 { start = place }
            } else if start >= 0 {
                if place - start > best.count { best = (start, place - start) }
                start = -1
            }
        }
        let isMapped = best.start == 0 && (best.count == 6 || best.count == 5 && groups[5] == 0xFFFF || best.count == 7 && groups[7] != 1)
        var text = ""
        var place = 0
        while place < 8 {
            if place == best.start {
                text += place == 0 ? "::" : ":"
                place += best.count
                continue
            }
            if place == 6, isMapped {
                return text + bytes[12...].map { String($0) }.joined(separator: ".")
            }
            text += String(groups[place], radix: 16)
            if place < 7 { text += ":" }
            place += 1
        }
        return text
    }

    func text(isCIDR: Bool) -> String { isCIDR || Int(bits) != maximumBits ? "\(host)/\(bits)" : host }

    /// - Parameter isCIDR: a network, which may be given by its first octets, and has zeros behind its bits.
    init(_ text: String, isCIDR: Bool) throws(SQLError) {
        guard let address = Self.parse(text, isCIDR: isCIDR) else {
            throw SQLError(.invalidTextRepresentation, "invalid input syntax for type \(isCIDR ? "cidr" : "inet"): \"\(text)\"")
        }
        if isCIDR, address.value & ~address.mask(Int(address.bits)) != 0 {
            throw SQLError(
                .invalidTextRepresentation, "invalid cidr value: \"\(text)\"", detail: "Value has bits set to right of mask.")
        }
        self = address
    }

    private static func parse(_ text: String, isCIDR: Bool) -> NetworkAddress? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return nil }
        var bits: Int?
        if parts.count == 2 {
            guard let number = decimal(parts[1]), !(parts[1].count > 1 && parts[1].first == "0") else { return nil }
            bits = number
        }
        if parts[0].contains(":") {
            guard let value = ipv6(parts[0]), (bits ?? 128) <= 128 else { return nil }
            return NetworkAddress(isIPv6: true, value: value, bits: bits ?? 128)
        }
        var octets: [Int] = []
        for part in parts[0].split(separator: ".", omittingEmptySubsequences: false) {
            guard let octet = decimal(part), octet <= 255 else { return nil }
            octets.append(octet)
        }
        guard (1...4).contains(octets.count), (bits ?? 0) <= 32 else { return nil }
        if bits == nil {
            if isCIDR {
                // The old classes.
                let natural = octets[0] >= 240 ? 32 : octets[0] >= 224 ? 8 : octets[0] >= 192 ? 24 : octets[0] >= 128 ? 16 : 8
                bits = max(natural, octets.count * 8)
                if natural == 8, bits == 8, octets[0] == 224 { bits = 4 }
            } else {
                guard octets.count == 4 else { return nil }
                bits = 32
            }
        }
        while octets.count < 4 { octets.append(0) }
        return NetworkAddress(isIPv6: false, value: octets.reduce(0) { $0 << 8 | UInt128($1) }, bits: bits ?? 32)
    }

    private static func decimal(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 3, text.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return Int(text)
    }

    private static func ipv6(_ text: Substring) -> UInt128? {
        var head: [UInt16] = []
        var tail: [UInt16] = []
        var sawGap = false
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            if part.isEmpty {
                let isEdge =
                    place == 0 && parts.count > 1 && parts[1].isEmpty
                    || place == parts.count - 1 && place > 0 && parts[place - 1].isEmpty
                if isEdge { continue }
                guard !sawGap else { return nil }
                sawGap = true
                continue
            }
            var groups: [UInt16] = []
            if part.contains(".") {
                guard place == parts.count - 1 else { return nil }
                var octets: [UInt16] = []
                for octet in part.split(separator: ".", omittingEmptySubsequences: false) {
                    guard let number = decimal(octet), number <= 255 else { return nil }
                    octets.append(UInt16(number))
                }
                guard octets.count == 4 else { return nil }
                groups = [octets[0] << 8 | octets[1], octets[2] << 8 | octets[3]]
            } else {
                guard part.utf8.count <= 4, part.utf8.allSatisfy({ ASCII.hexadecimal($0) != nil }), let group = UInt16(part, radix: 16)
                else { return nil }
                groups = [group]
            }
            if sawGap { tail += groups } else { head += groups }
        }
        let count = head.count + tail.count
        guard sawGap ? count < 8 : count == 8 else { return nil }
        let all = head + Array(repeating: 0, count: 8 - count) + tail
        return all.reduce(0) { $0 << 16 | UInt128($1) }
    }
}
