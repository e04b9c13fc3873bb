import Ground
internal import Synchronization

// Decrypting pages into the mapping, where they stay, each with its seal behind it.
//
// Why this is safe: a page is decrypted in memory of its own, and only what proved to be what was sealed comes into the mapping, under a lock,
// before the bit is set by which others look at it. A place in the mapping gets other contents only when the page's place in the file
// has got them, and so when no snapshot can look at the old ones. Where the same page is there already, nothing is written.

extension Mapping {
    private var pageSize: Int { 1 << pageShift }

    private func lock(_ page: PageNumber) -> Monitor { openingLocks[Int(truncatingIfNeeded: page.rawValue) & (openingLocks.count - 1)] }

    /// - Throws: `damaged` if the page isn't what the reference says.
    func openPage(_ reference: PageReference, level: Int) throws(StoreError) {
        let (number, pageSize, capacity) = (reference.page, pageSize, file.capacity(pageSize: pageSize))
        func fault(_ page: Page) -> String? {
            PageReader.fault(page, reference, level: level, pageSize: pageSize, capacity: capacity)
        }
        let isThere = lock(number).withLock {
            guard unsafe fault(Page(address(number))) == nil else { return false }
            setVerified(number)
            return true
        }
        if isThere { return }
        let copy = try PageCopy(file, reference, pageSize: pageSize)
        defer { withExtendedLifetime(copy) {} }
        if let fault = fault(copy.page) { throw .damaged(page: number, reason: fault) }
        lock(number).withLock {
            let place = unsafe UnsafeMutableRawPointer(mutating: address(number))
            if unsafe fault(Page(address(number))) != nil {
                unsafe place.copyMemory(from: copy.page.base, byteCount: pageSize)
                openedByteCount.add(pageSize, ordering: .relaxed)
            }
            setVerified(number)
        }
    }

    /// - Throws: `damaged` if the value isn't what the reference says.
    func openRun(_ run: PageReference) throws(StoreError) {
        let value = try PageCopy.bytes(of: run, file, pageSize: pageSize)
        guard let value else { throw .damaged(page: run.page, reason: PageReader.wrongValue) }
        lock(run.page).withLock {
            if isVerifiedRun(run.page) { return }
            let place = unsafe UnsafeMutableRawPointer(mutating: address(run.page))
            unsafe value.span.withUnsafeBytes { unsafe place.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count) }
            openedByteCount.add(value.count, ordering: .relaxed)
            setVerifiedRun(run.page)
        }
    }

    /// Whether it is time to begin another one, into which only what is still looked at will be decrypted. This one goes with the last snapshot
    /// that has it.
    func isFull(_ limit: Int) -> Bool { file.cipher != nil && openedByteCount.load(ordering: .relaxed) > limit }

    /// What is wrong with a page as it is in an encrypted file now: nil if nothing is, or the file isn't encrypted.
    func sealFault(_ reference: PageReference) throws(StoreError) -> String? {
        if file.cipher == nil { return nil }
        let copy = try PageCopy(file, reference, pageSize: pageSize)
        defer { withExtendedLifetime(copy) {} }
        return copy.page.hasChecksum(reference.checksum, capacity: file.capacity(pageSize: pageSize)) ? nil : PageReader.wrongSeal
    }
}
