import Ground

/// The way of a descent: at each level of branches, the page and the child taken.
@safe struct Steps: ~Copyable {
    struct Step {
        var page: WritablePage
        var index: Int
    }

    private let base: UnsafeMutablePointer<Step>

    init(capacity: Int) {
        unsafe base = .allocate(capacity: capacity)
    }

    deinit {
        unsafe base.deallocate()
    }

    subscript(_ level: Int) -> Step {
        @inline(__always) get { unsafe base[level] }
        @inline(__always) nonmutating set { unsafe base[level] = newValue }
    }
}

/// Room for the page and the separators that a split puts together. Used only in the writer's turn.
@safe final class Scratch {
    private let pageSize: Int
    private let pageCopy: UnsafeMutableRawPointer
    private let separators: UnsafeMutableRawPointer
    private let reference: UnsafeMutableRawPointer
    private let last: UnsafeMutableRawPointer
    private var lastCount: Int?
    private static let keyRoom = 2048

    init(pageSize: Int) {
        self.pageSize = pageSize
        unsafe pageCopy = .allocate(byteCount: pageSize + 8, alignment: 16)
        unsafe separators = .allocate(byteCount: 2 * Self.keyRoom, alignment: 16)
        unsafe reference = .allocate(byteCount: 64, alignment: 16)
        unsafe last = .allocate(byteCount: Self.keyRoom, alignment: 16)
    }

    deinit {
        unsafe pageCopy.deallocate()
        unsafe separators.deallocate()
        unsafe reference.deallocate()
        unsafe last.deallocate()
    }

    /// A copy of a page, valid until the next one, so that the page itself can be built anew from it.
    func copy(of page: Page) -> Page {
        unsafe pageCopy.copyMemory(from: page.base, byteCount: pageSize)
        return unsafe Page(UnsafeRawPointer(pageCopy))
    }

    /// Room for the separator that a page of `level` hands up, beside the one from the level below, which is still in use.
    func separatorRoom(level: Int) -> UnsafeMutableRawPointer {
        unsafe separators + (level & 1) * Self.keyRoom
    }

    /// A reference as the payload of a cell, valid until the next one.
    ///
    /// - Parameter valueHash: of the value that it leads to, if that stands behind it.
    func payload(_ reference: PageReference, valueHash: UInt64? = nil) -> Payload {
        unsafe writeReference(reference, self.reference)
        var count = PageReference.byteCount
        if let valueHash {
            unsafe self.reference.store64(valueHash, count)
            count += Page.valueHashByteCount
        }
        return unsafe Payload(UnsafeRawPointer(self.reference), count, isOverflow: true)
    }

    /// The key that was put last. By it records that come in order are recognised.
    var lastKey: Bytes? {
        get { lastCount.map { unsafe Bytes(UnsafeRawPointer(last), $0) } }
        set {
            lastCount = newValue?.count
            if let newValue { unsafe last.copyMemory(from: newValue.base, byteCount: newValue.count) }
        }
    }
}

extension Bytes {
    @inline(__always) func hasPrefix(_ prefix: Bytes) -> Bool {
        unsafe count >= prefix.count && compareBytes(base, prefix.count, prefix.base, prefix.count) == 0
    }

    /// How many leading bytes they have in common.
    func commonLength(_ other: Bytes) -> Int {
        unsafe Ground.commonLength(base, other.base, min(count, other.count))
    }
}

extension Payload {
    /// The payload of a value that stands in the cell.
    init(_ value: Bytes) {
        unsafe self.init(value.base, value.count, isOverflow: false)
    }
}
