/// A date or time that `.datetime()` of a jsonpath has made of a string.
struct JSONPathTime: Sendable {
    let value: SQLValue
    let type: SQLType
    /// Seconds east of UTC, of types with a zone.
    let zone: Int

    /// What is tried where no template says how the string is written.
    private static let pictures: [FormatPicture] = {
        let times = ["HH24:MI:SS.US", "HH24:MI:SS"].flatMap { [$0 + "TZH:TZM", $0 + "TZH", $0] }
        let moments = times.map { "yyyy-mm-dd " + $0 } + times.map { "yyyy-mm-dd\"T\"" + $0 }
        return (["yyyy-mm-dd"] + times + moments).map { FormatPicture(ofDate: $0) }
    }()

    init(_ text: String, template: String?) throws(SQLError) {
        if let template {
            self = try Self.read(text, FormatPicture(ofDate: template))
            return
        }
        for picture in Self.pictures {
            if let found = try? Self.read(text, picture) {
                self = found
                return
            }
        }
        throw SQLError(
            SQLState(rawValue: "22031"), "datetime format is not recognized: \"\(text)\"",
            hint: "Use a datetime template argument to specify the input data format.")
    }

    private init(_ value: SQLValue, _ type: SQLType, zone: Int = 0) {
        self.value = value
        self.type = type
        self.zone = zone
    }

    private static let fieldsOfTimes: Set = [
        "HH24", "HH12", "HH", "MI", "SS", "SSSS", "SSSSS", "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "AM", "PM", "A.M.", "P.M.",
    ]
    private static let fieldsOfZones: Set = ["TZ", "TZH", "TZM", "OF"]

    private static func read(_ text: String, _ picture: FormatPicture) throws(SQLError) -> JSONPathTime {
        func invalid(_ message: String) -> SQLError { SQLError(.invalidDatetimeFormat, message) }
        var (hasDate, hasTime, hasZone) = (false, false, false)
        for case .field(let field) in picture.nodes where field.name != "FX" {
            let name = field.name.uppercased()
            let (isOfTime, isOfZone) = (fieldsOfTimes.contains(name), fieldsOfZones.contains(name))
            hasTime = hasTime || isOfTime
            hasZone = hasZone || isOfZone
            hasDate = hasDate || !isOfTime && !isOfZone
        }
        let result = try DateReading.readStrictly(text, picture)
        let zone = result.zone ?? 0
        if hasZone, hasTime, result.zone == nil {
            throw invalid("missing time zone in input string for type \(hasDate ? "timestamptz" : "timetz")")
        }
        if hasTime, !hasDate {
            let exact = result.time.microsecondsOfDay
            let time = result.precision.map { LengthCoercion.microseconds(exact, Int32($0)) } ?? exact
            return hasZone ? JSONPathTime(.timetz(time, west: Int32(-zone)), .timetz, zone: zone) : JSONPathTime(.time(time), .time)
        }
        guard hasDate else {
            throw invalid(hasZone ? "datetime format is zoned but not timed" : "datetime format is not dated and not timed")
        }
        guard result.time.year >= -4713, let local = result.time.timestamp else {
            throw SQLError(.datetimeFieldOverflow, "timestamp out of range: \"\(text)\"")
        }
        guard hasTime else {
            if hasZone { throw invalid("datetime format is zoned but not timed") }
            return JSONPathTime(.date(Int32(result.time.julianDay - Calendar.julianEpoch)), .date)
        }
        let rounded = result.precision.flatMap { LengthCoercion.timestamp(local, Int32($0)) } ?? local
        guard hasZone else { return JSONPathTime(.timestamp(rounded), .timestamp) }
        return JSONPathTime(.timestamptz(rounded - Int64(zone) * 1_000_000), .timestamptz, zone: zone)
    }

    /// As a string of JSON has it: by ISO 8601, in the zone in which it was given.
    func text(_ session: any SQLSession) -> String {
        func offset() -> String {
            let minutes = abs(zone) / 60
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            let seconds = abs(zone) % 60
            return (zone < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60) + (seconds == 0 ? "" : ":" + two(seconds))
        }
        return switch value {
        case .timetz(let time, _): JSONConversion.scalarText(.time(time), .time, session) + offset()
        case .timestamptz(let moment):
            JSONConversion.scalarText(.timestamp(moment + Int64(zone) * 1_000_000), .timestamp, session) + offset()
        default: JSONConversion.scalarText(value, type, session)
        }
    }

    /// Negative, 0 or positive; nil where a date and a time of the day meet.
    ///
    /// - Parameter usesZone: whether the session's zone may stand in where one side has none.
    static func compare(_ a: JSONPathTime, _ b: JSONPathTime, usesZone: Bool, _ session: any SQLSession) throws(SQLError) -> Int? {
        let (one, two) = (try a.number(beside: b, usesZone: usesZone, session), try b.number(beside: a, usesZone: usesZone, session))
        guard let one, let two else { return nil }
        if one.number != two.number { return one.number < two.number ? -1 : 1 }
        // Times of the day that are the same moment: the more western one is the greater.
        return one.west == two.west ? 0 : one.west < two.west ? -1 : 1
    }

    private var isTimeOfDay: Bool {
        switch value {
        case .time, .timetz: true
        default: false
        }
    }

    private var hasZone: Bool {
        switch value {
        case .timestamptz, .timetz: true
        default: false
        }
    }

    /// What it is compared by: microseconds, of UTC where one of both has a zone.
    private func number(
        beside other: JSONPathTime, usesZone: Bool, _ session: any SQLSession
    ) throws(SQLError) -> (number: Int64, west: Int32)? {
        guard isTimeOfDay == other.isTimeOfDay else { return nil }
        let takesZone = !hasZone && other.hasZone
        if takesZone, !usesZone {
            let (from, to) = (TypeTable.entry(type.oid)?.name ?? "", TypeTable.entry(other.type.oid)?.name ?? "")
            throw SQLError(
                .featureNotSupported, "cannot convert value from \(from) to \(to) without time zone usage",
                hint: "Use *_tz() function for time zone support.")
        }
        switch value {
        case .time(let time):
            guard takesZone else { return (time, 0) }
            let zone = BrokenDownTime(timestamptz: session.transactionTime, zone: session.settings.timeZone).offset
            return (time - Int64(zone) * 1_000_000, Int32(-zone))
        case .timetz(let time, let west): return (time + Int64(west) * 1_000_000, west)
        case .date(let days):
            let local = Int64(days) * Calendar.microsecondsPerDay
            return (takesZone ? try DateTimeConversion.utc(local, session.settings.timeZone) : local, 0)
        case .timestamp(let local): return (takesZone ? try DateTimeConversion.utc(local, session.settings.timeZone) : local, 0)
        case .timestamptz(let moment): return (moment, 0)
        default: return nil
        }
    }
}
