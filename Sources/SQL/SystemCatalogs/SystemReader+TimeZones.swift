// What the clocks of all zones show when the transaction began.
extension SystemReader {
    func zoneNames(_ relation: SystemRelation) -> [[SQLValue]] {
        let now = session.transactionTime
        return SQLTimeZone.all().map { zone in
            let (offset, abbreviation) = zone.local(now)
            return relation.row([
                "name": .text(zone.name), "abbrev": .text(abbreviation), "utc_offset": Self.interval(offset),
                "is_dst": .bool(zone.isDaylightSaving(now)),
            ])
        }
    }

    func zoneAbbreviations(_ relation: SystemRelation) -> [[SQLValue]] {
        let now = session.transactionTime
        return ZoneAbbreviations.all.compactMap { name in
            let (offset, isDaylightSaving): (Int32, Bool)
            switch ZoneAbbreviations.meaning(name) {
            case .offset(let seconds): (offset, isDaylightSaving) = (seconds, ZoneAbbreviations.daylightSaving.contains(name))
            case .zone(let zone): (offset, isDaylightSaving) = (zone.local(now).offset, zone.isDaylightSaving(now))
            case nil: return nil
            }
            return relation.row([
                "abbrev": .text(name.uppercased()), "utc_offset": Self.interval(offset), "is_dst": .bool(isDaylightSaving),
            ])
        }
    }

    private static func interval(_ seconds: Int32) -> SQLValue { .interval(Interval(microseconds: Int64(seconds) * 1_000_000)) }
}
