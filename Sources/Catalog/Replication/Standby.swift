package import Ground
import Synchronization

/// How a file follows another one, for those who ask.
public final class StandbyState: Sendable {
    private struct Facts {
        var primary: String?
        var isConnected = false
        var failure: String?
        var position: FilePosition?
        /// When the file last had everything that its primary had.
        var caughtUp: MonotonicTime?
        var messages = 0
        var bytes = 0
    }

    private let facts = Mutex(Facts())

    func begin(_ primary: String, at position: FilePosition?) {
        facts.withLock { $0 = Facts(primary: primary, position: position) }
    }

    func end() { facts.withLock { $0 = Facts() } }

    /// Everything that the primary had when it was asked is here.
    package func noteCaughtUp(at asked: MonotonicTime) {
        facts.withLock { facts in
            facts.isConnected = true
            facts.failure = nil
            facts.caughtUp = asked
        }
    }

    package func noteReceived(_ position: FilePosition, byteCount: Int) {
        facts.withLock { facts in
            facts.isConnected = true
            facts.failure = nil
            facts.position = position
            facts.messages += 1
            facts.bytes += byteCount
        }
    }

    /// - Returns: whether that is news.
    package func noteFailure(_ message: String) -> Bool {
        facts.withLock { facts in
            defer { facts.failure = message }
            facts.isConnected = false
            return facts.failure != message
        }
    }

    /// Seconds since the file had everything that its primary had; nil before the first time.
    public var lagSeconds: Double? { facts.withLock { $0.caughtUp.map { (MonotonicTime.now - $0) / .seconds(1) } } }

    /// Whether the primary has answered when it was asked last.
    public var isConnected: Bool { facts.withLock { $0.isConnected } }

    fileprivate var datumFields: [(String, Datum)] {
        let lag = lagSeconds
        return facts.withLock { facts in
            [
                ("primary", facts.primary.map { Datum($0) } ?? .null), ("connected", Datum(facts.isConnected)),
                ("position", facts.position.map { Datum($0.description) } ?? .null), ("lag_seconds", lag.map { Datum($0) } ?? .null),
                ("error", facts.failure.map { Datum($0) } ?? .null), ("messages", Datum(facts.messages)), ("bytes", Datum(facts.bytes)),
            ]
        }
    }
}

/// A standby as its primary knows it.
public struct KnownStandby: Sendable {
    /// The UUID of the standby's file.
    public let name: String
    /// The commit that it has on its disk.
    public let transaction: UInt64
    /// Since it was last heard of.
    public let silentSeconds: Double
}

/// The standbys of a file, and whether commits wait for them.
public struct StandbysReport: Sendable {
    /// The newest durable commit of this file.
    public let transaction: UInt64
    public let keptByteCount: Int
    public let required: Int
    /// Whether commits don't find the standbys that they are to wait for, or have ceased to wait, as they waited in vain.
    public let isDegraded: Bool
    public let standbys: [KnownStandby]
}

extension Catalog {
    /// Whether the contents come from another file, so that this one takes no writes.
    public var isStandby: Bool { !isReadOnly && store.isStandby }

    /// Has this file follow another one: from now on it takes no writes but what ``receive(_:)`` brings.
    ///
    /// - Parameter comesBack: whether contents of its own are going to be replaced.
    /// - Throws: `.readOnly` if it has contents of its own, which would be lost.
    public func followPrimary(_ address: String, comesBack: Bool = false) throws(CatalogError) {
        let position = try store.appliedPosition()
        if position == nil && !comesBack {
            guard try !store.hasContents() else {
                throw CatalogError(
                    .readOnly,
                    "The file has contents of its own, which following \(address) would replace. Name a file that is not there yet.")
            }
        }
        store.gate.close(of: address)
        standby.begin(address, at: position)
    }

    /// Makes the changes of a message of the primary, in one transaction, durable when this returns.
    ///
    /// - Parameter next: the next bytes; nil at the end. What it throws is thrown on, and nothing has changed then.
    package func receive(_ next: () throws -> [UInt8]?) throws -> FilePosition { try receive(try store.receiver(), next) }

    private func receive(_ receiver: consuming KeyValueReceiver, _ next: () throws -> [UInt8]?) throws -> FilePosition {
        var receiver = receiver
        let byteCount = try Self.append(to: &receiver, next)
        return try commit(receiver, byteCount: byteCount)
    }

    /// - Returns: how many bytes that was.
    static func append(to receiver: inout KeyValueReceiver, _ next: () throws -> [UInt8]?) throws -> Int {
        var byteCount = 0
        while let piece = try next() {
            byteCount += piece.count
            try receiver.append(piece.span)
        }
        return byteCount
    }

    /// Makes durable what has come whole.
    func commit(_ receiver: consuming KeyValueReceiver, byteCount: Int) throws -> FilePosition {
        configs.suspend()
        defer {
            if let newest = try? store.snapshot().transaction { configs.resume(since: newest) }
            metadataHasChanged(beginsExpiry: false)
        }
        let position = try receiver.commit()
        standby.noteReceived(position, byteCount: byteCount)
        return position
    }

    /// Makes this file a primary of its own: it takes writes from now on, and its opening has a greater number than any of the file that it
    /// followed.
    ///
    /// - Throws: `.readOnly` if it is no standby.
    public func promote() throws(CatalogError) {
        guard isStandby else { throw CatalogError(.readOnly, "The file is no standby, so there is nothing to promote.") }
        try store.promote()
        store.gate.open()
        standby.end()
        metadataHasChanged(beginsExpiry: true)
    }

    /// Has hard commits wait until that many standbys have them on their disks.
    ///
    /// - Parameter patience: how long at most; nil: for ever. After a wait in vain they wait no more until enough standbys have everything.
    public func requireStandbys(_ count: Int, patience: Duration?) { store.requireStandbys(count, patience: patience) }

    public var standbys: StandbysReport { store.standbysReport }

    /// What `/_status` and `server_status` tell.
    package var replicationDatum: Datum {
        if let engine = store.engine { return Datum(fields: Self.fields(of: engine, hasHosts: false)) }
        let lease = permit.datum.map { [("lease", $0)] } ?? []
        if isStandby { return Datum(fields: [("role", "standby")] + standby.datumFields + lease) }
        let report = standbys
        let list = report.standbys.map { standby -> Datum in
            [
                "id": Datum(standby.name), "transaction": Datum(Int(clamping: standby.transaction)),
                "silent_seconds": Datum(standby.silentSeconds),
                "behind": Datum(Int(clamping: report.transaction) - Int(clamping: standby.transaction)),
            ]
        }
        let fields: [(String, Datum)] = [
            ("role", "primary"), ("transaction", Datum(Int(clamping: report.transaction))), ("standbys", Datum(elements: list)),
            ("sync_standbys", Datum(report.required)), ("degraded", Datum(report.isDegraded)),
        ]
        return Datum(fields: fields + lease)
    }
}

extension Catalog {
    /// Who writes what an engine keeps, and where it has copies; nil of a file.
    package func engineCompany() throws(CatalogError) -> EngineCompany? { try store.engine?.engine.company() }

    /// For how long an engine is waited for where somebody asks whether it is there.
    private static let readinessTime = Duration.seconds(2)

    /// - Throws: `.unavailable` if the engine does not answer now, whatever is still known of it; nothing of a file.
    package func requireEngine() throws(CatalogError) {
        guard let store = store.engine else { return }
        let count = store.numberAnswers.ask { () throws(CatalogError) in try store.newestNumber() }
        let known = store.numberAnswers.known(after: count, until: .now + Self.readinessTime, of: store.engine.name)
        if let failure = known.failure { throw failure }
    }

    /// What `/_status` tells of the file, and of who follows it. Of an engine that does not answer in time it is what was known last, and
    /// `isKnown` says whether anything was.
    package func report() throws(CatalogError) -> (file: FileStatistics, isKnown: Bool, replication: Datum) {
        guard let engine = store.engine else { return (try statistics(), true, replicationDatum) }
        let end = ContinuousClock.now + Self.engineTime
        let count = engine.figureAnswers.ask { () throws(CatalogError) in try engine.figures() }
        let replication = Datum(fields: Self.fields(of: engine, hasHosts: false, until: end))
        let figures = engine.figureAnswers.known(after: count, until: end, of: engine.engine.name).value
        return (try store.overlayStatistics().with(figures ?? .init(byteCount: 0, number: 0)), figures != nil, replication)
    }

    /// What `/_admin/cluster` tells: the same as ``replicationDatum``, and what each server of an engine says that it is.
    package var clusterDatum: Datum {
        guard let engine = store.engine else { return replicationDatum }
        return Datum(fields: Self.fields(of: engine, hasHosts: true))
    }

    /// For how long an engine is waited for that is to tell of itself.
    private static let engineTime = Duration.seconds(4)

    /// What an engine tells of itself; while it does not answer, what it told last, and why there is no more.
    private static func fields(
        of store: EngineStore, hasHosts: Bool, until end: ContinuousClock.Instant = .now + engineTime
    ) -> [(String, Datum)] {
        let engine = store.engine
        let company = store.companyAnswers.ask { () throws(CatalogError) in try engine.company() }
        let hosts = hasHosts ? store.hostAnswers.ask { engine.survey() } : nil
        let role: Datum = engine.isReadOnly ? "reader" : engine.isShared ? "process of several" : "process alone"
        var fields: [(String, Datum)] = [("role", role), ("engine", Datum(engine.name))]
        let known = store.companyAnswers.known(after: company, until: end, of: engine.name)
        fields += known.value?.fields ?? []
        if let failure = known.failure {
            fields.removeAll { $0.0 == "degraded" }
            fields += [("degraded", true), ("error", Datum(failure.message))]
            if known.value != nil { fields.append(("known_seconds", Datum(known.age / .seconds(1)))) }
        }
        if let hosts {
            let found = store.hostAnswers.known(after: hosts, until: end, of: engine.name)
            fields.append(("hosts", Datum(elements: (found.value ?? []).map(\.datum))))
        }
        return fields
    }
}

extension EngineCompany.Host {
    package var datum: Datum { ["name": Datum(name), "state": Datum(state)] }
}

// MARK: The primary's side

/// A message for a standby on its way out.
package enum PrimaryMessage {
    /// Whole, and whether there are no more changes.
    case changes(ByteBuffer, isAll: Bool)
    /// There is nothing newer.
    case nothing
    /// To be written piece by piece: false when that was the end.
    case delta((inout ByteBuffer) throws(CatalogError) -> Bool)
}

extension Catalog {
    /// What is behind a position; everything without one. Throws `.notResumable` if this file did not come by that state.
    package func message(since position: FilePosition?) throws(CatalogError) -> PrimaryMessage { try store.message(since: position) }

    /// What a file lacks that has other contents than at a position, within ranges. The position may be one of that file, at which this one left it
    /// (``origin(of:)``).
    package func message(since position: FilePosition, ranges: WantedRanges) throws(CatalogError) -> PrimaryMessage {
        try store.message(since: position, ranges: ranges)
    }

    /// Calls `body` once there is something newer, in place of what the same standby had called before.
    package func whenNewer(than position: FilePosition, for standby: String, _ body: @escaping @Sendable () -> Void) {
        store.whenNewer(than: position, for: standby, body)
    }

    /// Calls those who wait for something newer, though there is nothing: before the server is stopped, which waits for its answers.
    package func endWaitsOfStandbys() { store.endWaitsOfStandbys() }

    /// Notes that a standby has a state on its disk.
    package func acknowledge(_ position: FilePosition, by standby: String) { store.acknowledge(position, by: standby) }
}
