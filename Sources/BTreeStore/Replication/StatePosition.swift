package import Ground

/// A durable state of a file, named for good: no other state has the same UUID, opening, salt and transaction, whatever happens to the file
/// and to its copies. What a standby, a backup or a delta has is told by it.
package struct StatePosition: Hashable, Sendable, CustomStringConvertible {
    package var file: UUID
    package var opening: UInt64
    /// Random bits of the opening, by which two copies of a file that both went on are told apart; 0 in files of format 1.
    package var salt: UInt64
    package var transaction: TransactionID

    package init(file: UUID, opening: UInt64, salt: UInt64, transaction: TransactionID) {
        self.file = file
        self.opening = opening
        self.salt = salt
        self.transaction = transaction
    }

    /// `f81d4fae-7dec-41d0-a765-00a0c91e6bf6.7.9a3c….123`: the salt in hexadecimal digits.
    package var description: String { "\(file).\(opening).\(String(salt, radix: 16)).\(transaction)" }

    /// Reads what ``description`` writes.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, UUID.isText(parts[0]), let high = UInt64(parts[0].replacing("-", with: "").prefix(16), radix: 16),
            let low = UInt64(parts[0].replacing("-", with: "").suffix(16), radix: 16), let opening = UInt64(parts[1]),
            let salt = UInt64(parts[2], radix: 16), let transaction = UInt64(parts[3])
        else { return nil }
        self.init(
            file: UUID(high: high, low: low), opening: opening, salt: salt, transaction: TransactionID(rawValue: transaction))
    }

    // MARK: As bytes

    static let byteCount = 40

    var encoded: [UInt8] {
        file.bytes
            + [opening, salt, transaction.rawValue].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
    }

    /// - Parameter bytes: 40 of them.
    init(bytes: ArraySlice<UInt8>) {
        func word(_ start: Int, _ order: some Sequence<Int>) -> UInt64 {
            order.reduce(0) { $0 << 8 | UInt64(bytes[bytes.startIndex + start + $1]) }
        }
        self.init(
            file: UUID(high: word(0, 0..<8), low: word(8, 0..<8)), opening: word(16, (0..<8).reversed()),
            salt: word(24, (0..<8).reversed()),
            transaction: TransactionID(rawValue: word(32, (0..<8).reversed())))
    }
}

extension Store {
    /// The newest durable state, and its position; what has been applied is made durable first. From then on the file keeps records of its
    /// openings, so that the position is known later. A file that another process writes is only read, and keeps none by this.
    func positionedSnapshot() throws(StoreError) -> (Snapshot, StatePosition) {
        if core.file.isVolatile { throw .stateRefused(reason: "a store in memory has no positions, and can't be followed; use a file") }
        if !isReadOnly { try noteOpening() }
        let (snapshot, meta) = try durableSnapshot()
        // A reader sees what its writer has written, a moment before it is durable.
        if isReadOnly { try core.file.sync() }
        let transaction = max(snapshot.transaction, meta.transaction)
        return (snapshot, StatePosition(file: meta.uuid, opening: meta.opening, salt: meta.salt, transaction: transaction))
    }

    /// Whether the file has a record of the opening that the newest state is of: its positions are known later then.
    package func keepsPosition() throws(StoreError) -> Bool {
        let (snapshot, meta) = try durableSnapshot()
        return try OpeningRecord.all(in: snapshot.view).contains { $0.opening == meta.opening }
    }

    /// Has the file keep a record of this opening if it commits anything, and of those that follow.
    package func keepPositions() {
        if isReadOnly || core.file.isVolatile { return }
        core.turn.take()
        defer { core.turn.end() }
        if core.writer.openingNote != .noted { core.writer.openingNote = .wanted }
    }

    /// The position of the newest durable state.
    package func position() throws(StoreError) -> StatePosition { try positionedSnapshot().1 }

    /// Has the file tell of this opening from now on.
    func noteOpening() throws(StoreError) {
        var transaction = try beginWrite()
        core.shipping.begin(opening: opening, salt: core.writer.recordedSalt)
        switch core.writer.openingNote {
        case .noted: return transaction.rollback()
        case .unknown, .unwanted, .wanted:
            core.writer.openingNote = .wanted
            try transaction.noteOpening()
            // Not as a hard commit, which may wait for the very standby that asks for the position.
            try transaction.commit(.none)
            try syncAlone()
        }
    }

    /// Checks that a state is one that led to the newest one.
    ///
    /// - Parameter isWitnessed: whether the pages of the state are at hand to be compared, so that no records of openings are needed.
    /// - Throws: `positionUnknown`.
    func requireKnown(_ position: StatePosition, from newest: StatePosition, _ snapshot: Snapshot, isWitnessed: Bool) throws(StoreError) {
        guard position.file == newest.file else {
            throw .positionUnknown(reason: "the position \(position) is of another file; this one has the UUID \(newest.file)")
        }
        let advice = "the file went another way than what has this position; begin with a whole copy"
        guard position.opening <= newest.opening, position.transaction <= newest.transaction else {
            throw .positionUnknown(reason: "the position \(position) is later than the file, which is at \(newest): \(advice)")
        }
        if position.opening == newest.opening {
            guard position.salt == newest.salt else {
                throw .positionUnknown(
                    reason: "the position \(position) is not in the history of the file, which is at \(newest): \(advice)")
            }
            return
        }
        let records = try OpeningRecord.all(in: snapshot.view)
        guard let index = records.firstIndex(where: { $0.opening == position.opening }) else {
            if isWitnessed { return }
            throw .positionUnknown(
                reason:
                    "the file has no record of its opening \(position.opening), so the position \(position) can't be found in its history; "
                    + "begin with a whole copy")
        }
        let isKnown = records[index].salt == position.salt
        let isBefore = index + 1 == records.count || position.transaction <= records[index + 1].inherited
        guard isKnown && isBefore else {
            throw .positionUnknown(reason: "the position \(position) is not in the history of the file, which is at \(newest): \(advice)")
        }
    }
}
