import Ground
import httpd

/// The texts in a folder and the folders in it, each a document: its path in the folder is the key, and what it holds the text.
final class FolderSource: DocumentSource {
    let input: InputFile
    private let folder: String
    private let primaryKey: String
    /// Paths in the folder, from the last one to the first.
    private var waiting: [String] = []
    private var number = 0

    /// Names of files that are taken for texts end so.
    static let endings = ["txt", "text", "md", "markdown", "rst", "org", "adoc", "tex", "log"]
    private static let largestText = 256 << 20
    /// Folders that lead back to themselves have an end.
    private static let depthLimit = 64

    init(_ folder: String, primaryKey: String) throws(CommandError) {
        self.folder = folder
        self.primaryKey = primaryKey
        input = InputFile(folder: folder)
        var paths: [String] = []
        try Self.collect("", in: folder, depth: 0, &paths)
        guard !paths.isEmpty else {
            throw .failed("\(folder) has no texts: files whose names end in \(Self.endings.map { ".\($0)" }.joined(separator: ", ")).")
        }
        waiting = paths.sorted(by: >)
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

    func next() throws -> SourceItem? {
        guard let path = waiting.popLast() else { return nil }
        number += 1
        let file = try InputFile("\(folder)/\(path)")
        var bytes: [UInt8] = []
        while try file.appendPiece(to: &bytes) {
            if bytes.count > Self.largestText { return .bad(line: number, message: "\(path) is longer than \(byteSize(Self.largestText))") }
        }
        input.noteDelivered(bytes.count)
        guard let text = String(validating: bytes, as: UTF8.self) else { return .bad(line: number, message: "\(path) is no text in UTF-8") }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return .document(try Datum.object([(primaryKey, Datum(path)), ("name", Datum(name)), ("text", Datum(text))]), line: number)
    }
}
