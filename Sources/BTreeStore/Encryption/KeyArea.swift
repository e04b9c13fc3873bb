import Ground

/// The keys of an encrypted file, each under another one, as they stand behind the meta page in pages 0 and 1:
///
///      0  magic         8 bytes "PandoKey"
///      8  layout        4: 1
///     12  generation    4, one more with each change
///     16  slots         2, how many: 1 to 8
///     18  data keys     2, how many: 1
///     20  bytes used    4, up to the end of the data keys
///     24  slots, then data keys
///         code          32, HMAC-SHA-256 of all before under a key of the file key
///         checksum      8, XXH64 of all before
///
/// A slot has the file key under somebody's master key: kind (1), parameters of scrypt (3: log2 N, r, p), length of the name (2), length of what
/// was wrapped (2), salt (16), nonce (12), name, wrapped key. A data key, under the file key: number (2), first transaction (6), nonce (12),
/// key with tag (48).
///
/// Both copies say the same, but after a crash while they were changed; then the one with the higher generation holds.
struct KeyArea: Equatable {
    struct Slot: Equatable {
        var kind: UInt8
        var scrypt = Scrypt(logRounds: 0, blockSize: 0, parallelism: 0)
        var salt = [UInt8](repeating: 0, count: saltByteCount)
        var nonce = MessageCipher.Nonce(low: 0, high: 0)
        var name: String
        var wrapped: [UInt8] = []

        static let headerByteCount = 1 + 3 + 2 + 2 + saltByteCount + MessageCipher.Nonce.byteCount
        static let longestWrapped = 1024
    }

    struct DataKey: Equatable {
        var number: UInt64
        /// Pages born from this transaction on are sealed with it.
        var first: TransactionID
        var nonce: MessageCipher.Nonce
        var sealed: [UInt8]

        static let sealedByteCount = MessageCipher.keyByteCount + MessageCipher.tagByteCount
        static let byteCount = 2 + 6 + MessageCipher.Nonce.byteCount + sealedByteCount
    }

    var generation: UInt64
    var slots: [Slot]
    var dataKeys: [DataKey]

    static let saltByteCount = 16
    static let slotLimit = 8
    /// The area lies in the first 4,096 bytes, behind the meta page's sector.
    static let offset = 512
    static let byteCount = 4096 - offset
    private static let magic = Array("PandoKey".utf8)
    private static let headerByteCount = 24
    private static let codeByteCount = 32
    private static let checksumByteCount = 8
    private static let layout: UInt64 = 1

    // MARK: Bytes

    /// The bytes that the code is of.
    var content: [UInt8] {
        var bytes = Self.magic
        func append(_ number: UInt64, _ width: Int) {
            for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
        }
        append(Self.layout, 4)
        append(generation, 4)
        append(UInt64(slots.count), 2)
        append(UInt64(dataKeys.count), 2)
        append(UInt64(usedByteCount), 4)
        for slot in slots {
            let name = Array(slot.name.utf8)
            append(UInt64(slot.kind), 1)
            append(UInt64(slot.scrypt.logRounds), 1)
            append(UInt64(slot.scrypt.blockSize), 1)
            append(UInt64(slot.scrypt.parallelism), 1)
            append(UInt64(name.count), 2)
            append(UInt64(slot.wrapped.count), 2)
            bytes += slot.salt + slot.nonce.bytes + name + slot.wrapped
        }
        for key in dataKeys {
            append(key.number, 2)
            append(key.first.rawValue, 6)
            bytes += key.nonce.bytes + key.sealed
        }
        return bytes
    }

    private var usedByteCount: Int {
        let slots = slots.reduce(0) { $0 + Slot.headerByteCount + $1.name.utf8.count + $1.wrapped.count }
        return Self.headerByteCount + slots + dataKeys.count * DataKey.byteCount
    }

    /// Whether it is no longer than its place.
    var fits: Bool {
        slots.count <= Self.slotLimit && usedByteCount <= Self.byteCount - Self.codeByteCount - Self.checksumByteCount
    }

    /// The whole area.
    ///
    /// - Parameter code: of its content.
    func encoded(code: [UInt8]) -> [UInt8] {
        var bytes = content + code
        let hash = bytes.contentHash
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: hash >> UInt64(8 * shift))) }
        return bytes + Array(repeating: 0, count: Self.byteCount - bytes.count)
    }

    /// An area, with the code of its content that it says: nil if it isn't one, or not whole.
    static func decode(_ bytes: [UInt8]) -> (area: KeyArea, code: [UInt8])? {
        var reader = Reader(bytes: bytes)
        guard bytes.starts(with: magic) else { return nil }
        reader.place = magic.count
        guard reader.number(4) == layout, let generation = reader.number(4), let slotCount = reader.number(2),
            let keyCount = reader.number(2), let used = reader.number(4).map({ Int($0) }),
            used >= headerByteCount, used + codeByteCount + checksumByteCount <= bytes.count,
            slotCount <= UInt64(slotLimit)
        else { return nil }
        let end = used + codeByteCount
        let hash = Array(bytes[..<end]).contentHash
        guard (0..<8).allSatisfy({ bytes[end + $0] == UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }) else { return nil }
        var area = KeyArea(generation: generation, slots: [], dataKeys: [])
        for _ in 0..<slotCount {
            guard let slot = reader.slot() else { return nil }
            area.slots.append(slot)
        }
        for _ in 0..<keyCount {
            guard let key = reader.dataKey() else { return nil }
            area.dataKeys.append(key)
        }
        guard reader.place == used else { return nil }
        return (area, Array(bytes[used..<end]))
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        mutating func take(_ count: Int) -> [UInt8]? {
            guard count <= bytes.count - place else { return nil }
            defer { place += count }
            return Array(bytes[place..<place + count])
        }

        mutating func number(_ width: Int) -> UInt64? { take(width).map { $0.reversed().reduce(0) { $0 << 8 | UInt64($1) } } }

        mutating func slot() -> Slot? {
            guard let kind = number(1), let logRounds = number(1), let blockSize = number(1), let parallelism = number(1),
                let nameCount = number(2), let wrappedCount = number(2), nameCount <= UInt64(EncryptionKey.longestName),
                wrappedCount <= UInt64(Slot.longestWrapped), let salt = take(KeyArea.saltByteCount),
                let nonce = take(MessageCipher.Nonce.byteCount).flatMap({ MessageCipher.Nonce($0) }), let name = take(Int(nameCount)),
                let wrapped = take(Int(wrappedCount))
            else { return nil }
            let scrypt = Scrypt(logRounds: Int(logRounds), blockSize: Int(blockSize), parallelism: Int(parallelism))
            return Slot(
                kind: UInt8(kind), scrypt: scrypt, salt: salt, nonce: nonce, name: String(decoding: name, as: UTF8.self), wrapped: wrapped)
        }

        mutating func dataKey() -> DataKey? {
            guard let number = number(2), let first = self.number(6),
                let nonce = take(MessageCipher.Nonce.byteCount).flatMap({ MessageCipher.Nonce($0) }),
                let sealed = take(DataKey.sealedByteCount)
            else { return nil }
            return DataKey(number: number, first: TransactionID(rawValue: first), nonce: nonce, sealed: sealed)
        }
    }

    // MARK: In the file

    /// Writes both copies, one durable before the other is begun.
    func write(_ file: any StorageFile, pageSize: Int, code: [UInt8]) throws(StoreError) {
        let bytes = encoded(code: code)
        for place in MetaPage.places {
            try writeBytes(bytes, file, at: place.offset(pageSize: pageSize) + UInt64(Self.offset))
            try file.sync()
        }
    }

    /// Writes the area of a file to the same place in another one.
    static func copy(from source: any StorageFile, to file: any StorageFile, _ place: PageNumber, pageSize: Int) throws(StoreError) {
        let offset = place.offset(pageSize: pageSize) + UInt64(Self.offset)
        try writeBytes(try readBytes(source, at: offset, count: byteCount), file, at: offset)
    }
}

/// What can be read of an encrypted file without its key.
struct EncryptedHead {
    var uuid: UUID
    var pageSize: Int
    var area: KeyArea
    var code: [UInt8]
    /// Whether both copies of the area are the same.
    var isWhole: Bool
    /// The other copy, if it is whole and not the same: it holds if the newer one was written by somebody who doesn't have the keys.
    private var other: (area: KeyArea, code: [UInt8])?

    init(uuid: UUID, pageSize: Int, area: KeyArea, code: [UInt8]) {
        (self.uuid, self.pageSize, self.area, self.code) = (uuid, pageSize, area, code)
        isWhole = true
    }

    /// Reads no more than the first 4,096 bytes of pages 0 and 1.
    ///
    /// - Parameter first: the meta page of page 0, if it was read.
    /// - Returns: nil if the file isn't encrypted.
    /// - Throws: `damaged` if it is, and has no keys or no meta page; `newerFeatures` for another algorithm.
    init?(_ file: any StorageFile, first: [UInt8]? = nil) throws(StoreError) {
        guard let head = try Self.meta(file, first: first) else { return nil }
        // Those behind a meta page that a crash has torn are as good as the others.
        var areas: [(area: KeyArea, code: [UInt8])] = []
        for place in MetaPage.places {
            if let area = try Self.keys(file, at: place.offset(pageSize: head.pageSize)) { areas.append(area) }
        }
        guard let newest = areas.max(by: { $0.area.generation < $1.area.generation }) else {
            throw .damaged(page: nil, reason: "the file is encrypted, and neither copy of its keys is whole")
        }
        uuid = head.uuid
        pageSize = head.pageSize
        (area, code) = newest
        isWhole = areas.count == 2 && areas[0] == areas[1]
        other = isWhole ? nil : areas.first { $0 != newest }
    }

    /// What the other copy says: nil if there is none, or it is the same.
    var ofOtherCopy: EncryptedHead? {
        guard let other else { return nil }
        var head = self
        (head.area, head.code, head.other) = (other.area, other.code, nil)
        return head
    }

    /// What the first meta page that is whole says without a key.
    ///
    /// - Returns: nil if the file isn't encrypted.
    /// - Throws: as `init`.
    static func meta(_ file: any StorageFile, first: [UInt8]? = nil) throws(StoreError) -> MetaPage.Head? {
        var found: MetaPage.Head?
        var hasLoneKeys = false
        for size in [0] + (12...16).map({ UInt64(1) << $0 }) {
            if let found, UInt64(found.pageSize) != size { continue }
            let bytes = if size == 0, let first { first } else { try readBytes(file, at: size, count: MetaPage.byteCount) }
            guard let head = MetaPage.head(bytes), size == 0 || UInt64(head.pageSize) == size else {
                if try keys(file, at: size) != nil { hasLoneKeys = true }
                continue
            }
            // If only the other meta page is encrypted, it will be found to be what can't be read without a key.
            if head.algorithm == 0 { return nil }
            guard head.algorithm == MetaPage.gcmSIV else {
                throw .newerFeatures(path: file.path, features: "encryption by algorithm \(head.algorithm)")
            }
            if found == nil { found = head }
            if size > 0 { break }
        }
        if found == nil && hasLoneKeys {
            throw .damaged(page: MetaPage.places[0], reason: "the file is encrypted, and neither meta page is whole")
        }
        return found
    }

    /// The copy of the area that lies behind a meta page.
    ///
    /// - Parameter offset: of that page.
    static func keys(_ file: any StorageFile, at offset: UInt64) throws(StoreError) -> (area: KeyArea, code: [UInt8])? {
        KeyArea.decode(try readBytes(file, at: offset + UInt64(KeyArea.offset), count: KeyArea.byteCount))
    }
}
