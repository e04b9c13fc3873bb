/// An index's function in the binary form that RethinkDB's tools carry from `indexStatus` to `indexCreate`.
///
///     21 bytes   `$reql_index_function$`
///     1          format, 09 when written; 07 and 08 are read as well
///     3          language versions, 07 07 07
///     1          00: a ReQL function
///     varint n   captured variables, each 8 bytes of id and a datum (none when written)
///     4          implicit depth (0 when written); if it is 1: 00, or 01 and a datum
///     varint n   parameters, 8 bytes each
///     4 + L      the body: its length, and JSON with a final NUL
///     4          a backtrace id
///     1 + 1      multi, geo
///
/// Integers are little-endian; a varint has 7 bits a byte, the low ones first. In the JSON every term ends with a backtrace id, and every
/// scalar is a term.
struct FunctionBlob {
    let definition: IndexDefinition
    private let form: FunctionForm

    private static let prefix = Array("$reql_index_function$".utf8)

    /// Nil for a function that can't be read here.
    init?(_ index: IndexConfig) {
        definition = index.definition
        switch index.source {
        case .field(let name):
            var assembler = TermAssembler()
            let row = assembler.variable(-19)
            let root = assembler.term(.getField, [row, assembler.datum(Datum(name))])
            guard let tree = try? assembler.tree(root: root) else { return nil }
            form = FunctionForm(parameters: [-19], body: tree.root)
        case .function(let text):
            guard let tree = try? TermTree(json: Array(text.utf8).span), let form = FunctionForm(tree), form.parameters.count <= 1 else {
                return nil
            }
            self.form = form.parameters.isEmpty ? FunctionForm(parameters: [1], body: form.body) : form
        case .columns, .text, .unknown: return nil
        }
    }

    /// The creating call, for people.
    func query(name: String) -> String {
        let names: [String] =
            (definition.isMulti ? ["multi: true"] : []) + (definition.isGeo ? ["geo: true"] : [])
            + (definition.isUnique ? ["unique: true"] : [])
        let options = names.isEmpty ? "" : ", {\(names.joined(separator: ", "))}"
        switch definition.source {
        case .field(name): return "indexCreate(\(Datum(name))\(options))"
        case .field(let field): return "indexCreate(\(Datum(name)), row => row.getField(\(Datum(field)))\(options))"
        case .function(let text):
            let function = (try? TermTree(json: Array(text.utf8).span))?.text() ?? ""
            return "indexCreate(\(Datum(name)), \(function)\(options))"
        case .columns, .text, .unknown: return ""
        }
    }

    var bytes: [UInt8] {
        Self.prefix + [9, 7, 7, 7] + form.bytes + [definition.isMulti ? 1 : 0, definition.isGeo ? 1 : 0]
    }

    /// - Throws: `queryLogic` for what is no such function, or is one of a kind that can't be read.
    static func read(_ blob: [UInt8]) throws(ReQLError) -> IndexDefinition {
        var reader = BlobReader(bytes: blob, what: "an index function")
        try reader.take(prefix: prefix, "$reql_index_function$")
        let format = try reader.byte()
        guard (7...9).contains(format) else {
            throw reader.malformed("has format \(format), and only those of RethinkDB 2.2 to 2.4 can be read")
        }
        _ = try reader.take(3)
        let function = try FunctionForm.read(&reader, parameterCount: 1)
        let isMulti = try reader.flag()
        let isGeo = try reader.flag()
        guard reader.isAtEnd else { throw reader.malformed("goes on after its end") }
        return IndexDefinition(IndexFunctionText.source(of: function), isMulti: isMulti, isGeo: isGeo)
    }
}

/// A write hook in the binary form that RethinkDB's tools carry from `getWriteHook` to `setWriteHook`: a prefix, and the function as in
/// ``FunctionBlob``, from its kind to its backtrace id.
enum WriteHookBlob {
    private static let prefix = Array("$reql_write_hook_function$".utf8)

    static func bytes(_ form: FunctionForm) -> [UInt8] { prefix + form.bytes }

    /// The text of the function.
    /// - Throws: `queryLogic` for what is no such function.
    static func read(_ blob: [UInt8]) throws(ReQLError) -> String {
        var reader = BlobReader(bytes: blob, what: "a write hook")
        try reader.take(prefix: prefix, "$reql_write_hook_function$")
        let function = try FunctionForm.read(&reader, parameterCount: 3)
        guard reader.isAtEnd else { throw reader.malformed("goes on after its end") }
        return function.json
    }
}
