import Ground

/// A delta on its way in. All of it is one transaction, which nobody sees before it has been checked and committed: if the delta is cut
/// off, damaged, or of another state than this file is at, the file stays as it was.
///
/// The transaction is open from the beginning of the delta on: give the receiver up soon if nothing more comes.
///
/// A file whose contents are replaced may ask for what differs alone (``ask(_:)``). Then the transaction may take several deltas, one after the
/// other.
package struct DeltaReceiver: ~Copyable {
    private let store: Store
    private var transaction: WriteTransaction
    private var blocks = DeltaBlocks()
    private var position: StatePosition?
    private var target: StatePosition?
    private var hasEntries = false
    /// Keys below this are as they should be.
    private var settled: [UInt8]?
    /// The file has no record that a delta could bring.
    private var isFresh = false
    /// The newest state before, of a file whose contents may be replaced.
    private let replaced: StatePosition?
    /// What was asked for last.
    private var request: DeltaRequest?
    /// Where leaves may have been emptied, in parts that have less than the other file tells of.
    private var emptied = KeyRanges()
    package private(set) var isComplete = false

    /// - Parameters:
    ///   - store: what is to have the changes. Waits until no other write transaction is open.
    ///   - replacing: whether a delta since nothing may take the place of what the file has.
    package init(_ store: Store, replacing: Bool = false) throws(StoreError) {
        // Before the transaction, as it needs the turn for itself.
        let newest = try replacing ? store.newestPosition() : nil
        transaction = try store.beginWrite()
        self.store = store
        replaced = newest
    }

    /// What the file has behind one of its positions, before it is replaced. Nobody else writes as long as the receiver is there.
    ///
    /// - Throws: `positionUnknown` if the file did not come by that state.
    package func records(since position: StatePosition) throws(StoreError) -> ReplacedRecords {
        let replaced = try requireReplaced()
        let snapshot = try store.snapshot()
        try store.requireKnown(position, from: replaced, snapshot, isWitnessed: false)
        return ReplacedRecords(snapshot, since: position, opening: replaced.opening)
    }

    /// What the file has within ranges, before it is replaced.
    package func records(within ranges: KeyRanges) throws(StoreError) -> ReplacedRecords {
        let replaced = try requireReplaced()
        return ReplacedRecords(try store.snapshot(), within: ranges, opening: replaced.opening)
    }

    private func requireReplaced() throws(StoreError) -> StatePosition {
        guard let replaced else { throw .positionUnknown(reason: "what the file has is not to be replaced") }
        return replaced
    }

    // MARK: What differs

    /// Says what the next delta is going to be: the answer to this, or one of everything.
    package mutating func ask(_ request: DeltaRequest) {
        self.request = request
        emptied = KeyRanges()
        blocks = DeltaBlocks()
        target = nil
        settled = nil
        hasEntries = false
        isComplete = false
    }

    /// What is still to be asked for, when a delta has come whole; nil: nothing.
    package var lacking: DeltaRequest? {
        guard isComplete, let target, !emptied.isEmpty else { return nil }
        return DeltaRequest(since: target, ranges: emptied)
    }

    /// Takes in the next bytes.
    ///
    /// - Throws: `deltaRefused`, after which the receiver is of no use, and whatever a write throws.
    package mutating func append(_ bytes: Span<UInt8>) throws(StoreError) {
        blocks.append(bytes)
        while let block = try blocks.next() {
            guard !isComplete else { throw .deltaRefused(reason: "the delta goes on behind its end") }
            switch block {
            case .beginning(let since, let isOfRanges, let to):
                guard target == nil else { throw Self.malformed() }
                if let since, isOfRanges { try require(asked: since) } else { try require(own: since) }
                try begin(since: since, to: to)
            case .entries(let bytes):
                guard target != nil else { throw Self.malformed() }
                hasEntries = true
                try apply(entries: bytes)
            case .changes(let bytes):
                guard target != nil, position != nil, request == nil, !hasEntries else { throw Self.malformed() }
                try apply(changes: bytes)
            case .end(let records, let digest):
                guard target != nil else { throw Self.malformed() }
                try end(records, digest)
            }
        }
    }

    /// Makes the changes durable, and the position that of this file's contents.
    ///
    /// - Returns: the position.
    /// - Throws: `deltaRefused` if the delta's end has not come.
    package consuming func commit() throws(StoreError) -> StatePosition {
        guard isComplete, emptied.isEmpty, blocks.isEmpty, let target else {
            transaction.rollback()
            throw .deltaRefused(reason: "the delta is cut off before its end; get all of it")
        }
        let store = store
        try transaction.commit(.none)
        try store.syncAlone()
        return target
    }

    // MARK: Blocks

    /// Nobody else may take what was made for a file that has other contents than at a position, nor that file what was made for others.
    private func require(asked since: StatePosition) throws(StoreError) {
        guard let request, request.since == since else {
            throw .deltaRefused(reason: "the delta answers a question that was not asked here, what differs from \(since)")
        }
    }

    private mutating func require(own since: StatePosition?) throws(StoreError) {
        let own = try store.appliedPosition(in: &transaction)
        guard let since, own != since || request != nil else { return }
        throw .deltaRefused(
            reason:
                "the delta is from \(since), and the file is at \(own.map(String.init(describing:)) ?? "no position of another file")")
    }

    private mutating func begin(since: StatePosition?, to: StatePosition) throws(StoreError) {
        position = since
        target = to
        isFresh = transaction.count() - (try transaction.count(LocalKeys.range)) == 0
        guard since == nil || request != nil else { return }
        guard isFresh || replaced != nil else {
            throw .deltaRefused(reason: "the file has contents, which a whole copy would replace; begin with a new file")
        }
        // Where the old contents left other files says nothing of the new ones.
        let partings = KeyRange.prefix(AppliedPosition.partings)
        if try transaction.count(partings) > 0 { _ = try transaction.delete(partings) }
    }

    private mutating func end(_ records: UInt64, _ digest: RangeDigest?) throws(StoreError) {
        guard let target else { return }
        // Changes say all that they change; entries say all that there is.
        if position == nil || hasEntries || records == 0 { try remove(upTo: nil) }
        // What is still to be asked for is counted then.
        if emptied.isEmpty {
            let count = transaction.count() - (try transaction.count(LocalKeys.range))
            guard records == DeltaBlock.uncounted && !hasEntries || count == records else {
                throw .deltaRefused(
                    reason: "the file would have \(count) records where the delta tells of \(records); begin with a whole copy")
            }
            if let digest, let own = try transaction.keptDigest(), own != digest {
                throw .deltaRefused(reason: "the file would not have the records that the delta tells of; begin with a new file")
            }
            try store.noteApplied(target, in: &transaction)
        }
        isComplete = true
    }

    private mutating func apply(entries: [UInt8]) throws(StoreError) {
        var index = 0
        func take(_ width: Int) throws(StoreError) -> UInt64 {
            guard index + width <= entries.count else { throw Self.malformed() }
            defer { index += width }
            return littleEndianNumber(entries, index, width)
        }
        func takeKey(_ count: UInt64) throws(StoreError) -> [UInt8] {
            guard count <= 2 * 1024, index + Int(count) <= entries.count else { throw Self.malformed() }
            defer { index += Int(count) }
            return Array(entries[index..<index + Int(count)])
        }
        while index < entries.count {
            switch try take(1) {
            case 1:
                let (keyCount, valueCount) = (try take(2), try take(4))
                let key = try takeKey(keyCount)
                guard valueCount <= UInt64(Page.maximumValueLength), index + Int(valueCount) <= entries.count else {
                    throw Self.malformed()
                }
                try put(key, entries.span.extracting(index..<index + Int(valueCount)))
                index += Int(valueCount)
            case 2:
                let (firstCount, lastCount, count) = (try take(2), try take(2), try take(8))
                try keep(first: try takeKey(firstCount), last: try takeKey(lastCount), count)
            default: throw Self.malformed()
            }
        }
    }

    private mutating func put(_ key: [UInt8], _ value: Span<UInt8>) throws(StoreError) {
        try requireAscending(key)
        if isFresh {
            try transaction.append(key.span, value)
        } else {
            try remove(upTo: key)
            if try !has(key, value) { _ = try transaction.put(key.span, value) }
        }
        settled = key + [0]
    }

    private func has(_ key: [UInt8], _ value: Span<UInt8>) throws(StoreError) -> Bool {
        guard let old = try transaction.get(key.span) else { return false }
        return old.span.withBytes { old in value.withBytes { old == $0 } }
    }

    private mutating func keep(first: [UInt8], last: [UInt8], _ count: UInt64) throws(StoreError) {
        try requireAscending(first)
        guard !last.lexicographicallyPrecedes(first), !LocalKeys.overlap(first, last) else { throw Self.malformed() }
        try remove(upTo: first)
        let found = try transaction.count(KeyRange(lower: first, upper: last, upperInclusive: true))
        if found < count, let request, request.empty.meet(first, last) {
            // Beside the ranges it has what was there or less, so where it has as much it has the same.
            for part in request.empty.meeting(first, last) { emptied.append(part.lower, part.upper, behind: 0) }
        } else if found != count {
            throw .deltaRefused(
                reason:
                    "the file has \(found) records in a part of which the delta says that \(count) have not changed; begin with a whole copy"
            )
        }
        settled = last + [0]
    }

    private func requireAscending(_ key: [UInt8]) throws(StoreError) {
        guard !LocalKeys.contains(key), settled.map({ !key.lexicographicallyPrecedes($0) }) ?? true else { throw Self.malformed() }
    }

    /// Deletes what lies between what is settled and a key, but for what is of this file alone.
    private mutating func remove(upTo upper: [UInt8]?) throws(StoreError) {
        if isFresh { return }
        try remove(from: settled, to: upper)
    }

    private mutating func remove(from lower: [UInt8]?, to upper: [UInt8]?) throws(StoreError) {
        for part in LocalKeys.outside(lower, upper) where try transaction.count(part) > 0 { _ = try transaction.delete(part) }
    }

    private mutating func apply(changes: [UInt8]) throws(StoreError) {
        var index = 0
        func take(_ width: Int) throws(StoreError) -> Int {
            guard index + width <= changes.count else { throw Self.malformed() }
            defer { index += width }
            return Int(littleEndianNumber(changes, index, width))
        }
        func takeBytes(_ count: Int) throws(StoreError) -> [UInt8] {
            guard index + count <= changes.count else { throw Self.malformed() }
            defer { index += count }
            return Array(changes[index..<index + count])
        }
        while index < changes.count {
            switch try take(1) {
            case 1:
                let (keyCount, valueCount) = (try take(2), try take(4))
                let key = try takeBytes(keyCount)
                guard index + valueCount <= changes.count else { throw Self.malformed() }
                if !LocalKeys.contains(key) {
                    _ = try transaction.put(key.span, changes.span.extracting(index..<index + valueCount))
                }
                index += valueCount
            case 2:
                let key = try takeBytes(try take(2))
                if !LocalKeys.contains(key) { _ = try transaction.delete(key.span) }
            case 3:
                var bounds: [[UInt8]?] = []
                for _ in 0..<2 {
                    let isThere = try take(1) != 0
                    let bytes = try takeBytes(try take(2))
                    bounds.append(isThere ? bytes : nil)
                }
                try remove(from: bounds[0], to: bounds[1])
            default: throw Self.malformed()
            }
        }
    }

    private static func malformed() -> StoreError {
        .deltaRefused(reason: "the delta is malformed; get another copy of it, or take a new backup")
    }
}

extension LocalKeys {
    /// The parts of a range that a delta may change.
    static func outside(_ lower: [UInt8]?, _ upper: [UInt8]?) -> [KeyRange] {
        let below = upper.map { $0.lexicographicallyPrecedes(Self.lower) ? $0 : Self.lower } ?? Self.lower
        let above = lower.map { Self.upper.lexicographicallyPrecedes($0) ? $0 : Self.upper } ?? Self.upper
        return [KeyRange(lower: lower, upper: below), KeyRange(lower: above, upper: upper)].filter { !Bounds($0).isEmpty }
    }
}

// MARK: Where a file is

/// The record of the position that a file's contents are at, of another file: `__local__:applied`, 40 bytes.
enum AppliedPosition {
    static let key = Array("__local__:applied".utf8)
    /// What begins the key of a ``Parting``.
    static let partings = Array("__local__:partings:".utf8)
}

extension Store {
    /// The position of the file that this one has its contents from: its own, if they come from no other.
    func appliedPosition(in transaction: inout WriteTransaction) throws(StoreError) -> StatePosition? {
        guard let value = try transaction.get(AppliedPosition.key.span)?.copy() else { return nil }
        return value.count == StatePosition.byteCount ? StatePosition(bytes: value[...]) : nil
    }

    func noteApplied(_ position: StatePosition, in transaction: inout WriteTransaction) throws(StoreError) {
        _ = try transaction.put(AppliedPosition.key.span, position.encoded.span)
    }

    /// The position of another file that this one's contents are at: nil if they come from no other.
    package func appliedPosition() throws(StoreError) -> StatePosition? {
        let snapshot = try snapshot()
        guard let value = try snapshot.get(AppliedPosition.key.span)?.copy(), value.count == StatePosition.byteCount else { return nil }
        return StatePosition(bytes: value[...])
    }

    /// Makes this file one that goes its own way, as an opening of a greater number than any of the file that its contents come from. It keeps a
    /// record of where their ways part.
    package func promote() throws(StoreError) {
        guard let position = try appliedPosition() else { throw .positionUnknown(reason: "the file is no standby") }
        // If nothing more happened than this, the file would still be a standby.
        try core.pipeline.inTurn(core.raiseOpening(above: position.opening))
        var transaction = try beginWrite()
        _ = try transaction.delete(AppliedPosition.key.span)
        for old in try Parting.all(in: snapshot().view).dropLast(Parting.greatestCount - 1) {
            let key = old.key
            _ = try transaction.delete(key.span)
        }
        // What the raised opening has flushed is of the state that came from the other file.
        let parting = Parting(opening: opening, position: position, transaction: core.writer.nextTransaction.preceding)
        let (key, value) = (parting.key, parting.value)
        _ = try transaction.put(key.span, value.span)
        try transaction.commit(.none)
        try syncAlone()
    }

    /// Makes everything applied durable here, without a wait for standbys of this file.
    func syncAlone() throws(StoreError) {
        if !core.file.isVolatile { try core.pipeline.waitForNewest() }
    }

    /// Forgets it: this file goes its own way from now on.
    package func forgetAppliedPosition() throws(StoreError) {
        var transaction = try beginWrite()
        _ = try transaction.delete(AppliedPosition.key.span)
        try transaction.commit(.hard)
    }

    /// Says of a copy of a file, page by page, at which position of that file it is: from then on deltas of it fit here.
    package func noteCopy(of position: StatePosition) throws(StoreError) {
        var transaction = try beginWrite()
        try noteApplied(position, in: &transaction)
        try transaction.commit(.hard)
    }
}
