/// The functions that read and write values of types. They are names in catalogs, by which clients tell types, and can't be called.
enum TypeFunctions {
    struct Numbers {
        var input: UInt32
        var output: UInt32
        var receive: UInt32
        var send: UInt32
    }

    /// For each type its number, what the functions' names begin with, and their numbers: input, output, receive, send; 0 for none.
    private static let facts = """
        16 bool 1242 1243 2436 2437, 17 bytea 1244 31 2412 2413, 18 char 1245 33 2434 2435, 19 name 34 35 2422 2423,
        20 int8 460 461 2408 2409, 21 int2 38 39 2404 2405, 22 int2vector 40 41 2410 2411, 23 int4 42 43 2406 2407,
        24 regproc 44 45 2444 2445, 25 text 46 47 2414 2415, 26 oid 1798 1799 2418 2419, 27 tid 48 49 2438 2439, 28 xid 50 51 2440 2441,
        29 cid 52 53 2442 2443, 30 oidvector 54 55 2420 2421, 114 json_ 321 322 323 324, 194 pg_node_tree_ 195 196 197 198,
        650 cidr_ 1267 1427 2498 2499, 700 float4 200 201 2424 2425, 701 float8 214 215 2426 2427, 705 unknown 109 110 2416 2417,
        869 inet_ 910 911 2496 2497, 1033 aclitem 1031 1032 0 0, 1042 bpchar 1044 1045 2430 2431, 1043 varchar 1046 1047 2432 2433,
        1082 date_ 1084 1085 2468 2469, 1083 time_ 1143 1144 2470 2471, 1114 timestamp_ 1312 1313 2474 2475,
        1184 timestamptz_ 1150 1151 2476 2477, 1186 interval_ 1160 1161 2478 2479, 1266 timetz_ 1350 1351 2472 2473,
        1560 bit_ 1564 1565 2456 2457, 1562 varbit_ 1579 1580 2458 2459, 1700 numeric_ 1701 1702 2460 2461, 1790 text 46 47 2414 2415,
        2202 regprocedure 2212 2213 2446 2447, 2204 regoperator 2216 2217 2450 2451, 2205 regclass 2218 2219 2452 2453,
        2206 regtype 2220 2221 2454 2455, 2275 cstring_ 2292 2293 2500 2501, 2276 any_ 2294 2295 0 0, 2277 anyarray_ 2296 2297 2502 2503,
        2278 void_ 2298 2299 3120 3121, 2283 anyelement_ 2312 2313 0 0, 2776 anynonarray_ 2777 2778 0 0, 2950 uuid_ 2952 2953 2961 2962,
        2970 txid_snapshot_ 2939 2940 2941 2942, 3220 pg_lsn_ 3229 3230 3238 3239, 3500 anyenum_ 3504 3505 0 0,
        3614 tsvector 3610 3611 3639 3638, 3615 tsquery 3612 3613 3641 3640, 3734 regconfig 3736 3737 3738 3739,
        3769 regdictionary 3771 3772 3773 3774, 3802 jsonb_ 3806 3804 3805 3803, 4072 jsonpath_ 4001 4003 4002 4004,
        4089 regnamespace 4084 4085 4087 4088, 4096 regrole 4098 4092 4094 4095, 5038 pg_snapshot_ 5055 5056 5057 5058,
        5069 xid8 5070 5081 5082 5083, 5077 anycompatible_ 5086 5087 0 0, 5078 anycompatiblearray_ 5088 5089 5090 5091,
        5079 anycompatiblenonarray_ 5092 5093 0 0
        """

    /// By the types' numbers.
    private static let entries: [UInt32: (prefix: String, numbers: Numbers)] = {
        var entries: [UInt32: (prefix: String, numbers: Numbers)] = [:]
        for entry in facts.split(whereSeparator: { $0 == "," || $0.isNewline }) {
            let parts = entry.split(separator: " ")
            guard parts.count == 6, let type = UInt32(parts[0]) else { continue }
            let numbers = parts[2...].map { UInt32($0) ?? 0 }
            entries[type] = (
                String(parts[1]), Numbers(input: numbers[0], output: numbers[1], receive: numbers[2], send: numbers[3])
            )
        }
        return entries
    }()

    private static let names: [UInt32: String] = {
        var names: [UInt32: String] = [
            750: "array_in", 751: "array_out", 2290: "record_in", 2291: "record_out", 2400: "array_recv", 2401: "array_send",
            2402: "record_recv", 2403: "record_send", 2597: "domain_in", 2598: "domain_recv", 3506: "enum_in", 3507: "enum_out",
            3532: "enum_recv", 3533: "enum_send", 6179: "array_subscript_handler",
        ]
        for (prefix, numbers) in entries.values {
            names[numbers.input] = prefix + "in"
            names[numbers.output] = prefix + "out"
            names[numbers.receive] = prefix + "recv"
            names[numbers.send] = prefix + "send"
        }
        names[0] = nil
        return names
    }()

    private static let byName = Dictionary(names.map { ($0.value, $0.key) }) { first, _ in first }

    static func name(_ number: UInt32) -> String? { names[number] }
    static func number(named name: String) -> UInt32? { byName[name] }
    static func numbers(ofType oid: UInt32) -> Numbers? { entries[oid]?.numbers }
}
