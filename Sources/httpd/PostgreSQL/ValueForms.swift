import Ground
import SQL

/// Values in the forms that the protocol has: text and binary.
enum ValueForms {
    static func read(text bytes: [UInt8], as type: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw SQLError.invalidUTF8(in: bytes) }
        return try read(text, as: type, session)
    }

    static func read(_ text: String, as type: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue {
        try TextInput.value(text, type, session)
    }

    /// - Parameter leftOver: what is said if more bytes are there than the value has.
    static func read(
        binary bytes: [UInt8], as type: SQLType, _ session: any SQLSession,
        leftOver: @autoclosure () -> String = "incorrect binary data format"
    ) throws(SQLError) -> SQLValue {
        try BinaryInput.value(bytes, type, session, leftOver: leftOver())
    }

    static func write(_ value: SQLValue, as type: SQLType, _ session: any SQLSession, into output: inout ByteBuffer) throws(SQLError) {
        switch value {
        case .text(let text) where type.oid == SQLType.text.oid: output.append(text)
        case .int(let number) where type.oid == SQLType.int4.oid || type.oid == SQLType.int8.oid: output.append(decimal: Int(number))
        default:
            var bytes: [UInt8] = []
            try TextOutput.append(result: value, type, session, to: &bytes)
            output.append(bytes)
        }
    }

    static func write(binary value: SQLValue, as type: SQLType, _ session: any SQLSession, into output: inout ByteBuffer) {
        var bytes: [UInt8] = []
        BinaryOutput.append(value, type, session, to: &bytes)
        output.append(bytes)
    }
}
