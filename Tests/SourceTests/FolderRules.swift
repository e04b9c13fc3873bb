import Testing

/// Which folders of a target stand on which. A module has no imports inside, so this reads which types a file names.
@Suite struct FolderRules {
    /// The folders of a target, the lowest first: a file names types of its own folder and of those before it only.
    static let folders: [String: [String]] = [
        "BTreeStore": ["Base", "File", "Pages", "Tree", "Space", "Journal", "States", "Commit", "Store", "Care"]
    ]

    @Test(arguments: folders.keys.sorted())
    func foldersStandOnThoseBefore(target: String) throws {
        let folders = Self.folders[target]!
        let files = try SourceFile.all(under: "Sources/\(target)").map { (file: $0, folder: $0.path.split(separator: "/")[2]) }
        var places: [Substring: Int] = [:]
        for (file, folder) in files {
            let place = try #require(folders.firstIndex { $0 == folder }, "\(file.path): the folder has no place among \(folders)")
            for type in file.declaredTypes { places[type] = place }
        }
        #expect(places.count >= folders.count, "hardly any types were found")
        for (file, folder) in files {
            let own = folders.firstIndex { $0 == folder }!
            for (number, line) in file.codeLines {
                for name in line.namedTypes {
                    guard let place = places[name], place > own else { continue }
                    Issue.record("\(file.path):\(number): \(folder) may not use \(name) of \(folders[place])")
                }
            }
        }
    }
}

extension SourceFile {
    /// The types that the file declares for others, outside of any other type.
    fileprivate var declaredTypes: [Substring] {
        text.split(separator: "\n").compactMap { line in
            var words = line.split(separator: " ")
            words.removeAll { $0.hasPrefix("@") || ["public", "package", "final", "indirect"].contains($0) }
            guard words.count > 1, line.first != " ", ["struct", "class", "enum", "protocol", "typealias"].contains(words[0]) else {
                return nil
            }
            return words[1].prefix { $0.isLetter || $0.isNumber }
        }
    }
}

extension String {
    /// The words of a line of code that may be types, without what stands in quotes and the members of others.
    fileprivate var namedTypes: [Substring] {
        let code = split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        return code.joined(separator: "\" \"").split { !$0.isLetter && !$0.isNumber && $0 != "." && $0 != "_" }
            .map { $0.prefix { $0 != "." } }.filter { $0.first?.isUppercase ?? false }
    }
}
