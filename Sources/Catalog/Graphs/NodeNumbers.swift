package import Ground

/// The nodes that a walk has met, numbered from 0 in the order in which it met them. A node is a table's number and a key.
///
/// Keys stand one after the other as bytes, encoded as in an index; a hash table leads from a key to its number. A node takes some forty
/// bytes, whatever was read to find it. Integers that lie close together, as many tables' keys do, lead to their numbers by their place in an
/// array: that is one access to the memory where a hash table needs three.
package struct NodeNumbers {
    /// Of each node its table's number, then its key.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// The upper half of the hash, and below it the number + 1; 0 where there is none. As many as a power of two.
    private var slots: [UInt64]
    /// How many nodes are in `slots`.
    private var hashedCount = 0
    /// Of the integers from 0 on, as keys of one table, the number + 1; 0 where there is none. Its nodes may be in `slots`, too.
    private var places: [UInt32] = []
    private var placesTable: UInt8?
    /// Nobody can choose keys that fall into one place.
    private let seed = UInt64.random(in: 1 ... .max)

    package init() {
        slots = [UInt64](repeating: 0, count: 64)
    }

    package var count: Int { ends.count }

    /// What it takes of memory.
    package var byteCount: Int { bytes.capacity + 8 * ends.capacity + 8 * slots.count + 4 * places.capacity }

    /// The number of a node, and whether it was met just now.
    @inline(__always) package mutating func number(of key: Bytes, table: UInt8) -> (number: Int, isNew: Bool) {
        if let place = place(of: key, table) { return number(at: place, table) }
        return number(of: key, table: table, hash: hash(of: key, table))
    }

    @inline(__always) private mutating func number(at place: Int, _ table: UInt8) -> (number: Int, isNew: Bool) {
        let number = Int(places[place]) &- 1
        return number >= 0 ? (number, false) : (add(at: place, table), true)
    }

    @inline(__always) private mutating func number(of key: Bytes, table: UInt8, hash: UInt64) -> (number: Int, isNew: Bool) {
        let mask = slots.count &- 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot == 0 { return (add(key, table, hash, at: index), true) }
            if slot >> 32 == hash >> 32 {
                let number = Int(slot & 0xFFFF_FFFF) &- 1
                if isNode(number, key, table) { return (number, false) }
            }
            index = (index &+ 1) & mask
        }
    }

    /// The number of a node; nil if it was not met.
    package func find(_ key: Bytes, table: UInt8) -> Int? {
        if let place = place(of: key, table) { return places[place] == 0 ? nil : Int(places[place]) - 1 }
        let hash = hash(of: key, table)
        let mask = slots.count &- 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 {
            let number = Int(slots[index] & 0xFFFF_FFFF) &- 1
            if slots[index] >> 32 == hash >> 32, isNode(number, key, table) { return number }
            index = (index &+ 1) & mask
        }
        return nil
    }

    // MARK: Many at a time

    /// Appends a key to a batch whose nodes are numbered together.
    @inline(__always) package func append(_ key: Bytes, table: UInt8, source: UInt32, to batch: inout NodeBatch) {
        if let place = place(of: key, table) {
            batch.entries.append(NodeBatch.Entry(hash: UInt64(truncatingIfNeeded: place), end: NodeBatch.Entry.isPlace, source: source))
            return
        }
        key.append(to: &batch.bytes)
        batch.entries.append(
            NodeBatch.Entry(hash: hash(of: key, table), end: UInt32(truncatingIfNeeded: batch.bytes.count), source: source))
    }

    /// Numbers the nodes of a batch, which is empty afterwards, and calls `body` for each with what it came from.
    @inline(__always)
    package mutating func takeAll(
        _ batch: inout NodeBatch, table: UInt8, _ body: (_ source: UInt32, _ number: Int, _ isNew: Bool) -> Void
    ) {
        warm(&batch)
        batch.bytes.span.withBytes { bytes in
            var start = 0
            for index in batch.entries.indices {
                let entry = batch.entries[index]
                if entry.end == NodeBatch.Entry.isPlace {
                    let (number, isNew) = number(at: Int(truncatingIfNeeded: entry.hash), table)
                    body(entry.source, number, isNew)
                    continue
                }
                let end = Int(entry.end)
                let key = bytes[start..<end]
                // It may have got its place since.
                let (number, isNew) =
                    if let place = place(of: key, table) { number(at: place, table) } else {
                        number(of: key, table: table, hash: entry.hash)
                    }
                body(entry.source, number, isNew)
                start = end
            }
        }
        batch.removeAll()
    }

    /// Touches what finding the nodes of a batch is going to read. Of a large graph none of it is in the processor's caches: one node after
    /// the other would wait three times for the memory, each time for an address that the wait before has given. The same step of many
    /// nodes, one behind the other, waits for all of them at once.
    @inline(never) private func warm(_ batch: inout NodeBatch) {
        let mask = slots.count &- 1
        var touched: UInt32 = 0
        for index in batch.entries.indices {
            if batch.entries[index].end == NodeBatch.Entry.isPlace {
                touched &+= places[Int(truncatingIfNeeded: batch.entries[index].hash)]
            } else {
                batch.entries[index].place = slots[Int(truncatingIfNeeded: batch.entries[index].hash) & mask] & 0xFFFF_FFFF
            }
        }
        var sum = UInt8(truncatingIfNeeded: touched)
        if batch.bytes.isEmpty {
            batch.sum = sum
            return
        }
        for index in batch.entries.indices where batch.entries[index].place != 0 {
            batch.entries[index].place = UInt64(truncatingIfNeeded: ends[Int(batch.entries[index].place) &- 1] &- 1)
        }
        for index in batch.entries.indices where batch.entries[index].place != 0 {
            sum &+= bytes[Int(batch.entries[index].place)]
        }
        batch.sum = sum
    }

    package func table(of number: Int) -> UInt8 { bytes[start(of: number)] }

    @inline(__always) package func withKey<R, E: Error>(of number: Int, _ body: (Bytes) throws(E) -> R) throws(E) -> R {
        let range = start(of: number) + 1..<ends[number]
        return try bytes.span.withBytes { bytes throws(E) in try body(bytes[range]) }
    }

    package func key(of number: Int) -> [UInt8] { withKey(of: number) { $0.copy() } }

    /// Sorts nodes by their tables, then by their keys.
    package func sort(_ numbers: inout [UInt32]) {
        if numbers.count < 2 { return }
        bytes.span.withBytes { bytes in
            var entries = numbers.map { (head: bytes[range(of: Int($0))].orderedPrefix, number: $0) }
            entries.sort { left, right in
                if left.head != right.head { return left.head < right.head }
                return Bytes.compare(bytes[range(of: Int(left.number))], bytes[range(of: Int(right.number))]) < 0
            }
            for index in entries.indices { numbers[index] = entries[index].number }
        }
    }

    /// Whether one node stands before another: by its table, then by its key.
    package func isOrdered(_ left: Int, _ right: Int) -> Bool {
        bytes.span.withBytes { Bytes.compare($0[range(of: left)], $0[range(of: right)]) < 0 }
    }

    private func start(of number: Int) -> Int { number == 0 ? 0 : ends[number &- 1] }
    private func range(of number: Int) -> Range<Int> { start(of: number)..<ends[number] }

    @inline(__always) private func isNode(_ number: Int, _ key: Bytes, _ table: UInt8) -> Bool {
        let range = range(of: number)
        guard range.count == key.count &+ 1, bytes[range.lowerBound] == table else { return false }
        return bytes.span.withBytes { $0[range.lowerBound + 1..<range.upperBound] == key }
    }

    @inline(never) private mutating func add(_ key: Bytes, _ table: UInt8, _ hash: UInt64, at index: Int) -> Int {
        let number = ends.count
        bytes.append(table)
        key.append(to: &bytes)
        ends.append(bytes.count)
        slots[index] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(truncatingIfNeeded: number &+ 1)
        hashedCount += 1
        if let integer = Self.integer(key), table == placesTable ?? table, integer < ends.count * 8 + 64 { makePlaces(integer, table) }
        if hashedCount * 2 > slots.count { grow() }
        return number
    }

    // MARK: Integers

    /// The integer that a key is; nil if it is none from 0 to 2^31 - 1.
    @inline(__always) private static func integer(_ key: Bytes) -> Int? {
        guard key.count == 9, key[0] == KeyEncoding.number else { return nil }
        // What is negative has no highest bit here.
        let number = Double(bitPattern: key.word(at: 1).byteSwapped ^ 1 << 63)
        guard number >= 0, number < 0x1p31 else { return nil }
        let integer = Int(number)
        return Double(integer) == number ? integer : nil
    }

    @inline(__always) private func place(of key: Bytes, _ table: UInt8) -> Int? {
        guard table == placesTable, let integer = Self.integer(key), integer < places.count else { return nil }
        return integer
    }

    @inline(never) private mutating func add(at place: Int, _ table: UInt8) -> Int {
        let number = ends.count
        bytes.append(table)
        KeyEncoding.append(number: Double(place), to: &bytes)
        ends.append(bytes.count)
        places[place] = UInt32(truncatingIfNeeded: number &+ 1)
        return number
    }

    /// Makes room for the integers up to one, which is not far above the number of nodes.
    private mutating func makePlaces(_ integer: Int, _ table: UInt8) {
        placesTable = table
        let missing = max(integer + 1, 2 * places.count) - places.count
        places.append(contentsOf: repeatElement(0, count: missing))
        for number in ends.indices where bytes[start(of: number)] == table {
            guard let integer = withKey(of: number, { Self.integer($0) }), integer < places.count else { continue }
            places[integer] = UInt32(truncatingIfNeeded: number + 1)
        }
    }

    private mutating func grow() {
        let mask = slots.count * 2 - 1
        var grown = [UInt64](repeating: 0, count: mask + 1)
        hashedCount = 0
        for number in ends.indices {
            let table = bytes[start(of: number)]
            guard let hash = withKey(of: number, { place(of: $0, table) == nil ? self.hash(of: $0, table) : nil }) else { continue }
            hashedCount += 1
            var index = Int(truncatingIfNeeded: hash) & mask
            while grown[index] != 0 { index = (index + 1) & mask }
            grown[index] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1)
        }
        slots = grown
    }

    @inline(__always) private func hash(of key: Bytes, _ table: UInt8) -> UInt64 {
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
}

/// Keys of nodes that are going to be numbered together, each with the node that it was met from.
package struct NodeBatch {
    fileprivate struct Entry {
        let hash: UInt64
        /// Where the key ends; `isPlace`, and the hash is its place then.
        let end: UInt32
        let source: UInt32
        var place: UInt64 = 0

        static var isPlace: UInt32 { .max }
    }

    fileprivate var bytes: [UInt8] = []
    fileprivate var entries: [Entry] = []
    /// Nothing but the reason for which what was touched is read.
    fileprivate var sum: UInt8 = 0

    package init() {}

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }
}
