private import CSystem
import Ground

/// Bytes of a value where they lie: in a mapped page, or in a page held in memory. Nothing was copied.
///
/// Valid while the snapshot they came from is alive; whoever keeps them keeps that snapshot. Bytes that a write transaction
/// handed out are valid until its next change.
@safe public struct StoredBytes: @unchecked Sendable {
    // Sendable: the bytes don't change while the snapshot lives, which is the holder's to see to.
    public let pointer: UnsafeRawPointer
    public let count: Int

    init(pointer: UnsafeRawPointer, count: Int) {
        unsafe self.pointer = unsafe pointer
        self.count = count
    }

    /// The bytes, without a copy.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span<UInt8>(_unsafeStart: pointer.assumingMemoryBound(to: UInt8.self), count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Has memory fetch the first bytes.
    func prefetch() {
        for line in 0..<Self.prefetchedLines { unsafe pando_prefetch(pointer + 64 &* line) }
    }

    private static let prefetchedLines = 4

    /// The bytes in an array of their own.
    public func copy() -> [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: pointer, count: count))
    }
    func equals(_ other: StoredBytes) -> Bool {
        unsafe count == other.count && compareBytes(pointer, count, other.pointer, other.count) == 0
    }
}
