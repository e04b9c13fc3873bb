import TestSupport
import Testing

@testable import Catalog

/// A text index beside a scan: documents come, change and go, segments are made and merged at every step, and whatever is asked, the answer
/// is that of going through all texts.
@Suite struct TextIndexModelTests {
    static let prefix = Array("index:".utf8)
    private static let vocabulary = [
        "tree", "trees", "page", "paper", "copy", "write", "writer", "log", "logs", "the", "of", "日本語", "über", "v1.2",
    ]

    /// A text's fields, with a bar between them; a word in the first counts three times.
    static func fields(_ text: String) -> [DocumentWords.Field] {
        text.split(separator: "|", omittingEmptySubsequences: false).enumerated().map { number, part in
            .init([Array(part.utf8)], weight: number == 0 ? 3 : 1)
        }
    }

    /// The words of texts, each analysed once.
    private final class AnalyzedTexts {
        struct Word {
            let term: [UInt8]
            /// The field's number · 65,536 + the position in it.
            let position: Int
            var isInFirst: Bool { position < 65_536 }
            var weight: Int { isInFirst ? 3 : 1 }
        }

        private var analyzer = TextAnalyzer(.english)
        private var known: [String: [Word]] = [:]

        func words(_ text: String) -> [Word] {
            if let words = known[text] { return words }
            var words: [Word] = []
            for (number, field) in TextIndexModelTests.fields(text).enumerated() {
                for text in field.texts {
                    analyzer.analyzeNumbers(text, ofDocument: true, below: .max) { analyzer, term, position, _ in
                        words.append(Word(term: analyzer.term(term), position: number * 65_536 + position))
                    }
                }
            }
            known[text] = words
            return words
        }
    }

    /// The texts that should be there, and what the scan says of them.
    struct Model {
        var texts: [String: String] = [:]

        private func words(_ text: String) -> [AnalyzedTexts.Word] {
            analyzed.words(text)
        }

        private let analyzed = AnalyzedTexts()

        private func positions(_ term: [UInt8], in words: [AnalyzedTexts.Word]) -> [Int] {
            words.filter { $0.term == term }.map(\.position)
        }

        /// How often a part is in a text; 0 if it is not met. For each list of the part, how often its words are there.
        private func counts(_ part: TextQuery.Part, in words: [AnalyzedTexts.Word]) -> [Double]? {
            func count(_ term: [UInt8]) -> Double { Double(words.reduce(0) { $0 + ($1.term == term ? $1.weight : 0) }) }
            switch part {
            case .word(let term):
                let count = count(term)
                return count > 0 ? [count] : nil
            case .phrase(let terms):
                let found = positions(terms[0].term, in: words).contains { first in
                    terms.allSatisfy { term in words.contains { $0.term == term.term && $0.position == first + term.offset } }
                }
                return found ? terms.map { count($0.term) } : nil
            case .near(let terms, let distance):
                func isNear(_ rest: ArraySlice<[UInt8]>, _ chosen: [(term: [UInt8], place: Int)]) -> Bool {
                    guard let term = rest.first else {
                        let places = chosen.map(\.place)
                        return (places.max() ?? 0) - (places.min() ?? 0) <= distance + terms.count - 1
                    }
                    return positions(term, in: words).contains { place in
                        !chosen.contains { $0.term == term && $0.place == place } && isNear(rest.dropFirst(), chosen + [(term, place)])
                    }
                }
                return isNear(terms[...], []) ? terms.map(count) : nil
            case .prefix(let start):
                let count = words.reduce(0) { $0 + ($1.term.starts(with: start) ? $1.weight : 0) }
                return count > 0 ? [Double(count)] : nil
            case .similar(let term, let distance):
                let similar = SimilarWords(term, distance: distance)
                let shares = words.filter { $0.term.first == term.first }.compactMap { word in
                    similar.distance(to: word.term).map { Double(word.weight) / Double(1 + $0) }
                }
                return shares.isEmpty ? nil : [shares.reduce(0, +)]
            case .inField(let number, let part):
                // It has to stand in the field; what it counts is what it counts anywhere.
                return counts(part, in: words.filter { $0.isInFirst == (number == 0) }).flatMap { _ in counts(part, in: words) }
            case .unscored(let part): return counts(part, in: words)
            }
        }

        func matching(_ query: TextQuery) -> [String] {
            guard !query.groups.isEmpty else { return [] }
            return texts.filter { _, text in
                let words = words(text)
                return query.groups.allSatisfy { $0.contains { counts($0, in: words) != nil } }
                    && !query.excluded.contains { counts($0, in: words) != nil }
            }.map(\.key).sorted()
        }

        /// BM25 by its definition. How many documents have a word is asked of the index, where it counts those that are gone.
        func ranked(_ query: TextQuery, _ source: TextIndexSource) throws -> [(key: String, score: Double)] {
            let scorer = Scorer(TextSearch.Ranking(), source.state)
            let parts = try (query.groups.flatMap { $0 } + query.preferred).map { part in
                (part, weights: try Self.documents(part, source).map { scorer.weight(documents: $0) })
            }
            var hits: [(key: String, score: Double)] = []
            for key in matching(query) {
                let words = words(texts[key] ?? "")
                let length = DocumentLength.byte(UInt64(words.reduce(0) { $0 + $1.weight }))
                var score = 0.0
                for (part, weights) in parts {
                    for (count, weight) in zip(counts(part, in: words) ?? [], weights) {
                        score += scorer.score(weight, frequency: count, length: length)
                    }
                }
                hits.append((key, score))
            }
            return hits.sorted { abs($0.score - $1.score) > 1e-9 ? $0.score > $1.score : $0.key < $1.key }
        }

        private static func documents(_ part: TextQuery.Part, _ source: TextIndexSource) throws -> [Int] {
            switch part {
            case .word(let term): return [try source.list(term).documents]
            case .phrase(let terms): return try terms.map { try source.list($0.term).documents }
            case .near(let terms, _): return try terms.map { try source.list($0).documents }
            case .prefix(let start): return [try source.list(beginningWith: start)?.documents ?? 0]
            case .similar(let term, let distance):
                return [try source.list(similarTo: SimilarWords(term, distance: distance))?.documents ?? 0]
            case .inField(let number, .prefix(let start)):
                return [try source.list(beginningWith: start, inField: number)?.documents ?? 0]
            case .inField(let number, .similar(let term, let distance)):
                return [try source.list(similarTo: SimilarWords(term, distance: distance), inField: number)?.documents ?? 0]
            case .inField(_, let part), .unscored(let part): return try documents(part, source)
            }
        }
    }

    static let queries = typed + preferring

    /// What raises scores and need not be met.
    private static let preferring = [
        TextQuery(groups: [[.word(Array("tree".utf8))]], preferred: [.prefix(Array("wri".utf8))]),
        TextQuery(
            groups: [[.word(Array("copi".utf8)), .word(Array("page".utf8))], [.prefix(Array("tr".utf8))]],
            excluded: [.word(Array("log".utf8))], preferred: [.inField(0, .prefix(Array("pa".utf8)))]),
    ]

    private static let typed = [
        "tree", "tree page", "copy OR write", "\"copy write\"", "\"the tree\"", "tree -page", "wri*", "pa* -copy", "logz~ OR paper~",
        "writter~",
        "\"tree page\"~2", "日本", "日本語", "v1.2", "tree copy OR \"page write\" -log", "nowhere", "nowhere OR tree", "-tree", "uber",
        "\"tree copy log\"~4", "title:tree", "body:page title:copy", "body:\"copy write\" OR title:logs", "title:pa*", "body:writter~",
        "body:\"tree page\"~2 -title:log", "\"tree tree\"~2", "body:\"tree page tree\"~3",
    ].map { text in
        var analyzer = TextAnalyzer(.english)
        return TextQuery(text, &analyzer, fields: ["title", "body"])
    }

    static func text(_ generator: inout some RandomNumberGenerator) -> String {
        func words(_ most: Int) -> String {
            (0..<Int.random(in: 0...most, using: &generator)).map { _ in vocabulary.randomElement(using: &generator) ?? "" }.joined(
                separator: " ")
        }
        return Bool.random(using: &generator) ? "\(words(5))|\(words(25))" : words(30)
    }

    func compare(_ model: Model, _ snapshot: KeyValueSnapshot, _ query: TextQuery) throws {
        var search = try TextSearch(prefix: Self.prefix, snapshot)
        let expected = model.matching(query)
        let source = try TextIndexSource(prefix: Self.prefix, snapshot)
        let count = try search.count(query)
        #expect(count == expected.count)
        let ranked = try model.ranked(query, source)
        for limit in [1, 3, 1_000] {
            let hits = try search.best(limit, query)
            #expect(hits.count == min(limit, ranked.count))
            for (hit, (_, score)) in zip(hits, ranked) { #expect(abs(hit.score - score) < 1e-9) }
            // Sums in another order may tell equal ones apart; among all of them each is there once.
            if limit == 1_000 { #expect(hits.map { String(decoding: $0.key, as: UTF8.self) }.sorted() == expected) }
            #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score > $1.score || $0.key.lexicographicallyPrecedes($1.key) })
        }
    }

    /// In the last seeds all documents go while their segments are merged: they are in the lists of the new one, where no other is left.
    @Test(arguments: Array(Fuzzing.seeds(2)) + [105, 169, 209, 217, 347])
    func equalsAScan(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let round = seed % 6
        let store = try KeyValueStore.inMemory(options: CatalogOptions())
        let limits = TextIndexWriter.Limits(
            pendingDocuments: round == 0 ? 1 : UInt64.random(in: 2...20, using: &generator), pendingBytes: round == 1 ? 200 : 1 << 20,
            segmentsOfOneSize: Int.random(in: 2...4, using: &generator),
            mergedBytes: round % 2 == 0 ? 1 << 20 : Int.random(in: 1...600, using: &generator))
        let writer = TextIndexWriter(prefix: Self.prefix, limits: limits)
        var analyzer = TextAnalyzer(.english)
        var model = Model()
        var held: [(Model, KeyValueSnapshot)] = []
        for step in 0..<150 {
            var transaction = try store.beginWrite()
            var next = model
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let key = "k\(Int.random(in: 0..<60, using: &generator))"
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    next.texts[key] = nil
                    try writer.write(nil, of: Array(key.utf8), &transaction)
                } else {
                    let text = Self.text(&generator)
                    next.texts[key] = text
                    try writer.write(DocumentWords(Self.fields(text), &analyzer), of: Array(key.utf8), &transaction)
                }
                if Bool.random(using: &generator) { _ = try writer.tidy(&transaction) }
            }
            if Int.random(in: 0..<5, using: &generator) == 0 {
                transaction.rollback()
            } else {
                try transaction.commit(.none)
                model = next
            }
            let snapshot = try store.snapshot()
            if step % 10 == 0 {
                #expect(try TextIndexCheck.problems(prefix: Self.prefix, snapshot) == [])
                held.append((model, snapshot))
            }
            try compare(model, snapshot, Self.queries[step % Self.queries.count])
        }
        // Snapshots that were held show what was there then.
        for (index, (model, snapshot)) in held.enumerated() {
            for query in Self.queries.indices where query % 3 == index % 3 { try compare(model, snapshot, Self.queries[query]) }
        }
        // With everything gone nothing is left but the state.
        var transaction = try store.beginWrite()
        for key in model.texts.keys { try writer.write(nil, of: Array(key.utf8), &transaction) }
        while try writer.tidy(&transaction) {}
        try transaction.commit(.none)
        let snapshot = try store.snapshot()
        #expect(try TextIndexCheck.problems(prefix: Self.prefix, snapshot) == [])
        #expect(try snapshot.count(.prefix(Self.prefix)) == 1)
    }

    /// A merge is many short steps, between which others write. Until its end the segments are those that it reads.
    @Test func aMergeIsManySteps() throws {
        var generator = Fuzzing.generator
        let store = try KeyValueStore.inMemory(options: CatalogOptions())
        let limits = TextIndexWriter.Limits(pendingDocuments: 50, segmentsOfOneSize: 4, mergedBytes: 200)
        let writer = TextIndexWriter(prefix: Self.prefix, limits: limits)
        var analyzer = TextAnalyzer(.english)
        var model = Model()
        func write(_ key: String, _ text: String?, _ transaction: inout KeyValueTransaction) throws {
            model.texts[key] = text
            let words = text.map { DocumentWords(Self.fields($0), &analyzer) }
            try writer.write(words, of: Array(key.utf8), &transaction)
        }
        var transaction = try store.beginWrite()
        for number in 0..<200 {
            try write("k\(number)", "tree " + Self.text(&generator), &transaction)
            if number % 50 == 49 {
                let isChanged = try writer.tidy(&transaction)
                #expect(isChanged)
            }
        }
        try transaction.commit(.none)
        #expect(try TextIndexSource(prefix: Self.prefix, store.snapshot()).state.segments.count == 4)
        var steps = 0
        var isMerging = true
        while isMerging {
            var step = try store.beginWrite()
            let before = try writer.state(step).segments.map(\.id)
            let hadMerge = try writer.merge(step) != nil
            isMerging = try writer.tidy(&step)
            let goesOn = try writer.merge(step) != nil
            let now = try writer.state(step).segments.map(\.id)
            if hadMerge, goesOn { #expect(now.starts(with: before)) }
            // A step that is rolled back is done again.
            if steps % 5 == 4, Bool.random(using: &generator) { step.rollback() } else { try step.commit(.none) }
            steps += 1
            var change = try store.beginWrite()
            if steps < 40 {
                try write("k\(steps * 7 % 200)", steps % 2 == 0 ? nil : "page " + Self.text(&generator), &change)
                try write("n\(steps)", "a new tree", &change)
            }
            try change.commit(.none)
            let snapshot = try store.snapshot()
            #expect(try TextIndexCheck.problems(prefix: Self.prefix, snapshot) == [])
            try compare(model, snapshot, Self.queries[steps % Self.queries.count])
        }
        #expect(steps > 12)
        let last = try store.beginWrite()
        let isStill = try writer.merge(last) != nil
        #expect(!isStill)
        last.rollback()
    }

    /// A merge whose segments are not there any more is given up, with all that it has written.
    @Test func aMergeOfNothingIsGivenUp() throws {
        let (store, _) = try damagedStore()
        let writer = TextIndexWriter(prefix: Self.prefix, limits: .init(pendingDocuments: 100, segmentsOfOneSize: 9, mergedBytes: 300))
        var transaction = try store.beginWrite()
        var merge = try #require(try writer.merge(transaction))
        merge.sources[0] += 1_000
        try transaction.put(writer.keys.merge, merge.encoded)
        _ = try writer.tidy(&transaction)
        let left = try writer.merge(transaction)
        #expect(left == nil)
        try transaction.commit(.none)
        #expect(try TextIndexCheck.problems(prefix: Self.prefix, store.snapshot()) == [])
        #expect(SegmentMerge(merge.encoded) == merge)
        for count in 0..<merge.encoded.count - merge.position.count { #expect(SegmentMerge(Array(merge.encoded.prefix(count))) == nil) }
    }

    /// Many documents in few blocks: the best ones are found without looking at all.
    @Test func theBestAreFoundWithoutScoringAll() throws {
        var generator = Fuzzing.generator
        let store = try KeyValueStore.inMemory(options: CatalogOptions())
        let writer = TextIndexWriter(prefix: Self.prefix)
        var analyzer = TextAnalyzer(.english)
        var model = Model()
        var transaction = try store.beginWrite()
        for number in 0..<1_500 {
            // The first documents are short; the others have each word once at most, among many others.
            let short = ["tree copy", "copy tree", "tree copy tree", "copy copy tree", "tree"]
            let long = Self.vocabulary.filter { $0 != "trees" }.shuffled(using: &generator).prefix(10) + ["log", "logs", "page", "paper"]
            let text = number < 100 ? short[number % 5] : long.joined(separator: " ")
            model.texts["k\(number)"] = text
            try writer.write(DocumentWords(Self.fields(text), &analyzer), of: Array("k\(number)".utf8), &transaction)
            while try writer.tidy(&transaction) {}
        }
        try transaction.commit(.none)
        let snapshot = try store.snapshot()
        #expect(try TextIndexCheck.problems(prefix: Self.prefix, snapshot) == [])
        for text in ["tree OR copy", "tree", "tree copy", "\"tree copy\""] {
            let query = TextQuery(text, &analyzer)
            var search = try TextSearch(prefix: Self.prefix, snapshot)
            let hits = try search.best(5, query)
            let ranked = try model.ranked(query, TextIndexSource(prefix: Self.prefix, snapshot))
            for (hit, (_, score)) in zip(hits, ranked) { #expect(abs(hit.score - score) < 1e-9) }
            #expect(
                search.work.blocksSkipped > 0 && search.work.documentsScored < ranked.count, "\(text): \(search.work) of \(ranked.count)")
        }
    }

    /// Of words that several segments and pending documents have alike, each counts once.
    @Test func tooManyWordsThatBeginAlikeAreCounted() throws {
        let store = try KeyValueStore.inMemory(options: CatalogOptions())
        let writer = TextIndexWriter(prefix: Self.prefix, limits: .init(pendingDocuments: 1_000, segmentsOfOneSize: 9))
        var analyzer = TextAnalyzer(nil)
        var transaction = try store.beginWrite()
        // Nothing in the first segment, 600 in each of the next, of which 300 are in the one before as well, and as many pending.
        for part in 0..<4 {
            let words = part == 0 ? "none" : (300 * part..<300 * part + 600).map { "wo\($0)" }.joined(separator: " ")
            try writer.write(DocumentWords([.init([Array(words.utf8)])], &analyzer), of: Array("k\(part)".utf8), &transaction)
            if part < 3 { try writer.flush(&transaction) }
        }
        try transaction.commit(.none)
        let source = try TextIndexSource(prefix: Self.prefix, store.snapshot())
        #expect(source.state.segments.count == 3 && source.state.pending == 1)
        let error = #expect(throws: CatalogError.self) { _ = try source.list(beginningWith: Array("wo".utf8)) }
        #expect(error?.kind == .tooLarge && error?.message.contains("1200 words") == true, "\(error?.message ?? "")")
        #expect(try source.list(beginningWith: Array("wo9".utf8))?.documents == 2)
    }

    /// Beginnings of words far apart are found as those side by side, and in one field only where they stand in it.
    @Test(arguments: [1, 5_000]) func beginningsOfWordsAreUnited(gap: UInt64) throws {
        let store = try KeyValueStore.inMemory(options: CatalogOptions())
        let writer = TextIndexWriter(prefix: Self.prefix, limits: .init(pendingDocuments: 1_000))
        var analyzer = TextAnalyzer(nil)
        var transaction = try store.beginWrite()
        var expected: [Int: Int] = [:]
        for number in 0..<40 {
            var state = try writer.state(transaction)
            state.nextNumber += gap
            try writer.put(state, &transaction)
            let texts = number % 3 == 0 ? ["tree tree trees", "log"] : number % 3 == 1 ? ["log", "treetop"] : ["log", "page"]
            let fields = texts.map { DocumentWords.Field([Array($0.utf8)], weight: 2) }
            try writer.write(DocumentWords(fields, &analyzer), of: Array("k\(number)".utf8), &transaction)
            if number % 3 < 2 { expected[number] = number % 3 == 0 ? 6 : 2 }
            if number == 19 { try writer.flush(&transaction) }
        }
        try transaction.commit(.none)
        let source = try TextIndexSource(prefix: Self.prefix, store.snapshot())
        func counts(inField field: Int?) throws -> [Double] {
            let list = try #require(try source.list(beginningWith: Array("tree".utf8), inField: field))
            var counts: [Double] = []
            while let number = list.current {
                counts.append(list.frequency)
                try list.advance(to: number + 1)
            }
            return counts
        }
        #expect(try counts(inField: nil) == expected.sorted { $0.key < $1.key }.map { Double($0.value) })
        #expect(try counts(inField: 0) == expected.filter { $0.key % 3 == 0 }.map { Double($0.value) })
        #expect(try counts(inField: 1) == expected.filter { $0.key % 3 == 1 }.map { Double($0.value) })
        let none = try source.list(beginningWith: Array("wood".utf8))
        #expect(none?.documents == nil)
    }

    private func damagedStore() throws -> (KeyValueStore, [(key: [UInt8], value: [UInt8])]) {
        var generator = Fuzzing.generator
        var analyzer = TextAnalyzer(.english)
        let store = try KeyValueStore.inMemory(options: CatalogOptions())
        let writer = TextIndexWriter(
            prefix: Self.prefix, limits: .init(pendingDocuments: 20, pendingBytes: 1 << 20, segmentsOfOneSize: 3, mergedBytes: 30))
        var transaction = try store.beginWrite()
        for number in 0..<79 {
            let words = DocumentWords([.init([Array(("tree " + Self.text(&generator)).utf8)])], &analyzer)
            try writer.write(words, of: Array("k\(number)".utf8), &transaction)
            if number > 40 { try writer.write(nil, of: Array("k\(number - 40)".utf8), &transaction) }
            // A merge goes on from the third segment's on.
            if try writer.state(transaction).pending >= 20 || number % 8 == 0 { _ = try writer.tidy(&transaction) }
        }
        try transaction.commit(.none)
        let sound = try store.snapshot()
        #expect(try TextIndexCheck.problems(prefix: Self.prefix, sound) == [])
        var records: [(key: [UInt8], value: [UInt8])] = []
        var cursor = try sound.cursor(.prefix(Self.prefix))
        while try cursor.next() { records.append((cursor.keyBytes, try cursor.value.bytes)) }
        return (store, records)
    }

    private func searchAll(_ snapshot: KeyValueSnapshot) {
        for query in Self.queries {
            guard var search = try? TextSearch(prefix: Self.prefix, snapshot) else { continue }
            _ = try? search.best(10, query)
            _ = try? search.count(query)
        }
        _ = try? TextIndexSource(prefix: Self.prefix, snapshot).words(beginningWith: Array("tr".utf8), limit: 10)
    }

    /// Whichever record is not there, the check says that something is wrong.
    @Test func theCheckMissesEachRecord() throws {
        let (store, records) = try damagedStore()
        #expect(Set(records.map { $0.key[Self.prefix.count] }) == Set("lmndkpsx".utf8))
        let merge = records.filter { $0.key[Self.prefix.count] == UInt8(ascii: "m") }
        for (key, value) in merge + records.shuffled().prefix(120) {
            var damage = try store.beginWrite()
            _ = try damage.delete(key)
            try damage.commit(.none)
            let snapshot = try store.snapshot()
            #expect(try !TextIndexCheck.problems(prefix: Self.prefix, snapshot).isEmpty, "\(key)")
            searchAll(snapshot)
            var repair = try store.beginWrite()
            try repair.put(key, value)
            try repair.commit(.none)
        }
    }

    /// Whatever byte is another one, searches and changes answer or say that something is wrong.
    @Test func damagedRecordsAreErrors() throws {
        var generator = Fuzzing.generator
        let (store, records) = try damagedStore()
        let writer = TextIndexWriter(prefix: Self.prefix, limits: .init(pendingDocuments: 2, pendingBytes: 1 << 20, segmentsOfOneSize: 2))
        for _ in 0..<150 {
            guard let (key, value) = records.randomElement(using: &generator), !value.isEmpty else { continue }
            var wrong = value
            wrong[Int.random(in: 0..<wrong.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            var damage = try store.beginWrite()
            try damage.put(key, wrong)
            try damage.commit(.none)
            let snapshot = try store.snapshot()
            _ = try? TextIndexCheck.problems(prefix: Self.prefix, snapshot)
            searchAll(snapshot)
            var transaction = try store.beginWrite()
            for number in 30..<60 { _ = try? writer.write(nil, of: Array("k\(number)".utf8), &transaction) }
            for _ in 0..<4 { _ = try? writer.tidy(&transaction) }
            transaction.rollback()
            var repair = try store.beginWrite()
            try repair.put(key, value)
            try repair.commit(.none)
        }
    }

    /// Who asks for a word whose list can't be read is told where it stands.
    @Test func aDamagedBlockIsNamed() throws {
        let (store, records) = try damagedStore()
        let keys = TextIndexKeys(prefix: Self.prefix)
        let state = try TextIndexSource(prefix: Self.prefix, store.snapshot()).state
        var damage = try store.beginWrite()
        for segment in state.segments {
            for (key, _) in records where key.starts(with: keys.postings(segment.id)) { try damage.put(key, [0, 0xFF, 0xFF, 0xFF]) }
        }
        try damage.commit(.none)
        let source = try TextIndexSource(prefix: Self.prefix, store.snapshot())
        var search = TextSearch(source)
        func expectDamage(_ body: () throws(CatalogError) -> Void) {
            do throws(CatalogError) {
                try body()
                Issue.record("A damaged block is read.")
            } catch {
                #expect(error.kind == .corrupt && error.message.contains("damaged at 73"), "\(error.message)")
            }
        }
        for query in [TextQuery(groups: [[.word(Array("tree".utf8))]]), TextQuery(groups: [[.prefix(Array("tr".utf8))]])] {
            expectDamage { () throws(CatalogError) in _ = try search.best(10, query) }
        }
        expectDamage { () throws(CatalogError) in _ = try source.words(beginningWith: Array("tr".utf8), limit: 10) }
    }
}
