/// The sequences whose values the text of a DEFAULT, or of a view's query, takes.
enum SequenceNames {
    struct Place {
        let name: QualifiedName
        /// Where it stands, with its quotes.
        let range: Range<Int>
    }

    private static let functions: Set<String> = ["nextval", "currval", "setval"]

    /// The names behind `nextval(` and its kin. One that is cast to text binds nothing.
    static func places(in text: String) -> [Place] {
        guard text.contains("val("), var parser = try? Parser(SourceText(text)) else { return [] }
        var places: [Place] = []
        var words: [String] = []
        while !parser.at(.endOfInput) {
            let token = parser.token
            let word = String(decoding: parser.source.bytes[token.range], as: UTF8.self)
            guard (try? parser.advance()) != nil else { return places }
            if token.kind == .string, words.count > 1, words[words.count - 1] == "(", functions.contains(words[words.count - 2]) {
                var isText = false
                if parser.at(.typecast), let type = try? parser.peek() {
                    isText = parser.source.bytes[type.range].elementsEqual("text".utf8)
                }
                let name = String(word.dropFirst().dropLast()).replacing("''", with: "'")
                if !isText { places.append(Place(name: QualifiedName(written: name), range: token.range)) }
            }
            words.append(word)
        }
        return places
    }

    static func qualified(_ schema: String, _ name: String) -> String { Quoting.identifier(schema) + "." + Quoting.identifier(name) }

    /// The text with other names in place of those for which there is one.
    static func replacing(
        in text: String, _ replacement: (QualifiedName) throws(SQLError) -> String?
    ) throws(SQLError) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var end = 0
        for place in places(in: text) {
            guard let name = try replacement(place.name) else { continue }
            result += bytes[end..<place.range.lowerBound]
            result += Array(Quoting.literal(name).utf8)
            end = place.range.upperBound
        }
        guard end > 0 else { return text }
        return String(decoding: result + bytes[end...], as: UTF8.self)
    }
}

extension Definitions {
    /// The sequence that the DEFAULT of a table of a schema means: that of its own schema, whatever the path is.
    func sequence(_ name: QualifiedName, ofTablesIn schema: String) throws(SQLError) -> SequenceRelation? {
        try sequence(name, in: [schema] + searchPath, hidesTemporary: schema != "pg_temp")
    }

    /// The sequence that a name means in the query of a view.
    func sequence(_ name: QualifiedName, in schemas: [String]?, hidesTemporary hidesAll: Bool) throws(SQLError) -> SequenceRelation? {
        let (path, hides) = (viewPath, hidesTemporary)
        viewPath = schemas
        hidesTemporary = hidesAll
        defer { (viewPath, hidesTemporary) = (path, hides) }
        guard case .sequence(let found)? = try relation(name) else { return nil }
        return found
    }
}
