/// What PostgreSQL knows of a setting: which values it takes, how it shows them, and who may change it when.
struct SettingFact: Sendable {
    enum Kind: Sendable {
        case flag
        /// The range is in the unit, which is empty for plain numbers.
        case integer(ClosedRange<Int>, unit: String)
        case real(ClosedRange<Double>, unit: String)
        /// One of these words.
        case word([String])
        case text
    }

    enum Context: Character, Sendable {
        case user = "u"
        case administrator = "s"
        case start = "b"
        case administratorsStart = "c"
        case reload = "h"
        case server = "p"
        case never = "i"

        /// As `pg_settings` calls it.
        var name: String {
            switch self {
            case .user: "user"
            case .administrator: "superuser"
            case .start: "backend"
            case .administratorsStart: "superuser-backend"
            case .reload: "sighup"
            case .server: "postmaster"
            case .never: "internal"
            }
        }

        /// Why SET can't change it; nil if it can.
        var refusal: String? {
            switch self {
            case .user, .administrator: nil
            case .start, .administratorsStart: "cannot be set after connection start"
            case .reload: "cannot be changed now"
            case .server: "cannot be changed without restarting the server"
            case .never: "cannot be changed"
            }
        }
    }

    let name: String
    let kind: Kind
    let context: Context
    /// As SHOW gives it.
    let initial: String

    /// By their names in small letters.
    static let all: [String: SettingFact] = {
        var all: [String: SettingFact] = [:]
        for line in facts.split(separator: "\n") { if let fact = SettingFact(line) { all[fact.name] = fact } }
        return all
    }()

    private init?(_ line: Substring) {
        var words = line.split(separator: " ")
        guard words.count >= 2, let letter = words[1].first, let context = words[1].last.flatMap(Context.init) else { return nil }
        name = String(words[0])
        self.context = context
        words.removeFirst(2)
        var unit = ""
        switch letter {
        case "b": kind = .flag
        case "i", "r":
            guard words.count == 4, let least = Double(words[1]), let greatest = Double(words[2]) else { return nil }
            unit = words[0] == "-" ? "" : String(words[0])
            kind = letter == "i" ? .integer(Int(least)...Int(greatest), unit: unit) : .real(least...greatest, unit: unit)
            words.removeFirst(3)
        case "e":
            guard let list = words.first else { return nil }
            kind = .word(list.split(separator: "|", omittingEmptySubsequences: false).map { String($0).replacing("~", with: " ") })
            words.removeFirst()
        default: kind = .text
        }
        let text = words.joined(separator: " ")
        initial = letter == "i" || letter == "r" ? Self.shown(Double(text) ?? 0, unit, isWhole: letter == "i") : text
    }

    // MARK: Values

    private func invalid(_ value: String, hint: String? = nil) -> SQLError {
        SQLError(.invalidParameterValue, "invalid value for parameter \"\(SessionSettings.spelling(name))\": \"\(value)\"", hint: hint)
    }

    /// A value as SHOW gives it. Throws `22023`.
    func checked(_ value: String) throws(SQLError) -> String {
        switch kind {
        case .flag:
            guard let flag = SessionSettings.flag(value) else {
                throw SQLError(.invalidParameterValue, "parameter \"\(name)\" requires a Boolean value")
            }
            return flag ? "on" : "off"
        case .integer(let range, let unit):
            let number = try read(value, unit).rounded(.toNearestOrEven)
            guard number >= -2_147_483_648, number <= 2_147_483_647 else { throw invalid(value, hint: "Value exceeds integer range.") }
            guard range.contains(Int(number)) else {
                throw outOfRange(String(Int(number)), unit, String(range.lowerBound), String(range.upperBound))
            }
            return Self.shown(number, unit, isWhole: true)
        case .real(let range, let unit):
            let number = try read(value, unit)
            guard range.contains(number) else {
                func text(_ number: Double) -> String { FloatText.general(number, precision: 6) }
                throw outOfRange(text(number), unit, text(range.lowerBound), text(range.upperBound))
            }
            return Self.shown(number, unit, isWhole: false)
        case .word(let words):
            var word = value.lowercased()
            // Where a word is a switch, so are the switch's other words.
            if words.contains("on"), ["true", "yes", "1"].contains(word) { word = "on" }
            if words.contains("on"), ["false", "no", "0"].contains(word) { word = "off" }
            if word == "on", words.contains("pglz") { return "pglz" }
            if words.contains(word) { return word }
            // Levels of messages that are not told of.
            if words.contains("notice"), word == "debug" || word == "info" { return word == "debug" ? "debug2" : "info" }
            throw invalid(value, hint: "Available values: \(words.joined(separator: ", ")).")
        case .text: return value
        }
    }

    private func outOfRange(_ number: String, _ unit: String, _ least: String, _ greatest: String) -> SQLError {
        SQLError(
            .invalidParameterValue,
            "\(number)\(unit.isEmpty ? "" : " ")\(unit) is outside the valid range for parameter \"\(name)\" (\(least) .. \(greatest))")
    }

    /// What a number is in the setting's unit.
    private func read(_ value: String, _ unit: String) throws(SQLError) -> Double {
        let text = value.trimming()
        let (digits, rest) = Self.split(text)
        let isHexadecimal = digits.lowercased().hasPrefix("0x")
        guard let number = isHexadecimal ? Int(digits.dropFirst(2), radix: 16).map(Double.init) : Double(digits), number.isFinite else {
            throw invalid(value)
        }
        let given = String(rest).trimming()
        if given.isEmpty { return number }
        guard let units = Self.units(of: unit) else { throw invalid(value) }
        guard let place = units.list.firstIndex(where: { $0.name == given }) else { throw invalid(value, hint: units.hint) }
        let factor = units.list[place].factor / units.base
        var result = number * factor
        // What is no whole number of a unit is rounded to one of the next smaller unit.
        if number.rounded() != number, place + 1 < units.list.count {
            let smaller = units.list[place + 1].factor / units.base
            result = (result / smaller).rounded(.toNearestOrEven) * smaller
        }
        return result
    }

    /// The number that a text begins with, and the rest.
    private static func split(_ text: String) -> (number: Substring, rest: Substring) {
        let bytes = text.utf8
        var end = bytes.startIndex
        func skip(_ isPart: (UInt8) -> Bool) { while end < bytes.endIndex, isPart(bytes[end]) { bytes.formIndex(after: &end) } }
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { bytes.formIndex(after: &end) }
        if text[end...].lowercased().hasPrefix("0x") {
            end = bytes.index(end, offsetBy: 2)
            skip { ASCII.hexadecimal($0) != nil }
        } else {
            skip { ASCII.isDigit($0) }
            if end < bytes.endIndex, bytes[end] == UInt8(ascii: ".") {
                bytes.formIndex(after: &end)
                skip { ASCII.isDigit($0) }
            }
            if end < bytes.endIndex, bytes[end] | 0x20 == UInt8(ascii: "e") {
                let mark = end
                bytes.formIndex(after: &end)
                if end < bytes.endIndex, [UInt8(ascii: "-"), UInt8(ascii: "+")].contains(bytes[end]) { bytes.formIndex(after: &end) }
                let digits = end
                skip { ASCII.isDigit($0) }
                if end == digits { end = mark }
            }
        }
        return (text[..<end], text[end...])
    }

    // MARK: Units

    /// From the greatest to the least, in bytes.
    private static let sizes: [(name: String, factor: Double)] = [
        ("TB", 1_099_511_627_776), ("GB", 1_073_741_824), ("MB", 1_048_576), ("kB", 1024), ("B", 1),
    ]
    /// The same of times, in milliseconds.
    private static let times: [(name: String, factor: Double)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1), ("us", 0.001),
    ]

    /// The units that a value may be told in, and how much a setting's own unit is; nil without one.
    private static func units(of unit: String) -> (list: [(name: String, factor: Double)], base: Double, hint: String)? {
        if unit.isEmpty { return nil }
        if let time = times.first(where: { $0.name == unit }) {
            return (
                times, time.factor,
                "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."
            )
        }
        let base = unit == "8kB" ? 8192 : sizes.first { $0.name == unit }?.factor ?? 1
        return (sizes, base, "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".")
    }

    /// A number of a setting's unit in the greatest unit of which it is a whole number.
    private static func shown(_ number: Double, _ unit: String, isWhole: Bool) -> String {
        func text(_ number: Double) -> String {
            if isWhole, let whole = Int(exactly: number.rounded(.toNearestOrEven)) { return String(whole) }
            return FloatText.general(number, precision: 6)
        }
        guard number > 0, let units = units(of: unit) else { return text(number) }
        for (name, factor) in units.list {
            let count = number * units.base / factor
            let isEven = isWhole ? factor <= units.base || count.rounded() == count : abs(count.rounded() / count - 1) <= 1e-8
            if isEven { return text(count) + name }
        }
        return text(number)
    }

    /// The unit that `pg_settings` tells.
    var unit: String? {
        switch kind {
        case .integer(_, let unit), .real(_, let unit): unit.isEmpty ? nil : unit
        default: nil
        }
    }

    /// A value without its unit, as `pg_settings` tells it.
    func withoutUnit(_ shown: String) -> String {
        guard let unit, let number = try? read(shown, unit) else { return shown }
        if case .integer = kind { return String(Int(number.rounded(.toNearestOrEven))) }
        return FloatText.general(number, precision: 6)
    }
}
