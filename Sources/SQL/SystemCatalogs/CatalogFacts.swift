import Catalog

/// Rows of system catalogs that are the same in every database.
enum CatalogFacts {
    static func rows(of relation: SystemRelation) -> [[SQLValue]] {
        switch relation.name {
        case "pg_am": accessMethods(relation)
        case "pg_opclass": operatorClasses(relation)
        case "pg_opfamily": operatorFamilies(relation)
        case "pg_language": languages(relation)
        case "pg_collation": collations(relation)
        case "pg_tablespace": tablespaces(relation)
        case "pg_extension":
            [
                relation.row([
                    "oid": .int(13_559), "extname": .text("plpgsql"), "extowner": .int(10), "extnamespace": .int(11),
                    "extversion": .text("1.0"),
                ])
            ]
        case "pg_available_extensions": extensions(relation)
        case "pg_cast": casts(relation)
        case "pg_operator": operators(relation)
        case "pg_proc": functionRows
        case "pg_aggregate": aggregates(relation)
        case "pg_ts_config":
            TextSearchObjects.configurations.map { entry in
                relation.row([
                    "oid": .oid(entry.oid), "cfgname": .text(entry.configuration.name), "cfgnamespace": .int(11), "cfgowner": .int(10),
                    "cfgparser": .oid(TextSearchObjects.parserOID),
                ])
            }
        case "pg_ts_dict":
            TextSearchObjects.configurations.map { entry in
                relation.row([
                    "oid": .oid(entry.dictionaryOID), "dictname": .text(entry.dictionaryName), "dictnamespace": .int(11),
                    "dictowner": .int(10), "dicttemplate": .int(0),
                ])
            }
        case "pg_ts_parser":
            [
                relation.row([
                    "oid": .oid(TextSearchObjects.parserOID), "prsname": .text("default"), "prsnamespace": .int(11),
                ])
            ]
        default: []
        }
    }

    /// Entries with commas between them, over as many lines as there are.
    private static func entries(_ facts: String) -> [Substring] {
        facts.split(whereSeparator: \.isNewline).joined(separator: " ").split(separator: ",")
    }

    private static func accessMethods(_ relation: SystemRelation) -> [[SQLValue]] {
        [(2 as Int64, "heap", "t"), (403, "btree", "i"), (405, "hash", "i"), (783, "gist", "i"), (2742, "gin", "i")].map {
            oid, name, type in
            relation.row(["oid": .int(oid), "amname": .text(name), "amtype": .text(type)])
        }
    }

    private static func operatorClasses(_ relation: SystemRelation) -> [[SQLValue]] {
        entries(classFacts).compactMap { line in
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count == 7, let oid = Int64(parts[0]), let method = Int64(parts[1]), let family = Int64(parts[3]),
                let type = Int64(parts[4]), let key = Int64(parts[6])
            else { return nil }
            return relation.row([
                "oid": .int(oid), "opcmethod": .int(method), "opcname": .text(parts[2]), "opcnamespace": .int(11), "opcowner": .int(10),
                "opcfamily": .int(family), "opcintype": .int(type), "opcdefault": .bool(parts[5] == "t"), "opckeytype": .int(key),
            ])
        }
    }

    /// The types of values that operator classes of a name are for.
    static func types(ofClass name: String, isHash: Bool) -> [UInt32] {
        entries(classFacts).compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 7, parts[1] == (isHash ? "405" : "403"), parts[2] == name else { return nil }
            return UInt32(parts[4])
        }
    }

    /// The operator class of B-tree indexes over values of a type, as far as there is one.
    static let defaultClasses: [UInt32: Int64] = {
        var classes: [UInt32: Int64] = [1043: 3126]
        for line in entries(classFacts) {
            let parts = line.split(separator: " ")
            if parts.count == 7, parts[1] == "403", parts[5] == "t", let type = UInt32(parts[4]) { classes[type] = Int64(parts[0]) }
        }
        return classes
    }()

    private static func operatorFamilies(_ relation: SystemRelation) -> [[SQLValue]] {
        entries(familyFacts).compactMap { line in
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count == 3, let oid = Int64(parts[0]), let method = Int64(parts[1]) else { return nil }
            return relation.row([
                "oid": .int(oid), "opfmethod": .int(method), "opfname": .text(parts[2]), "opfnamespace": .int(11), "opfowner": .int(10),
            ])
        }
    }

    private static func languages(_ relation: SystemRelation) -> [[SQLValue]] {
        [(12 as Int64, "internal", false, false), (13, "c", false, false), (14, "sql", false, true), (13_563, "plpgsql", true, true)].map {
            oid, name, isProcedural, isTrusted in
            relation.row([
                "oid": .int(oid), "lanname": .text(name), "lanowner": .int(10), "lanispl": .bool(isProcedural),
                "lanpltrusted": .bool(isTrusted),
            ])
        }
    }

    private static func collations(_ relation: SystemRelation) -> [[SQLValue]] {
        [(100 as Int64, "default", "d", -1 as Int64), (950, "C", "c", -1), (951, "POSIX", "c", -1), (12_340, "ucs_basic", "c", 6)].map {
            oid, name, provider, encoding in
            let locale: SQLValue = provider == "d" ? .null : .text(name == "POSIX" ? "POSIX" : "C")
            return relation.row([
                "oid": .int(oid), "collname": .text(name), "collnamespace": .int(11), "collowner": .int(10),
                "collprovider": .text(provider),
                "collisdeterministic": .bool(true), "collencoding": .int(encoding), "collcollate": locale, "collctype": locale,
            ])
        }
    }

    /// Those that CREATE EXTENSION takes.
    private static func extensions(_ relation: SystemRelation) -> [[SQLValue]] {
        [
            ("pgcrypto", "1.3", "cryptographic functions"), ("plpgsql", "1.0", "PL/pgSQL procedural language"),
            ("uuid-ossp", "1.1", "generate universally unique identifiers (UUIDs)"),
        ].map { name, version, comment in
            relation.row([
                "name": .text(name), "default_version": .text(version), "comment": .text(comment),
                "installed_version": name == "plpgsql" ? .text(version) : .null,
            ])
        }
    }

    private static func tablespaces(_ relation: SystemRelation) -> [[SQLValue]] {
        [(1663 as Int64, "pg_default"), (1664, "pg_global")].map { oid, name in
            relation.row(["oid": .int(oid), "spcname": .text(name), "spcowner": .int(10)])
        }
    }

    private static func casts(_ relation: SystemRelation) -> [[SQLValue]] {
        entries(CastTable.facts).enumerated().compactMap { index, line in
            let parts = line.split(separator: " ")
            guard parts.count == 4, let from = Int64(parts[0]), let to = Int64(parts[1]) else { return nil }
            let method = parts[3] == "b" ? "b" : parts[3] == "i" ? "i" : "f"
            return relation.row([
                "oid": .int(Int64(10_000 + index)), "castsource": .int(from), "casttarget": .int(to),
                "castfunc": .int(Int64(parts[3]) ?? 0),
                "castcontext": .text(String(parts[2])), "castmethod": .text(method),
            ])
        }
    }

    private static func operators(_ relation: SystemRelation) -> [[SQLValue]] {
        OperatorTable.entries.map { entry in
            relation.row([
                "oid": .int(Int64(entry.oid)), "oprname": .text(entry.symbol), "oprnamespace": .int(11), "oprowner": .int(10),
                "oprkind": .text(entry.left == nil ? "l" : "b"), "oprleft": .int(Int64(entry.left?.oid ?? 0)),
                "oprright": .int(Int64(entry.right.oid)), "oprresult": .int(Int64(entry.result.oid)),
                "oprcode": .int(Int64(entry.functionOID)),
            ])
        }
    }

    private static let functionRows: [[SQLValue]] = {
        guard let relation = SystemColumns.relation("pg_proc", "pg_catalog") else { return [] }
        return FunctionTable.functions.map { function in
            let names = function.argumentNames + function.columns.map(\.name)
            let kind =
                if function.isAggregate { "a" } else if case .window = function.body { "w" } else { "f" }
            let volatility =
                switch function.volatility {
                case .immutable: "i"
                case .stable: "s"
                case .volatile: "v"
                }
            return relation.row([
                "oid": .int(Int64(function.oid)), "proname": .text(function.name), "pronamespace": .int(11), "proowner": .int(10),
                "prolang": .int(12), "procost": .double(1), "prorows": .double(function.returnsSet ? 1000 : 0),
                "provariadic": .int(function.isVariadic ? Int64(function.arguments.last?.oid ?? 0) : 0), "prokind": .text(kind),
                "proisstrict": .bool(function.isStrict && !function.isAggregate),
                "proretset": .bool(function.returnsSet), "provolatile": .text(volatility),
                "proparallel": .text("s"), "pronargs": .int(Int64(function.arguments.count)),
                "pronargdefaults": .int(Int64(function.defaults.count)), "prorettype": .int(Int64(function.result.oid)),
                "proargtypes": .vector(function.arguments.map { Int64($0.oid) }, .oid),
                "proargnames": names.isEmpty ? .null : .array(SQLArray(.text, names.map { .text($0) })),
                "prosrc": .text(function.name),
            ])
        }
    }()

    private static func aggregates(_ relation: SystemRelation) -> [[SQLValue]] {
        FunctionTable.functions.filter(\.isAggregate).map { function in
            relation.row([
                "aggfnoid": .int(Int64(function.oid)), "aggkind": .text("n"), "aggfinalmodify": .text("r"), "aggmfinalmodify": .text("r"),
                "aggtranstype": .int(Int64(function.result.oid)),
            ])
        }
    }

    /// Operator classes: number, access method, name, family, type, whether it is the type's default, type of the keys.
    private static let classFacts = """
        1978 403 int4_ops 1976 23 t 0, 1979 403 int2_ops 1976 21 t 0, 1981 403 oid_ops 1989 26 t 0, 3122 403 date_ops 434 1082 t 0,
        3123 403 float8_ops 1970 701 t 0, 3124 403 int8_ops 1976 20 t 0, 3125 403 numeric_ops 1988 1700 t 0, 3126 403 text_ops 1994 25
        t 0, 3127 403 timestamptz_ops 434 1184 t 0, 3128 403 timestamp_ops 434 1114 t 0, 4217 403 text_pattern_ops 2095 25 f 0, 4218
        403 varchar_pattern_ops 2095 25 f 0, 4219 403 bpchar_pattern_ops 2097 1042 f 0, 10000 403 array_ops 397 2277 t 0, 10001 405
        array_ops 627 2277 t 0, 10003 403 bool_ops 424 16 t 0, 10004 403 bpchar_ops 426 1042 t 0, 10005 405 bpchar_ops 427 1042 t 0,
        10006 403 bytea_ops 428 17 t 0, 10007 403 char_ops 429 18 t 0, 10008 405 char_ops 431 18 t 0, 10009 403 cidr_ops 1974 869 f 0,
        10010 405 cidr_ops 1975 869 f 0, 10011 405 date_ops 435 1082 t 0, 10012 403 float4_ops 1970 700 t 0, 10013 405 float4_ops 1971
        700 t 0, 10014 405 float8_ops 1971 701 t 0, 10015 403 inet_ops 1974 869 t 0, 10016 405 inet_ops 1975 869 t 0, 10019 405
        int2_ops 1977 21 t 0, 10020 405 int4_ops 1977 23 t 0, 10021 405 int8_ops 1977 20 t 0, 10022 403 interval_ops 1982 1186 t 0,
        10023 405 interval_ops 1983 1186 t 0, 10028 403 name_ops 1994 19 t 2275, 10029 405 name_ops 1995 19 t 0, 10030 405 numeric_ops
        1998 1700 t 0, 10031 405 oid_ops 1990 26 t 0, 10032 403 oidvector_ops 1991 30 t 0, 10033 405 oidvector_ops 1992 30 t 0, 10034
        403 record_ops 2994 2249 t 0, 10035 405 record_ops 6194 2249 t 0, 10036 403 record_image_ops 3194 2249 f 0, 10037 405 text_ops
        1995 25 t 0, 10038 403 time_ops 1996 1083 t 0, 10039 405 time_ops 1997 1083 t 0, 10040 405 timestamptz_ops 1999 1184 t 0,
        10041 403 timetz_ops 2000 1266 t 0, 10042 405 timetz_ops 2001 1266 t 0, 10044 403 varchar_ops 1994 25 f 0, 10045 405
        varchar_ops 1995 25 f 0, 10046 405 timestamp_ops 2040 1114 t 0, 10048 405 bool_ops 2222 16 t 0, 10049 405 bytea_ops 2223 17 t
        0, 10056 405 text_pattern_ops 2229 25 f 0, 10057 405 varchar_pattern_ops 2229 25 f 0, 10058 405 bpchar_pattern_ops 2231 1042 f
        0, 10064 2742 array_ops 2745 2277 t 2283, 10065 403 uuid_ops 2968 2950 t 0, 10066 405 uuid_ops 2969 2950 t 0, 10067 403
        pg_lsn_ops 3253 3220 t 0, 10068 405 pg_lsn_ops 3254 3220 t 0, 10069 403 enum_ops 3522 3500 t 0, 10070 405 enum_ops 3523 3500 t
        0, 10088 403 jsonb_ops 4033 3802 t 0, 10089 405 jsonb_ops 4034 3802 t 0, 10090 2742 jsonb_ops 4036 3802 t 25, 10091 2742
        jsonb_path_ops 4037 3802 f 23, 10002 403 bit_ops 423 1560 t 0, 10043 403 varbit_ops 2002 1562 t 0
        """

    /// Operator families: number, access method, name.
    private static let familyFacts = """
        397 403 array_ops, 424 403 bool_ops, 426 403 bpchar_ops, 427 405 bpchar_ops, 428 403 bytea_ops, 429 403 char_ops, 431 405
        char_ops, 434 403 datetime_ops, 435 405 date_ops, 627 405 array_ops, 1970 403 float_ops, 1971 405 float_ops, 1974 403
        network_ops, 1975 405 network_ops, 1976 403 integer_ops, 1977 405 integer_ops, 1982 403 interval_ops, 1983 405 interval_ops,
        1988 403 numeric_ops, 1989 403 oid_ops, 1990 405 oid_ops, 1991 403 oidvector_ops, 1992 405 oidvector_ops, 1994 403 text_ops,
        1995 405 text_ops, 1996 403 time_ops, 1997 405 time_ops, 1998 405 numeric_ops, 1999 405 timestamptz_ops, 2000 403 timetz_ops,
        2001 405 timetz_ops, 2040 405 timestamp_ops, 2095 403 text_pattern_ops, 2097 403 bpchar_pattern_ops, 2222 405 bool_ops, 2223
        405 bytea_ops, 2229 405 text_pattern_ops, 2231 405 bpchar_pattern_ops, 2745 2742 array_ops, 2968 403 uuid_ops, 2969 405
        uuid_ops, 2994 403 record_ops, 3194 403 record_image_ops, 3253 403 pg_lsn_ops, 3254 405 pg_lsn_ops, 3522 403 enum_ops, 3523
        405 enum_ops, 4033 403 jsonb_ops, 4034 405 jsonb_ops, 4036 2742 jsonb_ops, 4037 2742 jsonb_path_ops, 6194 405 record_ops,
        423 403 bit_ops, 2002 403 varbit_ops
        """
}

extension SQLValue {
    /// A value of int2vector or oidvector, which count from 0.
    static func vector(_ numbers: [Int64], _ element: SQLType) -> SQLValue {
        .array(SQLArray(element, dimensions: [.init(count: numbers.count, lowerBound: 0)], elements: numbers.map { .int($0) }))
    }

    static func oid(_ number: UInt32) -> SQLValue { .int(Int64(number)) }
    static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
}
