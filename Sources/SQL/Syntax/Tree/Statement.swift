/// One statement, as it was written.
indirect enum Statement: Hashable, Sendable {
    case query(Query)
    case insert(Insert)
    case update(Update)
    case delete(Delete)
    case merge(Merge)
    case truncate(Truncate)
    case copy(Copy)

    case createTable(CreateTable)
    case createTableAs(CreateTableAs)
    case createIndex(CreateIndex)
    case createView(CreateView)
    case createSequence(CreateSequence)
    case createSchema(CreateSchema)
    case createDatabase(name: Name, options: [Option])
    case createRole(CreateRole)
    case createExtension(name: Name, ifNotExists: Bool, options: [Option])
    case createType(name: QualifiedName, CreateType)
    case createDomain(CreateDomain)
    case createCell(name: Name, ifNotExists: Bool, elements: [TableElement])

    case alterTable(AlterTable)
    case alterSequence(name: QualifiedName, ifExists: Bool, options: [SequenceOption])
    case alterDatabase(name: Name, options: [Option])
    case alterDatabaseSetting(name: Name, SettingChange)
    case alterRole(role: Role, options: [Option])
    case alterRoleSetting(role: Role?, database: Name?, SettingChange)
    case alterGroup(role: Role, isAdding: Bool, members: [Role])
    case alterSystem(SettingChange)
    case alterEnum(AlterEnum)
    case alterDomain(AlterDomain)
    case alterDefaultPrivileges(schemas: [Name], roles: [Role], Grant)
    case rename(Rename)
    case setSchema(ObjectReference, ifExists: Bool, schema: Name)
    case setOwner(ObjectReference, owner: Role)

    case drop(Drop)
    case dropDatabase(name: Name, ifExists: Bool, isForced: Bool)
    case dropRole(roles: [Role], ifExists: Bool)
    case dropOwned(roles: [Role], behavior: DropBehavior)
    case dropCell(name: Name, ifExists: Bool, cells: Expression?, behavior: DropBehavior)
    case refreshView(name: QualifiedName, isConcurrent: Bool, withData: Bool)
    case comment(ObjectReference, text: String?)

    case grant(Grant)
    case grantRoles(GrantRoles)

    case begin(modes: [TransactionMode], isStart: Bool)
    case commit(isChained: Bool)
    case rollback(isChained: Bool)
    case savepoint(Name)
    case release(Name)
    case rollbackTo(Name)
    case lock(Lock)
    case set(SettingChange, isLocal: Bool)
    case setTransaction([TransactionMode], isSession: Bool)
    case setConstraints(names: [QualifiedName], isDeferred: Bool)
    case show(Show)
    case use(Name)
    case discard(Discard)

    case prepare(name: Name, types: [TypeName], Statement)
    case execute(name: Name, arguments: [Expression])
    /// Nil: all.
    case deallocate(Name?)
    case declareCursor(DeclareCursor)
    case fetch(Fetch)
    case closeCursor(Name?)
    case listen(Name)
    case unlisten(Name?)
    case notify(Name, payload: String?)

    case explain(Statement, options: [Option])
    case vacuum(options: [Option], relations: [MaintainedRelation])
    case analyze(options: [Option], relations: [MaintainedRelation])
    case reindex(Reindex)
    case cluster(relation: QualifiedName?, index: Name?)
    case checkpoint
}

/// A statement of a script, and its part of the text in bytes, without the semicolon.
struct ScriptStatement: Hashable, Sendable {
    var statement: Statement
    var range: Range<Int>
}
