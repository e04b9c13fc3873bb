import ReQLish

// Every route there is, with what it takes and answers.
extension RoutePattern {
    static let all: [RoutePattern] = server + administration + databases + documents

    // MARK: The server

    private static let server: [RoutePattern] = [
        RoutePattern(
            "/",
            [
                RouteOperation(
                    .get, "root", "Name and version; to browsers the page of the Data Explorer",
                    answers: [RouteAnswer(200, [(.json, .version), (.html, .string)])])
            ]
        ) { _ in .root },
        RoutePattern(
            "/_health/live", [RouteOperation(.get, "live", "Whether the process runs", answers: [.json(200, .state)], isOpen: true)]
        ) { _ in .live },
        RoutePattern(
            "/_health/ready", [RouteOperation(.get, "ready", "Whether requests are welcome", answers: [.json(200, .state)], isOpen: true)]
        ) { _ in .ready },
        RoutePattern(
            "/_status", [RouteOperation(.get, "status", "Figures of the server and of the file", answers: [.json(200, .object)])]
        ) { _ in .status },
        RoutePattern(
            "/_metrics",
            [RouteOperation(.get, "metrics", "Figures as Prometheus reads them", answers: [RouteAnswer(200, [(.text, .string)])])]
        ) { _ in .metrics },
        RoutePattern(
            "/_openapi.json", [RouteOperation(.get, "openAPI", "This description", answers: [.json(200, .object)])]
        ) { _ in .openAPI },
        RoutePattern(
            "/_explorer/{name}",
            [
                RouteOperation(
                    .get, "explorerFile", "A file of the Data Explorer", answers: [RouteAnswer(200, []), RouteAnswer(304, [])], isOpen: true
                )
            ]
        ) { .explorer($0[1]) },
        RoutePattern(
            "/_reql",
            [
                RouteOperation(
                    .post, "query", "Any query: its text, or an object with its text or its JSON term",
                    body: RouteBody([(.json, .query), (.text, .string)]),
                    answers: [
                        RouteAnswer(200, [(.json, .result), (.rows, .any), (.events, .any), (.csv, .string)])
                    ])
            ]
        ) { _ in .reql },
    ]

    // MARK: Administration

    private static let administration: [RoutePattern] = [
        RoutePattern(
            "/_admin/keys",
            [
                RouteOperation(
                    .get, "listKeys", "The raw keys that begin with a prefix", parameters: [.prefix, .skip, .limit],
                    answers: [.json(200, .object)])
            ]
        ) { _ in .keys },
        RoutePattern(
            "/_admin/pages", [RouteOperation(.get, "treeLevels", "The levels of the tree", answers: [.json(200, .any)])]
        ) { _ in .pages },
        RoutePattern(
            "/_admin/pages/{page}", [RouteOperation(.get, "getPage", "A page of the file, taken apart", answers: [.json(200, .object)])]
        ) { .page($0[2]) },
        RoutePattern(
            "/_admin/compact",
            [RouteOperation(.post, "compact", "Make the file as small as what it holds", answers: [.json(200, .object)])]
        ) { _ in .compact },
        RoutePattern(
            "/_admin/users",
            [
                RouteOperation(.get, "listUsers", "All accounts", answers: [.json(200, .array(of: .account))]),
                RouteOperation(
                    .post, "createUser", "Make an account", body: RouteBody([(.json, .newAccount)]),
                    answers: [.json(201, .account)]),
            ]
        ) { _ in .users },
        RoutePattern(
            "/_admin/users/{name}",
            [
                RouteOperation(.get, "getUser", "An account", answers: [.json(200, .account)]),
                RouteOperation(
                    .put, "putUser", "Make an account, or change what the body names of it", body: RouteBody([(.json, .accountChange)]),
                    answers: [.json(200, .account), .json(201, .account)]),
                RouteOperation(.delete, "deleteUser", "Remove an account, and its tokens", answers: [.nothing]),
            ]
        ) { .user($0[2]) },
        RoutePattern(
            "/_admin/users/{name}/_grant",
            [
                RouteOperation(
                    .post, "grant", "Set permissions of an account for one scope", body: RouteBody([(.json, .grant)]),
                    answers: [.json(200, .account)])
            ]
        ) { .grant($0[2]) },
        RoutePattern(
            "/_admin/roles",
            [
                RouteOperation(.get, "listRoles", "All roles", answers: [.json(200, .array(of: .role))]),
                RouteOperation(.post, "createRole", "Make a role", body: RouteBody([(.json, .newRole)]), answers: [.json(201, .role)]),
            ]
        ) { _ in .roles },
        RoutePattern(
            "/_admin/roles/{name}",
            [
                RouteOperation(.get, "getRole", "A role", answers: [.json(200, .role)]),
                RouteOperation(
                    .put, "putRole", "Make or change a role", body: RouteBody([(.json, .roleChange)]),
                    answers: [.json(200, .role), .json(201, .role)]),
                RouteOperation(.delete, "deleteRole", "Remove a role, also from the accounts that have it", answers: [.nothing]),
            ]
        ) { .role($0[2]) },
        RoutePattern(
            "/_admin/tokens",
            [
                RouteOperation(.get, "listTokens", "Tokens, without their secrets", answers: [.json(200, .array(of: .token))]),
                RouteOperation(
                    .post, "issueToken", "Issue a token; its text is shown this once",
                    body: RouteBody([(.json, .newToken)], isRequired: false),
                    answers: [.json(201, .issuedToken)]),
            ]
        ) { _ in .tokens },
        RoutePattern(
            "/_admin/tokens/{name}", [RouteOperation(.delete, "revokeToken", "Revoke a token by its id", answers: [.nothing])]
        ) { .token($0[2]) },
        RoutePattern(
            "/_admin/jobs",
            [RouteOperation(.get, "listJobs", "Queries that run, and indexes that are built", answers: [.json(200, .array(of: .object))])]
        ) { _ in .jobs },
        RoutePattern("/_admin/jobs/{name}", [RouteOperation(.delete, "stopJob", "Stop a query by its id", answers: [.nothing])]) {
            .job($0[2])
        },
    ]

    // MARK: Databases and tables

    private static let databases: [RoutePattern] = [
        RoutePattern(
            "/_databases", [RouteOperation(.get, "listDatabases", "All databases", answers: [.json(200, .array(of: .database))])]
        ) { _ in .databases },
        RoutePattern(
            "/{database}",
            [
                RouteOperation(.get, "getDatabase", "The config of a database", answers: [.json(200, .database)]),
                RouteOperation(.put, "createDatabase", "Make a database", answers: [.json(201, .database)]),
                RouteOperation(.delete, "dropDatabase", "Drop a database with all its tables", answers: [.nothing]),
            ]
        ) { .database($0[0]) },
        RoutePattern(
            "/{database}/_tables",
            [RouteOperation(.get, "listTables", "The tables of a database", answers: [.json(200, .array(of: .table))])]
        ) { .tables($0[0]) },
        RoutePattern(
            "/{database}/_collections",
            [RouteOperation(.get, "listCollections", "The same as _tables", answers: [.json(200, .array(of: .table))])]
        ) { .tables($0[0]) },
        RoutePattern(
            "/{database}/{table}",
            [
                RouteOperation(
                    .get, "listDocuments", "A page of documents in key order; Link leads to the next one",
                    parameters: [.limit, .cursor],
                    answers: [RouteAnswer(200, [(.json, .array(of: .object)), (.rows, .any), (.csv, .string)])]),
                RouteOperation(
                    .post, "insertDocuments", "Insert one document, an array of them, or one a line",
                    parameters: [.conflict, .onError, .durability],
                    body: RouteBody([(.json, .documents), (.rows, .any)]), answers: [.json(200, .insertion), .json(201, .insertion)]),
                RouteOperation(
                    .put, "createTable", "Make a table", body: RouteBody([(.json, .tableOptions)], isRequired: false),
                    answers: [.json(201, .table)]),
                RouteOperation(.delete, "dropTable", "Drop a table", answers: [.nothing]),
            ]
        ) { .table(Route.TablePath($0)) },
        RoutePattern(
            "/{database}/{table}/_info",
            [RouteOperation(.get, "getTable", "The config of a table, and its exact count", answers: [.json(200, .table)])]
        ) { .tableInfo(Route.TablePath($0)) },
        RoutePattern(
            "/{database}/{table}/_index",
            [
                RouteOperation(.get, "listIndexes", "The indexes of a table", answers: [.json(200, .array(of: .object))]),
                RouteOperation(
                    .post, "createIndex", "Make an index, built in the background", body: RouteBody([(.json, .newIndex)]),
                    answers: [.json(201, .object)]),
            ]
        ) { .indexes(Route.TablePath($0)) },
        RoutePattern(
            "/{database}/{table}/_index/{name}",
            [
                RouteOperation(.get, "getIndex", "What is known of an index", answers: [.json(200, .object)]),
                RouteOperation(.delete, "dropIndex", "Drop an index", answers: [.nothing]),
            ]
        ) { .index(Route.TablePath($0), name: $0[3]) },
    ]

    // MARK: Documents

    private static let documents: [RoutePattern] = [
        RoutePattern(
            "/{database}/{table}/_query",
            [
                RouteOperation(
                    .post, "queryTable", "A query that begins with the table", body: RouteBody([(.json, .tableQuery), (.text, .string)]),
                    answers: [RouteAnswer(200, [(.json, .result), (.rows, .any), (.events, .any), (.csv, .string)])])
            ]
        ) { .query(Route.TablePath($0)) },
        RoutePattern(
            "/{database}/{table}/_changes",
            [
                RouteOperation(
                    .get, "followTable", "What changes from now on; has no end", parameters: [.includeInitial, .since, .squash],
                    answers: [RouteAnswer(200, [(.events, .any), (.rows, .any)])])
            ]
        ) { .changes(Route.TablePath($0)) },
        RoutePattern("/{database}/{table}/_doc", documentOperations("KeyedDocument", [.key])) { .keyedDocument(Route.TablePath($0)) },
        RoutePattern("/{database}/{table}/{key}", documentOperations("Document", [])) { .document(Route.TablePath($0), key: $0[2]) },
    ]

    private static func documentOperations(_ name: String, _ key: [RouteParameter]) -> [RouteOperation] {
        let guards: [RouteParameter] = [.ifMatch, .ifNoneMatch]
        return [
            RouteOperation(
                .get, "get\(name)", "A document with its ETag", parameters: key + guards,
                answers: [.json(200, .object), RouteAnswer(304, [])]),
            RouteOperation(
                .put, "put\(name)", "Insert or replace a document", parameters: key + [.durability] + guards,
                body: RouteBody([(.json, .object)]), answers: [.json(200, .object), .json(201, .object)]),
            RouteOperation(
                .patch, "patch\(name)", "Change fields of a document (JSON Merge Patch)", parameters: key + [.durability] + guards,
                body: RouteBody([(.mergePatch, .object), (.json, .object)]), answers: [.json(200, .object)]),
            RouteOperation(
                .delete, "delete\(name)", "Delete a document", parameters: key + [.durability] + guards, answers: [.nothing]),
        ]
    }
}
