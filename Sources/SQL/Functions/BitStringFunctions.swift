import Catalog

/// The functions and operators of `bit` and `varbit`. Others share their names, so most are told by their numbers.
enum BitStringFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        combine("and", 2242, to: &bodies) { $0 & $1 }
        combine("or", 2243, to: &bodies) { $0 | $1 }
        combine("xor", 6167, to: &bodies) { $0 ^ $1 }
        bodies["bitnot"] = .unary { a in .bits(BitString(a.bits.bytes.map { ~$0 }, count: a.bits.count)) }
        bodies["bitshiftleft"] = .binary { a, b in .bits(a.bits.shifted(Int(b.int))) }
        bodies["bitshiftright"] = .binary { a, b in .bits(a.bits.shifted(-Int(b.int))) }
        bodies["bitcat"] = .binary { a, b throws(SQLError) in
            let (a, b) = (a.bits, b.bits)
            try TextFunctions.checkLength(a.bytes.count + b.bytes.count)
            return .bits(a + b)
        }
        bodies["length#1681"] = .unary { .int(Int64($0.bits.count)) }
        bodies["bit_length#1812"] = bodies["length#1681"]
        bodies["octet_length#1682"] = .unary { .int(Int64($0.bits.bytes.count)) }
        bodies["bit_count#6162"] = .unary { .int($0.bits.bytes.reduce(0) { $0 + Int64($1.nonzeroBitCount) }) }
        bodies["position#1698"] = .binary { a, b throws(SQLError) in .int(Int64(try position(of: b.bits, in: a.bits))) }
        addParts(to: &bodies)
        return bodies
    }()

    /// An operation of two as long, and the aggregate of that number.
    private static func combine(
        _ name: String, _ number: Int, to bodies: inout Bodies, _ operation: @escaping @Sendable (UInt8, UInt8) -> UInt8
    ) {
        @Sendable func combined(_ a: SQLValue, _ b: SQLValue) throws(SQLError) -> SQLValue {
            let (a, b) = (a.bits, b.bits)
            guard a.count == b.count else {
                throw SQLError(SQLState(rawValue: "22026"), "cannot \(name.uppercased()) bit strings of different sizes")
            }
            return .bits(a.combined(b, operation))
        }
        bodies["bit\(name)"] = .binary { a, b throws(SQLError) in try combined(a, b) }
        bodies["bit_\(name)#\(number)"] = .aggregate { _ in BitAccumulator(combined) }
    }

    private static func addParts(to bodies: inout Bodies) {
        let substring: SQLFunction.Body = .scalar { arguments, _ throws(SQLError) in
            .bits(try slice(arguments[0].bits, arguments[1].int, arguments.count > 2 ? arguments[2].int : nil))
        }
        bodies["substring#1680"] = substring
        bodies["substring#1699"] = substring
        let overlay: SQLFunction.Body = .scalar { arguments, _ throws(SQLError) in
            let (bits, inserted, start) = (arguments[0].bits, arguments[1].bits, arguments[2].int)
            if start <= 0 { throw SQLError(.substringError, "negative substring length not allowed") }
            let end = start + (arguments.count > 3 ? arguments[3].int : Int64(inserted.count))
            guard end <= Int64(Int32.max) else { throw SQLError(.numericValueOutOfRange, "integer out of range") }
            return .bits(try slice(bits, 1, start - 1) + inserted + slice(bits, end, nil))
        }
        bodies["overlay#3030"] = overlay
        bodies["overlay#3031"] = overlay
        @Sendable func outside(_ place: Int64, _ count: Int) -> SQLError {
            SQLError(.arraySubscriptError, "bit index \(place) out of valid range (0..\(count - 1))")
        }
        bodies["get_bit#3032"] = .binary { a, b throws(SQLError) in
            guard b.int >= 0, b.int < a.bits.count else { throw outside(b.int, a.bits.count) }
            return .int(a.bits[Int(b.int)] ? 1 : 0)
        }
        bodies["set_bit#3033"] = .scalar { arguments, _ throws(SQLError) in
            let (bits, place, new) = (arguments[0].bits, arguments[1].int, arguments[2].int)
            guard place >= 0, place < bits.count else { throw outside(place, bits.count) }
            guard new == 0 || new == 1 else { throw SQLError(.invalidParameterValue, "new bit must be 0 or 1") }
            var bytes = bits.bytes
            let mask: UInt8 = 0x80 >> UInt8(place % 8)
            if new == 1 { bytes[Int(place) / 8] |= mask } else { bytes[Int(place) / 8] &= ~mask }
            return .bits(BitString(bytes, count: bits.count))
        }
    }

    /// The bits from a place (from 1) on, so many of them or all.
    private static func slice(_ bits: BitString, _ start: Int64, _ count: Int64?) throws(SQLError) -> BitString {
        if let count, count < 0 { throw SQLError(.substringError, "negative substring length not allowed") }
        let end = count.map { min(start + $0, Int64(bits.count) + 1) } ?? Int64(bits.count) + 1
        let first = max(start, 1)
        return end > first ? bits[Int(first - 1)..<Int(end - 1)] : BitString()
    }

    /// Where a part begins, from 1 on; 0 if it is not there. Nothing is at the beginning of all that there is.
    private static func position(of part: BitString, in bits: BitString) throws(SQLError) -> Int {
        guard bits.count > 0, part.count <= bits.count else { return 0 }
        guard part.count > 0 else { return 1 }
        var compared = 0
        for start in 0...bits.count - part.count {
            var length = 0
            while length < part.count, bits[start + length] == part[length] { length += 1 }
            if length == part.count { return start + 1 }
            compared += length + 1
            if compared >= 1 << 20 {
                try QueryMemory.checkStopped()
                compared = 0
            }
        }
        return 0
    }
}

private final class BitAccumulator: Accumulator {
    private let body: (SQLValue, SQLValue) throws(SQLError) -> SQLValue
    private var value: SQLValue?

    init(_ body: @escaping (SQLValue, SQLValue) throws(SQLError) -> SQLValue) { self.body = body }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        if let value { self.value = try body(value, arguments[0]) } else { value = arguments[0] }
    }
    func result() throws(SQLError) -> SQLValue { value ?? .null }
    var byteCount: Int { 64 + (value?.largeByteCount ?? 0) }
}
