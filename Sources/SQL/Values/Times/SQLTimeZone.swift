import Ground
import Synchronization

/// A time zone of a session: UTC, a fixed offset, or a zone of the system's database.
package struct SQLTimeZone: Sendable {
    private enum Rule: Sendable {
        /// Seconds east of UTC.
        case fixed(Int32, abbreviation: String)
        case zone(ZoneRules)
        /// What an abbreviation meant in a zone at the time.
        case abbreviation(ZoneRules, String)
    }

    /// As SHOW TimeZone gives it.
    package let name: String
    private let rule: Rule

    package static let utc = SQLTimeZone(name: "UTC", rule: .fixed(0, abbreviation: "UTC"))

    private init(name: String, rule: Rule) {
        self.name = name
        self.rule = rule
    }

    /// - Parameter secondsEast: of UTC.
    package init(secondsEast: Int32) {
        // A POSIX name, whose sign is west of UTC.
        let digits = Self.offsetText(secondsEast)
        name = "<\(digits)>\(Self.offsetText(-secondsEast))"
        rule = .fixed(secondsEast, abbreviation: digits)
    }

    static func offsetText(_ seconds: Int32) -> String {
        let size = Int(seconds.magnitude)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        var text = (seconds < 0 ? "-" : "+") + two(size / 3600)
        if size % 3600 != 0 { text += ":" + two(size / 60 % 60) }
        if size % 60 != 0 { text += ":" + two(size % 60) }
        return text
    }

    private static let cache = Mutex<[String: SQLTimeZone]>([:])

    /// A zone by its name in the system's database, whatever the case of its letters, or by POSIX's notation. Nil if there is none.
    package init?(named name: String) {
        let key = name.lowercased()
        if let known = Self.cache.withLock({ $0[key] }) {
            self = known
            return
        }
        if key == "utc" || key == "gmt" || key == "etc/utc" || key == "z" || key == "zulu" || key == "ut" {
            let shown = key == "etc/utc" ? "Etc/UTC" : name.uppercased()
            self.init(name: shown, rule: .fixed(0, abbreviation: key == "gmt" ? "GMT" : "UTC"))
        } else if let (path, rules) = ZoneRules.load(name) {
            self.init(name: path, rule: .zone(rules))
        } else if let rules = ZoneRules(posix: name) {
            self.init(name: name, rule: .zone(rules))
        } else {
            return nil
        }
        let zone = self
        Self.cache.withLock {
            // Zones in POSIX's notation are as many as clients think of.
            if $0.count >= 1024 { $0.removeAll() }
            $0[key] = zone
        }
    }

    /// The zones of the system's database, by their names.
    static func all() -> [SQLTimeZone] {
        ZoneRules.all().map { name, rules in SQLTimeZone(name: name, rule: .zone(rules)) }.sorted { $0.name < $1.name }
    }

    /// An abbreviation whose offset has changed over the years, as MSK, in the zone that it is of.
    init?(abbreviation: String, of zone: String) {
        guard case .zone(let rules)? = SQLTimeZone(named: zone)?.rule else { return nil }
        self.init(name: abbreviation, rule: .abbreviation(rules, abbreviation))
    }

    /// What the zone's clocks show at a moment of UTC (microseconds from 2000-01-01): seconds east, and what people call it then.
    func local(_ timestamptz: Int64) -> (offset: Int32, abbreviation: String) {
        switch rule {
        case .fixed(let offset, let abbreviation): return (offset, abbreviation)
        case .zone(let rules):
            let type = rules.type(at: Self.unixSeconds(timestamptz))
            return (type.offset, type.abbreviation)
        case .abbreviation(let rules, let abbreviation):
            let seconds = Self.unixSeconds(timestamptz)
            return (rules.offset(of: abbreviation, at: seconds) ?? rules.type(at: seconds).offset, abbreviation)
        }
    }

    func isDaylightSaving(_ timestamptz: Int64) -> Bool {
        let seconds = Self.unixSeconds(timestamptz)
        switch rule {
        case .fixed: return false
        case .zone(let rules): return rules.type(at: seconds).isDaylightSaving
        // One that the zone's own files don't know stands for what its clocks show.
        case .abbreviation(let rules, let abbreviation):
            return rules.offset(of: abbreviation, at: seconds) == nil && rules.type(at: seconds).isDaylightSaving
        }
    }

    private static func unixSeconds(_ timestamptz: Int64) -> Int64 {
        Calendar.floorDivide(timestamptz, 1_000_000).quotient + Int64(Calendar.unixEpochDays) * 86400
    }

    /// The offset of a moment that a clock on the wall shows. Where clocks go forward and skip it, the time before counts; where they
    /// go back and show it twice, the time after.
    func offset(ofLocal timestamp: Int64) -> Int32 {
        switch rule {
        case .fixed(let offset, _): offset
        case .zone(let rules): rules.offset(ofLocal: Self.unixSeconds(timestamp))
        case .abbreviation(let rules, let abbreviation): rules.offset(ofLocal: Self.unixSeconds(timestamp), as: abbreviation)
        }
    }

    /// Nil where it is out of range.
    func utc(ofLocal timestamp: Int64) -> Int64? {
        let (result, overflow) = timestamp.subtractingReportingOverflow(Int64(offset(ofLocal: timestamp)) * 1_000_000)
        return overflow || !Calendar.isTimestamp(result) ? nil : result
    }
}

/// When a zone's clocks change: what a file of the zone database (TZif) or a POSIX rule says.
final class ZoneRules: Sendable {
    struct LocalType: Sendable {
        var offset: Int32
        var isDaylightSaving: Bool
        var abbreviation: String
    }

    /// Seconds from 1970, and the type that holds from then on.
    private let transitions: [(at: Int64, type: Int)]
    private let types: [LocalType]
    /// What holds after the last transition.
    private let rule: PosixZone?

    private init(transitions: [(at: Int64, type: Int)], types: [LocalType], rule: PosixZone?) {
        self.transitions = transitions
        self.types = types
        self.rule = rule
    }

    convenience init?(posix text: String) {
        guard let rule = PosixZone(text) else { return nil }
        self.init(transitions: [], types: [], rule: rule)
    }

    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]

    /// The zone, and its name as the file is called.
    static func load(_ name: String) -> (name: String, rules: ZoneRules)? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !parts.isEmpty, parts.count <= 4, name.utf8.count < 100,
            parts.allSatisfy({ part in
                !part.isEmpty && part.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "+-_".utf8.contains($0) }
            })
        else { return nil }
        for folder in folders {
            var path = folder
            var found: [String] = []
            for part in parts {
                guard let names = SystemFiles.names(in: path) else { break }
                guard let match = names.first(where: { $0 == part }) ?? names.first(where: { $0.lowercased() == part.lowercased() })
                else { break }
                found.append(match)
                path += "/" + match
            }
            guard found.count == parts.count, let bytes = SystemFiles.contents(of: path, limit: 1 << 20),
                let rules = ZoneRules(file: bytes)
            else { continue }
            return (found.joined(separator: "/"), rules)
        }
        return nil
    }

    /// Those of the first folder that there is, by their names. The copies that count leap seconds, and those below `posix`, are left out.
    static func all() -> [(name: String, rules: ZoneRules)] {
        guard let folder = folders.first(where: { SystemFiles.names(in: $0) != nil }) else { return [] }
        var found: [(name: String, rules: ZoneRules)] = []
        var waiting = [""]
        while let prefix = waiting.popLast() {
            for name in SystemFiles.names(in: folder + "/" + prefix) ?? [] where !name.hasPrefix(".") {
                let place = prefix + name
                if SystemFiles.names(in: folder + "/" + place) != nil {
                    // Zones are at most four folders deep.
                    if place != "right", place != "posix", place.count(where: { $0 == "/" }) < 3 { waiting.append(place + "/") }
                } else if let bytes = SystemFiles.contents(of: folder + "/" + place, limit: 1 << 20), let rules = ZoneRules(file: bytes) {
                    found.append((place, rules))
                }
            }
        }
        return found
    }

    /// A file as RFC 8536 describes it; the part of 64-bit numbers alone is read.
    convenience init?(file: [UInt8]) {
        var reader = ZoneFileReader(bytes: file)
        guard let first = reader.header(), first.version >= 2 else { return nil }
        reader.skip(first.byteCount(timeSize: 4))
        guard let header = reader.header() else { return nil }
        var times: [Int64] = []
        for _ in 0..<header.timeCount { times.append(reader.int64()) }
        var indexes: [Int] = []
        for _ in 0..<header.timeCount { indexes.append(Int(reader.byte())) }
        var raw: [(offset: Int32, isDaylightSaving: Bool, name: Int)] = []
        for _ in 0..<header.typeCount { raw.append((reader.int32(), reader.byte() != 0, Int(reader.byte()))) }
        let names = reader.bytes(header.nameByteCount)
        reader.skip(header.leapCount * 12 + header.standardCount + header.utcCount)
        guard !reader.failed, !raw.isEmpty, indexes.allSatisfy({ $0 < raw.count }), raw.allSatisfy({ $0.name < names.count }) else {
            return nil
        }
        let types = raw.map { entry in
            LocalType(
                offset: entry.offset, isDaylightSaving: entry.isDaylightSaving,
                abbreviation: String(decoding: names[entry.name...].prefix { $0 != 0 }, as: UTF8.self))
        }
        let footer = String(decoding: reader.rest.filter { $0 != 10 }, as: UTF8.self)
        self.init(transitions: zip(times, indexes).map { (at: $0, type: $1) }, types: types, rule: PosixZone(footer))
    }

    func type(at seconds: Int64) -> LocalType {
        if let rule, transitions.isEmpty || seconds >= transitions[transitions.count - 1].at {
            if transitions.isEmpty || !rule.isFixed { return rule.type(at: seconds) }
        }
        guard let first = transitions.first, seconds >= first.at else {
            return types.first { !$0.isDaylightSaving } ?? types.first ?? LocalType(offset: 0, isDaylightSaving: false, abbreviation: "")
        }
        var low = 0
        var high = transitions.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle].at <= seconds { low = middle } else { high = middle }
        }
        return types[transitions[low].type]
    }

    /// The offset that clocks called by an abbreviation: the last one until then, or else the first after it.
    func offset(of abbreviation: String, at seconds: Int64) -> Int32? {
        let next = transitions.firstIndex { $0.at > seconds } ?? transitions.count
        let last = transitions[..<next].last { types[$0.type].abbreviation == abbreviation }
        let found = last ?? transitions[next...].first { types[$0.type].abbreviation == abbreviation }
        return found.map { types[$0.type].offset }
    }

    func offset(ofLocal seconds: Int64, as abbreviation: String) -> Int32 {
        let offset = offset(ofLocal: seconds)
        return self.offset(of: abbreviation, at: seconds - Int64(offset)) ?? offset
    }

    func offset(ofLocal seconds: Int64) -> Int32 {
        // Offsets are less than a day, so these two are before and after any change that matters here.
        let before = type(at: seconds - 86400).offset
        let after = type(at: seconds + 86400).offset
        if before == after {
            let guess = type(at: seconds - Int64(before)).offset
            if guess == before { return before }
        }
        let early = seconds - Int64(before)
        let late = seconds - Int64(after)
        let isBefore = type(at: early).offset == before
        let isAfter = type(at: late).offset == after
        if isBefore, !isAfter { return before }
        if isAfter, !isBefore { return after }
        return early > late ? before : after
    }
}

private struct ZoneFileReader {
    struct Header {
        var version: Int
        var utcCount: Int
        var standardCount: Int
        var leapCount: Int
        var timeCount: Int
        var typeCount: Int
        var nameByteCount: Int

        func byteCount(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + nameByteCount + leapCount * (timeSize + 4) + standardCount + utcCount
        }
    }

    let bytes: [UInt8]
    var place = 0
    var failed = false

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var rest: ArraySlice<UInt8> { bytes[min(place, bytes.count)...] }

    mutating func byte() -> UInt8 {
        guard place < bytes.count else {
            failed = true
            return 0
        }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func int32() -> Int32 {
        var value: UInt32 = 0
        for _ in 0..<4 { value = value << 8 | UInt32(byte()) }
        return Int32(bitPattern: value)
    }

    mutating func int64() -> Int64 {
        var value: UInt64 = 0
        for _ in 0..<8 { value = value << 8 | UInt64(byte()) }
        return Int64(bitPattern: value)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        guard count >= 0, place + count <= bytes.count else {
            failed = true
            return []
        }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    mutating func skip(_ count: Int) {
        place += count
    }

    mutating func header() -> Header? {
        guard bytes(4) == Array("TZif".utf8) else { return nil }
        let version = Int(byte()) - 48
        skip(15)
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Int(int32())) }
        guard !failed, counts.allSatisfy({ $0 >= 0 && $0 < 1 << 20 }) else { return nil }
        return Header(
            version: version, utcCount: counts[0], standardCount: counts[1], leapCount: counts[2], timeCount: counts[3],
            typeCount: counts[4], nameByteCount: counts[5])
    }
}
