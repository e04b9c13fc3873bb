private import CSystem
internal import Ground
internal import Synchronization

#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#endif

/// A stretch of address space over the file, longer than the file is now, with a bit for each page that has been verified.
///
/// The pages stay where they are for as long as the mapping is held. When the file outgrows it, a larger one is made for the
/// snapshots that follow; earlier snapshots keep theirs. The larger one holds the smaller one, because overlays lie over its pages and
/// come back if a transaction is rolled back. That takes address space only, and is rare: each mapping is several times the file.
@safe final class Mapping: @unchecked Sendable {
    // Sendable: the pages of a snapshot don't change while it lives, and the bits are set and tested atomically.
    let base: UnsafeRawPointer
    let byteCount: Int
    let pageShift: Int
    let file: any StorageFile
    /// In an encrypted file, where pages are decrypted into the mapping: one lock for every so many pages.
    let openingLocks: [Monitor]
    private let previous: Mapping?
    /// In an encrypted file, for each page the frame in which it is, and the end of its tag; 0 where there is none.
    let table: UnsafeMutablePointer<UInt64>?
    /// Its entries, one for each page.
    let tableCount: UInt64
    /// Frames in which pages and values were decrypted, or are now.
    let usedFrames = Atomic(0)
    /// In an encrypted file, the one before this, as long as pages are copied from it that were decrypted there.
    let older = Mutex<Mapping?>(nil)
    /// For every 64 pages two words beside each other, so that whoever opens a file to read one record touches few pages of memory: a bit
    /// for each page that was verified, and one for each that was in memory a moment ago. Behind them a bit for each overflow run, at its
    /// first page, as the bytes of a run were never checked for being a sound page of the tree.
    private let verified: UnsafeMutablePointer<UInt64>
    private let runWords: Int
    private let verifiedByteCount: Int
    /// How many pages the next question would ask about whether they are in memory: 1 at first, then twice as many each time, up to 64.
    private let nextQuestion = Atomic(1)
    /// A question about fewer pages than this isn't worth its call.
    private static let leastQuestion = 16
    private static let openingLockCount = 64

    /// - Throws: `fileTooLarge` if there is no address space for it.
    init(_ file: any StorageFile, byteCount wanted: Int, pageShift: Int, previous: Mapping? = nil) throws(StoreError) {
        self.file = file
        openingLocks = file.cipher == nil ? [] : (0..<Self.openingLockCount).map { _ in Monitor(conditions: 0) }
        self.previous = previous
        self.pageShift = pageShift
        (unsafe base, byteCount) = unsafe try file.map(wanted)
        // A bit for each page, in whole words. They take memory only where pages are: the system hands out zeros on first use.
        verifiedByteCount = max(4096, (byteCount >> pageShift) >> 3)
        runWords = verifiedByteCount / 8
        tableCount = UInt64(byteCount >> pageShift)
        guard let bits = unsafe reserveMemory(3 * verifiedByteCount) else {
            unsafe file.unmap(base, byteCount)
            throw .fileTooLarge(path: file.path)
        }
        unsafe verified = unsafe bits.bindMemory(to: UInt64.self, capacity: 3 * runWords)
        guard file.cipher != nil else {
            unsafe table = nil
            return
        }
        guard let entries = unsafe reserveMemory(Self.tableByteCount(byteCount, pageShift)) else {
            unsafe file.unmap(base, byteCount)
            unsafe releaseMemory(bits, 3 * verifiedByteCount)
            throw .fileTooLarge(path: file.path)
        }
        unsafe table = unsafe entries.bindMemory(to: UInt64.self, capacity: byteCount >> pageShift)
    }

    private static func tableByteCount(_ byteCount: Int, _ pageShift: Int) -> Int { max(4096, (byteCount >> pageShift) * 8) }

    deinit {
        if let table = unsafe table {
            unsafe releaseMemory(UnsafeMutableRawPointer(table), Self.tableByteCount(byteCount, pageShift))
            unsafe file.giveBack(base, byteCount, used: min(byteCount, openedByteCount))
        } else {
            unsafe file.unmap(base, byteCount)
        }
        unsafe releaseMemory(UnsafeMutableRawPointer(verified), 3 * verifiedByteCount)
    }

    @inline(__always) func isVerified(_ page: PageNumber) -> Bool {
        let word = unsafe pando_load_acquire(verified + Int(truncatingIfNeeded: page.rawValue &>> 5 & ~1))
        return word &>> (page.rawValue & 63) & 1 != 0
    }

    func setVerified(_ page: PageNumber) {
        unsafe pando_or_release(verified + Int(page.rawValue >> 5 & ~1), 1 << (page.rawValue & 63))
    }

    func isVerifiedRun(_ page: PageNumber) -> Bool {
        unsafe pando_load_acquire(verified + (2 * runWords + Int(page.rawValue >> 6))) >> (page.rawValue & 63) & 1 != 0
    }

    func setVerifiedRun(_ page: PageNumber) {
        unsafe pando_or_release(verified + (2 * runWords + Int(page.rawValue >> 6)), 1 << (page.rawValue & 63))
    }

    func clearVerified(_ page: PageNumber) {
        unsafe pando_and_relaxed(verified + Int(page.rawValue >> 5 & ~1), ~(1 << (page.rawValue & 63)))
        unsafe pando_and_relaxed(verified + (2 * runWords + Int(page.rawValue >> 6)), ~(1 << (page.rawValue & 63)))
    }

    /// Makes sure that bytes from a page on can be looked at.
    func load(_ page: PageNumber, byteCount: Int) throws(StoreError) {
        unsafe try file.load(address(page), byteCount, at: page.offset(pageSize: 1 << pageShift))
    }

    /// Makes sure that a page can be looked at. Mostly it is in memory, as are those beside it: to ask that of 64 of them at a time costs
    /// a scan nothing that can be measured, and to load each of them costs it a call (`Tests/Benchmarks/README.md`). Whoever opens a file
    /// to read one record loads the few pages on its way: that call takes the place of a page fault.
    func load(_ page: PageNumber) throws(StoreError) {
        let bit: UInt64 = 1 << (page.rawValue & 63)
        let resident = unsafe verified + Int(page.rawValue >> 5 | 1)
        if unsafe pando_load_relaxed(resident) & bit != 0 { return }
        // Two threads that ask at once may ask about as many pages.
        let question = nextQuestion.load(ordering: .relaxed)
        if question < 64 { nextQuestion.store(2 * question, ordering: .relaxed) }
        if question < Self.leastQuestion { return try load(page, byteCount: 1 << pageShift) }
        let first = PageNumber(rawValue: page.rawValue & ~UInt64(question - 1))
        let count = min(question, Int((pageCount - first.preceding).rawValue))
        let found =
            unsafe file.residentParts(address(first), partByteCount: 1 << pageShift, count: count) << (first.rawValue & 63)
        if found != 0 { unsafe pando_or_relaxed(resident, found) }
        if found & bit == 0 { try load(page, byteCount: 1 << pageShift) }
    }

    /// Forgets that the pages of a part of the mapping were verified, so that whoever reads them next does it again; and which pages were
    /// in memory. Always safe.
    ///
    /// - Parameter end: the first page that the file doesn't have.
    func forgetVerified(part: Int, of parts: Int, before end: PageNumber) {
        if file.cipher != nil { return }
        let words = min(runWords, Int(min(end.preceding, pageCount).rawValue >> 6) + 1)
        for word in words * part / parts..<words * (part + 1) / parts {
            clear(2 * word)
            clear(2 * runWords + word)
        }
        for word in 0..<words { clear(2 * word + 1) }
    }

    private func clear(_ word: Int) {
        // Where nothing is set, nothing is written, so that memory isn't taken for it.
        if unsafe pando_load_relaxed(verified + word) != 0 { unsafe pando_and_relaxed(verified + word, 0) }
    }

    @inline(__always) func address(_ page: PageNumber) -> UnsafeRawPointer {
        unsafe base + Int(truncatingIfNeeded: page.rawValue &<< UInt64(truncatingIfNeeded: pageShift))
    }
}

extension Mapping {
    /// Maps much more address space than the file needs now, so that a mapping seldom has to be made anew.
    static func reserve(
        _ file: any StorageFile, pageSize: Int, atLeast byteCount: UInt64, previous: Mapping? = nil
    ) throws(StoreError) -> Mapping {
        // A file so large that four times its size overflows is mapped at its own size.
        let wanted = byteCount <= 1 << 60 ? max(64 << 30, 4 * nextPowerOfTwo(Int(byteCount))) : Int(clamping: byteCount)
        return try Mapping(file, byteCount: wanted, pageShift: pageSize.trailingZeroBitCount, previous: previous)
    }

    private static func nextPowerOfTwo(_ number: Int) -> Int {
        number <= 1 ? 1 : 1 << (Int.bitWidth - (number - 1).leadingZeroBitCount)
    }

    /// The mapping, to go on with at another flush of the same file: nil if it is too short. The flush may have written other pages where
    /// there were verified ones.
    func renewed(for meta: MetaPage) -> Mapping? {
        guard meta.pageSize == 1 << pageShift, meta.highWater.preceding <= pageCount else { return nil }
        forgetVerified(part: 0, of: 1, before: meta.highWater)
        return self
    }

    /// The pages that lie in it.
    var pageCount: PageCount { PageCount(rawValue: UInt64(byteCount >> pageShift)) }

    /// Writes pages to the same places in another file. A snapshot must keep them as they are meanwhile.
    func copy(_ run: PageRun, to file: any StorageFile) throws(StoreError) {
        let most = PageCount(max(1, (1 << 20) >> pageShift))
        var page = run.start
        while page < run.end {
            let count = min(most, run.end - page)
            let offset = page.offset(pageSize: 1 << pageShift)
            let byteCount = Int(count.byteCount(pageSize: 1 << pageShift))
            if self.file.cipher != nil {
                // The other file has the same keys, and what is sealed for a place stays good there.
                try writeBytes(try readBytes(self.file, at: offset, count: byteCount), file, at: offset)
            } else {
                unsafe try file.write(UnsafeRawBufferPointer(start: address(page), count: byteCount), at: offset)
            }
            page += count
        }
    }
}

/// Address space for anonymous memory that takes none until it is touched: nil if there is none.
///
/// - Parameter isSecret: whether a core dump shall not have it.
func reserveMemory(_ byteCount: Int, isSecret: Bool = false) -> UnsafeMutableRawPointer? {
    #if canImport(Darwin)
        let flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE
    #else
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #endif
    let address = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else { return nil }
    #if os(Linux)
        if isSecret { unsafe _ = madvise(address, byteCount, MADV_DONTDUMP) }
    #endif
    return unsafe address
}

/// What processors take as one piece of memory when they are asked to.
let largePageByteCount = 2 << 20

/// Asks for memory in large pieces: each costs one page fault where there were hundreds, and reading here and there in them costs less.
func preferLargePages(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
    #if os(Linux)
        unsafe _ = madvise(base, byteCount, MADV_HUGEPAGE)
    #endif
}

/// Gives memory back, and keeps the address space.
func discardMemory(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
    unsafe pando_discard(base, byteCount)
}

func releaseMemory(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
    unsafe munmap(base, byteCount)
}
