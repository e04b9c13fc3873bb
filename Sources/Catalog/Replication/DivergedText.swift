import Ground

/// What a file had that nobody else has, as lines of JSON in a file beside it: `{"database", "table", "document"}` for each document, and
/// `{"record", "value"}` for each record of metadata. It has all that was written since a position and is still there, or all that differs, and others
/// that stood beside it. Index entries and change logs are left out: the first are made of documents, the second tell of commits that were taken back.
package struct DivergedText: Sendable, Hashable {
    package let path: String
    package let documents: Int
    /// Records of databases, tables, accounts and the like.
    package let records: Int

    /// What is going to be done with the file.
    package enum Step { case make, write, sync, name }

    private static let pieceByteCount = 64 << 10

    /// Writes the text, whole and on the disk before it has its name. Of an encrypted file it is sealed. If the one that was written last is the
    /// same, as after a try that failed later on, that one is it.
    ///
    /// - Parameters:
    ///   - snapshot: of the same state, for the names of tables.
    ///   - path: of the file that they are of.
    ///   - encryption: what opens a sealed one.
    ///   - step: told what comes next; what it throws ends the writing.
    /// - Returns: nil if there is nothing to be written.
    static func write(
        _ records: KeyValueReplacedRecords, of snapshot: CatalogSnapshot, beside path: String, sealedBy sealer: ArchiveSealer?,
        _ encryption: FileEncryption?, before step: (Step) throws(CatalogError) -> Void
    ) throws(CatalogError) -> DivergedText? {
        var lines = DivergedLines(records, snapshot)
        var (text, sealed) = (ByteBuffer(), ByteBuffer())
        guard try lines.appendNext(to: &text) else { return nil }
        let beginning = "\(path).diverged-\(records.opening)"
        let temporary = "\(beginning).partial-\(UUID.random().description.prefix(8))"
        try step(.make)
        let file = try OpenFile(creating: temporary)
        do throws(CatalogError) {
            var hasMore = true
            while hasMore {
                while hasMore && text.count < pieceByteCount { hasMore = try lines.appendNext(to: &text) }
                if let sealer {
                    sealer.append(text.span, to: &sealed)
                    if !hasMore { sealer.finish(to: &sealed) }
                    swap(&text, &sealed)
                    sealed.removeAll()
                }
                try step(.write)
                try file.write(text.span)
                text.removeAll()
            }
            try step(.sync)
            try file.sync()
            try step(.name)
            let name = try named(temporary, beginning, sealer == nil ? ".ndjson" : ".ndjson.sealed", encryption)
            return DivergedText(path: name, documents: lines.documents, records: lines.records)
        } catch {
            OpenFile.remove(temporary)
            throw error
        }
    }

    /// Gives the file the first name that is free: another one may be of an earlier time that this was tried. If that has the same text, there need
    /// be no other one: a server that is begun again and again would fill the disk with them.
    private static func named(
        _ temporary: String, _ beginning: String, _ ending: String, _ encryption: FileEncryption?
    ) throws(CatalogError) -> String {
        var number = 1
        var last: String?
        while true {
            let name = beginning + (number == 1 ? "" : "-\(number)") + ending
            if !OpenFile.exists(name) {
                if let last, areEqual(last, temporary, encryption) {
                    OpenFile.remove(temporary)
                    // Who wrote it may have died before that.
                    try OpenFile.syncFolder(of: last)
                    return last
                }
                if try OpenFile.move(temporary, toFree: name) { return name }
            }
            last = name
            number += 1
        }
    }

    /// Whether two texts are the same. Sealed ones differ in all bytes, so they are opened; one that can't be, or can't be read, is another one.
    private static func areEqual(_ left: String, _ right: String, _ encryption: FileEncryption?) -> Bool {
        do throws(CatalogError) {
            let inputs = (try opened(left, encryption), try opened(right, encryption))
            guard inputs.0.byteCount == inputs.1.byteCount else { return false }
            var place: UInt64 = 0
            while place < inputs.0.byteCount {
                let bytes = try inputs.0.read(at: place, count: 4 * pieceByteCount)
                guard !bytes.isEmpty, try inputs.1.read(at: place, count: 4 * pieceByteCount) == bytes else { return false }
                place += UInt64(bytes.count)
            }
            return true
        } catch {
            return false
        }
    }

    private static func opened(_ path: String, _ encryption: FileEncryption?) throws(CatalogError) -> ArchiveInput {
        try ArchiveInput(path: path).opened(with: encryption, name: path, isSealWanted: encryption != nil)
    }
}

/// The lines of the text, one after the other.
private struct DivergedLines {
    private let source: KeyValueReplacedRecords
    private let snapshot: CatalogSnapshot
    /// The beginnings of the lines of tables, by their ids; nil of what is no table.
    private var beginnings: [String: String?] = [:]
    private var line = ByteBuffer()
    private(set) var documents = 0
    private(set) var records = 0

    init(_ source: KeyValueReplacedRecords, _ snapshot: CatalogSnapshot) {
        self.source = source
        self.snapshot = snapshot
    }

    /// Adds a line; false at the end.
    mutating func appendNext(to text: inout ByteBuffer) throws(CatalogError) -> Bool {
        while let (key, value) = try source.next() {
            guard key.starts(with: CatalogKeys.contents.utf8) else {
                append(record: key, Self.metadata(value.bytes), to: &text)
                return true
            }
            guard let start = ReadableKey.documentKeyStart(in: key), Self.isDocument(key, start) else { continue }
            line.removeAll()
            do throws(CatalogError) { try value.appendDocumentJSON(to: &line) } catch {
                // What can't be read as a document is kept as it stands.
                append(record: key, Datum(ReadableKey.printable(value.bytes)).description, to: &text)
                return true
            }
            if let beginning = try beginning(ofTable: Self.tableID(key, start)) {
                text.append(beginning)
                text.append(line.span)
                text.append("}\n")
                documents += 1
            } else {
                append(record: key, line.string, to: &text)
            }
            return true
        }
        return false
    }

    private mutating func append(record key: [UInt8], _ json: String, to text: inout ByteBuffer) {
        text.append("{\"record\":\(Datum(ReadableKey.text(of: key)).description),\"value\":\(json)}\n")
        records += 1
    }

    /// `{"database":"app","table":"users","document":`
    private mutating func beginning(ofTable id: String) throws(CatalogError) -> String? {
        if let known = beginnings[id] { return known }
        let parts = try snapshot.store.get(CatalogKeys.tableID(id))?.text.split(separator: ".", maxSplits: 1).map(String.init) ?? []
        let found = parts.count == 2 ? "{\"database\":\(Datum(parts[0])),\"table\":\(Datum(parts[1])),\"document\":" : nil
        beginnings[id] = .some(found)
        return found
    }

    /// A config as the JSON that it is, anything else as a text.
    private static func metadata(_ bytes: [UInt8]) -> String {
        ((try? Datum(json: bytes.span)) ?? Datum(ReadableKey.printable(bytes))).description
    }

    // MARK: Keys of contents: db:<database>:table:<table>:docs:…

    private static func parts(_ key: [UInt8], _ start: Int) -> [Substring] {
        String(decoding: key[..<start], as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
    }

    /// Of an index's entries and change logs the key may have the same word further on.
    private static func isDocument(_ key: [UInt8], _ start: Int) -> Bool {
        let parts = parts(key, start)
        return parts.count == 6 && parts[2] == "table" && parts[4] == "docs"
    }

    private static func tableID(_ key: [UInt8], _ start: Int) -> String { String(parts(key, start)[3]) }
}
