package import Catalog

/// The text search configurations and dictionaries, by PostgreSQL's numbers of them.
package enum TextSearchObjects {
    /// A row of `pg_ts_config`; that of its dictionary has the number before it.
    package struct Configuration: Sendable {
        package let oid: UInt32
        package let configuration: SearchConfiguration
        package var dictionaryOID: UInt32 { configuration.language == nil ? 3765 : oid - 1 }
        package var dictionaryName: String { configuration.language.map { $0.rawValue + "_stem" } ?? "simple" }
    }

    package static let parserOID: UInt32 = 3722

    package static let configurations: [Configuration] = SearchConfiguration.all.map { configuration in
        Configuration(oid: numbers[configuration.name] ?? 0, configuration: configuration)
    }

    private static let byNumber = Dictionary(configurations.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first })
    private static let byName = Dictionary(uniqueKeysWithValues: configurations.map { ($0.configuration.name, $0) })

    package static func configuration(_ oid: UInt32) -> SearchConfiguration? { byNumber[oid]?.configuration }

    package static func configuration(named name: String) -> Configuration? {
        byName[name.hasPrefix("pg_catalog.") ? String(name.dropFirst(11)) : name]
    }

    /// A dictionary's language, nil within for `simple`; nil if there is no dictionary of the number.
    package static func dictionary(_ oid: UInt32) -> TextLanguage?? {
        configurations.first { $0.dictionaryOID == oid }.map(\.configuration.language)
    }

    package static func dictionary(named name: String) -> UInt32? {
        let name = name.hasPrefix("pg_catalog.") ? String(name.dropFirst(11)) : name
        return configurations.first { $0.dictionaryName == name }?.dictionaryOID
    }

    package static func name(ofDictionary oid: UInt32) -> String? { configurations.first { $0.dictionaryOID == oid }?.dictionaryName }

    private static let numbers: [String: UInt32] = [
        "simple": 3748, "armenian": 13154, "basque": 13156, "catalan": 13158, "danish": 13160, "dutch": 13162, "english": 13164,
        "finnish": 13166, "french": 13168, "german": 13170, "greek": 13172, "hindi": 13174, "hungarian": 13176, "indonesian": 13178,
        "irish": 13180, "italian": 13182, "lithuanian": 13184, "nepali": 13186, "norwegian": 13188, "portuguese": 13190,
        "romanian":
            13192, "russian": 13194, "serbian": 13196, "spanish": 13198, "swedish": 13200, "turkish": 13204,
    ]
}

extension SQLSession {
    /// What `default_text_search_config` says.
    func defaultSearchConfiguration() throws(SQLError) -> SearchConfiguration {
        let name = setting("default_text_search_config") ?? "pg_catalog.english"
        guard let found = TextSearchObjects.configuration(named: name) else {
            throw SQLError(.undefinedObject, "text search configuration \"\(name)\" does not exist")
        }
        return found.configuration
    }
}

extension SQLNotice {
    /// One for each word of texts that is too long to be indexed.
    static func ofSkipped(_ count: Int) -> [SQLNotice] {
        guard count > 0 else { return [] }
        let notice = SQLNotice(
            severity: .notice, state: .programLimitExceeded, message: "word is too long to be indexed",
            detail: "Words longer than \(SearchLexemes.longestToken) characters are ignored.")
        return Array(repeating: notice, count: count)
    }

    /// Of a query that finds nothing.
    static func ofNoLexemes(in text: String, hasWords: Bool) -> SQLNotice {
        let message =
            hasWords
            ? "text-search query contains only stop words or doesn't contain lexemes, ignored"
            : "text-search query doesn't contain lexemes: \"\(text)\""
        return SQLNotice(severity: .notice, state: SQLState(rawValue: "00000"), message: message)
    }
}
