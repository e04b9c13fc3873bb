import Ground
import httpd

// How a process that is about to write learns that another one writes. It is a courtesy to people who begin a second one by mistake: the right
// to write stands in the row of the state, and is proved by each commit.

extension PostgresEngine {
    /// How long a lock is waited for that somebody holds: a process that was killed has it until the server notices.
    private static let lockPatience = Duration.seconds(2)
    /// How long a process is waited for whose newest sign of life is from before. One that was killed may have given it just then.
    private static let silencePatience = Duration.seconds(Dialect.silentSeconds + 1)

    /// Whether a process may begin to write, as ``PostgresStatement/lock`` answers.
    private enum Answer: Int {
        case later, now, never
    }

    /// Takes the lock that whoever writes holds by its session. Does nothing where the engine has none: signs of life go on when a session ends.
    static func lock(_ connection: PostgresConnection, _ address: PostgresAddress, _ use: Use) throws {
        guard connection.dialect.hasAdvisoryLocks else { return }
        try wait(lockPatience, connection, address, use) { _ in try answer(connection, use, []) }
    }

    /// Does something in a transaction that has the row of the state, at a moment at which nobody writes who must not: of two processes that
    /// begin at the same time, the second one sees the first.
    static func withRow<Result>(
        _ connection: PostgresConnection, _ address: PostgresAddress, _ use: Use, _ process: [UInt8], _ body: () throws -> Result
    ) throws -> Result {
        var result: Result?
        try wait(silencePatience, connection, address, use) { milliseconds in
            do {
                try connection.run([(.beginChanges, []), (.turn, [])])
                let answer = try answer(connection, use, [process, [UInt8](int8: milliseconds)])
                if answer == .now {
                    let done = try body()
                    try connection.run([(.commit, [])])
                    result = done
                    return .now
                }
                connection.rollBack()
                return answer
            } catch let refusal as PostgresClient.Refusal {
                guard refusal.isConflict else { throw refusal }
                connection.rollBack()
                return .later
            }
        }
        guard let result else { throw CommandError.failed("The row of the table pando_state is missing.") }
        return result
    }

    private static func answer(_ connection: PostgresConnection, _ use: Use, _ parameters: [[UInt8]]) throws -> Answer {
        let row = try one(connection, (use == .writingAlone ? .lock : .lockShared, parameters))
        return Answer(rawValue: row[0].int8) ?? .never
    }

    /// - Parameter answer: asked again and again, with the milliseconds that have gone by.
    private static func wait(
        _ patience: Duration, _ connection: PostgresConnection, _ address: PostgresAddress, _ use: Use, for answer: (Int) throws -> Answer
    ) throws {
        let start = MonotonicTime.now
        let never = Monitored(())
        while true {
            switch try answer(Int(clamping: Int64((.now - start) / .milliseconds(1)))) {
            case .now: return
            case .later where .now < start + patience: never.wait(until: .now + .milliseconds(50)) { _ in Never?.none }
            case .later, .never:
                connection.close()
                throw CatalogError(
                    .busy,
                    use == .writingAlone
                        ? "Another process serves what \(address.name) keeps, or is writing it. Ask that one, or serve it with --processes several everywhere."
                        : "Another process serves what \(address.name) keeps, alone. Ask that one, or serve it with --processes several everywhere."
                )
            }
        }
    }
}
