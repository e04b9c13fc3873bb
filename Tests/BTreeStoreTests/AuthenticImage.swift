import Ground

@testable import BTreeStore

/// An encrypted file whose key is known, with all that references lead to decrypted where it lies: what is changed in it and sealed again
/// proves to be what somebody with the key wrote.
struct AuthenticImage {
    static let pageSize = 4096
    private static let capacity = pageSize - PageCipher.sealByteCount

    private(set) var image: [UInt8]
    private let cipher: PageCipher
    private let isSealing: Bool
    /// Of the pages and large values that are done or under way, by their first page.
    private var proofs: [Int: UInt64] = [:]

    /// Whether bytes are such a file with its keys, decrypted or not.
    static func isOne(_ image: [UInt8]) -> Bool {
        image.count >= 2 * pageSize && image.starts(with: MetaPage.magic) && image[12..<16].elementsEqual([0, 16, 0, 0])
            && image[KeyArea.offset...].starts(with: bytes("PandoKey"))
    }

    private init?(_ image: [UInt8], _ key: EncryptionKey, isSealing: Bool) {
        // Who has the key is found by the keys alone; a decrypted meta page has no algorithm.
        guard Self.isOne(image), let (area, code) = KeyArea.decode(Array(image[KeyArea.offset..<Self.pageSize])) else { return nil }
        func number(_ place: Int) -> UInt64 { image[place..<place + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        let head = EncryptedHead(uuid: UUID(high: number(16), low: number(24)), pageSize: Self.pageSize, area: area, code: code)
        guard let keys = try? FileKeys(head, key, path: "authentic") else { return nil }
        (self.image, self.isSealing, cipher) = (image, isSealing, PageCipher(keys))
    }

    /// The bytes of a file, decrypted: nil if the key is not the file's.
    static func opened(_ image: [UInt8], _ key: EncryptionKey) -> [UInt8]? {
        guard var work = AuthenticImage(image, key, isSealing: false) else { return nil }
        for slot in [0, pageSize] {
            guard let meta = work.cipher.openMeta(Array(work.image[slot..<slot + MetaPage.byteCount]), parts: MetaPage.sealParts) else {
                return nil
            }
            work.image.replaceSubrange(slot..<slot + MetaPage.byteCount, with: meta)
        }
        work.walk()
        return work.image
    }

    /// The same, sealed again.
    static func sealed(_ image: [UInt8], _ key: EncryptionKey) -> [UInt8]? {
        guard var work = AuthenticImage(image, key, isSealing: true) else { return nil }
        work.walk()
        for slot in [0, pageSize] {
            let meta = work.cipher.sealMeta(Array(work.image[slot..<slot + MetaPage.byteCount]), parts: MetaPage.sealParts)
            work.image.replaceSubrange(slot..<slot + MetaPage.byteCount, with: meta)
        }
        return work.image
    }

    // MARK: From reference to reference

    /// What the newer meta page leads to goes first: the older one's pages may have been used again.
    private mutating func walk() {
        let slots = load(40, 8) < load(Self.pageSize + 40, 8) ? [Self.pageSize, 0] : [0, Self.pageSize]
        for slot in slots {
            page(at: slot + 56, birth: load(slot + 64, 6), proof: slot + 80, level: load(slot + 88, 4) - 1)
            log(at: slot + 96, birth: load(slot + 104, 6), proof: slot + 112)
        }
        journal(slots[0])
    }

    private mutating func page(at reference: Int, birth: Int, proof: Int, level: Int) {
        let number = load(reference, 6)
        guard let start = enter(number, Self.pageSize, birth, proof, .page) else { return }
        let end = start + Self.capacity
        let count = load(start + 2, 2)
        let heads = start + 24 + load(start + 4, 2)
        if level > 0 {
            let children = heads + 6 * count
            for index in 0..<count where children + 26 * (index + 1) <= end {
                let child = children + 26 * index
                page(at: child, birth: load(child + 6, 6), proof: child + 18, level: level - 1)
            }
        } else {
            for index in 0..<count where heads + 4 * count + 2 * index + 2 <= end {
                let cell = start + load(heads + 4 * count + 2 * index, 2)
                guard cell + 4 <= end, image[cell + 1] & 0x80 != 0 else { continue }
                let run = cell + 4 + load(cell, 2) & 0x7FFF
                guard run + 26 <= end else { continue }
                let size = load(run + 12, 6)
                guard size <= image.count, enter(load(run, 6), size + PageCipher.sealByteCount, load(run + 6, 6), run + 18, .run) != nil
                else {
                    continue
                }
                leave(load(run, 6), size, load(run + 6, 6), run + 18, .run)
            }
        }
        leave(number, Self.capacity, birth, proof, .page)
    }

    private mutating func log(at reference: Int, birth: Int, proof: Int) {
        let number = load(reference, 6)
        guard let start = enter(number, Self.pageSize, birth, proof, .log) else { return }
        log(at: start + 24, birth: load(start + 30, 6), proof: start + 36)
        var entry = start + 44
        let end = start + Self.capacity
        while entry < end, case let size = SpaceLog.Entry.byteCount(image[entry]), size > 0, entry + size <= end {
            if image[entry] == 4 { page(at: entry + 2, birth: load(entry + 8, 6), proof: entry + 20, level: Int(image[entry + 1])) }
            entry += size
        }
        leave(number, Self.capacity, birth, proof, .log)
    }

    /// Records on top of the newest state.
    private mutating func journal(_ slot: Int) {
        let first = load(slot + 128, 6), pages = load(slot + 136, 6)
        guard first >= 2, first < image.count, pages < image.count, (first + pages) * Self.pageSize <= image.count else { return }
        guard case .good(let meta) = MetaPage.decode(withChecksum(slot)) else { return }
        var start = first * Self.pageSize
        let end = start + pages * Self.pageSize
        let header = JournalRecord.headerByteCount
        while start < end {
            let count = header + load(start + 32, 4)
            guard count > header, start + count + PageCipher.sealByteCount <= end else { return }
            if isSealing { store(meta.journalSalt(cipher), at: start + 8) }
            let place = start..<start + count + PageCipher.sealByteCount
            var record = Array(image[place])
            let isRight = unsafe record.withUnsafeMutableBytes { bytes in
                let base = bytes.baseAddress!
                if !isSealing { return unsafe cipher.openRecord(base, header: header, end: count) }
                let cipher = unsafe PageCipher(cipher.keys, salt: UnsafeRawPointer(base).load64(count))
                unsafe base.store64(cipher.sealRecord(base, header: header, end: count), 0)
                return true
            }
            guard isRight else { return }
            image.replaceSubrange(place, with: record)
            start += (place.count + Self.pageSize - 1) / Self.pageSize * Self.pageSize
        }
    }

    /// A decrypted meta page as one that counts.
    private mutating func withChecksum(_ slot: Int) -> [UInt8] {
        let hash = Array(image[slot..<slot + 248]).contentHash
        store(hash, at: slot + 248)
        return Array(image[slot..<slot + MetaPage.byteCount])
    }

    // MARK: Pages and large values

    /// The place of what a reference is to: nil if there is none, or it was met already. When decrypting it is decrypted, if it is what the
    /// reference says.
    private mutating func enter(_ number: Int, _ byteCount: Int, _ birth: Int, _ proof: Int, _ kind: PageCipher.Kind) -> Int? {
        guard number >= 2, number < image.count, byteCount <= image.count - number * Self.pageSize else { return nil }
        if let known = proofs[number] {
            if isSealing { store(known, at: proof) }
            return nil
        }
        let start = number * Self.pageSize
        if !isSealing {
            let count = kind == .run ? byteCount - PageCipher.sealByteCount : Self.capacity
            var content = Array(image[start..<start + count + PageCipher.sealByteCount])
            let reference = PageReference(
                page: PageNumber(rawValue: UInt64(number)), birth: TransactionID(rawValue: UInt64(birth)), size: UInt64(count),
                checksum: UInt64(bitPattern: Int64(load(proof, 8))))
            guard unsafe content.withUnsafeMutableBytes({ unsafe cipher.open($0.baseAddress!, count, reference, kind) }) else { return nil }
            image.replaceSubrange(start..<start + content.count, with: content)
        }
        proofs[number] = 0
        return start
    }

    /// When sealing it is sealed, and its proof put into the reference.
    private mutating func leave(_ number: Int, _ count: Int, _ birth: Int, _ proof: Int, _ kind: PageCipher.Kind) {
        guard isSealing else { return }
        let start = number * Self.pageSize
        var content = Array(image[start..<start + count + PageCipher.sealByteCount])
        let tag = unsafe content.withUnsafeMutableBytes { bytes in
            let base = bytes.baseAddress!
            // What has not changed has the seal that it had: states with names lead to it, too.
            let cipher = unsafe PageCipher(cipher.keys, salt: UnsafeRawPointer(base).load64(count))
            return unsafe cipher.seal(
                UnsafeRawBufferPointer(start: base, count: count), into: base, PageNumber(rawValue: UInt64(number)),
                TransactionID(rawValue: UInt64(birth)), kind)
        }
        image.replaceSubrange(start..<start + content.count, with: content)
        proofs[number] = tag
        store(tag, at: proof)
    }

    private func load(_ offset: Int, _ count: Int) -> Int {
        Int(truncatingIfNeeded: (0..<count).reduce(0 as UInt64) { $0 | UInt64(image[offset + $1]) << UInt64(8 * $1) })
    }

    private mutating func store(_ number: UInt64, at offset: Int) {
        for index in 0..<8 { image[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index)) }
    }
}
