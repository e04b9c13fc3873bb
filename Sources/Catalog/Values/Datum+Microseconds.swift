extension Datum {
    /// A time in UTC to the microsecond, as far as a double of seconds holds it.
    package static func time(microsecondsSince1970: Int64) -> Datum {
        let seconds = Double(microsecondsSince1970 / 1_000_000) + Double(microsecondsSince1970 % 1_000_000) / 1_000_000
        return Datum(node: DatumNode(.time, payload: (seconds == 0 ? 0 : seconds).bitPattern, length: 0), owner: nil)
    }
}
