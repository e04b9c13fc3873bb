import httpd

/// The next thing that an import reads.
enum SourceItem {
    /// A document and the line where it begins, from 1.
    case document(Datum, line: Int)
    /// Something that is not a document. If reading can't go on after it, nothing follows.
    case bad(line: Int, message: String)
}

/// A source that gives an import its documents one after another, reading no further than it must.
protocol DocumentSource: AnyObject {
    /// The next item, `nil` at the end.
    func next() throws -> SourceItem?
    var input: InputFile { get }
    /// How messages name the place of an item.
    func place(ofLine line: Int) -> String
}

extension DocumentSource {
    func place(ofLine line: Int) -> String { "\(input.name), line \(line)" }
}
