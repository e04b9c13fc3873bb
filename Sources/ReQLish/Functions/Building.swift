import Catalog

extension ReQLError {
    init(_ error: DatumError) {
        switch error.kind {
        case .tooDeep, .tooLarge: self.init(.resourceLimit, error.message)
        case .duplicateKey, .invalidPseudoType, .notStorable: self.init(.queryLogic, error.message)
        }
    }
}

// Making compound datums inside a query: the errors of Catalog become those of the language.
extension Datum {
    /// What a builder was given to build.
    static func building(
        pseudoTypes: Bool = true, _ build: (inout DatumBuilder) throws(DatumError) -> Void
    ) throws(ReQLError) -> Datum {
        do {
            var builder = DatumBuilder(pseudoTypes: pseudoTypes)
            try build(&builder)
            return builder.finish()
        } catch {
            throw ReQLError(error)
        }
    }

    static func building(_ elements: some Sequence<Datum>) throws(ReQLError) -> Datum {
        do { return try Datum.array(elements) } catch { throw ReQLError(error) }
    }

    static func building(_ fields: some Sequence<(String, Datum)>) throws(ReQLError) -> Datum {
        do { return try Datum.object(fields) } catch { throw ReQLError(error) }
    }

    /// Like `building`, and within the query's array limit.
    static func building(_ elements: [Datum], arrayLimit: Int) throws(ReQLError) -> Datum {
        try TypeCheck.checkArray(count: elements.count, limit: arrayLimit)
        return try building(elements)
    }
}
