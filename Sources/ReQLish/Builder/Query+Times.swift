extension R {
    // MARK: Making times

    /// The time at which the query began, the same everywhere in it. `r.now()`
    public func now() -> Query { Query(.now) }

    /// A time from seconds since 1970-01-01T00:00:00Z. `r.epochTime(1700000000)`
    public func epochTime(_ seconds: some QueryConvertible) -> Query { Query(.epochTime, [seconds.query]) }

    /// A time from ISO 8601 text. `r.ISO8601("2024-02-29T12:00:00Z")`
    public func iso8601(_ text: some QueryConvertible, defaultTimezone: String? = nil) -> Query {
        Query(.iso8601, [text.query], options: [("default_timezone", defaultTimezone?.query)])
    }

    /// Midnight of a day. `r.time(2024, 2, 29, "Z")`
    public func time(
        _ year: some QueryConvertible, _ month: some QueryConvertible, _ day: some QueryConvertible, _ timezone: some QueryConvertible
    ) -> Query {
        Query(.time, Query.list(year, month, day, timezone))
    }

    /// A time of a day. `r.time(2024, 2, 29, 12, 30, 15.5, "+02:00")`
    public func time(
        _ year: some QueryConvertible, _ month: some QueryConvertible, _ day: some QueryConvertible, _ hours: some QueryConvertible,
        _ minutes: some QueryConvertible, _ seconds: some QueryConvertible, _ timezone: some QueryConvertible
    ) -> Query {
        Query(.time, Query.list(year, month, day, hours, minutes, seconds, timezone))
    }

    // MARK: Days and months by name

    /// 1. `r.monday`
    public var monday: Query { Query(.monday) }
    /// 2. `r.tuesday`
    public var tuesday: Query { Query(.tuesday) }
    /// 3. `r.wednesday`
    public var wednesday: Query { Query(.wednesday) }
    /// 4. `r.thursday`
    public var thursday: Query { Query(.thursday) }
    /// 5. `r.friday`
    public var friday: Query { Query(.friday) }
    /// 6. `r.saturday`
    public var saturday: Query { Query(.saturday) }
    /// 7. `r.sunday`
    public var sunday: Query { Query(.sunday) }
    /// 1. `r.january`
    public var january: Query { Query(.january) }
    /// 2. `r.february`
    public var february: Query { Query(.february) }
    /// 3. `r.march`
    public var march: Query { Query(.march) }
    /// 4. `r.april`
    public var april: Query { Query(.april) }
    /// 5. `r.may`
    public var may: Query { Query(.may) }
    /// 6. `r.june`
    public var june: Query { Query(.june) }
    /// 7. `r.july`
    public var july: Query { Query(.july) }
    /// 8. `r.august`
    public var august: Query { Query(.august) }
    /// 9. `r.september`
    public var september: Query { Query(.september) }
    /// 10. `r.october`
    public var october: Query { Query(.october) }
    /// 11. `r.november`
    public var november: Query { Query(.november) }
    /// 12. `r.december`
    public var december: Query { Query(.december) }
}

extension Query {
    // MARK: Reading times

    /// ISO 8601 text. `t.toISO8601()`
    public func toISO8601() -> Query { Query(.toISO8601, [self]) }
    /// Seconds since 1970-01-01T00:00:00Z. `t.toEpochTime()`
    public func toEpochTime() -> Query { Query(.toEpochTime, [self]) }
    /// The same instant in another zone. `t.inTimezone("+02:00")`
    public func inTimezone(_ zone: some QueryConvertible) -> Query { Query(.inTimezone, [self, zone.query]) }
    /// The zone as text. `t.timezone()`
    public func timezone() -> Query { Query(.timezone, [self]) }
    /// Midnight of its day. `t.date()`
    public func date() -> Query { Query(.date, [self]) }
    /// Seconds since midnight. `t.timeOfDay()`
    public func timeOfDay() -> Query { Query(.timeOfDay, [self]) }
    /// `t.year()`
    public func year() -> Query { Query(.year, [self]) }
    /// 1 to 12. `t.month()`
    public func month() -> Query { Query(.month, [self]) }
    /// 1 to 31. `t.day()`
    public func day() -> Query { Query(.day, [self]) }
    /// 1, Monday, to 7. `t.dayOfWeek()`
    public func dayOfWeek() -> Query { Query(.dayOfWeek, [self]) }
    /// 1 to 366. `t.dayOfYear()`
    public func dayOfYear() -> Query { Query(.dayOfYear, [self]) }
    /// 0 to 23. `t.hours()`
    public func hours() -> Query { Query(.hours, [self]) }
    /// 0 to 59. `t.minutes()`
    public func minutes() -> Query { Query(.minutes, [self]) }
    /// 0 up to 60, with milliseconds. `t.seconds()`
    public func seconds() -> Query { Query(.seconds, [self]) }

    /// Whether a time is in a range. `t.during(start, end, {rightBound: "closed"})`
    public func during(
        _ start: some QueryConvertible, _ end: some QueryConvertible, leftBound: Bound? = nil, rightBound: Bound? = nil
    ) -> Query {
        Query(.during, [self, start.query, end.query], options: Self.bounds(leftBound, rightBound))
    }
}
