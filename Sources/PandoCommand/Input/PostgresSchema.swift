/// What is to be taken over from a PostgreSQL database, as the statements that make it. Names are quoted and have their schema.
struct PostgresSchema {
    /// Something that one statement makes.
    struct Object {
        /// `view`, say.
        var kind: String
        var name: String
        var statement: String
        var comment: String?
    }

    struct Table {
        var number: String
        var name: String
        /// Whether it is one for all of its partitions.
        var isPartitioned = false
        var columns: [Column] = []
        /// Its primary key and its checks, which it begins with; and those that come after its rows.
        var constraints: [Constraint] = []
        var lateConstraints: [Constraint] = []
        var comment: String?
        /// About how many rows it has.
        var estimate: Double = 0
    }

    struct Column {
        var name: String
        var type: String
        var isRequired: Bool
        var value: String?
        var isGenerated: Bool
        /// `ALWAYS` or `BY DEFAULT`, and the sequence behind it.
        var identity: String?
        var sequence: Sequence?
        var collation: String?
        var comment: String?
    }

    struct Constraint {
        var name: String
        var definition: String
    }

    struct Sequence {
        var name: String
        /// What stands behind its name: `AS integer START WITH 1 …`.
        var options: String
        /// The column, with its table, that takes it along when it is dropped.
        var owner: String?
        var comment: String?
    }

    /// Which tables are wanted; nil: all.
    struct Choice {
        var schemas: Set<String>?
        /// With their schema.
        var tables: Set<String>?

        func has(schema: String) -> Bool { schemas?.contains(schema) ?? true }

        func has(schema: String, table: String) -> Bool {
            if let tables { return tables.contains("\(schema).\(table)") }
            return has(schema: schema)
        }
    }

    var schemas: [Object] = []
    var types: [Object] = []
    var sequences: [Sequence] = []
    var tables: [Table] = []
    var indexes: [Object] = []
    var views: [Object] = []
    /// What there is no way to take over: its kind, its name, and why.
    var leftOut: [(kind: String, name: String, reason: String)] = []
}
