package import Ground

/// The keys of an encrypted file, as a file of their own, for the day on which the file has lost both of its copies:
///
///      0  magic      8 bytes "PandoHdr"
///      8  layout     4: 1
///     12  page size  4
///     16  UUID       16
///     32  the area   3,584, as it stands in the file (`KeyArea`)
///
/// As useless as the file itself to whoever has none of its keys.
private struct KeyHeader {
    let head: EncryptedHead

    private static let magic = Array("PandoHdr".utf8)
    private static let layout: UInt64 = 1
    private static let areaOffset = 32

    var encoded: [UInt8] {
        func word(_ number: UInt64) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) } }
        return Self.magic + word(Self.layout) + word(UInt64(head.pageSize)) + head.uuid.bytes + head.area.encoded(code: head.code)
    }

    init(_ head: EncryptedHead) { self.head = head }

    /// - Returns: nil if the bytes are no exported keys, or not whole.
    init?(_ bytes: [UInt8]) {
        func word(_ offset: Int, _ count: Int) -> UInt64 { bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        guard bytes.count == Self.areaOffset + KeyArea.byteCount, bytes.starts(with: Self.magic), word(8, 4) == Self.layout,
            let (area, code) = KeyArea.decode(Array(bytes[Self.areaOffset...]))
        else { return nil }
        let uuid = UUID(high: word(16, 8).byteSwapped, low: word(24, 8).byteSwapped)
        head = EncryptedHead(uuid: uuid, pageSize: Int(word(12, 4)), area: area, code: code)
    }
}

extension Store {
    /// The keys of an encrypted file, to be kept elsewhere: none of them is needed for that.
    ///
    /// - Throws: `notEncrypted`; `damaged` if neither copy of them is whole; `keyRefused` if both are, and say something else.
    package static func exportKeys(ofFileAt path: String) throws(StoreError) -> [UInt8] {
        var options = StoreOptions()
        options.readOnly = true
        return try exportKeys(of: try DiskFile(path, options: options))
    }

    static func exportKeys(of file: any StorageFile) throws(StoreError) -> [UInt8] {
        guard let head = try EncryptedHead(file) else { throw .notEncrypted(path: file.path) }
        // Which of them is the file's own is known to who has a key.
        guard head.ofOtherCopy == nil else {
            throw .keyRefused(
                reason: """
                    The two copies of the keys in \(file.path) differ, after a crash in the middle of a change or because somebody else wrote one: \
                    open the file for writing with its key, which makes them equal, and export them then.
                    """)
        }
        return KeyHeader(head).encoded
    }

    /// Gives a file that has lost both copies of its keys those that were exported. Nobody may have it open for writing.
    ///
    /// - Parameter key: opens one of them, which is how it is known that they are this file's.
    /// - Throws: `keyRefused` if they aren't, or the file still has its own, which may be newer.
    package static func importKeys(_ bytes: [UInt8], toFileAt path: String, with key: EncryptionKey) throws(StoreError) {
        var options = StoreOptions()
        options.create = false
        try importKeys(bytes, to: try DiskFile.locked(at: path, options: options), with: key)
    }

    static func importKeys(_ bytes: [UInt8], to file: any StorageFile, with key: EncryptionKey) throws(StoreError) {
        let path = file.path
        guard let header = KeyHeader(bytes) else {
            throw .keyRefused(reason: "These are no keys of a file that were exported, or not all of them.")
        }
        try file.lockWriter()
        defer { file.unlockWriter() }
        guard let meta = try EncryptedHead.meta(file) else {
            throw .keyRefused(
                reason: """
                    The file \(path) has no meta page of an encrypted file that is whole, and keys alone lead to none of its records: restore a \
                    backup.
                    """)
        }
        guard meta.uuid == header.head.uuid, meta.pageSize == header.head.pageSize else {
            throw .keyRefused(reason: "The exported keys are of the file \(header.head.uuid), and \(path) is \(meta.uuid).")
        }
        let keys = try FileKeys(header.head, key, path: path)
        let cipher = PageCipher(keys)
        var isOpened = false
        for place in MetaPage.places {
            let offset = place.offset(pageSize: meta.pageSize)
            if case .good = MetaPage.decode(try readBytes(file, at: offset, count: MetaPage.byteCount), cipher) { isOpened = true }
            // What somebody without the keys has written there is no copy of them.
            guard let own = try EncryptedHead.keys(file, at: offset), try keys.prove(own.area, own.code) else { continue }
            throw .keyRefused(
                reason: """
                    The file \(path) still has its keys in page \(place.rawValue), and the exported ones may be older: open it for writing, which \
                    makes the other copy anew.
                    """)
        }
        guard isOpened else {
            throw .keyRefused(reason: "The exported keys don't open the pages of \(path): it was given others since (rekey --data).")
        }
        try header.head.area.write(file, pageSize: meta.pageSize, code: header.head.code)
    }
}
