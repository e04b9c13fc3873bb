import Catalog

extension StateReference {
    /// What the option `as_of` says: a text, a time, or the number of a commit.
    init(_ datum: Datum) throws(ReQLError) {
        if let text = datum.string {
            self = try StateReference(text: text)
        } else if let time = datum.time {
            self = .time(time.epochSeconds)
        } else if let number = datum.int64, number >= 0 {
            self = .commit(UInt64(number))
        } else {
            throw ReQLError(
                .queryLogic, "`as_of` is the name of a state, a time, or the number of a commit, found \(datum.shortText).")
        }
    }

    /// The name of a state, a time (`2026-11-22T10:15:00Z`; names have no colon), or the number of a commit, if no state is called so.
    public init(text: String) throws(ReQLError) {
        guard text.utf8.contains(UInt8(ascii: ":")) else {
            self = .named(text)
            return
        }
        let time = try ISO8601.parse(Datum(text), defaultTimezone: "Z")
        self = .time(time.time?.epochSeconds ?? 0)
    }
}
