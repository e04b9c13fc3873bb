import Synchronization
import TestSupport
import Testing

@testable import BTreeStore

/// A reader in one process that is slow, and a writer in another that goes on meanwhile.
@Suite struct ReaderRaceTests {
    /// A writer was killed, so a reader looks whether its last flush is whole. Before it is done another writer opens the file and
    /// uses pages of that flush again: then there is a newer one for the reader, and nothing is damaged.
    @Test(arguments: [false, true]) func aWriterGoesOnWhileAReaderLooks(opensThen: Bool) throws {
        let disk = try RecordingFile()
        let options = smallPages()
        let killed = try Store.open(disk, options: options)
        for round in 0..<4 { try killed.write { for number in 0..<40 { try $0.put(key(number), filler(40, seed: round)) } } }
        disk.refuse(after: 0, with: .closed)
        try? killed.close()
        disk.allowAll()

        let slow = SlowReader(disk)
        let reader = opensThen ? nil : try Store.open(slow, options: readOnly())
        if !opensThen {
            // Something for the reader to look at.
            let other = try Store.open(disk, options: options)
            try other.write { try $0.put(key(0), [1]) }
            disk.refuse(after: 0, with: .closed)
            try? other.close()
            disk.allowAll()
        }
        let writer = try Store.open(disk, options: options)
        @Sendable func goOn() throws {
            for round in 0..<6 { try writer.write { for number in 0..<40 { try $0.put(key(number), filler(40, seed: 10 + round)) } } }
        }
        if opensThen { slow.whenItMaps(goOn) } else { slow.whenItReads(after: 4, goOn) }
        let snapshot = try (reader ?? Store.open(slow, options: readOnly())).snapshot()
        #expect(try snapshot.contents() == writer.contents())
        #expect(slow.hasActed)
    }
}

extension ReaderRaceTests {
    /// A writer takes an older state than the one that the reader is looking at, and cuts the file behind it: a page of the mapping
    /// beyond the end would be a signal.
    @Test func aWriterCutsTheFileWhileAReaderLooks() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("cut")
        let options = smallPages()
        let killed = try RecordingFile()
        let store = try Store.open(killed, options: options)
        try store.write { try $0.put(key(0), [0]) }
        try store.write { for number in 0..<400 { try $0.put(key(number), filler(60, seed: 1)) } }
        let image = try readBytes(killed, at: 0, count: Int(killed.byteCount()))
        try writeBytes(image, DiskFile(path, options: options), at: 0)

        let slow = SlowReader(try DiskFile(path, options: readOnly()))
        slow.whenItMaps {
            let file = try DiskFile(path, options: options)
            var meta = try MetaPages(file).good[1].meta
            meta.transaction = meta.transaction.next.next
            meta.isWhole = true
            try file.resize(meta.fileByteCount)
            try meta.write(file, MetaPages(file).good[0].place)
        }
        let reader = try Store.open(slow, options: readOnly())
        #expect(try reader.contents() == [key(0): [0]])
        #expect(slow.hasMapped)
    }
}

extension ReaderRaceTests {
    /// While a reader looks at meta pages and takes in the journal, the writer fills it, flushes, uses pages again and begins the journal
    /// anew: what the reader shows then is a state that was committed, no older than when it began, and stays.
    @Test func aWriterGoesOnWhileAReaderTakesInTheJournal() throws {
        var looks = 0
        for reads in 0..<40 {
            let disk = try RecordingFile()
            let writer = try Store.open(disk, options: smallPages(journal: true))
            let history = Mutex<[[[UInt8]: [UInt8]]]>([])
            @Sendable func commit(_ count: Int, seed: Int) throws {
                for number in 0..<count {
                    try writer.write {
                        for other in 0..<3 { try $0.put(key((number * 7 + other * 13) % 40), filler(60, seed: seed + number)) }
                    }
                    let contents = try writer.contents()
                    history.withLock { $0.append(contents) }
                }
            }
            var states: [[[UInt8]: [UInt8]]] { history.withLock { $0 } }
            try writer.write { for number in 0..<40 { try $0.put(key(number), filler(50, seed: 0)) } }
            try commit(5, seed: 100)
            let slow = SlowReader(disk)
            let reader = try Store.open(slow, options: readOnly())
            #expect(try reader.contents() == states.last)
            try commit(3, seed: 200)
            let first = states.count - 1
            slow.whenItReads(after: reads) { try commit(60, seed: 300) }
            let snapshot = try reader.snapshot()
            let contents = try snapshot.contents()
            #expect(states[first...].contains(contents), "after \(reads) reads")
            if slow.hasActed { looks += 1 }
            try commit(60, seed: 400)
            #expect(try snapshot.contents() == contents, "after \(reads) reads")
            try writer.expectSound()
        }
        #expect(looks > 5)
    }
}

/// Another process's way to a file, during which something else happens.
@safe private final class SlowReader: StorageFile {
    private let file: any StorageFile
    private let action = Mutex<(@Sendable () throws -> Void)?>(nil)
    private let reads = Mutex<Int?>(nil)
    var hasMapped: Bool { hasActed }
    var hasActed: Bool { action.withLock { $0 == nil } }

    init(_ file: any StorageFile) { self.file = file }

    /// What happens when pages are about to be looked at, once.
    func whenItMaps(_ body: @escaping @Sendable () throws -> Void) { action.withLock { $0 = body } }

    /// What happens when so many reads have been made from now on, once.
    func whenItReads(after count: Int, _ body: @escaping @Sendable () throws -> Void) {
        reads.withLock { $0 = count }
        action.withLock { $0 = body }
    }

    private func act() throws(StoreError) {
        let body = action.withLock { action in
            defer { action = nil }
            return action
        }
        do { try body?() } catch { throw .io(operation: "\(error)", path: path, errorNumber: 0) }
    }

    func map(_ byteCount: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int) {
        if reads.withLock({ $0 == nil }) { try act() }
        return unsafe try file.map(byteCount)
    }

    var path: String { file.path }
    var isVolatile: Bool { false }
    func byteCount() throws(StoreError) -> UInt64 { try file.byteCount() }
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) {
        let isDue = reads.withLock { reads in
            reads = reads.map { $0 - 1 }
            return reads == -1
        }
        if isDue { try act() }
        unsafe try file.read(buffer, at: offset)
    }
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) { throw .readOnly }
    func resize(_ byteCount: UInt64) throws(StoreError) { throw .readOnly }
    func sync() throws(StoreError) { throw .readOnly }
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) { unsafe file.unmap(base, byteCount) }
    func lockWriter() throws(StoreError) {}
    func unlockWriter() {}
    func isWriterElsewhere() throws(StoreError) -> Bool { false }
    func lockReader(_ flush: TransactionID) throws(StoreError) { try file.lockReader(flush) }
    func unlockReader(_ flush: TransactionID) { file.unlockReader(flush) }
    func readersElsewhere(below end: TransactionID) throws(StoreError) -> [TransactionID] { [] }
}
