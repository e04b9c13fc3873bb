import Catalog
import Ground

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
        // Blanks at the end of a bpchar don't count.
        for name in ["length#1318", "char_length#1372", "character_length#1367"] {
            bodies[name] = .unary { .int(Int64(LengthCoercion.withoutTrailingBlanks($0.text).unicodeScalars.count)) }
        }
        bodies["octet_length"] = .scalar { arguments, context throws(SQLError) in
            if case .bytes(let bytes) = arguments[0] { return .int(Int64(bytes.count)) }
            return .int(Int64(try TextOutput.text(arguments[0], context.argumentTypes[0], context.session).utf8.count))
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
            func end(_ length: Int) throws(SQLError) -> Int64 {
                let end = start + (arguments.count > 3 ? arguments[3].int : Int64(length))
                guard end <= Int64(Int32.max) else { throw SQLError(.numericValueOutOfRange, "integer out of range") }
                return end
            }
            if case .bytes(let bytes) = arguments[0] {
                let inserted = arguments[1].bytes
                let end = try end(inserted.count)
                return .bytes(try slice(bytes, 1, start - 1) + inserted + slice(bytes, end, nil))
            }
            let inserted = arguments[1].text
            let end = try end(inserted.unicodeScalars.count)
            return .text(try Self.substring(arguments[0].text, 1, start - 1) + inserted + Self.substring(arguments[0].text, end, nil))
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
            var place = number - 1
            if number < 0 {
                var count: Int64 = 0
                try forEachPart(of: arguments[0].text, arguments[1].text) { _ throws(SQLError) in count += 1 }
                place = count + number
            }
            var index: Int64 = 0
            var found = ""
            try forEachPart(of: arguments[0].text, arguments[1].text) { part throws(SQLError) in
                if index == place { found = part }
                index += 1
            }
            return .text(found)
        }
    }

    /// The parts between separators; the whole where there is none.
    static func forEachPart(of text: String, _ separator: String, _ body: (String) throws(SQLError) -> Void) throws(SQLError) {
        if separator.isEmpty { return try body(text) }
        let held = text.utf8.count < QueryMemory.largeValue ? nil : try CountedBytes(text.utf8.count)
        defer { withExtendedLifetime(held) {} }
        let bytes = Array(text.utf8)
        let mark = Array(separator.utf8)
        var start = 0
        var place = 0
        var compared = 0
        while place + mark.count <= bytes.count {
            compared += bytes[place] == mark[0] ? mark.count + 8 : 1
            if compared >= 1 << 20 {
                try QueryMemory.checkStopped()
                compared = 0
            }
            if bytes[place] == mark[0], bytes[place..<place + mark.count].elementsEqual(mark) {
                try body(String(decoding: bytes[start..<place], as: UTF8.self))
                place += mark.count
                start = place
            } else {
                place += 1
            }
        }
        try body(String(decoding: bytes[start...], as: UTF8.self))
    }

    // MARK: Changing

    static func lowercased(_ text: String) -> String {
        // The one letter whose full mapping is longer than its simple one.
        mapped(text) { $0 == "\u{130}" ? "i" : $0.properties.lowercaseMapping }
    }

    static func uppercased(_ text: String) -> String {
        mapped(text) { scalar in
            let upper = scalar.properties.uppercaseMapping
            // Where the full mapping is longer, the simple one is that to title case.
            return upper.unicodeScalars.count == 1 ? upper : scalar.properties.titlecaseMapping
        }
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
        bodies["lower"] = .unary { a throws(SQLError) in
            try checkLength(a.text.utf8.count)
            return .text(lowercased(a.text))
        }
        bodies["upper"] = .unary { a throws(SQLError) in
            try checkLength(a.text.utf8.count)
            return .text(uppercased(a.text))
        }
        bodies["initcap"] = .unary { a throws(SQLError) in
            try checkLength(a.text.utf8.count)
            var result = ""
            var isInside = false
            for scalar in a.text.unicodeScalars {
                result += isInside ? lowercased(String(scalar)) : uppercased(String(scalar))
                isInside = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            }
            return .text(result)
        }
        bodies["reverse"] = .unary { a throws(SQLError) in
            if case .bytes(let bytes) = a { return .bytes(bytes.reversed()) }
            try checkLength(a.text.utf8.count)
            return .text(String(String.UnicodeScalarView(a.text.unicodeScalars.reversed())))
        }
        bodies["repeat"] = .binary { a, b throws(SQLError) in
            guard b.int > 0 else { return .text("") }
            let (size, overflow) = a.text.utf8.count.multipliedReportingOverflow(by: Int(b.int))
            if overflow { throw tooLong }
            try checkLength(size)
            return .text(a.text.repeated(Int(b.int)))
        }
        bodies["replace"] = .scalar { arguments, _ throws(SQLError) in
            let from = arguments[1].text
            if from.isEmpty { return arguments[0] }
            let (text, to) = (arguments[0].text, arguments[2].text)
            var result = MadeText()
            var isFirst = true
            try forEachPart(of: text, from) { part throws(SQLError) in
                if !isFirst { try result.append(to) }
                isFirst = false
                try result.append(part)
            }
            return .text(try result.finish())
        }
        bodies["translate"] = .scalar { arguments, _ throws(SQLError) in
            let to = Array(arguments[2].text.unicodeScalars)
            var table: [Unicode.Scalar: Unicode.Scalar?] = [:]
            for (place, scalar) in arguments[1].text.unicodeScalars.enumerated() where table[scalar] == nil {
                table[scalar] = .some(place < to.count ? to[place] : nil)
            }
            var result = MadeText()
            for scalar in arguments[0].text.unicodeScalars {
                if let entry = table[scalar] {
                    if let replacement = entry { try result.append(replacement) }
                } else {
                    try result.append(scalar)
                }
            }
            return .text(try result.finish())
        }
        @Sendable func pad(isLeft: Bool) -> SQLFunction.Body {
            .scalar { arguments, _ throws(SQLError) in
                let text = arguments[0].text.unicodeScalars
                let filling = Array((arguments.count > 2 ? arguments[2].text : " ").unicodeScalars)
                let length = max(0, Int(arguments[1].int))
                if filling.isEmpty { return .text(String(text.prefix(length))) }
                if length > maximumByteCount / 4 { throw tooLong }
                let count = text.count
                if count >= length { return .text(String(text.prefix(length))) }
                var result = MadeText()
                if !isLeft { try result.append(arguments[0].text) }
                for place in 0..<(length - count) { try result.append(filling[place % filling.count]) }
                if isLeft { try result.append(arguments[0].text) }
                return .text(try result.finish())
            }
        }
        bodies["lpad"] = pad(isLeft: true)
        bodies["rpad"] = pad(isLeft: false)
    }

    // MARK: Searching

    /// From 1; 0 if it is not there.
    private static func position(of part: [UInt8], in bytes: [UInt8]) throws(SQLError) -> Int? {
        if part.isEmpty { return 0 }
        var place = 0
        var compared = 0
        while place + part.count <= bytes.count {
            compared += bytes[place] == part[0] ? part.count : 1
            if compared >= 1 << 20 {
                try QueryMemory.checkStopped()
                compared = 0
            }
            if bytes[place] == part[0], bytes[place..<place + part.count].elementsEqual(part) { return place }
            place += 1
        }
        return nil
    }

    private static func addSearching(to bodies: inout Bodies) {
        let position: SQLFunction.Body = .binary { a, b throws(SQLError) in
            if case .bytes(let bytes) = a { return .int(Int64(try Self.position(of: b.bytes, in: bytes).map { $0 + 1 } ?? 0)) }
            let held = a.text.utf8.count < QueryMemory.largeValue ? nil : try CountedBytes(a.text.utf8.count + b.text.utf8.count)
            defer { withExtendedLifetime(held) {} }
            let bytes = Array(a.text.utf8)
            guard let place = try Self.position(of: Array(b.text.utf8), in: bytes) else { return .int(0) }
            return .int(Int64(String(decoding: bytes[..<place], as: UTF8.self).unicodeScalars.count + 1))
        }
        bodies["position"] = position
        bodies["strpos"] = position
        bodies["starts_with"] = .binary { .bool($0.text.utf8.starts(with: $1.text.utf8)) }
        bodies["string_to_array"] = .scalar { arguments, _ throws(SQLError) in
            guard let parts = try Self.parts(arguments) else { return .null }
            return .array(SQLArray(.text, parts))
        }
        bodies["string_to_table"] = .set { arguments, _ throws(SQLError) in try Self.parts(arguments) ?? [] }
    }

    /// Without a separator each character is a part; parts equal to the third argument are NULL.
    private static func parts(_ arguments: [SQLValue]) throws(SQLError) -> [SQLValue]? {
        guard case .text(let text) = arguments[0] else { return nil }
        if text.isEmpty { return [] }
        var missing: String?
        if arguments.count > 2, case .text(let text) = arguments[2] { missing = text }
        var parts = MadeValues()
        func add(_ part: String, _ parts: inout MadeValues) throws(SQLError) {
            if let missing, Ordering.equal(part, missing) { try parts.append(.null) } else { try parts.append(.text(part)) }
        }
        if case .text(let separator) = arguments[1] {
            try forEachPart(of: text, separator) { part throws(SQLError) in try add(part, &parts) }
        } else {
            for scalar in text.unicodeScalars { try add(String(scalar), &parts) }
        }
        return parts.values
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
        let anyJoined: SQLFunction.Body = .scalar { arguments, context throws(SQLError) in
            var result = MadeText()
            for place in 0..<2 {
                switch arguments[place] {
                // As its cast to text makes it, which isn't what clients are sent.
                case .bool(let bool): try result.append(bool ? "true" : "false")
                default: try result.append(TextOutput.text(arguments[place], context.argumentTypes[place], context.session))
                }
            }
            return .text(try result.finish())
        }
        bodies["textanycat"] = anyJoined
        bodies["anytextcat"] = anyJoined
        bodies["concat"] = .scalar { arguments, context throws(SQLError) in
            var result = MadeText()
            if context.isVariadicArray, arguments.last?.isNull == true { return .null }
            for (_, value) in flattened(arguments, from: 0, context) where !value.0.isNull {
                try result.append(TextOutput.text(value.0, value.1, context.session))
            }
            return .text(try result.finish())
        }
        bodies["concat_ws"] = .scalar { arguments, context throws(SQLError) in
            guard case .text(let separator) = arguments[0], !context.isVariadicArray || arguments.last?.isNull != true else { return .null }
            var result = MadeText()
            var isFirst = true
            for (_, value) in flattened(arguments, from: 1, context) where !value.0.isNull {
                if !isFirst { try result.append(separator) }
                isFirst = false
                try result.append(TextOutput.text(value.0, value.1, context.session))
            }
            return .text(try result.finish())
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
