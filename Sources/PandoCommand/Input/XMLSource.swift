import XML
import httpd

/// The documents of XML, with what their order and names teach.
final class XMLSource: DocumentSource {
    let input: InputFile
    private var reader: XMLDocumentReader
    private let reading: XMLReading
    private var isAtEnd = false

    init(_ input: InputFile, _ reading: XMLReading) {
        self.input = input
        self.reading = reading
        reader = XMLDocumentReader(reading)
    }

    /// Begins with what is known of the table. To be called before anything is read.
    func begin(_ table: TableConfig) { reader = XMLDocumentReader(reading, shape: table.shape) }

    /// What is known of the elements after what was read.
    var shape: XMLShape { reader.shape }

    func next() throws -> SourceItem? {
        while true {
            do throws(XMLError) {
                if let (document, line) = try reader.next() { return .document(document, line: line) }
            } catch {
                if reader.canGoOn { return .bad(line: error.line, message: "column \(error.column): \(error.message)") }
                // Nothing behind it can be read.
                throw CommandError.failed("\(input.name), line \(error.line), column \(error.column): \(error.message)")
            }
            if isAtEnd { return nil }
            var piece: [UInt8] = []
            if try input.appendPiece(to: &piece) {
                reader.append(piece.span)
            } else {
                isAtEnd = true
                reader.finish()
            }
        }
    }
}
