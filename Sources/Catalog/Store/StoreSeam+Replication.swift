import BTreeStore
import Ground

// How the contents of one file get into another: positions, deltas on their way out and in.

extension KeyValueStore {
    func position() throws(CatalogError) -> FilePosition {
        try requireFile("positions")
        do throws(StoreError) { return FilePosition(try store.position()) } catch { throw trouble.noted(error) }
    }

    func keepPositions() { store.keepPositions() }

    func keepsPosition() throws(CatalogError) -> Bool { try translating { () throws(StoreError) in try store.keepsPosition() } }

    func appliedPosition() throws(CatalogError) -> FilePosition? {
        try translating { () throws(StoreError) in try store.appliedPosition() }.map(FilePosition.init)
    }

    /// - Parameter witness: a copy of this file, page by page, that is at the position.
    func delta(since position: FilePosition?, witness: KeyValueStore?) throws(CatalogError) -> KeyValueDelta {
        try requireFile("deltas")
        let since = try position?.stored()
        do throws(StoreError) {
            return KeyValueDelta(try store.delta(since: since, witness: witness?.store))
        } catch {
            throw trouble.noted(error)
        }
    }

    /// - Parameter replacing: whether a message of everything may take the place of what the file has.
    func receiver(replacing: Bool = false) throws(CatalogError) -> KeyValueReceiver {
        try requireFile("standbys of Pando's")
        do throws(StoreError) {
            return KeyValueReceiver(try DeltaReceiver(store, replacing: replacing), trouble)
        } catch {
            throw trouble.noted(error)
        }
    }

    /// The newest position of another file, by its UUID, at which the contents of this one left it.
    func origin(of file: String) throws(CatalogError) -> FilePosition? {
        try requireFile("standbys of Pando's")
        let origins = try translating { () throws(StoreError) in try store.origins() }
        return origins.first { $0.file.description == file }.map(FilePosition.init)
    }

    func noteCopy(of position: FilePosition) throws(CatalogError) {
        try requireFile("standbys of Pando's")
        let position = try position.stored()
        do throws(StoreError) { try store.noteCopy(of: position) } catch { throw trouble.noted(error) }
    }

    func forgetAppliedPosition() throws(CatalogError) {
        do throws(StoreError) { try store.forgetAppliedPosition() } catch { throw trouble.noted(error) }
    }

    // MARK: A standby

    /// Whether the contents come from another file.
    func isCopy() throws(CatalogError) -> Bool { try isReadOnly ? false : appliedPosition() != nil }

    var isStandby: Bool { gate.isClosed(isCopy) }

    /// Whether there is a record that a message of another file would replace.
    func hasContents() throws(CatalogError) -> Bool {
        try translating { () throws(StoreError) in try store.hasSharedRecords() }
    }

    func promote() throws(CatalogError) {
        try requireFile("standbys of Pando's")
        do throws(StoreError) { try store.promote() } catch { throw trouble.noted(error) }
    }

    // MARK: A primary

    func message(since position: FilePosition?) throws(CatalogError) -> PrimaryMessage {
        try requireFile("standbys of Pando's")
        let since = try position?.stored()
        do throws(StoreError) {
            switch try store.message(since: since) {
            case .changes(let bytes, _, let isAll): return .changes(bytes, isAll: isAll)
            case .nothing: return .nothing
            case .delta(let writer):
                let delta = KeyValueDelta(writer)
                return .delta { (output) throws(CatalogError) in try delta.write(into: &output) }
            }
        } catch {
            throw trouble.noted(error)
        }
    }

    func message(since position: FilePosition, ranges: WantedRanges) throws(CatalogError) -> PrimaryMessage {
        try requireFile("standbys of Pando's")
        let since = try position.stored()
        do throws(StoreError) {
            let delta = KeyValueDelta(try store.delta(since: since, wanted: ranges.ranges))
            return .delta { (output) throws(CatalogError) in try delta.write(into: &output) }
        } catch {
            throw trouble.noted(error)
        }
    }

    func whenNewer(than position: FilePosition, for standby: String, _ body: @escaping @Sendable () -> Void) {
        guard let position = try? position.stored() else { return body() }
        store.whenNewer(than: position, for: standby, body)
    }

    func acknowledge(_ position: FilePosition, by standby: String) {
        if let position = try? position.stored() { store.acknowledge(position, by: standby) }
    }

    func endWaitsOfStandbys() { store.endWaitsOfStandbys() }

    func requireStandbys(_ count: Int, patience: Duration?) { store.requireStandbys(count, patience: patience) }

    var waitsForStandbys: Bool { engine == nil && store.waitsForStandbys }

    var standbysReport: StandbysReport {
        let report = store.shippingReport
        let now = MonotonicTime.now
        return StandbysReport(
            transaction: report.newest.rawValue, keptByteCount: report.keptByteCount, required: report.required,
            isDegraded: report.isDegraded,
            standbys: report.followers.map {
                KnownStandby(name: $0.name, transaction: $0.transaction.rawValue, silentSeconds: (now - $0.seen) / .seconds(1))
            })
    }

    /// Goes through a delta that no file receives.
    static func read(_ next: () throws(CatalogError) -> ByteBuffer?) throws(CatalogError) -> (since: FilePosition?, to: FilePosition) {
        var reading = DeltaReading()
        while let piece = try next() {
            do throws(StoreError) { try reading.append(piece.span) } catch { throw CatalogError(error) }
        }
        do throws(StoreError) {
            let ends = try reading.finish()
            return (ends.since.map(FilePosition.init), FilePosition(ends.to))
        } catch {
            throw CatalogError(error)
        }
    }
}

/// A delta on its way out.
struct KeyValueDelta {
    private let writer: DeltaWriter

    fileprivate init(_ writer: DeltaWriter) { self.writer = writer }

    var to: FilePosition { FilePosition(writer.to) }
    var writtenRecords: UInt64 { writer.writtenRecords }

    /// Adds about 64 KiB; false if that was the end.
    func write(into output: inout ByteBuffer) throws(CatalogError) -> Bool {
        do throws(StoreError) { return try writer.write(into: &output) } catch { throw CatalogError(error) }
    }
}

/// A delta on its way in.
struct KeyValueReceiver: ~Copyable {
    private var receiver: DeltaReceiver
    private let trouble: WriteTrouble

    fileprivate init(_ receiver: consuming DeltaReceiver, _ trouble: WriteTrouble) {
        self.receiver = receiver
        self.trouble = trouble
    }

    /// What the file has behind one of its positions.
    func records(since position: FilePosition) throws(CatalogError) -> KeyValueReplacedRecords {
        let position = try position.stored()
        return KeyValueReplacedRecords(try translating { () throws(StoreError) in try receiver.records(since: position) })
    }

    /// What the file has within ranges.
    func records(within ranges: WantedRanges) throws(CatalogError) -> KeyValueReplacedRecords {
        KeyValueReplacedRecords(try translating { () throws(StoreError) in try receiver.records(within: ranges.ranges) })
    }

    /// Says what is asked for next.
    mutating func ask(_ request: ReplicaRequest) throws(CatalogError) {
        let since = try request.since.stored()
        receiver.ask(DeltaRequest(since: since, ranges: request.ranges.ranges, empty: request.empty.ranges))
    }

    /// What is still to be asked for when a message has come; nil: nothing.
    var lacking: ReplicaRequest? {
        receiver.lacking.map {
            ReplicaRequest(since: FilePosition($0.since), ranges: WantedRanges($0.ranges), empty: WantedRanges($0.empty))
        }
    }

    mutating func append(_ bytes: Span<UInt8>) throws(CatalogError) {
        do throws(StoreError) { try receiver.append(bytes) } catch { throw trouble.noted(error) }
    }

    consuming func commit() throws(CatalogError) -> FilePosition {
        let trouble = trouble
        do throws(StoreError) { return FilePosition(try receiver.commit()) } catch { throw trouble.noted(error) }
    }
}

/// What a file has that may differ from what replaces it: the records of ranges, or of the pages that were born since, and with them others that
/// have not changed.
struct KeyValueReplacedRecords {
    private let records: ReplacedRecords

    fileprivate init(_ records: ReplacedRecords) { self.records = records }

    /// The number of the opening that has written last.
    var opening: UInt64 { records.opening }

    /// Where they lie, when they have been gone through.
    var ranges: WantedRanges { WantedRanges(records.ranges) }

    /// Where nothing stands, and something may have been, then.
    var empty: WantedRanges { WantedRanges(records.empty) }

    /// Nil at the end.
    func next() throws(CatalogError) -> (key: [UInt8], value: StoredValue)? {
        guard let (key, value) = try translating({ () throws(StoreError) in try records.next() }) else { return nil }
        return (key, StoredValue(value, owner: records.snapshot))
    }
}

/// Ranges of the raw keys in which two files may differ, in ascending order.
package struct WantedRanges: Sendable {
    fileprivate var ranges: KeyRanges

    fileprivate init(_ ranges: KeyRanges) { self.ranges = ranges }

    package init() { ranges = KeyRanges() }

    /// Reads what ``bytes`` writes; nil if it is anything else.
    package init?(_ bytes: [UInt8]) {
        guard let ranges = KeyRanges(bytes) else { return nil }
        self.ranges = ranges
    }

    package var count: Int { ranges.parts.count }

    /// As a primary is told of them.
    package var bytes: [UInt8] { ranges.bytes.bytes }

    /// Adds one that sorts behind the others, or touches the last one: from a key on, below another one; nil: to the end.
    package mutating func append(_ lower: [UInt8], _ upper: [UInt8]?) { ranges.append(lower, upper, behind: 0) }
}

extension FilePosition {
    fileprivate init(_ position: StatePosition) {
        self.init(position.description)
    }

    /// Whether who has another position of the same file has all that this one tells of. Of an older opening the number tells it, as far as
    /// the two have seen the same file.
    func isCovered(by other: FilePosition) throws(CatalogError) -> Bool {
        let (own, other) = (try stored(), try other.stored())
        guard own.file == other.file, own.transaction <= other.transaction else { return false }
        return own.opening == other.opening ? own.salt == other.salt : own.opening < other.opening
    }

    fileprivate func stored() throws(CatalogError) -> StatePosition {
        guard let position = StatePosition(description) else {
            throw CatalogError(.notResumable, "`\(description)` is not a position of a file.")
        }
        return position
    }
}
