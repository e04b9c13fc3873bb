/// The rule of a declaration that a document breaks, as PostgreSQL's protocol tells it apart from the message.
///
/// A reference, so that an error stays as small as it was.
package final class DeclarationViolation: Sendable {
    package let sqlState: String
    package let table: String?
    package let column: String?
    package let constraint: String?

    package init(sqlState: String, table: String? = nil, column: String? = nil, constraint: String? = nil) {
        self.sqlState = sqlState
        self.table = table
        self.column = column
        self.constraint = constraint
    }
}

extension DeclarationViolation: Hashable {
    private var parts: [String?] { [sqlState, table, column, constraint] }

    package static func == (left: DeclarationViolation, right: DeclarationViolation) -> Bool { left.parts == right.parts }

    package func hash(into hasher: inout Hasher) { hasher.combine(parts) }
}
