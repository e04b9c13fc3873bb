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
        var offset = 0
        var portal: String?
        var writes = false
        var isSynced = false
        while offset < inputByteCount {
            guard let (frame, end) = input.message(at: offset), frame.body.count <= Self.shortBytes,
                let kind = FrontendMessage.Kind(rawValue: frame.type)
            else { return .any }
            var reader = MessageReader(input.bytes, in: frame.body)
            switch kind {
            case .query:
                // Only alone: what comes behind it would be read before it is run.
                guard offset == 0, end == inputByteCount, let text = try? reader.text(),
                    let script = connection.readScript(text, &newTexts)
                else { return .any }
                readScript = (text, script)
                return script.shape
            case .bind:
                // A short write is made alone, up to its Sync.
                guard !writes, let name = try? reader.text(), let statement = (try? reader.text()).flatMap({ connection[statement: $0] })
                else { return .any }
                switch connection.shape(of: statement) {
                case .shortRead: break
                case .shortWrite where portal == nil: writes = true
                default: return .any
                }
                portal = name
            case .execute: guard let portal, (try? reader.text()) == portal else { return .any }
            case .sync: if writes, end < inputByteCount { return .any }
            case .describe, .close, .flush: break
            default: return .any
            }
            isSynced = kind == .sync
            offset = end
        }
        return !writes ? .shortRead : isSynced ? .shortWrite : .any
    }
}
