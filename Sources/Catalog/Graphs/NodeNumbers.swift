package import Ground

/// The nodes that a walk has met, numbered from 0 in the order in which it met them. A node is a table's number and a key.
///
/// Keys stand one after the other as bytes, encoded as in an index; a hash table leads from a key to its number. A node takes some forty
/// bytes, whatever was read to find it. Integers that lie close together, as many tables' keys do, lead to their numbers by their place in an
/// array: that is one access to the memory where a hash table needs three.
package struct NodeNumbers: ~Copyable {
    /// Of each node its table's number, then its key.
    private var bytes = GrowingBuffer<UInt8>()
    private var ends = GrowingBuffer<Int>()
    /// The upper half of the hash, and below it the number + 1; 0 where there is none. As many as a power of two.
    private var slots: [UInt64]
    /// How many nodes are in `slots`.
    private var hashedCount = 0
    /// Of the integers from 0 on, as keys of one table, the number + 1; 0 where there is none. Its nodes may be in `slots`, too.
    private var places: [UInt32] = []
    private var placesTable: UInt8?
    /// Nobody can choose keys that fall into one place.
    private let seed = UInt64.random(in: 1 ... .max)

    /// What leads from a key to its place, as it is now.
    @inline(__always) package var placing: NodePlacing { NodePlacing(table: placesTable, count: places.count, seed: seed) }

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

    /// Numbers the nodes of a batch, which is empty afterwards, and calls `body` for each with what it came from.
    @inline(__always)
    package mutating func takeAll(
        _ batch: inout NodeBatch, table: UInt8, _ body: (_ source: UInt32, _ number: Int, _ isNew: Bool) -> Void
    ) {
        warm(&batch)
        let bytes = batch.bytes.raw
        var start = 0
        for index in 0..<batch.entries.count {
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
        batch.removeAll()
    }

    /// How many nodes of a batch, which is empty afterwards, were not met before.
    ///
    /// Those that have a place are marked and get no number, so from now on nothing but this may be asked.
    package mutating func countNew(of batch: inout NodeBatch, table: UInt8) -> Int {
        warm(&batch)
        let bytes = batch.bytes.raw
        var start = 0
        var count = 0
        for index in 0..<batch.entries.count {
            let entry = batch.entries[index]
            var place = Int(truncatingIfNeeded: entry.hash)
            if entry.end != NodeBatch.Entry.isPlace {
                let key = bytes[start..<Int(entry.end)]
                start = Int(entry.end)
                // It may have got its place since.
                guard let known = self.place(of: key, table) else {
                    if number(of: key, table: table, hash: entry.hash).isNew { count &+= 1 }
                    continue
                }
                place = known
            }
            if places[place] == 0 {
                places[place] = .max
                count &+= 1
            }
        }
        batch.removeAll()
        return count
    }

    /// Touches what finding the nodes of a batch is going to read. Of a large graph none of it is in the processor's caches: one node after
    /// the other would wait three times for the memory, each time for an address that the wait before has given. The same step of many
    /// nodes, one behind the other, waits for all of them at once.
    @inline(never) private func warm(_ batch: inout NodeBatch) {
        let mask = slots.count &- 1
        var touched: UInt32 = 0
        for index in 0..<batch.entries.count {
            if batch.entries[index].end == NodeBatch.Entry.isPlace {
                touched &+= places[Int(truncatingIfNeeded: batch.entries[index].hash)]
            } else {
                batch.entries[index].place = slots[Int(truncatingIfNeeded: batch.entries[index].hash) & mask] & 0xFFFF_FFFF
            }
        }
        var sum = UInt8(truncatingIfNeeded: touched)
        if batch.bytes.count == 0 {
            batch.sum = sum
            return
        }
        for index in 0..<batch.entries.count where batch.entries[index].place != 0 {
            batch.entries[index].place = UInt64(truncatingIfNeeded: ends[Int(batch.entries[index].place) &- 1] &- 1)
        }
        for index in 0..<batch.entries.count where batch.entries[index].place != 0 {
            sum &+= bytes[Int(batch.entries[index].place)]
        }
        batch.sum = sum
    }

    package func table(of number: Int) -> UInt8 { bytes[start(of: number)] }

    @inline(__always) package func withKey<R, E: Error>(of number: Int, _ body: (Bytes) throws(E) -> R) throws(E) -> R {
        try body(bytes.raw[start(of: number) + 1..<ends[number]])
    }

    package func key(of number: Int) -> [UInt8] { withKey(of: number) { $0.copy() } }

    /// Sorts nodes by their tables, then by their keys.
    package func sort(_ numbers: inout [UInt32]) {
        if numbers.count < 2 { return }
        var entries: [HeadedNumber] = []
        entries.reserveCapacity(numbers.count)
        for number in numbers { entries.append(HeadedNumber(head: node(Int(number)).orderedPrefix, number: number)) }
        entries.sortByHead()
        var start = 0
        for index in entries.indices {
            numbers[index] = entries[index].number
            guard index + 1 == entries.count || entries[index + 1].head != entries[start].head else { continue }
            if index > start { sortByKeys(&numbers[start...index]) }
            start = index + 1
        }
    }

    private func sortByKeys(_ numbers: inout ArraySlice<UInt32>) {
        let bytes = bytes.raw
        let ranges = numbers.map { range(of: Int($0)) }
        let order = ranges.indices.sorted { Bytes.compare(bytes[ranges[$0]], bytes[ranges[$1]]) < 0 }
        let unordered = Array(numbers)
        for (place, index) in zip(numbers.indices, order) { numbers[place] = unordered[index] }
    }

    /// Whether one node stands before another: by its table, then by its key.
    package func isOrdered(_ left: Int, _ right: Int) -> Bool { Bytes.compare(node(left), node(right)) < 0 }

    /// Whether a node has this key.
    @inline(__always) package func isKey(_ key: Bytes, of number: Int) -> Bool {
        let node = node(number)
        return node.count == key.count &+ 1 && node.dropFirst(1) == key
    }

    /// A node's table and key.
    @inline(__always) private func node(_ number: Int) -> Bytes { bytes.raw[range(of: number)] }

    private func start(of number: Int) -> Int { number == 0 ? 0 : ends[number &- 1] }
    private func range(of number: Int) -> Range<Int> { start(of: number)..<ends[number] }

    @inline(__always) private func isNode(_ number: Int, _ key: Bytes, _ table: UInt8) -> Bool {
        isKey(key, of: number) && self.table(of: number) == table
    }

    @inline(never) private mutating func add(_ key: Bytes, _ table: UInt8, _ hash: UInt64, at index: Int) -> Int {
        let number = ends.count
        bytes.append(table)
        bytes.append(key)
        ends.append(bytes.count)
        slots[index] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(truncatingIfNeeded: number &+ 1)
        hashedCount += 1
        if let integer = NodePlacing.integer(key), table == placesTable ?? table, integer < ends.count * 8 + 64 {
            makePlaces(integer, table)
        }
        if hashedCount * 2 > slots.count { grow() }
        return number
    }

    // MARK: Integers

    @inline(__always) private func place(of key: Bytes, _ table: UInt8) -> Int? { placing.place(of: key, table) }

    @inline(__always) private func hash(of key: Bytes, _ table: UInt8) -> UInt64 { placing.hash(of: key, table) }

    @inline(never) private mutating func add(at place: Int, _ table: UInt8) -> Int {
        let number = ends.count
        bytes.append(table)
        bytes.append(KeyEncoding.number)
        bytes.reserve(8)
        // As `KeyEncoding` has it; see ``NodePlacing``.
        bytes.appendWord((Double(place).bitPattern ^ 1 << 63).byteSwapped, counting: 8)
        ends.append(bytes.count)
        places[place] = UInt32(truncatingIfNeeded: number &+ 1)
        return number
    }

    /// Makes room for the integers up to one, which is not far above the number of nodes.
    private mutating func makePlaces(_ integer: Int, _ table: UInt8) {
        placesTable = table
        let missing = max(integer + 1, 2 * places.count) - places.count
        places.append(contentsOf: repeatElement(0, count: missing))
        for number in 0..<ends.count where bytes[start(of: number)] == table {
            guard let integer = withKey(of: number, { NodePlacing.integer($0) }), integer < places.count else { continue }
            places[integer] = UInt32(truncatingIfNeeded: number + 1)
        }
    }

    private mutating func grow() {
        let mask = slots.count * 2 - 1
        var grown = [UInt64](repeating: 0, count: mask + 1)
        hashedCount = 0
        for number in 0..<ends.count {
            let table = bytes[start(of: number)]
            guard let hash = withKey(of: number, { place(of: $0, table) == nil ? self.hash(of: $0, table) : nil }) else { continue }
            hashedCount += 1
            var index = Int(truncatingIfNeeded: hash) & mask
            while grown[index] != 0 { index = (index + 1) & mask }
            grown[index] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1)
        }
        slots = grown
    }
}
