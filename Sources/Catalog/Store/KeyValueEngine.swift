package import Ground

// What Catalog asks of an existing engine that keeps its records in place of the file: an ordered table of bytes, states of it that don't
// change, and one message that commits. What a transaction has changed is held here until then (StoreSeam+Engine.swift), so the engine never
// sees half of one, and need not be asked what it has seen.

/// An ordered table of keys and values somewhere else. One process has the right to write, or several take turns.
package protocol KeyValueEngine: AnyObject, Sendable {
    /// For messages.
    var name: String { get }
    /// What it is called, for messages.
    var kind: String { get }
    /// The UUID of what the table holds, in place of a file's.
    var id: String { get }
    /// How often it was opened for writing.
    var opening: UInt64 { get }
    var isReadOnly: Bool { get }
    /// Whether other processes may write as well; each waits for the turn then.
    var isShared: Bool { get }
    /// The largest value that is put there. A larger one is refused before anything is sent.
    var largestValueByteCount: Int { get }
    /// The newest committed state.
    func view() throws(CatalogError) -> any EngineView
    /// The same for who has the turn to write, and is the only one to make another state meanwhile: a view that need not begin before something is
    /// read of it. Where others may write as well, it has begun.
    func viewOfTurn() throws(CatalogError) -> any EngineView
    /// Waits until no other process has the turn to write. From then on nobody else commits anything before this process commits or ends the
    /// turn. Called by one thread at a time.
    ///
    /// - Parameter deadline: until when to wait; nil: without end.
    /// - Returns: the number of the newest state; nil if others had the turn until then.
    func beginTurn(until deadline: MonotonicTime?) throws(CatalogError) -> UInt64?
    /// Gives the turn up, if this process has it.
    func endTurn()
    /// Takes records that it does not have, in ascending order of their keys, before the transaction of the turn has all of them: nobody sees them
    /// before the commit, whose ``EngineChanges/ahead`` they are. Returns whether it did; nothing more is sent so else.
    func send(ahead records: EngineRows) -> Bool
    /// Takes back what was sent so.
    func forgetAhead()
    /// Makes changes visible at once, and ends the turn. Returns when it is known what became of them.
    ///
    /// - Parameter number: the number of the state that they were made on, which has to be the newest still.
    /// - Throws: if they were not made; `.writesStopped` if another process has the right to write now; `.indeterminate` if nobody knows.
    func commit(_ changes: EngineChanges, after number: UInt64, _ durability: Durability) throws(CatalogError) -> EngineCommit
    /// What the table takes on the engine's disk.
    func byteCount() throws(CatalogError) -> UInt64
    /// The number of the newest commit that changed databases, tables or accounts.
    func metadataNumber() throws(CatalogError) -> UInt64
    /// The number of the newest state that this process knows of, without asking; 0 if nobody notes it.
    var knownNumber: UInt64 { get }
    /// The number of the newest commit. Throws `.writesStopped` if another process has the right to write by now.
    func newestNumber() throws(CatalogError) -> UInt64
    /// Says to the other processes what is watched here, in place of what was said before: each of their commits from now on has what it tells of
    /// that in ``EngineChanges/news``. Waits for their turns.
    ///
    /// - Parameter count: how many names were said before.
    /// - Returns: the number of the newest commit; nil if the others have forgotten what was said before: then nothing is said any more.
    func watch(_ names: Set<String>, before count: Int) throws(CatalogError) -> UInt64?
    /// Says that what was told of commits up to this one is not needed any more.
    func note(seen number: UInt64)
    /// Has `body` called now and then if other processes may have changed databases, tables or accounts, or have gone.
    func observeOthers(_ body: @escaping @Sendable () -> Void)
    /// What is kept under a name beside all states, for all processes; nil if there is nothing.
    func cell(_ name: [UInt8]) throws(CatalogError) -> [UInt8]?
    /// Puts something else there, at once and for good, unless it is not `old` any more.
    ///
    /// - Returns: whether it was put.
    func exchangeCell(_ name: [UInt8], _ old: [UInt8]?, for new: [UInt8]) throws(CatalogError) -> Bool
    /// Who writes, and where the engine has copies.
    func company() throws(CatalogError) -> EngineCompany
    /// The servers that may keep the table, each of which is asked what it is.
    func survey() -> [EngineCompany.Host]
    /// Gives up the right to write. Views that are still there can be read.
    func close()
}

/// What a commit has made.
package struct EngineCommit: Sendable {
    /// The number of the newest state, which has it.
    package var state: UInt64
    /// Its own number, by which what it has changed of databases, tables and accounts is known. It is less than the other one where what had
    /// become of the commit had to be found out.
    package var number: UInt64

    package init(state: UInt64, number: UInt64) { (self.state, self.number) = (state, number) }
    package init(_ number: UInt64) { self.init(state: number, number: number) }
}

/// An engine that only this process writes, and that takes whatever Pando does.
extension KeyValueEngine {
    package var kind: String { name }
    package var largestValueByteCount: Int { .max }
    package var isShared: Bool { false }
    package var knownNumber: UInt64 { 0 }
    package func beginTurn(until deadline: MonotonicTime?) throws(CatalogError) -> UInt64? { try view().number }
    package func endTurn() {}
    package func send(ahead records: EngineRows) -> Bool { false }
    package func forgetAhead() {}
    package func viewOfTurn() throws(CatalogError) -> any EngineView { try view() }
    package func metadataNumber() throws(CatalogError) -> UInt64 { try view().metadataNumber }
    package func newestNumber() throws(CatalogError) -> UInt64 { try view().number }
    package func watch(_ names: Set<String>, before count: Int) throws(CatalogError) -> UInt64? { try newestNumber() }
    package func note(seen number: UInt64) {}
    package func cell(_ name: [UInt8]) throws(CatalogError) -> [UInt8]? { nil }
    package func exchangeCell(_ name: [UInt8], _ old: [UInt8]?, for new: [UInt8]) throws(CatalogError) -> Bool { false }
    package func company() throws(CatalogError) -> EngineCompany { EngineCompany(primary: name) }
    package func survey() -> [EngineCompany.Host] { [] }
    package func observeOthers(_ body: @escaping @Sendable () -> Void) {}
}

/// A state of an engine, for as long as it is held. For any number of threads.
package protocol EngineView: AnyObject, Sendable {
    /// Grows with each commit, of whatever process.
    var number: UInt64 { get }
    /// The number of the commit that was the last to change databases, tables or accounts: what is known of them holds for all states with the
    /// same one.
    var metadataNumber: UInt64 { get }
    /// How often the table had been opened for writing then, by any process.
    var opening: UInt64 { get }
    /// How often any process had changed what it watches.
    var watchNumber: UInt64 { get }
    /// What other processes watch.
    func watchedElsewhere() throws(CatalogError) -> Set<String>
    /// What other processes' commits tell, those after a number, in their order: however much it is, little of it is held at once.
    ///
    /// - Parameters:
    ///   - count: how many names this process has said that it watches.
    ///   - take: called with the number of a commit and the next piece of what it tells.
    /// - Returns: false if the others have forgotten the names, and so have not told everything. Then nothing is taken.
    func news(
        after number: UInt64, watching count: Int, _ take: (UInt64, [UInt8]) throws(CatalogError) -> Void
    ) throws(CatalogError) -> Bool
    /// Whether it is a state that others see as well. What was read of another one is kept for nobody.
    var isCommitted: Bool { get }
    /// False once its connection is lost; another view may do.
    var isUsable: Bool { get }
    /// Whether something is asked of it that takes long, for which whoever reads would wait.
    var isBusy: Bool { get }
    /// Begins, if it has not yet: then it can be read whatever is committed.
    func begin() throws(CatalogError)
    /// The rows of those keys that there are, in any order.
    func rows(of keys: [[UInt8]]) throws(CatalogError) -> EngineRows
    /// The same for keys that are asked for together, before all of them are wanted: so many may be large that they are too much for the memory.
    /// Those are in ``EngineRows/omitted`` in place of the rows.
    func rows(ahead keys: [[UInt8]]) throws(CatalogError) -> EngineRows
    /// Never empty if there is a row.
    func page(_ page: EnginePage) throws(CatalogError) -> EngineRows
    /// Says that a page is going to be asked for soon: it may be on its way meanwhile.
    func expect(_ page: EnginePage)
    /// Takes what has come of such a page, so that the engine can send more of it. Waits for nothing.
    func receive()
    func count(from lower: [UInt8], to upper: [UInt8]?) throws(CatalogError) -> Int
}

extension EngineView {
    package var watchNumber: UInt64 { 0 }
    package var isBusy: Bool { false }
    package var isCommitted: Bool { true }
    package func begin() throws(CatalogError) {}
    package func expect(_ page: EnginePage) {}
    package func receive() {}
    package func rows(ahead keys: [[UInt8]]) throws(CatalogError) -> EngineRows { try rows(of: keys) }
    package func watchedElsewhere() throws(CatalogError) -> Set<String> { [] }
    package func news(
        after number: UInt64, watching count: Int, _ take: (UInt64, [UInt8]) throws(CatalogError) -> Void
    ) throws(CatalogError) -> Bool { true }
}

/// What a commit tells other processes, in parts: each is whole events, and not much more than a MiB unless it is one change.
package struct NewsParts: Sendable {
    package private(set) var parts: [[UInt8]] = []
    package private(set) var byteCount = 0

    /// What is shorter together is one part.
    private static let joinedByteCount = 64 << 10

    package init() {}

    package var isEmpty: Bool { parts.isEmpty }

    mutating func append(_ part: [UInt8]) {
        byteCount += part.count
        if !parts.isEmpty, parts[parts.count - 1].count + part.count <= Self.joinedByteCount {
            parts[parts.count - 1] += part
        } else {
            parts.append(part)
        }
    }

    static func += (parts: inout NewsParts, more: NewsParts) {
        for part in more.parts { parts.append(part) }
    }
}

/// A part of the rows of a range: those of a half-open interval of keys, as ``KeyInterval`` has it.
package struct EnginePage: Sendable, Hashable {
    package var lower: [UInt8]
    package var upper: [UInt8]?
    package var isReversed = false
    /// How many rows are passed over first.
    package var skipped = 0
    package var limit: Int
    /// Whether values are left out.
    package var onlyKeys = false

    /// With so many bytes a page ends, whatever is behind. What its rows will be like nobody knows when it is asked for.
    package static let byteCount = 8 << 20
    /// Larger values may be so many that they are not to be sent for nothing. Smaller ones stand among others in many tables.
    private static let smallByteCount = 64 << 10
    /// The page ends before a row with a larger value, unless it is the first one.
    package var largestValueByteCount: Int { limit == 1 || onlyKeys ? .max : Self.largestValueByteCount(of: limit) }
    /// However many rows are asked for, values of so many bytes come with them.
    private static let leastByteCount = 8 << 10
    /// The largest value that comes with so many rows, up to 4096: what is sent is at most four times ``byteCount``, as what is behind that
    /// is dropped.
    package static func largestValueByteCount(of count: Int) -> Int {
        max(leastByteCount, min(smallByteCount, 4 * byteCount / count), byteCount / count)
    }
}

/// What a transaction has changed, each key once, in ascending order.
package struct EngineChanges: Sendable {
    /// Records that the engine has, with other values, or may have.
    package var puts: [(key: [UInt8], value: [UInt8])] = []
    /// Records that it does not have.
    package var inserts: [(key: [UInt8], value: [UInt8])] = []
    package var deletes: [[UInt8]] = []
    /// Reads those again that were sent before (``KeyValueEngine/send(ahead:)``), and stand in none of the others; nil if there are none.
    package var ahead: (@Sendable () throws(CatalogError) -> [(key: [UInt8], value: [UInt8])])?
    /// Whether databases, tables or accounts are among them.
    package var changesMetadata = false
    /// What other processes are told of the commit, by ``EngineView/news(after:watching:_:)``.
    package var news = NewsParts()
    /// How many transactions they are of: by so much at least the number of the state grows.
    package var count = 1

    package init() {}
    package var isEmpty: Bool { keyCount == 0 && ahead == nil }
    /// But for those that were sent before.
    package var byteCount: Int {
        [puts, inserts].joined().reduce(deletes.reduce(news.byteCount) { $0 + $1.count }) { $0 + $1.key.count + $1.value.count }
    }
    var keyCount: Int { puts.count + inserts.count + deletes.count }
}

/// Rows as they came, in one buffer. Whoever keeps a row of it keeps them all.
package final class EngineRows: Sendable {
    fileprivate struct Place: BitwiseCopyable {
        var start: Int
        var keyCount: Int
        var valueCount: Int
    }

    private let buffer: ByteBuffer
    private let places: [Place]
    /// Whether a page has ended before its limit, though there are more rows.
    package let isCut: Bool
    /// Keys that there are, and whose values were too large to come with the others.
    package let omitted: Set<[UInt8]>

    /// Adds rows one after the other.
    package struct Builder {
        fileprivate var buffer: ByteBuffer
        fileprivate var places: [Place] = []
        package var isCut = false
        package var omitted: Set<[UInt8]> = []

        /// - Parameter byteCount: of keys and values, for which room is made.
        package init(byteCount: Int = 0) { buffer = ByteBuffer(capacity: max(byteCount, 256)) }

        package var byteCount: Int { buffer.count }

        package mutating func append(_ key: [UInt8], _ value: [UInt8]) { append(key.span, value.span) }

        package mutating func append(_ key: Span<UInt8>, _ value: Span<UInt8>) {
            places.append(Place(start: buffer.count, keyCount: key.count, valueCount: value.count))
            buffer.append(key)
            buffer.append(value)
        }

        package mutating func append(_ key: Bytes, _ value: Bytes) {
            places.append(Place(start: buffer.count, keyCount: key.count, valueCount: value.count))
            buffer.append(key)
            buffer.append(value)
        }
    }

    package init(_ builder: consuming Builder) {
        buffer = builder.buffer
        places = builder.places
        isCut = builder.isCut
        omitted = builder.omitted
    }

    package static let none = EngineRows(Builder())

    /// A value without its key, in no more memory than it takes.
    init(_ value: Bytes) {
        var own = ByteBuffer(capacity: value.count)
        own.append(value)
        buffer = own
        places = [Place(start: 0, keyCount: 0, valueCount: value.count)]
        (isCut, omitted) = (false, [])
    }

    /// The value of the only row; nothing if there is no row.
    var packed: EngineRows { count > 0 ? EngineRows(value(0)) : .none }

    package var count: Int { places.count }
    package var byteCount: Int { buffer.count }
    var largestValueByteCount: Int { places.reduce(0) { max($0, $1.valueCount) } }

    /// What several have asked for, whose keys were asked for together: of each its own.
    package func parts(_ all: [[[UInt8]]]) -> [EngineRows] {
        var places: [RecordKey: Int] = [:]
        for index in 0..<count { places[RecordKey(key(index).copy())] = index }
        return all.map { keys in
            var own = Builder()
            for key in keys {
                if let place = places[RecordKey(key)] { own.append(key, value(place).copy()) }
                if omitted.contains(key) { own.omitted.insert(key) }
            }
            return EngineRows(own)
        }
    }

    /// Good while this object lives.
    package func key(_ index: Int) -> Bytes {
        let place = places[index]
        return buffer.raw[place.start..<place.start + place.keyCount]
    }

    /// Good while this object lives.
    package func value(_ index: Int) -> Bytes {
        let place = places[index]
        let start = place.start + place.keyCount
        return buffer.raw[start..<start + place.valueCount]
    }
}
