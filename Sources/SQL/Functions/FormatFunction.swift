/// format(): `%s`, `%I`, `%L`, with a position, a minus and a width.
enum FormatFunction {
    static func format(_ pattern: String, _ arguments: [(SQLValue, SQLType)], _ session: any SQLSession) throws(SQLError) -> String {
        var result = MadeText()
        var next = 0
        let characters = Array(pattern.unicodeScalars)
        var place = 0
        let unterminated = SQLError(.invalidParameterValue, "unterminated format() type specifier", hint: "For a single \"%\" use \"%%\".")
        func digits() -> Int? {
            var value: Int?
            while place < characters.count, let digit = Int(String(characters[place])), characters[place].isASCII {
                value = min((value ?? 0) * 10 + digit, 1 << 32)
                place += 1
            }
            return value
        }
        func argument(_ number: Int) throws(SQLError) -> (SQLValue, SQLType) {
            guard number < arguments.count else { throw SQLError(.invalidParameterValue, "too few arguments for format()") }
            return arguments[number]
        }
        while place < characters.count {
            guard characters[place] == "%" else {
                try result.append(characters[place])
                place += 1
                continue
            }
            place += 1
            guard place < characters.count else { throw unterminated }
            if characters[place] == "%" {
                try result.append("%" as Unicode.Scalar)
                place += 1
                continue
            }
            var position: Int?
            var width: Int?
            var isLeft = false
            let start = place
            if let number = digits() {
                if place < characters.count, characters[place] == "$" {
                    place += 1
                    if number == 0 {
                        throw SQLError(.invalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
                    }
                    position = number - 1
                } else {
                    place = start
                }
            }
            while place < characters.count, characters[place] == "-" {
                isLeft = true
                place += 1
            }
            if place < characters.count, characters[place] == "*" {
                place += 1
                let number: Int
                if let given = digits() {
                    guard place < characters.count, characters[place] == "$" else {
                        throw SQLError(.invalidParameterValue, "width argument position must be ended by \"$\"")
                    }
                    place += 1
                    if given == 0 {
                        throw SQLError(.invalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
                    }
                    number = given - 1
                } else {
                    number = next
                }
                let value = try argument(number)
                next = number + 1
                if value.0.isNull {
                    width = 0
                } else {
                    guard let given = Int(try TextOutput.text(value.0, value.1, session)) else {
                        throw SQLError(
                            .invalidTextRepresentation,
                            "invalid input syntax for type integer: \"\(TextOutput.shown(value.0, value.1, session))\"")
                    }
                    width = given
                }
                if let given = width, given < 0 {
                    isLeft = true
                    width = -given
                }
            } else {
                width = digits()
            }
            if let width, width > TextFunctions.maximumByteCount { throw SQLError(.numericValueOutOfRange, "number is out of range") }
            guard place < characters.count else { throw unterminated }
            let kind = characters[place]
            place += 1
            guard kind == "s" || kind == "I" || kind == "L" else {
                throw SQLError(
                    .invalidParameterValue, "unrecognized format() type specifier \"\(kind)\"", hint: "For a single \"%\" use \"%%\".")
            }
            let (value, type) = try argument(position ?? next)
            next = (position ?? next) + 1
            var text: String
            if value.isNull {
                if kind == "I" { throw SQLError(.nullValueNotAllowed, "null values cannot be formatted as an SQL identifier") }
                text = kind == "L" ? "NULL" : ""
            } else {
                text = try TextOutput.text(value, type, session)
                if kind == "I" { text = Quoting.identifier(text) } else if kind == "L" { text = Quoting.literal(text) }
            }
            let missing = width.map { max(0, $0 - text.unicodeScalars.count) } ?? 0
            if !isLeft { try result.append(" ", count: missing) }
            try result.append(text)
            if isLeft { try result.append(" ", count: missing) }
        }
        return try result.finish()
    }
}
