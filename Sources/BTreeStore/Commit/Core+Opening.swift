import Ground

// Opening a file, or making it.

extension Core {
    /// - Parameters:
    ///   - identity: the UUID of a file that has to be made.
    ///   - keys: its head and keys, if they were made before it was.
    static func open(
        _ file: any StorageFile, options: StoreOptions, identity: UUID? = nil, keys: (EncryptedHead, FileKeys)? = nil
    ) throws(StoreError) -> Core {
        guard MetaPage.isSupported(pageSize: options.pageSize) else { throw .unsupportedPageSize(options.pageSize) }
        let plainFile = file
        if !options.readOnly { try file.lockWriter() }
        do throws(StoreError) {
            if try isBlank(file) {
                guard !options.readOnly else { throw .notPandoFile(path: file.path) }
                try create(file, options, identity: identity ?? keys?.0.uuid ?? .random(), keys)
            }
            let first = try readBytes(plainFile, at: 0, count: MetaPage.byteCount)
            let file = try unlocked(plainFile, first: first, options)
            var found = try OpenedState.find(file, first: first, trustsWriter: options.readOnly)
            if options.readOnly { return Core(file: file, found, options: options) }
            if found.meta.writeFeatures != 0 {
                let features = "features \(String(found.meta.writeFeatures, radix: 2)) in binary to write it"
                throw .newerFeatures(path: file.path, features: features)
            }
            found.salt = options.salt
            let records = try found.makeDurable(file)
            let core = Core(file: file, found, options: options)
            if !records.isEmpty { try core.pipeline.recover(records) }
            try file.lockReadyWriter()
            return core
        } catch {
            if !options.readOnly { file.unlockWriter() }
            throw error
        }
    }

    /// Whether nothing was written to the file, or nothing became durable.
    private static func isBlank(_ file: any StorageFile) throws(StoreError) -> Bool {
        let byteCount = try file.byteCount()
        if byteCount == 0 { return true }
        guard byteCount <= 2 * 65536 else { return false }
        return try readBytes(file, at: 0, count: Int(byteCount)).allSatisfy { $0 == 0 }
    }

    /// The file as it is read and written: one that decrypts, if it is encrypted. Until its key is known, nothing is read behind the first
    /// 4,096 bytes of a page with a meta page.
    ///
    /// - Parameter first: the meta page of page 0, which was read.
    private static func unlocked(
        _ file: any StorageFile, first: [UInt8], _ options: StoreOptions
    ) throws(StoreError) -> any StorageFile {
        guard let found = try EncryptedHead(file, first: first) else {
            // Else somebody could put a plain file in the place of an encrypted one.
            if options.encryption != nil { throw .notEncrypted(path: file.path) }
            return file
        }
        guard let key = options.encryption else { throw .keyWanted(path: file.path, names: found.area.slots.map(\.name)) }
        let head = FileKeys.genuine(found, key)
        let keys = try FileKeys(head, key, path: file.path)
        if !options.readOnly && !head.isWhole { try head.area.write(file, pageSize: head.pageSize, code: head.code) }
        let cipher = PageCipher(keys, salt: options.salt ?? MetaPage.randomSalt(), witness: options.sealWitness)
        return SealedFile(file, cipher, decryptedByteLimit: options.decryptedByteLimit)
    }

    /// The head and the keys of a file that is to be made; nil if there is one, or it is to be plain. Made before the file is: no empty one
    /// is left of a key that can't be had.
    static func keysOfNewFile(_ path: String, _ options: StoreOptions) throws(StoreError) -> (EncryptedHead, FileKeys)? {
        guard let key = options.encryption, options.create, !options.readOnly, !FileName.exists(path) else { return nil }
        return try FileKeys.make(.random(), pageSize: options.pageSize, key, path: path)
    }

    private static func create(
        _ file: any StorageFile, _ options: StoreOptions, identity: UUID, _ keys: (EncryptedHead, FileKeys)?
    ) throws(StoreError) {
        let pageSize = options.pageSize
        var file = file
        var keyArea: [UInt8] = []
        if let key = options.encryption {
            guard pageSize >= MetaPage.leastEncryptedPageSize, options.formatVersion >= MetaPage.stateVersion, !file.isVolatile else {
                throw .keyRefused(reason: file.isVolatile ? "A store in memory can't be encrypted." : MetaPage.pageTooSmall)
            }
            var made = keys
            if made == nil { made = try FileKeys.make(identity, pageSize: pageSize, key, path: file.path) }
            if let (head, keys) = made {
                keyArea = head.area.encoded(code: head.code)
                file = SealedFile(file, PageCipher(keys, witness: options.sealWitness))
            }
        }
        let empty = MetaPage(
            version: options.formatVersion, pageSize: pageSize, uuid: identity, opening: options.successor?.opening ?? 0,
            transaction: options.successor?.transaction ?? .none, previous: .none,
            root: Root(), isWhole: true, highWater: .first,
            readFeatures: options.keepsDigests && options.formatVersion >= MetaPage.stateVersion ? MetaPage.digestFeature : 0)
        var first = empty
        first.transaction = empty.transaction.next
        var bytes = [UInt8](repeating: 0, count: 2 * pageSize)
        bytes.replaceSubrange(0..<MetaPage.byteCount, with: first.encoded(file.cipher))
        bytes.replaceSubrange(pageSize..<pageSize + MetaPage.byteCount, with: empty.encoded(file.cipher))
        for place in [0, pageSize] { bytes.replaceSubrange(place + KeyArea.offset..<place + KeyArea.offset + keyArea.count, with: keyArea) }
        try writeBytes(bytes, file, at: 0)
        try file.sync()
    }
}
