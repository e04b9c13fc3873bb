import Synchronization

/// The statement that a session runs, or has run last, as others see it. It has a lock of its own: those who run many short statements
/// don't wait for each other.
final class SessionActivity: Sendable {
    enum Text: Sendable {
        case string(String)
        /// UTF-8, and after it a 0.
        case source([UInt8])
    }

    struct Shown: Sendable {
        fileprivate var text = Text.string("")
        /// When it began, in microseconds from 2000-01-01 in UTC; 0 if there was none.
        fileprivate(set) var start: Int64 = 0
        fileprivate(set) var isRunning = false
        fileprivate var transaction = SQLConnection.TransactionStatus.idle
        /// When its block began, and when the session came to rest in it; 0 outside of one.
        fileprivate var blockStart: Int64 = 0
        fileprivate var restStart: Int64 = 0

        var statement: String {
            switch text {
            case .string(let string): string
            case .source(let bytes): String(decoding: bytes.dropLast(), as: UTF8.self)
            }
        }

        /// When its transaction began; nil if there is none.
        var transactionStart: Int64? { blockStart != 0 ? blockStart : isRunning ? start : nil }

        /// Since when it is in its state; nil of one that waits outside of a block, as nobody looks at the clock for that.
        var stateStart: Int64? { isRunning ? start : restStart != 0 ? restStart : nil }

        /// As `pg_stat_activity` calls it.
        var state: String {
            if isRunning { return "active" }
            switch transaction {
            case .idle: return "idle"
            case .inBlock: return "idle in transaction"
            case .failed: return "idle in transaction (aborted)"
            }
        }
    }

    /// The most bytes that are shown of a text, and kept for that.
    private static let limit = 1024
    private let content = Mutex(Shown())

    var shown: Shown { content.withLock { $0 } }

    func begin(_ text: Text) {
        let kept: Text
        switch text {
        case .string(let string): kept = string.utf8.count > Self.limit ? .string(String(string.prefix(Self.limit))) : text
        case .source(let bytes): kept = bytes.count > Self.limit + 1 ? .source(Array(bytes.prefix(Self.limit)) + [0]) : text
        }
        let start = Session.now()
        content.withLock { shown in
            shown.text = kept
            shown.start = start
            shown.isRunning = true
        }
    }

    /// The session waits for its client.
    ///
    /// - Parameter start: when its block began; nil outside of one.
    func rest(_ transaction: SQLConnection.TransactionStatus, since start: Int64?) {
        let now = start == nil ? 0 : Session.now()
        content.withLock { shown in
            shown.isRunning = false
            shown.transaction = transaction
            shown.blockStart = start ?? 0
            shown.restStart = now
        }
    }
}
