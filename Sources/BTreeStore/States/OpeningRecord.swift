/// A record of one opening of the file, in the part that is of this file alone: `__local__:openings:` and the opening's number in 16 hexadecimal
/// digits. A file has such records from the first time that somebody asks for a position of it, one for each opening from then on that has
/// committed a transaction. By them a position of an older opening is known to be in the history of the file, and one of a copy that went
/// its own way is known not to be.
///
/// The value, little-endian: layout 1 (1), salt of the opening (8), newest number of the openings before it (8).
struct OpeningRecord {
    var opening: UInt64
    var salt: UInt64
    /// The newest number of the openings before it.
    var inherited: TransactionID

    static let prefix = Array("__local__:openings:".utf8)
    private static let layout: UInt8 = 1

    var key: [UInt8] { Self.prefix + Self.digits(opening) }
    var value: [UInt8] {
        [Self.layout] + [salt, inherited.rawValue].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
    }

    private static func digits(_ number: UInt64) -> [UInt8] {
        let text = String(number, radix: 16)
        return Array((String(repeating: "0", count: 16 - text.utf8.count) + text).utf8)
    }

    init(opening: UInt64, salt: UInt64, inherited: TransactionID) {
        self.opening = opening
        self.salt = salt
        self.inherited = inherited
    }

    /// Nil if the record is not of a known layout.
    init?(key: [UInt8], value: [UInt8]) {
        guard let opening = UInt64(String(decoding: key.dropFirst(Self.prefix.count), as: UTF8.self), radix: 16), value.count == 17,
            value[0] == Self.layout
        else { return nil }
        func word(_ start: Int) -> UInt64 { value[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(opening: opening, salt: word(1), inherited: TransactionID(rawValue: word(9)))
    }

    /// Those of a state, in order of their openings.
    static func all(in view: TreeView) throws(StoreError) -> [OpeningRecord] {
        var records: [OpeningRecord] = []
        let (lower, upper) = try view.ranks(Bounds(.prefix(prefix)))
        for rank in lower..<upper {
            let (page, index) = try view.select(rank)
            let value = try view.reader.value(page.leafCell(index)).copy()
            if let record = OpeningRecord(key: page.key(index), value: value) { records.append(record) }
        }
        return records
    }
}
