import Ground

/// A record of where a file that was another one's standby began to go its own way: `__local__:partings:` and the number of its opening
/// from then on, in hexadecimal digits. By it the other file can come back: what that has behind the position, nobody else has.
///
/// The value, little-endian: the position of the other file (40), this file's own transaction then (8).
struct Parting {
    let opening: UInt64
    let position: StatePosition
    /// The newest one before this record: what is older was the same in the other file at that position.
    let transaction: TransactionID

    /// Older ones are forgotten.
    static let greatestCount = 8

    var key: [UInt8] { AppliedPosition.partings + Array(String(opening, radix: 16).utf8) }
    var value: [UInt8] { position.encoded + littleEndianBytes(transaction.rawValue, 8) }

    init(opening: UInt64, position: StatePosition, transaction: TransactionID) {
        self.opening = opening
        self.position = position
        self.transaction = transaction
    }

    /// Nil if the record is not one of these.
    init?(key: [UInt8], value: [UInt8]) {
        guard let opening = UInt64(String(decoding: key.dropFirst(AppliedPosition.partings.count), as: UTF8.self), radix: 16),
            value.count == StatePosition.byteCount + 8
        else { return nil }
        let transaction = littleEndianNumber(value, StatePosition.byteCount, 8)
        self.init(opening: opening, position: StatePosition(bytes: value[...]), transaction: TransactionID(rawValue: transaction))
    }

    /// Those of a state, in order of their openings.
    static func all(in view: TreeView) throws(StoreError) -> [Parting] {
        var partings: [Parting] = []
        let (lower, upper) = try view.ranks(Bounds(.prefix(AppliedPosition.partings)))
        for rank in lower..<upper {
            let (page, index) = try view.select(rank)
            let value = try view.reader.value(page.leafCell(index)).copy()
            if let parting = Parting(key: page.key(index), value: value) { partings.append(parting) }
        }
        return partings.sorted { $0.opening < $1.opening }
    }
}

extension Store {
    /// The positions of other files at which the contents of this one left them, the newest first. None of a standby: what it has is
    /// another file's still.
    package func origins() throws(StoreError) -> [StatePosition] {
        let snapshot = try snapshot()
        if try snapshot.get(AppliedPosition.key.span) != nil { return [] }
        return try Parting.all(in: snapshot.view).reversed().map(\.position)
    }

    /// The position of the newest durable state. Unlike ``position()`` it leaves the file without a record of this opening.
    func newestPosition() throws(StoreError) -> StatePosition {
        let (snapshot, meta) = try durableSnapshot()
        return StatePosition(
            file: meta.uuid, opening: meta.opening, salt: meta.salt, transaction: max(snapshot.transaction, meta.transaction))
    }
}
