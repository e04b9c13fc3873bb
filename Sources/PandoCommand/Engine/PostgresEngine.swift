import Ground
import PostgresWire
import Synchronization
import httpd

/// Records in a table of a PostgreSQL database.
///
/// Whose right it is to write stands in the one row of `pando_state`: each commit proves it there in its own transaction, and counts on from the
/// number that it knows. So whatever becomes of connections, locks and clocks, nothing is written by a process whose place another has taken,
/// and nothing twice. The advisory lock is there to tell a second process so before it takes anybody's place.
///
/// - Note: `@unchecked Sendable`: the address does not change, and everything else is under locks.
final class PostgresEngine: KeyValueEngine, @unchecked Sendable {
    let name: String
    let id: String
    let opening: UInt64
    let isReadOnly: Bool
    private let address: PostgresAddress
    private let pool: PostgresPool
    /// Who we are, to the row of the state; empty for one that only reads.
    private let owner: [UInt8]
    /// The connection that writes and holds the lock; nil where it was lost.
    private let writer: Mutex<PostgresConnection?>
    private let isClosed = Monitored(false)

    /// How long a lock is waited for that somebody holds: a process that was killed has it until the server notices.
    private static let lockPatience = Duration.seconds(2)
    /// Bytes of records in a statement that puts or deletes.
    private static let statementByteCount = 4 << 20

    init(_ address: PostgresAddress, isReadOnly: Bool) throws {
        self.address = address
        self.isReadOnly = isReadOnly
        name = address.name
        let pool = PostgresPool { try PostgresConnection(address, makesTables: false) }
        self.pool = pool
        let state: [[UInt8]]
        if isReadOnly {
            owner = []
            writer = Mutex(nil)
            let connection: PostgresConnection
            (connection, state) = try Self.reporting(address) { try pool.withFresh { try Self.one($0, (.state, [])) } }
            pool.putBack(connection)
        } else {
            let owner = [UInt8].random(16)
            self.owner = owner
            let connection = try Self.reporting(address) { try PostgresConnection(address, makesTables: true) }
            try Self.lock(connection, address)
            state = try Self.reporting(address) { try Self.one(connection, (.takeOver, [owner])) }
            writer = Mutex(connection)
        }
        opening = UInt64(state[1].int8)
        id = String(decoding: state[3], as: UTF8.self)
    }

    /// Errors of the server, with its name.
    private static func reporting<Result>(_ address: PostgresAddress, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as PostgresClient.Refusal {
            let advice = error.state == "42P01" ? " Nothing of Pando's is kept there; pando serve makes its tables." : ""
            throw CommandError.failed("\(address.name): \(error)\(advice)")
        }
    }

    private static func one(_ connection: PostgresConnection, _ step: PostgresConnection.Step) throws -> [[UInt8]] {
        var found: [[UInt8]]?
        try connection.run([step]) { found = $0 }
        guard let found else { throw CommandError.failed("The row of the table pando_state is missing.") }
        return found
    }

    private static func lock(_ connection: PostgresConnection, _ address: PostgresAddress) throws {
        let deadline = MonotonicTime.now + lockPatience
        let never = Monitored(())
        while try one(connection, (.lock, []))[0].int8 != 1 {
            guard .now < deadline else {
                connection.close()
                throw CatalogError(
                    .busy, "Another process serves what \(address.name) keeps, or is writing it. One does at a time: ask that one.")
            }
            never.wait(until: .now + .milliseconds(50)) { _ in Never?.none }
        }
    }

    /// What went wrong, for those who read and write.
    static func failure(_ error: any Error, of name: String) -> CatalogError {
        if let error = error as? CatalogError { return error }
        guard let refusal = error as? PostgresClient.Refusal else { return CatalogError(.io, "\(error)") }
        let kind: CatalogError.Kind =
            switch refusal.state {
            case "53100": .diskFull
            case let state where state.hasPrefix("54"): .tooLarge
            case "25006", "42501": .readOnly
            default: .io
            }
        return CatalogError(kind, "\(name): \(refusal)")
    }

    private var replaced: CatalogError {
        CatalogError(.writesStopped, "Another process has taken over what \(name) keeps, so this one writes nothing any more; stop it.")
    }

    // MARK: Reading

    func view() throws(CatalogError) -> any EngineView {
        do {
            let (connection, state) = try pool.withFresh { connection in
                var state: [[UInt8]] = []
                try connection.run([(.beginView, []), (.state, [])]) { state = $0 }
                return state
            }
            guard state.count == 4 else { throw CommandError.failed("The row of the table pando_state is missing.") }
            let view = PostgresView(connection, number: UInt64(state[2].int8), of: name, pool)
            if !isReadOnly, state[0] != owner { throw replaced }
            return view
        } catch {
            throw Self.failure(error, of: name)
        }
    }

    func byteCount() throws(CatalogError) -> UInt64 {
        do {
            let (connection, row) = try pool.withFresh { try Self.one($0, (.byteCount, [])) }
            pool.putBack(connection)
            return UInt64(row[0].int8)
        } catch {
            throw Self.failure(error, of: name)
        }
    }

    func close() {
        isClosed.update { $0 = true }
        writer.withLock { $0.take() }?.close()
        pool.close()
    }

    // MARK: Writing

    private enum Outcome {
        case committed
        /// Nothing has happened, and the same may succeed.
        case again
        case failed(CatalogError)
        /// The connection was lost, or somebody ended the wait for a standby.
        case unknown
    }

    func commit(_ changes: EngineChanges, after number: UInt64, _ durability: Durability) throws(CatalogError) -> UInt64 {
        var base = number
        while true {
            switch attempt(steps(changes, after: base)) {
            case .committed: return base + 1
            case .again: continue
            case .failed(let error): throw error
            case .unknown:
                let settled = try settle()
                // Settling counts by two, a commit by one.
                if (settled - base) % 2 == 1 { return settled }
                base = settled
            }
        }
    }

    private func steps(_ changes: EngineChanges, after number: UInt64) -> [PostgresConnection.Step] {
        var steps: [PostgresConnection.Step] = [(.beginChanges, []), (.claim, [owner, [UInt8](int8: Int(number))])]
        for part in Self.parts(changes.deletes, { $0.count }) { steps.append((.delete, [[UInt8](byteaArray: part)])) }
        for part in Self.parts(changes.puts, { $0.key.count + $0.value.count }) {
            steps.append((.put, [[UInt8](byteaArray: part.map(\.key)), [UInt8](byteaArray: part.map(\.value))]))
        }
        return steps + [(.commit, [])]
    }

    private static func parts<Element>(_ all: [Element], _ byteCount: (Element) -> Int) -> [ArraySlice<Element>] {
        var parts: [ArraySlice<Element>] = []
        var (start, sum) = (0, 0)
        for (index, element) in all.enumerated() {
            sum += byteCount(element) + 8
            guard sum >= statementByteCount || index == all.count - 1 else { continue }
            parts.append(all[start...index])
            (start, sum) = (index + 1, 0)
        }
        return parts
    }

    private func attempt(_ steps: [PostgresConnection.Step]) -> Outcome {
        writer.withLock { writer in
            // Nothing was sent, but this is no time to give up: what comes of it is found out where connections are made.
            guard let connection = writer else { return .unknown }
            do {
                try connection.run(steps)
                return connection.warning == nil ? .committed : .unknown
            } catch let error as PostgresClient.Refusal {
                connection.rollBack()
                if connection.isLost { writer = nil }
                switch error.state {
                case "22012": return .failed(replaced)
                case "40001", "40P01": return .again
                case "40003": return .unknown
                default: return .failed(Self.failure(error, of: name))
                }
            } catch {
                writer = nil
                return .unknown
            }
        }
    }

    /// Has everything that was sent before come to an end, and answers the number of the newest state. Goes on until that is known: whoever
    /// waits for a commit is told neither that it has succeeded nor that it has not while it may be either.
    private func settle() throws(CatalogError) -> UInt64 {
        var patience = Duration.milliseconds(50)
        while true {
            var failure: CatalogError?
            let number: Int? = writer.withLock { writer in
                do {
                    let connection = try writer ?? PostgresConnection(address, makesTables: false)
                    if writer == nil { try Self.lock(connection, address) }
                    writer = connection
                    var number: Int?
                    try connection.run([(.settle, [owner])]) { number = $0[0].int8 }
                    if number == nil { failure = replaced }
                    return connection.warning == nil ? number : nil
                } catch {
                    if writer?.isLost != false { writer = nil }
                    return nil
                }
            }
            if let number { return UInt64(number) }
            if let failure { throw failure }
            let isOver = isClosed.wait(until: .now + patience) { $0 ? true : nil } ?? false
            if isOver {
                throw CatalogError(.writesStopped, "\(name) was lost in the middle of a commit: nobody knows whether it has succeeded.")
            }
            patience = min(patience * 2, .seconds(1))
        }
    }
}
