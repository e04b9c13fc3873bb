import Catalog

/// Hands out the documents that a scan looks at: of ranges of keys or entries, one after the other.
final class DocumentReader {
    enum Part {
        case entries(IndexCursor)
        case document(Datum)
        case scan(DocumentScan)
        /// Those of cells.
        case others(() throws(CatalogError) -> Datum?)
    }

    private let parts: [Part]
    private var position = 0
    private let run: Run
    /// Nil: all of a document.
    private let names: [String]?
    private var fields: ProjectedFields
    private let ordered: OrderedRead?
    /// How many documents may still be looked at.
    private var budget: Int

    /// - Parameter names: the fields that are wanted of each document; nil: all of it.
    init(_ parts: [Part], _ names: [String]?, _ ordered: OrderedRead?, _ run: Run) {
        self.parts = parts
        self.names = names
        self.ordered = ordered
        self.run = run
        fields = ProjectedFields(names ?? [])
        budget = ordered?.budget ?? .max
    }

    func next() throws(SQLError) -> Datum? {
        guard budget > 0 else {
            ordered?.isGivenUp = true
            return nil
        }
        budget -= 1
        while position < parts.count {
            if let document = try next(of: parts[position]) { return document }
            position += 1
        }
        return nil
    }

    private func next(of part: Part) throws(SQLError) -> Datum? {
        switch part {
        case .entries(let cursor):
            do throws(CatalogError) { return try cursor.next()?.document() } catch { throw SQLError(error) }
        case .others(let next):
            do throws(CatalogError) { return try next() } catch { throw SQLError(error) }
        case .document(let document):
            position += 1
            return document
        case .scan(let scan):
            while true {
                switch try step(scan) {
                case .pause: try run.check()
                case .document(let document, _), .row(let document): return document
                case .end: return nil
                }
            }
        }
    }

    private func step(_ scan: DocumentScan) throws(SQLError) -> DocumentScan.Step {
        do throws(CatalogError) {
            if names == nil { return try scan.next(of: Plan.batchCount) }
            return try scan.next(&fields, of: Plan.batchCount)
        } catch {
            throw SQLError(error)
        }
    }
}
