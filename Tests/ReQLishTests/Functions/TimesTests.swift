import Catalog
import Ground
import TestSupport
import Testing

@testable import ReQLish

@Suite struct TimesTests {
    private func parse(_ text: Datum, zone: Datum? = nil) -> String {
        outcome { () throws(ReQLError) in try ISO8601.text(try ISO8601.parse(text, defaultTimezone: zone)) }
    }

    @Test(arguments: ["2013", "2013-01", "2013-01-01", "20130101", "2013-001", "2013001"])
    func everyFormOfADateWithEveryFormOfATime(date: String) {
        for time in ["13", "13:00", "1300", "13:00:00", "130000", "13:00:00.000000", "130000.0"] {
            for zone in ["Z", "+00", "+0000", "+00:00"] {
                #expect(parse(Datum(date + "T" + time + zone)) == #""2013-01-01T13:00:00+00:00""#, "\(date)T\(time)\(zone)")
            }
        }
        for time in ["a3", "13:0000", "13:000", "13:00.00", "13:00:00.", "1", "130", ""] {
            #expect(parse(Datum(date + "T" + time + "Z")) == "!queryLogic", "\(date)T\(time)Z")
        }
        for zone in ["X", "-7", "-07:-1", "+07+01", "UTC", "Z+00", "-00", "-00:00", "+25:00", "+00:60", ""] {
            #expect(parse(Datum(date + "T13:00" + zone)) == "!queryLogic", "\(date)T13:00\(zone)")
        }
    }

    @Test(arguments: [
        ("201301", "!queryLogic"), ("2013-0101", "!queryLogic"), ("2a13", "!queryLogic"), ("2013-1-01", "!queryLogic"),
        ("2013-01-1", "!queryLogic"),
        ("2013-W01-1", "!queryLogic"), ("", "!queryLogic"), ("2013-13-01", "!queryLogic"), ("2013-00-01", "!queryLogic"),
        ("2013-02-29", "!queryLogic"),
        ("2012-02-29", #""2012-02-29T00:00:00+01:00""#), ("1900-02-29", "!queryLogic"), ("2000-02-29", #""2000-02-29T00:00:00+01:00""#),
        ("2013-04-31", "!queryLogic"),
        ("2013-365", #""2013-12-31T00:00:00+01:00""#), ("2013-366", "!queryLogic"), ("2012366", #""2012-12-31T00:00:00+01:00""#),
        ("2013-000", "!queryLogic"),
        ("1400", #""1400-01-01T00:00:00+01:00""#), ("1399", "!queryLogic"), ("9999", #""9999-01-01T00:00:00+01:00""#),
        ("2013-05-06T07:08:09.0125-10:30", #""2013-05-06T07:08:09.013-10:30""#),
        ("2013-05-06T23:59:59.9996", #""2013-05-07T00:00:00+01:00""#), ("2013-05-06T07:08:09.1", #""2013-05-06T07:08:09.100+01:00""#),
        ("2013-05-06 07:08", "!queryLogic"), ("2013-05-06Z", "!queryLogic"),
    ])
    func iso8601WithADefaultZone(text: String, expected: String) {
        #expect(parse(Datum(text), zone: "+01:00") == expected)
    }

    @Test func iso8601NeedsStringsAndAZone() {
        #expect(parse(2013) == "!queryLogic")
        #expect(parse(.null) == "!nonExistence")
        #expect(parse("2013-01-01") == "!queryLogic")
        #expect(parse("2013-01-01", zone: 5) == "!queryLogic")
        #expect(parse("2013-01-01", zone: "CET") == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try ISO8601.text("2013") } == "!queryLogic")
    }

    @Test func milliseconds() {
        let text = { (seconds: Datum) in outcome { () throws(ReQLError) in try ISO8601.text(try Times.epochTime(seconds)) } }
        #expect(text(1.4444445) == #""1970-01-01T00:00:01.444+00:00""#)
        #expect(text(1.001) == #""1970-01-01T00:00:01.001+00:00""#)
        #expect(text(2.058) == #""1970-01-01T00:00:02.058+00:00""#)
        #expect(text(-0.001) == #""1969-12-31T23:59:59.999+00:00""#)
        #expect(outcome { () throws(ReQLError) in try Times.toEpochTime(try Times.epochTime(1.4444445)) } == "1.444")
        #expect(outcome { () throws(ReQLError) in try Times.seconds(try Times.epochTime(61.4444445)) } == "1.444")
        #expect(text("1") == "!queryLogic")
        #expect(text(.null) == "!nonExistence")
    }

    @Test func theCalendarHasEnds() {
        let year = { (seconds: Double) in outcome { () throws(ReQLError) in try Times.year(try Times.epochTime(Datum(seconds))) } }
        #expect(year(-17_987_443_200) == "1400")
        #expect(year(-17_987_443_201) == "!queryLogic")
        #expect(year(253_402_300_799) == "9999")
        #expect(year(253_402_300_800) == "!queryLogic")
        #expect(year(1e300) == "!queryLogic")
        // Beyond them, points in time still compare and add up.
        #expect(outcome { () throws(ReQLError) in try Times.toEpochTime(try Times.epochTime(253_440_000_000)) } == "253440000000")
    }

    @Test func parts() throws {
        // Thursday, 2013-08-01, the 213th day.
        let time = try ISO8601.parse("2013-08-01T23:45:12.5-07:00")
        #expect(try Times.year(time) == 2013)
        #expect(try Times.month(time) == 8)
        #expect(try Times.day(time) == 1)
        #expect(try Times.hours(time) == 23)
        #expect(try Times.minutes(time) == 45)
        #expect(try Times.seconds(time) == 12.5)
        #expect(try Times.dayOfWeek(time) == 4)
        #expect(try Times.dayOfYear(time) == 213)
        #expect(try Times.timezone(time) == "-07:00")
        #expect(try Times.timeOfDay(time) == 85_512.5)
        #expect(try ISO8601.text(Times.date(time)) == "2013-08-01T00:00:00-07:00")
        let moved = try Times.inTimezone(time, "+02:00")
        #expect(try ISO8601.text(moved) == "2013-08-02T08:45:12.500+02:00")
        #expect(moved == time)
        #expect(outcome { () throws(ReQLError) in try Times.inTimezone(time, "PST") } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Times.day(5) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Times.day(.null) } == "!nonExistence")
    }

    @Test(
        arguments: [
            ([2013, 7, 29, "Z"], #""2013-07-29T00:00:00+00:00""#),
            ([2013, 7, 29, 23, 30, 0.1255, "+02:00"], #""2013-07-29T23:30:00.126+02:00""#),
            ([2013, 2, 29, "Z"], "!queryLogic"), ([1399, 1, 1, "Z"], "!queryLogic"), ([10_000, 1, 1, "Z"], "!queryLogic"),
            ([2013, 1, 1], "!queryLogic"),
            ([2013, 1, 1, 1, "Z"], "!queryLogic"), ([2013, 1, 1, 1, 1, "Z"], "!queryLogic"),
            ([2013, 1, 1, 24, 0, 0, "Z"], #""2013-01-02T00:00:00+00:00""#), ([2013, 1, 1, 0, 60, 0, "Z"], #""2013-01-01T01:00:00+00:00""#),
            ([2013, 1, 1, 0, 0, 60, "Z"], #""2013-01-01T00:01:00+00:00""#), ([2013, 1, 1, 0, 0, -1, "Z"], #""2012-12-31T23:59:59+00:00""#),
            ([2013, 1, 1, 0, 0, 1e300, "Z"], "!queryLogic"),
            ([2013.5, 1, 1, "Z"], "!queryLogic"), ([2013, 1, 1, "-00"], "!queryLogic"),
            ([2013, .null, 1, "Z"], "!nonExistence"), (["2013", 1, 1, "Z"], "!queryLogic"),
            ([9_007_199_254_740_992, 1, 1, "Z"], "!queryLogic"),
        ] as [([Datum], String)])
    func making(arguments: [Datum], expected: String) {
        #expect(outcome { () throws(ReQLError) in try ISO8601.text(try Times.time(arguments)) } == expected)
    }

    @Test func during() throws {
        let times = (1...3).map { Datum.time(epochSeconds: Double($0), offsetMinutes: 60 * $0) }
        let during = { (a: Int, b: Int, c: Int, open: Bool, closed: Bool) in
            try Times.during(times[a], times[b], times[c], isLeftOpen: open, isRightClosed: closed) == true
        }
        #expect(try during(0, 0, 1, false, false))
        #expect(try !during(0, 0, 1, true, false))
        #expect(try !during(1, 0, 1, false, false))
        #expect(try during(1, 0, 1, false, true))
        #expect(try during(1, 0, 2, true, false))
        #expect(try !during(1, 2, 0, false, true))
        #expect(outcome { () throws(ReQLError) in try Times.during(1, times[0], times[1]) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Times.during(times[0], .null, times[1]) } == "!nonExistence")
    }

    /// Every day of the calendar follows the one before it, by a count of its own.
    @Test func everyDayInTurn() {
        var expected = CalendarDate(year: 1400, month: 1, day: 1)
        var day = expected.dayNumber
        while expected.year < 10_000 {
            if CalendarDate(dayNumber: day) != expected || expected.dayNumber != day || !expected.isValid {
                Issue.record("day \(day) should be \(expected)")
                return
            }
            day += 1
            expected.day += 1
            if !expected.isValid { expected = CalendarDate(year: expected.year, month: expected.month + 1, day: 1) }
            if expected.month == 13 { expected = CalendarDate(year: expected.year + 1, month: 1, day: 1) }
        }
        #expect(day == 2_932_897)
    }

    @Test func textAndTimeAreInverse() throws {
        let seed: UInt64 = 0x71AE
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let milliseconds = generator.below(253_402_300_799_000 + 17_900_000_000_000) - 17_900_000_000_000
            let time = Datum.time(epochSeconds: Double(milliseconds) / 1_000, offsetMinutes: generator.below(2_879) - 1_439)
            guard case let text = outcome({ () throws(ReQLError) in try ISO8601.text(time) }), text != "!queryLogic" else { continue }
            let back = try ISO8601.parse(try ISO8601.text(time))
            #expect(back == time, "\(text), seed \(seed)")
            #expect(try Times.timezone(back) == Times.timezone(time), "\(text), seed \(seed)")
            let start = try Times.date(time)
            let rest = try Times.timeOfDay(time)
            #expect(try Arithmetic.add(start, rest, arrayLimit: 1) == time, "\(text), seed \(seed)")
        }
    }
}
