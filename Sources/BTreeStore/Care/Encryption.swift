package import Ground

/// What an encrypted file says of its keys without any of them.
public struct KeyReport: Sendable, Equatable {
    public struct Slot: Sendable, Equatable {
        public var name: String
        /// key, passphrase or service.
        public var kind: String
    }

    /// One more with each change.
    public var generation: UInt64
    /// The keys that open the file.
    public var slots: [Slot]

    init(_ area: KeyArea) {
        generation = area.generation
        slots = area.slots.map { slot in
            Slot(name: slot.name, kind: EncryptionKey.Kind(rawValue: slot.kind).map { "\($0)" } ?? "unknown")
        }
    }
}

extension Store {
    /// The keys of a file: nil if it isn't encrypted.
    public static func keys(ofFileAt path: String) throws(StoreError) -> KeyReport? {
        var options = StoreOptions()
        options.readOnly = true
        return try EncryptedHead(DiskFile(path, options: options)).map { KeyReport($0.area) }
    }

    /// How this file is encrypted.
    func encryptionReport(_ mapping: Mapping) throws(StoreError) -> EncryptionReport? {
        guard let cipher = core.file.cipher, let head = try EncryptedHead(core.file) else { return nil }
        let keys = KeyReport(try cipher.keys.genuine(head).area)
        return EncryptionReport(
            instructions: "\(cipher.keys.pages.way)", keys: keys, decryptedBytes: mapping.decryptedByteCount)
    }

    /// A change of the keys that open a file.
    package enum KeyChange {
        /// Another one in the place of the one that opens it now.
        case replace(EncryptionKey)
        case add(EncryptionKey)
        /// The last one can't be removed.
        case remove(name: String)
    }

    /// Changes the keys that open a file that nobody has open for writing. No page is touched; and a crash leaves the old keys, or the new
    /// ones.
    package static func rekey(_ path: String, with key: EncryptionKey, _ change: KeyChange) throws(StoreError) {
        var options = StoreOptions()
        options.create = false
        try rekey(try DiskFile.locked(at: path, options: options), with: key, change)
    }

    static func rekey(_ file: any StorageFile, with key: EncryptionKey, _ change: KeyChange) throws(StoreError) {
        let path = file.path
        try file.lockWriter()
        defer { file.unlockWriter() }
        guard let found = try EncryptedHead(file) else { throw .notEncrypted(path: path) }
        let head = FileKeys.genuine(found, key)
        let keys = try FileKeys(head, key, path: path)
        var added: EncryptionKey?
        var slots = head.area.slots
        switch change {
        case .replace(let new):
            added = new
            if let index = FileKeys.slot(in: head, openedBy: key) { slots.remove(at: index) }
        case .add(let new): added = new
        case .remove(let name):
            slots.removeAll { $0.name == name }
            guard slots.count < head.area.slots.count else {
                throw .keyRefused(reason: "The file \(path) has no key of the name \"\(name)\".")
            }
            guard !slots.isEmpty else { throw .keyRefused(reason: "This is the only key of the file \(path): add another one first.") }
        }
        if let added, slots.contains(where: { $0.name == added.name }) {
            throw .keyRefused(
                reason: "The file \(path) has a key of the name \"\(added.name)\" already; give this one another (--new-key-name).")
        }
        if let added, let name = FileKeys.name(of: added, in: head, slots) {
            throw .keyRefused(
                reason: """
                    This key opens the file \(path) already, as "\(name)", and would go on to when one of the two names is removed: give \
                    another key.
                    """)
        }
        let (area, code) = try keys.changed(head.area, { $0.slots = slots }, adding: added)
        if let added, added.kind == .service { try FileKeys.check(added, opens: area, in: head, path: path) }
        // What a crash has left in the other copy may be a key that is no more, and would be all there is if this were cut off as well.
        if !head.isWhole { try head.area.write(file, pageSize: head.pageSize, code: head.code) }
        try area.write(file, pageSize: head.pageSize, code: code)
    }

    /// A hash under the file's own keys, the same at each opening until they are others: nil if the file isn't encrypted.
    package func digest(of bytes: [UInt8]) -> [UInt8]? { core.file.cipher?.keys.digest(of: bytes) }

    /// Seals an archive of this file's contents, so that each of the file's keys opens it: nil if the file isn't encrypted.
    package func archiveWriter() throws(StoreError) -> SealedArchive.Writer? {
        guard let cipher = core.file.cipher, let head = try EncryptedHead(core.file) else { return nil }
        return try SealedArchive.Writer(cipher.keys.genuine(head), cipher.keys)
    }

    /// Puts all records into a new file, with a file key and a data key that nobody had before, which takes this one's place. Whoever has the
    /// old keys can read nothing of it. Nobody else may have this file open for writing; this opening is to be closed then.
    ///
    /// - Parameters:
    ///   - key: the one key that opens the new file.
    ///   - old: the key that opens this one. Others can't open the new file, as they are not here to wrap its key in.
    ///   - dropsStates: whether states that have names may be left behind.
    ///   - progress: told now and then how many records are copied, of how many.
    /// - Returns: the number of records.
    @discardableResult
    package func renewDataKey(
        _ key: EncryptionKey, replacing old: EncryptionKey, dropsStates: Bool, progress: CopyProgress = { _, _ in }
    ) throws(StoreError) -> UInt64 {
        guard let path else { throw .keyRefused(reason: "Only a file with a name can be given new keys.") }
        try checkNewKeys(replacing: old, dropsStates: dropsStates)
        return try copy(to: path, encryption: key, replacing: true, progress: progress)
    }

    /// Checks that nothing is lost with the old keys.
    func checkNewKeys(replacing old: EncryptionKey, dropsStates: Bool) throws(StoreError) {
        let path = core.file.path
        guard let head = try EncryptedHead(core.file) else { throw .notEncrypted(path: path) }
        let own = FileKeys.slot(in: head, openedBy: old)
        let others = head.area.slots.indices.filter { $0 != own }.map { "\"\(head.area.slots[$0].name)\"" }
        if !others.isEmpty {
            throw .keyRefused(
                reason: """
                    The file \(path) opens with \(others.joined(separator: ", ")) too, and what is not here can't open the new one: remove them \
                    first, and add them again then.
                    """)
        }
        let states = dropsStates ? [] : try states().map { "\"\($0.name)\"" }
        if !states.isEmpty {
            throw .keyRefused(
                reason: """
                    The file \(path) has states of the past, which stay under the old keys: \(states.joined(separator: ", ")). Delete them first, \
                    or say that they are to go (--drop-states).
                    """)
        }
    }

    /// Records that are copied, and all that there are to copy.
    package typealias CopyProgress = (_ count: UInt64, _ all: UInt64) -> Void

    /// Puts all records of the newest state, but those that are of this file alone, into a new file in the order of their keys, encrypted or
    /// not. It has this file's UUID, goes on numbering where this one is, and has digests if this one has.
    ///
    /// - Parameters:
    ///   - replacing: whether the new file takes this one's place, and has its owner, group and mode then. Nobody else may have it open for
    ///     writing.
    ///   - progress: told now and then how many records are copied, of how many.
    /// - Returns: the number of records.
    @discardableResult
    package func copy(
        to path: String, encryption: EncryptionKey?, replacing: Bool, progress: CopyProgress = { _, _ in }
    ) throws(StoreError) -> UInt64 {
        if FileName.exists(path) && !replacing { throw .alreadyExists(path: path) }
        // A link that got the new file would leave the old one whole, under its own name.
        let path = replacing ? try FileName.only(path) : path
        let temporary = DiskFile.unfinishedName(of: path, uuid)
        let file = try DiskFile.made(at: temporary)
        do {
            if replacing { try file.takeOwner(ofFileAt: path) }
            let count = try copy(into: file, encryption: encryption, progress: progress)
            try FileName.move(temporary, to: path, replacing: replacing)
            return count
        } catch {
            FileName.remove(temporary)
            throw error
        }
    }

    func copy(
        into file: any StorageFile, encryption: EncryptionKey?, progress: CopyProgress = { _, _ in }
    ) throws(StoreError) -> UInt64 {
        let snapshot = try snapshot()
        var options = StoreOptions()
        options.pageSize = encryption == nil ? pageSize : max(pageSize, MetaPage.leastEncryptedPageSize)
        options.encryption = encryption
        options.dirtyByteLimit = 16 << 20
        // What the pages have doesn't tell: of few records there is no branch yet, and in the midst of an upgrade some have none.
        options.keepsDigests = try MetaPages(core.file).good[0].meta.hasDigests
        options.successor = StoreOptions.Successor(
            opening: opening + 1, transaction: TransactionID(rawValue: snapshot.transaction.rawValue + 1000))
        let copy = Store(core: try Core.open(file, options: options, identity: uuid), path: nil)
        var transaction = try copy.beginWrite()
        var cursor = try snapshot.cursor(forgets: true)
        var count: UInt64 = 0
        let all = snapshot.count()
        while try cursor.next() {
            if count % 1024 == 0 { progress(count, all) }
            if withBytes(cursor.key, { LocalKeys.contains($0) }) { continue }
            let value = try cursor.value
            try transaction.append(cursor.key, value.span)
            count += 1
        }
        try transaction.commit(.hard)
        try copy.close()
        return count
    }
}
