package import Ground

/// What leads from the key of a node to its place among ``NodeNumbers``, as it was at one time: places stay what they are, and more come.
package struct NodePlacing: Sendable {
    /// The table of which integers have places, those below the count.
    let table: UInt8?
    let count: Int
    let seed: UInt64

    /// The integer that a key is; nil if it is none from 0 to 2^31 - 1.
    @inline(__always) static func integer(_ key: Bytes) -> Int? {
        guard key.count == 9, key[0] == KeyEncoding.number else { return nil }
        // The bits of the number; what is negative has its highest one here.
        let bits = key.word(at: 1).byteSwapped ^ 1 << 63
        if bits == 0 { return 0 }
        let exponent = bits >> 52 &- 1023
        let fraction = bits << 12
        guard exponent < 31, fraction << exponent == 0 else { return nil }
        return Int(truncatingIfNeeded: (1 << 31 | fraction >> 33) >> (31 &- exponent))
    }

    @inline(__always) func place(of key: Bytes, _ table: UInt8) -> Int? {
        guard table == self.table, let integer = Self.integer(key), integer < count else { return nil }
        return integer
    }

    @inline(__always) func hash(of key: Bytes, _ table: UInt8) -> UInt64 {
        @inline(__always) func mixed(_ value: UInt64) -> UInt64 {
            let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            return product.high ^ product.low
        }
        var hash = seed ^ UInt64(table)
        var index = 0
        while index &+ 8 <= key.count {
            hash = mixed(hash ^ key.word(at: index))
            index &+= 8
        }
        var rest: UInt64 = 1
        while index < key.count {
            rest = rest << 8 | UInt64(key[index])
            index &+= 1
        }
        return mixed(hash &+ rest)
    }

    /// Appends a key to a batch whose nodes are numbered together.
    @inline(__always) package func append(_ key: Bytes, table: UInt8, source: UInt32, to batch: inout NodeBatch) {
        if let place = place(of: key, table) {
            batch.entries.append(NodeBatch.Entry(hash: UInt64(truncatingIfNeeded: place), end: NodeBatch.Entry.isPlace, source: source))
            return
        }
        batch.bytes.append(key)
        batch.entries.append(
            NodeBatch.Entry(hash: hash(of: key, table), end: UInt32(truncatingIfNeeded: batch.bytes.count), source: source))
    }
}

/// Keys of nodes that are going to be numbered together, each with the node that it was met from.
package struct NodeBatch: ~Copyable {
    struct Entry: BitwiseCopyable {
        let hash: UInt64
        /// Where the key ends; `isPlace`, and the hash is its place then.
        let end: UInt32
        let source: UInt32
        var place: UInt64 = 0

        static var isPlace: UInt32 { .max }
    }

    var bytes = GrowingBuffer<UInt8>()
    var entries = GrowingBuffer<Entry>()
    /// Nothing but the reason for which what was touched is read.
    var sum: UInt8 = 0

    package init() {}

    package var count: Int { entries.count }

    package mutating func removeAll() {
        bytes.truncate(to: 0)
        entries.truncate(to: 0)
    }
}

/// The keys of the nodes of a front, one after the other, for threads that read their edges while nodes are numbered.
package struct FrontKeys: Sendable {
    package let numbers: [UInt32]
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []

    package init(_ numbers: [UInt32], _ nodes: borrowing NodeNumbers) {
        self.numbers = numbers
        ends.reserveCapacity(numbers.count)
        for number in numbers {
            nodes.withKey(of: Int(number)) { $0.append(to: &bytes) }
            ends.append(UInt32(truncatingIfNeeded: bytes.count))
        }
    }

    package var byteCount: Int { bytes.capacity + 4 * ends.capacity }

    @inline(__always) func withKey<R, E: Error>(_ position: Int, _ body: (Bytes) throws(E) -> R) throws(E) -> R {
        let range = (position == 0 ? 0 : Int(ends[position - 1]))..<Int(ends[position])
        return try bytes.span.withBytes { bytes throws(E) in try body(bytes[range]) }
    }
}
