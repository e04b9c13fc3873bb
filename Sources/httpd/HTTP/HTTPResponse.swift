import Ground
import ReQLish

/// An answer: status, fields, and a body that is whole or the first part of a stream. Its buffers serve one answer after another.
struct HTTPResponse: Sendable {
    var status: HTTPStatus = 200
    /// Complete field lines beside those that the connection writes: `Date`, `Content-Length`, `Transfer-Encoding`, `Connection`.
    private(set) var fields = ByteBuffer()
    var body = ByteBuffer()

    mutating func reset() {
        status = 200
        fields.removeAll()
        body.removeAll(keepingAtMost: 256 * 1024)
    }

    /// Adds a field. Control characters, which could end the line, become blanks.
    mutating func add(_ name: String, _ value: String) {
        fields.append(name)
        fields.append(": ")
        for byte in value.utf8 { fields.append(byte.isFieldCharacter ? byte : 0x20) }
        fields.append("\r\n")
    }

    /// Adds a field whose value is known to be free of control characters: a constant, a number, an entity tag.
    mutating func addTrusted(_ name: String, _ value: String) {
        fields.append(name)
        fields.append(": ")
        fields.append(value)
        fields.append("\r\n")
    }

    mutating func add(_ tag: EntityTag) {
        fields.append("ETag: ")
        tag.write(into: &fields)
        fields.append("\r\n")
    }
}
