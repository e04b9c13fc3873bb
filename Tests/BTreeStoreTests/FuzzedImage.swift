import Ground
import TestSupport

@testable import BTreeStore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

/// A file that somebody made to do harm, and what happens when it is opened, read, checked and written.
///
/// The input is pages of 512 bytes; what is left over at its end says what to write, and in its last byte whether checksums are
/// put right first. They mostly are, or a changed byte would never get past them. An encrypted file has pages of 4,096, decrypted, and is sealed
/// again with its key.
struct FuzzedImage {
    static let pageSize = 512
    /// Nobody walks further than this: a small file can say that it has 2^47 records.
    private static let stepLimit = 2000

    private static let local = bytes("__local__:")
    private static let state = bytes("__local__:states:fuzzed")

    private let image: [UInt8]
    private let script: ArraySlice<UInt8>
    private let key: EncryptionKey?

    init(_ input: [UInt8]) {
        let split = input.count / Self.pageSize * Self.pageSize
        script = input[split...]
        let image = Array(input[..<split])
        key = AuthenticImage.isOne(image) ? try? testKey() : nil
        let isSealed = (script.last ?? 0) & 1 == 0
        self.image = !isSealed ? image : key.map { AuthenticImage.sealed(image, $0) ?? image } ?? SealedImage(image).image
    }

    private var reading: StoreOptions {
        var options = readOnly()
        options.encryption = key
        return options
    }

    private var writing: StoreOptions {
        key.map { encrypted($0, dirtyByteLimit: 4096, journal: false) } ?? smallPages(dirtyByteLimit: 4096)
    }

    /// - Throws: `Disagreement` if something is wrong with us, and not with the file.
    func run() throws {
        try read()
        weak let file = try write()
        // The store's own thread may still be on its way out. What it holds until then is no leak, and what is held for ever is one.
        let deadline = MonotonicTime.now + .seconds(10)
        while file != nil {
            try require(.now < deadline, "a file outlives its store")
            SystemThread.yield()
        }
    }

    private func read() throws {
        let file = FixedFile(image)
        guard let store = try attempt({ try Store.open(file, options: reading) }) else { return }
        _ = try attempt { try look(at: store) }
        _ = try attempt { try store.treeLevels() }
        for page in 0..<UInt64(image.count / Self.pageSize) { _ = try attempt { try store.page(PageNumber(rawValue: page)) } }
        _ = try attempt { try store.check() }
        _ = try attempt { try store.statistics() }
    }

    private func look(at store: Store) throws {
        let snapshot = try store.snapshot()
        try look(at: snapshot)
        for state in try store.states().prefix(8) { _ = try attempt { try look(at: store.snapshot(of: state.name)) } }
    }

    private func look(at snapshot: Snapshot) throws {
        for isReversed in [false, true] {
            var cursor = try snapshot.cursor(reversed: isReversed)
            var steps = 0
            while steps < Self.stepLimit, try cursor.next() {
                _ = cursor.keyCopy
                _ = try cursor.value.copy()
                steps += 1
            }
            try cursor.skip(3)
        }
        for index: UInt64 in [0, 1, 7, 1 << 46] {
            guard let (key, value) = try snapshot.nth(index, in: .all) else { continue }
            _ = value.copy()
            _ = try snapshot.get(key)?.copy()
            _ = try snapshot.rank(of: key.span)
            _ = try snapshot.count(KeyRange(lower: key, upper: nil))
            if try snapshot.hasDigests { _ = try snapshot.digest(KeyRange(lower: key, upper: nil)) }
        }
    }

    /// Whatever the file is, writing into it ends in an error or goes well; and if it was sound it stays sound.
    private func write() throws -> RecordingFile {
        let file = try RecordingFile(image)
        try write(file)
        return file
    }

    private func write(_ file: RecordingFile) throws {
        guard let store = try attempt({ try Store.open(file, options: writing) }) else { return }
        var model: [[UInt8]: [UInt8]]?
        if let report = try attempt({ try store.check() }), report.isClean, report.records < UInt64(Self.stepLimit) {
            model = try store.contents()
        }
        let named = model
        if try attempt({ try store.createState("fuzzed") }) != nil {
            model?[Self.state] = try attempt { try store.snapshot().get(Self.state.span)?.copy() } ?? nil
        }
        var numbers = script.makeIterator()
        var failed = false
        while let number = numbers.next(), !failed {
            var working = model
            failed = try attempt { try transaction(store, number, &numbers, &working) } == nil
            model = working
        }
        if let model, !failed, model[Self.state] != nil {
            try require(store.snapshot(of: "fuzzed").contents() == named, "a state that has a name is another")
        }
        if !failed {
            var steps = 0
            let compacted = try attempt {
                try store.compact { _ in
                    steps += 1
                    return steps < Self.stepLimit
                }
            }
            failed = compacted == nil
            try require(steps < Self.stepLimit, "a compaction of a small file has no end")
        }
        if model != nil { try require(!failed, "a sound file can't be written") }
        _ = try attempt { try store.check() }
        if (script.first ?? 0) & 1 == 0, try attempt({ try store.dropState("fuzzed") }) != nil {
            model?[Self.state] = nil
        }
        _ = try attempt { try store.statistics() }
        _ = try attempt { try store.close() }
        guard let again = try attempt({ try Store.open(file, options: reading) }) else {
            return try require(model == nil, "a sound file can't be opened again")
        }
        if let model {
            let problems = try again.check().problems
            try require(problems == [], "a sound file was written and is no longer: \(problems)")
            try require(again.contents() == model, "a sound file has other contents than were written")
        } else {
            _ = try attempt { try look(at: again) }
        }
    }

    /// One transaction, as the script says.
    private func transaction(
        _ store: Store, _ kind: UInt8, _ numbers: inout IndexingIterator<ArraySlice<UInt8>>, _ model: inout [[UInt8]: [UInt8]]?
    ) throws {
        let before = model
        let snapshot = try store.snapshot()
        // A key that the file has, or one that it mostly hasn't.
        func key(_ number: UInt8) throws -> [UInt8] {
            guard number < 200, let key = try snapshot.nth(UInt64(number), in: .all)?.key, !key.starts(with: Self.local) else {
                return [0x6B, number]
            }
            return key
        }
        var transaction = try store.beginWrite()
        for _ in 0...Int(kind & 3) {
            let first = numbers.next() ?? 0
            let second = numbers.next() ?? 0
            let lower = try key(first)
            switch second >> 6 {
            case 0:
                try transaction.delete(lower)
                model?[lower] = nil
            case 1:
                let upper = try key(second & 63)
                try transaction.delete(KeyRange(lower: lower, upper: upper))
                model = model?.filter { $0.key.lexicographicallyPrecedes(lower) || !$0.key.lexicographicallyPrecedes(upper) }
            case 3 where first & 1 == 1:
                // A series: each record goes on from where the one before was put.
                for number in 0..<(second & 31) {
                    let (key, value) = (lower + [number], filler(Int(first >> 2), seed: Int(second)))
                    try transaction.put(key, value)
                    model?[key] = value
                }
            default:
                let value = filler(Int(second & 63) * (first & 7 == 0 ? 40 : 3), seed: Int(second))
                try transaction.put(lower, value)
                model?[lower] = value
            }
        }
        switch kind >> 5 {
        case 0:
            transaction.rollback()
            model = before
        case 1: try transaction.commit(.none)
        default: try transaction.commit()
        }
    }

    /// Errors of the store are what is hoped for; anything else isn't.
    private func attempt<Result>(_ body: () throws -> Result) throws -> Result? {
        do { return try body() } catch is StoreError { return nil }
    }
}

/// An image whose checksums were made to fit its pages, as far as references lead to them.
private struct SealedImage {
    private(set) var image: [UInt8]
    private let pageSize: Int
    /// Of the pages that are done or under way.
    private var checksums: [Int: UInt64] = [:]

    init(_ image: [UInt8]) {
        self.image = image
        let size = image.count >= 16 ? Int(image[12]) | Int(image[13]) << 8 | Int(image[14]) << 16 | Int(image[15]) << 24 : 0
        pageSize = MetaPage.isSupported(pageSize: size) ? size : FuzzedImage.pageSize
        for slot in [0, pageSize] where slot + MetaPage.byteCount <= image.count {
            store(sealPage(load(slot + 56, 8), level: load(slot + 88, 4) - 1), at: slot + 80)
            store(sealLog(load(slot + 96, 8)), at: slot + 112)
            store(checksumOf(slot, 248), at: slot + 248)
        }
        for slot in [0, pageSize] where slot + MetaPage.byteCount <= image.count {
            if case .good(let meta) = MetaPage.decode(Array(self.image[slot..<slot + MetaPage.byteCount])) { sealJournal(meta) }
        }
    }

    /// Has every page of the journal begin a record that is on top of this state, as long as it says.
    private mutating func sealJournal(_ meta: MetaPage) {
        guard let run = meta.journal, run.end.preceding <= PageCount(image.count / pageSize), meta.pageSize == pageSize else { return }
        var page = Int(run.start.rawValue)
        while page < Int(run.end.rawValue) {
            let start = page * pageSize
            let end = JournalRecord.headerByteCount + load(start + 32, 4)
            if start + end <= Int(run.end.rawValue) * pageSize {
                store(meta.journalSalt(nil), at: start + 8)
                store(checksumOf(start + 8, end - 8), at: start)
                page += (end + pageSize - 1) / pageSize
            } else {
                page += 1
            }
        }
    }

    private func load(_ offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(image[offset + $1]) << (8 * $1) }
    }

    private mutating func store(_ checksum: UInt64?, at offset: Int) {
        guard let checksum else { return }
        for index in 0..<8 { image[offset + index] = UInt8(truncatingIfNeeded: checksum >> UInt64(8 * index)) }
    }

    private func checksumOf(_ offset: Int, _ count: Int) -> UInt64 {
        unsafe image.withUnsafeBytes { unsafe checksum($0.baseAddress! + offset, count) }
    }

    /// The page's place, if there is one and it was not met yet.
    private mutating func enter(_ page: Int) -> Int? {
        guard page >= 2, page < image.count / pageSize, checksums[page] == nil else { return nil }
        checksums[page] = 0
        return page * pageSize
    }

    private mutating func sealPage(_ page: Int, level: Int) -> UInt64? {
        guard let start = enter(page) else { return checksums[page] }
        let count = load(start + 2, 2)
        let heads = 24 + load(start + 4, 2)
        if level > 0 {
            let children = heads + 6 * count
            for index in 0..<count where children + 26 * (index + 1) <= pageSize {
                let reference = start + children + 26 * index
                store(sealPage(load(reference, 6), level: level - 1), at: reference + 18)
            }
        } else {
            for index in 0..<count where heads + 4 * count + 2 * index + 2 <= pageSize {
                let cell = load(start + heads + 4 * count + 2 * index, 2)
                guard cell + 4 <= pageSize, image[start + cell + 1] & 0x80 != 0 else { continue }
                let reference = start + cell + 4 + load(start + cell, 2) & 0x7FFF
                guard reference + 26 <= start + pageSize else { continue }
                let run = load(reference, 6), size = load(reference + 12, 6)
                guard run < image.count, size <= image.count, run * pageSize + size <= image.count else { continue }
                store(checksumOf(run * pageSize, size), at: reference + 18)
            }
        }
        checksums[page] = checksumOf(start, pageSize)
        return checksums[page]
    }

    private mutating func sealLog(_ page: Int) -> UInt64? {
        guard let start = enter(page) else { return checksums[page] }
        store(sealLog(load(start + 24, 6)), at: start + 36)
        var entry = start + 44
        while entry < start + pageSize, case let size = SpaceLog.Entry.byteCount(image[entry]), size > 0, entry + size <= start + pageSize {
            if image[entry] == 4 { store(sealPage(load(entry + 2, 6), level: Int(image[entry + 1])), at: entry + 20) }
            entry += size
        }
        checksums[page] = checksumOf(start, pageSize)
        return checksums[page]
    }
}

/// A file of just these bytes, in a block of memory of just their number: what reads beyond it is found out by the address sanitizer.
@safe private final class FixedFile: StorageFile, @unchecked Sendable {
    // Sendable: nobody writes it.
    private let base: UnsafeMutableRawPointer
    private let count: Int
    let path = "fuzzed"
    let isVolatile = false

    init(_ image: [UInt8]) {
        unsafe base = .allocate(byteCount: image.count, alignment: 16)
        count = image.count
        unsafe image.withUnsafeBytes { unsafe base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: image.count) }
    }

    deinit { unsafe base.deallocate() }

    func byteCount() -> UInt64 { UInt64(count) }

    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) {
        guard offset <= UInt64(count), buffer.count <= count - Int(offset) else {
            throw .truncated(path: path, byteCount: UInt64(count), expected: offset + UInt64(buffer.count))
        }
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(start: base + Int(offset), count: buffer.count))
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) { throw .readOnly }
    func resize(_ byteCount: UInt64) throws(StoreError) { throw .readOnly }
    func sync() throws(StoreError) { throw .readOnly }
    func map(_ byteCount: Int) -> (base: UnsafeRawPointer, byteCount: Int) { unsafe (UnsafeRawPointer(base), count) }
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}
    func lockWriter() {}
    func unlockWriter() {}
    func isWriterElsewhere() -> Bool { false }
    func lockReader(_ flush: TransactionID) {}
    func unlockReader(_ flush: TransactionID) {}
    func readersElsewhere(below end: TransactionID) -> [TransactionID] { [] }
}
