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
    private let parameter: Int
    private let body: Term

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
            (parameter, body) = (-19, tree.root)
        case .function(let text):
            guard let tree = try? TermTree(json: Array(text.utf8).span), let parameters = tree.root.parameters, parameters.count <= 1,
                let body = tree.root.body
            else { return nil }
            (parameter, self.body) = (parameters.first ?? 1, body)
        case .unknown: return nil
        }
    }

    /// The creating call, for people.
    func query(name: String) -> String {
        let names: [String] = (definition.isMulti ? ["multi: true"] : []) + (definition.isGeo ? ["geo: true"] : [])
        let options = names.isEmpty ? "" : ", {\(names.joined(separator: ", "))}"
        switch definition.source {
        case .field(name): return "indexCreate(\(Datum(name))\(options))"
        case .field(let field): return "indexCreate(\(Datum(name)), row => row.getField(\(Datum(field)))\(options))"
        case .function(let text):
            let function = (try? TermTree(json: Array(text.utf8).span))?.text() ?? ""
            return "indexCreate(\(Datum(name)), \(function)\(options))"
        case .unknown: return ""
        }
    }

    var bytes: [UInt8] {
        var bytes = Self.prefix + [9, 7, 7, 7, 0, 0, 0, 0, 0, 0, 1]
        bytes.append(littleEndian: UInt64(bitPattern: Int64(parameter)), count: 8)
        var text = ByteBuffer()
        Self.write(body, into: &text)
        text.append(UInt8(0))
        bytes.append(littleEndian: UInt64(text.count), count: 4)
        bytes += text.bytes
        return bytes + [0, 0, 0, 0, definition.isMulti ? 1 : 0, definition.isGeo ? 1 : 0]
    }

    // MARK: Terms

    /// Recursion is bounded by ``IndexFunctionText/maximumDepth``.
    private static func write(_ term: Term, into text: inout ByteBuffer) {
        if term.type == .datum { return write(term.datum, into: &text) }
        text.append("[\(term.type.rawValue),")
        if term.type == .makeObject {
            writeFields(term.optionalArguments, into: &text)
        } else {
            text.append("[")
            if let parameters = term.parameters, let body = term.body {
                write(Datum.scalars(parameters.map { Datum($0) }), into: &text)
                text.append(",")
                write(body, into: &text)
            } else {
                for (position, argument) in term.arguments.enumerated() {
                    if position > 0 { text.append(",") }
                    write(argument, into: &text)
                }
            }
            text.append("]")
            if term.optionCount > 0 {
                text.append(",")
                writeFields(term.optionalArguments, into: &text)
            }
        }
        text.append(",0]")
    }

    private static func writeFields(_ fields: [(name: String, term: Term)], into text: inout ByteBuffer) {
        text.append("{")
        for (position, field) in fields.enumerated() {
            text.append("\(position > 0 ? "," : "")\(Datum(field.name)):")
            write(field.term, into: &text)
        }
        text.append("}")
    }

    private static func write(_ datum: Datum, into text: inout ByteBuffer) {
        switch datum.kind {
        case .array:
            text.append("[2,[")
            for position in 0..<datum.count {
                if position > 0 { text.append(",") }
                write(datum[position], into: &text)
            }
            text.append("],0]")
        case .object:
            text.append("[3,{")
            for position in 0..<datum.count {
                text.append("\(position > 0 ? "," : "")\(Datum(datum.key(at: position))):")
                write(datum[position], into: &text)
            }
            text.append("},0]")
        default: text.append("[1,\(datum),0]")
        }
    }

    // MARK: Reading

    /// - Throws: `queryLogic` for what is no such function, or is one of a kind that can't be read.
    static func read(_ blob: [UInt8]) throws(ReQLError) -> IndexDefinition {
        var reader = Reader(bytes: blob)
        guard try reader.take(prefix.count) == prefix else { throw malformed("does not begin with `$reql_index_function$`") }
        let format = try reader.byte()
        guard (7...9).contains(format) else { throw malformed("has format \(format), and only those of RethinkDB 2.2 to 2.4 can be read") }
        _ = try reader.take(3)
        guard try reader.byte() == 0 else { throw malformed("is no ReQL function") }
        guard try reader.varint() == 0 else { throw malformed("has captured variables, which can't be read yet") }
        let depth = try reader.integer(4)
        if depth == 1, try reader.flag() { throw malformed("has a captured row, which can't be read yet") }
        guard try reader.varint() == 1 else { throw malformed("is no function of one argument") }
        let parameter = Int(Int64(bitPattern: try reader.integer(8)))
        let length = Int(try reader.integer(4))
        guard length > 1, let text = try? reader.take(length), text.last == 0 else { throw malformed("is cut short") }
        _ = try reader.take(4)
        let isMulti = try reader.flag()
        let isGeo = try reader.flag()
        guard reader.isAtEnd else { throw malformed("goes on after its end") }

        let bodyText = Array(text.dropLast())
        let json: Datum
        do { json = try Datum(json: bodyText.span, options: .query) } catch { throw malformed("has a body that is no JSON") }
        var assembler = TermAssembler()
        let body = try term(json, depth: 1, into: &assembler)
        let root = assembler.function(parameters: [parameter], body: body)
        let tree = try assembler.tree(root: root)
        // By way of JSON, so that it is checked as any query is.
        let checked = try TermTree(json: Array(tree.json.utf8).span)
        var compiler = Compiler()
        guard let node = try compiler.compile(checked) as? FunctionNode, node.function.determinism == .always else {
            throw malformed("holds a function whose value depends on more than the document")
        }
        return IndexDefinition(IndexFunctionText.source(of: checked), isMulti: isMulti, isGeo: isGeo)
    }

    private static func term(_ json: Datum, depth: Int, into assembler: inout TermAssembler) throws(ReQLError) -> TermAssembler.Reference {
        guard depth <= IndexFunctionText.maximumDepth else { throw malformed("nests more than \(IndexFunctionText.maximumDepth) terms") }
        guard json.kind == .array, json.count >= 2, let id = json[0].integer,
            let type = Int32(exactly: id).flatMap(TermType.init(rawValue:)),
            json[json.count - 1].integer != nil
        else { throw malformed("has a body that is no term") }
        if type == .datum {
            guard json.count == 3 else { throw malformed("has a body that is no term") }
            return assembler.datum(json[1])
        }
        var arguments: [TermAssembler.Reference] = []
        var options: [(name: String, term: TermAssembler.Reference)] = []
        for position in 1..<(json.count - 1) {
            let part = json[position]
            if part.kind == .array {
                for argument in part.elements { arguments.append(try term(argument, depth: depth + 1, into: &assembler)) }
            } else {
                for field in part.fields { options.append((field.key, try term(field.value, depth: depth + 1, into: &assembler))) }
            }
        }
        return assembler.term(type, arguments, options: options)
    }

    private static func malformed(_ problem: String) -> ReQLError {
        ReQLError(.queryLogic, "The binary form of an index function \(problem).")
    }

    private struct Reader {
        let bytes: [UInt8]
        private var index = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var isAtEnd: Bool { index == bytes.count }

        mutating func take(_ count: Int) throws(ReQLError) -> [UInt8] {
            guard count <= bytes.count - index else { throw malformed("is cut short") }
            defer { index += count }
            return Array(bytes[index..<(index + count)])
        }

        mutating func byte() throws(ReQLError) -> UInt8 { try take(1)[0] }

        mutating func flag() throws(ReQLError) -> Bool {
            let byte = try byte()
            guard byte <= 1 else { throw malformed("has a flag that is neither 0 nor 1") }
            return byte == 1
        }

        mutating func integer(_ count: Int) throws(ReQLError) -> UInt64 {
            try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func varint() throws(ReQLError) -> UInt64 {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 63, by: 7) {
                let byte = try byte()
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            throw malformed("has a number that is too large")
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: UInt64, count: Int) {
        for position in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * position))) }
    }
}
