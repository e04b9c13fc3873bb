import Ground

/// A state that has a name: it can be read, from any opening of the file, until it is dropped.
///
/// It is a record of the tree, in the part that is of this file alone: its key is `__local__:states:` and the name. The value, all
/// little-endian:
///
///      0  layout       1: 1
///      1  depth        1, levels of pages, 0 if the state has no record
///      2  transaction  6, of the flush that wrote the state; it stands there in every layout
///      8  opening      8
///     16  root         26, a reference; zero if the state has no record
///     42  time         8, microseconds since 1970
public struct NamedState: Sendable, Equatable {
    public let name: String
    public let transaction: TransactionID
    /// The opening that gave it the name.
    public let opening: UInt64
    /// When it got the name, in microseconds since 1970.
    public let microseconds: Int64
    let root: Root
    /// What is wrong with its record: it can't be read then, but its transaction is protected like any other.
    let fault: String?

    /// The records that it has.
    public var records: UInt64 { root.records }

    init(name: String, meta: MetaPage, opening: UInt64, microseconds: Int64) {
        self.name = name
        transaction = meta.transaction
        self.opening = opening
        self.microseconds = microseconds
        root = meta.root
        fault = nil
    }

    // MARK: The record

    private static let prefix = Array("__local__:states:".utf8)
    private static let layout: UInt8 = 1
    private static let byteCount = 50
    static let longestName = 64

    /// The key of a state's record.
    ///
    /// - Throws: `stateRefused` if no state can have that name.
    static func key(_ name: String) throws(StoreError) -> [UInt8] {
        let bytes = Array(name.utf8)
        let isAllowed = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
            default: false
            }
        }
        guard isAllowed && !bytes.isEmpty && bytes.count <= longestName else {
            throw .stateRefused(
                reason: "`\(name)` can't be the name of a state; use 1 to \(longestName) letters, digits, `_`, `-` and `.`")
        }
        return prefix + bytes
    }

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = [Self.layout, UInt8(root.depth)]
        func append(_ number: UInt64, _ width: Int) {
            for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
        }
        append(transaction.rawValue, 6)
        append(opening, 8)
        append(root.reference.page.rawValue, 6)
        append(root.reference.birth.rawValue, 6)
        append(root.reference.size, 6)
        append(root.reference.checksum, 8)
        append(UInt64(bitPattern: microseconds), 8)
        return bytes
    }

    private init(key: [UInt8], value: [UInt8], limit: PageNumber) {
        name = String(decoding: key.dropFirst(Self.prefix.count), as: UTF8.self)
        var rest = value[...]
        func take(_ width: Int) -> UInt64 {
            defer { rest = rest.dropFirst(width) }
            return rest.prefix(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let layout = UInt8(take(1))
        let depth = Int(take(1))
        let number = TransactionID(rawValue: take(6))
        opening = take(8)
        let reference = PageReference(
            page: PageNumber(rawValue: take(6)), birth: TransactionID(rawValue: take(6)), size: take(6), checksum: take(8))
        microseconds = Int64(bitPattern: take(8))
        let root = Root(reference: reference, depth: depth)
        transaction = min(number, .limit)
        let isPlausible =
            root.depth <= Root.maximumDepth
            && (root.isEmpty || reference.page >= .first && reference.page < limit && reference.birth <= number)
        let isKnown = value.count >= Self.byteCount && layout == Self.layout
        fault = isKnown && isPlausible ? nil : isKnown ? "the state \(name) leads nowhere" : "the state \(name) is not of a known layout"
        self.root = fault == nil ? root : Root()
    }

    // MARK: Finding

    /// The states that have a name in another state, in order of their names.
    static func all(in view: TreeView) throws(StoreError) -> [NamedState] {
        var states: [NamedState] = []
        let (lower, upper) = try view.ranks(Bounds(.prefix(prefix)))
        for rank in lower..<upper {
            let (page, index) = try view.select(rank)
            let value = try view.reader.value(page.leafCell(index)).copy()
            states.append(NamedState(key: page.key(index), value: value, limit: view.reader.pageLimit))
        }
        return states
    }

    /// The same for reports: none if a page on the way is damaged.
    static func allReadable(in view: TreeView) -> [NamedState] { (try? all(in: view)) ?? [] }

    /// The state of a name in another state: nil if there is none.
    ///
    /// - Throws: `damaged` if it can't be read.
    static func find(_ name: String, in view: TreeView) throws(StoreError) -> NamedState? {
        let key = try key(name)
        guard let value = try withBytes(key, { (key) throws(StoreError) in try view.find(key) }) else { return nil }
        let state = NamedState(key: key, value: value.copy(), limit: view.reader.pageLimit)
        if let fault = state.fault { throw .damaged(page: nil, reason: fault) }
        return state
    }
}
