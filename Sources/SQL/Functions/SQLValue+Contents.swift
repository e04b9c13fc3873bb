import Catalog

/// What a function takes out of an argument whose type it declared; a value of another kind gives what is empty.
extension SQLValue {
    var int: Int64 { if case .int(let value) = self { value } else { 0 } }
    var double: Double { if case .double(let value) = self { value } else { 0 } }
    var bool: Bool { if case .bool(let value) = self { value } else { false } }
    var numeric: Numeric { if case .numeric(let value) = self { value } else { .zero } }
    var text: String { if case .text(let value) = self { value } else { "" } }
    var bytes: [UInt8] { if case .bytes(let value) = self { value } else { [] } }
    var bits: BitString { if case .bits(let value) = self { value } else { BitString() } }
    var days: Int32 { if case .date(let value) = self { value } else { 0 } }
    var interval: Interval { if case .interval(let value) = self { value } else { Interval() } }
    var datum: Datum { if case .json(let value) = self { value } else { .null } }
    var address: NetworkAddress {
        if case .inet(let value) = self { value } else { NetworkAddress(isIPv6: false, value: 0, bits: 32) }
    }
    var array: SQLArray { if case .array(let value) = self { value } else { SQLArray(.text, []) } }

    /// Microseconds of a time, timestamp or timestamptz.
    var microseconds: Int64 {
        switch self {
        case .time(let value), .timestamp(let value), .timestamptz(let value), .timetz(let value, _): value
        default: 0
        }
    }
}

typealias Bodies = [String: SQLFunction.Body]
