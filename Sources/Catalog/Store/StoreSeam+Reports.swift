import BTreeStore

// What the store reports about itself, as this floor says it.

extension FileStatistics {
    init(_ store: StoreStatistics) {
        self.init(
            pageSize: store.pageSize, formatVersion: store.formatVersion, transaction: store.transaction.rawValue,
            fileBytes: store.fileBytes, pages: store.pages, freePages: store.freePages, pinnedPages: store.pinnedPages,
            cutSubtrees: store.cutSubtrees, records: store.records, depth: store.depth, dirtyBytes: store.dirtyBytes,
            liveSnapshots: store.liveSnapshots, pins: store.pins.map(Pin.init), encryption: store.encryption.map(Encryption.init))
    }
}

extension FileStatistics.Encryption {
    init(_ report: EncryptionReport) {
        self.init(
            cipher: report.cipher, instructions: report.instructions,
            keys: report.keys.slots.map { FileKey(name: $0.name, kind: $0.kind) }, decryptedBytes: report.decryptedBytes)
    }
}

extension FileStatistics.Pin {
    init(_ pin: PinReport) {
        var state: String?
        let holder: Holder
        switch pin.holder {
        case .snapshot: holder = .snapshot
        case .otherProcess: holder = .otherProcess
        case .state(let name): (holder, state) = (.state, name)
        case .durableState: holder = .durableState
        }
        self.init(holder: holder, transaction: pin.transaction.rawValue, pages: pin.pages, ageSeconds: pin.ageSeconds, state: state)
    }
}

extension NamedState {
    init(_ state: BTreeStore.NamedState) {
        self.init(
            name: state.name, transaction: state.transaction.rawValue, time: Double(state.microseconds) / 1_000_000, records: state.records)
    }
}

extension TreeLevel {
    init(_ level: TreeLevelReport) {
        self.init(
            level: level.level, pages: level.pages, entries: level.entries, usedBytes: level.usedBytes,
            savedByPrefixBytes: level.savedByPrefixBytes)
    }
}

extension PageDescription {
    init(_ page: PageReport) {
        self.init(
            number: page.number.rawValue, kind: page.kind.rawValue, fields: page.fields.map { Field(name: $0.name, value: $0.value) },
            cells: page.cells.map { cell in
                Cell(
                    key: ReadableKey.text(of: cell.key), valueByteCount: cell.valueByteCount, page: cell.page?.rawValue,
                    birth: cell.birth?.rawValue, checksum: cell.checksum, count: cell.count)
            })
    }
}
