import Catalog

// pg_type and pg_enum.
extension SystemReader {
    /// The numbers of the functions that read and write arrays, records, enums and domains, by which clients tell such types.
    private static let arrayFunctions: [String: SQLValue] = [
        "typinput": .int(750), "typoutput": .int(751), "typreceive": .int(2400), "typsend": .int(2401), "typsubscript": .int(6179),
    ]
    private static let recordFunctions: [String: SQLValue] = [
        "typinput": .int(2290), "typoutput": .int(2291), "typreceive": .int(2402), "typsend": .int(2403),
    ]

    private static let systemTypes: [[SQLValue]] = {
        guard let relation = SystemColumns.relation("pg_type", "pg_catalog") else { return [] }
        return TypeTable.entries.map { entry in
            var values: [String: SQLValue] = [
                "oid": .oid(entry.oid), "typname": .text(entry.name), "typnamespace": .oid(catalogSchema), "typowner": .int(10),
                "typlen": .int(Int64(entry.length)), "typbyval": .bool(entry.isByValue), "typtype": .text(String(entry.kind)),
                "typcategory": .text(String(entry.category)), "typispreferred": .bool(entry.isPreferred), "typisdefined": .bool(true),
                "typdelim": .text(","), "typelem": .oid(entry.elementOID), "typarray": .oid(entry.arrayOID),
                "typalign": .text(String(entry.alignment)), "typstorage": .text(String(entry.storage)), "typtypmod": .int(-1),
                "typcollation": .int(entry.oid == 19 ? 950 : [25, 1042, 1043, 1009, 1014, 1015].contains(entry.oid) ? 100 : 0),
            ]
            if let numbers = TypeFunctions.numbers(ofType: entry.oid) { values.merge(numbers.columns) { $1 } }
            if entry.isArray { values.merge(arrayFunctions) { $1 } }
            if entry.oid == SQLType.record.oid { values.merge(recordFunctions) { $1 } }
            return relation.row(values)
        }
    }()

    func types(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let schemas = try schemaNumbers()
        var rows = Self.systemTypes
        func add(_ values: [String: SQLValue], schema: String) {
            let common: [String: SQLValue] = [
                "typnamespace": .oid(schemas[schema] ?? 0), "typowner": .int(10), "typlen": .int(-1), "typisdefined": .bool(true),
                "typdelim": .text(","), "typalign": .text("i"), "typstorage": .text("x"), "typtypmod": .int(-1),
            ]
            rows.append(relation.row(common.merging(values) { $1 }))
        }
        func addRowType(_ id: String, _ oid: UInt32, _ name: String, _ schema: String) {
            let type = ObjectNumbers.of(id + ".type")
            let array = ObjectNumbers.of(id + ".type[]")
            let values: [String: SQLValue] = [
                "oid": .oid(type), "typname": .text(name), "typtype": .text("c"), "typcategory": .text("C"), "typrelid": .oid(oid),
                "typalign": .text("d"), "typarray": .oid(array),
            ]
            add(values.merging(Self.recordFunctions) { $1 }, schema: schema)
            let arrays: [String: SQLValue] = [
                "oid": .oid(array), "typname": .text("_" + name), "typtype": .text("b"), "typcategory": .text("A"), "typelem": .oid(type),
                "typalign": .text("d"),
            ]
            add(arrays.merging(Self.arrayFunctions) { $1 }, schema: schema)
        }
        for table in try definitions.tables() { addRowType(table.config.id, table.oid, table.name, table.schema) }
        for view in try definitions.views() { addRowType(view.id, view.oid, view.name, view.schema) }
        for declared in try declaredTypes() {
            for type in declared.userTypes {
                var values: [String: SQLValue] = ["oid": .oid(type.oid), "typname": .text(type.name), "typarray": .oid(type.arrayOID)]
                switch type.kind {
                case .enum:
                    values.merge(
                        [
                            "typtype": .text("e"), "typcategory": .text("E"), "typlen": .int(4), "typbyval": .bool(true),
                            "typstorage": .text("p"), "typinput": .int(3506), "typoutput": .int(3507), "typreceive": .int(3532),
                            "typsend": .int(3533),
                        ]
                    ) { $1 }
                case .domain(let base, let isNotNull):
                    let entry = TypeTable.entry(TypeTable.base(of: base, definitions).oid)
                    let isByValue = entry?.isByValue ?? false
                    values["typtype"] = .text("d")
                    values["typbasetype"] = .oid(base.oid)
                    values["typnotnull"] = .bool(isNotNull)
                    values["typtypmod"] = .int(Int64(base.modifier))
                    values["typlen"] = .int(Int64(entry?.length ?? -1))
                    values["typbyval"] = .bool(isByValue)
                    values["typstorage"] = .text(String(entry?.storage ?? "x"))
                    values["typalign"] = .text(String(entry?.alignment ?? "i"))
                    values["typcategory"] = .text(String(entry?.category ?? "U"))
                    values["typdefault"] = .optional(
                        declared.content[field: "default"]?.string.map { ShownDefault.text($0, SQLType(base.oid), definitions) })
                    if let numbers = TypeFunctions.numbers(ofType: TypeTable.base(of: base, definitions).oid) {
                        values.merge(numbers.columns) { $1 }
                    }
                    values["typinput"] = .int(2597)
                    values["typreceive"] = .int(2598)
                case .composite:
                    values.merge(
                        [
                            "typtype": .text("c"), "typcategory": .text("C"), "typalign": .text("d"),
                            "typrelid": .oid(declared.classOID),
                        ]
                    ) { $1 }
                    values.merge(Self.recordFunctions) { $1 }
                case .array(let element):
                    values.merge(["typtype": .text("b"), "typcategory": .text("A"), "typelem": .oid(element.oid)]) { $1 }
                    values.merge(Self.arrayFunctions) { $1 }
                }
                add(values, schema: declared.schema)
            }
        }
        return rows
    }

    func enumLabels(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for declared in try declaredTypes() {
            guard let type = declared.userTypes.first, case .enum(let labels) = type.kind else { continue }
            let orders = Definitions.enumOrders(of: declared.content, count: labels.count)
            for (index, label) in labels.enumerated() {
                rows.append(
                    relation.row([
                        "oid": .oid(ObjectNumbers.of(declared.content.text("id") + "." + label)), "enumtypid": .oid(type.oid),
                        "enumsortorder": .double(orders[index]), "enumlabel": .text(label),
                    ]))
            }
        }
        return rows
    }
}

extension TypeFunctions.Numbers {
    fileprivate var columns: [String: SQLValue] {
        ["typinput": .oid(input), "typoutput": .oid(output), "typreceive": .oid(receive), "typsend": .oid(send)]
    }
}
