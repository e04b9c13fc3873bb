import Testing

/// Which folders of a target may know which others: a drawing of each target, lowest folder first, held by reading the sources.
///
/// A folder knows another if one of its files names a type that the other declares at the top of a file. Names that two folders declare are passed
/// over, those that a folder has for types inside others too, and so is whatever stands in comments, in strings or behind a point; files beside
/// the folders are the folder `.`. There are no imports
/// inside a module, so nothing but this keeps a lower folder from leaning on an upper one. A row whose arrow points to a row below it is an
/// arrow up: take one away when you can, and add none.
@Suite struct FolderRules {
    // In BTreeStore, File, Encryption and Pages are one floor: an encrypted file has the cipher of its pages, and that knows where they lie.
    static let mayKnow: [String: KeyValuePairs<String, Set<String>>] = [
        "Ground": [
            "Bytes": [],
            "Numbers": ["Bytes"],
            "System": [],
            "Threads": ["System"],
            "Clock": ["System"],
            "Hashes": ["Bytes"],
            "Ciphers": ["Hashes"],
            "Identifiers": ["Hashes"],
            "Compression": ["Bytes", "Threads", "Hashes"],
        ],
        "BTreeStore": [
            "Base": [],
            "File": ["Base", "Encryption"],
            "Encryption": ["Base", "File", "Pages"],
            "Pages": ["Base", "File", "Encryption"],
            "Space": ["Base", "File", "Pages"],
            "Tree": ["Base", "Pages"],
            "Journal": ["Base", "File", "Encryption", "Pages", "Tree"],
            "States": ["Base", "File", "Pages", "Space", "Tree", "Journal"],
            "Commit": ["Base", "File", "Encryption", "Pages", "Space", "Tree", "Journal", "States"],
            "Store": ["Base", "File", "Pages", "Tree", "States", "Commit"],
            "Replication": ["Base", "Pages", "Tree", "States", "Commit", "Store"],
            "Care": ["Base", "File", "Encryption", "Pages", "Space", "Tree", "Journal", "States", "Commit", "Store"],
        ],
        "Catalog": [
            "Text": [],
            "Values": [],
            "Base": ["Values"],
            "Files": ["Base", "."],
            "Keys": ["Values", "Base", "Files"],
            "Metadata": ["Text", "Values", "Base", "Keys", "Accounts"],
            "Documents": ["Values", "Base", "Keys", "Metadata", "."],
            "Scan": ["Values", "Base", "Keys", "Metadata", "Documents", "Store", "."],
            "Store": ["Values", "Base", "Keys", "Documents", "Inspection", "Replication", "."],
            "TextIndex": ["Text", "Base", "Keys", "Store"],
            "Accounts": ["Values", "Base", "Keys", "Transactions", "."],
            "Changes": ["Values", "Base", "Keys", "Metadata", "Store", "Transactions", "."],
            "Indexes": ["Text", "Values", "Base", "Keys", "Metadata", "Documents", "Store", "TextIndex", "Transactions", "."],
            "Transactions": ["Values", "Base", "Keys", "Metadata", "Documents", "Store", "TextIndex", "Changes", "Indexes", "."],
            "Inspection": [
                "Values", "Base", "Keys", "Metadata", "Documents", "Store", "TextIndex", "Accounts", "Changes", "Indexes", ".",
            ],
            "Graphs": ["Values", "Base", "Keys", "Metadata", "Store", "."],
            "XML": ["Values", "Base", "Keys", "Metadata", "Documents", "Transactions"],
            "Archives": ["Values", "Base", "Files", "Keys", "Metadata", "Documents", "Store", "Indexes", "Transactions", "."],
            "Replication": ["Values", "Base", "Keys", "Files", "Store", "Inspection", "Archives", "."],
            ".": [
                "Values", "Base", "Keys", "Metadata", "Store", "TextIndex", "Accounts", "Changes", "Indexes", "Transactions", "Replication",
            ],
        ],
        // Streams, Paths, Feeds, Plan, Writes, SystemTables and Evaluation are one floor: a value may be rows, rows are opened for an execution,
        // and an execution has the tables, the feeds and the notes of its query.
        "ReQLish": [
            ".": [],
            "Terms": ["."],
            "Text": [".", "Terms"],
            "Codable": [],
            "Builder": [".", "Terms", "Codable"],
            "Functions": ["."],
            "Evaluation": [".", "Terms", "Functions", "Streams", "Paths", "Feeds", "Plan", "Writes", "SystemTables", "Indexes"],
            "Streams": [".", "Terms", "Functions", "Evaluation", "Paths", "Feeds", "Plan"],
            "Paths": [".", "Terms", "Functions", "Evaluation", "Streams", "Feeds", "Plan", "SystemTables"],
            "Feeds": [".", "Terms", "Functions", "Evaluation", "Streams", "Paths", "SystemTables"],
            "Plan": [".", "Terms", "Evaluation", "Streams"],
            "Writes": [".", "Evaluation", "Streams", "Paths", "SystemTables", "Indexes"],
            "SystemTables": [".", "Terms", "Functions", "Evaluation", "Paths", "Feeds", "Plan", "Indexes"],
            "Indexes": [".", "Terms", "Functions", "Evaluation", "Writes", "SystemTables", "Compile"],
            "Nodes": [
                ".", "Terms", "Functions", "Evaluation", "Streams", "Paths", "Feeds", "Plan", "Writes", "SystemTables", "Indexes",
            ],
            "Compile": [".", "Terms", "Functions", "Evaluation", "Plan", "SystemTables", "Nodes"],
            "Engine": [
                ".", "Terms", "Codable", "Builder", "Functions", "Evaluation", "Streams", "Paths", "Feeds", "Plan", "Writes",
                "SystemTables", "Indexes", "Compile",
            ],
        ],
        // Types and Values are one floor (a type of records has the fields of one, a value says its type), and so are Scalars, Execution and
        // Definitions: a subquery is a value, a plan computes values, and both read what the database declares. Whatever runs knows the
        // session that it runs for. Beside that four arrows point up: the text of a regproc is a function's name, the table of functions has
        // those of the system catalogs, a name may lead to one of these, and a run keeps what its statement writes. The system catalogs show
        // expressions with the types that the binder finds.
        "SQL": [
            ".": [],
            "Syntax": ["."],
            "Types": [".", "Values"],
            "Values": [".", "Syntax", "Types", "Functions"],
            "Functions": [".", "Types", "Values", "SystemCatalogs"],
            "Scalars": [".", "Types", "Values", "Functions", "Execution"],
            "Execution": [".", "Syntax", "Types", "Values", "Functions", "Scalars", "Definitions", "Changes", "Session"],
            "Definitions": [".", "Syntax", "Types", "Values", "Scalars", "Execution", "SystemCatalogs", "Session"],
            "Planning": [".", "Syntax", "Types", "Scalars", "Execution", "Definitions"],
            "Binding": [
                ".", "Syntax", "Types", "Values", "Functions", "Scalars", "Execution", "Definitions", "Planning", "Session",
            ],
            "Changes": [".", "Syntax", "Types", "Values", "Scalars", "Execution", "Definitions", "Planning", "Binding", "Session"],
            "SystemCatalogs": [".", "Syntax", "Types", "Values", "Functions", "Execution", "Definitions", "Binding", "Session"],
            "Definer": [
                ".", "Syntax", "Types", "Values", "Scalars", "Execution", "Definitions", "Binding", "Changes", "Session",
            ],
            "Session": [
                ".", "Syntax", "Types", "Values", "Scalars", "Execution", "Definitions", "Binding", "Changes", "SystemCatalogs", "Definer",
            ],
        ],
        "PostgresWire": [".": []],
        "TLS": [".": []],
        "httpd": [
            "Channel": [],
            "Sockets": ["Channel", "."],
            "Server": ["Channel", "Sockets", "HTTP", "."],
            "Authentication": ["Server"],
            "Driver": ["Channel", "Server", "Authentication"],
            "PostgreSQL": ["Channel", "Sockets", "Server", "Authentication"],
            "HTTP": ["Channel", "Messages", "."],
            "Messages": ["HTTP", "Service"],
            "Exchange": ["Channel", "Sockets", "Server", "HTTP", "."],
            "Service": ["Sockets", "Server", "Authentication", "HTTP", "Messages", "Exchange", "."],
            ".": ["Sockets", "Server", "Authentication", "Driver", "PostgreSQL", "Exchange", "Service"],
        ],
        "PandoCommand": [
            "System": ["Arguments"],
            "Output": ["System", "Arguments"],
            "Arguments": ["Output", "."],
            "Input": ["System", "Output", "Arguments", "Session", "Commands"],
            "Session": ["System", "Output", "Arguments", "Input", "Commands"],
            "Keys": ["System", "Arguments", "Session"],
            "Lease": ["System", "Arguments", "Session"],
            "Engine": ["System", "Arguments", "Session"],
            "Shell": ["System", "Output", "Arguments", "Input", "Session", "Commands"],
            "Tour": ["Output", "Arguments", "Session", "Commands"],
            "Commands": ["System", "Output", "Arguments", "Input", "Session", "Keys", "Lease", "Engine", "Shell", "Tour", "."],
            ".": ["System", "Output", "Arguments"],
        ],
    ]

    @Test(arguments: mayKnow.keys.sorted())
    func foldersKnowWhatTheDrawingSays(target: String) throws {
        let rows = try #require(Self.mayKnow[target])
        let allowed = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.value) })
        let files = try SourceFile.all(under: "Sources/\(target)").map {
            (file: $0, folder: Self.folder(of: $0), names: TypeNames($0.text))
        }
        #expect(Set(files.map(\.folder)) == Set(allowed.keys), "a row of the drawing for each folder, and no other")

        var homes: [String: Set<String>] = [:]
        var inner: [String: Set<String>] = [:]
        for (_, folder, names) in files {
            for name in names.declared { homes[name, default: []].insert(folder) }
            inner[folder, default: []].formUnion(names.inner)
        }
        var used: [String: Set<String>] = [:]
        for (file, folder, names) in files {
            for name in names.used.subtracting(inner[folder] ?? []).sorted() {
                guard let home = homes[name], home.count == 1, let other = home.first, other != folder else { continue }
                used[folder, default: []].insert(other)
                if allowed[folder]?.contains(other) != true {
                    Issue.record("\(file.path) names `\(name)`: `\(folder)` may not know `\(other)`")
                }
            }
        }
        for (folder, others) in allowed {
            for other in others.subtracting(used[folder] ?? []) {
                Issue.record("`\(folder)` of \(target) no longer knows `\(other)`: take it out of the drawing")
            }
        }
    }

    /// The first folder below the target's own, `.` for a file beside the folders.
    private static func folder(of file: SourceFile) -> String {
        let parts = file.path.split(separator: "/").dropFirst(2)
        return parts.count > 1 ? String(parts.first!) : "."
    }
}

/// The names of types that a file declares at its top for others to use, and all names in it that begin like a type's.
struct TypeNames {
    private(set) var declared: Set<String> = []
    /// Those of types inside other types.
    private(set) var inner: Set<String> = []
    private(set) var used: Set<String> = []

    private let text: [UInt8]
    private var index = 0

    init(_ text: String) {
        self.text = Array(text.utf8) + [0, 0, 0]
        scan()
    }

    private static let declarations: Set = ["struct", "class", "enum", "protocol", "actor", "typealias"]

    private mutating func scan() {
        var depth = 0
        var isPrivate = false
        var isDeclared = false
        var last: UInt8 = 0
        var lastWord = ""
        while text[index] != 0 {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "/") where text[index + 1] == byte:
                while text[index] != 0, text[index] != 0x0A { index += 1 }
            case UInt8(ascii: "\""): passString()
            case UInt8(ascii: "{"), UInt8(ascii: "}"):
                depth += byte == UInt8(ascii: "{") ? 1 : -1
                index += 1
            case 0x0A:
                isPrivate = false
                index += 1
            case _ where Self.isLetter(byte):
                let start = index
                while Self.isLetter(text[index]) { index += 1 }
                let word = String(decoding: text[start..<index], as: UTF8.self)
                if word == "private" || word == "fileprivate" { isPrivate = true }
                if isDeclared, word != "func", word != "var" {
                    if depth > 0 { inner.insert(word) } else if !isPrivate { declared.insert(word) }
                }
                isDeclared = Self.declarations.contains(word) && last != UInt8(ascii: ".")
                // Before a colon, and behind `each`, stands the name of a generic type's or function's own.
                let isOwn = text[index] == UInt8(ascii: ":") || lastWord == "each"
                if !isOwn, last != UInt8(ascii: "."), last != UInt8(ascii: "`"), (0x41...0x5A).contains(text[start]) { used.insert(word) }
                lastWord = word
            default: index += 1
            }
            last = text[index - 1]
        }
    }

    /// Passes over a string, with what is interpolated.
    private mutating func passString() {
        let isLong = text[index + 1] == text[index] && text[index + 2] == text[index]
        index += isLong ? 3 : 1
        while text[index] != 0 {
            switch text[index] {
            case UInt8(ascii: "\\"):
                index += 1
                if text[index] == UInt8(ascii: "(") { passInterpolation() } else { index += 1 }
            case UInt8(ascii: "\"") where !isLong:
                index += 1
                return
            case UInt8(ascii: "\"") where text[index + 1] == text[index] && text[index + 2] == text[index]:
                index += 3
                return
            default: index += 1
            }
        }
    }

    private mutating func passInterpolation() {
        var depth = 0
        while text[index] != 0 {
            switch text[index] {
            case UInt8(ascii: "\""):
                passString()
                continue
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            default: break
            }
            index += 1
            if depth == 0 { return }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }
}
