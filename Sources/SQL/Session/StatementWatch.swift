import Ground
import ReQLish

/// How long a statement has taken so far, to be noted in the server's log if that is too long. The time that its client takes to read rows
/// doesn't count.
final class StatementWatch {
    private let session: Session
    private let statement: Statement
    private let source: SourceText
    private let range: Range<Int>
    private let limit: Duration
    private var time: Duration
    /// What it was bound to, if it has a plan.
    private let plan: Plan?

    fileprivate init(
        _ session: Session, _ statement: Statement, _ source: SourceText, _ range: Range<Int>, _ plan: Plan?, limit: Duration
    ) {
        (self.session, self.statement, self.source, self.range, self.limit, self.plan) = (session, statement, source, range, limit, plan)
        time = .microseconds(max(0, Session.now() - session.statementTime))
    }

    func add(_ time: Duration) { self.time += time }

    /// The statement is over.
    ///
    /// - Parameter rowCount: how many rows it gave or changed; nil of one that has failed, or is about none.
    func end(rowCount: Int?) {
        guard time > limit else { return }
        var planText: String?
        if let plan, let rows = try? PlanText(ExplainOptions()).rows(plan) {
            planText = rows.map { if case .text(let line)? = $0.first { line } else { "" } }.joined(separator: "\n")
        }
        session.pando.server.noteSlow(text, of: session.account, took: time, rowCount: rowCount, plan: planText)
    }

    /// A text of so many bytes has more characters than are noted.
    private static let mostBytes = 16 << 10

    private var text: String {
        let secret = statement.secretOffset
        let end = min(secret ?? range.upperBound, range.lowerBound + Self.mostBytes)
        let text = String(decoding: source.bytes[range.lowerBound..<end], as: UTF8.self).trimming()
        return secret == nil ? text : text + " PASSWORD …"
    }
}

extension Session {
    /// What notes the statement that runs if it is slow; nil where none is.
    func watch(_ statement: Statement, _ source: SourceText, _ range: Range<Int>, _ plan: Plan?) -> StatementWatch? {
        guard let limit = pando.server.slowQueryTime else { return nil }
        if statement.runsAnother { return nil }
        return StatementWatch(self, statement, source, range, plan, limit: limit)
    }
}

extension Session {
    /// Counts a statement that is over.
    ///
    /// - Parameter start: when it began; nil: it is the one that runs.
    func countStatement(since start: Int64? = nil) {
        if isTimedByTurn { return untimedCount += 1 }
        pando.server.countStatements(.microseconds(max(0, Self.now() - (start ?? statementTime))), door)
    }
}

extension Statement {
    /// Whether it is EXECUTE: what that runs is noted and counted by itself.
    var runsAnother: Bool { if case .execute = self { true } else { false } }

    /// Where in the text the password of a role begins, with its key word; nil if there is none.
    fileprivate var secretOffset: Int? {
        let options: [Option]
        switch self {
        case .createRole(let role): options = role.options
        case .alterRole(_, let given): options = given
        default: return nil
        }
        return options.first { $0.name.text == "password" }?.name.position.offset
    }
}
