/// Where the regular files of a tar archive lie.
struct TarIndex {
    struct Member {
        let path: String
        /// Of the contents.
        let offset: UInt64
        let byteCount: UInt64
    }

    private(set) var members: [Member] = []

    /// Names longer than this are not ours, nor anybody's: a bound for what is read into memory.
    private static let largestExtension: UInt64 = 1 << 20

    /// Reads every header and passes over the contents. Throws `.malformedArchive`.
    init(_ input: ArchiveInput) throws(CatalogError) {
        try Self.refuseCompressed(input)
        var offset: UInt64 = 0
        var overrides = Overrides()
        while true {
            let block = try input.read(at: offset, count: Tar.blockByteCount)
            guard !block.isEmpty else {
                if offset == 0 { throw Self.malformed("It is empty.") }
                break  // Some writers leave the closing zero blocks out.
            }
            guard block.count == Tar.blockByteCount else { throw Self.malformed("It is cut off in a header, at byte \(offset).") }
            if block.allSatisfy({ $0 == 0 }) { break }

            let header = try Header(block, at: offset)
            let contents = offset + UInt64(Tar.blockByteCount)
            let isExtension = [Tar.Kind.pax, Tar.Kind.paxGlobal, Tar.Kind.longName, Tar.Kind.longLink].contains(header.kind)
            let byteCount = isExtension ? header.byteCount : overrides.byteCount ?? header.byteCount
            guard byteCount <= input.byteCount, contents <= input.byteCount - byteCount else {
                throw Self.malformed("It is cut off: `\(header.path)` should have \(byteCount) bytes from byte \(contents).")
            }
            if isExtension {
                guard byteCount <= Self.largestExtension else { throw Self.malformed("The header at byte \(offset) is too large.") }
                let bytes = try input.read(at: contents, count: Int(byteCount))
                try overrides.take(header.kind, bytes, at: offset)
            } else {
                if header.kind == Tar.Kind.regular || header.kind == Tar.Kind.regularBeforePOSIX {
                    members.append(Member(path: overrides.path ?? header.path, offset: contents, byteCount: byteCount))
                }
                overrides = Overrides()
            }
            offset = contents + byteCount + UInt64(Tar.padding(after: byteCount).count)
        }
    }

    private static func refuseCompressed(_ input: ArchiveInput) throws(CatalogError) {
        let start = try input.read(at: 0, count: 6)
        let formats: [(magic: [UInt8], name: String, command: String)] = [
            ([0x1F, 0x8B], "gzip", "gunzip --keep"),
            ([0x42, 0x5A, 0x68], "bzip2", "bunzip2 --keep"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz", "unxz --keep"),
            ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "unzstd --keep"),
        ]
        if let format = formats.first(where: { start.starts(with: $0.magic) }) {
            throw malformed("It is compressed with \(format.name); decompress it first: `\(format.command) ARCHIVE`.")
        }
    }

    static func malformed(_ what: String) -> CatalogError {
        CatalogError(.malformedArchive, "The archive can't be restored. \(what)")
    }

    static func malformed(_ member: Member, _ error: JSONError) -> CatalogError {
        malformed("`\(member.path)`, line \(error.line), column \(error.column): \(error.message)")
    }
}

/// What a header block says.
private struct Header {
    let path: String
    let byteCount: UInt64
    let kind: UInt8

    init(_ block: [UInt8], at offset: UInt64) throws(CatalogError) {
        guard let sum = Self.number(block[148..<156]), sum == UInt64(Tar.checksum(block)) else {
            throw TarIndex.malformed(
                offset == 0 ? "It is not a tar file." : "The header at byte \(offset) is damaged: its checksum is wrong.")
        }
        guard let byteCount = Self.number(block[124..<136]) else {
            throw TarIndex.malformed("The header at byte \(offset) has no readable size.")
        }
        let isPOSIX = block[257..<262].elementsEqual("ustar".utf8) && block[262] == 0
        let prefix = isPOSIX ? Self.text(block[345..<500]) : ""
        let name = Self.text(block[0..<100])
        path = prefix.isEmpty ? name : prefix + "/" + name
        self.byteCount = byteCount
        kind = block[156]
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Octal digits between blanks and zeros, or, if the first bit is set, a big-endian number (GNU's form for large sizes).
    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        if field.first == 0x80 {
            var value: UInt64 = 0
            for byte in field.dropFirst() {
                guard value >> 56 == 0 else { return nil }
                value = value << 8 | UInt64(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }), digits.count < 22 else { return nil }
        return digits.reduce(0) { $0 << 3 | UInt64($1 - 0x30) }
    }
}

/// What extension members say about the next one.
private struct Overrides {
    var path: String?
    var byteCount: UInt64?

    mutating func take(_ kind: UInt8, _ contents: [UInt8], at offset: UInt64) throws(CatalogError) {
        switch kind {
        case Tar.Kind.longName: path = String(decoding: contents.prefix { $0 != 0 }, as: UTF8.self)
        case Tar.Kind.pax: try takeRecords(contents, at: offset)
        default: break
        }
    }

    /// `"<length> <key>=<value>\n"` one after another, where the length counts the whole record.
    private mutating func takeRecords(_ contents: [UInt8], at offset: UInt64) throws(CatalogError) {
        var rest = contents[...]
        while !rest.isEmpty {
            let digits = String(decoding: rest.prefix { $0 != 0x20 }, as: UTF8.self)
            guard let length = Int(digits), length > digits.utf8.count + 2, length <= rest.count else {
                throw TarIndex.malformed("The pax header at byte \(offset) is damaged.")
            }
            let record = rest.prefix(length).dropFirst(digits.utf8.count + 1).dropLast()
            let key = record.prefix { $0 != UInt8(ascii: "=") }
            let value = String(decoding: record.dropFirst(key.count + 1), as: UTF8.self)
            if key.elementsEqual("path".utf8) { path = value }
            if key.elementsEqual("size".utf8) {
                guard let size = UInt64(value) else { throw TarIndex.malformed("The pax header at byte \(offset) has a bad size.") }
                byteCount = size
            }
            rest = rest.dropFirst(length)
        }
    }
}
