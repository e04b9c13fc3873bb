import TestSupport
import Testing

@testable import BTreeStore

/// Bytes that change on the disk after a page was verified. What is read again from there is found out before it gets a right checksum.
@Suite struct RotTests {
    /// A store with branches, leaves and large values, all of them in the file and verified.
    private func made(_ file: MemoryFile) throws -> Store {
        let store = try Store.open(file, options: smallPages(4096))
        try store.write {
            for number in 0..<400 { try $0.put(key(number), filler(number % 100 == 7 ? 9000 : 100, seed: number)) }
        }
        #expect(try store.contents().count == 400)
        return store
    }

    /// The root, the first leaf, and the run of the first large value.
    private func places(_ store: Store) throws -> (root: PageReference, leaf: PageReference, run: PageReference) {
        let view = try store.snapshot().view
        try #require(view.root.level == 1)
        let root = try view.reader.page(view.root.reference, level: 1)
        let leaf = try view.reader.page(root.child(0), level: 0)
        let index = try #require((0..<leaf.count).first { leaf.leafCell($0).isOverflow })
        return (view.root.reference, root.child(0), leaf.leafCell(index).run)
    }

    private func flip(_ file: MemoryFile, _ page: PageNumber, byte: UInt64 = 4000) throws {
        let offset = page.offset(pageSize: 4096) + byte
        let old = try readBytes(file, at: offset, count: 1)
        try writeBytes([old[0] ^ 1], file, at: offset)
    }

    private func expectDamage(at page: PageNumber, _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
        expectError(sourceLocation: sourceLocation) {
            try body()
        } matches: {
            if case .damaged(page, _) = $0 { true } else { false }
        }
    }

    @Test func aBackupCopiesNoDamage() throws {
        for choice in 0..<3 {
            let file = try MemoryFile(isVolatile: false)
            let store = try made(file)
            let places = try places(store)
            let page = [places.root.page, places.leaf.page, places.run.page][choice]
            try flip(file, page)
            expectDamage(at: page) { _ = try store.backup(into: MemoryFile(isVolatile: false)) }
        }
    }

    /// The record that is changed isn't the one that was damaged; the page that both are in would get a right checksum.
    @Test func aChangedLeafTakesNoDamageAlong() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try made(file)
        let leaf = try places(store).leaf.page
        try flip(file, leaf)
        expectDamage(at: leaf) { try store.write { try $0.put(key(3), filler(100, seed: 9)) } }
        // A change so large that the leaf is copied whole.
        let other = try MemoryFile(isVolatile: false)
        let second = try made(other)
        let page = try places(second).leaf.page
        try flip(other, page)
        expectDamage(at: page) { try second.write { for number in 0..<6 { try $0.put(key(number), filler(1500, seed: 9)) } } }
    }

    @Test func aChangedBranchTakesNoDamageAlong() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try made(file)
        let root = try places(store).root.page
        // A byte of the gap: nobody looks at it, and the checksum covers it.
        try flip(file, root, byte: 2000)
        expectDamage(at: root) { try store.write { try $0.put(key(3), filler(100, seed: 9)) } }
    }

    @Test func leavesThatJoinTakeNoDamageAlong() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try made(file)
        let view = try store.snapshot().view
        let second = try view.reader.page(view.root.reference, level: 1).child(1)
        let first = try view.reader.page(try places(store).leaf, level: 0)
        let keep = try view.reader.page(second, level: 0).key(0)
        let last = first.key(first.count - 1)
        // The second leaf is left with few records, and joined with what is left of the first.
        try store.write {
            _ = try $0.delete(KeyRange(lower: keep, lowerInclusive: false, upper: key(90), upperInclusive: false))
        }
        let now = try store.snapshot().view
        let sparse = try now.reader.page(now.root.reference, level: 1).child(1)
        try #require(!sparse.isInMemory)
        try flip(file, sparse.page, byte: 600)
        expectDamage(at: sparse.page) { try store.write { _ = try $0.delete(KeyRange(lower: key(1), upper: last)) } }
    }

    /// Nobody is told of rot in a page that nobody reads; but a page that is read is looked at again within the hour.
    @Test func whatWasVerifiedIsVerifiedAgain() throws {
        for choice in 0..<2 {
            let file = try MemoryFile(isVolatile: false)
            let store = try made(file)
            let places = try places(store)
            let page = [places.leaf.page, places.run.page][choice]
            try flip(file, page)
            for minute in 0..<60 { store.core.ageVerification(minute: minute) }
            expectDamage(at: page) { _ = try store.contents() }
            try flip(file, page)
            #expect(try store.contents().count == 400)
        }
    }
}
