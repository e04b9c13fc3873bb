import Ground
import ReQLish
import XML

/// The XML of a request's body, read as documents with what their table knows of its XML.
struct XMLBody {
    private let body: ByteBuffer
    private var reading: XMLReading
    private var known: XMLShape?
    private(set) var documents: [Datum] = []
    /// What is known of the table's XML with these documents.
    private(set) var learned = XMLShape()

    /// - Parameter record: the path of the elements that are documents; nil: as the root's elements look.
    init(_ body: ByteBuffer, record: String?) throws {
        guard body.count > 0 else { throw Problem.request(400, "The request has no body; the route needs XML.") }
        self.body = body
        reading = XMLReading()
        // From a client that may be anybody.
        reading.allowsEntities = false
        if let record { reading.records = try Self.path(record) } else { reading.records = try XMLRecordPath.guessed(body.span) }
    }

    /// The parameter `record`; an error that becomes 400 if it is no path.
    @discardableResult
    static func path(_ record: String) throws -> XMLRecordPath {
        guard let path = XMLRecordPath(record) else {
            throw Problem.request(400, "The parameter `record` is a path such as /catalog/product or //product, not `\(record)`.")
        }
        return path
    }

    /// A body that is one document.
    init(_ body: ByteBuffer) throws { try self.init(body, record: "/*") }

    /// Reads the documents, unless that was done with the same knowledge. Says whether it was not.
    @discardableResult
    mutating func read(_ shape: XMLShape) throws -> Bool {
        guard known != shape else { return false }
        documents = []
        var reader = XMLDocumentReader(reading, shape: shape)
        reader.append(body.span)
        reader.finish()
        while let (document, _) = try reader.next() { documents.append(document) }
        learned = reader.shape
        known = shape
        return true
    }
}
