import Ground

/// Goes over the regular files of a tar archive in their order.
struct TarReader: ~Copyable {
    struct Member: Hashable {
        let path: String
        /// Where the contents begin, in the archive without compression.
        let offset: UInt64
        let byteCount: UInt64
    }

    private var stream: ArchiveStream
    /// What is left of the member's contents, and the zeros behind them.
    private var rest: UInt64 = 0
    private var padding: UInt64 = 0
    private var member: Member?
    /// Whether the zeros have come that close an archive; some writers leave them out.
    private(set) var isClosed = false

    /// Names longer than this are not ours, nor anybody's: a bound for what is read into memory.
    private static let largestExtension: UInt64 = 1 << 20

    init(_ input: ArchiveInput) throws(CatalogError) {
        stream = try ArchiveStream(input)
    }

    /// How far it is, in bytes without compression.
    var position: UInt64 { stream.position }
    /// Whether what is passed over must be read all the same.
    var isCompressed: Bool { stream.isCompressed }

    /// The next regular file, `nil` at the end; passes over what has not been read of the last. Directories are passed over.
    ///
    /// Throws `.malformedArchive`, also for links and devices, which no dump has.
    mutating func next() throws(CatalogError) -> Member? {
        try finishMember()
        var overrides = Overrides()
        while let header = try nextHeader() {
            guard !header.isExtension else {
                guard header.byteCount <= Self.largestExtension else {
                    throw Self.malformed("The header at byte \(header.offset) is too large.")
                }
                begin(Member(path: header.path, offset: stream.position, byteCount: header.byteCount))
                try overrides.take(header.kind, try contents(), at: header.offset)
                try finishMember()
                continue
            }
            begin(
                Member(
                    path: overrides.path ?? header.path, offset: stream.position, byteCount: overrides.byteCount ?? header.byteCount))
            overrides = Overrides()
            if header.isRegular { return member }
            guard header.kind == Tar.Kind.directory else {
                throw Self.malformed("`\(member?.path.abbreviated ?? "")` is a link or a device; a dump has files only.")
            }
            try finishMember()
        }
        try stream.finish()
        return nil
    }

    /// What comes next of the member's contents; none at their end. Good until the next call.
    mutating func read() throws(CatalogError) -> Bytes {
        guard rest > 0 else { return .empty }
        let piece = try stream.peekPiece(upTo: rest)
        guard piece.count > 0 else { throw cutOff }
        stream.pass(piece.count)
        rest -= UInt64(piece.count)
        return piece
    }

    /// All that is left of the member's contents.
    mutating func contents() throws(CatalogError) -> [UInt8] {
        var bytes = ByteBuffer()
        while case let piece = try read(), piece.count > 0 { bytes.append(piece) }
        return bytes.bytes
    }

    private mutating func begin(_ member: Member) {
        self.member = member
        rest = member.byteCount
        padding = UInt64(Tar.padding(after: member.byteCount).count)
    }

    private mutating func finishMember() throws(CatalogError) {
        guard try stream.skip(rest) else { throw cutOff }
        // The last padding may be missing, as the closing zeros may.
        _ = try stream.skip(min(padding, UInt64(try stream.peek(Int(padding)).count)))
        (rest, padding, member) = (0, 0, nil)
    }

    private var cutOff: CatalogError {
        Self.malformed(
            "It is cut off: `\(member?.path ?? "")` should have \(member?.byteCount ?? 0) bytes from byte \(member?.offset ?? 0).")
    }

    /// The next header, `nil` at the end.
    private mutating func nextHeader() throws(CatalogError) -> Header? {
        let offset = stream.position
        let block = try stream.peek(Tar.blockByteCount).copy()
        guard !block.isEmpty else {
            if offset == 0 { throw Self.malformed("It is empty.") }
            return nil  // Some writers leave the closing zero blocks out.
        }
        guard block.count == Tar.blockByteCount else { throw Self.malformed("It is cut off in a header, at byte \(offset).") }
        if block.allSatisfy({ $0 == 0 }) {
            isClosed = true
            return nil
        }
        stream.pass(block.count)
        return try Header(block, at: offset)
    }

    static func malformed(_ what: String) -> CatalogError { ArchiveStream.malformed(what) }

    static func malformed(_ member: Member, _ error: JSONError) -> CatalogError {
        malformed("`\(member.path)`, line \(error.line), column \(error.column): \(error.message)")
    }
}

/// The contents of a header block.
private struct Header {
    let offset: UInt64
    let path: String
    let byteCount: UInt64
    let kind: UInt8

    var isRegular: Bool { [Tar.Kind.regular, Tar.Kind.regularBeforePOSIX, Tar.Kind.contiguous].contains(kind) }
    var isExtension: Bool { [Tar.Kind.pax, Tar.Kind.paxGlobal, Tar.Kind.longName, Tar.Kind.longLink].contains(kind) }

    init(_ block: [UInt8], at offset: UInt64) throws(CatalogError) {
        guard let sum = Self.number(block[148..<156]), sum == UInt64(Tar.checksum(block)) else {
            throw TarReader.malformed(
                offset == 0 ? "It is not a tar file." : "The header at byte \(offset) is damaged: its checksum is wrong.")
        }
        guard let byteCount = Self.number(block[124..<136]) else {
            throw TarReader.malformed("The header at byte \(offset) has no readable size.")
        }
        let isPOSIX = block[257..<262].elementsEqual("ustar".utf8) && block[262] == 0
        let prefix = isPOSIX ? Self.text(block[345..<500]) : ""
        let name = Self.text(block[0..<100])
        path = prefix.isEmpty ? name : prefix + "/" + name
        self.offset = offset
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

/// The words of extension members about the next one.
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
                throw TarReader.malformed("The pax header at byte \(offset) is damaged.")
            }
            let record = rest.prefix(length).dropFirst(digits.utf8.count + 1).dropLast()
            let key = record.prefix { $0 != UInt8(ascii: "=") }
            let value = String(decoding: record.dropFirst(key.count + 1), as: UTF8.self)
            if key.elementsEqual("path".utf8) { path = value }
            if key.elementsEqual("size".utf8) {
                guard let size = UInt64(value) else { throw TarReader.malformed("The pax header at byte \(offset) has a bad size.") }
                byteCount = size
            }
            rest = rest.dropFirst(length)
        }
    }
}
