/// The owner behind an array of documents in their stored form: they as they are.
final class DocumentList: Sendable {
    let documents: [Datum]

    init(_ documents: [Datum]) {
        self.documents = documents
    }
}

extension Datum {
    /// An array of documents on their way to be written. Those in their stored form are not decoded for it, if all are; otherwise this is
    /// ``array(_:)``.
    ///
    /// Single elements are had as from any array; what compares, hashes or prints the array makes the values first, each time.
    public static func documents(_ documents: [Datum]) throws(DatumError) -> Datum {
        let byteCount = documents.reduce(0) { $0 + ($1.isStoredDocument ? $1.node.byteCount : longestList) }
        guard !documents.isEmpty, byteCount < longestList else { return try array(documents) }
        let node = DatumNode(.array, length: UInt32(documents.count), place: .stored)
        return Datum(node: node, owner: DocumentList(documents))
    }

    /// So many bytes of text can be decoded: the most that a byte becomes is half a node.
    private static let longestList = maximumByteCount / 16

    /// The elements, if this is an array that ``documents(_:)`` made.
    var documentList: [Datum]? {
        guard node.place == .stored, node.kind == .array else { return nil }
        return (owner as? DocumentList)?.documents
    }
}
