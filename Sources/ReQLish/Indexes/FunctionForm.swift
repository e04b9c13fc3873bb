import Ground

/// The part that index functions and write hooks have in common: what is between the versions and the flags in ``FunctionBlob``.
struct FunctionForm {
    let parameters: [Int]
    let body: Term

    init(parameters: [Int], body: Term) {
        self.parameters = parameters
        self.body = body
    }

    /// Nil if the tree is not a function.
    init?(_ tree: TermTree) {
        guard let parameters = tree.root.parameters, let body = tree.root.body else { return nil }
        self.init(parameters: parameters, body: body)
    }

    var bytes: [UInt8] {
        // A ReQL function, without captured variables, at depth 0.
        var bytes: [UInt8] = [0, 0, 0, 0, 0, 0, UInt8(parameters.count)]
        for parameter in parameters { bytes.append(littleEndian: UInt64(bitPattern: Int64(parameter)), count: 8) }
        var text = ByteBuffer()
        Self.write(body, into: &text)
        text.append(UInt8(0))
        bytes.append(littleEndian: UInt64(text.count), count: 4)
        return bytes + text.bytes + [0, 0, 0, 0]
    }

    // MARK: Terms

    /// Recursion is bounded by ``IndexFunctionText/maximumDepth``.
    private static func write(_ term: Term, into text: inout ByteBuffer) {
        if term.type == .datum { return write(term.datum, into: &text) }
        text.append("[\(term.type.number),")
        if term.type == .makeObject {
            writeFields(term.optionalArguments, into: &text)
        } else {
            text.append("[")
            if let parameters = term.parameters, let body = term.body {
                write(Datum(elements: parameters.map { Datum($0) }), into: &text)
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

    private static func writeFields(_ fields: Term.Options, into text: inout ByteBuffer) {
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

    static func read(_ reader: inout BlobReader, parameterCount: Int) throws(ReQLError) -> TermTree {
        guard try reader.byte() == 0 else { throw reader.malformed("is not a ReQL function") }
        guard try reader.varint() == 0 else { throw reader.malformed("has captured variables, which can't be read yet") }
        let depth = try reader.integer(4)
        if depth == 1, try reader.flag() { throw reader.malformed("has a captured row, which can't be read yet") }
        guard try reader.varint() == UInt64(parameterCount) else {
            throw reader.malformed("is not a function of \(parameterCount) argument\(parameterCount == 1 ? "" : "s")")
        }
        var parameters: [Int] = []
        for _ in 0..<parameterCount { parameters.append(Int(Int64(bitPattern: try reader.integer(8)))) }
        let length = Int(try reader.integer(4))
        guard length > 1, let text = try? reader.take(length), text.last == 0 else { throw reader.malformed("is cut short") }
        _ = try reader.take(4)

        let bodyText = Array(text.dropLast())
        let json: Datum
        do { json = try Datum(json: bodyText.span, options: .query) } catch { throw reader.malformed("has a body that is not JSON") }
        var assembler = TermAssembler()
        let body = try term(json, depth: 1, into: &assembler, reader)
        let root = assembler.function(parameters: parameters, body: body)
        let tree = try assembler.tree(root: root)
        // By way of JSON, so that it is checked as any query is.
        let checked = try TermTree(json: Array(tree.json.utf8).span)
        var compiler = Compiler()
        guard let node = try compiler.compile(checked) as? FunctionNode, node.function.determinism == .always else {
            throw reader.malformed("holds a function whose value depends on more than its arguments")
        }
        return checked
    }

    private static func term(
        _ json: Datum, depth: Int, into assembler: inout TermAssembler, _ reader: BlobReader
    ) throws(ReQLError) -> TermAssembler.Reference {
        guard depth <= IndexFunctionText.maximumDepth else {
            throw reader.malformed("nests more than \(IndexFunctionText.maximumDepth) terms")
        }
        guard json.kind == .array, json.count >= 2, let id = json[0].integer,
            let type = TermType(number: id), json[json.count - 1].integer != nil
        else { throw reader.malformed("has a body that is not a term") }
        if type == .datum {
            guard json.count == 3 else { throw reader.malformed("has a body that is not a term") }
            return assembler.datum(json[1])
        }
        var arguments: [TermAssembler.Reference] = []
        var options: [(name: String, term: TermAssembler.Reference)] = []
        for position in 1..<(json.count - 1) {
            let part = json[position]
            if part.kind == .array {
                for argument in part.elements { arguments.append(try term(argument, depth: depth + 1, into: &assembler, reader)) }
            } else {
                for field in part.fields { options.append((field.key, try term(field.value, depth: depth + 1, into: &assembler, reader))) }
            }
        }
        return assembler.term(type, arguments, options: options)
    }
}

/// A reader of the pieces of a binary form, from front to back.
struct BlobReader {
    let bytes: [UInt8]
    /// What it is the form of, for messages.
    let what: String
    private var index = 0

    init(bytes: [UInt8], what: String) {
        self.bytes = bytes
        self.what = what
    }

    func malformed(_ problem: String) -> ReQLError {
        ReQLError(.queryLogic, "The binary form of \(what) \(problem).")
    }

    mutating func take(prefix: [UInt8], _ text: String) throws(ReQLError) {
        guard bytes.starts(with: prefix) else { throw malformed("does not begin with `\(text)`") }
        index = prefix.count
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

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: UInt64, count: Int) {
        for position in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * position))) }
    }
}
