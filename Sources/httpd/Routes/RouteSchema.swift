import ReQLish

/// What a value looks like, in JSON Schema.
struct RouteSchema: Sendable {
    let datum: Datum

    static let any = RouteSchema(datum: .emptyObject)
    static let string = RouteSchema(datum: ["type": "string"])
    static let object = RouteSchema(datum: ["type": "object"])

    static func array(of element: RouteSchema) -> RouteSchema { RouteSchema(datum: ["type": "array", "items": element.datum]) }

    static func integer(_ minimum: Int, _ maximum: Int) -> RouteSchema {
        RouteSchema(datum: ["type": "integer", "minimum": Datum(minimum), "maximum": Datum(maximum)])
    }

    static func choice(_ values: [String]) -> RouteSchema {
        RouteSchema(datum: ["type": "string", "enum": list(values)])
    }

    private static func list(_ values: [String]) -> Datum { (try? Datum.array(values.map { Datum($0) })) ?? .emptyArray }

    /// An object of exactly these fields.
    private static func fields(_ fields: [(String, RouteSchema)], required: [String] = [], closed: Bool = true) -> RouteSchema {
        let properties = (try? Datum.object(fields.map { ($0.0, $0.1.datum) })) ?? .emptyObject
        var members: [(String, Datum)] = [("type", "object"), ("properties", properties)]
        if !required.isEmpty { members.append(("required", list(required))) }
        if closed { members.append(("additionalProperties", false)) }
        return RouteSchema(datum: (try? Datum.object(members)) ?? .emptyObject)
    }

    private static func text(pattern: String) -> RouteSchema { RouteSchema(datum: ["type": "string", "pattern": Datum(pattern)]) }

    private static func either(_ schemas: [RouteSchema]) -> RouteSchema {
        RouteSchema(datum: ["anyOf": (try? Datum.array(schemas.map(\.datum))) ?? .emptyArray])
    }

    private static let boolean = RouteSchema(datum: ["type": "boolean"])
    private static let number = RouteSchema(datum: ["type": "number"])
    private static let permission = RouteSchema(datum: ["type": ["boolean", "null"]])

    // MARK: Names

    /// Of databases and tables. Names that begin with `_` are good too, but reached through `/_reql`.
    static let name = text(pattern: "^[A-Za-z][A-Za-z0-9_]{0,127}$")
    /// Of an account, role or index: anything that can be seen.
    static let freeName = text(pattern: "^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,60}[A-Za-z0-9]$")
    static let documentKey = text(pattern: "^[A-Za-z0-9][A-Za-z0-9 ~.-]{0,60}$")
    static let key = text(pattern: "^(-?[1-9][0-9]{0,8}|\"[A-Za-z0-9_ ]{0,60}\"|true|false)$")
    static let cursor = text(pattern: "^\"[A-Za-z0-9]{1,60}\"$")
    static let entityTag = text(pattern: "^(\\*|\"[a-z0-9]{1,40}\")$")

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
    static let result = fields([("result", any)], required: ["result"])
    static let insertion = fields(
        [
            ("inserted", number), ("replaced", number), ("unchanged", number), ("errors", number), ("skipped", number), ("deleted", number),
            ("generated_keys", array(of: string)), ("failed", array(of: object)),
        ], required: ["inserted", "replaced", "unchanged"], closed: false)
    static let problem = fields(
        [
            ("type", string), ("title", string), ("status", RouteSchema(datum: ["type": "integer"])), ("detail", string), ("code", string),
            ("frames", array(of: any)), ("line", number), ("column", number), ("snippet", string),
        ], required: ["type", "title", "status", "detail", "code"])

    // MARK: Accounts

    private static func permissions(_ value: RouteSchema) -> [(String, RouteSchema)] {
        [("database", string), ("table", string)] + Permission.allCases.map { ($0.rawValue, value) }
    }

    private static let entry = fields(permissions(boolean))
    /// What is asked for: only a scope that there is in every file can be promised to be one.
    private static let newEntry = fields(Permission.allCases.map { ($0.rawValue, permission) })
    static let grant = newEntry
    static let account = fields(
        [("name", string), ("password", boolean), ("permissions", array(of: entry)), ("roles", array(of: string))],
        required: ["name", "password", "permissions", "roles"])
    private static let password = either([text(pattern: "^[ -~]{1,60}$"), RouteSchema(datum: ["const": false])])
    static let newAccount = fields(
        [("name", freeName), ("password", password), ("permissions", array(of: newEntry)), ("roles", noRoles)],
        required: ["name", "password"])
    static let accountChange = fields(
        [("password", password), ("permissions", array(of: newEntry)), ("roles", noRoles)], required: ["password"])
    private static let noRoles = RouteSchema(datum: ["type": "array", "items": ["type": "string"], "maxItems": 0])
    static let role = fields([("name", string), ("permissions", array(of: entry))], required: ["name", "permissions"])
    static let newRole = fields([("name", freeName), ("permissions", array(of: newEntry))], required: ["name", "permissions"])
    static let roleChange = fields([("permissions", array(of: newEntry))], required: ["permissions"])
    private static let tokenFields: [(String, RouteSchema)] = [
        ("id", string), ("user", string), ("note", string), ("created_at", number), ("expires_at", number),
    ]
    static let token = fields(tokenFields, required: tokenFields.map(\.0))
    static let issuedToken = fields(tokenFields + [("token", string)], required: tokenFields.map(\.0) + ["token"])
    static let newToken = fields([
        ("user", RouteSchema(datum: ["const": "admin"])), ("expires_in", integer(1, 315_360_000)), ("note", text(pattern: "^[ -~]{0,60}$")),
    ])

    // MARK: Bodies

    static let query = fields(
        [
            ("query", either([string, array(of: any)])), ("db", name), ("args", object), ("durability", choice(["hard", "soft"])),
            ("array_limit", integer(1, 1_000_000)),
        ], required: ["query"])
    static let documents = either([object, array(of: object)])
    static let tableOptions = fields([("primary_key", name), ("durability", choice(["hard", "soft"]))])
    static let newIndex = either([
        fields([("name", freeName), ("multi", boolean), ("geo", boolean)], required: ["name"]),
        fields([("name", freeName), ("field", name), ("multi", boolean), ("geo", boolean)], required: ["name", "field"]),
        fields(
            [
                ("name", freeName), ("fields", RouteSchema(datum: ["type": "array", "items": name.datum, "minItems": 1])),
                ("multi", boolean),
            ], required: ["name", "fields"]),
    ])
    static let tableQuery = either([
        fields([("query", RouteSchema(datum: ["const": "count()"]))], required: ["query"]),
        fields([
            ("filter", object), ("order_by", either([name, fields([("desc", name)], required: ["desc"])])), ("skip", integer(0, 1000)),
            ("limit", integer(0, 1000)), ("fields", RouteSchema(datum: ["type": "array", "items": name.datum, "minItems": 1])),
        ]),
    ])
}
