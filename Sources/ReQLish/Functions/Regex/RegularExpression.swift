import Catalog
import Synchronization

/// A regular expression in RE2's syntax. Searching takes time linear in the text.
///
/// A search first asks the automaton whether there is a match at all, which for most rows of a filter there is not, and
/// lets the machine find its place and groups only then.
package final class RegularExpression: Sendable {
    private let program: RegexProgram
    /// Shared by searches; one that finds it in use does without.
    private let automaton: Mutex<RegexAutomaton?>

    /// The choice among the matches that begin leftmost.
    package enum Preference: Sendable {
        /// The one that a backtracking search finds first.
        case first
        case longest
        case shortest
    }

    private let preference: Preference

    package var groupCount: Int { program.groupCount }

    /// - Parameter hasConstraints: whether the syntax has lookaround and back-references too: such expressions are searched for by
    ///   `search`.
    package init(_ pattern: String, preference: Preference = .first, hasConstraints: Bool = false) throws(ReQLError) {
        self.preference = preference
        do {
            program = try RegexProgram(pattern, hasConstraints: hasConstraints)
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
        return machine.firstMatch(in: text, from: start)
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

/// The expressions that queries made of computed patterns used last.
final class RegularExpressionCache: Sendable {
    private let expressions = Mutex<[Datum: RegularExpression]>([:])
    private let capacity: Int

    init(capacity: Int = 64) { self.capacity = capacity }

    func expression(_ pattern: Datum) throws(ReQLError) -> RegularExpression {
        if let known = expressions.withLock({ $0[pattern] }) { return known }
        let expression = try RegularExpression(TypeCheck.string(pattern))
        expressions.withLock {
            if $0.count >= capacity { $0.removeAll(keepingCapacity: true) }
            $0[pattern] = expression
        }
        return expression
    }
}
