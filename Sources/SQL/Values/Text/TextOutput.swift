import Catalog
import Ground

/// Values as text, byte for byte as PostgreSQL writes them.
package enum TextOutput {
    /// Throws `54000` and `53200` for arrays and records in each other whose text, quotes in quotes, is too long or has no room.
    package static func text(_ value: SQLValue, _ type: SQLType, _ session: any SQLSession) throws(SQLError) -> String {
        switch value {
        case .text(let text) where type.oid != SQLType.bpchar.oid: return text
        case .int(let number) where type.oid == 23 || type.oid == 20 || type.oid == 21: return String(number)
        default:
            var bytes: [UInt8] = []
            try append(value, type, session, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The text for a message, or three points in place of one that can't be made.
    static func shown(_ value: SQLValue, _ type: SQLType, _ session: any SQLSession) -> String {
        (try? text(value, type, session)) ?? "..."
    }

    /// Appends the text of a value that is not NULL; throws what ``text(_:_:_:)`` throws.
    package static func append(
        _ value: SQLValue, _ type: SQLType, _ session: any SQLSession, to bytes: inout [UInt8]
    ) throws(SQLError) {
        switch value {
        case .array, .record:
            var expected = 0
            try append(nested: value, type, session, expecting: &expected, to: &bytes)
        default: append(scalar: value, type, session, to: &bytes)
        }
    }

    /// The same for who writes a result, when its statement has given the row: arrays and records count with what the statement keeps.
    package static func append(
        result value: SQLValue, _ type: SQLType, _ session: any SQLSession, to bytes: inout [UInt8]
    ) throws(SQLError) {
        switch value {
        case .array, .record:
            guard let memory = session.statementMemory else { break }
            return try QueryMemory.ofThread.with(memory) { () throws(SQLError) in try append(value, type, session, to: &bytes) }
        default: break
        }
        try append(value, type, session, to: &bytes)
    }

    /// The text of a value that is no record, and no array but a vector of numbers.
    static func text(scalar value: SQLValue, _ type: SQLType, _ session: any SQLSession) -> String {
        var bytes: [UInt8] = []
        append(scalar: value, type, session, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text of a value that is no record, and no array but a vector of numbers.
    static func append(scalar value: SQLValue, _ type: SQLType, _ session: any SQLSession, to bytes: inout [UInt8]) {
        switch value {
        case .null, .record: break
        case .array(let vector):
            for (place, element) in vector.elements.enumerated() {
                if place > 0 { bytes.append(32) }
                append(scalar: element, vector.elementType, session, to: &bytes)
            }
        case .bool(let bool): bytes.append(bool ? UInt8(ascii: "t") : UInt8(ascii: "f"))
        case .int(let number): append(integer: number, type, session, to: &bytes)
        case .double(let number):
            let isSingle = type.oid == SQLType.float4.oid
            bytes.append(
                contentsOf: FloatText.output(number, isSingle: isSingle, extraDigits: session.settings.extraFloatDigits).utf8)
        case .numeric(let number): bytes.append(contentsOf: number.description.utf8)
        case .text(let text):
            bytes.append(contentsOf: text.utf8)
            if type.oid == SQLType.bpchar.oid, type.modifier > 4 {
                let missing = Int(type.modifier) - 4 - text.unicodeScalars.count
                if missing > 0 { bytes.append(contentsOf: repeatElement(32, count: missing)) }
            }
        case .bytes(let content):
            if session.settings.byteaIsHexadecimal {
                bytes.append(contentsOf: "\\x".utf8)
                for byte in content {
                    bytes.append(ASCII.hexadecimalDigits[Int(byte >> 4)])
                    bytes.append(ASCII.hexadecimalDigits[Int(byte & 15)])
                }
            } else {
                bytes.append(contentsOf: Encodings.escaped(content).utf8)
            }
        case .bits(let content): content.append(to: &bytes)
        case .date(let days): bytes.append(contentsOf: DateTimeWriter.date(days, in: session.settings).utf8)
        case .time(let time): bytes.append(contentsOf: DateTimeWriter.time(time).utf8)
        case .timetz(let time, let west): bytes.append(contentsOf: DateTimeWriter.timetz(time, west: west).utf8)
        case .timestamp(let moment): bytes.append(contentsOf: DateTimeWriter.timestamp(moment, in: session.settings).utf8)
        case .timestamptz(let moment):
            bytes.append(contentsOf: DateTimeWriter.timestamptz(moment, in: session.settings).utf8)
        case .interval(let interval):
            bytes.append(contentsOf: DateTimeWriter.interval(interval, style: session.settings.intervalStyle).utf8)
        case .uuid(let high, let low): append(uuid: high, low, to: &bytes)
        case .json(let datum): JSONText.append(datum, to: &bytes)
        case .inet(let address): bytes.append(contentsOf: address.text(isCIDR: type.oid == SQLType.cidr.oid).utf8)
        case .tsvector(let vector): vector.append(to: &bytes)
        case .tsquery(let query): query.append(to: &bytes)
        }
    }

    private static func append(integer number: Int64, _ type: SQLType, _ session: any SQLSession, to bytes: inout [UInt8]) {
        switch type.oid {
        case SQLType.regclass.oid, SQLType.regtype.oid, SQLType.regproc.oid, SQLType.regprocedure.oid, SQLType.regnamespace.oid,
            SQLType.regrole.oid, SQLType.regconfig.oid, SQLType.regdictionary.oid, SQLType.regoperator.oid:
            guard number != 0 else {
                bytes.append(UInt8(ascii: type.oid == SQLType.regoperator.oid ? "0" : "-"))
                return
            }
            bytes.append(contentsOf: (ObjectNames.name(UInt32(truncatingIfNeeded: number), as: type, session) ?? String(number)).utf8)
        case SQLType.pgLSN.oid:
            let value = UInt64(bitPattern: number)
            bytes.append(contentsOf: (String(value >> 32, radix: 16, uppercase: true) + "/").utf8)
            bytes.append(contentsOf: String(value & 0xFFFF_FFFF, radix: 16, uppercase: true).utf8)
        case SQLType.xid8.oid: bytes.append(contentsOf: String(UInt64(bitPattern: number)).utf8)
        case SQLType.tid.oid: bytes.append(contentsOf: "(\(number >> 16),\(number & 0xFFFF))".utf8)
        default:
            if number >= 0, number < 10 {
                bytes.append(48 + UInt8(number))
            } else {
                bytes.append(contentsOf: String(number).utf8)
            }
        }
    }

    private static func append(uuid high: UInt64, _ low: UInt64, to bytes: inout [UInt8]) {
        for place in 0..<16 {
            if place == 4 || place == 6 || place == 8 || place == 10 { bytes.append(UInt8(ascii: "-")) }
            let byte = UInt8(truncatingIfNeeded: (place < 8 ? high : low) >> UInt64(8 * (7 - place % 8)))
            bytes.append(ASCII.hexadecimalDigits[Int(byte >> 4)])
            bytes.append(ASCII.hexadecimalDigits[Int(byte & 15)])
        }
    }

    // MARK: Arrays and records

    /// Appends what stands in an array or a record.
    ///
    /// - Parameter expected: to which is added what the query's memory was told to expect for it.
    private static func append(
        nested value: SQLValue, _ type: SQLType, _ session: any SQLSession, expecting expected: inout Int, to bytes: inout [UInt8]
    ) throws(SQLError) {
        switch value {
        case .array(let array) where type.oid != SQLType.int2vector.oid && type.oid != SQLType.oidvector.oid:
            try append(array: array, modifier: type.modifier, session, expecting: &expected, to: &bytes)
        case .record(let record): try append(record: record, session, expecting: &expected, to: &bytes)
        default: append(scalar: value, type, session, to: &bytes)
        }
    }

    private static func append(
        array: SQLArray, modifier: Int32, _ session: any SQLSession, expecting expected: inout Int, to bytes: inout [UInt8]
    ) throws(SQLError) {
        if array.elements.isEmpty {
            bytes.append(contentsOf: "{}".utf8)
            return
        }
        if array.dimensions.contains(where: { $0.lowerBound != 1 }) {
            for dimension in array.dimensions {
                bytes.append(contentsOf: "[\(dimension.lowerBound):\(Int(dimension.lowerBound) + dimension.count - 1)]".utf8)
            }
            bytes.append(UInt8(ascii: "="))
        }
        let type = SQLType(array.elementType.oid, modifier: modifier)
        var place = 0
        try append(dimension: 0, of: array, type, session, &place, expecting: &expected, to: &bytes)
    }

    private static func append(
        dimension: Int, of array: SQLArray, _ type: SQLType, _ session: any SQLSession, _ place: inout Int,
        expecting expected: inout Int, to bytes: inout [UInt8]
    ) throws(SQLError) {
        bytes.append(UInt8(ascii: "{"))
        for index in 0..<array.dimensions[dimension].count {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            if dimension + 1 < array.dimensions.count {
                try append(dimension: dimension + 1, of: array, type, session, &place, expecting: &expected, to: &bytes)
                continue
            }
            let element = array.elements[place]
            place += 1
            if element.isNull {
                bytes.append(contentsOf: "NULL".utf8)
                continue
            }
            var text: [UInt8] = []
            var ofElement = 0
            try append(nested: element, type, session, expecting: &ofElement, to: &text)
            let isQuoted =
                text.isEmpty || text.contains { isArraySyntax($0) || ASCII.isSpace($0) }
                || text.count == 4 && String(decoding: text, as: UTF8.self).lowercased() == "null"
            expected += try appendQuoted(text, isQuoted: isQuoted, doublesQuotes: false, to: &bytes)
            QueryMemory.expectLess(ofElement)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func isArraySyntax(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"")
            || byte == UInt8(ascii: "\\")
    }

    /// Each level may double what is in it: what is large is counted before it is made.
    ///
    /// - Returns: how much was said to be expected. What is made of a part of it gives it back once that is copied.
    private static func appendQuoted(
        _ text: [UInt8], isQuoted: Bool, doublesQuotes: Bool, to bytes: inout [UInt8]
    ) throws(SQLError) -> Int {
        var expected = 0
        if text.count >= QueryMemory.largeValue / 2 {
            let marks = isQuoted ? text.count { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") } + 2 : 0
            guard bytes.count + text.count + marks <= TextFunctions.maximumByteCount else { throw TextFunctions.tooLong }
            do throws(DatumError) { try QueryMemory.expect(text.count + marks) } catch { throw SQLError(outOfMemory: error) }
            if text.count + marks >= QueryMemory.largeValue { expected = text.count + marks }
            try QueryMemory.checkStopped()
            // Where it is less than half of what follows, to double would take more than is needed.
            if bytes.count < text.count { bytes.reserveCapacity(bytes.count + text.count + marks) }
        }
        guard isQuoted else {
            bytes.append(contentsOf: text)
            return expected
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") {
                bytes.append(doublesQuotes ? byte : UInt8(ascii: "\\"))
            }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
        return expected
    }

    private static func append(
        record: SQLRecord, _ session: any SQLSession, expecting expected: inout Int, to bytes: inout [UInt8]
    ) throws(SQLError) {
        bytes.append(UInt8(ascii: "("))
        for (place, value) in record.values.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            if value.isNull { continue }
            var text: [UInt8] = []
            var ofField = 0
            let type = place < record.fields.count ? record.fields[place].type : .text
            try append(nested: value, type, session, expecting: &ofField, to: &text)
            let isQuoted =
                text.isEmpty
                || text.contains {
                    ASCII.isSpace($0) || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "(")
                        || $0 == UInt8(ascii: ")") || $0 == UInt8(ascii: ",")
                }
            expected += try appendQuoted(text, isQuoted: isQuoted, doublesQuotes: true, to: &bytes)
            QueryMemory.expectLess(ofField)
        }
        bytes.append(UInt8(ascii: ")"))
    }
}

/// Names of the objects that values of regclass and its kin stand for.
enum ObjectNames {
    static func name(_ oid: UInt32, as type: SQLType, _ session: any SQLSession) -> String? {
        if let name = session.name(ofObject: oid, as: type) { return name }
        switch type.oid {
        case SQLType.regtype.oid:
            return TypeTable.entry(oid) == nil && session.types.type(oid) == nil
                ? nil : TypeTable.format(SQLType(oid, modifier: -2), session.types)
        case SQLType.regconfig.oid: return TextSearchObjects.configuration(oid)?.name
        case SQLType.regdictionary.oid: return TextSearchObjects.name(ofDictionary: oid)
        case SQLType.regproc.oid:
            guard let function = FunctionTable.function(oid) else { return TypeFunctions.name(oid) }
            return FunctionTable.functions(named: function.name).count > 1
                ? "pg_catalog." + Quoting.identifier(function.name) : Quoting.identifier(function.name)
        case SQLType.regprocedure.oid:
            guard let function = FunctionTable.function(oid) else { return nil }
            let arguments = function.arguments.map { TypeTable.format(SQLType($0.oid, modifier: -2), session.types) }.joined(separator: ",")
            return Quoting.identifier(function.name) + "(" + arguments + ")"
        case SQLType.regoperator.oid:
            guard let found = OperatorTable.operator(oid) else { return nil }
            let operands = [found.left, found.right].map { type in
                type.map { TypeTable.format(SQLType($0.oid, modifier: -2), session.types) } ?? "NONE"
            }
            return found.symbol + "(" + operands.joined(separator: ",") + ")"
        default: return nil
        }
    }

    /// Throws `42602` for what is no name, and `42601` for what is no type.
    static func check(_ text: String, as type: SQLType) throws(SQLError) {
        switch type.oid {
        case SQLType.regtype.oid:
            let name = text.trimming()
            if name.isEmpty { throw SQLError(.syntaxError, "invalid type name \"\(text)\"") }
            let digits = name.utf8.prefix(while: ASCII.isDigit)
            let first = digits.isEmpty ? name.utf8.prefix(1) : digits
            if !digits.isEmpty || first.contains(where: { ".,:;(){}[]<>=~!@#%^&|`?+-*/".utf8.contains($0) }), text != "-" {
                throw SQLError(.syntaxError, "syntax error at or near \"\(String(first) ?? "")\"")
            }
        case SQLType.regclass.oid, SQLType.regproc.oid, SQLType.regnamespace.oid, SQLType.regrole.oid, SQLType.regconfig.oid,
            SQLType.regdictionary.oid:
            let count = partCount(text)
            let isOneName = type.oid == SQLType.regnamespace.oid || type.oid == SQLType.regrole.oid
            guard let count, count == 1 || count > 1 && !isOneName else {
                throw SQLError(SQLState(rawValue: "42602"), "invalid name syntax")
            }
        default: break
        }
    }

    /// How many names with dots between a text has; nil if it is something else.
    private static func partCount(_ text: String) -> Int? {
        var rest = Array(text.utf8)[...]
        func skipBlanks() { rest = rest.drop(while: ASCII.isSpace) }
        var count = 0
        while true {
            skipBlanks()
            if rest.first == UInt8(ascii: "\"") {
                var isClosed = false
                let before = rest.count
                rest = rest.dropFirst()
                while let byte = rest.popFirst() {
                    guard byte == UInt8(ascii: "\"") else { continue }
                    if rest.first == byte {
                        rest = rest.dropFirst()
                    } else {
                        isClosed = true
                        break
                    }
                }
                guard isClosed, before - rest.count > 2 else { return nil }
            } else {
                let before = rest.count
                rest = rest.drop { !ASCII.isSpace($0) && $0 != UInt8(ascii: ".") }
                guard rest.count < before else { return nil }
            }
            count += 1
            skipBlanks()
            guard let next = rest.popFirst() else { return count }
            guard next == UInt8(ascii: ".") else { return nil }
        }
    }

    static func object(_ text: String, as type: SQLType, _ session: any SQLSession) throws(SQLError) -> UInt32 {
        if text == "-" { return 0 }
        if let number = UInt32(text) { return number }
        try check(text, as: type)
        if let oid = try session.object(named: text, as: type) { return oid }
        let name = text.hasPrefix("pg_catalog.") ? String(text.dropFirst(11)) : text
        switch type.oid {
        case SQLType.regtype.oid:
            let bare = name.lowercased().trimming()
            if bare.hasSuffix("[]") {
                let element = try object(String(name.trimming().dropLast(2)), as: type, session)
                if let array = TypeTable.array(of: element, session.types) { return array.oid }
            }
            let word = bare.split(separator: "(").first.map(String.init) ?? bare
            // Without its schema it is the word of the grammar, and not the type that is called so.
            if word == "char", name == text { return SQLType.bpchar.oid }
            if let entry = TypeTable.entry(named: word) { return entry.oid }
            if let user = session.types.type(named: name, schema: nil) { return user.oid }
            throw SQLError(.undefinedObject, "type \"\(text)\" does not exist")
        case SQLType.regconfig.oid:
            if let found = TextSearchObjects.configuration(named: text) { return found.oid }
            throw SQLError(.undefinedObject, "text search configuration \"\(text)\" does not exist")
        case SQLType.regdictionary.oid:
            if let found = TextSearchObjects.dictionary(named: text) { return found }
            throw SQLError(.undefinedObject, "text search dictionary \"\(text)\" does not exist")
        case SQLType.regproc.oid:
            let found = FunctionTable.functions(named: name)
            if found.count == 1 { return found[0].oid }
            if found.count > 1 { throw SQLError(.ambiguousFunction, "more than one function named \"\(text)\"") }
            if let number = TypeFunctions.number(named: name) { return number }
            throw SQLError(.undefinedFunction, "function \"\(text)\" does not exist")
        case SQLType.regprocedure.oid:
            let parts = name.split(separator: "(", maxSplits: 1)
            guard parts.count == 2, parts[1].hasSuffix(")") else {
                throw SQLError(.invalidTextRepresentation, "expected a left parenthesis")
            }
            let types = parts[1].dropLast().split(separator: ",").map { TypeTable.entry(named: String($0).trimming().lowercased())?.oid }
            for function in FunctionTable.functions(named: String(parts[0])) where function.arguments.map({ Optional($0.oid) }) == types {
                return function.oid
            }
            throw SQLError(.undefinedFunction, "function \"\(text)\" does not exist")
        case SQLType.regoperator.oid:
            let parts = name.split(separator: "(", maxSplits: 1)
            guard parts.count == 2, parts[1].hasSuffix(")") else {
                throw SQLError(.invalidTextRepresentation, "expected a left parenthesis")
            }
            let words = parts[1].dropLast().split(separator: ",").map { String($0).trimming().lowercased() }
            if words.count < 2 {
                throw SQLError(
                    SQLState(rawValue: "42P02"), "missing argument", hint: "Use NONE to denote the missing argument of a unary operator.")
            }
            if words.count > 2 {
                throw SQLError(
                    SQLState(rawValue: "54023"), "too many arguments", hint: "Provide two argument types for operator.")
            }
            let types = words.map { $0 == "none" ? nil : TypeTable.entry(named: $0)?.oid }
            let symbol = String(parts[0])
            for found in OperatorTable.operators(symbol) where found.symbol == symbol && [found.left?.oid, found.right.oid] == types {
                return found.oid
            }
            throw SQLError(.undefinedFunction, "operator does not exist: \(text)")
        case SQLType.regnamespace.oid: throw SQLError(SQLState(rawValue: "3F000"), "schema \"\(text)\" does not exist")
        case SQLType.regrole.oid: throw SQLError(.undefinedObject, "role \"\(text)\" does not exist")
        default: throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(text)\" does not exist")
        }
    }
}

extension String {
    /// Without blanks around.
    func trimming() -> String { String(decoding: ASCII.trimmed(Array(utf8)[...]), as: UTF8.self) }
}
