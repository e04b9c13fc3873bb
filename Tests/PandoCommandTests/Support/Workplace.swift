import TestSupport
import Testing

/// A folder with a database file, and commands run on it.
struct Workplace {
    private let directory: TemporaryDirectory
    var folder: String { directory.path }
    var file: String { path("test.pando") }

    init() throws { directory = try TemporaryDirectory() }

    /// The path of a file in the folder; it need not exist.
    func path(_ name: String) -> String { directory.file(name) }

    /// With a database `app`, its table `users`, and three users.
    static func withUsers() throws -> Workplace {
        let place = try Workplace()
        try place.good("import", place.file, "app.users", "-", "--create", input: users)
        return place
    }

    static let users = """
        {"id":"u1","name":"Ada","age":36,"tags":["math","engines"]}
        {"id":"u2","name":"Grace","age":85}
        {"id":"u3","name":"Edsger, W.","age":72,"city":null}

        """

    /// Runs a command that must succeed, and returns what it printed.
    @discardableResult
    func good(_ words: String..., input: String = "", location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try PandoProcess.run(words, input: input)
        #expect(outcome.status == 0, "\(words): \(outcome.messages)", sourceLocation: location)
        return outcome.output
    }

    /// Runs a command that must fail, and returns its messages. Nothing but the expected output may have been printed.
    func bad(_ words: String..., input: String = "", status: Int32 = 1, location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try PandoProcess.run(words, input: input)
        #expect(outcome.status == status, "\(words): \(outcome.messages)\(outcome.output)", sourceLocation: location)
        #expect(outcome.output == "", sourceLocation: location)
        return outcome.messages
    }

    func exists(_ name: String) -> Bool { PandoProcess.exists(path(name)) }

    func bytes(_ name: String) throws -> [UInt8] { try PandoProcess.bytes(at: path(name)) }

    func store(_ bytes: [UInt8], as name: String) throws { try PandoProcess.store(bytes, at: path(name)) }

    func store(_ text: String, as name: String) throws -> String {
        try PandoProcess.store(Array(text.utf8), at: directory.file(name))
        return directory.file(name)
    }
}
