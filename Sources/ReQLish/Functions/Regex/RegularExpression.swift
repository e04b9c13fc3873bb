import Catalog
import Synchronization

/// A regular expression. Searching takes time linear in the text, as long as nothing looks around or refers back.
///
/// A search first asks the automaton whether there is a match at all, which for most rows of a filter there is not, and
/// lets the machine find its place and groups only then.
package final class RegularExpression: Sendable {
    package enum Syntax: Sendable {
        /// RE2's. Of the matches that begin leftmost the one counts that a backtracking search finds first.
        case re2
        /// The same with lookaround and back-references, and with PostgreSQL's rules of how much is matched, and what groups take.
        case postgreSQL
    }

    /// The choice among the matches that begin leftmost.
    enum Preference: Sendable {
        /// The one that a backtracking search finds first.
        case first
        case longest
        case shortest
    }

    private let program: RegexProgram
    private let preference: Preference
    /// How a match is divided among the groups, if there are any and the machine doesn't say it already.
    private let division: RegexDivision?
    /// Shared by searches; one that finds it in use does without.
    private let automaton: Mutex<RegexAutomaton?>

    package var groupCount: Int { program.groupCount }

    package init(_ pattern: String, _ syntax: Syntax = .re2) throws(ReQLError) {
        do {
            var parser = RegexParser(pattern, hasConstraints: syntax == .postgreSQL)
            let root = try parser.parse()
            program = try RegexProgram(
                root, sets: parser.sets, groupCount: parser.groupCount, clearsGroups: syntax == .postgreSQL)
            switch syntax {
            case .re2: (preference, division) = (.first, nil)
            case .postgreSQL:
                preference = RegexDivision.prefersLittle(root) ? .shortest : .longest
                division = program.isLinear && program.groupCount > 0 ? RegexDivision(root, sets: parser.sets) : nil
            }
        } catch {
            let part = error.part.isEmpty || error.part == pattern ? "" : " (in \(Datum(error.part).shortText))"
            throw ReQLError(.queryLogic, "The regular expression \(Datum(pattern).shortText) \(error.message)\(part).")
        }
        automaton = Mutex(RegexAutomaton(program))
    }

    /// The leftmost match: byte offsets of start and end for the whole and for each group, −1 for a group that took no part.
    ///
    /// A search that nobody waits for any more ends with nil: whoever meets that asks `QueryMemory.isThreadStopped`.
    ///
    /// - Parameter start: where the search begins; what stands before it is looked at by assertions.
    package func firstMatch(in text: borrowing Span<UInt8>, from start: Int = 0) -> [Int]? {
        if start == 0, hasNoMatch(in: text) { return nil }
        var machine = RegexMachine(program, preference: preference)
        guard var match = machine.firstMatch(in: text, from: start) else { return nil }
        if machine.isAmbiguous, let division { RegexDivider.divide(&match, by: division, in: text) }
        return match
    }

    /// The same where the expression may look around or refer back: that can take too many steps.
    package func search(in text: borrowing Span<UInt8>, from start: Int = 0) throws(RegexStepsExceeded) -> [Int]? {
        guard !program.isLinear else { return firstMatch(in: text, from: start) }
        var backtracker = RegexBacktracker(program, preference: preference)
        return try backtracker.firstMatch(in: text, from: start)
    }

    private func hasNoMatch(in text: borrowing Span<UInt8>) -> Bool {
        // Spans can't go into the closure: the automaton comes out and goes back.
        guard
            var taken = automaton.withLockIfAvailable({ state -> RegexAutomaton? in
                defer { state = nil }
                return state
            }) ?? nil
        else { return false }
        guard let answer = taken.matches(text) else {
            if QueryMemory.isThreadStopped { automaton.withLock { $0 = taken } }
            return false
        }
        automaton.withLock { $0 = taken }
        return !answer
    }
}
