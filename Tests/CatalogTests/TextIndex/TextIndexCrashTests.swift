import TestSupport
import Testing

@testable import Catalog

/// A text index on a disk that may crash at every write: whatever is left holds the words of the documents that are left, and of none else.
@Suite struct TextIndexCrashTests {
    private typealias Model = TextIndexModelTests.Model
    private static let prefix = TextIndexModelTests.prefix
    /// Says which of the states the file has.
    private static let round = Array("round".utf8)

    /// Changes, segments and the steps of merges, in commits that are waited for and in others, and transactions that are rolled back.
    @Test(arguments: Fuzzing.seeds(3)) func whatIsLeftEqualsAScan(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let file = try RecordingFile()
        let store = try KeyValueStore.open(file, options: CatalogOptions())
        let mergedBytes = random.below(2) == 0 ? 300 : 1 << 20
        let limits = TextIndexWriter.Limits(pendingDocuments: 8, segmentsOfOneSize: 3, mergedBytes: mergedBytes)
        let writer = TextIndexWriter(prefix: Self.prefix, limits: limits)
        var analyzer = TextAnalyzer(.english)
        // The states that were committed, and for each the step of the file at which it was durable, if somebody waited for that.
        var states = [Model()]
        var durable: [(step: Int, state: Int)] = [(file.steps.count, 0)]
        let first = file.steps.count
        for _ in 0..<60 {
            var transaction = try store.beginWrite()
            var model = states[states.count - 1]
            for _ in 0..<1 + random.below(5) {
                let key = "k\(random.below(30))"
                if random.below(4) == 0 {
                    model.texts[key] = nil
                    try writer.write(nil, of: Array(key.utf8), &transaction)
                } else {
                    let text = TextIndexModelTests.text(&random)
                    model.texts[key] = text
                    try writer.write(DocumentWords(TextIndexModelTests.fields(text), &analyzer), of: Array(key.utf8), &transaction)
                }
                if random.below(2) == 0 { _ = try writer.tidy(&transaction) }
            }
            if random.below(6) == 0 {
                transaction.rollback()
                continue
            }
            let isHard = random.below(3) > 0
            try transaction.put(Self.round, Array("\(states.count)".utf8))
            try transaction.commit(isHard ? .hard : .none)
            states.append(model)
            if isHard { durable.append((file.steps.count, states.count - 1)) }
        }

        var disk = CrashImages()
        var images = 0
        for (index, step) in file.steps.enumerated() {
            disk.apply(step)
            guard index + 1 >= first, random.below(2) == 0 else { continue }
            let least = durable.last { $0.step <= index + 1 }?.state ?? 0
            for image in disk.images(limit: 6, &random) {
                images += 1
                try requireWhole(image, states, from: least, query: images, "seed \(seed), step \(index + 1)")
            }
        }
        #expect(images > 60, "only \(images) disks")
    }

    /// Opens what a crash has left, asks it, and goes on writing.
    private func requireWhole(_ image: [UInt8], _ states: [Model], from least: Int, query: Int, _ place: String) throws {
        let store = try KeyValueStore.open(try RecordingFile(image), options: CatalogOptions())
        let snapshot = try store.snapshot()
        let state = try snapshot.get(Self.round).flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) } ?? 0
        #expect(state >= least, "\(place): state \(state) is older than \(least), which was durable")
        #expect(try TextIndexCheck.problems(prefix: Self.prefix, snapshot) == [], "\(place)")
        let queries = TextIndexModelTests.queries
        for offset in 0..<4 { try TextIndexModelTests().compare(states[state], snapshot, queries[(query * 4 + offset) % queries.count]) }
        var model = states[state]
        var analyzer = TextAnalyzer(.english)
        let writer = TextIndexWriter(prefix: Self.prefix, limits: .init(pendingDocuments: 2, segmentsOfOneSize: 2, mergedBytes: 300))
        var transaction = try store.beginWrite()
        for key in ["k1", "new"] {
            model.texts[key] = "a new tree"
            try writer.write(DocumentWords(TextIndexModelTests.fields("a new tree"), &analyzer), of: Array(key.utf8), &transaction)
        }
        while try writer.tidy(&transaction) {}
        try transaction.commit(.hard)
        let later = try store.snapshot()
        #expect(try TextIndexCheck.problems(prefix: Self.prefix, later) == [], "\(place), written on")
        try TextIndexModelTests().compare(model, later, queries[query % queries.count])
    }
}
