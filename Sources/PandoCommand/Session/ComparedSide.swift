import Ground
import httpd

/// What is compared by digests: a state of a file, or of what a server serves.
protocol ComparedSide {
    /// Whether digests are found without reading records.
    var keepsDigests: Bool { get throws }
    /// Ranges of keys as they are here, in the order in which they were given.
    func digests(_ ranges: [KeyRangeBounds]) throws -> [DigestedRange]
    /// The same, each in at most ``DigestedRange/partCount`` parts.
    func parts(_ ranges: [KeyRangeBounds]) throws -> [[DigestedRange]]
    /// The first records of each range, at most ``DigestedRange/partCount``.
    func records(_ ranges: [KeyRangeBounds], withValues: Bool) throws -> [[DigestedRecord]]
    /// What the table with that id is called, `DB.TABLE`; nil if there is none.
    func tableName(_ id: String) throws -> String?
}

/// From a key on, below another one; nil: to the end.
struct KeyRangeBounds {
    var lower: [UInt8]
    var upper: [UInt8]?

    init(_ lower: [UInt8], _ upper: [UInt8]?) {
        self.lower = lower
        self.upper = upper
    }

    init(_ range: DigestedRange) { self.init(range.lower, range.upper) }
}

struct FileSide: ComparedSide {
    let snapshot: CatalogSnapshot
    /// Ends what would take long, in a file that keeps no digests.
    var cancellation: Cancellation?

    var keepsDigests: Bool { get throws { try snapshot.hasDigests } }

    func digests(_ ranges: [KeyRangeBounds]) throws -> [DigestedRange] {
        try ranges.map { try snapshot.digested($0.lower, $0.upper, stoppedBy: cancellation) }
    }

    func parts(_ ranges: [KeyRangeBounds]) throws -> [[DigestedRange]] {
        try ranges.map {
            try snapshot.digestedParts($0.lower, $0.upper, atMost: DigestedRange.partCount, stoppedBy: cancellation)
        }
    }

    func records(_ ranges: [KeyRangeBounds], withValues: Bool) throws -> [[DigestedRecord]] {
        try ranges.map { try snapshot.digestedRecords($0.lower, $0.upper, atMost: DigestedRange.partCount, withValues: withValues) }
    }

    func tableName(_ id: String) throws -> String? { try snapshot.table(id: id)?.qualifiedName }
}

/// What a server answers at `/_admin/digests`. One that is written to meanwhile answers each question as it is then.
final class ServerSide: ComparedSide {
    private let session: ServerSession?
    /// Asks the route.
    private let request: (_ body: [UInt8]) throws -> Datum
    private let asOf: String?

    init(_ address: ServerAddress, asOf: String?) {
        let session = ServerSession(address)
        session.asOf = asOf
        self.session = session
        self.asOf = asOf
        request = { try session.request("POST", ServerSide.path, body: $0) }
    }

    /// As a standby asks its primary; tables have no names here.
    init(_ request: @escaping (_ path: String, _ body: [UInt8]) throws -> Datum) {
        session = nil
        asOf = nil
        self.request = { try request(ServerSide.path, $0) }
    }

    private static let path = "/_admin/digests"

    var keepsDigests: Bool { get throws { try ask([], .nothing)[field: "kept"]?.bool == true } }

    func digests(_ ranges: [KeyRangeBounds]) throws -> [DigestedRange] {
        try answers(ranges, .nothing).map { try $0.read(DigestedRange.init(json:)) }
    }

    func parts(_ ranges: [KeyRangeBounds]) throws -> [[DigestedRange]] {
        try answers(ranges, .parts).map { try ($0[field: "parts"] ?? .null).elements.map { try $0.read(DigestedRange.init(json:)) } }
    }

    func records(_ ranges: [KeyRangeBounds], withValues: Bool) throws -> [[DigestedRecord]] {
        try answers(ranges, .records, withValues: withValues).map {
            try ($0[field: "records"] ?? .null).elements.map { try $0.read(DigestedRecord.init(json:)) }
        }
    }

    func tableName(_ id: String) throws -> String? {
        let name = "r.db('rethinkdb').table('table_config').get(\(Datum(id))).do(t => t('db').add('.').add(t('name'))).default(null)"
        return try session?.ask(name).string
    }

    private func answers(_ ranges: [KeyRangeBounds], _ detail: DigestedDetail, withValues: Bool = false) throws -> [Datum] {
        if ranges.isEmpty { return [] }
        let answers = try ask(ranges, detail, withValues: withValues)[field: "ranges"] ?? .null
        guard answers.count == ranges.count else { throw unreadable }
        return Array(answers.elements)
    }

    private func ask(_ ranges: [KeyRangeBounds], _ detail: DigestedDetail, withValues: Bool = false) throws -> Datum {
        let asked = ranges.map { range in
            Datum(
                fields: [("from", Datum(range.lower.hexadecimal))] + (range.upper.map { [("to", Datum($0.hexadecimal))] } ?? []))
        }
        var fields: [(String, Datum)] = [
            ("ranges", Datum(elements: asked)), ("tell", Datum(detail.rawValue)), ("values", Datum(withValues)),
        ]
        if let asOf { fields.append(("as_of", Datum(asOf))) }
        return try request(Array(Datum(fields: fields).description.utf8))
    }
}

private let unreadable = CommandError.failed("The server doesn't answer as this version of pando expects.")

extension Datum {
    fileprivate func read<Value>(_ read: (Datum) -> Value?) throws -> Value {
        guard let value = read(self) else { throw unreadable }
        return value
    }
}
