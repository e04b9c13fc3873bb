/// The rows that a text index finds for texts, the best first; of equal ones those with the lower keys.
final class TextSearchRows: Rows {
    let reference: TableReference
    private let index: IndexConfig
    private let texts: [String]
    let options: SearchOptions
    private let site: Site
    private let queries: [TextQuery]

    /// - Parameter texts: a row that several find has the best score of them.
    init(
        _ reference: TableReference, _ index: IndexConfig, _ texts: [String], _ options: SearchOptions, at site: Site
    ) throws(ReQLError) {
        self.reference = reference
        self.index = index
        self.texts = texts
        self.options = options
        self.site = site
        let reader = try site.reading(TextIndexReader(index, in: reference.config, reference.snapshot))
        var queries: [TextQuery] = []
        for text in texts { queries.append(try site.reading(reader.query(text, options.query))) }
        self.queries = queries
        let names = reader.definition.fields.map(\.name)
        for name in (options.highlighted ?? []) + options.snippets.map(\.field) where !names.contains(name) {
            throw site.error(
                .queryLogic,
                "Index `\(index.name)` has no field `\(name)` to show; it has \(names.map { "`\($0)`" }.joined(separator: ", ")).")
        }
        if let name = options.field, name == reference.config.primaryKey {
            throw site.error(.queryLogic, "`as` names the primary key `\(name)`, which it would replace.")
        }
        super.init(options.isPlain ? .selection : .stream)
    }

    override var table: TableReference? { options.isPlain ? reference : nil }
    override func binding(_ slots: [Slot]) -> Rows { self }

    private func reader(_ execution: Execution) throws(ReQLError) -> TextIndexReader {
        try site.reading(TextIndexReader(index, in: reference.config, reference.snapshot, stoppedBy: execution.cancellation))
    }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        guard options.isPlain else { throw site.notWatchable("scores hang on all documents") }
        let matcher = try reader(execution).matcher(queries)
        let all = WatchedRows(.range(.all, .unordered), of: reference, index: nil)
        return .rows(all.transformed { row throws(ReQLError) in matcher.finds(row) ? row : nil })
    }

    /// To count would be half the search.
    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? { nil }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        guard queries.count == 1 else { return nil }
        try reference.checkRead(at: site)
        var reader = try site.reading(TextIndexReader(index, in: reference.config, reference.snapshot))
        return try site.reading(reader.count(queries[0]))
    }

    override func countNotes() throws(ReQLError) -> [String] { [note, "counted without scores"] }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] { [note] }

    private var note: String {
        "text index `\(index.name)`: " + texts.map { Datum($0).shortText }.joined(separator: ", ")
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream { try open(execution, first: nil) }

    /// The stream of the first rows, of which so many are wanted; nil: all.
    func stream(_ execution: Execution, first count: Int?) throws(ReQLError) -> RowStream {
        try opening { () throws(ReQLError) in try open(execution, first: count) }
    }

    private func opening(_ body: () throws(ReQLError) -> RowStream) throws(ReQLError) -> RowStream {
        if let record { try record.opening(body) } else { try body() }
    }

    /// Of the table.
    var documentCount: Int {
        get throws(ReQLError) { try site.reading(reference.snapshot.unnoted.documentCount(in: reference.config)) }
    }

    /// How many documents are found at most, told by the lists alone.
    func mostDocuments(_ execution: Execution) throws(ReQLError) -> Int {
        let reader = try reader(execution)
        var most = 0
        for query in queries { most += try site.reading(reader.mostDocuments(query)) }
        return most
    }

    /// The rows with these primary keys that are found.
    func stream(_ execution: Execution, among keys: [Datum]) throws(ReQLError) -> RowStream {
        try opening { () throws(ReQLError) in try open(execution, among: keys) }
    }

    private func open(_ execution: Execution, first count: Int? = nil, among keys: [Datum]? = nil) throws(ReQLError) -> RowStream {
        try reference.checkRead(at: site)
        let reader = try reader(execution)
        let candidates = try keys.map { keys throws(ReQLError) in try site.reading(reader.candidates(keys)) }
        let stream = TextSearchStream(reader, queries, candidates, reference, first: count, record, execution)
        guard !options.isPlain else { return stream }
        let marks = RowMarks(reader, queries, options)
        return CompactMapStream(stream) { [site] row throws(ReQLError) in try marks.row(row, score: stream.score, at: site) }
    }
}

/// Reads the best documents, and more as they are pulled: each time many times as many.
private final class TextSearchStream: RowStream {
    private var reader: TextIndexReader
    private let queries: [TextQuery]
    private let candidates: TextIndexReader.Candidates?
    private let table: TableReference
    private let execution: Execution
    private let record: StepRecord?
    private let held: HeldMemory
    private var found: [TextIndexReader.Found] = []
    private var position = 0
    /// How many were asked for; nil: nothing yet.
    private var limit: Int?
    private let first: Int
    private var isComplete = false
    /// Of the row that was given last.
    private(set) var score = 0.0

    private static let growth = 8
    /// From here on all are asked for.
    private static let largest = 8_192

    init(
        _ reader: TextIndexReader, _ queries: [TextQuery], _ candidates: TextIndexReader.Candidates?, _ table: TableReference,
        first: Int?, _ record: StepRecord?, _ execution: Execution
    ) {
        self.reader = reader
        self.queries = queries
        self.candidates = candidates
        self.table = table
        self.first = first ?? 16
        self.record = record
        self.execution = execution
        held = HeldMemory(execution.memory)
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            try execution.check()
            guard position < found.count else {
                guard !isComplete else { return .end }
                try findMore()
                continue
            }
            let hit = found[position]
            position += 1
            guard let row = try table.get(hit.primaryKey, at: .root) else { continue }
            score = hit.score
            return .row(row)
        }
    }

    override func skip(_ count: Int) throws(ReQLError) {
        var left = count
        while left > 0 {
            if position < found.count {
                let step = min(left, found.count - position)
                position += step
                left -= step
            } else if isComplete {
                return
            } else {
                try findMore()
            }
        }
    }

    /// What was found is found again, and more behind it.
    private func findMore() throws(ReQLError) {
        var wanted = first
        if let limit { wanted = limit >= Self.largest / Self.growth ? .max : max(1, limit) * Self.growth }
        if wanted > Self.largest { wanted = .max }
        limit = wanted
        var all: [TextIndexReader.Found] = []
        for query in queries { all += try reading(reader.best(wanted, query, among: candidates)) }
        isComplete = all.count < wanted
        if queries.count > 1 {
            isComplete = wanted == .max
            all = Self.once(all)
            if all.count > wanted { all.removeSubrange(wanted...) }
        }
        // A key, a score, and what the search keeps of both.
        try held.add(byteCount: 160 * max(0, all.count - found.count))
        found = all
        noteWork()
    }

    /// Each document once, by its best score.
    private static func once(_ found: [TextIndexReader.Found]) -> [TextIndexReader.Found] {
        var seen: Set<Datum> = []
        return found.sorted { $0.score != $1.score ? $0.score > $1.score : $0.primaryKey < $1.primaryKey }
            .filter { seen.insert($0.primaryKey).inserted }
    }

    private func noteWork() {
        guard let record else { return }
        let beginning = "looked at "
        record.notes.removeAll { $0.hasPrefix(beginning) }
        record.notes.append(reader.work.text)
    }
}

/// Adds to rows what a search knows of them: the score, and texts with marks.
private struct RowMarks {
    private let reader: TextIndexReader
    private let queries: [TextQuery]
    private let options: SearchOptions

    init(_ reader: TextIndexReader, _ queries: [TextQuery], _ options: SearchOptions) {
        self.reader = reader
        self.queries = queries
        self.options = options
    }

    func row(_ row: Datum, score: Double, at site: Site) throws(ReQLError) -> Datum {
        var told: [(String, Datum)] = [("score", Datum(score))]
        if options.highlighted != [] || !options.snippets.isEmpty {
            let marks = reader.marks(in: row, of: queries)
            if options.highlighted != [] { told.append(("highlight", try highlight(marks, at: site))) }
            if !options.snippets.isEmpty { told.append(("snippet", try snippets(marks, at: site))) }
        }
        return try site.building(row.setting(options.field ?? "", to: try .object(told)))
    }

    /// Texts without marks are left out.
    private func highlight(_ marks: [String: [MarkedText]], at site: Site) throws(ReQLError) -> Datum {
        var fields: [(String, Datum)] = []
        for name in options.highlighted ?? reader.definition.fields.map(\.name) {
            guard let texts = marks[name], texts.contains(where: \.hasMarks) else { continue }
            let marked = texts.filter(\.hasMarks).map { Datum(shown($0, nil)) }
            fields.append((name, texts.count == 1 ? marked[0] : try site.array(marked)))
        }
        return try site.object(fields)
    }

    /// Of several texts the first with a mark; of none with one, the beginning.
    private func snippets(_ marks: [String: [MarkedText]], at site: Site) throws(ReQLError) -> Datum {
        var fields: [(String, Datum)] = []
        for (name, wordCount) in options.snippets {
            guard let texts = marks[name], let text = texts.first(where: \.hasMarks) ?? texts.first else { continue }
            fields.append((name, Datum(shown(text, wordCount))))
        }
        return try site.object(fields)
    }

    private func shown(_ text: MarkedText, _ wordCount: Int?) -> String {
        text.marked(wordCount: wordCount, before: options.before, after: options.after) { bytes in
            options.escapesHTML ? Self.escaped(bytes) : String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func escaped(_ bytes: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "&"): result += "&amp;".utf8
            case UInt8(ascii: "<"): result += "&lt;".utf8
            case UInt8(ascii: ">"): result += "&gt;".utf8
            case UInt8(ascii: "\""): result += "&quot;".utf8
            case UInt8(ascii: "'"): result += "&#39;".utf8
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
