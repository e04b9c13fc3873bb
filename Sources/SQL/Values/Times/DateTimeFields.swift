/// A text of a date, time or interval cut into fields, before anything is known of their meaning.
struct DateTimeFields {
    enum Kind {
        case number, text, date, time
        /// Begins with a sign.
        case zone
        /// A sign and a word, as `-infinity`.
        case special
    }

    struct Field {
        var kind: Kind
        /// In lower case.
        var text: [UInt8]

        var string: String { String(decoding: text, as: UTF8.self) }
    }

    private(set) var fields: [Field] = []

    /// Nil if there is a character that can't stand there.
    init?(_ source: String) {
        let bytes = source.utf8.map(ASCII.lowercased)
        var place = 0
        func peek() -> UInt8? { place < bytes.count ? bytes[place] : nil }
        func isDate(_ byte: UInt8?) -> Bool {
            byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")
        }
        while let byte = peek() {
            if ASCII.isSpace(byte) {
                place += 1
                continue
            }
            let start = place
            func gather(_ condition: (UInt8) -> Bool) {
                while let byte = peek(), condition(byte) { place += 1 }
            }
            let kind: Kind
            if ASCII.isDigit(byte) {
                gather(ASCII.isDigit)
                if peek() == UInt8(ascii: ":") {
                    kind = .time
                    gather { ASCII.isDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
                } else if isDate(peek()), let delimiter = peek() {
                    place += 1
                    if let next = peek(), ASCII.isDigit(next) {
                        gather(ASCII.isDigit)
                        if peek() == delimiter {
                            kind = .date
                            gather { ASCII.isDigit($0) || $0 == delimiter }
                        } else {
                            kind = delimiter == UInt8(ascii: ".") ? .number : .date
                        }
                    } else {
                        kind = .date
                        gather { ASCII.isDigit($0) || ASCII.isLetter($0) || $0 >= 128 || $0 == delimiter }
                    }
                } else {
                    kind = .number
                }
            } else if byte == UInt8(ascii: ".") {
                place += 1
                gather(ASCII.isDigit)
                kind = .number
            } else if ASCII.isLetter(byte) || byte >= 128 {
                gather { ASCII.isLetter($0) || $0 >= 128 }
                var isDateField = isDate(peek())
                if !isDateField, let next = peek(), next == UInt8(ascii: "+") || ASCII.isDigit(next) {
                    // A name with more in it, as Etc/GMT+3, unless the word stands for itself.
                    isDateField = !DateTimeWords.isKeyword(Array(bytes[start..<place]))
                }
                if isDateField {
                    kind = .date
                    gather { ASCII.isDigit($0) || ASCII.isLetter($0) || $0 >= 128 || "+-/_.:".utf8.contains($0) }
                } else {
                    kind = .text
                }
            } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") {
                place += 1
                var text = [byte]
                gather(ASCII.isSpace)
                let begin = place
                if let next = peek(), ASCII.isDigit(next) {
                    gather { ASCII.isDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
                    text += bytes[begin..<place]
                    fields.append(Field(kind: .zone, text: text))
                } else if let next = peek(), ASCII.isLetter(next) {
                    gather(ASCII.isLetter)
                    text += bytes[begin..<place]
                    fields.append(Field(kind: .special, text: text))
                } else {
                    return nil
                }
                if fields.count > 25 { return nil }
                continue
            } else if ASCII.isPunctuation(byte) {
                place += 1
                continue
            } else {
                return nil
            }
            fields.append(Field(kind: kind, text: Array(bytes[start..<place])))
            if fields.count > 25 { return nil }
        }
    }
}

/// The words of dates and times.
enum DateTimeWords {
    enum Meaning {
        case month(Int)
        case weekday(Int)
        case zone(ZoneAbbreviations.Meaning)
        case daylightSaving
        case am, pm, bc, ad
        case now, today, tomorrow, yesterday, epoch, infinity, negativeInfinity, allballs
        case ignored
        /// A prefix of ISO 8601: `y2001m02d04`, and `j` of a Julian day.
        case unit(Unit)
        case isoTime
    }

    enum Unit { case year, month, day, hour, minute, second, julian }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ]
    private static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    private static let table: [String: Meaning] = {
        var table: [String: Meaning] = [
            "now": .now, "today": .today, "tomorrow": .tomorrow, "yesterday": .yesterday, "epoch": .epoch, "infinity": .infinity,
            "-infinity": .negativeInfinity, "allballs": .allballs, "am": .am, "pm": .pm, "bc": .bc, "ad": .ad,
            "at": .ignored, "on": .ignored, "dst": .daylightSaving, "t": .isoTime, "y": .unit(.year), "m": .unit(.month),
            "mm": .unit(.minute), "d": .unit(.day), "h": .unit(.hour), "s": .unit(.second), "j": .unit(.julian), "jd": .unit(.julian),
            "julian": .unit(.julian), "sept": .month(9), "tue": .weekday(2), "tues": .weekday(2), "wed": .weekday(3),
            "weds": .weekday(3), "thu": .weekday(4), "thur": .weekday(4), "thurs": .weekday(4),
        ]
        for (number, name) in months.enumerated() {
            table[name] = .month(number + 1)
            table[String(name.prefix(3))] = .month(number + 1)
        }
        for (number, name) in weekdays.enumerated() {
            table[name] = .weekday(number)
            table[String(name.prefix(3))] = .weekday(number)
        }
        return table
    }()

    static func meaning(_ word: [UInt8]) -> Meaning? {
        let name = String(decoding: word.prefix(10), as: UTF8.self)
        if let meaning = table[name] { return meaning }
        return ZoneAbbreviations.meaning(name).map { .zone($0) }
    }

    /// Whether a word has a meaning of its own, however it goes on behind it: `J2452271`, but not `GMT+8`.
    static func isKeyword(_ word: [UInt8]) -> Bool { table[String(decoding: word.prefix(10), as: UTF8.self)] != nil }
}

/// Why a text is no date, time or interval.
enum DateTimeFault: Error {
    case format
    case fieldOverflow
    /// The order of month and day may be the other one.
    case monthOrDayOverflow
    case intervalOverflow
    /// The fields are each in their bounds, and what they are together is not.
    case outOfRange
    case zoneOverflow
    case unknownZone(String)

    func error(_ text: String, type: String) -> SQLError {
        switch self {
        case .format: SQLError(.invalidDatetimeFormat, "invalid input syntax for type \(type): \"\(text)\"")
        case .fieldOverflow where type == "interval", .intervalOverflow:
            SQLError(.intervalFieldOverflow, "interval field value out of range: \"\(text)\"")
        case .fieldOverflow: SQLError(.datetimeFieldOverflow, "date/time field value out of range: \"\(text)\"")
        case .monthOrDayOverflow:
            SQLError(
                .datetimeFieldOverflow, "date/time field value out of range: \"\(text)\"",
                hint: "Perhaps you need a different \"datestyle\" setting.")
        case .outOfRange: SQLError(.datetimeFieldOverflow, "\(type) out of range")
        case .zoneOverflow: SQLError(.timeZoneDisplacementOverflow, "time zone displacement out of range: \"\(text)\"")
        case .unknownZone(let name): SQLError(.invalidParameterValue, "time zone \"\(name)\" not recognized")
        }
    }
}
