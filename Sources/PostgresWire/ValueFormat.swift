/// The format of a value on the wire.
package enum ValueFormat: Int16, Hashable, Sendable {
    case text = 0
    case binary = 1

    init(code: Int16) throws(WireError) {
        guard let format = ValueFormat(rawValue: code) else { throw WireError("unsupported format code: \(code)", state: "22023") }
        self = format
    }
}
