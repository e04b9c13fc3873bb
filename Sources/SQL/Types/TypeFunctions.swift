/// The functions that read and write values of types that are made of others. They are names in catalogs, by which clients tell such types,
/// and can't be called.
enum TypeFunctions {
    private static let names: [UInt32: String] = [
        750: "array_in", 751: "array_out", 2290: "record_in", 2291: "record_out", 2400: "array_recv", 2401: "array_send",
        2402: "record_recv", 2403: "record_send", 2597: "domain_in", 3506: "enum_in", 3507: "enum_out", 6179: "array_subscript_handler",
    ]

    static func name(_ number: UInt32) -> String? { names[number] }
    static func number(named name: String) -> UInt32? { names.first { $0.value == name }?.key }
}
