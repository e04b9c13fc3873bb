/// An expression, as it was written: no name is resolved, no type is known.
///
/// A tree is as deep as the text is nested, which is at most `Parser.maximumDepth`, and not as its operators are many: what
/// is applied one after the other stands in one `chain`, and the operands of ANDs or ORs in one array. So functions that walk a tree may
/// recurse, and long lists of conditions cost no stack.
indirect enum Expression: Hashable, Sendable {
    case literal(Literal)
    /// `$1`, counted from 1.
    case parameter(Int, Position)
    /// `:name`.
    case namedParameter(Name)
    /// `a`, `t.a`, `a.b.c`: which part is what the binder finds out.
    case column(ColumnReference)
    /// `(e).field`, `e[1]`, `e[1:2]`.
    case access(Access)
    case chain(Chain)
    /// `- e`, `@ e`.
    case prefix(OperatorName, Expression)
    case not(Expression, Position)
    /// At least two operands. The position is that of the first AND or OR.
    case and([Expression], Position)
    case or([Expression], Position)
    case call(FunctionCall)
    case conditional(Conditional)
    case `case`(CaseExpression)
    /// `ROW(1, 2)`, `(1, 2)`.
    case row(RowConstructor)
    /// `ARRAY[1, 2]`; in it an inner `[…]` stands for `ARRAY[…]`.
    case array([Expression], Position)
    case subquery(Subquery)
    /// `CURRENT_DATE` and its kin.
    case special(SpecialValue)
    /// DEFAULT as a value: of INSERT and SET alone, as the binder holds it.
    case `default`(Position)
}

/// A column, or all columns, by its dotted name.
struct ColumnReference: Hashable, Sendable {
    var parts: [Name]
    /// Whether `*` ends it; alone, it has no parts.
    var isStar = false
    var position: Position
}

/// Parts of a value, from left to right.
struct Access: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case field(Name)
        /// `.*`
        case allFields(Position)
        case element(Expression, Position)
        case slice(Expression?, Expression?, Position)
    }

    var base: Expression
    var steps: [Step]
}

/// An operand and what is applied to it, from left to right: `a * b + c::int IS NULL` is `a`, `* b`, `+ c::int`, `IS NULL`.
///
/// A step's own operands bind tighter than the step.
struct Chain: Hashable, Sendable {
    var first: Expression
    var steps: [Step]

    enum Step: Hashable, Sendable {
        case binary(OperatorName, Expression)
        case quantified(OperatorName, Quantifier, Candidates)
        /// `e::type` and `CAST(e AS type)`. Also `type 'text'`, whose operand is the text.
        case cast(TypeName, Position)
        case collate(QualifiedName, Position)
        case atTimeZone(Expression, Position)
        case test(Test, isNegated: Bool, Position)
        case isDistinct(from: Expression, isNegated: Bool, Position)
        case between(Expression, Expression, isSymmetric: Bool, isNegated: Bool, Position)
        case membership(Candidates, isNegated: Bool, Position)
        case match(Match)
    }

    enum Quantifier: Hashable, Sendable {
        case any, all
    }

    /// What IN, ANY and ALL compare with. An ANY has one expression, an array.
    enum Candidates: Hashable, Sendable {
        case list([Expression])
        case query(Query)
    }

    /// What follows IS.
    enum Test: Hashable, Sendable {
        case null, `true`, `false`, unknown, document
        /// The form is NFC unless it is said.
        case normalized(form: String?)
    }

    /// LIKE and its kin.
    struct Match: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case like, caseInsensitiveLike, similar
        }

        var kind: Kind
        var pattern: Expression
        var escape: Expression?
        var isNegated: Bool
        var position: Position
    }
}

/// A call of a function, an aggregate or a window function.
struct FunctionCall: Hashable, Sendable {
    struct Argument: Hashable, Sendable {
        /// `name => value`.
        var name: Name?
        var value: Expression
    }

    var name: QualifiedName
    var arguments: [Argument] = []
    /// `count(*)`.
    var hasStar = false
    var isDistinct = false
    /// The last argument is an array of arguments.
    var isVariadic = false
    var orderBy: [SortItem] = []
    /// ORDER BY stands in WITHIN GROUP.
    var isWithinGroup = false
    var filter: Expression?
    var over: Over?
    var position: Position

    indirect enum Over: Hashable, Sendable {
        case named(Name)
        case window(Window)
    }
}

/// COALESCE and other words that look like functions and are none.
struct Conditional: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case coalesce, greatest, least, nullif, grouping
    }

    var kind: Kind
    var arguments: [Expression]
    var position: Position
}

struct CaseExpression: Hashable, Sendable {
    struct Branch: Hashable, Sendable {
        var condition: Expression
        var result: Expression
        var position: Position
    }

    /// What the conditions are compared with.
    var operand: Expression?
    var branches: [Branch]
    var otherwise: Expression?
    var position: Position
}

struct RowConstructor: Hashable, Sendable {
    var fields: [Expression]
    /// Whether it was written with the word ROW.
    var isExplicit: Bool
    var position: Position
}

struct Subquery: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case scalar, exists, array
    }

    var kind: Kind
    var query: Query
    var position: Position
}

/// A value that has a word of its own.
struct SpecialValue: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case currentDate = "current_date"
        case currentTime = "current_time"
        case currentTimestamp = "current_timestamp"
        case localTime = "localtime"
        case localTimestamp = "localtimestamp"
        case currentRole = "current_role"
        case currentUser = "current_user"
        case sessionUser = "session_user"
        case user
        case currentCatalog = "current_catalog"
        case currentSchema = "current_schema"
    }

    var kind: Kind
    /// Digits of the seconds.
    var precision: Int?
    var position: Position
}
