import Catalog

/// Rows of system catalogs that are the same in every database.
enum CatalogFacts {
    static func rows(of relation: SystemRelation) -> [[SQLValue]] {
        switch relation.name {
        case "pg_am": accessMethods(relation)
        case "pg_opclass": operatorClasses(relation)
        case "pg_opfamily": operatorFamilies(relation)
        case "pg_amop": familyMembers(relation)
        case "pg_conversion": conversions(relation)
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

    /// The operators of the families, each behind the one before it by its number and its strategy.
    private static func familyMembers(_ relation: SystemRelation) -> [[SQLValue]] {
        var methods: [Int64: Int64] = [:]
        for family in entries(familyFacts) {
            let parts = family.split(separator: " ").compactMap { Int64($0) }
            if parts.count == 2 { methods[parts[0]] = parts[1] }
        }
        return entries(memberFacts).flatMap { line -> [[SQLValue]] in
            let numbers = line.split(separator: " ").compactMap { Int64($0) }
            guard numbers.count > 5, let method = methods[numbers[1]] else { return [] }
            return numbers.dropFirst(5).enumerated().map { place, operation in
                relation.row([
                    "oid": .int(numbers[0] + Int64(place)), "amopfamily": .int(numbers[1]), "amoplefttype": .int(numbers[2]),
                    "amoprighttype": .int(numbers[3]), "amopstrategy": .int(numbers[4] + Int64(place)), "amoppurpose": .text("s"),
                    "amopopr": .int(operation), "amopmethod": .int(method),
                ])
            }
        }
    }

    /// Those that texts go through here.
    private static func conversions(_ relation: SystemRelation) -> [[SQLValue]] {
        let (latin, utf8) = (Int64(CharacterEncoding.latin1.number), Int64(CharacterEncoding.utf8.number))
        return [
            (4518 as Int64, "iso_8859_1_to_utf8", latin, utf8, 4374 as Int64),
            (4519, "utf8_to_iso_8859_1", utf8, latin, 4375),
        ].map { oid, name, from, to, function in
            relation.row([
                "oid": .int(oid), "conname": .text(name), "connamespace": .int(11), "conowner": .int(10), "conforencoding": .int(from),
                "contoencoding": .int(to), "conproc": .int(function), "condefault": .bool(true),
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

    /// Operators of the families: the number of the first row, family, types on the left and right, the first strategy, the operators.
    private static let memberFacts = """
        10000 1976 21 21 1 95 522 94 524 520, 10005 1976 21 23 1 534 540 532 542 536, 10010 1976 21 20 1 1864 1866 1862 1867 1865,
        10015 1976 23 23 1 97 523 96 525 521, 10020 1976 23 21 1 535 541 533 543 537, 10025 1976 23 20 1 37 80 15 82 76,
        10030 1976 20 20 1 412 414 410 415 413, 10035 1976 20 21 1 1870 1872 1868 1873 1871,
        10040 1976 20 23 1 418 420 416 430 419, 10045 1989 26 26 1 609 611 607 612 610, 10060 1991 30 30 1 645 647 649 648 646,
        10065 1970 700 700 1 622 624 620 625 623, 10070 1970 700 701 1 1122 1124 1120 1125 1123,
        10075 1970 701 701 1 672 673 670 675 674, 10080 1970 701 700 1 1132 1134 1130 1135 1133,
        10085 429 18 18 1 631 632 92 634 633, 10090 1994 25 25 1 664 665 98 667 666, 10095 1994 19 19 1 660 661 93 663 662,
        10100 1994 19 25 1 255 256 254 257 258, 10105 1994 25 19 1 261 262 260 263 264,
        10110 426 1042 1042 1 1058 1059 1054 1061 1060, 10115 428 17 17 1 1957 1958 1955 1960 1959,
        10120 434 1082 1082 1 1095 1096 1093 1098 1097, 10125 434 1082 1114 1 2345 2346 2347 2348 2349,
        10130 434 1082 1184 1 2358 2359 2360 2361 2362, 10135 434 1114 1114 1 2062 2063 2060 2065 2064,
        10140 434 1114 1082 1 2371 2372 2373 2374 2375, 10145 434 1114 1184 1 2534 2535 2536 2537 2538,
        10150 434 1184 1184 1 1322 1323 1320 1325 1324, 10155 434 1184 1082 1 2384 2385 2386 2387 2388,
        10160 434 1184 1114 1 2540 2541 2542 2543 2544, 10165 1996 1083 1083 1 1110 1111 1108 1113 1112,
        10170 2000 1266 1266 1 1552 1553 1550 1555 1554, 10175 1982 1186 1186 1 1332 1333 1330 1335 1334,
        10190 1974 869 869 1 1203 1204 1201 1206 1205, 10195 1988 1700 1700 1 1754 1755 1752 1757 1756,
        10200 424 16 16 1 58 1694 91 1695 59, 10205 423 1560 1560 1 1786 1788 1784 1789 1787,
        10210 2002 1562 1562 1 1806 1808 1804 1809 1807, 10215 2095 25 25 1 2314 2315 98 2317 2318,
        10220 2097 1042 1042 1 2326 2327 1054 2329 2330, 10230 397 2277 2277 1 1072 1074 1070 1075 1073,
        10235 2994 2249 2249 1 2990 2992 2988 2993 2991, 10245 2968 2950 2950 1 2974 2976 2972 2977 2975,
        10250 3253 3220 3220 1 3224 3226 3222 3227 3225, 10255 427 1042 1042 1 1054, 10256 431 18 18 1 92,
        10257 435 1082 1082 1 1093, 10258 1971 700 700 1 620, 10259 1971 701 701 1 670, 10260 1971 700 701 1 1120,
        10261 1971 701 700 1 1130, 10262 1975 869 869 1 1201, 10263 1977 21 21 1 94, 10264 1977 23 23 1 96, 10265 1977 20 20 1 410,
        10266 1977 21 23 1 532, 10267 1977 21 20 1 1862, 10268 1977 23 21 1 533, 10269 1977 23 20 1 15, 10270 1977 20 21 1 1868,
        10271 1977 20 23 1 416, 10272 1983 1186 1186 1 1330, 10275 1990 26 26 1 607, 10276 1992 30 30 1 649,
        10277 6194 2249 2249 1 2988, 10278 1995 25 25 1 98, 10279 1995 19 19 1 93, 10280 1995 19 25 1 254, 10281 1995 25 19 1 260,
        10282 1997 1083 1083 1 1108, 10283 1999 1184 1184 1 1320, 10284 2001 1266 1266 1 1550, 10285 2040 1114 1114 1 2060,
        10286 2222 16 16 1 91, 10287 2223 17 17 1 1955, 10292 2229 25 25 1 98, 10293 2231 1042 1042 1 1054,
        10295 2969 2950 2950 1 2972, 10296 3254 3220 3220 1 3222, 10297 1998 1700 1700 1 1752, 10298 627 2277 2277 1 1070,
        10349 2745 2277 2277 1 2750 2751 2752 1070, 10353 3522 3500 3500 1 3518 3520 3516 3521 3519, 10358 3523 3500 3500 1 3516,
        10450 4033 3802 3802 1 3242 3244 3240 3245 3243, 10455 4034 3802 3802 1 3240, 10456 4036 3802 3802 7 3246,
        10457 4036 3802 25 9 3247, 10458 4036 3802 1009 10 3248 3249, 10460 4036 3802 4072 15 4012 4013,
        10462 4037 3802 3802 7 3246, 10463 4037 3802 4072 15 4012 4013
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
