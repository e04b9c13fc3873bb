import Catalog
import ReQLish

/// Databases: made, changed, dropped.
extension Definer {
    func createDatabase(_ name: Name, _ options: [Option]) throws(SQLError) -> StatementResult {
        if session.transaction.isBlock { throw error("25001", "CREATE DATABASE cannot run inside a transaction block") }
        guard try definitions.may(.config, .server) else { throw error("42501", "permission denied to create database") }
        try requireSeveralDatabases("create")
        try requireNotOfReQL(name.text)
        let options = try DatabaseOptions(options, ofNew: true, self)
        let owner = try options.owner.map { (role) throws(SQLError) in try newOwner(role) }
        let made: DatabaseConfig
        do throws(SQLError) {
            made = try session.transaction.writing { transaction throws(CatalogError) in
                let made = try transaction.createDatabase(name.text)
                if let limit = options.connectionLimit, limit > 0 { try Limits.setConnections(limit, of: made, in: &transaction) }
                return made
            }
        } catch {
            throw error.state.rawValue == "42P04" ? self.error("42P04", "database \"\(name.text)\" already exists") : error
        }
        if let owner { try give([.config], of: [PermissionScope(made)], to: owner) }
        for locale in options.otherLocales {
            session.notice("locale \"\(locale)\" is not there: texts are ordered by their bytes, as in \"C\"", .warning, "0A000")
        }
        return done("CREATE DATABASE")
    }

    func alterDatabase(_ name: Name, _ options: [Option]) throws(SQLError) -> StatementResult {
        let options = try DatabaseOptions(options, ofNew: false, self)
        try changeDatabase(name.text) { (database, transaction) throws(CatalogError) in
            guard let limit = options.connectionLimit else { return }
            try Limits.setConnections(limit > 0 ? limit : nil, of: database, in: &transaction)
        }
        return done("ALTER DATABASE")
    }

    /// SET and RESET: what sessions begin with that come into the database from now on.
    func alterDatabase(_ name: Name, _ change: SettingChange) throws(SQLError) -> StatementResult {
        let value = try session.value(of: change)
        if change.value != .resetAll { try session.settingsStore.requireForAll(change.name, value) }
        try changeProperties(of: name.text) { properties in
            if change.value == .resetAll { properties.settings = [] } else { properties.set(SessionSettings.spelling(change.name), value) }
        }
        return done("ALTER DATABASE")
    }

    func commentDatabase(_ name: String, _ comment: String?) throws(SQLError) {
        try changeProperties(of: name) { $0.comment = comment }
    }

    func commentPublicSchema(_ comment: String?) throws(SQLError) {
        try changeProperties(of: session.database) { $0.publicComment = comment }
    }

    private func changeProperties(of name: String, _ body: (inout DatabaseProperties) -> Void) throws(SQLError) {
        try changeDatabase(name) { (database, transaction) throws(CatalogError) in
            var properties = try DatabaseProperties(of: database, in: transaction.snapshot())
            body(&properties)
            try properties.put(of: database, in: &transaction)
        }
    }

    private func changeDatabase(
        _ name: String, _ body: (DatabaseConfig, inout CatalogTransaction) throws(CatalogError) -> Void
    ) throws(SQLError) {
        let isFound = try session.transaction.writing { transaction throws(CatalogError) in
            var database = try transaction.database(name)
            if database == nil, Session.isMadeWhenNeeded(name, session.catalog) { database = try transaction.createDatabase(name) }
            guard let database else { return false }
            try body(database, &transaction)
            return true
        }
        guard isFound else { throw Session.noDatabase(name) }
    }

    func renameDatabase(_ name: String, to newName: String) throws(SQLError) -> StatementResult {
        if session.transaction.isBlock { throw error("25001", "ALTER DATABASE cannot run inside a transaction block") }
        try checkName(newName)
        try requireSeveralDatabases("rename")
        try requireNotOfReQL(newName)
        if name == session.database { throw SQLError(.featureNotSupported, "current database cannot be renamed") }
        let (found, isTaken) = try session.transaction.writing { transaction throws(CatalogError) in
            (try transaction.database(name), try transaction.database(newName) != nil)
        }
        guard let found else { throw Session.noDatabase(name) }
        try requireDatabaseOwner(name)
        guard !isTaken else { throw error("42P04", "database \"\(newName)\" already exists") }
        try requireUnused(found)
        try session.transaction.writing { transaction throws(CatalogError) in _ = try transaction.renameDatabase(name, to: newName) }
        return done("ALTER DATABASE")
    }

    func dropDatabase(_ name: Name, _ ifExists: Bool, _ isForced: Bool) throws(SQLError) -> StatementResult {
        if session.transaction.isBlock { throw error("25001", "DROP DATABASE cannot run inside a transaction block") }
        try requireSeveralDatabases("drop")
        if name.text == session.database { throw error("55006", "cannot drop the currently open database") }
        let found = try session.transaction.writing { transaction throws(CatalogError) in try transaction.database(name.text) }
        guard let found else {
            guard ifExists else { throw Session.noDatabase(name.text) }
            session.notice("database \"\(name.text)\" does not exist, skipping")
            return done("DROP DATABASE")
        }
        try requireDatabaseOwner(name.text)
        try requireOwnerOfTables(of: name.text)
        let sessions = ServerSessions.of(session.catalog)
        if isForced {
            for member in sessions.all where member.database == name.text { _ = sessions.stop(member.number, forGood: true) }
        } else {
            try requireUnused(found)
        }
        try session.transaction.writing { transaction throws(CatalogError) in _ = try transaction.dropDatabase(name.text) }
        return done("DROP DATABASE")
    }

    /// Throws `42P04` for the name of ReQL's system database.
    private func requireNotOfReQL(_ name: String) throws(SQLError) {
        guard name == CatalogNames.systemDatabase else { return }
        throw SQLError(
            SQLState(rawValue: "42P04"), "database \"\(name)\" already exists", detail: "It is ReQL's system database.",
            hint: "Choose another name.")
    }

    /// Throws `42501` at a server that was told to have one database.
    private func requireSeveralDatabases(_ action: String) throws(SQLError) {
        guard let only = session.catalog.options.onlyDatabase else { return }
        throw SQLError(
            SQLState(rawValue: "42501"), "permission denied to \(action) database", detail: "This server has one database, \"\(only)\".",
            hint: "Serve the file without --multi-database false.")
    }

    /// Throws `55006` while sessions are in a database, transactions of other doors have read in it, or feeds follow its tables.
    private func requireUnused(_ database: DatabaseConfig) throws(SQLError) {
        let tables = try definitions.reading { () throws(CatalogError) in try definitions.state.snapshot.tables(in: database) }
        let sessions = ServerSessions.of(session.catalog)
        func useCount() -> Int {
            let count = sessions.count(in: database.name, besides: 0)
            if count > 0 { return count }
            return session.catalog.openTransactions.count(using: database) + session.catalog.followerCount(of: tables)
        }
        // Who has just said good-bye is given a moment to go.
        var waits = 0
        while waits < 100, useCount() > 0 {
            try session.pause()
            waits += 1
        }
        let count = useCount()
        guard count > 0 else { return }
        throw SQLError(
            SQLState(rawValue: "55006"), "database \"\(database.name)\" is being accessed by other users",
            detail: "\(count == 1 ? "There is 1 other session" : "There are \(count) other sessions") using the database.")
    }
}
