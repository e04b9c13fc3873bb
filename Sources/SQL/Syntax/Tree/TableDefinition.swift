/// How long a table lives.
enum Persistence: Hashable, Sendable {
    case permanent, temporary, unlogged
}

/// RESTRICT, unless CASCADE is said.
enum DropBehavior: Hashable, Sendable {
    case unsaid, cascade, restrict
}

/// An option that has a name and perhaps a value: of WITH, COPY, EXPLAIN, CREATE DATABASE, CREATE ROLE, …
struct Option: Hashable, Sendable {
    indirect enum Value: Hashable, Sendable {
        case none
        /// A number with its sign.
        case number(String)
        case string(String)
        /// A word, or a type without more than a name.
        case word(String)
        case type(TypeName)
        case `operator`(OperatorName)
        case star
        case list([Value])
        case roles([Role])
        case null
        case `default`
    }

    /// As in `toast.fillfactor`.
    var namespace: Name?
    var name: Name
    var value = Value.none
}

struct CreateTable: Hashable, Sendable {
    enum CommitAction: Hashable, Sendable {
        case unsaid, preserveRows, deleteRows, drop
    }

    var name: QualifiedName
    var persistence: Persistence
    var ifNotExists: Bool
    var elements: [TableElement] = []
    var accessMethod: Name?
    var options: [Option] = []
    var onCommit = CommitAction.unsaid
    var tablespace: Name?
    var position: Position
}

/// CREATE TABLE … AS, CREATE MATERIALIZED VIEW.
struct CreateTableAs: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        case query(Query)
        case execute(name: Name, arguments: [Expression])
    }

    var table: CreateTable
    var columns: [Name]
    var content: Content
    var withData: Bool
    var isMaterializedView: Bool
}

enum TableElement: Hashable, Sendable {
    case column(ColumnDefinition)
    case constraint(TableConstraint)
    case like(LikeClause)
}

/// LIKE table: its columns again.
struct LikeClause: Hashable, Sendable {
    struct Choice: Hashable, Sendable {
        var isIncluded: Bool
        /// `defaults`, `all`, …
        var part: String
    }

    var relation: QualifiedName
    var choices: [Choice]
}

struct ColumnDefinition: Hashable, Sendable {
    var name: Name
    var type: TypeName
    var collation: QualifiedName?
    var constraints: [ColumnConstraint] = []
}

struct ColumnConstraint: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case notNull, null
        case check(Expression, noInherit: Bool)
        case `default`(Expression)
        case generated(Expression)
        case identity(isAlways: Bool, options: [SequenceOption])
        case unique(UniqueRule)
        case primaryKey
        case references(Reference)
        /// Words that belong to the constraint before them.
        case deferrable(Bool)
        case initially(isDeferred: Bool)
    }

    var name: Name?
    var kind: Kind
    var position: Position
}

struct TableConstraint: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case check(Expression)
        case unique(columns: [Name], UniqueRule)
        case primaryKey(columns: [Name], UniqueRule)
        /// UNIQUE or PRIMARY KEY USING INDEX.
        case index(Name, isPrimaryKey: Bool)
        case foreignKey(columns: [Name], Reference)
    }

    var name: Name?
    var kind: Kind
    var isDeferrable = false
    var isInitiallyDeferred = false
    var isNotValid = false
    var isNoInherit = false
    var position: Position
}

/// What UNIQUE and PRIMARY KEY may say beside their columns.
struct UniqueRule: Hashable, Sendable {
    var nullsAreEqual = false
    var included: [Name] = []
}

/// REFERENCES.
struct Reference: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        case noAction, restrict, cascade
        /// The columns that are set, if not all are.
        case setNull([Name])
        case setDefault([Name])
    }

    var relation: QualifiedName
    var columns: [Name] = []
    var isFull = false
    var onDelete = Action.noAction
    var onUpdate = Action.noAction
}

struct AlterTable: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case table, index, sequence, view, cell, type
        case materializedView = "materialized view"
    }

    var kind: Kind
    var name: QualifiedName
    var isOnly = false
    var ifExists = false
    var actions: [Action]
    var position: Position

    struct Action: Hashable, Sendable {
        var kind: Kind
        var position: Position
    }
}

extension AlterTable.Action {
    enum Kind: Hashable, Sendable {
        case addColumn(ColumnDefinition, ifNotExists: Bool)
        case dropColumn(Name, ifExists: Bool, DropBehavior)
        case addConstraint(TableConstraint)
        case dropConstraint(Name, ifExists: Bool, DropBehavior)
        case validateConstraint(Name)
        case alterConstraint(Name, isDeferrable: Bool, isInitiallyDeferred: Bool)
        case setType(Name, TypeName, collation: QualifiedName?, using: Expression?)
        /// Nil drops it.
        case setDefault(Name, Expression?)
        case setNotNull(Name, Bool)
        case addIdentity(Name, isAlways: Bool, [SequenceOption])
        case setIdentity(Name, isAlways: Bool?, [SequenceOption])
        case dropIdentity(Name, ifExists: Bool)
        case dropExpression(Name, ifExists: Bool)
        /// SET STATISTICS, STORAGE, COMPRESSION or options of a column: accepted.
        case tuneColumn(Name, String)
        case setOptions([Option])
        case resetOptions([Option])
        case setOwner(Role)
        case setTablespace(Name)
        case setAccessMethod(Name)
        case setLogged(Bool)
        /// The trigger is nil for all of them.
        case setTriggers(isEnabled: Bool, Name?)
        /// CLUSTER ON and REPLICA IDENTITY USING INDEX.
        case ignoredIndex(Name, isIdentity: Bool)
        /// CLUSTER ON, REPLICA IDENTITY and their kin: accepted.
        case ignored(String)
    }
}

struct CreateIndex: Hashable, Sendable {
    var name: Name?
    var ifNotExists = false
    var isUnique: Bool
    var isConcurrent: Bool
    var relation: QualifiedName
    var isOnly = false
    var method: Name?
    var elements: [IndexElement]
    var included: [IndexElement] = []
    var nullsAreEqual = false
    var options: [Option] = []
    var tablespace: Name?
    var predicate: Expression?
    var position: Position
}

/// A column or expression of an index, or of ON CONFLICT.
struct IndexElement: Hashable, Sendable {
    var value: Expression
    var collation: QualifiedName?
    var operatorClass: QualifiedName?
    var operatorClassOptions: [Option] = []
    var direction = SortItem.Direction.unsaid
    var nulls = SortItem.Nulls.unsaid
}

struct CreateView: Hashable, Sendable {
    enum Check: Hashable, Sendable {
        case none, local, cascaded
    }

    var name: QualifiedName
    var persistence: Persistence
    var replaces: Bool
    var isRecursive: Bool
    var columns: [Name]
    var options: [Option]
    var query: Query
    var check: Check
    var position: Position
}

struct CreateSequence: Hashable, Sendable {
    var name: QualifiedName
    var persistence: Persistence
    var ifNotExists: Bool
    var options: [SequenceOption]
    var position: Position
}

struct SequenceOption: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case type(TypeName)
        case increment(String), start(String), cache(String)
        /// Nil: NO.
        case minimum(String?), maximum(String?)
        case cycle(Bool)
        /// Without a number: from the start.
        case restart(String?)
        case owned(QualifiedName)
        case name(QualifiedName)
        case logged(Bool)

        /// Whether two options are about the same thing, of which only one can be meant.
        func says(sameAs other: Kind) -> Bool {
            switch (self, other) {
            case (.type, .type), (.increment, .increment), (.start, .start), (.cache, .cache), (.minimum, .minimum), (.maximum, .maximum),
                (.cycle, .cycle), (.restart, .restart), (.owned, .owned), (.name, .name):
                true
            default: false
            }
        }
    }

    var kind: Kind
    var position: Position
}
