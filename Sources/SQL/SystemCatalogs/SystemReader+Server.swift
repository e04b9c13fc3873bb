import Catalog
import ReQLish

// What concerns the server as a whole: databases, roles, settings; and the views that list a database's relations.
extension SystemReader {
    func namespaces(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        // Everybody may use it, which pg_dump takes for granted.
        let owner = Quoting.identifier(UserConfig.administrator)
        let ofAll = SQLValue.array(SQLArray(SQLType(1033), [.text("\(owner)=UC/\(owner)"), .text("=U/\(owner)")]))
        return try schemas().map {
            relation.row([
                "oid": .oid($0.oid), "nspname": .text($0.name), "nspowner": .int(10), "nspacl": $0.name == "public" ? ofAll : .null,
            ])
        }
    }

    func databases(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        do throws(CatalogError) {
            return try state.snapshot.databases().map { (database) throws(CatalogError) in
                let limit = try Limits.connections(of: database, in: state.snapshot) ?? -1
                return relation.row([
                    "oid": .oid(ObjectNumbers.of(database.id)), "datname": .text(database.name), "datdba": .int(10), "encoding": .int(6),
                    "datlocprovider": .text("c"), "datallowconn": .bool(true), "datconnlimit": .int(Int64(limit)),
                    "dattablespace": .int(1663),
                    "datcollate": .text("C"), "datctype": .text("C"),
                ])
            }
        } catch {
            throw SQLError(error)
        }
    }

    /// Databases' comments, and the settings that their sessions begin with.
    func databaseProperties(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for (oid, properties) in try databaseProperties() {
            if relation.name == "pg_shdescription" {
                guard let comment = properties.comment else { continue }
                rows.append(relation.row(["objoid": .oid(oid), "classoid": .int(1262), "description": .text(comment)]))
            } else if !properties.settings.isEmpty {
                let settings = properties.settings.map { SQLValue.text("\($0.name)=\($0.value)") }
                rows.append(
                    relation.row(["setdatabase": .oid(oid), "setrole": .int(0), "setconfig": .array(SQLArray(.text, settings))]))
            }
        }
        return rows
    }

    /// By the databases' numbers.
    func databaseProperties() throws(SQLError) -> [(oid: UInt32, properties: DatabaseProperties)] {
        do throws(CatalogError) {
            return try state.snapshot.databases().map { (database) throws(CatalogError) in
                (ObjectNumbers.of(database.id), try DatabaseProperties(of: database, in: state.snapshot))
            }
        } catch {
            throw SQLError(error)
        }
    }

    func roles(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let names = try roleNames()
        switch relation.name {
        case "pg_roles", "pg_authid":
            return names.map { name, canLogIn in
                let isAdministrator = name == UserConfig.administrator
                return relation.row([
                    "oid": .oid(Self.roleOID(name)), "rolname": .text(name), "rolsuper": .bool(isAdministrator), "rolinherit": .bool(true),
                    "rolcreaterole": .bool(isAdministrator), "rolcreatedb": .bool(isAdministrator), "rolcanlogin": .bool(canLogIn),
                    "rolreplication": .bool(isAdministrator), "rolbypassrls": .bool(isAdministrator), "rolconnlimit": .int(-1),
                    "rolpassword": relation.name == "pg_roles" ? .text("********") : .null,
                ])
            }
        case "pg_user", "pg_shadow":
            return names.filter(\.canLogIn).map { name, _ in
                let isAdministrator = name == UserConfig.administrator
                return relation.row([
                    "usename": .text(name), "usesysid": .oid(Self.roleOID(name)), "usecreatedb": .bool(isAdministrator),
                    "usesuper": .bool(isAdministrator), "passwd": .text("********"),
                ])
            }
        case "pg_group":
            let memberships = try memberships()
            return names.filter { !$0.canLogIn }.map { name, _ in
                let members = memberships.filter { $0.role == name }.map { SQLValue.oid(Self.roleOID($0.member)) }
                return relation.row([
                    "groname": .text(name), "grosysid": .oid(Self.roleOID(name)), "grolist": .array(SQLArray(.oid, members)),
                ])
            }
        default:
            return try memberships().map { role, member in
                relation.row(["roleid": .oid(Self.roleOID(role)), "member": .oid(Self.roleOID(member)), "grantor": .int(10)])
            }
        }
    }

    /// Which accounts have which roles.
    private func memberships() throws(SQLError) -> [(role: String, member: String)] {
        do throws(CatalogError) {
            return try state.snapshot.accounts().flatMap { account in account.roles.map { (role: $0, member: account.name) } }
        } catch {
            throw SQLError(error)
        }
    }

    func settings(_ relation: SystemRelation) -> [[SQLValue]] {
        session.settingsStore.all.map { name, value in
            let fact = SettingFact.all[name.lowercased()]
            func plain(_ value: String) -> SQLValue { .text(fact?.withoutUnit(value) ?? value) }
            let reset = session.settingsStore.resetValue(name) ?? value
            var row: [String: SQLValue] = [
                "name": .text(name), "setting": plain(value), "unit": .optional(fact?.unit), "category": .text("Customized Options"),
                "context": .text(fact?.context.name ?? "user"), "vartype": .text("string"),
                "source": .text(value == reset ? "default" : "session"),
                "boot_val": plain(SessionSettings.initial[name.lowercased()] ?? reset), "reset_val": plain(reset),
            ]
            switch fact?.kind {
            case .flag: row["vartype"] = .text("bool")
            case .integer(let range, _):
                row["vartype"] = .text("integer")
                (row["min_val"], row["max_val"]) = (.text(String(range.lowerBound)), .text(String(range.upperBound)))
            case .real(let range, _):
                row["vartype"] = .text("real")
                row["min_val"] = .text(FloatText.general(range.lowerBound, precision: 6))
                row["max_val"] = .text(FloatText.general(range.upperBound, precision: 6))
            case .word(let words):
                row["vartype"] = .text("enum")
                row["enumvals"] = .array(SQLArray(.text, words.map { .text($0) }))
            case .text, nil: break
            }
            return relation.row(row)
        }
    }

    func preparedStatements(_ relation: SystemRelation) -> [[SQLValue]] {
        session.preparedStatements.filter { !$0.key.isEmpty }.sorted { $0.key < $1.key }.map { name, statement in
            let types = SQLArray(.regtype, statement.toldParameterTypes.map { .oid($0.oid) })
            return relation.row([
                "name": .text(name), "statement": .text(String(decoding: statement.source.bytes.dropLast(), as: UTF8.self)),
                "parameter_types": .array(types), "prepare_time": .timestamptz(statement.prepareTime),
                "from_sql": .bool(statement.isOfSQL), "generic_plans": .int(statement.genericPlanCount),
                "custom_plans": .int(statement.customPlanCount),
            ])
        }
    }

    func listing(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        switch relation.name {
        case "pg_tables":
            let tables = try definitions.tables()
            let referenced = Set(tables.flatMap { $0.declaration.constraints.compactMap(\.references) })
            return tables.filter { !$0.isMaterialized }.map { table in
                relation.row([
                    "schemaname": .text(table.schema), "tablename": .text(table.name), "tableowner": .text(UserConfig.administrator),
                    "tablespace": .null, "hasindexes": .bool(!table.systemIndexes.isEmpty),
                    "hastriggers": .bool(
                        referenced.contains(table.config.id) || table.declaration.constraints.contains { $0.kind == .foreign }),
                ])
            }
        case "pg_views":
            return try definitions.views().map { view in
                relation.row([
                    "schemaname": .text(view.schema), "viewname": .text(view.name),
                    "viewowner": .text(view.owner ?? UserConfig.administrator),
                    "definition": .text(view.definition),
                ])
            }
        case "pg_matviews":
            return try definitions.tables().filter(\.isMaterialized).map { table in
                relation.row([
                    "schemaname": .text(table.schema), "matviewname": .text(table.name), "matviewowner": .text(UserConfig.administrator),
                    "tablespace": .null, "hasindexes": .bool(!table.systemIndexes.isEmpty),
                    "ispopulated": .bool(table.declaration.isPopulated), "definition": .optional(table.definition),
                ])
            }
        default:
            var rows: [[SQLValue]] = []
            for table in try definitions.tables() {
                for index in table.systemIndexes {
                    rows.append(
                        relation.row([
                            "schemaname": .text(table.schema), "tablename": .text(table.name), "indexname": .text(index.name),
                            "tablespace": .null, "indexdef": .text(try definition(of: index)),
                        ]))
                }
            }
            return rows
        }
    }
}

extension ViewRelation {
    /// The query as the catalogs show it.
    var definition: String { ViewText.shown(query, name, columns.map(\.name)) }
}

extension TableRelation {
    /// The query of a materialized view as the catalogs show it; nil of a table.
    var definition: String? {
        declaration.query.map { ViewText.shown($0, name, declaration.columns.map(\.name)) }
    }
}
