/// `limits`: what single accounts and databases may have of what all share. A row of `["account", NAME]` or `["database", ID]` has
/// `requests_per_second`, `memory_mb` and `connections`, each of which may be left out.
final class LimitsTable: SystemTable, @unchecked Sendable {
    private static let numbers = ["requests_per_second", "memory_mb", "connections"]

    init() { super.init("limits") }

    override var skipsAbsentRows: Bool { true }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        var rows: [Datum] = []
        for row in try stored(view) {
            let id = row[field: "id"] ?? .null
            guard id[0].string == "database" else {
                rows.append(row)
                continue
            }
            let key = id[1].string ?? ""
            guard let database = try view.reading(view.snapshot.database(id: key)) else { continue }
            rows.append(try view.site.building(row.changing([("db", view.identifier(database.name, key))])))
        }
        return rows
    }

    private func stored(_ view: SystemView) throws(ReQLError) -> [Datum] {
        guard let stored = try view.reading(view.snapshot.setting(Limits.setting)), stored.kind == .array else { return [] }
        return Array(stored.elements)
    }

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        guard !change.hasGeneratedKey, let owner = Limits.Owner(change.key) else {
            throw SystemRow.refused("The `id` is [\"account\", name] or [\"database\", database id]")
        }
        var rows = try stored(view).filter { $0[field: "id"] != change.key }
        var shown = Datum.null
        if !change.isDeletion {
            let row = try SystemRow(change.new, of: self, required: ["id"], optional: Self.numbers + ["db"])
            rows.append(try Self.checked(owner, row, change, view))
            shown = change.new
        }
        let kept = rows
        let stored = try view.site.building(Datum.array(kept))
        try view.reading(transaction.putSetting(Limits.setting, stored))
        return shown
    }

    /// The row as it is stored.
    private static func checked(
        _ owner: Limits.Owner, _ row: SystemRow, _ change: SystemChange, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        switch owner {
        case .account(UserConfig.administrator):
            throw SystemRow.refused("`\(UserConfig.administrator)` has no limits: somebody has to be able to change them")
        case .account(let name):
            guard try view.user(name) != nil else { throw SystemRow.refused("User `\(name)` does not exist") }
            guard row["db"] == nil else { throw row.wrong("db", "only in rows of databases") }
        case .database(let id):
            guard let database = try view.reading(view.snapshot.database(id: id)) else {
                throw SystemRow.refused("No database has the id `\(id)`")
            }
            if let name = row["db"], name != view.identifier(database.name, id) { throw row.wrong("db", "the one that the `id` says") }
        }
        var fields: [(String, Datum?)] = [("id", change.key)]
        for field in numbers {
            guard let value = row[field], !value.isNull else { continue }
            let isWhole = field != "requests_per_second"
            guard let number = value.number, number > 0, number <= 1e9, !isWhole || value.integer != nil else {
                throw row.wrong(field, isWhole ? "an integer from 1 to 1000000000" : "a number above 0 and up to 1000000000")
            }
            fields.append((field, value))
        }
        let kept = fields
        return try view.site.building(Datum.emptyObject.changing(kept))
    }
}
