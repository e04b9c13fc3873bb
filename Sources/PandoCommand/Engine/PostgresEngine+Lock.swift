import Ground
import httpd

// How a process that is about to write learns that another one writes. It is a courtesy to people who begin a second one by mistake: the right
// to write stands in the row of the state, and is proved by each commit.

extension PostgresEngine {
    /// How long a lock is waited for that somebody holds: a process that was killed has it until the server notices.
    private static let lockPatience = Duration.seconds(2)
    /// How long a process is waited for that gives signs of life: one that was killed has given the last of them just before, perhaps.
    private static let silencePatience = Duration.seconds(Dialect.silentSeconds + 1)

    /// Takes the lock that whoever writes holds by its session. Does nothing where the engine has none: signs of life go on when a session ends.
    static func lock(_ connection: PostgresConnection, _ address: PostgresAddress, _ use: Use) throws {
        guard connection.dialect.hasAdvisoryLocks else { return }
        try wait(lockPatience, connection, address, use) { try isFree(connection, use, []) }
    }

    /// Does something in a transaction that has the row of the state, at a moment at which nobody writes who must not: of two processes that
    /// begin at the same time, the second one sees the first.
    static func withRow<Result>(
        _ connection: PostgresConnection, _ address: PostgresAddress, _ use: Use, _ process: [UInt8], _ body: () throws -> Result
    ) throws -> Result {
        var result: Result?
        try wait(silencePatience, connection, address, use) {
            do {
                try connection.run([(.beginChanges, []), (.turn, [])])
                if try isFree(connection, use, [process]) {
                    let done = try body()
                    try connection.run([(.commit, [])])
                    result = done
                    return true
                }
            } catch let refusal as PostgresClient.Refusal {
                guard refusal.isConflict else { throw refusal }
            }
            connection.rollBack()
            return false
        }
        guard let result else { throw CommandError.failed("The row of the table pando_state is missing.") }
        return result
    }

    private static func isFree(_ connection: PostgresConnection, _ use: Use, _ parameters: [[UInt8]]) throws -> Bool {
        try one(connection, (use == .writingAlone ? .lock : .lockShared, parameters))[0].int8 == 1
    }

    private static func wait(
        _ patience: Duration, _ connection: PostgresConnection, _ address: PostgresAddress, _ use: Use, for isFree: () throws -> Bool
    ) throws {
        let deadline = MonotonicTime.now + patience
        let never = Monitored(())
        while try !isFree() {
            guard .now < deadline else {
                connection.close()
                throw CatalogError(
                    .busy,
                    use == .writingAlone
                        ? "Another process serves what \(address.name) keeps, or is writing it. Ask that one, or serve it with --processes several everywhere."
                        : "Another process serves what \(address.name) keeps, alone. Ask that one, or serve it with --processes several everywhere."
                )
            }
            never.wait(until: .now + .milliseconds(50)) { _ in Never?.none }
        }
    }
}
