import Ground
import httpd

/// The texts in a folder and the folders in it, each a document: its path in the folder is the key, and what it holds the text.
final class FolderSource: DocumentSource {
    let input: InputFile
    private let folder: String
    private let primaryKey: String
    /// In the folder.
    private let paths: [String]
    private var number = 0

    /// Names of files that are taken for texts end so.
    static let endings = ["txt", "text", "md", "markdown", "rst", "org", "adoc", "tex", "log"]
    private static let largestText = 256 << 20
    /// Folders that lead back to themselves have an end.
    private static let depthLimit = 64

    init(_ folder: String, primaryKey: String) throws(CommandError) {
        let folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        self.folder = folder
        self.primaryKey = primaryKey
        input = InputFile(folder: folder)
        var paths: [String] = []
        try Self.collect("", in: folder, depth: 0, &paths)
        guard !paths.isEmpty else {
            throw .failed("\(folder) has no texts: files whose names end in \(Self.endings.map { ".\($0)" }.joined(separator: ", ")).")
        }
        self.paths = paths.sorted()
    }

    /// Files and folders whose names begin with a point are passed over.
    private static func collect(_ path: String, in folder: String, depth: Int, _ paths: inout [String]) throws(CommandError) {
        let own = path.isEmpty ? folder : "\(folder)/\(path)"
        guard let names = SystemFiles.names(in: own) else { throw .failed("\(own) can't be read") }
        for name in names where !name.hasPrefix(".") {
            let next = path.isEmpty ? name : "\(path)/\(name)"
            if SystemCalls.isDirectory("\(folder)/\(next)") {
                if depth < depthLimit { try collect(next, in: folder, depth: depth + 1, &paths) }
            } else if let point = name.lastIndex(of: "."), endings.contains(name[name.index(after: point)...].lowercased()) {
                paths.append(next)
            }
        }
    }

    /// Each file counts as a line.
    func place(ofLine line: Int) -> String { "\(folder)/\(paths[line - 1])" }

    func next() throws -> SourceItem? {
        guard number < paths.count else { return nil }
        let path = paths[number]
        number += 1
        let file = try InputFile("\(folder)/\(path)")
        var bytes: [UInt8] = []
        while try file.appendPiece(to: &bytes) {
            if bytes.count > Self.largestText { return .bad(line: number, message: "It is longer than \(byteSize(Self.largestText)).") }
        }
        input.noteDelivered(bytes.count)
        guard let text = String(validating: bytes, as: UTF8.self) else { return .bad(line: number, message: "This is no text in UTF-8.") }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return .document(try Datum.object([(primaryKey, Datum(path)), ("name", Datum(name)), ("text", Datum(text))]), line: number)
    }
}
