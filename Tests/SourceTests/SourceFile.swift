#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One file of the repository, as text.
struct SourceFile {
    /// Relative to the repository's top, with `/` between parts.
    let path: String
    let text: String

    init(path: String) throws {
        self.path = path
        self.text = try String(contentsOfFile: Self.root + "/" + path, encoding: .utf8)
    }

    /// The top of the repository: three steps up from this file.
    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// Every Swift file below a folder.
    static func all(under folder: String) throws -> [SourceFile] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { try SourceFile(path: "\(folder)/\($0)") }
    }

    /// The lines that are code, numbered from 1. Whole-line comments are left out; so is what follows `//` on a line.
    var codeLines: [(number: Int, text: String)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let trimmed = line.drop { $0 == " " || $0 == "\t" }
            guard !trimmed.isEmpty, !trimmed.hasPrefix("//") else { return nil }
            let code = trimmed.split(separator: " // ", maxSplits: 1).first.map(String.init) ?? ""
            return (index + 1, code)
        }
    }

    /// The modules that the file imports, with their line numbers.
    var imports: [(line: Int, module: String)] {
        codeLines.compactMap { number, line in
            var words = line.split(separator: " ").map(String.init)
            words.removeAll { $0.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains($0) }
            guard words.count >= 2, words[0] == "import" else { return nil }
            let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
            return (number, String(module.split(separator: ".")[0]))
        }
    }
}
