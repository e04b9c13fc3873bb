/// Both meta pages as they can be read now.
struct MetaPages {
    /// The sound ones with the page that each is in, newest first.
    var good: [(place: PageNumber, meta: MetaPage)] = []

    /// - Parameter first: that of page 0, if it was read.
    /// - Throws: `newerFormat`, `newerFeatures`; `notPandoFile` or `damaged` if there is no sound one.
    init(_ file: any StorageFile, first: [UInt8]? = nil) throws(StoreError) {
        let first = if let first { first } else { try readBytes(file, at: 0, count: MetaPage.byteCount) }
        var readings: [MetaPage.Reading] = [MetaPage.decode(first, file.cipher)]
        // Page 0 says where page 1 begins; if it can't be read, every page size is tried.
        var sizes = (9...16).map { 1 << $0 }
        if case .good(let meta) = readings[0] {
            good.append((MetaPage.places[0], meta))
            sizes = [meta.pageSize]
        }
        for size in sizes {
            let reading = MetaPage.decode(try readBytes(file, at: UInt64(size), count: MetaPage.byteCount), file.cipher)
            readings.append(reading)
            if case .good(let meta) = reading, meta.pageSize == size {
                good.append((MetaPage.places[1], meta))
                break
            }
        }
        // A newer release has written since: what can be read here is older, and a writer would write over what is newest. If the
        // version is wrong and the checksum too, the meta page is damaged, which matters only if the other one is as well.
        for case .newerFormat(let version, let isSound) in readings where isSound || good.isEmpty {
            throw .newerFormat(path: file.path, version: version, supported: Int(MetaPage.currentVersion))
        }
        for case .newerFeatures(let features) in readings { throw .newerFeatures(path: file.path, features: features) }
        if good.isEmpty {
            if readings.contains(.damaged) {
                throw .damaged(page: MetaPage.places[0], reason: "neither meta page is whole")
            }
            throw .notPandoFile(path: file.path)
        }
        good.sort { $0.meta.transaction > $1.meta.transaction }
    }

    /// The place of the one that isn't sound: nil if both are.
    var unreadable: PageNumber? { good.count == 1 ? MetaPage.other(good[0].place) : nil }

    /// The meta page of a flush: nil if it is no longer in the file.
    static func of(_ flush: TransactionID, _ file: any StorageFile) throws(StoreError) -> MetaPage? {
        try MetaPages(file).good.first { $0.meta.transaction == flush }?.meta
    }
}

extension MetaPage {
    /// The pages that meta pages are in.
    static let places = [PageNumber(rawValue: 0), PageNumber(rawValue: 1)]

    /// The place of the meta page that isn't in `place`.
    static func other(_ place: PageNumber) -> PageNumber { place == places[0] ? places[1] : places[0] }

    /// Writes it without a sync.
    func write(_ file: any StorageFile, _ place: PageNumber) throws(StoreError) {
        try writeBytes(encoded(file.cipher), file, at: place.offset(pageSize: pageSize))
    }

    /// Bytes that the file has at least.
    var fileByteCount: UInt64 { highWater.offset(pageSize: pageSize) }
}
