package import Ground

/// The edges of nodes, read from the entries of an index as bytes: no value is made of them.
///
/// Holds its snapshot. For one thread at a time. Nodes are asked for in any order; in the order of their keys the entries are read one
/// after the other, and a node whose entries are near to the last ones costs no search.
package final class EdgeEntries {
    /// The place of both ends in an entry.
    package enum Form: Sendable {
        /// The value is an array that begins with this end and the other one.
        case pair
        /// The value is an array that begins with this end, and the entry's document the other one.
        case first
        /// The value is this end, and the entry's document the other one.
        case document
    }

    private let snapshot: CatalogSnapshot
    private let form: Form
    private let interval: KeyInterval
    private let prefix: [UInt8]
    private var cursor: KeyValueCursor
    /// What the keys of the node's entries begin with.
    private var start: [UInt8] = []
    /// Whether the cursor stands at a record.
    private var isStanding = false
    /// Whether it stands at one of the node's entries that was not handed out yet.
    private var isFresh = false
    private var isDone = true
    /// Where ``expand(_:from:into:table:limit:_:)`` is.
    private var isInside = false
    /// What was read and has no numbers yet.
    private var batch = NodeBatch()
    /// The node of the last edge that ``readAll(into:from:to:limit:links:)`` has read.
    private var lastSource: Int?

    package convenience init(
        _ snapshot: CatalogSnapshot, _ index: IndexConfig, of table: TableConfig, _ form: Form
    ) throws(CatalogError) {
        try self.init(snapshot, form, prefix: table.indexPrefix(of: index) + (form == .document ? [] : [KeyEncoding.array]))
    }

    private init(_ snapshot: CatalogSnapshot, _ form: Form, prefix: [UInt8]) throws(CatalogError) {
        self.snapshot = snapshot
        self.form = form
        self.prefix = prefix
        interval = .prefix(prefix)
        // What is read is noted node by node.
        var store = snapshot.store
        store.notes = nil
        cursor = try store.cursor(interval)
    }

    /// Entries of the same index, for another thread.
    package func another() throws(CatalogError) -> EdgeEntries { try EdgeEntries(snapshot, form, prefix: prefix) }

    /// Whether other threads may read, too: entries of a file, and nobody notes which nodes are asked for.
    package var mayFork: Bool { cursor.isLeafwise && snapshot.store.notes == nil }

    static let malformed = CatalogError(
        .corrupt, "An index entry is not what it should be. Run `pando check`; dropping and making the index anew mends it.")

    // MARK: One node

    /// Goes to the edges of the node with this key.
    package func begin(at key: Bytes) throws(CatalogError) {
        let isAhead = setStart(key)
        snapshot.store.notes?.note(KeyInterval.prefix(start))
        isFresh = false
        if isAhead {
            guard isStanding else {
                isDone = true
                return
            }
            if cursor.isLeafwise {
                let start = start
                isStanding = try start.span.withBytes { (start) throws(CatalogError) in try cursor.advance(to: start) }
                isDone = !isStanding
                isFresh = isStanding
                return
            }
            for _ in 0..<8 {
                let order = orderToStart
                if order >= 0 {
                    isDone = order > 0
                    isFresh = !isDone
                    return
                }
                isStanding = try cursor.next()
                guard isStanding else {
                    isDone = true
                    return
                }
            }
        }
        cursor.seek(to: start)
        isStanding = try cursor.next()
        isDone = !isStanding || orderToStart != 0
        isFresh = !isDone
    }

    /// Answers whether the node stands behind the one before.
    private func setStart(_ key: Bytes) -> Bool {
        var start: [UInt8] = []
        swap(&start, &self.start)
        defer { swap(&start, &self.start) }
        let isAhead = !start.isEmpty && start.span.withBytes { Bytes.compare($0.dropFirst(prefix.count), key) } < 0
        if start.isEmpty { start = prefix } else { start.removeLast(start.count - prefix.count) }
        key.append(to: &start)
        return isAhead
    }

    /// Below zero if the cursor's record stands before the node's entries, 0 if it is one of them.
    private var orderToStart: Int {
        let start = start
        return start.span.withBytes { start in
            cursor.withKey { key in
                key.count >= start.count && key[0..<start.count] == start ? 0 : Bytes.compare(key, start)
            }
        }
    }

    /// Calls `body` with the next edge's other end, and what follows it; answers false if there is none.
    @inline(__always)
    private func next(_ body: (_ target: Bytes, _ rest: Bytes) -> Void) throws(CatalogError) -> Bool {
        let start = start
        while !isDone {
            if isFresh {
                isFresh = false
            } else {
                isStanding = try cursor.next()
                guard isStanding else { break }
            }
            let startCount = start.count
            let verdict: Verdict = start.span.withBytes { start in
                cursor.withKey { key in
                    guard key.count >= startCount, key[0..<startCount] == start else { return .other }
                    let (verdict, target, rest) = edge(in: key.dropFirst(startCount))
                    if verdict == .edge { body(target, rest) }
                    return verdict
                }
            }
            switch verdict {
            case .edge: return true
            case .pass: continue
            case .malformed: throw Self.malformed
            case .other: isDone = true
            }
        }
        isDone = true
        return false
    }

    private enum Verdict { case edge, pass, other, malformed }

    /// What stands behind the node in the key of one of its entries: the other end, and what follows it.
    @inline(__always)
    private func edge(in tail: Bytes) -> (verdict: Verdict, target: Bytes, rest: Bytes) {
        guard tail.count > 2 else { return (.malformed, .empty, .empty) }
        // Digits go on with a number that is another node, and comes after this one.
        if tail[0] == KeyEncoding.digits { return (.other, .empty, .empty) }
        // An end that was cut is longer than any key.
        if tail[tail.count - 2] & 0x80 != 0 { return (.pass, .empty, .empty) }
        switch form {
        case .document: return (.edge, tail[0..<tail.count - 2], tail[tail.count - 2..<tail.count])
        case .first:
            guard let start = documentIndex(in: tail) else { return (.malformed, .empty, .empty) }
            return (.edge, tail[start..<tail.count - 2], tail[tail.count - 2..<tail.count])
        case .pair:
            // Another end that is no key stands as `maxval` in an index of columns.
            if tail[0] == KeyEncoding.end || tail[0] == KeyEncoding.maxval { return (.pass, .empty, .empty) }
            guard let count = KeyEncoding.byteCount(ofFirstIn: tail) else { return (.malformed, .empty, .empty) }
            return (.edge, tail[0..<count], tail.dropFirst(count))
        }
    }

    /// Where the document's key begins behind the rest of an array; nil if it has no end.
    private func documentIndex(in rest: Bytes) -> Int? {
        var index = 0
        while index < rest.count, rest[index] != KeyEncoding.end {
            guard let count = KeyEncoding.byteCount(ofFirstIn: rest.dropFirst(index)) else { return nil }
            index += count
        }
        return index + 3 < rest.count ? index + 1 : nil
    }

    /// The next edge of the node; nil behind the last one.
    package func next() throws(CatalogError) -> NodeEdge? {
        var target: [UInt8] = []
        var rest: [UInt8] = []
        guard
            try next({
                $0.append(to: &target); $1.append(to: &rest)
            })
        else { return nil }
        if form != .pair { return NodeEdge(target: target, document: target) }
        let document: [UInt8]? = rest.span.withBytes { rest in
            documentIndex(in: rest).map { rest[$0..<rest.count - 2].copy() }
        }
        guard let document else { throw Self.malformed }
        return NodeEdge(target: target, document: document)
    }

    // MARK: Many nodes

    /// Gives up what was begun with many nodes, if that was not done.
    package func leave() {
        isInside = false
        batch.removeAll()
    }

    /// Follows the edges of nodes whose keys ascend, and calls `body` for each edge with the numbers of both ends, and whether the second
    /// one is new.
    ///
    /// - Parameters:
    ///   - position: of the node in `front` to go on with.
    ///   - table: of the other ends.
    ///   - limit: the number of edges after which to pause.
    /// - Returns: Whether nothing is left to do.
    @inline(__always)
    private func expand(
        _ front: [UInt32], from position: inout Int, into nodes: inout NodeNumbers, table: UInt8, limit: Int,
        _ body: (_ source: UInt32, _ target: UInt32, _ isNew: Bool) -> Void
    ) throws(CatalogError) -> Bool {
        var batch = NodeBatch()
        swap(&batch, &self.batch)
        defer { swap(&batch, &self.batch) }
        let placing = nodes.placing
        var count = 0
        while position < front.count {
            let source = front[position]
            let isDone = try nodes.withKey(of: Int(source)) { key throws(CatalogError) in
                try read(key, source, placing, table: table, limit: limit, &count, into: &batch)
            }
            guard isDone else { break }
            position += 1
        }
        nodes.takeAll(&batch, table: table) { source, number, isNew in body(source, UInt32(truncatingIfNeeded: number), isNew) }
        return position == front.count
    }

    /// Reads the edges of nodes whose keys ascend, until there are `limit` of them; see ``leave()``.
    /// - Parameter position: of the node in `front` to go on with.
    package func read(
        _ front: FrontKeys, from position: inout Int, to end: Int, _ placing: NodePlacing, table: UInt8, limit: Int,
        into batch: inout NodeBatch
    ) throws(CatalogError) {
        var count = 0
        while position < end, count < limit {
            let isDone = try front.withKey(position) { key throws(CatalogError) in
                try read(key, front.numbers[position], placing, table: table, limit: limit, &count, into: &batch)
            }
            guard isDone else { return }
            position += 1
        }
    }

    /// Reads the edges of a node, from where it has paused on. False if it has paused before the last one.
    @inline(__always)
    private func read(
        _ key: Bytes, _ source: UInt32, _ placing: NodePlacing, table: UInt8, limit: Int, _ count: inout Int, into batch: inout NodeBatch
    ) throws(CatalogError) -> Bool {
        if !isInside {
            try begin(at: key)
            isInside = true
        }
        if cursor.isLeafwise {
            guard try readLeaves(of: source, placing, table: table, limit: limit, &count, into: &batch) else { return false }
        } else {
            while try next({ target, _ in placing.append(target, table: table, source: source, to: &batch) }) {
                count += 1
                if count >= limit { return false }
            }
        }
        isInside = false
        count += 1
        return true
    }

    /// Reads what is left of the node's edges, a leaf at a time. False if it has paused before the last one.
    private func readLeaves(
        of source: UInt32, _ placing: NodePlacing, table: UInt8, limit: Int, _ count: inout Int, into batch: inout NodeBatch
    ) throws(CatalogError) -> Bool {
        let start = start
        while !isDone {
            if !isFresh {
                isStanding = try cursor.next()
                guard isStanding else { break }
            }
            isFresh = false
            var verdict = Verdict.edge
            let isWhole = start.span.withBytes { start in
                cursor.forEachKeyOfLeaf { key, shared in
                    verdict = .edge
                    if count >= limit { return false }
                    verdict = .other
                    let known = min(shared, start.count)
                    guard key.count >= start.count, key[0..<start.count].equals(start, from: known) else { return false }
                    let target: Bytes
                    (verdict, target, _) = edge(in: key.dropFirst(start.count))
                    guard verdict == .edge else { return verdict == .pass }
                    placing.append(target, table: table, source: source, to: &batch)
                    count += 1
                    return true
                }
            }
            if isWhole { continue }
            isFresh = true
            switch verdict {
            case .malformed: throw Self.malformed
            case .edge: return false
            default: isDone = true
            }
        }
        isDone = true
        return true
    }

    /// Appends the nodes that the front's edges lead to and that nobody met before. See ``NodeNumbers``.
    package func expand(
        _ front: [UInt32], from position: inout Int, into nodes: inout NodeNumbers, table: UInt8, limit: Int, found: inout [UInt32]
    ) throws(CatalogError) -> Bool {
        try expand(front, from: &position, into: &nodes, table: table, limit: limit) { _, target, isNew in
            if isNew { found.append(target) }
        }
    }

    /// Appends the edges of the front that lead to nodes from the number `first` on.
    package func expand(
        _ front: [UInt32], from position: inout Int, into nodes: inout NodeNumbers, table: UInt8, limit: Int, since first: Int,
        links: inout [NodeLink]
    ) throws(CatalogError) -> Bool {
        try expand(front, from: &position, into: &nodes, table: table, limit: limit) { source, target, _ in
            if target >= first { links.append(NodeLink(source: source, target: target)) }
        }
    }

    /// Appends the edges of all nodes, in the order of the index; see ``expand(_:from:into:table:limit:found:)``. After it has answered
    /// that nothing is left, it begins anew.
    package func readAll(
        into nodes: inout NodeNumbers, from: UInt8, to: UInt8, limit: Int, links: inout [NodeLink]
    ) throws(CatalogError) -> Bool {
        if !isInside {
            snapshot.store.notes?.note(interval)
            cursor.seek(to: prefix)
            isInside = true
            isStanding = false
            start = []
            lastSource = nil
        }
        var batch = NodeBatch()
        swap(&batch, &self.batch)
        defer { swap(&batch, &self.batch) }
        let isDone = try readAll(into: &nodes, from: from, limit: limit, to, &batch)
        nodes.takeAll(&batch, table: to) { source, number, _ in
            links.append(NodeLink(source: source, target: UInt32(truncatingIfNeeded: number)))
        }
        if isDone { isInside = false }
        return isDone
    }

    /// Reads so many entries. The nodes that they begin with are numbered: they come one after the other.
    private func readAll(
        into nodes: inout NodeNumbers, from: UInt8, limit: Int, _ to: UInt8, _ batch: inout NodeBatch
    ) throws(CatalogError) -> Bool {
        let prefixCount = prefix.count
        var lastSource = lastSource
        defer { self.lastSource = lastSource }
        /// Nil: the entry is not what it should be.
        @inline(__always) func read(_ key: Bytes) -> Bool? {
            let entry = key.dropFirst(prefixCount)
            guard entry.count > 2 else { return nil }
            if entry[entry.count - 2] & 0x80 != 0 || entry[0] == KeyEncoding.maxval { return false }
            guard let first = KeyEncoding.byteCount(ofFirstIn: entry) else { return nil }
            let rest = entry.dropFirst(first)
            guard rest.count > 2 else { return nil }
            var second = rest.count - 2
            if form == .pair {
                if rest[0] == KeyEncoding.end || rest[0] == KeyEncoding.maxval { return false }
                guard let count = KeyEncoding.byteCount(ofFirstIn: rest) else { return nil }
                second = count
            }
            let source: Int
            if let lastSource, nodes.isKey(entry[0..<first], of: lastSource) {
                source = lastSource
            } else {
                source = nodes.number(of: entry[0..<first], table: from).number
                lastSource = source
            }
            nodes.placing.append(rest[0..<second], table: to, source: UInt32(truncatingIfNeeded: source), to: &batch)
            return true
        }
        var rest = limit
        while rest > 0 {
            guard try cursor.next() else { return true }
            var isSound = true
            if cursor.isLeafwise {
                // A leaf to its end, whatever the limit is: that is less than one page more.
                _ = cursor.forEachKeyOfLeaf { key, _ in
                    rest -= 1
                    isSound = read(key) != nil
                    return isSound
                }
            } else {
                rest -= 1
                isSound = cursor.withKey { read($0) } != nil
            }
            guard isSound else { throw Self.malformed }
        }
        return false
    }

    /// How many edges a node has. O(log n).
    package func count(of key: Bytes) throws(CatalogError) -> Int {
        var start = prefix
        key.append(to: &start)
        var interval = KeyInterval.prefix(start)
        // Digits go on with a number that is another one, and `maxval` is no other end.
        interval.upper = start + [form == .pair ? KeyEncoding.maxval : KeyEncoding.aboveTags]
        return try snapshot.store.count(interval)
    }
}

/// An edge of a node: the key of its other end, and of the document that has it.
package struct NodeEdge {
    package let target: [UInt8]
    package let document: [UInt8]
}

/// An edge between two nodes that have numbers.
package struct NodeLink {
    package let source: UInt32
    package let target: UInt32

    package init(source: UInt32, target: UInt32) {
        self.source = source
        self.target = target
    }
}
