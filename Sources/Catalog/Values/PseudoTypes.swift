import Ground

/// The fields of an object with `$reql_type$`, gathered to find out what it stands for.
struct PseudoTypeFields {
    enum Value {
        case time(DatumNode)
        /// The node of the Base64 text.
        case binary(DatumNode)
        /// The object stays as it is; what its fields hold is still to be checked.
        case geometry(GeometryObject)
    }

    private var type: String?
    private var epochTime: DatumNode?
    private var zone: String?
    private var zoneIsString = true
    private var data: DatumNode?
    private var geometry = GeometryObject()
    private var geometryField: String?
    private var unknown: String?

    mutating func note(key: Bytes, value: DatumNode, text: Bytes) throws(DatumError) {
        let isString = value.kind == .string
        func string() -> String { text[Int(value.payload)..<Int(value.payload) + value.byteCount].string }

        if key.equals("$reql_type$") {
            guard isString else { throw DatumError(.invalidPseudoType, "`$reql_type$` is not a string.") }
            type = string()
        } else if key.equals("epoch_time") {
            epochTime = value
        } else if key.equals("timezone") {
            zoneIsString = isString
            zone = isString ? string() : ""
        } else if key.equals("data") {
            data = value
        } else if geometry.note(key: key, value: value) {
            geometryField = key.string
        } else {
            unknown = key.string
        }
    }

    func resolve() throws(DatumError) -> Value {
        switch type {
        case "TIME": return .time(try time())
        case "BINARY": return .binary(try binary())
        case "GEOMETRY":
            if let other = unknown ?? otherField(epochTime: true, data: true) {
                throw error("A GEOMETRY object must not have the field `\(other)`.")
            }
            return .geometry(geometry)
        case "LITERAL": throw error("`r.literal` stands only inside the argument of `merge` or `update`; it is not a value.")
        case let type: throw error("`$reql_type$` names the unknown type `\(type ?? "")`.")
        }
    }

    private func time() throws(DatumError) -> DatumNode {
        if let other = unknown ?? geometryField ?? otherField(data: true) {
            throw error("A TIME object must not have the field `\(other)`.")
        }
        guard let epochTime, epochTime.kind == .number else { throw error("A TIME object needs a number in `epoch_time`.") }
        guard let zone, zoneIsString else { throw error("A TIME object needs a string in `timezone`.") }
        guard let offset = TimeZoneText.offsetMinutes(zone) else {
            throw error("`\(zone)` is not a time zone: it is `Z` or an offset like `+02:00`.")
        }
        return .time(epochSeconds: epochTime.number, offsetMinutes: offset, unitsPerSecond: 1e6)
    }

    private func binary() throws(DatumError) -> DatumNode {
        if let other = unknown ?? geometryField ?? otherField(epochTime: true) {
            throw error("A BINARY object must not have the field `\(other)`.")
        }
        guard let data, data.kind == .string else { throw error("A BINARY object needs a string in `data`.") }
        return data
    }

    /// A field of a time (if `epochTime`) or of a binary value (if `data`) that is there.
    private func otherField(epochTime isForeign: Bool = false, data isForeignToo: Bool = false) -> String? {
        if isForeign, epochTime != nil { return "epoch_time" }
        if isForeign, zone != nil { return "timezone" }
        return isForeignToo && data != nil ? "data" : nil
    }

    private func error(_ message: String) -> DatumError { DatumError(.invalidPseudoType, message) }
}

/// Offsets from UTC as text: `Z`, `±HH`, `±HHMM` and `±HH:MM` in, `±HH:MM` out.
public enum TimeZoneText {
    /// The greatest offset that the text form allows, in minutes: 24:59.
    public static let maximumOffset = 24 * 60 + 59

    /// Nil if the text is not a zone. `-00:00` is none.
    public static func offsetMinutes(_ text: String) -> Int? {
        var digits = Array(text.utf8)
        if digits == [UInt8(ascii: "Z")] { return 0 }
        guard let sign = digits.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        digits.removeFirst()
        if digits.count == 5, digits[2] == UInt8(ascii: ":") { digits.remove(at: 2) }
        guard digits.count == 2 || digits.count == 4, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        let numbers = digits.map { Int($0) - 0x30 }
        let hours = numbers[0] * 10 + numbers[1]
        let minutes = numbers.count == 4 ? numbers[2] * 10 + numbers[3] : 0
        guard hours <= 24, minutes <= 59 else { return nil }
        let offset = hours * 60 + minutes
        if sign == UInt8(ascii: "+") { return offset }
        return offset == 0 ? nil : -offset
    }

    /// `±HH:MM`.
    public static func string(_ offsetMinutes: Int) -> String {
        var buffer = ByteBuffer(capacity: 16)
        write(offsetMinutes, into: &buffer)
        return buffer.string
    }

    static func write(_ offsetMinutes: Int, into buffer: inout ByteBuffer) {
        let (hours, minutes) = abs(offsetMinutes).quotientAndRemainder(dividingBy: 60)
        buffer.append(UInt8(ascii: offsetMinutes < 0 ? "-" : "+"))
        buffer.append(UInt8(0x30 + hours / 10))
        buffer.append(UInt8(0x30 + hours % 10))
        buffer.append(UInt8(ascii: ":"))
        buffer.append(UInt8(0x30 + minutes / 10))
        buffer.append(UInt8(0x30 + minutes % 10))
    }
}
