import Ground

/// The keys of an open encrypted file.
final class FileKeys: Sendable {
    let uuid: UUID
    private let fileKey: SecretBytes
    /// The number of the data key that these are of.
    let number: UInt64
    let meta: MessageCipher
    let pages: MessageCipher
    let journal: MessageCipher
    private let journalSalt: SecretBytes
    private let digests: SecretBytes

    /// The keys in an area.
    ///
    /// - Throws: `wrongKey` if the key opens none of the slots, `keyRefused` with what whoever unwraps it says, `damaged` if somebody
    ///   without the key has changed the area.
    convenience init(_ head: EncryptedHead, _ key: EncryptionKey, path: String) throws(StoreError) {
        guard let fileKey = try Self.fileKey(head, key) else {
            throw .wrongKey(path: path, name: key.name, names: head.area.slots.map(\.name))
        }
        let code = try translatingCipherErrors { () throws(CipherError) in
            try Self.code(of: head.area, fileKey, head.uuid)
        }
        guard code.equalsInConstantTime(head.code) else {
            throw .damaged(page: nil, reason: "its keys were changed by someone who does not have them")
        }
        guard head.area.dataKeys.count == 1, let data = head.area.dataKeys.first else {
            throw .newerFeatures(path: path, features: "\(head.area.dataKeys.count) data keys")
        }
        let opened = try translatingCipherErrors { () throws(CipherError) in
            try MessageCipher(key: fileKey).unwrap(data.sealed, nonce: data.nonce, associated: Self.associated(with: data, head.uuid))
        }
        guard let opened else { throw .damaged(page: nil, reason: "its data key is not what was written") }
        do throws(CipherError) { try self.init(fileKey, opened, number: data.number, head.uuid) } catch { throw StoreError(error) }
    }

    /// A head, or that of the older copy of the keys if the newer one was written by somebody who doesn't have them: that opens to nobody, and is
    /// no reason to lose the file.
    static func genuine(_ head: EncryptedHead, _ key: EncryptionKey) -> EncryptedHead {
        guard let other = head.ofOtherCopy else { return head }
        // The file key is the same in both.
        let verdict = isGenuine(head, key, in: head) ?? isGenuine(head, key, in: other)
        return verdict == false && isGenuine(other, key, in: other) == true ? other : head
    }

    /// Whether a head's area was written by somebody who has the file key: nil if the key opens no slot of the other head.
    private static func isGenuine(_ head: EncryptedHead, _ key: EncryptionKey, in opener: EncryptedHead) -> Bool? {
        do {
            guard let fileKey = try fileKey(opener, key) else { return nil }
            return try code(of: head.area, fileKey, head.uuid).equalsInConstantTime(head.code)
        } catch {
            return nil
        }
    }

    /// The same once the keys are known.
    func genuine(_ head: EncryptedHead) throws(StoreError) -> EncryptedHead {
        guard let other = head.ofOtherCopy, try !prove(head.area, head.code), try prove(other.area, other.code) else { return head }
        return other
    }

    private init(
        _ fileKey: consuming SecretBytes, _ dataKey: borrowing SecretBytes, number: UInt64, _ uuid: UUID
    ) throws(CipherError) {
        func derive(_ purpose: String) throws(CipherError) -> SecretBytes {
            try HKDF.deriveKey(from: dataKey, salt: uuid.bytes, info: Array(purpose.utf8))
        }
        meta = try MessageCipher(key: try derive("pando meta"))
        pages = try MessageCipher(key: try derive("pando pages"))
        journal = try MessageCipher(key: try derive("pando journal"))
        journalSalt = try derive("pando journal salt")
        digests = try derive("pando digests")
        self.uuid = uuid
        self.number = number
        self.fileKey = fileKey
    }

    /// A number that nobody can compute who doesn't have the key.
    func salt(of bytes: [UInt8]) -> UInt64 {
        journalSalt.withArray { HMAC(key: $0).code(of: bytes) }.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A hash that nobody can make who doesn't have the key, so nobody finds out by trying what it is of.
    func digest(of bytes: [UInt8]) -> [UInt8] { digests.withArray { HMAC(key: $0).code(of: bytes) } }

    /// The cipher of an archive under this file's keys.
    func archive(salt: [UInt8]) throws(StoreError) -> MessageCipher {
        try translatingCipherErrors { () throws(CipherError) in
            try MessageCipher(key: try HKDF.deriveKey(from: fileKey, salt: uuid.bytes + salt, info: Array("pando archive".utf8)))
        }
    }

    // MARK: The area

    /// The area of a new file, with a file key and a data key that nobody had before.
    static func makeArea(_ uuid: UUID, _ key: EncryptionKey) throws(StoreError) -> (area: KeyArea, code: [UInt8]) {
        try translatingErrors { () throws in
            let fileKey = try SecretBytes.random(count: MessageCipher.keyByteCount)
            var data = KeyArea.DataKey(number: 1, first: .none, nonce: .random(), sealed: [])
            data.sealed = try MessageCipher(key: fileKey).wrap(
                try SecretBytes.random(count: MessageCipher.keyByteCount), nonce: data.nonce, associated: associated(with: data, uuid))
            let area = KeyArea(generation: 1, slots: [try slot(of: fileKey, key, uuid)], dataKeys: [data])
            guard area.fits else { throw StoreError.keyRefused(reason: "The key's name, or what it is wrapped in, is too long.") }
            return (area, try code(of: area, fileKey, uuid))
        }
    }

    /// The head and the keys of a new file, with which it can be opened again.
    ///
    /// - Throws: that the key can't be had, or not be used.
    static func make(_ uuid: UUID, pageSize: Int, _ key: EncryptionKey, path: String) throws(StoreError) -> (EncryptedHead, FileKeys) {
        let (area, code) = try makeArea(uuid, key)
        let head = EncryptedHead(uuid: uuid, pageSize: pageSize, area: area, code: code)
        return (head, try FileKeys(head, key, path: path))
    }

    /// Whether an area is what somebody wrote who has the file's key.
    func prove(_ area: KeyArea, _ code: [UInt8]) throws(StoreError) -> Bool {
        try translatingCipherErrors { () throws(CipherError) in try Self.code(of: area, fileKey, uuid) }.equalsInConstantTime(code)
    }

    /// An area with other slots.
    func changed(_ area: KeyArea, _ change: (inout KeyArea) -> Void, adding key: EncryptionKey?) throws(StoreError)
        -> (area: KeyArea, code: [UInt8])
    {
        var area = area
        area.generation += 1
        let slot = try translatingErrors { () throws in try key.map { try Self.slot(of: fileKey, $0, uuid) } }
        change(&area)
        if let slot { area.slots.append(slot) }
        guard area.fits else {
            throw .keyRefused(reason: "There is no room for another key in the file; remove one, or give it a shorter name.")
        }
        let code = try translatingCipherErrors { () throws(CipherError) in try Self.code(of: area, fileKey, uuid) }
        return (area, code)
    }

    private static func code(of area: KeyArea, _ fileKey: borrowing SecretBytes, _ uuid: UUID) throws(CipherError) -> [UInt8] {
        try HKDF.deriveKey(from: fileKey, salt: uuid.bytes, info: Array("pando keys".utf8)).withArray {
            HMAC(key: $0).code(of: area.content)
        }
    }

    private static func associated(with data: KeyArea.DataKey, _ uuid: UUID) -> [UInt8] {
        let numbers = [data.number, data.first.rawValue].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
        }
        return Array("pando data key".utf8) + uuid.bytes + numbers
    }

    private static func associated(with slot: KeyArea.Slot, _ uuid: UUID) -> [UInt8] {
        let numbers = [slot.kind, UInt8(slot.scrypt.logRounds), UInt8(slot.scrypt.blockSize), UInt8(slot.scrypt.parallelism)]
        return Array("pando file key".utf8) + uuid.bytes + numbers + slot.salt + Array(slot.name.utf8)
    }

    /// The file key under a master key.
    private static func slot(of fileKey: borrowing SecretBytes, _ key: EncryptionKey, _ uuid: UUID) throws -> KeyArea.Slot {
        guard key.name.utf8.count <= EncryptionKey.longestName else {
            throw StoreError.keyRefused(reason: "The name of a key has at most \(EncryptionKey.longestName) bytes.")
        }
        // Everybody sees it, without the key: at a terminal it could be a command.
        guard !key.name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw StoreError.keyRefused(reason: "The name of a key has no control characters.")
        }
        var slot = KeyArea.Slot(kind: key.kind.rawValue, name: key.name)
        if key.kind == .service {
            slot.wrapped = try fileKey.withArray { fileKey in
                var bytes = uuid.bytes + fileKey
                defer { bytes.erase() }
                return try key.wrap(bytes)
            }
            guard (1...KeyArea.Slot.longestWrapped).contains(slot.wrapped.count) else {
                throw StoreError.keyRefused(reason: "What the key is wrapped in has \(slot.wrapped.count) bytes; 1 to 1,024 are allowed.")
            }
            return slot
        }
        if key.kind == .passphrase {
            slot.scrypt = key.scrypt
            slot.salt = (0..<KeyArea.saltByteCount).map { _ in .random(in: 0...255) }
        }
        slot.nonce = .random()
        slot.wrapped = try key.cipher(slot.scrypt, salt: slot.salt).wrap(
            fileKey, nonce: slot.nonce, associated: associated(with: slot, uuid))
        return slot
    }

    /// - Returns: nil if the key opens no slot.
    private static func fileKey(_ head: EncryptedHead, _ key: EncryptionKey) throws(StoreError) -> SecretBytes? {
        var failure: StoreError?
        let slots = head.area.slots.filter { $0.kind == key.kind.rawValue }
        // The one that has its name first: others may be another service's, or cost a passphrase's time.
        for slot in slots.filter({ $0.name == key.name }) + slots.filter({ $0.name != key.name }) {
            do {
                if key.kind == .service {
                    var bytes = try key.unwrap(slot.wrapped, name: slot.name)
                    defer { bytes.erase() }
                    let uuid = head.uuid.bytes
                    guard bytes.count == uuid.count + MessageCipher.keyByteCount, bytes.starts(with: uuid) else { continue }
                    var fileKey = Array(bytes[uuid.count...])
                    return try SecretBytes(erasing: &fileKey)
                }
                let cipher = try key.cipher(slot.scrypt, salt: slot.salt)
                if let found = try cipher.unwrap(slot.wrapped, nonce: slot.nonce, associated: associated(with: slot, head.uuid)) {
                    return found
                }
            } catch let error as CipherError {
                failure = failure ?? StoreError(error)
            } catch {
                failure = failure ?? .keyRefused(reason: "\(error)")
            }
        }
        if let failure { throw failure }
        return nil
    }

    // MARK: Slots, by their index

    /// The slot that a key opens.
    static func slot(in head: EncryptedHead, openedBy key: EncryptionKey) -> Int? {
        let slots = head.area.slots
        // A service may unwrap others' slots as well, so its name comes first.
        for index in slots.indices.filter({ slots[$0].name == key.name }) + slots.indices.filter({ slots[$0].name != key.name }) {
            var one = head
            one.area.slots = [slots[index]]
            // That somebody else's service refuses its own slot is no reason to stop.
            do throws(StoreError) { if try fileKey(one, key) != nil { return index } } catch { continue }
        }
        return nil
    }

    /// Checks that a service that wrapped the file's key gives it back, before nothing else opens the file.
    static func check(_ service: EncryptionKey, opens area: KeyArea, in head: EncryptedHead, path: String) throws(StoreError) {
        var last = head
        last.area.slots = area.slots.suffix(1)
        guard try fileKey(last, service) != nil else {
            throw .keyRefused(reason: "What the new key wraps it does not unwrap to the same again, so the file \(path) stays as it is.")
        }
    }

    /// What a key is called in some slots already: nil if it is in none of them. Of a service nobody can tell which keys it has.
    static func name(of key: EncryptionKey, in head: EncryptedHead, _ slots: [KeyArea.Slot]) -> String? {
        guard key.kind != .service else { return nil }
        var part = head
        part.area.slots = slots
        return slot(in: part, openedBy: key).map { slots[$0].name }
    }
}

/// Calls a closure that throws any error, as one that throws the store's.
private func translatingErrors<Result>(_ body: () throws -> Result) throws(StoreError) -> Result {
    do { return try body() } catch let error as StoreError { throw error } catch let error as CipherError { throw StoreError(error) } catch
    {
        throw .keyRefused(reason: "\(error)")
    }
}

private func translatingCipherErrors<Result: ~Copyable>(_ body: () throws(CipherError) -> Result) throws(StoreError) -> Result {
    do throws(CipherError) { return try body() } catch { throw StoreError(error) }
}

extension StoreError {
    init(_ error: CipherError) { self = .keyRefused(reason: error.description) }
}
