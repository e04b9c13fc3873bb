private import CSystem
import Ground

/// Finds pages by their references: in memory, or in the mapping, where a page is verified when it is first read.
struct PageReader {
    var mapping: Mapping
    let pageSize: Int
    /// Bytes of a page that its layout may use.
    let capacity: Int
    /// The first page that is not in the file.
    var pageLimit: PageNumber

    init(mapping: Mapping, pageSize: Int, pageLimit: PageNumber) {
        self.mapping = mapping
        self.pageSize = pageSize
        self.pageLimit = pageLimit
        capacity = mapping.file.capacity(pageSize: pageSize)
    }

    /// - Throws: `damaged` if the page isn't what the reference says.
    @inline(__always)
    func page(_ reference: PageReference, level: Int) throws(StoreError) -> Page {
        if reference.isInMemory { return WritablePage(reference).page }
        if reference.page < pageLimit && mapping.isVerified(reference.page) {
            let page = unsafe Page(mapping.address(reference.page))
            // A damaged parent might lead to a sound page of another level; that must not send a descent astray.
            if page.level == level && page.kind == (level == 0 ? Page.leafKind : Page.branchKind) { return page }
        }
        return try verify(reference, level: level)
    }

    /// Has memory fetch the beginning of a page, where its heads are, all at once: a search would wait for one line after the other.
    @inline(__always)
    func prefetch(_ reference: PageReference) {
        guard !reference.isInMemory, reference.page < pageLimit, !Page.isSealed(capacity: capacity) else { return }
        let base = unsafe mapping.address(reference.page)
        for line in 0..<Self.prefetchedLines { unsafe pando_prefetch(base + 64 &* line) }
    }

    private static let prefetchedLines = 6

    @inline(never)
    private func verify(_ reference: PageReference, level: Int) throws(StoreError) -> Page {
        if let page = mapping.openedPage(reference), page.level == level, page.kind == (level == 0 ? Page.leafKind : Page.branchKind) {
            return page
        }
        return try verifyAnew(reference, level: level)
    }

    @inline(never)
    private func verifyAnew(_ reference: PageReference, level: Int) throws(StoreError) -> Page {
        let number = reference.page
        guard number >= .first && number < pageLimit else {
            throw .damaged(page: number, reason: missing)
        }
        if Page.isSealed(capacity: capacity) { return try mapping.openPage(reference, level: level) }
        let page = unsafe Page(mapping.address(number))
        try mapping.load(number)
        if let fault = Self.fault(page, reference, level: level, pageSize: pageSize, capacity: capacity) {
            throw .damaged(page: number, reason: fault)
        }
        mapping.setVerified(number)
        return page
    }

    /// Decrypts a page of an encrypted file into memory of the writer's, which takes none of the memory for pages that are read.
    ///
    /// - Throws: `damaged` if the page isn't what the reference says.
    func decrypt(_ reference: PageReference, level: Int, to page: WritablePage) throws(StoreError) {
        let number = reference.page
        guard number >= .first && number < pageLimit else { throw .damaged(page: number, reason: missing) }
        unsafe try mapping.decrypt(reference, level: level, to: page.base)
    }

    private var missing: String { "a page refers to it, but the file has only \(pageLimit) pages" }
    static let changed = "it is not what it was when it was first read"

    /// A page whose contents are to be written somewhere else: verified again, as what its place on the disk holds may have changed since
    /// it was read first. Otherwise the damage would get a right checksum.
    func confirmedPage(_ reference: PageReference, level: Int) throws(StoreError) -> Page {
        let page = try page(reference, level: level)
        if !reference.isInMemory, let fault = try mapping.sealFault(reference) { throw .damaged(page: reference.page, reason: fault) }
        let isSound =
            reference.isInMemory
            ? !page.isOverlay || page.isBaseSound(capacity: capacity) : page.hasChecksum(reference.checksum, capacity: capacity)
        guard isSound else {
            throw .damaged(page: reference.isInMemory ? page.overlaid.number : reference.page, reason: Self.changed)
        }
        return page
    }

    /// A large value that is to be written somewhere else, verified again.
    func confirmedValue(in run: PageReference) throws(StoreError) -> StoredBytes {
        let value = try value(in: run)
        if !run.isInMemory && Page.isSealed(capacity: capacity) {
            guard try PageCopy.isSound(run, mapping.file, pageSize: pageSize) else {
                throw .damaged(page: run.page, reason: Self.wrongValue)
            }
            return value
        }
        guard run.isInMemory || value.hasChecksum(run.checksum) else { throw .damaged(page: run.page, reason: Self.wrongValue) }
        return value
    }

    /// What is wrong with a page: nil if nothing is.
    static func fault(_ page: Page, _ reference: PageReference, level: Int, pageSize: Int, capacity: Int) -> String? {
        guard page.hasChecksum(reference.checksum, capacity: capacity) else {
            return Page.isSealed(capacity: capacity) ? wrongSeal : "its checksum is wrong"
        }
        guard page.number == reference.page else { return "it says that it is page \(page.number)" }
        guard page.birth == reference.birth else {
            return "it was written by transaction \(page.birth) where \(reference.birth) was expected"
        }
        return page.structuralFault(
            capacity: capacity, keyLimit: Page.maximumKeyLength(pageSize: pageSize), level: level)
    }

    static let wrongSeal = "it is not what was written: damaged, or changed by someone without the key"
    static let wrongValue = "the checksum of the value that begins there is wrong"

    /// The value of a leaf's cell, where it lies.
    @inline(__always)
    func value(_ cell: Page.LeafCell) throws(StoreError) -> StoredBytes {
        cell.isOverflow ? try value(in: cell.run) : unsafe StoredBytes(pointer: cell.payload, count: cell.payloadLength)
    }

    @inline(never)
    func value(in run: PageReference) throws(StoreError) -> StoredBytes {
        if run.isInMemory {
            return unsafe StoredBytes(pointer: UnsafeRawPointer(WritablePage(run).base), count: Int(run.size))
        }
        try expectInFile(run)
        if Page.isSealed(capacity: capacity) { return unsafe StoredBytes(pointer: try mapping.openRun(run), count: Int(run.size)) }
        let base = unsafe mapping.address(run.page)
        if !mapping.isVerifiedRun(run.page) {
            try mapping.load(run.page, byteCount: Int(run.size))
            guard unsafe checksum(base, Int(run.size)) == run.checksum else {
                throw .damaged(page: run.page, reason: Self.wrongValue)
            }
            mapping.setVerifiedRun(run.page)
        }
        return unsafe StoredBytes(pointer: base, count: Int(run.size))
    }
}

extension PageReader {
    private func expectInFile(_ run: PageReference) throws(StoreError) {
        guard run.page >= .first, run.run(pageSize: pageSize, capacity: capacity).end <= pageLimit else {
            throw .damaged(page: run.page, reason: "a value of \(run.size) bytes begins there, but the file has only \(pageLimit) pages")
        }
    }

    /// A large value for somebody who passes over many: in memory of its own if the file has more than is kept decrypted, so that those that
    /// are looked up again and again stay. Nil where it is decrypted already or shall be kept.
    ///
    /// - Parameter keeper: what the cell's page is kept by.
    func passingValue(in run: PageReference, keeper: any AnyObject & Sendable) throws(StoreError) -> ValueCopy? {
        guard !run.isInMemory, let cipher = mapping.file.cipher,
            pageLimit.offset(pageSize: pageSize) > UInt64(mapping.file.generationByteCount)
        else { return nil }
        try expectInFile(run)
        if mapping.isOpenedRun(run) { return nil }
        return try ValueCopy(mapping.file, cipher, run, pageSize: pageSize, keeper: keeper)
    }
}

extension Page {
    /// Whether it is the page that a reference is to. What was decrypted has the tag behind it by which it was proved then.
    func hasChecksum(_ expected: UInt64, capacity: Int) -> Bool {
        unsafe Page.isSealed(capacity: capacity) ? base.load64(capacity + 8) == expected : checksum(base, capacity) == expected
    }
}

extension StoredBytes {
    fileprivate func hasChecksum(_ expected: UInt64) -> Bool {
        unsafe checksum(pointer, count) == expected
    }
}
