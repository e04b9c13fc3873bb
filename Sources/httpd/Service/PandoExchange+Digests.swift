import Ground
import ReQLish

/// What `/_admin/digests` tells of each range beside its count and its digest.
package enum DigestedDetail: String, CaseIterable {
    case nothing
    /// The range in at most 16 parts.
    case parts
    /// The records themselves, in a range of at most 16.
    case records
}

// Digests: what copies of a file on two machines are compared by.
extension PandoExchange {
    /// `GET /<db>/<table>/_digest`.
    func digest(of path: TablePath) throws {
        let (state, table) = try readTable(path)
        let digest = try state.digest(in: table, stoppedBy: cancellation)
        send(["digest": Datum(digest), "count": Datum(try state.documentCount(in: table)), "kept": Datum(try state.hasDigests)])
    }

    /// `POST /_admin/digests`: of ranges of keys, which are given in hexadecimal digits.
    func digests() throws {
        try requireAdministrator()
        let fields = try fields(of: "A question for digests", ["ranges", "tell", "values", "as_of"])
        let detail =
            try fields.read("tell", "one of \(DigestedDetail.allCases.map(\.rawValue).joined(separator: ", "))") {
                $0.string.flatMap(DigestedDetail.init(rawValue:))
            } ?? .nothing
        let withValues = try fields.read("values", "true or false", \.bool) ?? false
        let state =
            try fields.read("as_of", "the name of a state, a time or the number of a commit, as a text", \.string)
            .map { try catalog.snapshot(asOf: try StateReference(text: $0)) } ?? catalog.snapshot()
        let ranges = try fields.require("ranges", "an array of at most 256 objects") { $0.kind == .array && $0.count <= 256 ? $0 : nil }
        var answers: [Datum] = []
        for element in ranges.elements {
            if let cancellation, cancellation.isCancelled { throw Cancellation.error }
            let range = try BodyFields(element, of: "A range", known: ["from", "to"])
            let expected = "bytes of a key as hexadecimal digits"
            let lower = try range.require("from", expected) { $0.string.flatMap { [UInt8](hexadecimal: $0) } }
            let upper = try range.read("to", expected) { $0.string.flatMap { [UInt8](hexadecimal: $0) } }
            let digested = try state.digested(lower, upper, stoppedBy: cancellation)
            var answer = digested.fields
            switch detail {
            case .nothing: break
            case .parts:
                let parts = try state.digestedParts(lower, upper, atMost: DigestedRange.partCount, stoppedBy: cancellation)
                answer.append(("parts", Datum(elements: parts.map { Datum(fields: $0.fields) })))
            case .records:
                let records = try state.digestedRecords(lower, upper, atMost: DigestedRange.partCount, withValues: withValues)
                answer.append(("records", Datum(elements: records.map { Datum(fields: $0.fields) })))
            }
            let datum = Datum(fields: answer)
            try holdAnswer(datum)
            answers.append(datum)
        }
        let kept = try state.hasDigests
        send(["commit": Datum(Int(state.transaction)), "kept": Datum(kept), "ranges": try .array(answers)])
    }
}

extension DigestedRange {
    /// How many parts a range is cut into, and how many records of one are told.
    package static let partCount = 16

    /// As JSON; keys are hexadecimal digits, as they may hold any bytes.
    fileprivate var fields: [(String, Datum)] {
        [("from", Datum(lower.hexadecimal))] + (upper.map { [("to", Datum($0.hexadecimal))] } ?? [])
            + [("count", Datum(count)), ("digest", Datum(digest))]
    }

    /// What `/_admin/digests` answers for a range, or a part of one; nil if it is anything else.
    package init?(json: Datum) {
        guard let lower = json[field: "from"]?.string.flatMap({ [UInt8](hexadecimal: $0) }), let count = json[field: "count"]?.integer,
            let digest = json[field: "digest"]?.string
        else { return nil }
        var upper: [UInt8]?
        if let to = json[field: "to"] {
            guard let bytes = to.string.flatMap({ [UInt8](hexadecimal: $0) }) else { return nil }
            upper = bytes
        }
        self.init(lower: lower, upper: upper, count: count, digest: digest)
    }
}

extension DigestedRecord {
    fileprivate var fields: [(String, Datum)] {
        [("key", Datum(key.hexadecimal)), ("digest", Datum(digest))]
            + (value.map { [("value", Datum(String($0.prefix(PandoExchange.shownCharacters))))] } ?? [])
    }

    /// What `/_admin/digests` answers for a record.
    package init?(json: Datum) {
        guard let key = json[field: "key"]?.string.flatMap({ [UInt8](hexadecimal: $0) }), let digest = json[field: "digest"]?.string else {
            return nil
        }
        self.init(key: key, digest: digest, value: json[field: "value"]?.string)
    }
}
