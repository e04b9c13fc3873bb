import Testing

@testable import SQL

/// Dates and times in the forms of the setting DateStyle, with PostgreSQL's answers.
@Suite struct DateStyleTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    private static let values =
        "SELECT '2001-02-03'::date, '2001-02-03 4:05:06.78'::timestamp, '2001-07-03 4:05:06.78+02'::timestamptz, "
        + "ARRAY['2001-02-03'::date], to_json('2001-02-03'::date), '0044-03-15 BC'::date, 'infinity'::date"

    @Test func eachStyleWithItsOrders() throws {
        try session.rows("SET TimeZone = 'Europe/Berlin'")
        for (style, answer) in [
            ("ISO, MDY", "2001-02-03|2001-02-03 04:05:06.78|2001-07-03 04:05:06.78+02|{2001-02-03}|\"2001-02-03\"|0044-03-15 BC|infinity"),
            (
                "SQL, MDY",
                "02/03/2001|02/03/2001 04:05:06.78|07/03/2001 04:05:06.78 CEST|{02/03/2001}|\"2001-02-03\"|03/15/0044 BC|infinity"
            ),
            (
                "SQL, DMY",
                "03/02/2001|03/02/2001 04:05:06.78|03/07/2001 04:05:06.78 CEST|{03/02/2001}|\"2001-02-03\"|15/03/0044 BC|infinity"
            ),
            ("German", "03.02.2001|03.02.2001 04:05:06.78|03.07.2001 04:05:06.78 CEST|{03.02.2001}|\"2001-02-03\"|15.03.0044 BC|infinity"),
            (
                "Postgres, MDY",
                "02-03-2001|Sat Feb 03 04:05:06.78 2001|Tue Jul 03 04:05:06.78 2001 CEST|{02-03-2001}|\"2001-02-03\"|03-15-0044 BC|infinity"
            ),
            (
                "Postgres, DMY",
                "03-02-2001|Sat 03 Feb 04:05:06.78 2001|Tue 03 Jul 04:05:06.78 2001 CEST|{03-02-2001}|\"2001-02-03\"|15-03-0044 BC|infinity"
            ),
        ] {
            try session.rows("SET DateStyle = '\(style)'")
            #expect(try session.rows(Self.values) == [answer], "\(style)")
        }
        try session.rows("SET TimeZone = 5.5; SET DateStyle = 'sql, ymd'")
        #expect(
            try session.rows("SELECT '2001-07-03 00:00Z'::timestamptz, '2001-07-03'::date || 'x'") == [
                "07/03/2001 05:30:00 +05:30|07/03/2001x"
            ])
    }

    @Test func whatTheSettingTakes() throws {
        for (text, shown) in [
            ("German", "German, DMY"), ("sql", "SQL, DMY"), ("postgresql, us", "Postgres, MDY"), ("YMD", "Postgres, YMD"),
            ("mdy, german", "German, MDY"), ("default", "ISO, MDY"), ("sql, default", "SQL, MDY"), ("european, iso", "ISO, DMY"),
        ] {
            try session.rows("SET DateStyle = '\(text)'")
            #expect(try session.rows("SHOW DateStyle") == [shown], "\(text)")
        }
        for text in ["sql, iso", "sql, dmy, mdy", "roman"] { #expect(session.state("SET DateStyle = '\(text)'") == "22023", "\(text)") }
        #expect(try session.rows("SHOW DateStyle") == ["ISO, DMY"])
    }
}
