import Testing

@testable import BTreeStore

/// Stops at every write and sync of a scenario, makes each disk that a crash there may leave, and opens it: the state must be
/// one that was committed, whole, and no older than the last commit that was acknowledged.
@Suite struct CrashTests {
    typealias Contents = [[UInt8]: [UInt8]]

    /// A store's history: the contents after each commit, and the step at which it began and was acknowledged.
    private final class History {
        let file: RecordingFile
        let store: Store
        var states: [(contents: Contents, acknowledged: Int)] = []

        init(_ options: StoreOptions) throws {
            file = try RecordingFile()
            store = try Store.open(file, options: options)
            states = [([:], file.steps.count)]
        }

        func commit(_ body: (inout WriteTransaction) throws -> Void) throws {
            try store.write(.hard, body)
            states.append((try store.contents(), file.steps.count))
        }
    }

    /// - Returns: how many disks were tried.
    private func crashEverywhere(_ history: History, _ options: StoreOptions) throws -> Int {
        let steps = history.file.steps
        var images = 0
        for count in history.states[0].acknowledged...steps.count {
            let synced = steps[..<count].lastIndex(of: .sync) ?? 0
            let unsynced = Array(synced..<count).filter { if case .write = steps[$0] { true } else { false } }
            func open(_ what: String, keep: (Int, Int) -> Int) throws {
                images += 1
                let file = try RecordingFile(crashing: steps, at: count, keep: keep)
                let reader = try Store.open(file, options: readOnly())
                #expect(try reader.check().isClean)
                let seen = try reader.contents()
                try reader.close()
                let store = try Store.open(file, options: options)
                let contents = try store.contents()
                #expect(seen == contents)
                let acknowledged = history.states.lastIndex { $0.acknowledged <= count } ?? 0
                let possible = history.states[acknowledged...].prefix(2)
                #expect(possible.contains { $0.contents == contents }, "step \(count), \(what)")
                try store.expectSound()
                // And it can be worked with.
                try store.write { try $0.put(bytes("after"), bytes("the crash")) }
                try store.expectSound()
                try store.close()
                let again = try Store.open(file, options: options)
                #expect(try again.contents().count == contents.count + 1)
            }
            try open("all kept") { $1 }
            try open("none kept") { _, _ in 0 }
            for lost in unsynced {
                try open("step \(lost) lost") { $0 == lost ? 0 : $1 }
                try open("only step \(lost) kept") { $0 == lost ? $1 : 0 }
                try open("step \(lost) torn") { $0 == lost ? $1 / 1024 * 512 : $1 }
            }
        }
        return images
    }

    @Test func smallCommits() throws {
        let options = smallPages()
        let history = try History(options)
        for round in 0..<4 {
            try history.commit { for number in 0..<6 { try $0.put(key(number * 7 % 30 + round), filler(60, seed: round)) } }
        }
        try history.commit { try $0.delete(key(7)) }
        let images = try crashEverywhere(history, options)
        #expect(images > 50)
    }

    @Test func overflowValuesRangeDeletesAndReuse() throws {
        let options = smallPages()
        let history = try History(options)
        try history.commit { for number in 0..<60 { try $0.put(key(number), filler(number % 7 == 0 ? 1500 : 40, seed: number)) } }
        try history.commit { try $0.delete(KeyRange(lower: key(10), upper: key(50))) }
        try history.commit { for number in 0..<20 { try $0.put(key(number), filler(50, seed: number + 1)) } }
        try history.commit { for number in 20..<40 { try $0.put(key(number), filler(number % 5 == 0 ? 1200 : 30, seed: number)) } }
        try history.commit { try $0.delete(.all) }
        try history.commit { for number in 0..<30 { try $0.put(key(number), filler(70, seed: 9)) } }
        let images = try crashEverywhere(history, options)
        #expect(images > 50)
    }

    /// Pages written before the commit, when memory is short, must not be missed or missing either.
    @Test func spilledTransactions() throws {
        let options = smallPages(dirtyByteLimit: 2048)
        let history = try History(options)
        for round in 0..<3 {
            try history.commit { for number in 0..<40 { try $0.put(key(number * 3 + round), filler(50, seed: round)) } }
        }
        let images = try crashEverywhere(history, options)
        #expect(images > 50)
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
