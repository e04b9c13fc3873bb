import Ground

/// A reader of the documents of a `TABLE.json`: one array, or one document after another.
struct ArchiveRows: ~Copyable {
    private let member: TarReader.Member
    private var splitter = JSONValueSplitter(maximumByteCount: Catalog.maximumDocumentByteCount)
    private var isAtEnd = false

    /// Throws `.malformedArchive` if there is nothing at all; even an empty table has its brackets.
    init(_ member: TarReader.Member) throws(CatalogError) {
        self.member = member
        if member.byteCount == 0 { throw TarReader.malformed("`\(member.path)` is empty.") }
    }

    /// The line, from 1, on which the last row began.
    var line: Int { splitter.line }

    /// The next row, `nil` at the end. Throws `.malformedArchive` with the line.
    /// - Parameter reader: stands at that member.
    mutating func next(from reader: inout TarReader) throws(CatalogError) -> Datum? {
        while true {
            if let row = try split() { return row }
            guard !isAtEnd else { return nil }
            let piece = try reader.read()
            isAtEnd = piece.count == 0
            if isAtEnd { splitter.finish() } else { piece.withSpan { splitter.append($0) } }
        }
    }

    private mutating func split() throws(CatalogError) -> Datum? {
        do throws(JSONError) { return try splitter.next() } catch {
            throw TarReader.malformed(member, error)
        }
    }
}
