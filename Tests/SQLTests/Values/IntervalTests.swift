import Testing

@testable import SQL

/// Spans of time as texts: PostgreSQL's, the standard's and ISO 8601's, and what is wrong with others.
@Suite struct IntervalTests {
    @Test func texts() throws {
        try TestSession().check([
            ("interval '1 2' day to hour", "1 day 02:00:00"),
            ("interval '1-2 3 4:05:06'", "1 year 2 mons 3 days 04:05:06"),
            ("interval '1.5 weeks ago'", "-10 days -12:00:00"),
            ("interval '-9223372036854775808 microseconds'", "-2562047788:00:54.775808"),
            ("interval '-2147483648 months -2147483648 days'", "-178956970 years -8 mons -2147483648 days"),
            ("interval 'P0002'", "2 years"),
            ("interval 'P0002-10T1S'", "2 years 10 mons 00:00:01"),
            ("interval 'P0002-10-15T10:30'", "2 years 10 mons 15 days 10:30:00"),
            ("interval 'P20020304T040506'", "2002 years 3 mons 4 days 04:05:06"),
            ("interval 'PT10'", "10:00:00"),
            ("interval 'P1.5DT-.5H'", "1 day 11:30:00"),
        ])
    }

    @Test func refusals() throws {
        try TestSession().check([
            ("interval '1:20:05 5 microseconds'", "!22007"),
            ("interval '5.5 seconds 3 milliseconds'", "!22007"),
            ("interval 'P.Y0M3DT4H5M6S'", "!22007"),
            ("interval 'P1Y2002-03-04'", "!22007"),
            ("interval '2562047788:0.1:54.775807'", "!22007"),
            ("interval 'PT2562047789'", "!22015"),
            ("interval '2147483648 days'", "!22015"),
            ("interval '2147483647 years'", "!22008"),
            ("interval 'P1-2147483647-2147483647'", "!22008"),
            ("interval '-2147483648 days ago'", "!22015"),
        ])
    }
}
