/// Memory of a fixed size for plain numbers: the tables and windows of compression, which are written in an order of their own.
///
/// Why this is safe: the memory is allocated and set to zero once and lives as long as this object, which whoever uses a ``RawAreaView``
/// of it holds; elements are plain bits; each index is compared with the count, in release builds too: what is compressed
/// and what is unpacked come from anybody. That costs 8 % of a dump and nothing measurable of a restore.
@safe final class RawArea<Element: FixedWidthInteger & BitwiseCopyable> {
    private let start: UnsafeMutablePointer<Element>
    let count: Int

    /// `count` zeros.
    init(count: Int) {
        unsafe start = .allocate(capacity: count)
        unsafe start.initialize(repeating: 0, count: count)
        self.count = count
    }

    deinit { unsafe start.deallocate() }

    /// Good while this object lives.
    var view: RawAreaView<Element> { unsafe RawAreaView(start: start, count: count) }
}

/// A ``RawArea`` for the length of a loop, in which it costs a pointer.
@safe struct RawAreaView<Element: FixedWidthInteger & BitwiseCopyable> {
    private let start: UnsafeMutablePointer<Element>
    private let count: Int

    fileprivate init(start: UnsafeMutablePointer<Element>, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    @inline(__always) subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            return unsafe start[index]
        }
        nonmutating set {
            precondition(index >= 0 && index < count)
            unsafe start[index] = newValue
        }
    }

    var array: [Element] { unsafe Array(UnsafeBufferPointer(start: start, count: count)) }

    func fill(_ element: Element) {
        unsafe start.update(repeating: element, count: count)
    }
}

extension RawAreaView<UInt8> {
    /// Room that ``repeatBytes(at:distance:count:)`` may write beyond what it is asked for.
    static var slack: Int { 8 }

    /// A look at some of the bytes, good until they change.
    @inline(__always) func bytes(_ range: Range<Int>) -> Bytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return unsafe Bytes(start + range.lowerBound, range.count)
    }

    /// The eight bytes from `index` on, the first one lowest.
    @inline(__always) func word(at index: Int) -> UInt64 {
        precondition(index >= 0 && index + 8 <= count)
        return unsafe UInt64(littleEndian: UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self))
    }

    /// The four bytes from `index` on, the first one lowest.
    @inline(__always) func halfWord(at index: Int) -> UInt32 {
        precondition(index >= 0 && index + 4 <= count)
        return unsafe UInt32(littleEndian: UnsafeRawPointer(start + index).loadUnaligned(as: UInt32.self))
    }

    func copy(_ bytes: Bytes, to index: Int) {
        precondition(index >= 0 && index + bytes.count <= count)
        unsafe bytes.copy(to: start + index)
    }

    /// Moves bytes to the beginning; both ranges may overlap.
    func moveToStart(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        unsafe UnsafeMutableRawPointer(start).copyMemory(from: start + range.lowerBound, byteCount: range.count)
    }

    /// Writes `n` bytes, each the one `distance` before it; what was just written is read again when `distance` is below `n`.
    /// Up to ``slack`` bytes behind them may change too.
    @inline(__always) func repeatBytes(at index: Int, distance: Int, count n: Int) {
        precondition(distance > 0 && distance <= index && n > 0 && index + n + Self.slack <= count)
        var to = unsafe UnsafeMutableRawPointer(start + index)
        var from = unsafe UnsafeRawPointer(to - distance)
        let end = unsafe to + n
        if distance >= 8 {
            repeat {
                unsafe to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
                unsafe to += 8
                unsafe from += 8
            } while unsafe to < end
        } else if distance == 1 {
            let pattern = UInt64(unsafe from.load(as: UInt8.self)) &* 0x0101_0101_0101_0101
            repeat {
                unsafe to.storeBytes(of: pattern, as: UInt64.self)
                unsafe to += 8
            } while unsafe to < end
        } else {
            repeat {
                unsafe to.storeBytes(of: from.load(as: UInt8.self), as: UInt8.self)
                unsafe to += 1
                unsafe from += 1
            } while unsafe to < end
        }
    }
}
