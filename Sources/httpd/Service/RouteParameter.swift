import ReQLish

/// A parameter beside those in the path.
struct RouteParameter: Sendable {
    enum Place: String, Sendable {
        case query, header
    }

    let name: String
    let place: Place
    let schema: RouteSchema
    /// Its text is JSON, also that of a string.
    let isJSON: Bool
    let isRequired: Bool
    let summary: String

    private init(
        _ name: String, in place: Place = .query, _ schema: RouteSchema, isJSON: Bool = false, isRequired: Bool = false, _ summary: String
    ) {
        self.name = name
        self.place = place
        self.schema = schema
        self.isJSON = isJSON
        self.isRequired = isRequired
        self.summary = summary
    }

    static let limit = RouteParameter("limit", .integer(1...10_000), "Documents of a page")
    static let all = RouteParameter(
        "all", .choice(["true"]), "The whole table in place of a page, streamed: as an array, a line each, or comma-separated values")
    static let fields = RouteParameter("fields", .fieldName, "The columns of comma-separated values, with commas between")
    static let words = RouteParameter("q", .string, "Words to search for in a text index; the best documents come first then")
    static let index = RouteParameter("index", .string, "The text index, if the table has several")
    static let wordStart = RouteParameter("q", .string, isRequired: true, "How words of a text index begin")
    static let wordCounts = 1...1_024
    static let wordLimit = RouteParameter("limit", .integer(wordCounts), "Words at most; 10 unless said")
    static let foundField = RouteParameter("as", .fieldName, "The field in which documents get their score")
    static let highlight = RouteParameter("highlight", .string, "Fields, parted by commas, that are shown with marks around what was found")
    static let fuzzy = RouteParameter("fuzzy", .choice(["true", "false"]), "Words may have typos")
    static let wordOperator = RouteParameter("operator", .choice(["and", "or"]), "Whether all words must be there, or one")
    static let lastPrefix = RouteParameter("prefix", .choice(["last"]), "The last word may be the beginning of one")
    static let prefix = RouteParameter("prefix", .string, "What the keys begin with")
    static let export = RouteParameter("export", .string, "Only these: DB or DB.TABLE, with commas between them")
    static let compress = RouteParameter("compress", .choice(["none", "gzip"]), "How the archive is compressed; gzip")
    static let asOf = RouteParameter(
        "as_of", .string, "The state that is read in place of the newest: its name, a time (2026-11-22T10:15:00Z) or the number of a commit"
    )
    static let skip = RouteParameter("skip", .integer(RouteSchema.count), "How many are passed over")
    static let cursor = RouteParameter("cursor", .key, isJSON: true, "From the Link field of the page before")
    static let conflict = RouteParameter(
        "conflict", .choice(["error", "replace", "update"]), "What happens to a document whose key is taken")
    static let record = RouteParameter(
        "record", .recordPath, "The elements of XML that are documents, as a path: /catalog/product or //product")
    static let types = RouteParameter(
        "types", .choice(["infer", "text"]), "Whether cells of CSV that are JSON become that, or all are strings")
    static let onError = RouteParameter(
        "on_error", .choice(["stop", "skip"]), "Whether a document that can't be inserted leaves all out, or only itself")
    static let durability = RouteParameter("durability", .choice(["hard", "soft"]), "Whether the answer waits for the disk")
    static let position = RouteParameter("since", .position, "The position that the standby has on its disk; without it everything is told")
    static let sharedPosition = RouteParameter(
        "since", .position, isRequired: true,
        "The position at which the standby has what the file has, but for ranges of the raw keys: these are the body")
    static let waitSeconds = 0...60
    static let wait = RouteParameter("wait", .integer(waitSeconds), "Seconds to wait for something newer; 0 without it")
    static let standby = RouteParameter("standby", .string, "The UUID of the standby's file")
    static let leftFile = RouteParameter("file", .fileID, isRequired: true, "The UUID of the other file")
    static let includeInitial = RouteParameter("include_initial", .choice(["true", "false"]), "Begin with what is there")
    static let since = RouteParameter("since", .feedPoint, "The id of the last event that was seen; also as the field Last-Event-ID")
    static let squash = RouteParameter("squash", .choice(["true", "false"]), "One change for a document that changed several times")
    static let key = RouteParameter("key", .key, isJSON: true, isRequired: true, "The key as JSON")
    static let depths = 0...1_000
    static let nodeCounts = 1...10_000
    static let over = RouteParameter(
        "over", .fieldName, isRequired: true, "The relation that edges are of, several with commas between, or what they are as JSON")
    static let depth = RouteParameter("depth", .integer(depths), "How many edges away nodes are at most; 1 unless said")
    static let nodeLimit = RouteParameter("limit", .integer(nodeCounts), "Nodes at most; 500 unless said")
    static let direction = RouteParameter("direction", .choice(["out", "in", "both"]), "The direction in which edges are gone along")
    static let label = RouteParameter("label", .string, "The field that names a node")
    static let wholeDocuments = RouteParameter("documents", .choice(["true", "false"]), "Whether nodes have their documents")
    static let ifMatch = RouteParameter("If-Match", in: .header, .entityTag, "The ETag that the document must have, or *")
    static let ifNoneMatch = RouteParameter("If-None-Match", in: .header, .entityTag, "The ETag that the document must not have, or *")
}

/// The forms that a body may have.
struct RouteBody: Sendable {
    let forms: [(type: MediaType, schema: RouteSchema)]
    let isRequired: Bool

    init(_ forms: [(MediaType, RouteSchema)], isRequired: Bool = true) {
        self.forms = forms.map { (type: $0.0, schema: $0.1) }
        self.isRequired = isRequired
    }
}

/// An answer of success, in its forms; none for a status that has no body.
struct RouteAnswer: Sendable {
    let status: HTTPStatus
    let forms: [(type: MediaType, schema: RouteSchema)]

    init(_ status: HTTPStatus, _ forms: [(MediaType, RouteSchema)]) {
        self.status = status
        self.forms = forms.map { (type: $0.0, schema: $0.1) }
    }

    static func json(_ status: HTTPStatus, _ schema: RouteSchema) -> RouteAnswer { RouteAnswer(status, [(.json, schema)]) }
    static let nothing = RouteAnswer(204, [])
}
