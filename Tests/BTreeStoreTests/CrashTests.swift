import TestSupport
import Testing

@testable import BTreeStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Stops at every write and sync of a scenario, makes each disk that a crash there may leave, and opens it: the state must be
/// one that was committed, whole, and no older than the last commit that was acknowledged. Then it is worked with, and some crash
/// again while they are opened or written.
///
/// `PANDO_CRASH_IMAGES` sets how many disks are tried at a step that may leave more, `PANDO_CRASH_SEED` which.
@Suite struct CrashTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let imageLimit = environment["PANDO_CRASH_IMAGES"].flatMap { Int($0) } ?? 20
    private static let seed = environment["PANDO_CRASH_SEED"].flatMap { UInt64($0) } ?? 1

    struct Scenario: Sendable, CustomTestStringConvertible {
        var name: String
        var dirtyByteLimit = 64 << 20
        var actions: [CrashAction]
        /// Fewer disks would be no test; how many there are where threads share flushes hangs on them.
        var leastImages = 50

        var testDescription: String { name }
    }

    static let scenarios: [Scenario] = [
        Scenario(
            name: "single puts",
            actions: (0..<12).map { .commit([.put([$0 * 5 % 12], bytes: 60)]) } + [.commit([.delete([5])]), .commit([.delete([99])])]),
        Scenario(
            name: "more commits than the journal has room for",
            actions: (0..<40).map { .commit([.put([$0 * 5 % 17], bytes: 60 + $0 * 37 % 400)]) }),
        Scenario(
            name: "commits of many pages",
            actions: (0..<4).map { round in .commit([.put((0..<40).map { $0 * 7 % 90 + round }, bytes: 50)]) }),
        Scenario(
            name: "range deletes",
            actions: [
                .commit([.put(0..<150, bytes: 40)]), .commit([.deleteRange(20..<130)]), .commit([.put(30..<50, bytes: 30)]),
                .commit([.deleteRange(0..<10), .put([5], bytes: 20)]), .commit([.deleteRange(0..<200)]), .commit([.put(0..<20, bytes: 40)]),
            ]),
        Scenario(
            name: "series between others", dirtyByteLimit: 2048,
            actions: [.commit([.put(100..<130, bytes: 40)]), .hold]
                + (0..<3).map { round -> CrashAction in
                    let start = round * 12
                    return .commit([
                        .put(start..<start + 12, bytes: 40), .put(130 + start..<140 + start, bytes: 40 + 9 * round),
                        .delete([start + 5, 110 + round]), .put(start + 60..<start + 64, bytes: 500),
                    ])
                } + [.release, .commit([.deleteRange(6..<150), .put(0..<20, bytes: 60)]), .apply([.put(20..<40, bytes: 30)]), .sync]),
        Scenario(
            name: "large values",
            actions: [
                .commit([.put([1, 2, 3], bytes: 1500)]), .commit([.put([2], bytes: 700), .put([4], bytes: 3000)]),
                .commit([.delete([1]), .put([3], bytes: 10)]), .commit([.deleteRange(0..<10)]), .commit([.put([7], bytes: 1200)]),
            ]),
        Scenario(
            name: "pages used again",
            actions: (0..<10).map { round in
                .commit([.put((0..<6).map { ($0 * 11 + round * 3) % 40 }, bytes: 40 + round), .delete([round * 7 % 40])])
            }),
        Scenario(
            name: "pages that a snapshot keeps",
            actions: [.commit([.put(0..<40, bytes: 40)]), .hold]
                + (0..<4).map { .commit([.put([$0, $0 + 10], bytes: 50)]) } + [.release]
                + (0..<4).map { .commit([.put([$0, $0 + 20], bytes: 30)]) }),
        Scenario(
            name: "transactions that ride on another's flush",
            actions: (0..<3).flatMap { round -> [CrashAction] in
                [
                    .apply([.put(round * 5..<round * 5 + 20, bytes: 40)]), .apply([.delete([round * 5 + 3]), .put([50], bytes: 700)]),
                    .apply([.deleteRange(round * 5..<round * 5 + 4)]), round == 1 ? .sync : .commit([.put([60], bytes: 10)]),
                ]
            }),
        Scenario(name: "groups of threads", actions: [.group(threads: 4, commits: 5), .commit([.deleteRange(0..<2000)])], leastImages: 10),
        Scenario(
            name: "spilled transactions", dirtyByteLimit: 2048,
            actions: (0..<3).map { round in .commit([.put((0..<40).map { $0 * 3 + round }, bytes: 50)]) }
                + [.apply([.put(0..<30, bytes: 60)]), .apply([.deleteRange(10..<60), .put([11], bytes: 900)]), .sync]),
        Scenario(
            name: "transactions spilled while a flush waits for the disk", dirtyByteLimit: 2048,
            actions: [.commit([.put(0..<80, bytes: 40)])]
                + (0..<2).flatMap { round -> [CrashAction] in
                    [
                        .commitBeside(
                            [.put((0..<9 * round).map { $0 * 7 % 90 }, bytes: 50), .deleteRange(60 + round..<70), .put([91], bytes: 900)],
                            others: [
                                [.put((0..<30).map { $0 * 3 + round }, bytes: 60), .delete([round * 5])],
                                [.put((0..<30).map { $0 * 2 + round }, bytes: 50)],
                                [.deleteRange(10 * round..<10 * round + 8), .put([92], bytes: 1200)],
                            ]),
                        .apply([.put(round * 20..<round * 20 + 12, bytes: 30)]),
                    ]
                } + [
                    .hold, .commitBeside([.put([3], bytes: 20)], others: [[.put(0..<60, bytes: 30)], [.put(0..<40, bytes: 35)]]), .release,
                    .commit([.delete([3])]),
                ]),
        Scenario(
            name: "the file's end given back",
            actions: [.commit([.put(0..<180, bytes: 60)]), .commit([.deleteRange(15..<180)])]
                + (0..<5).map { .commit([.put([$0], bytes: 50)]) } + [.reopen, .commit([.put(20..<60, bytes: 60)])]),
        Scenario(
            name: "compaction",
            actions: [.commit([.put((0..<120).map { $0 * 77 % 120 }, bytes: 50), .put([300, 301], bytes: 1100)])]
                + [.commit([.delete((0..<120).filter { $0 % 7 > 1 })]), .compact, .commit([.put([7, 70], bytes: 60)])]
                + [.apply([.deleteRange(10..<60)]), .compact]),
        Scenario(
            name: "compaction beside a snapshot",
            actions: [.commit([.put((0..<90).map { $0 * 77 % 90 }, bytes: 50)]), .hold, .commit([.deleteRange(20..<70)]), .compact]
                + [.commit([.put([3, 80], bytes: 900)]), .release, .compact, .reopen, .commit([.put(20..<24, bytes: 60)])]),
        Scenario(
            name: "closed and opened again",
            actions: (0..<3).flatMap { round -> [CrashAction] in
                [.commit([.put(round..<round + 12, bytes: 60)]), .apply([.delete([round])]), .reopen]
            }),
        Scenario(
            name: "a process killed, then a crash",
            actions: [.commit([.put(0..<30, bytes: 40)])]
                + (0..<7).flatMap { steps -> [CrashAction] in
                    [
                        .killDuring([.put([steps, steps + 12, 50 + steps], bytes: 50), .deleteRange(20..<20 + steps)], steps: steps),
                        .commit([.put([40 + steps], bytes: 30)]), .apply([.put([3], bytes: 20)]), .kill,
                    ]
                }),
    ]

    @Test(arguments: scenarios, [false, true]) func everyStepOf(scenario: Scenario, journal: Bool) throws {
        var random = SeededGenerator(seed: Self.seed)
        let options = smallPages(dirtyByteLimit: scenario.dirtyByteLimit, journal: journal)
        let history = try CrashHistory(scenario.actions, options: options)
        var trial = Trial(options: options, imageLimit: Self.imageLimit, crashesAgain: true)
        do {
            try trial.tryAll(history, &random)
        } catch {
            Issue.record("\(scenario.name), \(journal ? "with" : "without") a journal, seed \(Self.seed): \(error)")
        }
        print(
            "crashes in \(scenario.name), \(journal ? "with" : "without") a journal: \(trial.stops) stops, \(trial.images) images,",
            "\(trial.second) of them second crashes")
        #expect(trial.images > scenario.leastImages)
    }

    /// Tries what crashes leave of a history.
    struct Trial {
        let options: StoreOptions
        let imageLimit: Int
        var crashesAgain: Bool
        var stops = 0
        var images = 0
        var second = 0

        mutating func tryAll(_ history: CrashHistory, image: [UInt8] = [], _ random: inout SeededGenerator) throws {
            var disk = CrashImages(image)
            let steps = history.file.steps
            let states = history.states
            for stop in 0...steps.count {
                if stop > 0 { disk.apply(steps[stop - 1]) }
                if stop < history.first { continue }
                stops += 1
                let possible = states.filter { $0.from <= stop && stop < $0.until }.map(\.model)
                for image in disk.images(limit: imageLimit, &random) {
                    images += 1
                    do { try open(image, possible, &random) } catch {
                        throw Disagreement(description: "a crash at step \(stop) of \(steps.count): \(error)")
                    }
                }
            }
        }

        private mutating func open(_ image: [UInt8], _ possible: [CrashModel], _ random: inout SeededGenerator) throws {
            let file = try RecordingFile(image)
            var reading = readOnly()
            reading.encryption = options.encryption
            let reader = try Store.open(file, options: reading)
            try require(reader.check().problems == [], "a reader finds problems")
            let seen = try reader.snapshot().crashModel()
            try reader.close()
            try require(possible.contains(seen), "the state was never committed, or is too old")

            let changes: [CrashAction] = [
                .commit([.put([500], bytes: 40), .delete([seen.keys.min() ?? 0])]), .commit([.put([501, 2], bytes: 30)]),
            ]
            let history = try CrashHistory(changes, options: options, image: image)
            try require(history.states[0].model == seen, "the writer finds another state than the reader")
            let again = try Store.open(history.file, options: options)
            let problems = try again.check().problems
            try require(problems == [], "\(problems)")
            try require(again.snapshot().crashModel() == history.states[2].model)

            if crashesAgain && random.below(40) == 0 {
                var trial = Trial(options: options, imageLimit: 3, crashesAgain: false)
                try trial.tryAll(history, image: image, &random)
                images += trial.images
                second += trial.images
            }
        }
    }

    /// A flush of many pages syncs them before its meta page, which is `whole` then.
    @Test func wholeFlushes() throws {
        let options = smallPages()
        let file = try RecordingFile()
        let store = try Store.open(file, options: options)
        let created = file.steps.count
        try store.write { for number in 0..<6000 { try $0.put(key(number), filler(100, seed: number)) } }
        let steps = Array(file.steps[created...])
        #expect(steps.count { $0 == .sync } == 2)
        let last = try #require(steps.dropLast().last)
        guard case .write(let offset, let bytes) = last, case .good(let meta) = MetaPage.decode(bytes) else {
            Issue.record("the last write is not that of a meta page")
            return
        }
        #expect(meta.isWhole && offset <= 512)
        #expect(steps[steps.count - 3] == .sync)

        try store.write { try $0.put(key(1), [1]) }
        let small = Array(file.steps[(created + steps.count)...])
        #expect(small.count { $0 == .sync } == 1)
    }
}
