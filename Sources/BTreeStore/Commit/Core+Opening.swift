import Ground

// Opening a file, or making it.

extension Core {
    /// - Parameter identity: the UUID of a file that has to be made.
    static func open(_ file: any StorageFile, options: StoreOptions, identity: UUID? = nil) throws(StoreError) -> Core {
        guard MetaPage.isSupported(pageSize: options.pageSize) else { throw .unsupportedPageSize(options.pageSize) }
        if !options.readOnly { try file.lockWriter() }
        do throws(StoreError) {
            if try isBlank(file) {
                guard !options.readOnly else { throw .notPandoFile(path: file.path) }
                try create(file, options, identity: identity ?? .random())
            }
            var found = try OpenedState.find(file, trustsWriter: options.readOnly)
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

    private static func create(_ file: any StorageFile, _ options: StoreOptions, identity: UUID) throws(StoreError) {
        let pageSize = options.pageSize
        let empty = MetaPage(
            version: options.formatVersion, pageSize: pageSize, uuid: identity, opening: 0, transaction: .none, previous: .none,
            root: Root(), isWhole: true, highWater: .first)
        var first = empty
        first.transaction = empty.transaction.next
        var bytes = [UInt8](repeating: 0, count: 2 * pageSize)
        bytes.replaceSubrange(0..<MetaPage.byteCount, with: first.encoded())
        bytes.replaceSubrange(pageSize..<pageSize + MetaPage.byteCount, with: empty.encoded())
        try writeBytes(bytes, file, at: 0)
        try file.sync()
    }
}
