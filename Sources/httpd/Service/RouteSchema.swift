import ReQLish

/// The form of a value, in JSON Schema.
struct RouteSchema: Sendable {
    let datum: Datum

    static let any = RouteSchema(datum: .emptyObject)
    static let string = RouteSchema(datum: ["type": "string"])
    static let object = RouteSchema(datum: ["type": "object"])

    static func array(of element: RouteSchema) -> RouteSchema { RouteSchema(datum: ["type": "array", "items": element.datum]) }

    static func integer(_ range: ClosedRange<Int>) -> RouteSchema {
        RouteSchema(datum: ["type": "integer", "minimum": Datum(range.lowerBound), "maximum": Datum(range.upperBound)])
    }

    /// The whole numbers that JSON can say exactly.
    static let count = 0...(1 << 53 - 1)

    static func choice(_ values: [String]) -> RouteSchema {
        RouteSchema(datum: ["type": "string", "enum": list(values)])
    }

    private static func list(_ values: [String]) -> Datum { Datum(elements: values.map { Datum($0) }) }

    /// An object of exactly these fields.
    private static func fields(_ fields: [(String, RouteSchema)], required: [String] = [], closed: Bool = true) -> RouteSchema {
        let properties = Datum(fields: fields.map { ($0.0, $0.1.datum) })
        var members: [(String, Datum)] = [("type", "object"), ("properties", properties)]
        if !required.isEmpty { members.append(("required", list(required))) }
        if closed { members.append(("additionalProperties", false)) }
        return RouteSchema(datum: Datum(fields: members))
    }

    /// - Parameter lengths: of characters.
    private static func text(_ lengths: ClosedRange<Int>) -> RouteSchema {
        RouteSchema(datum: ["type": "string", "minLength": Datum(lengths.lowerBound), "maxLength": Datum(lengths.upperBound)])
    }

    private static func text(minimum: Int) -> RouteSchema { RouteSchema(datum: ["type": "string", "minLength": Datum(minimum)]) }

    private static func text(pattern: String) -> RouteSchema { RouteSchema(datum: ["type": "string", "pattern": Datum(pattern)]) }

    private static func either(_ schemas: [RouteSchema]) -> RouteSchema {
        RouteSchema(datum: ["anyOf": Datum(elements: schemas.map(\.datum))])
    }

    private static let boolean = RouteSchema(datum: ["type": "boolean"])
    private static let number = RouteSchema(datum: ["type": "number"])
    private static let permission = RouteSchema(datum: ["type": ["boolean", "null"]])

    // MARK: Names
    //
    // Whatever is accepted is as the schemas say. Not everything that is as they say is accepted: which texts are queries, which names
    // there are, which characters look alike, no schema knows. What fails by that has a status of its own: 404, 409, 412 or 422.

    /// A name of a database or table. Names that begin with `_` are good too, but reached through `/_reql`.
    static let name = text(pattern: "^[A-Za-z][A-Za-z0-9_]{0,127}$")
    /// A name of an account or a role: at most 128 bytes of UTF-8 without control characters.
    static let freeName = text(1...UserConfig.maximumNameByteCount)
    /// A name of a field or an index.
    private static let anyName = string
    static let fieldName = text(minimum: 1)
    /// A document's key, where it is a string: at most 127 bytes of UTF-8.
    static let documentKey = RouteSchema(datum: ["type": "string", "minLength": 1, "maxLength": 127, "pattern": "^[^_]"])
    /// A document's key, as JSON. That times and binary values can be keys too, as objects with `$reql_type$`, is left out: no other
    /// objects can.
    static let key = either([
        text(0...127), number, boolean, array(of: either([string, number, boolean])),
    ])
    /// The id of an event: the file's, then opening, commit and how far within it.
    static let feedPoint = text(pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9]{1,18}\\.[0-9]{1,18}(\\.[0-9]{1,18})?$")
    /// A file's UUID, opening, random bits of the opening in hexadecimal digits, and transaction.
    static let position = text(pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.[0-9]{1,18}\\.[0-9a-f]{1,16}\\.[0-9]{1,14}$")
    static let fileID = text(pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    static let recordPath = text(pattern: "^//?[A-Za-z_][A-Za-z0-9_]{0,30}(/[A-Za-z_][A-Za-z0-9_]{0,30}){0,8}$")
    static let entityTag = text(pattern: "^(\\*|(W/)?\"[^\"]*\"([ \t]*,[ \t]*(W/)?\"[^\"]*\")*)?$")

    // MARK: Answers

    static let version = fields([("name", string), ("version", string)], required: ["name", "version"], closed: false)
    static let state = fields([("status", string)], required: ["status"])
    static let database = fields(
        [("id", string), ("name", string), ("created_at", number)], required: ["id", "name", "created_at"])
    static let table = fields(
        [
            ("id", string), ("name", string), ("db", string), ("primary_key", string), ("durability", choice(["hard", "soft"])),
            ("indexes", array(of: string)), ("created_at", number), ("doc_count", RouteSchema(datum: ["type": "integer"])),
        ], required: ["name", "db"])
    private static let stringOrNull = either([string, RouteSchema(datum: ["type": "null"])])
    private static let relationEnd = fields([("field", string), ("table", stringOrNull)], required: ["field", "table"])
    static let relation = fields(
        [
            ("table", string), ("relation", string), ("reverse", stringOrNull), ("indexes", array(of: string)), ("field", string),
            ("from", relationEnd), ("to", either([string, relationEnd])), ("kind", string), ("weight", string), ("foreign_key", boolean),
            ("ready", boolean), ("problem", string), ("edges", number), ("dangling", number),
        ], required: ["table", "relation"])
    static let result = fields([("result", any)], required: ["result"])
    private static let notices = array(
        of: fields(
            [
                ("severity", choice(["WARNING", "NOTICE", "INFO", "LOG", "DEBUG"])), ("sqlstate", string), ("message", string),
                ("detail", string), ("hint", string),
            ], required: ["severity", "sqlstate", "message"]))
    private static let commandResult = fields(
        [("command", string), ("rows", number), ("notices", notices)], required: ["command", "rows"])
    /// Of ReQL an object; of SQL the rows, a plan, or how many were written.
    static let tableResult = either([result, array(of: any), commandResult])
    private static let oneStatementResult = fields(
        [
            ("columns", array(of: fields([("name", string), ("type", string)], required: ["name", "type"]))),
            ("result", array(of: any)), ("command", string), ("rows", number), ("notices", notices),
        ], required: ["result", "command", "rows"])
    static let statementResult = either([oneStatementResult, array(of: oneStatementResult)])
    static let word = fields([("word", string), ("documents", number)], required: ["word", "documents"])
    static let digest = fields([("digest", string), ("count", number), ("kept", boolean)], required: ["digest", "count", "kept"])
    static let insertion = fields(
        [
            ("inserted", number), ("replaced", number), ("unchanged", number), ("errors", number), ("skipped", number), ("deleted", number),
            ("generated_keys", array(of: any)), ("failed", array(of: object)),
        ], required: ["inserted", "replaced", "unchanged"], closed: false)
    static let problem = fields(
        [
            ("type", string), ("title", string), ("status", RouteSchema(datum: ["type": "integer"])), ("detail", string), ("code", string),
            ("frames", array(of: any)), ("line", number), ("column", either([number, string])), ("snippet", string), ("sqlstate", string),
            ("position", number), ("hint", string), ("table", string), ("constraint", string),
        ], required: ["type", "title", "status", "detail", "code"])

    // MARK: Accounts

    private static func permissions(_ value: RouteSchema) -> [(String, RouteSchema)] {
        [("database", string), ("table", string)] + Permission.allCases.map { ($0.rawValue, value) }
    }

    private static let entry = fields(permissions(boolean))
    /// `connect` is of the whole server, and a table is one of a database.
    static let grant = either([
        fields(Permission.allCases.map { ($0.rawValue, permission) }),
        fields(permissions(permission).filter { $0.0 != Permission.connect.rawValue }, required: ["database"]),
    ])
    static let account = fields(
        [("name", string), ("password", boolean), ("permissions", array(of: entry)), ("roles", array(of: string))],
        required: ["name", "password", "permissions", "roles"])
    private static let password = either([string, RouteSchema(datum: ["const": false])])
    private static let accountFields: [(String, RouteSchema)] = [
        ("password", password), ("permissions", array(of: grant)),
        ("roles", RouteSchema(datum: ["type": "array", "items": ["type": "string"], "uniqueItems": true])),
    ]
    static let newAccount = fields([("name", freeName)] + accountFields, required: ["name"])
    static let accountChange = fields(accountFields)
    static let role = fields([("name", string), ("permissions", array(of: entry))], required: ["name", "permissions"])
    static let newRole = fields([("name", freeName), ("permissions", array(of: grant))], required: ["name", "permissions"])
    static let roleChange = fields([("permissions", array(of: grant))], required: ["permissions"])
    private static let tokenFields: [(String, RouteSchema)] = [
        ("id", string), ("user", string), ("note", string), ("created_at", number), ("expires_at", number),
    ]
    static let token = fields(tokenFields, required: tokenFields.map(\.0))
    static let issuedToken = fields(tokenFields + [("token", string)], required: tokenFields.map(\.0) + ["token"])
    static let newToken = fields([
        ("user", string), ("expires_in", RouteSchema(datum: ["type": "number", "minimum": 1, "maximum": 315_360_000])),
        ("note", text(0...256)),
    ])

    // MARK: Bodies

    private static let durability = choice(["hard", "soft"])
    static let query = fields(
        [
            ("query", either([string, array(of: any), object, number, boolean, RouteSchema(datum: ["type": "null"])])), ("db", string),
            ("as_of", string), ("args", object), ("durability", durability), ("array_limit", integer(1...count.upperBound)),
            ("explain", boolean),
        ], required: ["query"])
    private static let statementOptions: [(String, RouteSchema)] = [
        ("db", string), ("rows", choice(["objects", "arrays", "texts"])), ("types", boolean), ("read_only", boolean),
        ("durability", durability),
        ("timeout", RouteSchema(datum: ["type": "number", "exclusiveMinimum": 0, "maximum": 86_400])),
    ]
    private static let statement: [(String, RouteSchema)] = [("query", string), ("params", statementParameters)]
    static let statements = either([
        fields(statement + [("explain", boolean)] + statementOptions, required: ["query"]),
        fields([("statements", array(of: fields(statement, required: ["query"])))] + statementOptions, required: ["statements"]),
    ])
    static let documents = either([object, array(of: object)])
    private static let hexadecimal = text(pattern: "^([0-9A-Fa-f]{2})*$")
    static let digestedRanges = fields(
        [
            (
                "ranges",
                RouteSchema(datum: [
                    "type": "array", "maxItems": 256,
                    "items": fields([("from", hexadecimal), ("to", hexadecimal)], required: ["from"]).datum,
                ])
            ), ("tell", choice(DigestedDetail.allCases.map(\.rawValue))), ("values", boolean), ("as_of", string),
        ], required: ["ranges"])
    static let tableOptions = fields([("primary_key", text(minimum: 1)), ("durability", durability)])
    private static let indexKinds: [(String, RouteSchema)] = [
        ("name", text(minimum: 1)), ("multi", boolean), ("geo", boolean), ("unique", boolean),
    ]
    private static let names = RouteSchema(datum: ["type": "array", "items": anyName.datum, "minItems": 1])
    static let newIndex = either([
        fields(indexKinds, required: ["name"]),
        fields(indexKinds + [("field", anyName)], required: ["name", "field"]),
        fields(indexKinds + [("fields", names)], required: ["name", "fields"]),
        fields([("name", text(minimum: 1)), ("text", language), ("fields", either([names, weights]))], required: ["name", "text"]),
    ])
    private static let newRelationEnd = either([
        fieldName, fields([("field", fieldName), ("table", text(minimum: 1))], required: ["field"]),
    ])
    private static let relationName = text(pattern: "^[^.\\u0000]+$")
    static let newRelation = either([
        fields(
            [("name", relationName), ("reverse", relationName), ("field", fieldName), ("to", text(minimum: 1))],
            required: ["name", "field", "to"]),
        fields(
            [
                ("name", relationName), ("reverse", relationName), ("from", newRelationEnd), ("to", newRelationEnd),
                ("kind", fieldName), ("weight", fieldName),
            ], required: ["name", "from", "to"]),
    ])
    private static let languageName = choice(["simple"] + TextLanguage.allCases.map(\.rawValue))
    private static let language = either([
        RouteSchema(datum: ["const": true]), languageName,
        fields([("language", languageName), ("stop", either([boolean, array(of: string)]))]),
    ])
    private static let weights = RouteSchema(
        datum: ["type": "object", "minProperties": 1, "maxProperties": 64, "additionalProperties": integer(1...1000).datum])
    private static let sortKey = either([
        anyName, fields([("desc", anyName)], required: ["desc"]), fields([("asc", anyName)], required: ["asc"]),
    ])
    private static let order = either([sortKey, RouteSchema(datum: ["type": "array", "items": sortKey.datum, "minItems": 1])])
    private static let statementParameters = either([array(of: any), object])
    static let tableQuery = either([
        fields([("query", string), ("language", choice(["reql"]))], required: ["query"]),
        fields(
            [
                ("query", string), ("language", choice(["sql"])), ("params", statementParameters), ("durability", durability),
                ("explain", boolean),
            ], required: ["query"]),
        fields([("filter", object), ("order_by", order), ("skip", integer(count)), ("limit", integer(count)), ("fields", names)]),
    ])
}
