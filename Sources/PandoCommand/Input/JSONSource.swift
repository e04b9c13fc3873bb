import httpd

/// The elements of one array, or documents one after another, on as many lines as they like.
final class JSONSource: DocumentSource {
    let input: InputFile
    private var splitter = JSONValueSplitter()
    private var isAtEnd = false

    init(_ input: InputFile) { self.input = input }

    func next() throws -> SourceItem? {
        while true {
            do throws(JSONError) {
                if let document = try splitter.next() { return .document(document, line: splitter.line) }
            } catch {
                let place = error.line == splitter.line ? "" : ", line \(error.line)"
                return .bad(line: splitter.line, message: "\(error.message) (column \(error.column)\(place))")
            }
            if isAtEnd { return nil }
            try readMore()
        }
    }

    private func readMore() throws {
        var piece: [UInt8] = []
        if try input.appendPiece(to: &piece) {
            splitter.append(piece.span)
        } else {
            isAtEnd = true
            splitter.finish()
        }
    }
}
