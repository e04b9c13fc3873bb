/// What a text index of SQL has of documents: the lexemes of a tsvector, which is put together from these parts.
///
/// If one of the parts is NULL, so is the whole, and the document has no words.
package struct LexemeSource: Sendable, Hashable {
    /// A text, or what stands for one.
    package enum Piece: Sendable, Hashable {
        case constant(String)
        /// The text of a top-level field. Where there is none, the other text stands for it; nil: the whole is NULL then.
        case field(String, otherwise: String?)
    }

    package enum Part: Sendable, Hashable {
        /// The lexemes that a configuration, known by its name, makes of texts one behind the other.
        case texts([Piece], configuration: String, weight: Int?)
        /// The lexemes that a field has, written as a tsvector.
        case stored(field: String, weight: Int?)

        /// The same with a weight from 0 for D to 3 for A, whatever it had before.
        package func weighted(_ weight: Int) -> Part {
            switch self {
            case .texts(let pieces, let configuration, _): .texts(pieces, configuration: configuration, weight: weight)
            case .stored(let field, _): .stored(field: field, weight: weight)
            }
        }
    }

    package let parts: [Part]

    package static let partLimit = 64

    package init(_ parts: [Part]) {
        self.parts = parts
    }

    /// The fields that it looks at.
    var fieldNames: Set<String> {
        var names: Set<String> = []
        for part in parts {
            switch part {
            case .texts(let pieces, _, _): for case .field(let name, _) in pieces { names.insert(name) }
            case .stored(let name, _): names.insert(name)
            }
        }
        return names
    }
}

extension LexemeSource {
    /// Nil for one that this version can't have made.
    init?(json: Datum) {
        guard json.kind == .array, json.count > 0, json.count <= Self.partLimit else { return nil }
        var parts: [Part] = []
        for form in json.elements {
            var weight: Int?
            if let number = form[field: "weight"] {
                guard let known = number.integer, (0...3).contains(known) else { return nil }
                weight = known
            }
            if let field = form[field: "stored"]?.string {
                parts.append(.stored(field: field, weight: weight))
                continue
            }
            guard let name = form[field: "configuration"]?.string, SearchConfiguration.named(name) != nil,
                let texts = form[field: "texts"], texts.kind == .array
            else { return nil }
            var pieces: [Piece] = []
            for text in texts.elements {
                if let constant = text[field: "constant"]?.string {
                    pieces.append(.constant(constant))
                } else if let field = text[field: "field"]?.string {
                    pieces.append(.field(field, otherwise: text[field: "otherwise"]?.string))
                } else {
                    return nil
                }
            }
            parts.append(.texts(pieces, configuration: name, weight: weight))
        }
        self.init(parts)
    }

    /// The stored form.
    var json: Datum {
        get throws(DatumError) {
            var forms: [Datum] = []
            for part in parts {
                var fields: [(String, Datum)] = []
                let weight: Int?
                switch part {
                case .texts(let pieces, let configuration, let given):
                    weight = given
                    var texts: [Datum] = []
                    for piece in pieces { texts.append(try piece.json) }
                    fields = [("configuration", Datum(configuration)), ("texts", try .array(texts))]
                case .stored(let field, let given):
                    weight = given
                    fields = [("stored", Datum(field))]
                }
                if let weight { fields.append(("weight", Datum(weight))) }
                forms.append(try .object(fields))
            }
            return try .array(forms)
        }
    }
}

extension LexemeSource.Piece {
    fileprivate var json: Datum {
        get throws(DatumError) {
            switch self {
            case .constant(let text): return try .object([("constant", Datum(text))])
            case .field(let name, let otherwise):
                return try .object([("field", Datum(name))] + (otherwise.map { [("otherwise", Datum($0))] } ?? []))
            }
        }
    }
}
