import Synchronization
import TestSupport
import Testing

@testable import BTreeStore

/// Parts of the file that can't be read: an error of the query that comes there, and of no other.
@Suite struct UnreadableTests {
    /// What lies behind the end of a file that was cut short is as unreadable as a bad sector: a look at it through the mapping is SIGBUS.
    @Test func aPageThatCanNotBeReadIsAnError() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("cut")
        do {
            let store = try Store.open(path, options: smallPages(4096))
            try store.write { for number in 0..<4000 { try $0.put(key(number), filler(number == 3999 ? 90_000 : 100, seed: number)) } }
            try store.close()
        }
        let store = try Store.open(path, options: readOnly())
        let snapshot = try store.snapshot()
        let byteCount = try DiskFile(path, options: StoreOptions()).byteCount()
        // The head stays, and the tree's root, so that there is a way to what is gone.
        try DiskFile(path, options: StoreOptions()).resize(byteCount / 4 / 4096 * 4096)
        var failures = 0
        for number in 0..<4000 {
            do throws(StoreError) { _ = try snapshot.get(key(number).span) } catch {
                guard case .truncated = error else { throw error }
                failures += 1
            }
        }
        #expect(failures > 0)
    }

    @Test func onlyWhoComesToABadSectorHearsOfIt() throws {
        let file = try BadSectorFile()
        do {
            let store = try Store.open(file, options: smallPages(4096))
            try store.write { for number in 0..<400 { try $0.put(key(number), filler(number == 399 ? 20_000 : 100, seed: number)) } }
            try store.close()
        }
        let store = try Store.open(file, options: readOnly())
        let view = try store.snapshot().view
        let root = try view.reader.page(view.root.reference, level: 1)
        file.badPage = root.child(2).page
        let error = StoreError.io(operation: "read", path: "sectors", errorNumber: 5)
        var failures = 0
        for number in 0..<399 {
            do throws(StoreError) { #expect(try store.snapshot().get(key(number).span)?.count == 100) } catch {
                #expect(error == .io(operation: "read", path: "sectors", errorNumber: 5))
                failures += 1
            }
        }
        #expect(failures > 10 && failures < 100)
        // A sector in the middle of a large value.
        let last = try view.reader.page(root.child(root.count - 1), level: 0)
        file.badPage = last.leafCell(last.count - 1).run.page + 2
        #expect(throws: error) { _ = try store.snapshot().get(key(399)) }
        // The disk reads it after all.
        file.badPage = .none
        #expect(try store.contents().count == 400)
    }

    /// The first few pages are loaded. Of later ones it is asked, for many at a time, whether they are in memory, and those that are aren't
    /// loaded before they are read.
    @Test func whatIsInMemoryIsNotLoaded() throws {
        let file = try BadSectorFile()
        do {
            let store = try Store.open(file, options: smallPages(4096))
            try store.write { for number in 0..<9000 { try $0.put(key(number), filler(60, seed: number)) } }
            try store.close()
        }
        let pages = try Int(Store.open(file, options: readOnly()).statistics().pages)
        for isCached in [true, false] {
            file.isCached = isCached
            let loads = Mutex(0)
            file.onLoad { _ in loads.withLock { $0 += 1 } }
            let store = try Store.open(file, options: readOnly())
            let first = file.asked
            #expect(try store.snapshot().get(key(4000)) != nil)
            let (asked, pagesAsked) = (file.asked.times - first.times, file.asked.pages - first.pages)
            #expect(asked == 0 && pagesAsked == 0, "\(asked) times, \(pagesAsked) pages")
            #expect((1...3).contains(loads.withLock { $0 }))
            #expect(try store.contents().count == 9000)
            let count = loads.withLock { $0 }
            #expect(isCached ? count == 4 : count > pages / 2, "\(count) of \(pages)")
            // The first two questions are about 16 and 32 pages.
            if isCached { #expect(file.asked.times - first.times <= 2 + pages / 64 + 1) }
            // What was found in memory may be there no longer.
            for minute in 0..<60 { store.core.ageVerification(minute: minute) }
            file.isCached = false
            #expect(try store.contents().count == 9000)
            #expect(loads.withLock { $0 } >= count + pages / 2)
        }
    }

    /// What the system says of a file that was just written, and of one that is full of holes.
    @Test func theSystemTellsWhatIsInMemory() throws {
        let directory = try TemporaryDirectory()
        let file = try DiskFile(directory.file("resident"), options: StoreOptions())
        try writeBytes([UInt8](repeating: 1, count: 64 << 10), file, at: 0)
        try file.resize(1 << 30)
        let (base, byteCount) = unsafe try file.map(1 << 30)
        defer { unsafe file.unmap(base, byteCount) }
        #if os(Linux)
            #expect(unsafe file.residentParts(base, partByteCount: 4096, count: 64) & 0xFFFF == 0xFFFF)
            #expect(unsafe file.residentParts(base, partByteCount: 512, count: 64) == .max)
            #expect(unsafe file.residentParts(base, partByteCount: 65536, count: 64) & 1 == 1)
            #expect(unsafe file.residentParts(base + (512 << 20), partByteCount: 65536, count: 64) == 0)
        #endif
    }

    /// Where a range was deleted many pages have to be read before they can be used again. Nobody waits for the writer's turn meanwhile.
    @Test func upkeepReadsWithoutTheTurn() throws {
        let file = try BadSectorFile()
        do {
            let store = try Store.open(file, options: smallPages())
            try store.write { for number in 0..<6000 { try $0.put(key(number), filler(number % 3 == 0 ? 600 : 40, seed: number)) } }
            try store.write { _ = try $0.delete(KeyRange(lower: key(500), upper: key(5900))) }
            try store.close()
        }
        let store = try Store.open(file, options: smallPages())
        try store.write { try $0.put(key(1), []) }
        // What is looked at in the turn after it was read is no wait; the first time counts.
        let seen = Mutex<[UInt64: Bool]>([:])
        file.onLoad { [turn = store.core.turn] offset in seen.withLock { $0[offset] = $0[offset] ?? turn.isTaken } }
        try store.core.pipeline.keepUp()
        file.onLoad(nil)
        let inTurn = seen.withLock { $0.values.count { $0 } }
        let all = seen.withLock { $0.count }
        #expect(all > 100 && inTurn <= all / 10, "\(inTurn) of \(all)")
        #expect(try store.statistics().cutSubtrees == 0)
        try store.expectSound()
    }
}

/// A file in memory, a page of which can't be loaded.
private final class BadSectorFile: WrappedFile {
    let file: MemoryFile
    private let bad = Mutex(PageNumber.none)
    private let cached = Mutex((isCached: false, asked: (times: 0, pages: 0)))
    private let loaded = Mutex<(@Sendable (UInt64) -> Void)?>(nil)

    /// Whether all of it is in memory, and how often that was asked, of how many pages.
    var isCached: Bool {
        get { cached.withLock { $0.isCached } }
        set { cached.withLock { $0.isCached = newValue } }
    }
    var asked: (times: Int, pages: Int) { cached.withLock { $0.asked } }
    func residentParts(_ address: UnsafeRawPointer, partByteCount: Int, count: Int) -> UInt64 {
        cached.withLock {
            $0.asked.times += 1
            $0.asked.pages += count
            return $0.isCached ? .max >> (64 - count) : 0
        }
    }

    /// Is called whenever something is loaded, with its offset.
    func onLoad(_ body: (@Sendable (UInt64) -> Void)?) { loaded.withLock { $0 = body } }

    init() throws { file = try MemoryFile(path: "sectors", isVolatile: false) }

    var badPage: PageNumber {
        get { bad.withLock { $0 } }
        set { bad.withLock { $0 = newValue } }
    }

    func load(_ address: UnsafeRawPointer, _ byteCount: Int, at offset: UInt64) throws(StoreError) {
        loaded.withLock { $0 }?(offset)
        let start = badPage.offset(pageSize: 4096)
        if offset < start + 4096 && start < offset + UInt64(byteCount) { throw .io(operation: "read", path: path, errorNumber: 5) }
    }
}
