/// Reads arrays and rows from their text.
enum ArrayInput {
    private static func fault(_ text: String, _ detail: String) -> SQLError {
        SQLError(.invalidTextRepresentation, "malformed array literal: \"\(text)\"", detail: detail)
    }

    static func array(_ text: String, _ type: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLArray {
        var reader = Reader(text: text, bytes: Array(text.utf8))
        reader.skipSpace()
        var bounds: [(lower: Int32, upper: Int32)] = []
        while reader.peek == UInt8(ascii: "[") {
            reader.place += 1
            guard let first = reader.integer() else { throw fault(text, "\"[\" must introduce explicitly-specified array dimensions.") }
            if reader.peek == UInt8(ascii: ":") {
                reader.place += 1
                guard let second = reader.integer() else { throw fault(text, "Missing array dimension value.") }
                bounds.append((first, second))
            } else {
                bounds.append((1, first))
            }
            guard reader.peek == UInt8(ascii: "]") else { throw fault(text, "Missing \"]\" after array dimensions.") }
            reader.place += 1
            if let last = bounds.last, last.upper < last.lower {
                throw SQLError(.arraySubscriptError, "upper bound cannot be less than lower bound")
            }
            try SQLArray.requireDimensions(bounds.count)
        }
        if !bounds.isEmpty {
            reader.skipSpace()
            guard reader.peek == UInt8(ascii: "=") else { throw fault(text, "Missing \"=\" after array dimensions.") }
            reader.place += 1
            reader.skipSpace()
        }
        guard reader.peek == UInt8(ascii: "{") else {
            throw fault(
                text,
                bounds.isEmpty ? "Array value must start with \"{\" or dimension information." : "Array contents must start with \"{\".")
        }
        var elements: [SQLValue] = []
        var counts: [Int] = []
        try reader.read(depth: 0, &counts, &elements, type, session)
        reader.skipSpace()
        guard reader.place == reader.bytes.count else { throw fault(text, "Junk after closing right brace.") }
        if elements.isEmpty {
            return SQLArray(type, dimensions: [], elements: [])
        }
        if !bounds.isEmpty {
            guard bounds.count == counts.count, zip(bounds, counts).allSatisfy({ Int($0.upper) - Int($0.lower) + 1 == $1 }) else {
                throw fault(text, "Specified array dimensions do not match array contents.")
            }
        }
        if let failure = reader.failure { throw failure }
        let dimensions = counts.enumerated().map { place, count in
            SQLArray.Dimension(count: count, lowerBound: bounds.isEmpty ? 1 : bounds[place].lower)
        }
        try SQLArray.requireSubscripts(dimensions)
        return SQLArray(SQLType(type.oid), dimensions: dimensions, elements: elements)
    }

    private struct Reader {
        let text: String
        let bytes: [UInt8]
        var place = 0
        private var depth: Int?
        /// Why the first element that can't be read can't. The whole is looked at before that is said.
        private(set) var failure: SQLError?

        init(text: String, bytes: [UInt8]) {
            self.text = text
            self.bytes = bytes
        }

        var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

        mutating func skipSpace() {
            while let byte = peek, ASCII.isSpace(byte) { place += 1 }
        }

        mutating func integer() -> Int32? {
            let start = place
            if peek == UInt8(ascii: "-") || peek == UInt8(ascii: "+") { place += 1 }
            while let byte = peek, ASCII.isDigit(byte) { place += 1 }
            return Int32(String(decoding: bytes[start..<place], as: UTF8.self))
        }

        private func fault(_ detail: String) -> SQLError { ArrayInput.fault(text, detail) }

        mutating func read(
            depth level: Int, _ counts: inout [Int], _ elements: inout [SQLValue], _ type: SQLType, _ session: any SQLSession
        ) throws(SQLError) {
            guard level < 6 else {
                throw SQLError(.programLimitExceeded, "number of array dimensions (\(level + 1)) exceeds the maximum allowed (6)")
            }
            place += 1
            var count = 0
            skipSpace()
            if peek == UInt8(ascii: "}") {
                guard level == 0 else { throw fault("Unexpected \"}\" character.") }
                place += 1
                return
            }
            while true {
                skipSpace()
                guard let byte = peek else { throw fault("Unexpected end of input.") }
                if byte == UInt8(ascii: "{") {
                    if let depth, depth <= level + 1 { throw fault("Unexpected \"{\" character.") }
                    try read(depth: level + 1, &counts, &elements, type, session)
                } else {
                    if let depth, depth != level + 1 {
                        throw fault("Multidimensional arrays must have sub-arrays with matching dimensions.")
                    }
                    depth = level + 1
                    elements.append(try element(type, session))
                }
                count += 1
                skipSpace()
                guard let next = peek else { throw fault("Unexpected end of input.") }
                place += 1
                if next == UInt8(ascii: "}") { break }
                guard next == UInt8(ascii: ",") else { throw fault("Unexpected array element.") }
            }
            while counts.count <= level { counts.append(-1) }
            if counts[level] < 0 {
                counts[level] = count
            } else if counts[level] != count {
                throw fault("Multidimensional arrays must have sub-arrays with matching dimensions.")
            }
        }

        private mutating func element(_ type: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue {
            var content: [UInt8] = []
            var isQuoted = false
            if peek == UInt8(ascii: "\"") {
                isQuoted = true
                place += 1
                while let byte = peek, byte != UInt8(ascii: "\"") {
                    place += 1
                    if byte == UInt8(ascii: "\\"), let next = peek {
                        content.append(next)
                        place += 1
                    } else {
                        content.append(byte)
                    }
                }
                guard peek != nil else { throw fault("Unexpected end of input.") }
                place += 1
            } else {
                var kept = 0
                while let byte = peek, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}") {
                    guard byte != UInt8(ascii: "{") else { throw fault("Unexpected \"{\" character.") }
                    guard byte != UInt8(ascii: "\"") else { throw fault("Unexpected array element.") }
                    place += 1
                    if byte == UInt8(ascii: "\\") {
                        guard let next = peek else { throw fault("Unexpected end of input.") }
                        content.append(next)
                        place += 1
                        kept = content.count
                        isQuoted = true
                    } else {
                        content.append(byte)
                        if !ASCII.isSpace(byte) { kept = content.count }
                    }
                }
                content.removeLast(content.count - kept)
                guard !content.isEmpty else {
                    throw fault("Unexpected \"\(peek.map { String(Character(Unicode.Scalar($0))) } ?? "")\" character.")
                }
            }
            let word = String(decoding: content, as: UTF8.self)
            if !isQuoted, word.lowercased() == "null" { return .null }
            if failure != nil { return .null }
            do throws(SQLError) { return try TextInput.value(word, type, session) } catch {
                failure = error
                return .null
            }
        }
    }

    static func record(_ text: String, _ fields: [SQLRecord.Field], _ session: any SQLSession) throws(SQLError) -> SQLRecord {
        func fault(_ detail: String) -> SQLError {
            SQLError(.invalidTextRepresentation, "malformed record literal: \"\(text)\"", detail: detail)
        }
        let bytes = Array(text.utf8)
        var place = 0
        while place < bytes.count, ASCII.isSpace(bytes[place]) { place += 1 }
        guard place < bytes.count, bytes[place] == UInt8(ascii: "(") else { throw fault("Missing left parenthesis.") }
        place += 1
        var values: [SQLValue] = []
        for (number, field) in fields.enumerated() {
            if number > 0 {
                guard place < bytes.count, bytes[place] == UInt8(ascii: ",") else { throw fault("Too few columns.") }
                place += 1
            }
            var content: [UInt8] = []
            var isQuoted = false
            var sawQuote = false
            while true {
                guard place < bytes.count else { throw fault("Unexpected end of input.") }
                let byte = bytes[place]
                if !isQuoted, byte == UInt8(ascii: ",") || byte == UInt8(ascii: ")") { break }
                place += 1
                if byte == UInt8(ascii: "\\") {
                    guard place < bytes.count else { throw fault("Unexpected end of input.") }
                    content.append(bytes[place])
                    place += 1
                } else if byte == UInt8(ascii: "\"") {
                    if isQuoted, place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
                        content.append(byte)
                        place += 1
                    } else {
                        isQuoted.toggle()
                        sawQuote = true
                    }
                } else {
                    content.append(byte)
                }
            }
            if content.isEmpty, !sawQuote {
                values.append(.null)
            } else {
                values.append(try TextInput.value(String(decoding: content, as: UTF8.self), field.type, session))
            }
        }
        guard place < bytes.count, bytes[place] == UInt8(ascii: ")") else { throw fault("Too many columns.") }
        place += 1
        while place < bytes.count, ASCII.isSpace(bytes[place]) { place += 1 }
        guard place == bytes.count else { throw fault("Junk after right parenthesis.") }
        return SQLRecord(fields: fields, values: values)
    }
}
