import Ground
import TestSupport
import Testing

@testable import Catalog

@Suite struct WordBlockTests {
    private func lists(_ generator: inout some RandomNumberGenerator) -> [WordBlock.List] {
        (0..<Int.random(in: 1...30, using: &generator)).map { _ in
            let word = (0..<Int.random(in: 1...9, using: &generator)).map { _ in UInt8.random(in: 97...100, using: &generator) }
            return WordBlock.List(
                word: word, last: UInt64.random(in: 0..<1 << 33, using: &generator),
                postings: Array(repeating: 7, count: Int.random(in: 0...200, using: &generator)),
                places: Array(repeating: 9, count: Int.random(in: 0...200, using: &generator)))
        }.sorted { $0.word == $1.word ? $0.last < $1.last : $0.word.lexicographicallyPrecedes($1.word) }
    }

    @Test func whatGoesInComesOut() throws {
        var generator = Fuzzing.generator
        for _ in 0..<300 {
            let lists = lists(&generator)
            let bytes = WordBlock.encode(lists)
            var reader = try #require(WordBlockReader(bytes))
            for list in lists {
                #expect(reader.next() == .list)
                #expect(reader.word == list.word && reader.last == list.last)
                #expect(Array(bytes[reader.postings]) == list.postings && Array(bytes[reader.places]) == list.places)
            }
            #expect(reader.next() == .end)
        }
    }

    /// Who looks for a word finds its lists, and knows where others stand, without taking words out.
    @Test func listsOfAWordAreFoundWhereTheyLie() throws {
        var generator = Fuzzing.generator
        for _ in 0..<300 {
            let lists = lists(&generator)
            let bytes = WordBlock.encode(lists)
            let others = (0..<5).map { _ in
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in UInt8.random(in: 96...101, using: &generator) }
            }
            try bytes.span.withBytes { record throws in
                for word in Set(lists.map(\.word) + others) {
                    var search = try #require(WordSearchInBlock(record))
                    for list in lists {
                        let step = word.span.withBytes { search.next($0) }
                        let expected: WordSearchInBlock.Step =
                            list.word == word ? .found : list.word.lexicographicallyPrecedes(word) ? .before : .behind
                        #expect(step == expected && search.last == list.last)
                        #expect(Array(bytes[search.postings]) == list.postings && Array(bytes[search.places]) == list.places)
                    }
                    let step = word.span.withBytes { search.next($0) }
                    #expect(step == .end)
                }
            }
        }
    }

    @Test func damagedBlocksAreReadWithinTheirBytes() {
        var generator = Fuzzing.generator
        for _ in 0..<5_000 {
            var bytes = WordBlock.encode(lists(&generator))
            for _ in 0...2 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator)) }
            let word: [UInt8] = [97, 98]
            bytes.span.withBytes { record in
                guard var search = WordSearchInBlock(record) else { return }
                while true {
                    switch word.span.withBytes({ search.next($0) }) {
                    case .end, .damage: return
                    case .before, .found, .behind:
                        #expect(search.postings.upperBound <= search.places.lowerBound && search.places.upperBound <= record.count)
                    }
                }
            }
            guard var reader = WordBlockReader(bytes) else { continue }
            while reader.next() == .list {
                #expect(reader.postings.upperBound <= reader.places.lowerBound && reader.places.upperBound <= bytes.count)
                let list = StoredList(last: reader.last, bytes: bytes, postings: reader.postings, places: .range(reader.places))
                var documents = PostingBlock.Documents()
                if let head = list.head { _ = list.appendDocuments(head, to: &documents) }
            }
        }
        #expect(WordBlockReader([]) == nil)
    }

    /// Words that have one document each take a few bytes more than their letters: there are many of them.
    @Test func rareWordsTakeFewBytes() throws {
        let store = try KeyValueStore.inMemory(options: CatalogOptions())
        let keys = TextIndexKeys(prefix: Array("index:".utf8))
        var transaction = try store.beginWrite()
        var segment = SegmentWriter(keys, 0)
        let count = 5_000
        for number in 0..<count {
            let digits = String(number)
            let word = "word" + String(repeating: "0", count: 6 - digits.count) + digits
            try segment.append(Posting(number: UInt64(number), count: 1, length: 30), [300], of: Array(word.utf8), &transaction)
        }
        try segment.finish(&transaction)
        try transaction.commit(.none)
        var byteCount = 0
        var cursor = try store.snapshot().cursor(.prefix(keys.postings(0)))
        while try cursor.next() { byteCount += cursor.keyBytes.count + (try cursor.value.count) }
        #expect(byteCount < 18 * count)
    }
}

extension TextIndexModelTests {
    /// The documents of a list as versions have written them that put each list in a record of its own.
    private static func firstFormat(_ postings: [Posting]) -> [UInt8] {
        var writer = PackedNumberWriter()
        for byte in [postings.count - 1, 40, 40, 1] { writer.append(UInt8(byte)) }
        writer.variable(postings.map(\.count).max() ?? 0)
        writer.append(postings.map(\.length).min() ?? 0)
        writer.variable(postings[postings.count - 1].number - postings[0].number)
        writer.packed(bits: 40 * (2 * postings.count - 1)) { packing in
            for (before, next) in zip(postings, postings.dropFirst()) { packing.append(next.number - before.number - 1, width: 40) }
            for posting in postings { packing.append(posting.count - 1, width: 40) }
        }
        for posting in postings { writer.append(posting.length) }
        return writer.bytes
    }

    /// As versions have written them that put several lists in a record, with the lengths of documents.
    private static func secondFormat(_ postings: [Posting]) -> [UInt8] {
        guard postings.count <= 8 else { return [0x80] + firstFormat(postings) }
        var writer = PackedNumberWriter()
        writer.append(0xC8 | UInt8(postings.count - 1))
        for (before, next) in zip(postings, postings.dropFirst()) { writer.variable(next.number - before.number - 1) }
        for posting in postings { writer.variable(posting.count - 1) }
        for posting in postings { writer.append(posting.length) }
        return writer.bytes
    }

    /// Puts what segments have as earlier versions put it, with a merge that one of them has begun.
    private static func putInFormat(
        _ format: TextIndexState.Format, _ writer: TextIndexWriter, _ store: inout KeyValueTransaction
    ) throws {
        let keys = writer.keys
        var state = try writer.state(store)
        var merge = SegmentMerge(id: state.nextSegment, sources: state.segments.suffix(2).map(\.id))
        state.nextSegment += 1
        merge.blocks = 1
        merge.dead = 0
        let source = try store.snapshot()
        for (place, segment) in state.segments.enumerated() {
            var records: [(key: [UInt8], value: [UInt8])] = []
            let lengths = DocumentLengths(keys, [segment], source)
            let lists = try SegmentLists(keys, segment, source)
            while try lists.next() {
                var documents = PostingBlock.Documents()
                let head = try #require(lists.list.head)
                let isRead = lists.list.appendDocuments(head, to: &documents)
                #expect(isRead)
                let reader = try #require(try lists.list.placeReader(head, documents, source))
                var postings: [Posting] = []
                var places: [[UInt64]] = []
                for index in 0..<documents.count {
                    let number = documents.numbers[index]
                    postings.append(Posting(number: number, count: documents.counts[index], length: try lengths.byte(of: number)))
                    places.append([])
                    reader.append(index, to: &places[index])
                }
                let name = TextIndexKeys.block([], lists.word, last: lists.last)
                if format == .separate {
                    records.append((keys.postings(segment.id) + name, firstFormat(postings)))
                    records.append((keys.positions(segment.id) + name, PositionBlock.encode(places)))
                } else {
                    let list = WordBlock.List(
                        word: lists.word, last: lists.last, postings: secondFormat(postings),
                        places: PositionBlock.encode(places, sayCounts: false))
                    records.append((keys.postings(segment.id) + name, WordBlock.encode([list])))
                }
            }
            _ = try store.delete(keys.segment(segment.id))
            _ = try store.delete(keys.lengths(segment.id))
            for (key, value) in records { try store.put(key, value) }
            state.segments[place].format = format
            state.segments[place].records = UInt64(records.count)
        }
        try store.put(
            TextIndexKeys.block(keys.postings(merge.id), Array("copi".utf8), last: 1),
            firstFormat([Posting(number: 1, count: 1, length: 1)]))
        try store.put(keys.merge, [format == .separate ? 1 : 2] + merge.encoded.dropFirst())
        guard format == .separate else { return try store.put(keys.state, [2] + state.encoded.dropFirst()) }
        var old = PackedNumberWriter()
        old.append(1)
        let numbers = [
            state.nextNumber, UInt64(state.nextSegment), state.documents, state.length, state.pending, state.pendingBytes,
            UInt64(state.segments.count),
        ]
        for number in numbers + state.segments.flatMap({ [UInt64($0.id), $0.first, $0.last, $0.documents, $0.dead] }) {
            old.variable(number)
        }
        try store.put(keys.state, old.bytes)
    }

    /// An index of an earlier version is searched as it stands, and written anew segment by segment.
    @Test(arguments: [TextIndexState.Format.separate, .packed])
    func anIndexOfAnEarlierVersionIsReadAndMerged(format: TextIndexState.Format) throws {
        var generator = Fuzzing.generator
        let store = try KeyValueStore.inMemory(options: CatalogOptions())
        let limits = TextIndexWriter.Limits(pendingDocuments: 40, segmentsOfOneSize: 4, mergedBytes: 2_000)
        let writer = TextIndexWriter(prefix: Self.prefix, limits: limits)
        var analyzer = TextAnalyzer(.english)
        var model = Model()
        var transaction = try store.beginWrite()
        func write(_ number: Int, _ transaction: inout KeyValueTransaction) throws {
            // In the field whose words count once: then there are as many places.
            let text = "|tree " + Self.text(&generator).replacing("|", with: " ")
            model.texts["k\(number)"] = text
            try writer.write(DocumentWords(Self.fields(text), &analyzer), of: Array("k\(number)".utf8), &transaction)
        }
        for number in 0..<150 {
            try write(number, &transaction)
            _ = try writer.tidy(&transaction)
        }
        try Self.putInFormat(format, writer, &transaction)
        try transaction.commit(.none)
        let old = try store.snapshot()
        #expect(try TextIndexSource(prefix: Self.prefix, old).state.segments.map(\.format) == [format, format, format])
        #expect(try TextIndexCheck.problems(prefix: Self.prefix, old) == [])
        for query in Self.queries { try compare(model, old, query) }
        let held = model
        for step in 0..<40 {
            var change = try store.beginWrite()
            for number in 0..<5 { try write(number * 31 % 150 + step * 5, &change) }
            _ = try writer.tidy(&change)
            try change.commit(.none)
            let snapshot = try store.snapshot()
            #expect(try TextIndexCheck.problems(prefix: Self.prefix, snapshot) == [])
            try compare(model, snapshot, Self.queries[step % Self.queries.count])
        }
        var last = try store.beginWrite()
        while try writer.tidy(&last) {}
        let state = try writer.state(last)
        try last.commit(.none)
        #expect(state.segments.allSatisfy { $0.format == .plain })
        for query in Self.queries {
            try compare(model, store.snapshot(), query)
            try compare(held, old, query)
        }
    }
}
