import Testing

@testable import SQL

/// to_char, to_date, to_timestamp and to_number. The answers are PostgreSQL 15's.
@Suite struct FormattingTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func datesWritten() {
        session.check([
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'YYYY-MM-DD HH24:MI:SS.US')", "2024-02-29 13:05:09.123456"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'HH12:MI:SS AM')", "01:05:09 PM"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'Day, DD Month YYYY')", "Thursday , 29 February  2024"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'FMDay, FMDD FMMonth YYYY')", "Thursday, 29 February 2024"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'DY Dy dy')", "THU Thu thu"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'MON Mon mon RM rm')", "FEB Feb feb II   ii  "),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'Y,YYY YYY YY Y')", "2,024 024 24 4"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'IYYY-IW-ID')", "2024-09-4"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'Q WW W D DDD J')", "1 09 5 5 060 2460370"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'CC BC b.c.')", "21 AD a.d."),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'SSSS SSSSS MS FF3')", "47109 47109 123 123"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'DDth FMDDth ddTH')", "29th 29th 29TH"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', '\"year\" YYYY\\\"')", "year 2024\""),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'HH24\\:MI')", "13\\:05"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'TZ tz OF')", "  +00"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'YYYYMMDD')", "20240229"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'fmMonth')", "February"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'Month|')", "February |"),
            ("to_char(timestamp '2024-02-29 13:05:09.123456', 'FMMI FMSS')", "5 9"),
            ("to_char(interval '25 hours 3 minutes', 'HH24:MI')", "25:03"),
            ("to_char(interval '-1 day -2:03', 'DD HH24:MI')", "-1 -02:-03"),
            ("to_char(date '0044-03-15 BC', 'YYYY-MM-DD BC')", "0044-03-15 BC"),
            ("to_char(timestamptz '2024-07-01 12:00+02', 'HH24 TZ OF')", "10 UTC +00"),
        ])
    }

    @Test func datesRead() {
        session.check([
            ("to_date('2024-02-29', 'YYYY-MM-DD')", "2024-02-29"),
            ("to_date('29 Feb 2024', 'DD Mon YYYY')", "2024-02-29"),
            ("to_date('20240229', 'YYYYMMDD')", "2024-02-29"),
            ("to_date('february 1, 1999', 'FMMonth DD, YYYY')", "1999-02-01"),
            ("to_date('2023-02-29', 'YYYY-MM-DD')", "!22008"),
            ("to_date('05-06-99', 'DD-MM-YY')", "1999-06-05"),
            ("to_date('05-06-69', 'DD-MM-YY')", "2069-06-05"),
            ("to_date('05-06-70', 'DD-MM-YY')", "1970-06-05"),
            ("to_date('2024-060', 'YYYY-DDD')", "2024-02-29"),
            ("to_date('2024-W09-4', 'IYYY-\"W\"IW-ID')", "2024-02-29"),
            ("to_date('44-02-01 BC', 'YYYY-MM-DD BC')", "0044-02-01 BC"),
            ("to_date('1 4 1902', 'Q MM YYYY')", "1902-04-01"),
            ("to_date('2460370', 'J')", "2024-02-29"),
            ("to_date('2024 13 01', 'YYYY MM DD')", "!22008"),
            ("to_date('21 2024', 'DD YYYY')", "2024-01-21"),
            ("to_date('abc', 'YYYY')", "!22007"),
            ("to_date('', 'YYYY')", "0001-01-01 BC"),
            ("to_date('IV', 'RM')", "0001-04-01 BC"),
            ("to_date('3rd of Jan 2020', 'DDth \"of\" Mon YYYY')", "2020-01-03"),
            ("to_date('  2024', 'YYYY')", "2024-01-01"),
            ("to_date('2024/02.03', 'YYYY-MM-DD')", "2024-02-03"),
        ])
    }

    @Test func momentsRead() {
        session.check([
            ("to_timestamp('2024-02-29 13:05:09', 'YYYY-MM-DD HH24:MI:SS')", "2024-02-29 13:05:09+00"),
            ("to_timestamp('2024-02-29 01:05:09 PM', 'YYYY-MM-DD HH12:MI:SS PM')", "2024-02-29 13:05:09+00"),
            ("to_timestamp('12.34.56.789', 'HH24.MI.SS.MS')", "0001-01-01 12:34:56.789+00 BC"),
            ("to_timestamp('2024-02-29 13:05:09.1234567', 'YYYY-MM-DD HH24:MI:SS.US')", "!22008"),
            ("to_timestamp('2018-11-02 12:34:56.12345', 'YYYY-MM-DD HH24:MI:SS.FF1')", "2018-11-02 12:34:56.1+00"),
            ("to_timestamp('2018-11-02 12:34:56.12345', 'YYYY-MM-DD HH24:MI:SS.FF4')", "2018-11-02 12:34:56.1235+00"),
            ("to_timestamp('2011-12-18 11:38 +05:20', 'YYYY-MM-DD HH12:MI TZH:TZM')", "2011-12-18 06:18:00+00"),
            ("to_timestamp('2011-12-18 25:38', 'YYYY-MM-DD HH24:MI')", "!22008"),
            ("to_timestamp('2011-12-18 13:38 PM', 'YYYY-MM-DD HH12:MI PM')", "!22007"),
            ("to_timestamp('45296', 'SSSSS')", "0001-01-01 12:34:56+00 BC"),
            ("to_timestamp('0097/Feb/16 --> 08:14:30', 'YYYY/Mon/DD --> HH:MI:SS')", "0097-02-16 08:14:30+00"),
            (
                "to_timestamp('15 \"text between quote marks\" 98 54 45', 'HH24 \"\\\\\"text between quote marks\\\\\"\" YY MI SS')",
                "!22007"
            ),
            ("to_timestamp('2000   +   JUN', 'YYYY MON')", "2000-06-01 00:00:00+00"),
            ("to_timestamp('1,000,000', 'Y,YYY,YYY')", "!22007"),
        ])
    }

    @Test func numbersWritten() {
        session.check([
            ("to_char(1234.567, '9,999.99')", " 1,234.57"),
            ("to_char(-1234.567, '9,999.99')", "-1,234.57"),
            ("to_char(1234.567, 'FM9,999.99')", "1,234.57"),
            ("to_char(0.5, '9.99')", "  .50"),
            ("to_char(0.5, '0.99')", " 0.50"),
            ("to_char(0.5, 'FM9.99')", ".5"),
            ("to_char(12, '00000')", " 00012"),
            ("to_char(12345, '999')", " ###"),
            ("to_char(-5, '999MI')", "  5-"),
            ("to_char(5, '999MI')", "  5 "),
            ("to_char(-5, '999PR')", "  <5>"),
            ("to_char(5, '999PR')", "   5 "),
            ("to_char(-5, 'S999')", "  -5"),
            ("to_char(5, '999S')", "  5+"),
            ("to_char(5, 'SG99')", "+ 5"),
            ("to_char(-5, 'PL99')", "  -5"),
            ("to_char(485, 'RN')", "        CDLXXXV"),
            ("to_char(485, 'FMRN')", "CDLXXXV"),
            ("to_char(4000, 'RN')", "###############"),
            ("to_char(3, '9th')", " 3rd"),
            ("to_char(11, '99TH')", " 11TH"),
            ("to_char(1234.5, 'L9999.99')", "  1234.50"),
            ("to_char(123456.789, '9.99EEEE')", " 1.23e+05"),
            ("to_char(-0.00012, '9.999EEEE')", "-1.200e-04"),
            ("to_char(12.34, '99V99')", " 1234"),
            ("to_char(0, '9999')", "    0"),
            ("to_char(0, 'FM9999')", "0"),
            ("to_char(1e10::float8, '9999')", " ####"),
            ("to_char(123.456::float4, '999.999')", " 123.456"),
            ("to_char(1234, '9G999D99')", " 1,234.00"),
            ("to_char(148.5, '999D999')", " 148.500"),
            ("to_char(-0.1, '99.99')", "  -.10"),
            ("to_char(12, 'B99')", " 12"),
            ("to_char(0, 'B9.99')", "  .00"),
            ("to_char(null::int, '999')", "NULL"),
        ])
    }

    @Test func numbersRead() {
        session.check([
            ("to_number('1,234.56', '9,999.99')", "1234.56"),
            ("to_number('-34,338,492', '99G999G999')", "-34338492"),
            ("to_number('<564646.654564>', '999999.999999PR')", "-564646.654564"),
            ("to_number('0.00001-', '9.999999S')", "-0.00001"),
            ("to_number('5.01-', 'FM9.999999MI')", "-5.01"),
            ("to_number('.01', '99.99')", "0.01"),
            ("to_number('.0', '99.99')", "0.0"),
            ("to_number('0', '99.99')", "0"),
            ("to_number('- 1 2 3', '99S99')", "-123"),
            ("to_number('$1234.5', 'L9999.9')", "1234.5"),
            ("to_number('1234.5 text', '9999.9')", "1234.5"),
            ("to_number('', '9')", "!22P02"),
            ("to_number('abc', '999')", "!22P02"),
            ("to_number('12-34', '99-99')", "1234"),
            ("to_number('42nd', '99th')", "42"),
            ("to_number('123456', '99G999')", "12345"),
        ])
    }
}
