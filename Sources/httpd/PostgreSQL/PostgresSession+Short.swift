import PostgresWire
import ReQLish
import SQL

// What takes so little time that the loop does it itself: reads of a row by its key, and in a block changes of single rows that wait for
// nobody. To hand them to a worker and to take them back costs as much again.
extension PostgresSession {
    /// The most bytes of a query, or of values, of something short.
    private static let shortBytes = 4096

    /// Whether the open block has the writer's turn.
    var hasTurn: Bool { connection?.hasTurn ?? false }

    /// Whether the loop runs it, and says how long its statements take.
    var isTimedByTurn: Bool {
        get { connection?.isTimedByTurn ?? false }
        set { connection?.isTimedByTurn = newValue }
    }

    /// How many statements have ended meanwhile.
    func takeStatementCount() -> Int { connection?.takeStatementCount() ?? 0 }

    /// Has others write before the session goes on.
    func lendTurn() { if hasTurn { connection?.awaitClient() } }

    /// How long the messages that have come take together, as far as that is known.
    ///
    /// - Parameter newTexts: how many texts that the session has not read yet may be bound to find that out.
    func shape(_ newTexts: inout Int) -> QueryShape {
        // What was begun without Sync may have written, and ends with it.
        guard let connection, isAtRest, !isInGroup else { return .any }
        var portal: String?
        var writes = false
        var isSynced = false
        var shape: QueryShape?
        let areShort = eachMessage { kind, place, reader in
            isSynced = kind == .sync
            switch kind {
            case .query:
                // Only alone: what comes behind it would be read before it is run.
                guard place.isFirst, place.isLast, let text = try? reader.text(), let script = connection.readScript(text, &newTexts) else {
                    return false
                }
                readScript = (text, script)
                shape = script.shape
            case .bind:
                // A short write is made alone, up to its Sync.
                guard !writes, let name = try? reader.text(), let statement = (try? reader.text()).flatMap({ connection[statement: $0] })
                else { return false }
                switch connection.shape(of: statement) {
                case .shortRead: break
                case .shortWrite where portal == nil: writes = true
                default: return false
                }
                portal = name
            case .execute: guard let portal, (try? reader.text()) == portal else { return false }
            case .sync: if writes, !place.isLast { return false }
            case .describe, .close, .flush: break
            default: return false
            }
            return true
        }
        guard areShort else { return .any }
        if let shape { return shape }
        return !writes ? .shortRead : isSynced ? .shortWrite : .any
    }

    /// Calls `body` with each message that has come, as long as that returns true.
    ///
    /// - Returns: whether all are whole and short, of a kind that is known, and `body` has returned true.
    private func eachMessage(
        _ body: (FrontendMessage.Kind, (isFirst: Bool, isLast: Bool), inout MessageReader) -> Bool
    ) -> Bool {
        var offset = 0
        while offset < inputByteCount {
            guard let (frame, end) = input.message(at: offset), frame.body.count <= Self.shortBytes,
                let kind = FrontendMessage.Kind(rawValue: frame.type)
            else { return false }
            var reader = MessageReader(input.bytes, in: frame.body)
            guard body(kind, (offset == 0, end == inputByteCount), &reader) else { return false }
            offset = end
        }
        return true
    }
}

// Where an engine has the records, nobody may be asked on the loop: to find out what a statement is would take trips, but of one that was
// bound before it is known.
extension PostgresSession: SharedRead {
    /// ``shape(_:)`` as far as it is known so: only outside of a block.
    func shapeAskingNobody() -> QueryShape {
        var newTexts = 0
        return connection?.transactionStatus == .idle ? shape(&newTexts) : .any
    }

    /// What a message asks for that has come and is known.
    private enum Known {
        case script(SQLScript)
        case statement(PreparedStatement, [SQLValue])
    }

    /// Calls `body` with each statement of the messages that have come, as long as that returns true.
    ///
    /// - Returns: whether all are known, and `body` has returned true.
    private func eachStatement(_ body: (SQLConnection, Known) -> Bool) -> Bool {
        guard let connection else { return false }
        return eachMessage { kind, _, reader in
            if kind == .query { return readScript.map { body(connection, .script($0.script)) } ?? false }
            guard kind == .bind else { return true }
            var parameter: Int?
            guard case .bind(let bind)? = try? FrontendMessage(kind, &reader),
                let statement = connection[statement: bind.statement], bind.parameters.count == statement.parameterTypes.count,
                let values = try? values(of: bind, for: statement, connection, reading: &parameter)
            else { return false }
            return body(connection, .statement(statement, values))
        }
    }

    /// What the messages that have come read, if that is documents by their keys.
    private var documents: [KeyedDocument]? {
        var documents: [KeyedDocument] = []
        let areKnown = eachStatement { connection, known in
            let document =
                switch known {
                case .script(let script): script.document
                case .statement(let statement, let values): connection.document(of: statement, values)
                }
            guard let document else { return false }
            documents.append(document)
            return true
        }
        return areKnown && !documents.isEmpty ? documents : nil
    }

    /// Outside of a block, where this process alone writes. Of what is short nothing but a change of single rows is a write then.
    var isForeseen: Bool { connection?.transactionStatus == .idle && service.pando.catalog.keepsRows }

    func expectDocuments() -> ExpectedDocuments? {
        var expected: ExpectedDocuments?
        // A short write is the only one.
        _ = eachStatement { connection, known in
            expected =
                switch known {
                case .script(let script): script.expectDocuments()
                case .statement(let statement, let values): connection.expectDocuments(of: statement, values)
                }
            return true
        }
        return expected
    }

    static func fetch(_ sessions: [PostgresSession]) {
        var all: [KeyedDocument] = []
        var known: [PostgresSession] = []
        for session in sessions {
            guard let documents = session.documents else { continue }
            all += documents
            known.append(session)
        }
        guard known.first?.connection?.fetch(all) ?? false else { return }
        for session in known { session.asksNobody = true }
    }
}
