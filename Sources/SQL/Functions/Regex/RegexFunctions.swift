import Catalog

/// The functions and operators of regular expressions.
enum RegexFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        for prefix in ["text", "name", "bpchar"] {
            for (name, ignoresCase, isNegated) in [
                ("regexeq", false, false), ("regexne", false, true), ("icregexeq", true, false), ("icregexne", true, true),
            ] {
                var options = PatternOptions()
                options.ignoresCase = ignoresCase
                let wanted = options
                bodies[prefix + name] = .binary { a, b throws(SQLError) in
                    .bool((try PatternSearch(a.text, b.text, wanted).match() != nil) != isNegated)
                }
            }
        }
        addMatching(to: &bodies)
        addPlaces(to: &bodies)
        addSplitting(to: &bodies)
        bodies["regexp_replace"] = .scalar { arguments, _ throws(SQLError) in .text(try replaced(arguments)) }
        addSimilar(to: &bodies)
        return bodies
    }()

    /// The options in an argument; `g` is refused where only one match is asked for, or all are anyway.
    private static func options(_ arguments: [SQLValue], _ place: Int, without function: String?) throws(SQLError) -> PatternOptions {
        guard place < arguments.count else { return PatternOptions() }
        let options = try PatternOptions(arguments[place].text)
        if options.isGlobal, let function {
            throw SQLError(.invalidParameterValue, "\(function)() does not support the \"global\" option")
        }
        return options
    }

    private static func number(
        _ arguments: [SQLValue], _ place: Int, _ name: String, default standard: Int64, least: Int64
    ) throws(SQLError) -> Int64 {
        guard place < arguments.count else { return standard }
        let number = arguments[place].int
        guard number >= least, number <= (name == "endoption" ? 1 : .max) else {
            throw SQLError(.invalidParameterValue, "invalid value for parameter \"\(name)\": \(number)")
        }
        return number
    }

    private static func addMatching(to bodies: inout Bodies) {
        bodies["regexp_like"] = .scalar { arguments, _ throws(SQLError) in
            let options = try options(arguments, 2, without: "regexp_like")
            return .bool(try PatternSearch(arguments[0].text, arguments[1].text, options).match() != nil)
        }
        bodies["regexp_match"] = .scalar { arguments, _ throws(SQLError) in
            let options = try options(arguments, 2, without: "regexp_match")
            let search = try PatternSearch(arguments[0].text, arguments[1].text, options)
            return try search.match().map { search.groups($0) } ?? .null
        }
        bodies["regexp_matches"] = .set { arguments, _ throws(SQLError) in
            let options = try options(arguments, 2, without: nil)
            let search = try PatternSearch(arguments[0].text, arguments[1].text, options)
            var made = MadeValues()
            try search.forEachMatch(isGlobal: options.isGlobal) { match throws(SQLError) in try made.append(search.groups(match)) }
            return made.values
        }
        bodies["substring#2073"] = .scalar { arguments, _ throws(SQLError) in
            try firstPart(arguments[0].text, arguments[1].text)
        }
        bodies["regexp_count"] = .scalar { arguments, _ throws(SQLError) in
            let start = try number(arguments, 2, "start", default: 1, least: 1)
            let search = try PatternSearch(
                arguments[0].text, arguments[1].text, options(arguments, 3, without: "regexp_count"))
            var count: Int64 = 0
            try search.forEachMatch(from: search.place(ofCharacter: start), isGlobal: true) { _ throws(SQLError) in count += 1 }
            return .int(count)
        }
    }

    /// The first group of the first match, or all of it.
    private static func firstPart(_ text: String, _ pattern: String) throws(SQLError) -> SQLValue {
        let search = try PatternSearch(text, pattern, PatternOptions())
        guard let match = try search.match(), let part = search.part(match, search.groupCount == 0 ? 0 : 1) else { return .null }
        return .text(part)
    }

    private static func addPlaces(to bodies: inout Bodies) {
        @Sendable func found(
            _ arguments: [SQLValue], _ function: String, flags: Int
        ) throws(SQLError) -> (search: PatternSearch, match: [Int], group: Int)? {
            let start = try number(arguments, 2, "start", default: 1, least: 1)
            let n = try number(arguments, 3, "n", default: 1, least: 1)
            let group = try number(arguments, flags + 1, "subexpr", default: 0, least: 0)
            let search = try PatternSearch(arguments[0].text, arguments[1].text, options(arguments, flags, without: function))
            guard group <= search.groupCount else { return nil }
            let matches = try search.matches(from: search.place(ofCharacter: start), isGlobal: true)
            guard n <= matches.count else { return nil }
            return (search, matches[Int(n) - 1], Int(group))
        }
        bodies["regexp_substr"] = .scalar { arguments, _ throws(SQLError) in
            guard let (search, match, group) = try found(arguments, "regexp_substr", flags: 4) else { return .null }
            return search.part(match, group).map { .text($0) } ?? .null
        }
        bodies["regexp_instr"] = .scalar { arguments, _ throws(SQLError) in
            let end = try number(arguments, 4, "endoption", default: 0, least: 0)
            guard let (search, match, group) = try found(arguments, "regexp_instr", flags: 5), match[2 * group] >= 0 else { return .int(0) }
            return .int(search.character(at: match[2 * group + Int(end)]))
        }
    }

    private static func addSplitting(to bodies: inout Bodies) {
        @Sendable func parts(_ arguments: [SQLValue], _ function: String) throws(SQLError) -> [SQLValue] {
            let search = try PatternSearch(arguments[0].text, arguments[1].text, options(arguments, 2, without: function))
            var parts = MadeValues()
            var place = 0
            try search.forEachMatch(isGlobal: true, skipsEmpty: true) { match throws(SQLError) in
                try parts.append(.text(String(decoding: search.text[place..<match[0]], as: UTF8.self)))
                place = match[1]
            }
            try parts.append(.text(String(decoding: search.text[place...], as: UTF8.self)))
            return parts.values
        }
        bodies["regexp_split_to_array"] = .scalar { arguments, _ throws(SQLError) in
            .array(SQLArray(.text, try parts(arguments, "regexp_split_to_array")))
        }
        bodies["regexp_split_to_table"] = .set { arguments, _ throws(SQLError) in try parts(arguments, "regexp_split_to_table") }
    }

    // MARK: Replacing

    private static func replaced(_ arguments: [SQLValue]) throws(SQLError) -> String {
        var start: Int64 = 1
        var count: Int64?
        var options = PatternOptions()
        if arguments.count > 3, case .int = arguments[3] {
            start = try number(arguments, 3, "start", default: 1, least: 1)
            if arguments.count > 4 { count = try number(arguments, 4, "n", default: 1, least: 0) }
            options = try self.options(arguments, 5, without: nil)
        } else if arguments.count > 3 {
            if let first = arguments[3].text.utf8.first, ASCII.isDigit(first) {
                throw SQLError(
                    .invalidParameterValue, "invalid regular expression option: \"\(arguments[3].text.prefix(1))\"",
                    hint: "If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
            }
            options = try self.options(arguments, 3, without: nil)
        }
        /// Which match is replaced; 0 is all.
        let wanted = count ?? (options.isGlobal ? 0 : 1)
        let search = try PatternSearch(arguments[0].text, arguments[1].text, options)
        let replacement = Array(arguments[2].text.utf8)
        var result: [UInt8] = []
        // It doubles as it grows.
        var charge = ValueCharge()
        var copied = 0
        var number: Int64 = 0
        try search.forEachMatch(from: search.place(ofCharacter: start), isGlobal: wanted != 1) { match throws(SQLError) in
            number += 1
            guard wanted == 0 || number == wanted else { return }
            result += search.text[copied..<match[0]]
            append(replacement, search, match, to: &result)
            copied = match[1]
            guard result.count <= TextFunctions.maximumByteCount else { throw TextFunctions.tooLong }
            do throws(DatumError) { try charge.hold(2 * result.count) } catch { throw SQLError(outOfMemory: error) }
        }
        result += search.text[copied...]
        return String(decoding: result, as: UTF8.self)
    }

    private static func append(_ replacement: [UInt8], _ search: PatternSearch, _ match: [Int], to result: inout [UInt8]) {
        var place = 0
        while place < replacement.count {
            let byte = replacement[place]
            place += 1
            guard byte == UInt8(ascii: "\\"), place < replacement.count else {
                result.append(byte)
                continue
            }
            let next = replacement[place]
            switch next {
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                result.append(contentsOf: (search.part(match, Int(next) - 48) ?? "").utf8)
                place += 1
            case UInt8(ascii: "&"):
                result.append(contentsOf: (search.part(match, 0) ?? "").utf8)
                place += 1
            case UInt8(ascii: "\\"):
                result.append(next)
                place += 1
            default: result.append(byte)
            }
        }
    }

    // MARK: SIMILAR TO

    private static func addSimilar(to bodies: inout Bodies) {
        let escaped: @Sendable ([SQLValue], CallContext) throws(SQLError) -> SQLValue = { arguments, _ throws(SQLError) in
            guard !arguments[0].isNull else { return .null }
            return .text(try similar(arguments[0].text, escape: arguments.count > 1 && !arguments[1].isNull ? arguments[1].text : "\\"))
        }
        bodies["similar_to_escape"] = .scalar(escaped)
        bodies["similar_escape"] = .scalar(escaped)
        bodies["substring#2074"] = .scalar { arguments, _ throws(SQLError) in
            try firstPart(arguments[0].text, similar(arguments[1].text, escape: arguments[2].text))
        }
    }

    /// A pattern of SIMILAR TO as an advanced regular expression. An escape before quotes parts what is cut out from what is around it.
    static func similar(_ pattern: String, escape: String) throws(SQLError) -> String {
        let escapes = Array(escape.unicodeScalars)
        guard escapes.count <= 1 else {
            throw SQLError(
                SQLState(rawValue: "22025"), "invalid escape string", hint: "Escape string must be empty or one character.")
        }
        var result = "^(?:"
        var isEscaped = false
        var isInClass = false
        var separators = 0
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                if scalar == "\"", !isInClass {
                    if separators == 0 {
                        result += "){1,1}?("
                    } else if separators == 1 {
                        result += "){1,1}(?:"
                    } else {
                        throw SQLError(
                            SQLState(rawValue: "2200C"),
                            "SQL regular expression may not contain more than two escape-double-quote separators")
                    }
                    separators += 1
                } else {
                    result += "\\" + String(scalar)
                }
                isEscaped = false
            } else if scalar == escapes.first {
                isEscaped = true
            } else if isInClass {
                if scalar == "\\" { result += "\\" }
                result.unicodeScalars.append(scalar)
                if scalar == "]" { isInClass = false }
            } else {
                switch scalar {
                case "[":
                    result += "["
                    isInClass = true
                case "%": result += ".*"
                case "_": result += "."
                case "(": result += "(?:"
                case "\\", ".", "^", "$": result += "\\" + String(scalar)
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + ")$"
    }
}
