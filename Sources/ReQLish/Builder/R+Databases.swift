extension R {
    // MARK: Databases

    /// A database. `r.db("app")`
    public func db(_ name: some QueryConvertible) -> Query { Query(.db, [name.query]) }

    /// Makes a database. `r.dbCreate("app")`
    public func dbCreate(_ name: some QueryConvertible) -> Query { Query(.dbCreate, [name.query]) }

    /// Removes a database with all its tables. `r.dbDrop("app")`
    public func dbDrop(_ name: some QueryConvertible) -> Query { Query(.dbDrop, [name.query]) }

    /// The names of all databases, sorted. `r.dbList()`
    public func dbList() -> Query { Query(.dbList) }

    /// What a user may do everywhere. `r.grant("ada", {read: true})`
    public func grant(_ user: some QueryConvertible, _ permissions: Query) -> Query { Query(.grant, [user.query, permissions]) }

    // MARK: Tables of the default database

    /// A table of the query's default database. `r.table("users")`
    ///
    /// - Parameter asOf: The name of a state, a time or the number of a commit: the table is read as it was then.
    public func table(_ name: some QueryConvertible, readMode: Query.ReadMode? = nil, asOf: Query? = nil) -> Query {
        Query(.table, [name.query], options: [("read_mode", readMode?.query), ("as_of", asOf)])
    }

    /// Makes a table in the query's default database. `r.tableCreate("users", {primaryKey: "email"})`
    public func tableCreate(
        _ name: some QueryConvertible, primaryKey: String? = nil, durability: Query.Durability? = nil, changeLog: Query? = nil,
        expiryField: String? = nil
    ) -> Query {
        Query(
            .tableCreate, [name.query],
            options: [
                ("primary_key", primaryKey?.query), ("durability", durability?.query), ("change_log", changeLog),
                ("expiry_field", expiryField?.query),
            ])
    }

    /// Removes a table of the query's default database. `r.tableDrop("users")`
    public func tableDrop(_ name: some QueryConvertible) -> Query { Query(.tableDrop, [name.query]) }

    /// The names of the default database's tables, sorted. `r.tableList()`
    public func tableList() -> Query { Query(.tableList) }
}

extension Query {
    // MARK: Tables of a database

    /// A table of this database. `r.db("app").table("users")`
    ///
    /// - Parameter asOf: The name of a state, a time or the number of a commit: the table is read as it was then.
    public func table(_ name: some QueryConvertible, readMode: ReadMode? = nil, asOf: Query? = nil) -> Query {
        Query(.table, [self, name.query], options: [("read_mode", readMode?.query), ("as_of", asOf)])
    }

    /// Makes a table. `r.db("app").tableCreate("users", {primaryKey: "email"})`
    public func tableCreate(
        _ name: some QueryConvertible, primaryKey: String? = nil, durability: Durability? = nil, changeLog: Query? = nil,
        expiryField: String? = nil
    ) -> Query {
        Query(
            .tableCreate, [self, name.query],
            options: [
                ("primary_key", primaryKey?.query), ("durability", durability?.query), ("change_log", changeLog),
                ("expiry_field", expiryField?.query),
            ])
    }

    /// Removes a table. `r.db("app").tableDrop("users")`
    public func tableDrop(_ name: some QueryConvertible) -> Query { Query(.tableDrop, [self, name.query]) }

    /// The names of this database's tables, sorted. `r.db("app").tableList()`
    public func tableList() -> Query { Query(.tableList, [self]) }

    // MARK: Looking after them

    /// The configuration of a database or table as a row that can be updated. `r.table("users").config()`
    public func config() -> Query { Query(.config, [self]) }

    /// The state of a table. `r.table("users").status()`
    public func status() -> Query { Query(.status, [self]) }

    /// Waits until a table is ready. `r.table("users").wait()`
    public func wait() -> Query { Query(.wait, [self]) }

    /// Waits until soft writes are on disk. `r.table("users").sync()`
    public func sync() -> Query { Query(.sync, [self]) }

    /// Checks what is asked for and moves nothing: there is one server.
    /// `r.table("users").reconfigure({shards: 1, replicas: 1})`
    public func reconfigure(shards: Int = 1, replicas: Int = 1, dryRun: Bool? = nil) -> Query {
        Query(
            .reconfigure, [self],
            options: [("shards", shards.query), ("replicas", replicas.query), ("dry_run", dryRun.map { Query($0) })])
    }

    /// Spreads documents evenly over shards, of which there is one. `r.table("users").rebalance()`
    public func rebalance() -> Query { Query(.rebalance, [self]) }

    /// What a user may do in a database or table. `r.table("users").grant("ada", {read: true, write: false})`
    public func grant(_ user: some QueryConvertible, _ permissions: Query) -> Query { Query(.grant, [self, user.query, permissions]) }

    // MARK: Write hooks

    /// A function that every written document goes through; nil takes it away.
    /// `r.table("users").setWriteHook((context, old, new) => new.merge({at: context("timestamp")}))`
    public func setWriteHook(_ hook: ((_ context: Query, _ old: Query, _ new: Query) -> Query)?) -> Query {
        Query(.setWriteHook, [self, hook.map(Self.function) ?? Query(Datum.null)])
    }

    /// The hook, or null. `r.table("users").getWriteHook()`
    public func getWriteHook() -> Query { Query(.getWriteHook, [self]) }

    // MARK: What it is

    /// What a value is: type, and for tables name, id, primary key, indexes. `r.table("users").info()`
    public func info() -> Query { Query(.info, [self]) }

    /// 32 hexadecimal digits that stand for the documents of a table, or of a part of it by primary key: the same in all copies of the file with
    /// the same documents. O(log n) in a file that keeps digests. `r.table("users").digest()`
    public func digest() -> Query { Query(.digest, [self]) }

    // MARK: Indexes

    /// Makes an index over the field of the same name. `r.table("users").indexCreate("city")`
    public func indexCreate(_ name: some QueryConvertible, multi: Bool? = nil, geo: Bool? = nil, unique: Bool? = nil) -> Query {
        Query(.indexCreate, [self, name.query], options: Self.indexOptions(multi, geo, unique))
    }

    /// Makes an index over what a function makes of each document. `r.table("users").indexCreate("name", x => [x("last"), x("first")])`
    public func indexCreate(
        _ name: some QueryConvertible, multi: Bool? = nil, geo: Bool? = nil, unique: Bool? = nil, _ key: (Query) -> Query
    ) -> Query {
        Query(.indexCreate, [self, name.query, Self.function(key)], options: Self.indexOptions(multi, geo, unique))
    }

    /// Makes an index over an expression of `r.row`. `r.table("users").indexCreate("name", [r.row("last"), r.row("first")])`
    public func indexCreate(_ name: some QueryConvertible, _ key: Query, multi: Bool? = nil, geo: Bool? = nil, unique: Bool? = nil) -> Query
    {
        Query(.indexCreate, [self, name.query, key], options: Self.indexOptions(multi, geo, unique))
    }

    /// Makes a text index: of the field of the same name, or of fields with their weights.
    /// `r.table("posts").indexCreate("all", {text: "english", fields: {title: 4, body: 1}})`
    ///
    /// - Parameter text: The name of a language, `"simple"`, or an object with `language` and `stop`.
    public func indexCreate(_ name: some QueryConvertible, text: Query, fields: Query? = nil) -> Query {
        Query(.indexCreate, [self, name.query], options: [("text", text), ("fields", fields)])
    }

    private static func indexOptions(_ multi: Bool?, _ geo: Bool?, _ unique: Bool?) -> [(name: String, value: Query?)] {
        [("multi", multi.map { Query($0) }), ("geo", geo.map { Query($0) }), ("unique", unique.map { Query($0) })]
    }

    /// Removes an index. `r.table("users").indexDrop("city")`
    public func indexDrop(_ name: some QueryConvertible) -> Query { Query(.indexDrop, [self, name.query]) }

    /// The names of a table's indexes, sorted. `r.table("users").indexList()`
    public func indexList() -> Query { Query(.indexList, [self]) }

    /// The state of the named indexes, or of all. `r.table("users").indexStatus("city")`
    public func indexStatus(_ names: Query...) -> Query { Query(.indexStatus, [self] + names) }

    /// Waits until the named indexes, or all, are ready. `r.table("users").indexWait("city")`
    public func indexWait(_ names: Query...) -> Query { Query(.indexWait, [self] + names) }

    /// Renames an index. `r.table("users").indexRename("city", "town", {overwrite: true})`
    public func indexRename(_ old: some QueryConvertible, _ new: some QueryConvertible, overwrite: Bool? = nil) -> Query {
        Query(.indexRename, [self, old.query, new.query], options: [("overwrite", overwrite.map { Query($0) })])
    }
}
