/// The place of a term in its query. A link to the term around it, so that only a failure spells out the whole way.
final class Site: Sendable {
    private let parent: Site?
    private let frame: ReQLError.Frame?

    private init(parent: Site?, frame: ReQLError.Frame?) {
        self.parent = parent
        self.frame = frame
    }

    static let root = Site(parent: nil, frame: nil)

    func argument(_ index: Int) -> Site { Site(parent: self, frame: .argument(index)) }
    func optional(_ name: String) -> Site { Site(parent: self, frame: .optional(name)) }

    /// From the root of the query down to this term.
    var frames: [ReQLError.Frame] {
        var frames: [ReQLError.Frame] = []
        var site: Site? = self
        while let here = site {
            if let frame = here.frame { frames.append(frame) }
            site = here.parent
        }
        frames.reverse()
        return frames
    }

    func error(_ kind: ReQLError.Kind, _ message: String) -> ReQLError {
        ReQLError(kind, message, frames: frames)
    }

    /// The typed-error rule: where a null stands in for a value it is "not there", anything else is a mistake in the query.
    func mismatch(_ datum: Datum, expected: String) -> ReQLError {
        locate(TypeCheck.mismatch(datum, expected: expected))
    }

    /// The error of a function that knows nothing of terms, with the place of this one.
    func locate(_ error: ReQLError) -> ReQLError {
        guard error.frames.isEmpty else { return error }
        var located = error
        located.frames = frames
        return located
    }

    func locate(_ error: CatalogError) -> ReQLError {
        ReQLError(error, frames: frames)
    }

    func locate(_ error: DatumError) -> ReQLError {
        locate(ReQLError(error))
    }

    /// The error for a name that is not there: a failure of the operation, or of the query if no rule allows the name.
    func missing(_ message: String, _ name: String, _ subject: NameRule.Subject) -> ReQLError {
        do throws(CatalogError) {
            try NameRule.rethinkdb.validate(name, for: subject)
            return locate(CatalogError(subject == .database ? .databaseNotFound : .tableNotFound, message))
        } catch {
            return locate(error)
        }
    }

    // MARK: Work whose errors happen here

    // One name for each floor that an error comes from: a type of error can't be inferred through an autoclosure.

    /// Work of the catalog.
    @inline(__always) func reading<Result: ~Copyable>(_ body: @autoclosure () throws(CatalogError) -> Result) throws(ReQLError) -> Result {
        do { return try body() } catch { throw locate(error) }
    }

    /// A function that knows nothing of terms.
    @inline(__always) func locating<Result: ~Copyable>(_ body: @autoclosure () throws(ReQLError) -> Result) throws(ReQLError) -> Result {
        do { return try body() } catch { throw locate(error) }
    }

    /// Work on a datum's bytes.
    @inline(__always) func building<Result: ~Copyable>(_ body: @autoclosure () throws(DatumError) -> Result) throws(ReQLError) -> Result {
        do { return try body() } catch { throw locate(error) }
    }

    func object(_ fields: [(String, Datum)]) throws(ReQLError) -> Datum { try building(Datum.object(fields)) }

    func array(_ elements: [Datum]) throws(ReQLError) -> Datum { try building(Datum.array(elements)) }
}

/// Work of the catalog whose errors have no place in a query, or have not been given it yet.
@inline(__always) func reading<Result: ~Copyable>(_ body: @autoclosure () throws(CatalogError) -> Result) throws(ReQLError) -> Result {
    do { return try body() } catch { throw ReQLError(error) }
}

/// The same for work on a datum's bytes.
@inline(__always) func building<Result: ~Copyable>(_ body: @autoclosure () throws(DatumError) -> Result) throws(ReQLError) -> Result {
    do { return try body() } catch { throw ReQLError(error) }
}

extension ReQLError {
    /// The class of the language for what went wrong below.
    package init(_ error: CatalogError, frames: [Frame] = []) {
        let kind: Kind =
            switch error.kind {
            case .keyNull, .keyMissing: .nonExistence
            case .hookFailed, .constraintViolated, .invalidName, .invalidKey, .keyTooLong, .notStorable, .tooDeep: .queryLogic
            case .tooLarge: .resourceLimit
            case .oneDatabase: .permission
            case .cancelled, .indeterminate: .operationIndeterminate
            default: .operationFailed
            }
        self.init(kind, error.message, frames: frames, cause: error.kind)
    }
}
