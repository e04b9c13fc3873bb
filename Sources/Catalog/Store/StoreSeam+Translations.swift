import BTreeStore

// What the store says, in the words of this floor, and what this floor says, in those of the store.

func translating<Result>(_ body: () throws(StoreError) -> Result) throws(CatalogError) -> Result {
    do throws(StoreError) { return try body() } catch { throw CatalogError(error) }
}

extension WriteTrouble {
    func noting(_ error: CatalogError) -> CatalogError {
        note(error)
        return error
    }

    func noted(_ error: StoreError) -> CatalogError {
        let error = CatalogError(error)
        note(error)
        return error
    }
}

extension KeyRange {
    init(_ interval: KeyInterval) {
        self.init(lower: interval.lower.isEmpty ? nil : interval.lower, upper: interval.upper)
    }
}

extension StoreOptions {
    init(_ options: CatalogOptions) {
        self.init()
        readOnly = options.readOnly
        create = options.create
        encryption = options.encryption?.key
        decryptedByteLimit = options.decryptedByteLimit
        if let pageSize = options.pageSize { self.pageSize = pageSize }
        if let changeByteCount = options.changeByteCount { dirtyByteLimit = changeByteCount }
    }
}

extension CatalogError {
    init(_ error: StoreError) {
        let kind: Kind =
            switch error {
            case .notPandoFile, .unsupportedFile: .notPandoFile
            case .newerFormat, .newerFeatures: .newerFormat
            case .stateNotFound: .stateNotFound
            case .stateExists: .stateExists
            case .stateRefused: .invalidState
            case .positionUnknown: .notResumable
            case .deltaRefused: .malformedArchive
            case .keyWanted, .wrongKey, .notEncrypted, .keyRefused: .invalidEncryption
            case .truncated, .damaged: .corrupt
            case .busy: .busy
            case .readOnly, .permissionDenied: .readOnly
            case .diskFull, .fileTooLarge: .diskFull
            case .closed: .closed
            case .failedBefore: .writesStopped
            case .notFound, .alreadyExists, .lockRefused, .io, .unsupportedPageSize: .io
            case .keyTooLong: .keyTooLong
            case .valueTooLong: .tooLarge
            }
        let text = error.description
        self.init(kind, text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : "."))
    }
}
