/// A role by its name, or by a word.
enum Role: Hashable, Sendable {
    case named(Name)
    case `public`(Position)
    case currentRole(Position), currentUser(Position), sessionUser(Position)
}

struct CreateRole: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case role, user, group
    }

    var kind: Kind
    var name: Name
    var options: [Option]
}

struct CreateSchema: Hashable, Sendable {
    /// Nil: the role's name.
    var name: Name?
    var ifNotExists: Bool
    var owner: Role?
    var elements: [Statement]
    var position: Position
}

enum CreateType: Hashable, Sendable {
    case enumeration([String])
    case composite([ColumnDefinition])
    case shell
}

struct CreateDomain: Hashable, Sendable {
    var name: QualifiedName
    var type: TypeName
    var collation: QualifiedName?
    var constraints: [ColumnConstraint]
    var position: Position
}

struct AlterEnum: Hashable, Sendable {
    enum Change: Hashable, Sendable {
        case add(String, ifNotExists: Bool)
        case addBefore(String, String, ifNotExists: Bool)
        case addAfter(String, String, ifNotExists: Bool)
        case rename(String, to: String)
    }

    var name: QualifiedName
    var change: Change
}

struct AlterDomain: Hashable, Sendable {
    enum Change: Hashable, Sendable {
        case setDefault(Expression?)
        case setNotNull(Bool)
        case addConstraint(TableConstraint)
        case dropConstraint(Name, ifExists: Bool, DropBehavior)
        case validateConstraint(Name)
    }

    var name: QualifiedName
    var change: Change
}

/// What a statement like COMMENT or RENAME is about.
struct ObjectReference: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case table, index, view, sequence, schema, database, role, type, domain, column, constraint, `extension`, collation, statistics
        case cell, tablespace
        case materializedView = "materialized view"
        case domainConstraint = "domain constraint"
    }

    var kind: Kind
    var name: QualifiedName
    /// The column, constraint or attribute of the object that is meant.
    var part: Name?
}

struct Rename: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case object
        case column(Name)
        case constraint(Name)
        case attribute(Name)

        var isObject: Bool { self == .object }
    }

    var object: ObjectReference
    var part: Part
    var ifExists: Bool
    var newName: Name
}

struct Drop: Hashable, Sendable {
    var kind: ObjectReference.Kind
    var names: [QualifiedName]
    var ifExists: Bool
    var isConcurrent: Bool
    var behavior: DropBehavior
    var position: Position
}

/// GRANT and REVOKE of privileges.
struct Grant: Hashable, Sendable {
    struct Privilege: Hashable, Sendable {
        var name: String
        var columns: [Name]
        var position: Position
    }

    enum Objects: Hashable, Sendable {
        case tables([QualifiedName])
        case sequences([QualifiedName])
        case databases([Name])
        case schemas([Name])
        case types([QualifiedName])
        case domains([QualifiedName])
        case tablespaces([Name])
        case parameters([QualifiedName])
        /// By `function`, `procedure` or `routine`.
        case functions(kind: String, [FunctionSignature])
        case languages([Name])
        /// `tables`, `sequences`, `functions`, `procedures` or `routines`.
        case allInSchemas(kind: String, [Name])
        /// Of ALTER DEFAULT PRIVILEGES.
        case future(kind: String)
    }

    var isGrant: Bool
    /// Of what was granted only the right to grant it on.
    var optionOnly = false
    /// None: all.
    var privileges: [Privilege]
    var allColumns: [Name] = []
    var objects: Objects
    var roles: [Role]
    var withGrantOption = false
    var position: Position
}

/// A function by its name and, if they are said, the types of its arguments.
struct FunctionSignature: Hashable, Sendable {
    var name: QualifiedName
    var arguments: [TypeName]?
    var position: Position
}

/// GRANT role TO role, and REVOKE.
struct GrantRoles: Hashable, Sendable {
    var isGrant: Bool
    var optionOnly = false
    var granted: [Grant.Privilege]
    var roles: [Role]
    var withAdminOption = false
    var position: Position
}

struct Truncate: Hashable, Sendable {
    var relations: [RelationSource]
    var restartsIdentity: Bool
    var behavior: DropBehavior
    var position: Position
}

struct Copy: Hashable, Sendable {
    enum Subject: Hashable, Sendable {
        case relation(QualifiedName, columns: [Name], cells: Expression?)
        case statement(Statement)
    }

    enum Place: Hashable, Sendable {
        case client
        case file(String, Position)
        case program(String, Position)
    }

    var subject: Subject
    var isFrom: Bool
    var place: Place
    var options: [Option]
    var filter: Expression?
    var position: Position
}

/// A table that VACUUM or ANALYZE names.
struct MaintainedRelation: Hashable, Sendable {
    var name: QualifiedName
    var columns: [Name]
}

struct Reindex: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case index, table, schema, system, database
    }

    var kind: Kind
    var name: QualifiedName
    var isConcurrent: Bool
    var options: [Option]
}

struct Lock: Hashable, Sendable {
    var relations: [RelationSource]
    /// In lower case; ACCESS EXCLUSIVE unless it is said.
    var mode: String
    var isNoWait: Bool
    var position: Position
}
