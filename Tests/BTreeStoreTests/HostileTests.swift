import Ground
import Testing

@testable import BTreeStore

/// Files and calls that somebody made to do harm: each is refused, and none traps, hangs or reaches memory that isn't its own.
@Suite struct HostileTests {
    @Test func skippingFurtherThanNumbersReach() throws {
        let store = try Store.inMemory(options: smallPages())
        try store.write { for number in 0..<100 { try $0.put(key(number), []) } }
        let snapshot = try store.snapshot()
        for isReversed in [false, true] {
            var cursor = try snapshot.cursor(reversed: isReversed)
            try require(cursor.next())
            try cursor.skip(.max)
            try require(!cursor.next())
            cursor.seek(to: key(50))
            try cursor.skip(.max)
            try require(!cursor.next())
        }
        #expect(try snapshot.nth(.max, in: .all) == nil)
        expectError {
            _ = try store.page(PageNumber(rawValue: .max))
        } matches: {
            if case .damaged = $0 { true } else { false }
        }
    }

    /// The last numbers that transactions can have. With one that doesn't fit 48 bits the file couldn't be read any more.
    @Test func numbersThatAreUsedUp() throws {
        let file = try MemoryFile(isVolatile: false)
        let meta = MetaPage(
            pageSize: 512, uuid: .random(), opening: 1, transaction: TransactionID(rawValue: 1 << 48 - 3), previous: 1, root: Root(),
            isWhole: true, highWater: .first)
        try file.resize(1024)
        try writeBytes(meta.encoded(), file, at: 0)
        let store = try Store.open(file, options: smallPages())
        expectError {
            for number in 0..<8 { try store.write { try $0.put(key(number), []) } }
        } matches: {
            if case .damaged = $0 { true } else { false }
        }
        try store.close()
        #expect(try Store.open(file, options: readOnly()).contents() == [:])
    }

    /// A file of holes can be as long as numbers go.
    @Test(arguments: [45, 46]) func aFileTooLargeToMap(exponent: Int) throws {
        let meta = MetaPage(
            pageSize: 65536, uuid: .random(), opening: 1, transaction: 1, previous: 1, root: Root(), isWhole: true,
            highWater: PageNumber(rawValue: 1 << UInt64(exponent) + 1))
        expectError {
            _ = try Store.open(FileOfHoles(meta), options: readOnly())
        } matches: {
            if case .fileTooLarge = $0 { true } else { false }
        }
    }

    /// A leaf with two records, keys and lengths as given.
    private func leaf(_ cells: [(offset: Int, key: Int, value: Int)], heap: Int, overflow: Int = 0) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: 512)
        func store(_ value: Int, _ offset: Int) {
            page[offset] = UInt8(value & 255)
            page[offset + 1] = UInt8(value >> 8)
        }
        page[0] = 1
        store(cells.count, 2)
        store(heap, 6)
        store(overflow, 10)
        for (index, cell) in cells.enumerated() {
            store(cell.offset, 24 + 4 * cells.count + 2 * index)
            store(cell.key, cell.offset)
            store(cell.value, cell.offset + 2)
        }
        return page
    }

    private func fault(_ bytes: [UInt8]) -> String? {
        unsafe bytes.withUnsafeBytes { unsafe Page($0.baseAddress!).structuralFault(capacity: 512, keyLimit: 128, level: 0) }
    }

    @Test func cellsThatAreNotWhatTheySeem() {
        #expect(fault(leaf([(500, 1, 1), (506, 1, 1)], heap: 12)) == nil)
        #expect(fault(leaf([(506, 1, 1), (506, 1, 1)], heap: 12)) == "its cells overlap")
        #expect(fault(leaf([(500, 1, 2), (506, 1, 1)], heap: 13)) == "its cells overlap")
        #expect(fault(leaf([(312, 192, 4)], heap: 200)) == "key 0 is too long")
        #expect(fault(leaf([(506, 1, 1)], heap: 6, overflow: 1)) == "it has 0 large values where 1 were noted")
    }

    @Test func keysThatDoNotAscend() throws {
        let memory = PageMemory(pageSize: 512)
        let source = bytes("abcdabcde")
        try withBytes(source) { source in
            // "abcd", "", "ab", "abcde"
            let keys = [(0, 4), (0, 0), (4, 2), (4, 5)].map { unsafe Bytes(source.base + $0.0, $0.1) }
            var entries = Entries(level: 0, capacity: 512)
            for (index, key) in keys.enumerated() { entries.insert(index, key, Payload(key)) }
            let page = memory.allocate(created: 1)
            entries.build(0..<4, into: page)
            let fault = page.page.structuralFault(capacity: 512, keyLimit: 128, level: 0, inMemory: true)
            try require(fault == nil, "\(fault ?? "")")
            let point = try entries.splitPoint(preferred: nil)
            try require(point > 0)
            for split in 1..<4 {
                let separator = entries.separator(split, to: Scratch(pageSize: 512), level: 0)
                try require(separator.count <= keys[split].count)
            }
            memory.free(page)
        }
    }

    @Test func freedPagesThatTheFileDoesNotHave() {
        var space = FreeSpace(highWater: 100)
        space.absorb(
            [(0, 5), (90, 11), (1 << 46, 1), (100, 1)].map { FreedRun(run: PageRun($0.0, $0.1), birth: 1, freed: 2) },
            protected: ProtectedStates([]))
        space.absorb([CutSubtree(reference: PageReference(page: PageNumber(rawValue: 1 << 40)), level: 1, freed: 2)])
        #expect(space.free.count == 0 && space.pinnedCount == 0 && space.cuts == [])
        space.absorb([FreedRun(run: PageRun(90, 10), birth: 1, freed: 2)], protected: ProtectedStates([]))
        #expect(space.free.count == 10)
    }

    /// Each branch has the next page for all of its children: a walk that doesn't notice would take 8^20 steps.
    @Test func aTreeThatIsNoTree() throws {
        let file = try MemoryFile(isVolatile: false)
        let memory = PageMemory(pageSize: 512)
        var reference = PageReference(page: 2, birth: 1)
        for level in 0..<20 {
            let page = memory.allocate(created: 1)
            page.format(kind: level == 0 ? Page.leafKind : Page.branchKind, level: level)
            for index in 0..<8 {
                withBytes([UInt8(index)]) { key in
                    if level == 0 {
                        page.insertLeafCell(index, key, Payload(key))
                    } else if index == 0 {
                        page.insertFirstChild(reference, digest: .zero)
                    } else {
                        page.insertBranchCell(index, key, reference, digest: .zero, capacity: 512)
                    }
                }
            }
            let number = PageNumber.first + PageCount(level)
            page.set(number: number, birth: 1)
            page.clearGap(capacity: 512)
            reference = PageReference(page: number, birth: 1, size: 8, checksum: unsafe checksum(page.page.base, 512))
            unsafe try file.write(UnsafeRawBufferPointer(start: page.base, count: 512), at: number.offset(pageSize: 512))
            memory.free(page)
        }
        var meta = MetaPage(
            pageSize: 512, uuid: .random(), opening: 1, transaction: 1, previous: 0, root: Root(reference: reference, depth: 20),
            isWhole: false, highWater: 22)
        try writeBytes(meta.encoded(), file, at: 0)
        for options in [smallPages(), readOnly()] {
            expectError {
                _ = try Store.open(file, options: options)
            } matches: {
                if case .damaged = $0 { true } else { false }
            }
        }
        // Nobody walks a state that is whole; to look at all of it is not to loop.
        meta.isWhole = true
        try writeBytes(meta.encoded(), file, at: 0)
        let store = try Store.open(file, options: readOnly())
        expectError {
            _ = try store.treeLevels()
        } matches: {
            if case .damaged = $0 { true } else { false }
        }
        #expect(try store.check().problems.count > 20)
        try store.close()
        // To free all of its pages is not to walk every way to them.
        let writer = try Store.open(file, options: smallPages())
        for _ in 0..<4 {
            try writer.write { _ = try $0.delete(.all) }
            try writer.write { try $0.put([1], filler(100, seed: 1)) }
        }
    }
}

/// A meta page, and then nothing for as long as it says.
@safe private final class FileOfHoles: StorageFile {
    private let meta: MetaPage
    init(_ meta: MetaPage) { self.meta = meta }

    var path: String { "holes" }
    var isVolatile: Bool { false }
    func byteCount() -> UInt64 { meta.fileByteCount }
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
        let start = Int(min(offset, UInt64(MetaPage.byteCount)))
        let bytes = meta.encoded().dropFirst(start) + [UInt8](repeating: 0, count: buffer.count)
        unsafe buffer.copyBytes(from: bytes.prefix(buffer.count))
    }
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) { throw .readOnly }
    func resize(_ byteCount: UInt64) throws(StoreError) { throw .readOnly }
    func sync() throws(StoreError) { throw .readOnly }
    func map(_ byteCount: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int) { throw .fileTooLarge(path: path) }
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}
    func lockWriter() {}
    func unlockWriter() {}
    func isWriterElsewhere() -> Bool { false }
    func lockReader(_ flush: TransactionID) {}
    func unlockReader(_ flush: TransactionID) {}
    func readersElsewhere(below end: TransactionID) -> [TransactionID] { [] }
}
