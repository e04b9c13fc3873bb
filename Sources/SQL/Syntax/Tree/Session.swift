enum TransactionMode: Hashable, Sendable {
    /// In lower case: `serializable`, `repeatable read`, `read committed`, `read uncommitted`.
    case isolation(String, Position)
    case readOnly(Bool, Position)
    case deferrable(Bool, Position)
}

/// SET or RESET of a setting.
struct SettingChange: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case values([SettingValue])
        case `default`
        /// FROM CURRENT.
        case current
        /// RESET name.
        case reset
        /// RESET ALL; there is no name.
        case resetAll
    }

    /// `search_path`, `pando.cross_database`; of SET TIME ZONE `timezone`, and so on.
    var name: String
    var value: Value
    var position: Position
}

enum SettingValue: Hashable, Sendable {
    case string(String)
    case number(String)
    /// SET TIME ZONE INTERVAL '…'.
    case interval(Expression)
}

enum Show: Hashable, Sendable {
    case setting(String, Position)
    case all
    case databases
    case tables(database: Name?)
    case cells(group: QualifiedName?, filter: Expression?)
}

enum Discard: String, Hashable, Sendable {
    case all, plans, sequences, temporary
}

struct DeclareCursor: Hashable, Sendable {
    var name: Name
    var isBinary = false
    /// Nil: neither SCROLL nor NO SCROLL.
    var scrolls: Bool?
    /// ASENSITIVE and INSENSITIVE were said.
    var isInsensitive: Bool?
    var isHeld = false
    var query: Query
    var position: Position
}

/// FETCH and MOVE.
struct Fetch: Hashable, Sendable {
    enum Direction: Hashable, Sendable {
        case forward(Int), backward(Int)
        case forwardAll, backwardAll
        case absolute(Int), relative(Int)
    }

    var cursor: Name
    var direction: Direction
    var isMove: Bool
}
