import Ground
import ReQLish

// Statements that are cancelled, or take too long.
extension Session {
    /// When the statement that runs is to be given up.
    var deadline: MonotonicTime? {
        guard let timeout, let turnLimit else { return timeout ?? turnLimit }
        return min(timeout, turnLimit)
    }

    /// The time of a statement begins.
    func beginTime() {
        timeout = settingsStore.statements.timeout.map { .now + $0 }
        if let limit { timeout = min(timeout ?? limit, limit) }
        turnLimit = transaction.hasTurn ? pando.options.writerTime.map { .now + $0 } : nil
    }

    /// Reads on in the rows of a statement that was left before its end. They have a time of their own, as if they were a statement.
    func goOn(with run: Run?) {
        beginTime()
        canceller.goOn(with: run?.cancellation ?? Cancellation())
        run?.heedStops()
    }

    /// Has whatever the statement's memory knows of ask whether it is to end.
    func heedStops() {
        memory.stop { [canceller, timeout] in canceller.isCancelled || canceller.isTurnOver || timeout.map { $0 < .now } ?? false }
    }

    /// From now on nobody else can write.
    func hasTakenTurn() {
        guard let time = pando.options.writerTime else { return }
        turnLimit = .now + time
    }

    /// Throws if the statement was cancelled, or has taken too long.
    func checkStopped() throws(SQLError) {
        if canceller.isCancelled { throw SQLError.canceled }
        if let deadline, MonotonicTime.now > deadline { throw timedOut }
    }

    /// What went on for long was stopped: by whom?
    func explained(_ error: SQLError) -> SQLError {
        guard error == SQLError.canceled, let deadline, deadline < .now, !canceller.isCancelled else { return error }
        return timedOut
    }

    /// Why a statement ends whose time is over.
    var timedOut: SQLError {
        guard let turnLimit, turnLimit < timeout ?? .now, let time = pando.options.writerTime else {
            return SQLError(.queryCanceled, "canceling statement due to statement timeout")
        }
        let shown = time < .seconds(1) ? "\(Int(time / .milliseconds(1))) ms" : "\(Int(time / .seconds(1))) s"
        return SQLError(
            .queryCanceled, "canceling statement due to --writer-time: \(shownStatement) has kept others from writing for \(shown)",
            hint: "--writer-time of pando serve says how long one statement may; 0 is for ever.")
    }

    /// The beginning of the statement that runs, on one line.
    private var shownStatement: String {
        guard let (source, start) = running else { return "it" }
        let limit = 60
        // A character has four bytes at most.
        let text = String(decoding: source.bytes[start..<min(source.count, start + 4 * (limit + 1))], as: UTF8.self)
        let line = text.unicodeScalars.prefix(limit).map { $0.value < 0x20 ? " " : $0 }
        var shown = String(String.UnicodeScalarView(line))
        if text.unicodeScalars.count > limit { shown += "…" }
        return "\"\(shown)\""
    }
}
