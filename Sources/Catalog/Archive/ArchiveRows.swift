/// Reads the documents of a `TABLE.json`: one array, or one document after another.
struct ArchiveRows: ~Copyable {
    private let member: TarIndex.Member
    private let input: ArchiveInput
    private var splitter = JSONValueSplitter(maximumByteCount: Catalog.maximumDocumentByteCount)
    private var position: UInt64 = 0

    private static let pieceByteCount = 256 << 10

    /// Throws `.malformedArchive` if there is nothing at all; even an empty table has its brackets.
    init(_ member: TarIndex.Member, _ input: ArchiveInput) throws(CatalogError) {
        self.member = member
        self.input = input
        if member.byteCount == 0 { throw TarIndex.malformed("`\(member.path)` is empty.") }
    }

    /// The line, from 1, on which the last row began.
    var line: Int { splitter.line }

    /// The next row, `nil` at the end. Throws `.malformedArchive` with the line.
    mutating func next() throws(CatalogError) -> Datum? {
        while true {
            if let row = try split() { return row }
            guard position < member.byteCount else { return nil }
            let count = min(UInt64(Self.pieceByteCount), member.byteCount - position)
            let piece = try input.read(at: member.offset + position, count: Int(count))
            guard piece.count == Int(count) else { throw TarIndex.malformed("It became shorter while it was read.") }
            splitter.append(piece.span)
            position += count
            if position == member.byteCount { splitter.finish() }
        }
    }

    private mutating func split() throws(CatalogError) -> Datum? {
        do throws(JSONError) { return try splitter.next() } catch {
            throw TarIndex.malformed(member, error)
        }
    }
}
