/// Dates, times and intervals from text.
enum DateTimeInput {
    static func value(_ text: String, _ type: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue {
        do throws(DateTimeFault) {
            switch type.oid {
            case SQLType.interval.oid:
                let fields = type.modifier >= 0 ? IntervalReader.Fields(rawValue: type.modifier >> 16 & 0x7FFF) : []
                let isAny = fields.rawValue == 0x7FFF
                let value = try IntervalReader.read(text, fields: isAny ? [] : fields, style: session.settings.intervalStyle)
                return .interval(LengthCoercion.interval(value, type.modifier))
            case SQLType.time.oid, SQLType.timetz.oid: return try time(text, type, session)
            default: return try moment(text, type, session)
            }
        } catch {
            let name =
                switch type.oid {
                case SQLType.time.oid: "time"
                case SQLType.timestamp.oid: "timestamp"
                default: TypeTable.entry(type.oid)?.displayName ?? ""
                }
            throw error.error(text, type: name)
        }
    }

    private static func time(_ text: String, _ type: SQLType, _ session: any SQLSession) throws(DateTimeFault) -> SQLValue {
        let reader = try DateTimeReader(text, order: session.settings.dateOrder, isTimeOnly: true)
        let zone = session.settings.timeZone
        let broken: BrokenDownTime
        var offset: Int32
        if reader.special == .now {
            broken = BrokenDownTime(timestamptz: session.transactionTime, zone: zone)
            offset = Int32(broken.offset)
        } else {
            guard reader.special == nil else { throw .format }
            broken = reader.time
            // Where the zone has no fixed offset, that of the date counts: the text's, or today's.
            let today = BrokenDownTime(timestamptz: session.transactionTime, zone: zone)
            let date = reader.hasDate ? reader.time : today
            let local = Int64(date.julianDay - Calendar.julianEpoch) * Calendar.microsecondsPerDay + broken.microsecondsOfDay
            if let given = reader.offset {
                offset = given
            } else if let named = reader.zone {
                guard reader.hasDate || !isVariable(named) else { throw .format }
                offset = named.offset(ofLocal: local)
            } else {
                offset = zone.offset(ofLocal: local)
            }
        }
        let microseconds = LengthCoercion.microseconds(broken.microsecondsOfDay, type.modifier)
        return type.oid == SQLType.time.oid ? .time(microseconds) : .timetz(microseconds, west: -offset)
    }

    private static func isVariable(_ zone: SQLTimeZone) -> Bool { zone.offset(ofLocal: 0) != zone.offset(ofLocal: 15_724_800_000_000) }

    private static func moment(_ text: String, _ type: SQLType, _ session: any SQLSession) throws(DateTimeFault) -> SQLValue {
        let reader = try DateTimeReader(text, order: session.settings.dateOrder)
        let zone = session.settings.timeZone
        var local: Int64
        var days: Int
        if let special = reader.special {
            let now = BrokenDownTime(timestamptz: session.transactionTime, zone: zone)
            days = now.julianDay - Calendar.julianEpoch
            switch special {
            case .infinity, .negativeInfinity:
                let isNegative = special == .negativeInfinity
                switch type.oid {
                case SQLType.date.oid: return .date(isNegative ? Calendar.negativeInfiniteDate : Calendar.infiniteDate)
                case SQLType.timestamp.oid:
                    return .timestamp(isNegative ? Calendar.negativeInfiniteTimestamp : Calendar.infiniteTimestamp)
                default: return .timestamptz(isNegative ? Calendar.negativeInfiniteTimestamp : Calendar.infiniteTimestamp)
                }
            case .epoch:
                if type.oid == SQLType.timestamptz.oid { return .timestamptz(-Int64(Calendar.unixEpochDays) * Calendar.microsecondsPerDay) }
                days = -Calendar.unixEpochDays
                local = Int64(days) * Calendar.microsecondsPerDay
            case .now:
                if type.oid == SQLType.timestamptz.oid { return .timestamptz(session.transactionTime) }
                local = now.timestamp ?? 0
            case .today, .tomorrow, .yesterday:
                days += special == .tomorrow ? 1 : special == .yesterday ? -1 : 0
                local = Int64(days) * Calendar.microsecondsPerDay + (reader.hasTime ? reader.time.microsecondsOfDay : 0)
            }
        } else {
            days = reader.time.julianDay - Calendar.julianEpoch
            // A moment in another zone may be a day before the first date of all.
            guard Calendar.isDate(days: type.oid == SQLType.timestamptz.oid ? days + 1 : days) else { throw .fieldOverflow }
            if type.oid == SQLType.date.oid { return .date(Int32(days)) }
            let (start, isTooFar) = Int64(days).multipliedReportingOverflow(by: Calendar.microsecondsPerDay)
            let (moment, overflows) = start.addingReportingOverflow(reader.time.microsecondsOfDay)
            guard !isTooFar, !overflows, type.oid == SQLType.timestamptz.oid || Calendar.isTimestamp(moment) else { throw .fieldOverflow }
            local = moment
        }
        if type.oid == SQLType.date.oid { return .date(Int32(days)) }
        if type.oid == SQLType.timestamp.oid {
            guard let rounded = LengthCoercion.timestamp(local, type.modifier) else { throw .fieldOverflow }
            return .timestamp(rounded)
        }
        let offset = reader.offset ?? (reader.zone ?? zone).offset(ofLocal: local)
        let (moment, overflows) = local.subtractingReportingOverflow(Int64(offset) * 1_000_000)
        guard !overflows, Calendar.isTimestamp(moment), let rounded = LengthCoercion.timestamp(moment, type.modifier),
            Calendar.isTimestamp(rounded)
        else { throw .fieldOverflow }
        return .timestamptz(rounded)
    }
}
