import httpd

/// The names that a session has; what can't be known is none. Answers are kept until something is run that may change them.
final class SessionVocabulary: Vocabulary {
    /// Documents that are looked at to learn what fields a table has.
    private static let sampleCount = 100

    private let session: any Session
    private let state: ShellState
    private var known: [String: [String]] = [:]
    var defaultDatabase = "test"

    init(_ session: any Session, _ state: ShellState) {
        self.session = session
        self.state = state
    }

    func forget() { known = [:] }

    func databases() -> [String] { names("r.dbList()") }
    func tables(in database: String) -> [String] { names("r.db(\(Datum(database))).tableList()") }

    func indexes(of table: String, in database: String) -> [String] { names("\(place(table, database)).indexList()") }

    func fields(of table: String, in database: String) -> [String] {
        names("\(place(table, database)).limit(\(Self.sampleCount)).concatMap(d => d.keys()).distinct()")
    }

    var savedQueries: [String] { state.savedQueries().map(\.name) }

    func files(_ prefix: String) -> [String] {
        let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
        let part = prefix.dropFirst(folder.count)
        let names = SystemCalls.names(in: folder.isEmpty ? "." : folder)
        return names.filter { $0.hasPrefix(part) && (part.hasPrefix(".") || !$0.hasPrefix(".")) }.map { folder + $0 }
    }

    private func place(_ table: String, _ database: String) -> String { "r.db(\(Datum(database))).table(\(Datum(table)))" }

    private func names(_ query: String) -> [String] {
        if let names = known[query] { return names }
        let names = (try? session.ask(query).elements.compactMap(\.string)) ?? []
        known[query] = names
        return names
    }
}
