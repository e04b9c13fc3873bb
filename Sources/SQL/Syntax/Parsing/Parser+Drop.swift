extension Parser {
    mutating func drop() throws(SQLError) -> Statement {
        let position = token.position
        try expect(.drop)
        switch token.keyword {
        case .database: return try dropDatabase()
        case .role, .user, .group:
            let isUser = at(.user)
            try advance()
            if isUser, at(.mapping), try [.for, .if].contains(peek().keyword) { throw unsupported("DROP USER MAPPING", at: position) }
            let ifExists = try ifExists()
            return .dropRole(roles: try roles(), ifExists: ifExists)
        case .owned:
            try advance()
            try expect(.by)
            let roles = try roles()
            return .dropOwned(roles: roles, behavior: try dropBehavior())
        case .cell: return try dropCell()
        default: break
        }
        if let feature = unsupportedObject(), !at(.collation), !at(.statistics) { throw unsupported("DROP \(feature)", at: position) }
        let kind = try objectKind()
        let isConcurrent = kind == .index ? try take(.concurrently) : false
        let ifExists = try ifExists()
        let names: [QualifiedName]
        switch kind {
        case .schema, .extension:
            names = try list { (parser) throws(SQLError) in QualifiedName([try parser.columnName()]) }
        case .type, .domain:
            names = try list { (parser) throws(SQLError) in try parser.type().name }
        default:
            names = try list { (parser) throws(SQLError) in try parser.dottedName() }
        }
        return .drop(
            Drop(
                kind: kind, names: names, ifExists: ifExists, isConcurrent: isConcurrent, behavior: try dropBehavior(),
                position: position))
    }

    private mutating func dropDatabase() throws(SQLError) -> Statement {
        try advance()
        let ifExists = try ifExists()
        let name = try columnName()
        let hasWith = at(.with) || at(.withBefore)
        try skipWith()
        guard hasWith || at(.leftParenthesis) else { return .dropDatabase(name: name, ifExists: ifExists, isForced: false) }
        _ = try parenthesized { (parser) throws(SQLError) in try parser.expect(.force) }
        return .dropDatabase(name: name, ifExists: ifExists, isForced: true)
    }

    private mutating func dropCell() throws(SQLError) -> Statement {
        try advance()
        let ifExists = try ifExists()
        let name = try columnName()
        let cells = try cells()
        return .dropCell(name: name, ifExists: ifExists, cells: cells, behavior: try dropBehavior())
    }

    /// The words for a kind of objects.
    private mutating func objectKind() throws(SQLError) -> ObjectReference.Kind {
        if try take(.materialized) {
            try expect(.view)
            return .materializedView
        }
        switch token.keyword {
        case .table, .index, .view, .sequence, .schema, .type, .domain, .extension, .collation, .statistics: break
        default: throw unexpected()
        }
        let word = token.keyword.spelling
        guard let kind = ObjectReference.Kind(rawValue: word) else { throw unexpected() }
        try advance()
        return kind
    }

    // MARK: - COMMENT

    mutating func comment() throws(SQLError) -> Statement {
        let position = token.position
        try expect(.comment)
        try expect(.on)
        let object = try commentedObject(at: position)
        try expect(.is)
        return .comment(object, text: try take(.null) ? nil : try string())
    }

    private mutating func commentedObject(at position: Position) throws(SQLError) -> ObjectReference {
        switch token.keyword {
        case .column:
            try advance()
            var name = try dottedName()
            let column = name.parts.count > 1 ? name.parts.popLast() : nil
            return ObjectReference(kind: .column, name: name, part: column)
        case .constraint:
            try advance()
            let constraint = try columnName()
            try expect(.on)
            let isDomain = try take(.domain)
            return ObjectReference(kind: isDomain ? .domainConstraint : .constraint, name: try dottedName(), part: constraint)
        case .database, .role, .tablespace:
            guard let kind = ObjectReference.Kind(rawValue: token.keyword.spelling) else { throw unexpected() }
            try advance()
            return ObjectReference(kind: kind, name: QualifiedName([try columnName()]))
        case .cell:
            try advance()
            return ObjectReference(kind: .cell, name: QualifiedName([try columnName()]))
        default: break
        }
        if let feature = unsupportedObject(), !at(.collation), !at(.statistics) { throw unsupported("COMMENT ON \(feature)", at: position) }
        let kind = try objectKind()
        switch kind {
        case .schema, .extension: return ObjectReference(kind: kind, name: QualifiedName([try columnName()]))
        case .type, .domain: return ObjectReference(kind: kind, name: try type().name)
        default: return ObjectReference(kind: kind, name: try dottedName())
        }
    }
}
