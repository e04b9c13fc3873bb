/// The names inside an archive: `ROOT/DB/TABLE.json`, `ROOT/DB/TABLE.info`, as RethinkDB has them, and `ROOT/DB/database.pando`, whose
/// extension RethinkDB's tools pass over: it carries what theirs do not (ids, times of creation, databases without tables).
enum ArchiveNames {
    static let rows = "json"
    static let info = "info"
    static let csv = "csv"
    static let database = "pando"

    static func rows(_ table: String, _ database: String, _ root: String) -> String { "\(root)/\(database)/\(table).\(rows)" }
    static func info(_ table: String, _ database: String, _ root: String) -> String { "\(root)/\(database)/\(table).\(info)" }
    static func database(_ database: String, _ root: String) -> String { "\(root)/\(database)/database.\(Self.database)" }

    /// `pando_dump_2025-01-31T23:59:59`, in UTC.
    static func root(at epochSeconds: Double) -> String {
        let seconds = Int(epochSeconds)
        let (day, second) = (seconds / 86_400, seconds % 86_400)
        let (year, month, dayOfMonth) = civil(daysSince1970: day)
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(year)-\(padded(month))-\(padded(dayOfMonth))"
        return "pando_dump_\(date)T\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
    }

    /// The proleptic Gregorian date of a day, by counting years from March on, so that the leap day comes last.
    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468  // days since 0000-03-01
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, day)
    }
}
