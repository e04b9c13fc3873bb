import Ground
import ReQLish
import Synchronization

/// A query of a driver from its first batch to its last.
///
/// Why this is safe: it belongs to one thread at a time. A connection gives it to a worker and gets it back through the loop's inbox, which
/// both hand over what was written before, and touches it in between only to cancel it.
final class DriverQuery: SharedRead, @unchecked Sendable {
    /// What the client calls it.
    let token: UInt64
    /// What stops it from another thread.
    let cancellation = Cancellation()
    /// The response to the last step, ready to be sent; empty if nothing is to be sent.
    var response = ByteBuffer()
    /// Whether there may be more rows than were answered.
    private(set) var hasMore = false
    /// Whether the step had nothing to answer yet: a feed is waited for, and the next step is made when it is ready.
    private(set) var isWaiting = false
    /// When the feed has something at the latest, if that is known.
    private(set) var wakeTime: MonotonicTime?
    /// Called once, on any thread, when a feed that is waited for may have something. Set before a step is made.
    var onReady: (@Sendable () -> Void)?
    /// Whether its rows are not wanted; nil as long as the query is unread.
    let isNoreply: Bool?
    /// What its first step may do.
    let weight: QueryShape

    /// The account and the client of a query.
    struct Asker: Sendable {
        let user: String
        let client: QueryClient?
        var login: Login?
    }

    private let service: DriverService
    private let asker: Asker
    private var source: Source
    private var wantsProfile = false
    private var wantsNothing = false
    private var batching = Batching()
    private var cursor: ResultCursor?
    /// How long the batch before was.
    private var lastByteCount = 0
    /// What a large answer counts against the memory of all queries.
    private var answerCharge = ValueCharge()
    /// The row that was read before the query was performed, as an engine need not be asked for it.
    private var kept: Datum?

    private enum Source {
        /// As it came: too large to be read on a loop's thread.
        case message(ByteBuffer)
        case request(DriverRequest)
        /// With the message, for the case that it has to go the way of all others.
        case pointRead(PointRead, Datum)
        case plainInsert(PlainInsert, Datum)
        case begun
    }

    /// - Parameter message: as `DriverMessage.json` reads it.
    init(_ message: Datum, token: UInt64, _ asker: Asker, service: DriverService) throws(ReQLError) {
        self.asker = asker
        self.token = token
        self.service = service
        let isQuery = message.kind == .array && 2...3 ~= message.count && message[0].integer == 1
        let options = isQuery && message.count > 2 ? message[2] : .emptyObject
        if isQuery, let read = PointRead(message[1], options: options) {
            source = .pointRead(read, message)
            isNoreply = false
            weight = .shortRead
        } else if isQuery, let insert = PlainInsert(message[1], options: options) {
            source = .plainInsert(insert, message)
            isNoreply = false
            weight = .shortWrite
        } else {
            let request = try DriverRequest(message)
            source = .request(request)
            isNoreply = request.isNoreply
            weight = request.weight
        }
    }

    init(unread message: ByteBuffer, token: UInt64, _ asker: Asker, service: DriverService) {
        self.asker = asker
        source = .message(message)
        isNoreply = nil
        weight = .any
        self.token = token
        self.service = service
    }

    /// Makes the first batch, or the next one. Afterwards the response is there.
    /// - Parameter flush: what waits for the disk in place of the query, if it is a short write; the response must not be sent before.
    func perform(_ flush: DeferredFlush?) {
        hasMore = false
        isWaiting = false
        wakeTime = nil
        do throws(ReQLError) {
            // The client may have gone away, or stopped it, while it waited for a worker.
            if cancellation.isCancelled { throw ReQLError(.operationIndeterminate, "The query was stopped.") }
            try asker.login?.check()
            switch (source, cursor) {
            case (.message(let message), _):
                let request = try QueryMemory.ofThread.with(service.pando.requestMemory(of: asker.user)) { () throws(ReQLError) in
                    try DriverRequest(try DriverMessage.json(message))
                }
                try begin(request, nil)
            case (.request(let request), _): try begin(request, flush)
            case (.pointRead(let read, let message), _):
                if !answer(read) { try begin(try DriverRequest(message), nil) }
            case (.plainInsert(let insert, let message), _):
                if try !answer(insert, flush) { try begin(try DriverRequest(message), flush) }
            case (.begun, let cursor?):
                try writeBatch(of: cursor, isFirst: false)
                // What the account was allowed may have ended while changes were collected, and then some are of the time after.
                if cursor.isFeed { try asker.login?.check() }
            case (.begun, nil): break
            }
        } catch {
            fail(error)
        }
    }

    /// Whether it reads a document by its key, by an account for which that may be short.
    var isPointRead: Bool {
        if case .pointRead = source { asker.user == UserConfig.administrator } else { false }
    }

    static func fetch(_ queries: [DriverQuery]) {
        guard let service = queries.first?.service else { return }
        var reads: [(query: DriverQuery, read: PointRead)] = []
        for query in queries where query.service === service && query.asker.login?.isKnown ?? true {
            if case .pointRead(let read, _) = query.source { reads.append((query, read)) }
        }
        for (each, row) in zip(reads, PointRead.fetch(reads.map(\.read), in: service.pando)) { each.query.keep(row) }
    }

    /// Reads what is kept here of an engine's records: then the query waits for nobody.
    func readKept() {
        guard case .pointRead(let read, _) = source, asker.login?.isKnown ?? true else { return }
        keep(read.keptRow(in: service.pando, user: asker.user))
    }

    private func keep(_ row: Datum?) {
        // One that may be too large an answer goes the way of all queries.
        if let row, row.approximateJSONByteCount < service.limits.responseBytes / 8 { kept = row }
    }

    var asksNobody: Bool { kept != nil }

    /// Which documents it looks for, if it is a short write of which that is known.
    private lazy var write: PointWrite? = {
        guard case .request(let request) = source else { return nil }
        return PointWrite(request.tree)
    }()

    private(set) lazy var isForeseen: Bool = {
        guard weight == .shortWrite, service.pando.catalog.keepsRows else { return false }
        if case .plainInsert = source { return true }
        return write != nil
    }()

    func expectDocuments() -> ExpectedDocuments? {
        switch source {
        case .plainInsert(let insert, _): insert.expectDocuments(in: service.pando)
        case .request(let request): write?.expectDocuments(in: service.pando, request.options)
        default: nil
        }
    }

    /// What was begun is always finished.
    var isNew: Bool { !hasMore }

    func fail(_ error: CatalogError) { fail(ReQLError(error)) }

    /// Answers with an error in place of what the step has answered so far.
    private func fail(_ error: ReQLError) {
        response.removeAll()
        hasMore = false
        cursor = nil
        if !wantsNothing || error.kind == .client || error.kind == .compile {
            DriverResponse.write(error, token: token, into: &response)
        }
    }

    /// Answers with an error instead of a step.
    func refuse(_ error: ReQLError) {
        if isNoreply != true { DriverResponse.write(error, token: token, into: &response) }
    }

    func refuseForWorkers() {
        let advice = "GET /_admin/jobs over HTTP has those that run, and DELETE /_admin/jobs/ID stops one."
        refuse(ReQLError(.resourceLimit, "Too many queries run or wait; try again later. \(advice)"))
    }

    /// Lets go of the state that its rows are read from.
    func close() {
        cursor?.close()
        cursor = nil
    }

    /// - Returns: false if it has to go the way of all queries.
    private func answer(_ read: PointRead) -> Bool {
        let known = kept.take()
        guard let row = known ?? read.row(in: service.pando, user: asker.user),
            row.approximateJSONByteCount < service.limits.responseBytes
        else { return false }
        let start = DriverResponse.begin(.atom, token: token, in: &response)
        row.writeJSON(into: &response)
        response.append("]")
        DriverResponse.end(start, in: &response)
        guard response.count - start - DriverResponse.headerByteCount < service.limits.responseBytes else {
            response.removeAll()
            return false
        }
        source = .begun
        return true
    }

    /// - Returns: the same; then it has changed nothing.
    private func answer(_ insert: PlainInsert, _ flush: DeferredFlush?) throws(ReQLError) -> Bool {
        guard let flush,
            let result = try insert.answer(in: service.pando, user: asker.user, flush, door: .driver, stoppedBy: cancellation)
        else { return false }
        source = .begun
        let start = DriverResponse.begin(.atom, token: token, in: &response)
        result.writeJSON(into: &response)
        try end(start, since: .now)
        return true
    }

    private func begin(_ request: DriverRequest, _ flush: DeferredFlush?) throws(ReQLError) {
        source = .begun
        wantsNothing = request.isNoreply
        wantsProfile = request.wantsProfile
        let started = MonotonicTime.now
        var options = request.options
        options.cancellation = cancellation
        options.user = asker.user
        options.client = asker.client
        options.door = .driver
        options.flush = flush
        options.isPointWrite = isForeseen
        let transactions = service.pando.transactions
        let transaction = try request.transaction.map { id throws(ReQLError) in try transactions.enter(id, user: asker.user) }
        guard let transaction else { return try run(request, options, since: started) }
        defer { transaction.leave() }
        options.flush = nil
        options.transaction = transaction
        do throws(ReQLError) { try run(request, options, since: started) } catch {
            transactions.fail(transaction, isSerializationFailure: error.isSerializationFailure)
            throw error
        }
    }

    private func run(_ request: DriverRequest, _ options: QueryOptions, since started: MonotonicTime) throws(ReQLError) {
        if !options.arguments.isEmpty { batching = try Batching(options, service.pando) }
        let result = try service.pando.start(request.tree, options: options)
        guard !request.isNoreply else {
            if case .sequence(let cursor) = result { cursor.close() }
            return
        }
        switch result {
        case .value(let value):
            guard value.approximateJSONByteCount < service.limits.responseBytes else { throw tooLarge }
            do throws(DatumError) { try answerCharge.hold(answer: value, service.pando) } catch {
                throw ReQLError(.resourceLimit, error.message)
            }
            let start = DriverResponse.begin(.atom, token: token, in: &response)
            value.writeJSON(into: &response)
            try end(start, since: started)
        case .sequence(let cursor) where options.transaction != nil:
            // Rows that are read later would be read outside the transaction.
            defer { cursor.close() }
            guard !cursor.isFeed else { throw ReQLError(.queryLogic, "A feed is opened outside of a transaction.") }
            let start = DriverResponse.begin(.sequence, token: token, in: &response)
            var isFirst = true
            var counted = 0
            while let row = try cursor.next() {
                if !isFirst { response.append(UInt8(ascii: ",")) }
                isFirst = false
                row.writeJSON(into: &response)
                guard response.count - start < service.limits.responseBytes else { throw tooLarge }
                guard response.count >= 2 * counted + QueryMemory.largeValue else { continue }
                counted = response.count
                do throws(DatumError) { try answerCharge.hold(written: counted, service.pando) } catch {
                    throw ReQLError(.resourceLimit, error.message)
                }
            }
            try end(start, since: started)
        case .sequence(let cursor):
            self.cursor = cursor
            try writeBatch(of: cursor, isFirst: true)
        }
    }

    /// Writes rows as JSON until the batch is full. A row that fails ends the batch; if it was the first one, it fails the query.
    private func writeBatch(of cursor: ResultCursor, isFirst: Bool) throws(ReQLError) {
        let started = MonotonicTime.now
        var fill = (isFirst ? batching.first : batching).fill(from: started)
        // Batches are alike, so that this one needs about the room of the one before.
        response.reserve(lastByteCount + lastByteCount / 8)
        let start = DriverResponse.begin(.partial, token: token, in: &response)
        hasMore = try writeRows(of: cursor, &fill, from: start)
        if hasMore, fill.rows == 0, !isFirst {
            // The first batch of a feed is answered at once, a later one when there is something in it.
            response.truncate(to: start)
            isWaiting = true
            if let onReady { cursor.whenReady(onReady) }
            return
        }
        if !hasMore {
            DriverResponse.change(to: .sequence, at: start, in: &response)
            self.cursor = nil
        }
        lastByteCount = response.count - start
        response.append("],\"n\":[")
        for (position, note) in cursor.feedNotes.enumerated() {
            if position > 0 { response.append(UInt8(ascii: ",")) }
            response.append(decimal: note.rawValue)
        }
        try end(start, since: started)
    }

    /// A batch of fewer bytes is not counted against the memory of all queries.
    private static let uncountedBytes = 4 << 20

    /// - Returns: false if there is no memory for more of the batch.
    private func hold(_ byteCount: Int) -> Bool {
        do throws(DatumError) { try answerCharge.hold(written: byteCount, service.pando) } catch { return false }
        return true
    }

    /// - Returns: whether there may be more rows.
    private func writeRows(of cursor: ResultCursor, _ fill: inout Batching.Fill, from start: Int) throws(ReQLError) -> Bool {
        // Of its own while it grows: what belongs to an object is looked up again for each row.
        var rows = ByteBuffer()
        swap(&rows, &response)
        defer { swap(&rows, &response) }
        answerCharge.release()
        var uncounted = Self.uncountedBytes
        do throws(ReQLError) {
            let step = try cursor.pollRows { row in
                if fill.rows > 0 { rows.append(UInt8(ascii: ",")) }
                row.writeJSON(into: &rows)
                let byteCount = rows.count - start
                if fill.isFull(with: byteCount) { return false }
                guard byteCount >= uncounted else { return true }
                // Whatever the client has asked for, the batch ends where memory does.
                uncounted = 2 * byteCount
                return hold(byteCount)
            }
            switch step {
            case .stopped: return true
            case .nothing(let time):
                wakeTime = time.map { MonotonicTime($0) }
                return true
            case .end: return false
            }
        } catch {
            guard fill.rows > 0 else { throw error }
            // What came before it is answered; the cursor fails again when the next batch is asked for.
            return true
        }
    }

    /// Ends a response whose last array is open.
    private func end(_ start: Int, since started: MonotonicTime) throws(ReQLError) {
        response.append("]")
        if wantsProfile {
            let duration = MonotonicTime.now - started
            response.append(",\"p\":")
            let profile: Datum = [
                ["description": "Running the query.", "duration(ms)": Datum(duration / .milliseconds(1)), "sub_tasks": []]
            ]
            profile.writeJSON(into: &response)
        }
        DriverResponse.end(start, in: &response)
        guard response.count - start - DriverResponse.headerByteCount < service.limits.responseBytes else { throw tooLarge }
    }

    private var tooLarge: ReQLError {
        ReQLError(.resourceLimit, "The result is larger than a response can be, \(service.limits.responseBytes) bytes.")
    }
}
