/// Functions of text. Positions count code points from 1.
enum TextFunctions {
    static let maximumByteCount = 256 << 20
    static let tooLong = SQLError(.programLimitExceeded, "requested length too large")

    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        addLengths(to: &bodies)
        addCutting(to: &bodies)
        addChanging(to: &bodies)
        addSearching(to: &bodies)
        addPatterns(to: &bodies)
        addQuoting(to: &bodies)
        addJoining(to: &bodies)
        addCodes(to: &bodies)
        return bodies
    }()

    private static func addLengths(to bodies: inout Bodies) {
        let length: SQLFunction.Body = .unary { a in
            switch a {
            case .bytes(let bytes): .int(Int64(bytes.count))
            default: .int(Int64(a.text.unicodeScalars.count))
            }
        }
        for name in ["length", "char_length", "character_length", "textlen"] { bodies[name] = length }
        bodies["octet_length"] = .scalar { arguments, context in
            if case .bytes(let bytes) = arguments[0] { return .int(Int64(bytes.count)) }
            return .int(Int64(TextOutput.text(arguments[0], context.argumentTypes[0], context.session).utf8.count))
        }
        bodies["bit_length"] = .unary { a in
            if case .bytes(let bytes) = a { .int(Int64(bytes.count) * 8) } else { .int(Int64(a.text.utf8.count) * 8) }
        }
    }

    // MARK: Cutting

    /// The characters from a place (from 1) on, so many of them or all.
    static func substring(_ text: String, _ start: Int64, _ count: Int64?) throws(SQLError) -> String {
        if let count, count < 0 { throw SQLError(.substringError, "negative substring length not allowed") }
        let scalars = text.unicodeScalars
        var end = Int64.max
        if let count {
            let (sum, overflow) = start.addingReportingOverflow(count)
            end = overflow ? .max : sum
        }
        let first = max(start, 1)
        guard end > first, let from = scalars.index(scalars.startIndex, offsetBy: Int(first - 1), limitedBy: scalars.endIndex) else {
            return ""
        }
        let to =
            end == .max
            ? scalars.endIndex
            : scalars.index(from, offsetBy: Int(end - first), limitedBy: scalars.endIndex) ?? scalars.endIndex
        return String(scalars[from..<to])
    }

    static func slice(_ bytes: [UInt8], _ start: Int64, _ count: Int64?) throws(SQLError) -> [UInt8] {
        if let count, count < 0 { throw SQLError(.substringError, "negative substring length not allowed") }
        var end = Int64(bytes.count) + 1
        if let count {
            let (sum, overflow) = start.addingReportingOverflow(count)
            end = overflow ? end : min(end, sum)
        }
        let first = max(start, 1)
        return end > first ? Array(bytes[Int(first - 1)..<Int(end - 1)]) : []
    }

    private static func addCutting(to bodies: inout Bodies) {
        let substring: SQLFunction.Body = .scalar { arguments, _ throws(SQLError) in
            let count = arguments.count > 2 ? arguments[2].int : nil
            if case .bytes(let bytes) = arguments[0] { return .bytes(try slice(bytes, arguments[1].int, count)) }
            return .text(try Self.substring(arguments[0].text, arguments[1].int, count))
        }
        bodies["substring"] = substring
        bodies["substr"] = substring
        bodies["left"] = .binary { a, b in
            let scalars = a.text.unicodeScalars
            return .text(String(b.int >= 0 ? scalars.prefix(Int(b.int)) : scalars.dropLast(Int(clamping: b.int.magnitude))))
        }
        bodies["right"] = .binary { a, b in
            let scalars = a.text.unicodeScalars
            return .text(String(b.int >= 0 ? scalars.suffix(Int(b.int)) : scalars.dropFirst(Int(clamping: b.int.magnitude))))
        }
        bodies["overlay"] = .scalar { arguments, _ throws(SQLError) in
            let start = arguments[2].int
            if start <= 0 { throw SQLError(.substringError, "negative substring length not allowed") }
            if case .bytes(let bytes) = arguments[0] {
                let inserted = arguments[1].bytes
                let count = arguments.count > 3 ? arguments[3].int : Int64(inserted.count)
                return .bytes(try slice(bytes, 1, start - 1) + inserted + slice(bytes, start + count, nil))
            }
            let inserted = arguments[1].text
            let count = arguments.count > 3 ? arguments[3].int : Int64(inserted.unicodeScalars.count)
            return .text(
                try Self.substring(arguments[0].text, 1, start - 1) + inserted + Self.substring(arguments[0].text, start + count, nil))
        }
        @Sendable func trim(_ atStart: Bool, _ atEnd: Bool) -> SQLFunction.Body {
            .scalar { arguments, _ in
                if case .bytes(let bytes) = arguments[0] {
                    let set = Set(arguments[1].bytes)
                    var rest = bytes[...]
                    while atStart, let first = rest.first, set.contains(first) { rest.removeFirst() }
                    while atEnd, let last = rest.last, set.contains(last) { rest.removeLast() }
                    return .bytes(Array(rest))
                }
                let set = arguments.count > 1 ? Set(arguments[1].text.unicodeScalars) : [" "]
                var rest = arguments[0].text.unicodeScalars[...]
                while atStart, let first = rest.first, set.contains(first) { rest.removeFirst() }
                while atEnd, let last = rest.last, set.contains(last) { rest.removeLast() }
                return .text(String(rest))
            }
        }
        bodies["btrim"] = trim(true, true)
        bodies["ltrim"] = trim(true, false)
        bodies["rtrim"] = trim(false, true)
        bodies["split_part"] = .scalar { arguments, _ throws(SQLError) in
            let number = arguments[2].int
            if number == 0 { throw SQLError(.invalidParameterValue, "field position must not be zero") }
            let parts = split(arguments[0].text, arguments[1].text)
            let place = number > 0 ? number - 1 : Int64(parts.count) + number
            return .text(parts.indices.contains(Int(clamping: place)) ? parts[Int(place)] : "")
        }
    }

    /// The parts between separators; the whole where there is none.
    static func split(_ text: String, _ separator: String) -> [String] {
        if separator.isEmpty { return [text] }
        let bytes = Array(text.utf8)
        let mark = Array(separator.utf8)
        var parts: [String] = []
        var start = 0
        var place = 0
        while place + mark.count <= bytes.count {
            if bytes[place] == mark[0], bytes[place..<place + mark.count].elementsEqual(mark) {
                parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
                place += mark.count
                start = place
            } else {
                place += 1
            }
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }

    // MARK: Changing

    static func lowercased(_ text: String) -> String {
        mapped(text) { $0.properties.lowercaseMapping }
    }

    static func uppercased(_ text: String) -> String {
        mapped(text) { $0.properties.uppercaseMapping }
    }

    /// Unicode's mappings of one character to one.
    private static func mapped(_ text: String, _ mapping: (Unicode.Scalar) -> String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let changed = mapping(scalar).unicodeScalars
            result.append(changed.count == 1 ? changed[changed.startIndex] : scalar)
        }
        return String(result)
    }

    private static func addChanging(to bodies: inout Bodies) {
        bodies["lower"] = .unary { .text(lowercased($0.text)) }
        bodies["upper"] = .unary { .text(uppercased($0.text)) }
        bodies["initcap"] = .unary { a in
            var result = ""
            var isInside = false
            for scalar in a.text.unicodeScalars {
                result += isInside ? lowercased(String(scalar)) : uppercased(String(scalar))
                isInside = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            }
            return .text(result)
        }
        bodies["reverse"] = .unary { a in
            if case .bytes(let bytes) = a { return .bytes(bytes.reversed()) }
            return .text(String(String.UnicodeScalarView(a.text.unicodeScalars.reversed())))
        }
        bodies["repeat"] = .binary { a, b throws(SQLError) in
            guard b.int > 0 else { return .text("") }
            let (size, overflow) = a.text.utf8.count.multipliedReportingOverflow(by: Int(b.int))
            if overflow { throw tooLong }
            try checkLength(size)
            return .text(String(repeating: a.text, count: Int(b.int)))
        }
        bodies["replace"] = .scalar { arguments, _ in
            let from = arguments[1].text
            if from.isEmpty { return arguments[0] }
            return .text(split(arguments[0].text, from).joined(separator: arguments[2].text))
        }
        bodies["translate"] = .scalar { arguments, _ in
            let to = Array(arguments[2].text.unicodeScalars)
            var table: [Unicode.Scalar: Unicode.Scalar?] = [:]
            for (place, scalar) in arguments[1].text.unicodeScalars.enumerated() where table[scalar] == nil {
                table[scalar] = .some(place < to.count ? to[place] : nil)
            }
            var result = String.UnicodeScalarView()
            for scalar in arguments[0].text.unicodeScalars {
                if let entry = table[scalar] {
                    if let replacement = entry { result.append(replacement) }
                } else {
                    result.append(scalar)
                }
            }
            return .text(String(result))
        }
        @Sendable func pad(isLeft: Bool) -> SQLFunction.Body {
            .scalar { arguments, _ throws(SQLError) in
                let text = arguments[0].text.unicodeScalars
                let filling = Array((arguments.count > 2 ? arguments[2].text : " ").unicodeScalars)
                let length = max(0, Int(arguments[1].int))
                if length > maximumByteCount / 4 { throw tooLong }
                try checkLength(length)
                let count = text.count
                if count >= length || filling.isEmpty { return .text(String(text.prefix(length))) }
                var padding = String.UnicodeScalarView()
                for place in 0..<(length - count) { padding.append(filling[place % filling.count]) }
                return .text(isLeft ? String(padding) + arguments[0].text : arguments[0].text + String(padding))
            }
        }
        bodies["lpad"] = pad(isLeft: true)
        bodies["rpad"] = pad(isLeft: false)
    }

    // MARK: Searching

    /// From 1; 0 if it is not there.
    private static func position(of part: [UInt8], in bytes: [UInt8]) -> Int? {
        if part.isEmpty { return 0 }
        var place = 0
        while place + part.count <= bytes.count {
            if bytes[place] == part[0], bytes[place..<place + part.count].elementsEqual(part) { return place }
            place += 1
        }
        return nil
    }

    private static func addSearching(to bodies: inout Bodies) {
        let position: SQLFunction.Body = .binary { a, b in
            if case .bytes(let bytes) = a { return .int(Int64(Self.position(of: b.bytes, in: bytes).map { $0 + 1 } ?? 0)) }
            let bytes = Array(a.text.utf8)
            guard let place = Self.position(of: Array(b.text.utf8), in: bytes) else { return .int(0) }
            return .int(Int64(String(decoding: bytes[..<place], as: UTF8.self).unicodeScalars.count + 1))
        }
        bodies["position"] = position
        bodies["strpos"] = position
        bodies["starts_with"] = .binary { .bool($0.text.utf8.starts(with: $1.text.utf8)) }
        bodies["string_to_array"] = .scalar { arguments, _ in
            guard let parts = Self.parts(arguments) else { return .null }
            return .array(SQLArray(.text, parts))
        }
        bodies["string_to_table"] = .set { arguments, _ in Self.parts(arguments) ?? [] }
    }

    /// Without a separator each character is a part; parts equal to the third argument are NULL.
    private static func parts(_ arguments: [SQLValue]) -> [SQLValue]? {
        guard case .text(let text) = arguments[0] else { return nil }
        if text.isEmpty { return [] }
        let parts: [String]
        if case .text(let separator) = arguments[1] {
            parts = split(text, separator)
        } else {
            parts = text.unicodeScalars.map { String($0) }
        }
        guard arguments.count > 2, case .text(let missing) = arguments[2] else { return parts.map { .text($0) } }
        return parts.map { Ordering.equal($0, missing) ? .null : .text($0) }
    }

    // MARK: Patterns

    private static func addPatterns(to bodies: inout Bodies) {
        for type in ["text", "name", "bpchar"] {
            bodies[type + "like"] = .binary { a, b throws(SQLError) in .bool(try LikePattern.matches(a.text.utf8, b.text.utf8)) }
            bodies[type + "nlike"] = .binary { a, b throws(SQLError) in .bool(try !LikePattern.matches(a.text.utf8, b.text.utf8)) }
            bodies[type + "iclike"] = .binary { a, b throws(SQLError) in
                .bool(try LikePattern.matches(lowercased(a.text).utf8, lowercased(b.text).utf8))
            }
            bodies[type + "icnlike"] = .binary { a, b throws(SQLError) in
                .bool(try !LikePattern.matches(lowercased(a.text).utf8, lowercased(b.text).utf8))
            }
        }
        bodies["like"] = .binary { a, b throws(SQLError) in
            if case .bytes(let bytes) = a { return .bool(try LikePattern.matches(bytes, b.bytes, isBytes: true)) }
            return .bool(try LikePattern.matches(a.text.utf8, b.text.utf8))
        }
        bodies["notlike"] = .binary { a, b throws(SQLError) in
            if case .bytes(let bytes) = a { return .bool(try !LikePattern.matches(bytes, b.bytes, isBytes: true)) }
            return .bool(try !LikePattern.matches(a.text.utf8, b.text.utf8))
        }
        bodies["bytealike"] = .binary { a, b throws(SQLError) in .bool(try LikePattern.matches(a.bytes, b.bytes, isBytes: true)) }
        bodies["byteanlike"] = .binary { a, b throws(SQLError) in .bool(try !LikePattern.matches(a.bytes, b.bytes, isBytes: true)) }
        bodies["like_escape"] = .binary { a, b throws(SQLError) in
            if case .bytes(let bytes) = a {
                let text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
                let escape = String(String.UnicodeScalarView(b.bytes.map { Unicode.Scalar($0) }))
                return .bytes(
                    try LikePattern.withBackslash(text, escape: escape).unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
            }
            return .text(try LikePattern.withBackslash(a.text, escape: b.text))
        }
    }

    // MARK: Joining

    private static func addJoining(to bodies: inout Bodies) {
        bodies["textcat"] = .binary { a, b throws(SQLError) in
            try checkLength(a.text.utf8.count + b.text.utf8.count)
            return .text(a.text + b.text)
        }
        let anyJoined: SQLFunction.Body = .scalar { arguments, context in
            .text(
                TextOutput.text(arguments[0], context.argumentTypes[0], context.session)
                    + TextOutput.text(arguments[1], context.argumentTypes[1], context.session))
        }
        bodies["textanycat"] = anyJoined
        bodies["anytextcat"] = anyJoined
        bodies["concat"] = .scalar { arguments, context in
            var text = ""
            if context.isVariadicArray, arguments.last?.isNull == true { return .null }
            for (_, value) in flattened(arguments, from: 0, context) where !value.0.isNull {
                text += TextOutput.text(value.0, value.1, context.session)
            }
            return .text(text)
        }
        bodies["concat_ws"] = .scalar { arguments, context in
            guard case .text(let separator) = arguments[0], !context.isVariadicArray || arguments.last?.isNull != true else { return .null }
            let parts = flattened(arguments, from: 1, context).map(\.1).filter { !$0.0.isNull }
            return .text(parts.map { TextOutput.text($0.0, $0.1, context.session) }.joined(separator: separator))
        }
        bodies["format"] = .scalar { arguments, context throws(SQLError) in
            guard case .text(let pattern) = arguments[0] else { return .null }
            return .text(try FormatFunction.format(pattern, flattened(arguments, from: 1, context).map(\.1), context.session))
        }
    }

    /// The arguments of a function of any number of anything; one array behind VARIADIC counts as its elements.
    static func flattened(_ arguments: [SQLValue], from start: Int, _ context: CallContext) -> [(Int, (SQLValue, SQLType))] {
        var values: [(SQLValue, SQLType)] = []
        if context.isVariadicArray, let last = arguments.last {
            if case .array(let array) = last { values = array.elements.map { ($0, array.elementType) } }
        } else {
            for place in start..<max(start, arguments.count) { values.append((arguments[place], context.argumentTypes[place])) }
        }
        return Array(values.enumerated()).map { ($0.offset, $0.element) }
    }
}
