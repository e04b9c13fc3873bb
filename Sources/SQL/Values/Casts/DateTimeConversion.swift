/// Casts among dates, times and intervals.
enum DateTimeConversion {
    static func outOfRange(_ type: String) -> SQLError { SQLError(.datetimeFieldOverflow, "\(type) out of range") }

    /// Nil if there is no such cast.
    static func convert(_ value: SQLValue, to: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue? {
        let zone = session.settings.timeZone
        switch (value, to.oid) {
        case (.date(let days), SQLType.timestamp.oid): return .timestamp(try timestamp(days))
        case (.date(let days), SQLType.timestamptz.oid):
            let local = try timestamp(days)
            return .timestamptz(try utc(local, zone))
        case (.timestamp(let moment), SQLType.date.oid): return .date(date(moment))
        case (.timestamp(let moment), SQLType.time.oid):
            return isInfinite(moment) ? .null : .time(Calendar.split(moment).microseconds)
        case (.timestamp(let moment), SQLType.timestamptz.oid): return .timestamptz(try utc(moment, zone))
        case (.timestamptz(let moment), SQLType.timestamp.oid): return .timestamp(try local(moment, zone))
        case (.timestamptz(let moment), SQLType.date.oid): return .date(date(try local(moment, zone)))
        case (.timestamptz(let moment), SQLType.time.oid):
            return isInfinite(moment) ? .null : .time(Calendar.split(try local(moment, zone)).microseconds)
        case (.timestamptz(let moment), SQLType.timetz.oid):
            if isInfinite(moment) { return .null }
            return .timetz(Calendar.split(try local(moment, zone)).microseconds, west: -zone.local(moment).offset)
        case (.time(let time), SQLType.interval.oid): return .interval(Interval(microseconds: time))
        case (.time(let time), SQLType.timetz.oid):
            let today = BrokenDownTime(timestamptz: session.transactionTime, zone: zone)
            let local = Int64(today.julianDay - Calendar.julianEpoch) * Calendar.microsecondsPerDay + time
            return .timetz(time, west: -zone.offset(ofLocal: local))
        case (.timetz(let time, _), SQLType.time.oid): return .time(time)
        case (.interval(let interval), SQLType.time.oid):
            return .time(Calendar.floorDivide(interval.microseconds, Calendar.microsecondsPerDay).remainder)
        default: return nil
        }
    }

    static func isInfinite(_ moment: Int64) -> Bool { moment == .min || moment == .max }

    static func timestamp(_ days: Int32) throws(SQLError) -> Int64 {
        if days == Calendar.infiniteDate { return Calendar.infiniteTimestamp }
        if days == Calendar.negativeInfiniteDate { return Calendar.negativeInfiniteTimestamp }
        guard let moment = Calendar.timestamp(days: Int(days), microseconds: 0) else {
            throw SQLError(.datetimeFieldOverflow, "date out of range for timestamp")
        }
        return moment
    }

    static func date(_ moment: Int64) -> Int32 {
        if moment == .max { return Calendar.infiniteDate }
        if moment == .min { return Calendar.negativeInfiniteDate }
        return Int32(Calendar.split(moment).days)
    }

    static func utc(_ local: Int64, _ zone: SQLTimeZone) throws(SQLError) -> Int64 {
        if isInfinite(local) { return local }
        guard let moment = zone.utc(ofLocal: local) else { throw outOfRange("timestamp") }
        return moment
    }

    static func local(_ moment: Int64, _ zone: SQLTimeZone) throws(SQLError) -> Int64 {
        if isInfinite(moment) { return moment }
        let (result, overflow) = moment.addingReportingOverflow(Int64(zone.local(moment).offset) * 1_000_000)
        guard !overflow, Calendar.isTimestamp(result) else { throw outOfRange("timestamp") }
        return result
    }
}
