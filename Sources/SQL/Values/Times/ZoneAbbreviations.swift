/// What people write for a zone's offset: the abbreviations that PostgreSQL reads by default.
enum ZoneAbbreviations {
    enum Meaning {
        /// Seconds east of UTC.
        case offset(Int32)
        /// What the zone's clocks meant by it at the time: its offset has changed.
        case zone(SQLTimeZone)
    }

    /// Minutes east of UTC.
    private static let fixed = """
        acdt 630, acsst 630, acst 570, act -300, acwst 525, adt -180, aedt 660, aesst 660, aest 600, aft 270, akdt -480, akst
        -540, almst 420, almt 360, amt -240, ast -240, awsst 540, awst 480, azost 0, azot -60, bdst 120, bdt 360, bnt 480, bort
        480, bot -240, bra -180, brst -120, brt -180, bst 60, btt 360, cadt 630, cast 570, cct 480, cdt -300, cest 120, cet 60,
        cetdst 120, chadt 825, chast 765, chut 600, clst -180, cot -300, cst -360, cxt 420, ddut 600, eat 180, edt -240, eest
        180, eet 120, eetdst 180, egst 0, egt -60, est -300, fet 180, fjst 780, fjt 720, fnst -60, fnt -120, galt -360, gamt
        -540, gft -180, gilt 720, gmt 0, hkt 480, hst -600, ict 420, idt 180, irt 210, ist 120, jayt 540, jst 540, kdt 600, kgst
        360, kst 540, lhst 630, ligt 600, mart -570, mdt -360, mest 120, mesz 120, met 60, metdst 120, mez 60, mht 720, mmt 390,
        mpt 600, msd 240, mst -420, must 300, mut 240, mvt 300, myt 480, ndt -150, nft -210, npt 345, nst -210, nzdt 780, nzst
        720, nzt 720, pdt -420, pet -300, pgt 600, pht 480, pkst 360, pkt 300, pmdt -120, pmst -180, pont 660, pst -480, pwt
        540, pyst -180, ret 240, sadt 630, sast 120, sct 240, taht -600, tft 300, tjt 300, tot 780, trut 600, tvt 720, uct 0,
        ulast 540, ut 0, utc 0, uyst -120, uyt -180, uzst 360, uzt 300, vut 660, wadt 480, wakt 720, wast 420, wat 60, wdt 540,
        wet 0, wetdst 60, wft 720, wgst -120, wgt -180, xjt 360, yapt 600, yekst 360, z 0, zulu 0
        """

    /// Zones, each with its abbreviations.
    private static let changing = """
        America/Argentina/Buenos_Aires arst art, America/Asuncion pyt, America/Caracas vet, America/Guyana gyt, America/Santiago
        clt, Antarctica/Davis davt, Antarctica/Mawson mawt, Asia/Anadyr anast anat, Asia/Ashgabat tmt, Asia/Baku azst azt,
        Asia/Bishkek kgt, Asia/Colombo lkt, Asia/Irkutsk irkst irkt, Asia/Kamchatka petst pett, Asia/Krasnoyarsk krast krat,
        Asia/Magadan magst magt, Asia/Novosibirsk novst novt, Asia/Omsk omsst omst, Asia/Singapore sgt, Asia/Tbilisi gest get,
        Asia/Ulaanbaatar ulat, Asia/Vladivostok vlast vlat, Asia/Yakutsk yakst yakt, Asia/Yekaterinburg yekt, Asia/Yerevan amst,
        Atlantic/Stanley fkst fkt, Australia/Lord_Howe lhdt, Europe/Moscow msk, Europe/Volgograd volt, Indian/Chagos iot,
        Pacific/Easter easst east, Pacific/Fakaofo tkt, Pacific/Kiritimati lint, Pacific/Kosrae kost, Pacific/Niue nut,
        Pacific/Rarotonga ckt
        """

    /// Those of ``fixed`` that stand for clocks in summer.
    static let daylightSaving: Set<String> = Set(
        """
        acdt acsst adt aedt aesst akdt almst awsst azost bdst brst bst cadt cdt cest cetdst chadt clst edt eest eetdst egst fjst fnst idt
        kdt kgst mdt mest mesz metdst msd must ndt nzdt pdt pkst pmdt pyst sadt ulast uyst uzst wadt wdt wetdst wgst yekst
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// All that there are, in the order of their letters.
    static var all: [String] { (Array(offsets.keys) + zones.keys).sorted() }

    private static func entries(_ list: String) -> [[String]] {
        list.split(separator: ",").map { entry in entry.split(whereSeparator: \.isWhitespace).map(String.init) }
    }

    private static let offsets: [String: Int32] = {
        var offsets: [String: Int32] = [:]
        for entry in entries(fixed) where entry.count == 2 { offsets[entry[0]] = (Int32(entry[1]) ?? 0) * 60 }
        return offsets
    }()

    private static let zones: [String: String] = {
        var zones: [String: String] = [:]
        for entry in entries(changing) { for abbreviation in entry.dropFirst() { zones[abbreviation] = entry[0] } }
        return zones
    }()

    /// Whatever the case of its letters. Nil if it is none.
    static func meaning(_ name: String) -> Meaning? {
        let name = name.lowercased()
        if let offset = offsets[name] { return .offset(offset) }
        return zones[name].flatMap { SQLTimeZone(abbreviation: name.uppercased(), of: $0) }.map { .zone($0) }
    }
}
