import Testing

@testable import SQL

/// Zones in dates and times. The answers are PostgreSQL 15's.
@Suite struct ZoneTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    /// Asks each expression; `!22008` is a refusal.
    private func check(_ expected: [(expression: String, answer: String)]) {
        for (expression, answer) in expected {
            let got =
                (try? session.rows("SELECT \(expression)").joined(separator: "\n")) ?? "!" + (session.state("SELECT \(expression)") ?? "")
            #expect(got == answer, "\(expression)")
        }
    }

    @Test func abbreviations() {
        check([
            ("timestamptz '2024-01-15 12:00 PST'", "2024-01-15 20:00:00+00"),
            ("timestamptz '2024-01-15 12:00 PDT'", "2024-01-15 19:00:00+00"),
            ("timestamptz '2024-01-15 12:00 EST'", "2024-01-15 17:00:00+00"),
            ("timestamptz '2024-01-15 12:00 BST'", "2024-01-15 11:00:00+00"),
            ("timestamptz '2024-01-15 12:00 MSK'", "2024-01-15 09:00:00+00"),
            ("timestamptz '2024-01-15 12:00 msd'", "2024-01-15 08:00:00+00"),
            ("timestamptz '2024-01-15 12:00 CKT'", "2024-01-15 22:00:00+00"),
            ("timestamptz '2024-01-15 12:00 AKST'", "2024-01-15 21:00:00+00"),
            ("timestamptz '2024-01-15 12:00 IOT'", "2024-01-15 06:00:00+00"),
            ("timestamptz '2024-01-15 12:00 Z'", "2024-01-15 12:00:00+00"),
            ("timestamptz '2024-01-15 12:00 UTC+3'", "2024-01-15 15:00:00+00"),
            ("timestamptz '2024-01-15 12:00 GMT-8'", "2024-01-15 04:00:00+00"),
            ("timestamptz '2024-01-15 12:00 MST+7:00'", "2024-01-15 19:00:00+00"),
            ("timestamptz '2024-01-15 12:00 America/New_York'", "2024-01-15 17:00:00+00"),
            ("timestamptz '2024-01-15 12:00 PST8PDT'", "2024-01-15 20:00:00+00"),
            ("timestamptz '2024-01-15 12:00 Nowhere/City'", "!22023"),
            ("timestamptz '2005-01-15 12:00 MSK'", "2005-01-15 09:00:00+00"),
            ("timestamptz '2011-03-27 01:59 MSK'", "2011-03-26 22:59:00+00"),
            ("timestamptz '2011-03-27 02:30 MSK'", "2011-03-26 22:30:00+00"),
            ("timestamptz '2011-03-27 03:00 MSK'", "2011-03-26 23:00:00+00"),
            ("timestamptz '2013-01-15 12:00 MSK'", "2013-01-15 08:00:00+00"),
            ("timestamptz '2014-10-26 00:30 MSK'", "2014-10-25 20:30:00+00"),
            ("timestamptz '2014-10-26 01:30 MSK'", "2014-10-25 22:30:00+00"),
            ("timestamptz '2014-10-26 02:30 MSK'", "2014-10-25 23:30:00+00"),
            ("timestamp '2014-10-26 01:30' AT TIME ZONE 'MSK'", "2014-10-25 22:30:00+00"),
            ("timestamptz '2013-06-01 00:00Z' AT TIME ZONE 'MSK'", "2013-06-01 04:00:00"),
            ("timestamptz '2024-06-01 00:00Z' AT TIME ZONE 'EST5EDT'", "2024-05-31 20:00:00"),
            ("timestamptz '2024-06-01 00:00Z' AT TIME ZONE 'VET'", "2024-05-31 20:00:00"),
            ("timestamptz '2024-06-01 00:00Z' AT TIME ZONE interval '-5 hours'", "2024-05-31 19:00:00"),
            ("timestamptz '2024-06-01 00:00Z' AT TIME ZONE 'XYZ'", "!22023"),
        ])
    }

    @Test func changesOfClocks() {
        check([
            ("timestamptz '2024-03-10 01:59 America/New_York'", "2024-03-10 06:59:00+00"),
            ("timestamptz '2024-03-10 02:30 America/New_York'", "2024-03-10 07:30:00+00"),
            ("timestamptz '2024-03-10 03:00 America/New_York'", "2024-03-10 07:00:00+00"),
            ("timestamptz '2024-11-03 00:59 America/New_York'", "2024-11-03 04:59:00+00"),
            ("timestamptz '2024-11-03 01:30 America/New_York'", "2024-11-03 06:30:00+00"),
            ("timestamptz '2024-11-03 02:00 America/New_York'", "2024-11-03 07:00:00+00"),
            ("timestamptz '1883-11-18 12:00 America/New_York'", "1883-11-18 17:00:00+00"),
            ("timestamptz '2099-07-01 12:00 Europe/Berlin'", "2099-07-01 10:00:00+00"),
        ])
    }

    @Test func offsets() {
        check([
            ("timestamptz '2024-01-15 12:00+1'", "2024-01-15 11:00:00+00"),
            ("timestamptz '2024-01-15 12:00-08'", "2024-01-15 20:00:00+00"),
            ("timestamptz '2024-01-15 12:00+05:30'", "2024-01-15 06:30:00+00"),
            ("timestamptz '2024-01-15 12:00+0530'", "2024-01-15 06:30:00+00"),
            ("timestamptz '2024-01-15 12:00-12:34:56'", "2024-01-16 00:34:56+00"),
            ("timestamptz '2024-01-15 12:00+16'", "!22009"),
            ("timestamptz '2024-01-15 12:00 +2:'", "2024-01-15 10:00:00+00"),
            ("make_timestamptz(2024, 1, 15, 12, 0, 0, '+1')", "2024-01-15 11:00:00+00"),
            ("make_timestamptz(2024, 1, 15, 12, 0, 0, '-2')", "2024-01-15 14:00:00+00"),
            ("make_timestamptz(2024, 1, 15, 12, 0, 0, '+10:00:1')", "2024-01-15 01:59:59+00"),
            ("make_timestamptz(2024, 1, 15, 12, 0, 0, '+1:')", "2024-01-15 11:00:00+00"),
            ("make_timestamptz(2024, 1, 15, 12, 0, 0, '12')", "!22023"),
            ("make_timestamptz(2024, 1, 15, 12, 0, 0, 'PST')", "2024-01-15 20:00:00+00"),
            ("make_timestamptz(2024, 1, 15, 12, 0, 0, 'Europe/Moscow')", "2024-01-15 09:00:00+00"),
            ("make_timestamptz(2024, 1, 15, 12, 0, 0, '+17')", "!22023"),
        ])
    }

    @Test func timesOfDay() {
        check([
            ("timetz '11:00 BST'", "11:00:00+01"),
            ("timetz '07:07 PST'", "07:07:00-08"),
            ("timetz '15:36:39 America/New_York'", "!22007"),
            ("timetz '2024-07-01 15:36:39 America/New_York'", "15:36:39-04"),
            ("timetz '15:36:39 m2'", "!22007"),
            ("timetz '15:36:39 MSK m2'", "!22007"),
            ("timetz '040506+08'", "04:05:06+08"),
            ("timetz '040506.789-08'", "04:05:06.789-08"),
            ("timetz '040506.789'", "04:05:06.789+00"),
            ("timetz '04:05:06 Z'", "04:05:06+00"),
            ("timetz '24:00'", "24:00:00+00"),
            ("timetz '24:00:01'", "!22008"),
            ("time '040506.789'", "04:05:06.789"),
            ("time '040506.789-08'", "04:05:06.789"),
            ("time 'J2452271 11:00'", "11:00:00"),
        ])
    }

    @Test func dates() {
        check([
            ("timestamptz 'J2452271-08'", "2001-12-27 08:00:00+00"),
            ("timestamptz 'J2452271 04:05:06-08'", "2001-12-27 12:05:06+00"),
            ("timestamp 'J2452271'", "2001-12-27 00:00:00"),
            ("timestamp '20011227 040506'", "2001-12-27 04:05:06"),
            ("timestamp '20011227T040506'", "2001-12-27 04:05:06"),
            ("timestamp 'Mon Feb 10 17:32:01 1997 PST'", "1997-02-10 17:32:01"),
            ("timestamptz 'Mon Feb 10 17:32:01.4 1997 PST'", "1997-02-11 01:32:01.4+00"),
            ("timestamp '2000-03-15 08:14:01 GMT+8'", "2000-03-15 08:14:01"),
            ("timestamp 'Feb-10-1997 17:32:01 PST'", "1997-02-10 17:32:01"),
            ("timestamp '19970210 173201 PST'", "1997-02-10 17:32:01"),
            ("timestamp '1997.041 17:32:01 UTC'", "1997-02-10 17:32:01"),
            ("timestamptz '4714-11-23 16:00:00-08 BC'", "4714-11-24 00:00:00+00 BC"),
            ("timestamp '2024-02-30'", "!22008"),
            ("timestamp '99-01-02'", "!22008"),
            ("date '1/8/1999'", "1999-01-08"),
            ("date '18/1/1999'", "!22008"),
            ("date 'y2024m02d03'", "2024-02-03"),
        ])
    }
}
