private import CSystem
internal import Ground
internal import Synchronization

// Decrypted pages and large values of an encrypted file.
//
// What a plain file's mapping shows where it lies in the file, this one has in frames, page-sized and taken one after the other as pages are
// first read. A table leads from a page's number to its frame. A frame never gets other contents, so addresses are good as long as the mapping
// is held, as those of a plain file are. When a mapping has its share of the memory for decrypted pages, another one begins
// (`Generations`), which copies what is still read from the one before; and this one goes with the last snapshot that has it.
//
// Why this is safe: pages are decrypted in a frame that nobody else knows yet, and only what proved to be what was sealed comes into the table,
// under a lock. An entry of the table counts only if the page in its frame has the number and the birth that are looked for, and the entry
// the end of its tag; a page that was written anew since, by whomever, is decrypted into another frame.

extension Mapping {
    private var pageSize: Int { 1 << pageShift }
    private var capacity: Int { pageSize - PageCipher.sealByteCount }
    private var frameLimit: Int { min(byteCount >> pageShift, 1 << (64 - Self.tagBitCount) - 1) }
    private static let tagBitCount: UInt64 = 36

    private func lock(_ page: PageNumber) -> Monitor { openingLocks[Int(truncatingIfNeeded: page.rawValue) & (openingLocks.count - 1)] }

    // MARK: The table

    private static func tagBits(_ reference: PageReference) -> UInt64 { reference.checksum & (1 << tagBitCount - 1) }

    /// Where the frames begin in which what a reference is to was put: nil if there are none.
    @inline(__always) func frames(_ reference: PageReference) -> UnsafeRawPointer? {
        guard let table = unsafe table, reference.page.rawValue < tableCount else { return nil }
        let entry = unsafe pando_load_acquire(table + Int(truncatingIfNeeded: reference.page.rawValue))
        guard entry != 0, (entry ^ reference.checksum) & (1 << Self.tagBitCount - 1) == 0 else { return nil }
        return unsafe base + (Int(truncatingIfNeeded: entry &>> Self.tagBitCount) &- 1) &<< pageShift
    }

    private func link(_ reference: PageReference, to frame: Int) {
        guard let table = unsafe table else { return }
        // Under the lock. Who sees nothing meanwhile waits for the lock.
        let entry = unsafe table + Int(truncatingIfNeeded: reference.page.rawValue)
        unsafe pando_and_relaxed(entry, 0)
        unsafe pando_or_release(entry, UInt64(frame + 1) << Self.tagBitCount | Self.tagBits(reference))
    }

    /// Frames in a row that are nobody's.
    private func takeFrames(_ count: Int) throws(StoreError) -> Int {
        let first = usedFrames.add(count, ordering: .relaxed).oldValue
        if first + count <= frameLimit { return first }
        usedFrames.subtract(count, ordering: .relaxed)
        throw .fileTooLarge(path: file.path)
    }

    private func frame(_ index: Int) -> UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(mutating: base + index << pageShift) }

    // MARK: Pages

    @inline(__always) func openedPage(_ reference: PageReference) -> Page? {
        guard let place = unsafe frames(reference) else { return nil }
        let page = unsafe Page(place)
        return page.number == reference.page && page.birth == reference.birth ? page : nil
    }

    /// The page that a reference is to, decrypted.
    ///
    /// - Throws: `damaged` if the page isn't what the reference says.
    func openPage(_ reference: PageReference, level: Int) throws(StoreError) -> Page {
        if let page = openedPage(reference) {
            // A damaged parent might lead to a sound page of another level.
            if page.level == level && page.kind == (level == 0 ? Page.leafKind : Page.branchKind) { return page }
            throw .damaged(page: reference.page, reason: "it is a page of level \(page.level) where one of level \(level) was expected")
        }
        let lock = lock(reference.page)
        lock.lock()
        defer { lock.unlock() }
        if let page = openedPage(reference), page.level == level { return page }
        let index = try takeFrames(1)
        let place = unsafe frame(index)
        if unsafe !copy(from: olderGeneration, reference, level: level, to: place) {
            unsafe try openCopy(reference, level: level, place)
        }
        link(reference, to: index)
        return unsafe Page(UnsafeRawPointer(place))
    }

    /// Decrypts a page into other memory, of a page's size, and leaves the frames as they are.
    ///
    /// - Throws: `damaged` if the page isn't what the reference says.
    func decrypt(_ reference: PageReference, level: Int, to place: UnsafeMutableRawPointer) throws(StoreError) {
        if unsafe copy(from: self, reference, level: level, to: place) { return }
        if unsafe copy(from: olderGeneration, reference, level: level, to: place) { return }
        unsafe try openCopy(reference, level: level, place)
    }

    private func openCopy(_ reference: PageReference, level: Int, _ place: UnsafeMutableRawPointer) throws(StoreError) {
        unsafe try read(reference, byteCount: pageSize, place)
        unsafe _ = file.cipher?.open(place, capacity, reference, .page)
        let page = unsafe Page(UnsafeRawPointer(place))
        if let fault = PageReader.fault(page, reference, level: level, pageSize: pageSize, capacity: capacity) {
            throw .damaged(page: reference.page, reason: fault)
        }
    }

    /// Copies a page that was decrypted in a generation, which is held meanwhile: others may give it up.
    ///
    /// - Returns: false if it wasn't.
    private func copy(
        from generation: Mapping?, _ reference: PageReference, level: Int, to place: UnsafeMutableRawPointer
    ) -> Bool {
        guard let generation else { return false }
        return withExtendedLifetime(generation) {
            // A page of another level is read anew, and is an error then.
            guard let page = generation.openedPage(reference), page.level == level else { return false }
            unsafe place.copyMemory(from: page.base, byteCount: pageSize)
            return true
        }
    }

    private func read(_ reference: PageReference, byteCount: Int, _ place: UnsafeMutableRawPointer) throws(StoreError) {
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: place, count: byteCount)
        unsafe try file.read(buffer, at: reference.page.offset(pageSize: pageSize))
    }

    // MARK: Large values

    private func openedRun(_ run: PageReference) -> UnsafeRawPointer? {
        let count = Int(run.size) + PageCipher.sealByteCount
        guard let place = unsafe frames(run), unsafe place + count <= base + byteCount else { return nil }
        // What a page's frame or another value's has there is not this tag.
        return unsafe place.load64(Int(run.size) + 8) == run.checksum ? place : nil
    }

    func isOpenedRun(_ run: PageReference) -> Bool { unsafe openedRun(run) != nil }

    /// The large value that a reference is to, decrypted.
    ///
    /// - Throws: `damaged` if the value isn't what the reference says.
    func openRun(_ run: PageReference) throws(StoreError) -> UnsafeRawPointer {
        if let place = unsafe openedRun(run) { return unsafe place }
        let lock = lock(run.page)
        lock.lock()
        defer { lock.unlock() }
        if let place = unsafe openedRun(run) { return unsafe place }
        let byteCount = Int(run.size) + PageCipher.sealByteCount
        let index = try takeFrames((byteCount + pageSize - 1) >> pageShift)
        let place = unsafe frame(index)
        unsafe try read(run, byteCount: byteCount, place)
        guard let cipher = file.cipher, unsafe cipher.open(place, Int(run.size), run, .run) else {
            throw .damaged(page: run.page, reason: PageReader.wrongValue)
        }
        link(run, to: index)
        return UnsafeRawPointer(place)
    }

    /// What is wrong with a page as it is in an encrypted file now: nil if nothing is, or the file isn't encrypted.
    func sealFault(_ reference: PageReference) throws(StoreError) -> String? {
        if file.cipher == nil { return nil }
        let copy = try PageCopy(file, reference, pageSize: pageSize)
        defer { withExtendedLifetime(copy) {} }
        return copy.page.hasChecksum(reference.checksum, capacity: file.capacity(pageSize: pageSize)) ? nil : PageReader.wrongSeal
    }

    // MARK: Generations

    var openedByteCount: Int { usedFrames.load(ordering: .relaxed) << pageShift }

    /// The same with what is kept of the one before.
    var decryptedByteCount: Int { openedByteCount + (olderGeneration?.openedByteCount ?? 0) }

    /// Whether it is time to begin another one.
    var isFull: Bool { openedByteCount > file.generationByteCount }

    fileprivate var olderGeneration: Mapping? { older.withLock { $0 } }

    fileprivate func follow(_ mapping: Mapping?) { older.withLock { $0 = mapping } }
}

/// The decrypted pages of an encrypted file: a mapping that is being filled, and the one before it.
///
/// Each has three eighths of the memory for decrypted pages. The rest is for the pages that the writer has changed (`Writer.dirtyByteLimit`), or
/// for one that is older still, which some snapshot holds. Whoever holds one for long and reads much has it grow beyond its share: correct
/// answers never depend on memory being given up.
final class Generations: Sendable {
    private let newest: Mutex<Mapping>

    init(_ mapping: Mapping) { newest = Mutex(mapping) }

    /// The one to read through from now on.
    ///
    /// - Parameter end: the bytes of the file that have to be in it.
    func current(atLeast end: UInt64) throws(StoreError) -> Mapping {
        try newest.withLock { (newest) throws(StoreError) in
            let full = newest
            guard full.isFull || UInt64(full.byteCount) < end else { return full }
            // The one before goes first, so that the new one has its memory.
            full.follow(nil)
            let next = try Mapping.reserve(full.file, pageSize: 1 << full.pageShift, atLeast: end)
            next.follow(full)
            newest = next
            return next
        }
    }
}
