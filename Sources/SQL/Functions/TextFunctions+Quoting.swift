/// Texts as identifiers and literals of SQL, and identifiers taken apart.
extension TextFunctions {
    static func addQuoting(to bodies: inout Bodies) {
        bodies["quote_ident"] = .unary { .text(Quoting.identifier($0.text)) }
        bodies["quote_literal"] = .scalar { arguments, context throws(SQLError) in
            .text(Quoting.literal(try text(arguments[0], context)))
        }
        bodies["quote_nullable"] = .scalar { arguments, context throws(SQLError) in
            arguments[0].isNull
                ? .text("NULL") : .text(Quoting.literal(try text(arguments[0], context)))
        }
        bodies["parse_ident"] = .scalar { arguments, _ throws(SQLError) in
            try Self.names(arguments[0].text, isStrict: arguments.count < 2 || arguments[1].bool)
        }
    }

    /// What the argument is when it is cast to text.
    private static func text(_ value: SQLValue, _ context: CallContext) throws(SQLError) -> String {
        if case .bool(let bool) = value { return bool ? "true" : "false" }
        return try TextOutput.text(value, context.argumentTypes[0], context.session)
    }

    private static func names(_ text: String, isStrict: Bool) throws(SQLError) -> SQLValue {
        func wrong(_ detail: String?) -> SQLError {
            SQLError(.invalidParameterValue, "string is not a valid identifier: \"\(text)\"", detail: detail)
        }
        let bytes = Array(text.utf8)
        var place = 0
        var names: [SQLValue] = []
        func skip() { while place < bytes.count, ASCII.isSpace(bytes[place]) { place += 1 } }
        var afterDot = false
        skip()
        while true {
            var name: [UInt8] = []
            if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
                place += 1
                while true {
                    guard place < bytes.count else { throw wrong("String has unclosed double quotes.") }
                    if bytes[place] == UInt8(ascii: "\"") {
                        place += 1
                        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { break }
                    }
                    name.append(bytes[place])
                    place += 1
                }
                if name.isEmpty { throw wrong("Quoted identifier must not be empty.") }
            } else if place < bytes.count, ASCII.isLetter(bytes[place]) || bytes[place] == UInt8(ascii: "_") || bytes[place] >= 128 {
                while place < bytes.count,
                    ASCII.isLetter(bytes[place]) || ASCII.isDigit(bytes[place]) || "_$".utf8.contains(bytes[place]) || bytes[place] >= 128
                {
                    name.append(ASCII.lowercased(bytes[place]))
                    place += 1
                }
            } else {
                if place < bytes.count, bytes[place] == UInt8(ascii: ".") { throw wrong("No valid identifier before \".\".") }
                throw wrong(afterDot ? "No valid identifier after \".\"." : nil)
            }
            names.append(.text(String(decoding: name, as: UTF8.self)))
            skip()
            if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
                place += 1
                afterDot = true
                skip()
                continue
            }
            if place < bytes.count, isStrict { throw wrong(nil) }
            return .array(SQLArray(.text, names))
        }
    }
}
