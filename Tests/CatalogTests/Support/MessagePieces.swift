import Ground
import Testing

@testable import Catalog

/// The pieces of a message to a standby, one after the other; nil at the end.
func pieces(of message: PrimaryMessage) -> () throws -> [UInt8]? {
    guard case .delta(let write) = message else {
        Issue.record("The message is no delta.")
        return { nil }
    }
    var hasMore = true
    return {
        if !hasMore { return nil }
        var bytes = ByteBuffer()
        hasMore = try write(&bytes)
        return bytes.bytes
    }
}
