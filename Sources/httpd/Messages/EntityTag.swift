import Ground
import ReQLish

/// The strong entity tag of a document: a hash of its canonical JSON, the same in every process that reads the file.
struct EntityTag: Sendable, Hashable {
    private let hash: UInt64

    /// It tells versions of one document apart; it keeps no secrets.
    init(_ bytes: Span<UInt8>) { hash = bytes.withBytes { checksum($0) } }

    /// As it stands in `ETag`, quotes included.
    func write(into buffer: inout ByteBuffer) {
        buffer.append(UInt8(ascii: "\""))
        buffer.reserve(16)
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: hash >> UInt64(shift) & 0xF)
            buffer.put(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
        buffer.append(UInt8(ascii: "\""))
    }

    var text: String {
        var buffer = ByteBuffer(capacity: 18)
        write(into: &buffer)
        return buffer.string
    }
}

extension HTTPResponse {
    /// The tag of what the body holds now.
    var bodyTag: EntityTag { EntityTag(body.span) }
}
