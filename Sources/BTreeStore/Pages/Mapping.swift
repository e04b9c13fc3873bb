private import CSystem

#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#endif

/// A stretch of address space over the file, more than the file has now, and a bit for each page in it that has been verified.
///
/// The pages stay where they are for as long as somebody holds the mapping. When the file outgrows it, a larger one is made
/// for the snapshots that follow; those before keep theirs, and it holds the one before, for the leaves in memory that lie over
/// pages of that one and come back if a transaction is rolled back. That is address space, and rare: each is several times the file.
@safe final class Mapping: @unchecked Sendable {
    // Sendable: the pages of a snapshot don't change while it lives, and the bits are set and tested atomically.
    let base: UnsafeRawPointer
    let byteCount: Int
    let pageShift: Int
    private let file: any StorageFile
    private let previous: Mapping?
    /// A bit for each page, and behind them one for each overflow run at its first page: a run's bytes were never checked for
    /// being a sound page of the tree.
    private let verified: UnsafeMutablePointer<UInt64>
    private let runWords: Int
    private let verifiedByteCount: Int

    /// - Throws: `fileTooLarge` if there is no address space for it.
    init(_ file: any StorageFile, byteCount wanted: Int, pageShift: Int, previous: Mapping? = nil) throws(StoreError) {
        self.file = file
        self.previous = previous
        self.pageShift = pageShift
        (unsafe base, byteCount) = unsafe try file.map(wanted)
        // A bit a page, in whole words; touched only where pages are, as the system hands out zeros on first use.
        verifiedByteCount = max(4096, (byteCount >> pageShift) >> 3)
        runWords = verifiedByteCount / 8
        guard let bits = unsafe reserveMemory(2 * verifiedByteCount) else {
            unsafe file.unmap(base, byteCount)
            throw .fileTooLarge(path: file.path)
        }
        unsafe verified = unsafe bits.bindMemory(to: UInt64.self, capacity: 2 * runWords)
    }

    deinit {
        unsafe file.unmap(base, byteCount)
        unsafe releaseMemory(UnsafeMutableRawPointer(verified), 2 * verifiedByteCount)
    }

    @inline(__always) func isVerified(_ page: UInt64) -> Bool {
        let word = unsafe pando_load_relaxed(verified + Int(truncatingIfNeeded: page &>> 6))
        return word &>> (page & 63) & 1 != 0
    }

    func setVerified(_ page: UInt64) {
        unsafe pando_or_relaxed(verified + Int(page >> 6), 1 << (page & 63))
    }

    func isVerifiedRun(_ page: UInt64) -> Bool {
        unsafe pando_load_relaxed(verified + (runWords + Int(page >> 6))) >> (page & 63) & 1 != 0
    }

    func setVerifiedRun(_ page: UInt64) {
        unsafe pando_or_relaxed(verified + (runWords + Int(page >> 6)), 1 << (page & 63))
    }

    func clearVerified(_ page: UInt64) {
        unsafe pando_and_relaxed(verified + Int(page >> 6), ~(1 << (page & 63)))
        unsafe pando_and_relaxed(verified + (runWords + Int(page >> 6)), ~(1 << (page & 63)))
    }

    @inline(__always) func address(_ page: UInt64) -> UnsafeRawPointer {
        unsafe base + Int(truncatingIfNeeded: page &<< UInt64(truncatingIfNeeded: pageShift))
    }
}

extension Mapping {
    /// Writes pages to the same places in another file. They must be ones that somebody's snapshot keeps as they are.
    func copy(_ run: PageRun, to file: any StorageFile) throws(StoreError) {
        let most = UInt64(max(1, (1 << 20) >> pageShift))
        var page = run.start
        while page < run.end {
            let count = min(most, run.end - page)
            let bytes = unsafe UnsafeRawBufferPointer(start: address(page), count: Int(count) << pageShift)
            unsafe try file.write(bytes, at: page << UInt64(pageShift))
            page += count
        }
    }
}

/// Address space for anonymous memory that takes none until it is touched: nil if there is none.
func reserveMemory(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    #if canImport(Darwin)
        let flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE
    #else
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #endif
    let address = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
    return unsafe address == MAP_FAILED ? nil : address
}

func releaseMemory(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
    unsafe munmap(base, byteCount)
}
