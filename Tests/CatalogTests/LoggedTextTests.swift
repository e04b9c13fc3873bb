import Synchronization
import TestSupport
import Testing

@testable import Catalog

/// Sentences for logs, which tell what of them is the file's, and what stands for that of an encrypted file.
@Suite struct LoggedTextTests {
    private func hidden(_ text: LoggedText) -> String { text.written { "#\($0.count)" } }

    @Test func whatIsPutInIsOfTheFile() {
        let who: LoggedText = "`\("bob")`"
        let text: LoggedText = "\(who) took \(words: 12) ms\(words: ", slowly"): \("SELECT 1")"
        #expect(text.description == "`bob` took 12 ms, slowly: SELECT 1")
        #expect(hidden(text) == "`#3` took 12 ms, slowly: #8")
        #expect(hidden("nothing of it") == "nothing of it")
    }

    @Test(arguments: [
        ("The disk is full.", "The disk is full."), ("There is no table `a`b`.", "There is no table #6"), ("No “x” here", "No #8"),
        ("\"x\"", "#3"), ("", ""),
    ])
    func whatAnErrorQuotesIsOfTheFile(message: String, wanted: String) {
        let text: LoggedText = "Can't: \(error: message)"
        #expect(text.description == "Can't: \(message)" && hidden(text) == "Can't: \(wanted)")
    }

    @Test func auditEntriesTellNamesApart() throws {
        let catalog = try Catalog.inMemory()
        let heard = Heard()
        catalog.audit { heard.add($0.text) }
        var transaction = try catalog.beginWrite()
        let database = try transaction.createDatabase("animals")
        _ = try transaction.createTable("birds", in: database)
        try transaction.putUser(UserConfig(name: "bob", credential: Credential(password: "x")))
        try transaction.commit(.soft)
        let told = ["made the database `animals`", "made the table `animals.birds`", "made the account `bob`"]
        #expect(heard.texts.map(\.description) == told)
        #expect(heard.texts.map(hidden) == ["made the database `#7`", "made the table `#13`", "made the account `#3`"])
    }

    /// Equal texts have equal digests, also at the next opening and under another key of the file; another file has others.
    @Test func digestsAreOfTheFile() throws {
        let folder = try TemporaryDirectory()
        let (path, other, plain) = (folder.file("a.pando"), folder.file("b.pando"), folder.file("c.pando"))
        var options = CatalogOptions()
        let key = try FileEncryption.masterKey([UInt8](repeating: 7, count: 32), name: "prod")
        options.encryption = key
        func digests(_ path: String, _ options: CatalogOptions) throws -> [String?] {
            let catalog = try Catalog.open(path: path, options: options)
            defer { try? catalog.close() }
            return ["birds", "birds ", "", "birds"].map { catalog.digest(of: $0) }
        }
        let first = try digests(path, options)
        #expect(Set(first).count == 3 && first[0] == first[3])
        #expect(first.allSatisfy { $0?.count == 13 && $0?.first == "#" && $0?.dropFirst().allSatisfy(\.isHexDigit) == true })
        #expect(try digests(path, options) == first)
        let next = try FileEncryption.masterKey([UInt8](repeating: 8, count: 32), name: "next")
        try Catalog.replaceKey(ofFileAt: path, key, with: next)
        options.encryption = next
        #expect(try digests(path, options) == first)
        #expect(try Set(digests(other, options)).isDisjoint(with: Set(first)))
        #expect(try digests(plain, CatalogOptions()) == [nil, nil, nil, nil])
    }
}

/// What was told.
private final class Heard: Sendable {
    private let list = Mutex<[LoggedText]>([])

    var texts: [LoggedText] { list.withLock { $0 } }

    func add(_ text: LoggedText) { list.withLock { $0.append(text) } }
}
