import ReQLish
import Synchronization

/// `~`, `!~`, `~*` and `!~*`.
enum RegexOperators {
    static let bodies: [String: SQLFunction.Body] = {
        var bodies: [String: SQLFunction.Body] = [:]
        for type in ["name", "text", "bpchar"] {
            for (letters, foldsCase) in [("", false), ("ic", true)] {
                bodies["\(type)\(letters)regexeq"] = .binary { (text, pattern) throws(SQLError) in
                    .bool(try matches(text.text, pattern.text, foldsCase: foldsCase))
                }
                bodies["\(type)\(letters)regexne"] = .binary { (text, pattern) throws(SQLError) in
                    .bool(try !matches(text.text, pattern.text, foldsCase: foldsCase))
                }
            }
        }
        return bodies
    }()

    /// The expressions that were used last.
    private static let expressions = Mutex<[String: RegularExpression]>([:])

    private static func matches(_ text: String, _ pattern: String, foldsCase: Bool) throws(SQLError) -> Bool {
        // A dot is any character, line feeds among them.
        let whole = (foldsCase ? "(?si)" : "(?s)") + pattern
        let expression: RegularExpression
        if let known = expressions.withLock({ $0[whole] }) {
            expression = known
        } else {
            do throws(ReQLError) {
                expression = try RegularExpression(whole)
            } catch {
                throw SQLError(SQLState(rawValue: "2201B"), "invalid regular expression: \(error.message)")
            }
            expressions.withLock {
                if $0.count >= 64 { $0.removeAll(keepingCapacity: true) }
                $0[whole] = expression
            }
        }
        let bytes = Array(text.utf8)
        return expression.firstMatch(in: bytes.span) != nil
    }
}
