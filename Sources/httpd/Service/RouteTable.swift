import ReQLish

// Every route there is, with what it takes and answers. Those of one path stand together.
extension Route {
    static let all: [Route] = server + transactions + administration + databases + documents

    /// What `/` is to browsers.
    static let explorerPage = Route(
        .get, "/", "explorerPage", "The page of the Data Explorer", answers: [], weight: .shortRead, isOpen: true, isVerbatim: true
    ) { try $0.explorer(ExplorerFile.page) }

    // MARK: The server

    private static let server: [Route] = [
        Route(
            .get, "/", "root", "Name and version; to browsers the page of the Data Explorer",
            answers: [RouteAnswer(200, [(.json, .version), (.html, .string)])], weight: .shortRead
        ) { try $0.root() },
        Route(
            .get, "/_health/live", "live", "Whether the process runs", answers: [.json(200, .state)], weight: .shortRead, isOpen: true
        ) { try $0.live() },
        Route(.get, "/_health/ready", "ready", "Whether requests are welcome", answers: [.json(200, .state)], isOpen: true) {
            try $0.ready()
        },
        Route(
            .get, "/_status", "status", "Figures of the server and of the file", answers: [.json(200, .object)], weight: .shortRead
        ) { try $0.status() },
        Route(.get, "/_metrics", "metrics", "Figures as Prometheus reads them", answers: [RouteAnswer(200, [(.text, .string)])]) {
            try $0.metrics()
        },
        Route(
            .get, "/_replica", "followFile", "What is behind a position, for standbys: a delta, or the changes since",
            parameters: [.position, .wait, .standby], answers: [RouteAnswer(200, [])], isVerbatim: true
        ) { try $0.replica() },
        Route(
            .post, "/_replica", "askForDifferences", "What a file lacks that has other contents than at a position: a delta",
            parameters: [.sharedPosition, .standby], body: RouteBody([(.binary, .string)], isRequired: false),
            answers: [RouteAnswer(200, [])], isVerbatim: true
        ) { try $0.replicaOfRanges() },
        Route(.get, "/_replica/position", "getPosition", "The position of the newest state", answers: [.json(200, .object)]) {
            try $0.position()
        },
        Route(
            .get, "/_replica/origin", "getOrigin", "The position at which what this file holds left another file", parameters: [.leftFile],
            answers: [.json(200, .object)]
        ) { try $0.origin() },
        Route(.get, "/_openapi.json", "openAPI", "This description", answers: [.json(200, .object)]) { try $0.openAPI() },
        Route(
            .get, "/_explorer/{name}", "explorerFile", "A file of the Data Explorer",
            answers: [RouteAnswer(200, []), RouteAnswer(304, [])],
            weight: .shortRead, isOpen: true, isVerbatim: true
        ) { try $0.explorer($0.path[1]) },
        Route(
            .post, "/_reql", "query", "Any query: its text, or an object with its text or its JSON term",
            body: RouteBody([(.json, .query), (.text, .string)]),
            answers: [RouteAnswer(200, [(.json, .result), (.rows, .any), (.events, .any), (.csv, .string)])], weight: .query
        ) { try $0.runQuery() },
        Route(
            .post, "/_sql", "runStatements", "A statement of SQL, or several in one transaction", body: RouteBody([(.json, .statements)]),
            answers: [RouteAnswer(200, [(.json, .statementResult), (.rows, .any), (.csv, .string)])], weight: .statement
        ) { try $0.runStatements() },
    ]

    // MARK: Transactions

    private static let transactions: [Route] = [
        Route(
            .post, "/_transaction/begin", "beginTransaction", "Begin a transaction; other requests name it by the field Pando-Transaction",
            body: RouteBody([(.json, .object)], isRequired: false), answers: [.json(201, .object)], weight: .shortRead
        ) { try $0.beginTransaction() },
        Route(
            .post, "/_transaction/commit", "commitTransaction", "Commit a transaction",
            body: RouteBody([(.json, .object)], isRequired: false), answers: [.json(200, .object)]
        ) { try $0.commitTransaction() },
        Route(
            .post, "/_transaction/rollback", "rollBackTransaction", "Undo a transaction",
            body: RouteBody([(.json, .object)], isRequired: false), answers: [.json(200, .object)]
        ) { try $0.rollBackTransaction() },
    ]

    // MARK: Administration

    private static let administration: [Route] = [
        Route(
            .get, "/_admin/keys", "listKeys", "The raw keys that begin with a prefix", parameters: [.prefix, .skip, .limit],
            answers: [.json(200, .object)]
        ) { try $0.keys() },
        Route(
            .post, "/_admin/digests", "digestRanges", "Digests of ranges of the raw keys, to compare files by",
            body: RouteBody([(.json, .digestedRanges)]), answers: [.json(200, .object)]
        ) { try $0.digests() },
        Route(.get, "/_admin/pages", "treeLevels", "The levels of the tree", answers: [.json(200, .any)]) { try $0.pages() },
        Route(.get, "/_admin/pages/{page}", "getPage", "A page of the file, taken apart", answers: [.json(200, .object)]) {
            try $0.page($0.path[2])
        },
        Route(.post, "/_admin/compact", "compact", "Make the file as small as what it holds", answers: [.json(200, .object)]) {
            try $0.compact()
        },
        Route(
            .get, "/_admin/cluster", "cluster", "Who writes, and where there are copies of everything", answers: [.json(200, .object)]
        ) { try $0.cluster() },
        Route(.post, "/_admin/promote", "promote", "Make a standby the primary", answers: [.json(200, .object)]) { try $0.promote() },
        Route(
            .get, "/_admin/dump", "dump", "An archive of everything, or of some of it", parameters: [.export, .compress],
            answers: [RouteAnswer(200, [(.gzip, .string), (.tar, .string)])]
        ) { try $0.dump() },
        Route(.get, "/_admin/backup", "backup", "A copy of the file", answers: [RouteAnswer(200, [(.binary, .string)])]) {
            try $0.backup()
        },
        Route(
            .get, "/_admin/states", "listStates", "The states of the file that have names", answers: [.json(200, .array(of: .object))]
        ) { try $0.states() },
        Route(.put, "/_admin/states/{name}", "createState", "Give what the file holds now a name", answers: [.json(201, .object)]) {
            try $0.createState($0.path[2])
        },
        Route(.delete, "/_admin/states/{name}", "dropState", "Take the name from a state", answers: [.nothing]) {
            try $0.dropState($0.path[2])
        },
        Route(.get, "/_admin/users", "listUsers", "All accounts", answers: [.json(200, .array(of: .account))]) { try $0.users() },
        Route(
            .post, "/_admin/users", "createUser", "Make an account", body: RouteBody([(.json, .newAccount)]),
            answers: [.json(201, .account)]
        ) { try $0.createUser() },
        Route(.get, "/_admin/users/{name}", "getUser", "An account", answers: [.json(200, .account)]) { try $0.user($0.path[2]) },
        Route(
            .put, "/_admin/users/{name}", "putUser", "Make an account, or change what the body names of it",
            body: RouteBody([(.json, .accountChange)]), answers: [.json(200, .account), .json(201, .account)]
        ) { try $0.putUser($0.path[2]) },
        Route(.delete, "/_admin/users/{name}", "deleteUser", "Remove an account, and its tokens", answers: [.nothing]) {
            try $0.deleteUser($0.path[2])
        },
        Route(
            .post, "/_admin/users/{name}/_grant", "grant", "Set permissions of an account for one scope",
            body: RouteBody([(.json, .grant)]), answers: [.json(200, .account)]
        ) { try $0.grant($0.path[2]) },
        Route(.get, "/_admin/roles", "listRoles", "All roles", answers: [.json(200, .array(of: .role))]) { try $0.roles() },
        Route(
            .post, "/_admin/roles", "createRole", "Make a role", body: RouteBody([(.json, .newRole)]), answers: [.json(201, .role)]
        ) { try $0.createRole() },
        Route(.get, "/_admin/roles/{name}", "getRole", "A role", answers: [.json(200, .role)]) { try $0.role($0.path[2]) },
        Route(
            .put, "/_admin/roles/{name}", "putRole", "Make or change a role", body: RouteBody([(.json, .roleChange)]),
            answers: [.json(200, .role), .json(201, .role)]
        ) { try $0.putRole($0.path[2]) },
        Route(
            .delete, "/_admin/roles/{name}", "deleteRole", "Remove a role, also from the accounts that have it", answers: [.nothing]
        ) { try $0.deleteRole($0.path[2]) },
        Route(.get, "/_admin/tokens", "listTokens", "Tokens, without their secrets", answers: [.json(200, .array(of: .token))]) {
            try $0.tokens()
        },
        Route(
            .post, "/_admin/tokens", "issueToken", "Issue a token; its text is shown this once",
            body: RouteBody([(.json, .newToken)], isRequired: false), answers: [.json(201, .issuedToken)]
        ) { try $0.issueToken() },
        Route(.delete, "/_admin/tokens/{name}", "revokeToken", "Revoke a token by its id", answers: [.nothing]) {
            try $0.revokeToken($0.path[2])
        },
        Route(
            .get, "/_admin/transactions", "listTransactions", "Open transactions of requests: all for admin, else one's own",
            answers: [.json(200, .array(of: .object))]
        ) { try $0.transactions() },
        Route(.delete, "/_admin/transactions/{name}", "endTransaction", "Undo an open transaction by its number", answers: [.nothing]) {
            try $0.endTransaction($0.path[2])
        },
        Route(
            .get, "/_admin/jobs", "listJobs", "Queries that run, and indexes that are built", answers: [.json(200, .array(of: .object))]
        ) { try $0.jobs() },
        Route(.delete, "/_admin/jobs/{name}", "stopJob", "Stop a query by its id", answers: [.nothing]) { try $0.stopJob($0.path[2]) },
    ]

    // MARK: Databases and tables

    private static let databases: [Route] = [
        Route(.get, "/_databases", "listDatabases", "All databases", answers: [.json(200, .array(of: .database))]) { try $0.databases() },
        Route(.get, "/{database}", "getDatabase", "The config of a database", answers: [.json(200, .database)]) {
            try $0.database($0.path[0])
        },
        Route(.put, "/{database}", "createDatabase", "Make a database", answers: [.json(201, .database)]) {
            try $0.createDatabase($0.path[0])
        },
        Route(.delete, "/{database}", "dropDatabase", "Drop a database with all its tables", answers: [.nothing]) {
            try $0.dropDatabase($0.path[0])
        },
        Route(.get, "/{database}/_tables", "listTables", "The tables of a database", answers: [.json(200, .array(of: .table))]) {
            try $0.tables($0.path[0])
        },
        Route(.get, "/{database}/_collections", "listCollections", "The same as _tables", answers: [.json(200, .array(of: .table))]) {
            try $0.tables($0.path[0])
        },
        Route(
            .get, "/{database}/_relations", "listRelations", "The relations of all tables of a database, foreign keys among them",
            answers: [.json(200, .array(of: .relation))]
        ) { try $0.relations($0.path[0]) },
        Route(
            .get, "/{database}/{table}", "listDocuments",
            "A page of documents in key order, or with q the best that a text index finds; Link leads to the next one",
            parameters: [
                .limit, .cursor, .all, .fields, .asOf, .words, .index, .foundField, .highlight, .fuzzy, .wordOperator, .lastPrefix,
            ],
            answers: [RouteAnswer(200, [(.json, .array(of: .object)), (.rows, .any), (.csv, .string), (.xml, .string)])]
        ) { try $0.page($0.table) },
        Route(
            .post, "/{database}/{table}", "insertDocuments", "Insert one document, an array of them, or one a line",
            parameters: [.conflict, .onError, .record, .types, .durability],
            body: RouteBody([(.json, .documents), (.rows, .any), (.xml, .string), (.csv, .any)]),
            answers: [.json(200, .insertion), .json(201, .insertion)], weight: .shortWrite, storesTable: true
        ) { try $0.insert($0.table) },
        Route(
            .put, "/{database}/{table}", "createTable", "Make a table", body: RouteBody([(.json, .tableOptions)], isRequired: false),
            answers: [.json(201, .table)]
        ) { try $0.createTable($0.table) },
        Route(.delete, "/{database}/{table}", "dropTable", "Drop a table", answers: [.nothing]) { try $0.dropTable($0.table) },
        Route(
            .get, "/{database}/{table}/_info", "getTable", "The config of a table, and its exact count", parameters: [.asOf],
            answers: [.json(200, .table)]
        ) { try $0.tableInfo($0.table) },
        Route(
            .get, "/{database}/{table}/_digest", "digestTable", "A number that stands for the documents of a table", parameters: [.asOf],
            answers: [.json(200, .digest)]
        ) { try $0.digest(of: $0.table) },
        Route(
            .get, "/{database}/{table}/_index", "listIndexes", "The indexes of a table", answers: [.json(200, .array(of: .object))]
        ) { try $0.indexes($0.table) },
        Route(
            .post, "/{database}/{table}/_index", "createIndex", "Make an index, built in the background",
            body: RouteBody([(.json, .newIndex)]), answers: [.json(201, .object)]
        ) { try $0.createIndex($0.table) },
        Route(.get, "/{database}/{table}/_index/{name}", "getIndex", "What is known of an index", answers: [.json(200, .object)]) {
            try $0.index($0.path[3], of: $0.table)
        },
        Route(.delete, "/{database}/{table}/_index/{name}", "dropIndex", "Drop an index", answers: [.nothing]) {
            try $0.dropIndex($0.path[3], of: $0.table)
        },
        Route(
            .get, "/{database}/{table}/_words", "listWords", "The words of a text index that begin so, and how many documents have each",
            parameters: [.asOf, .wordStart, .index, .wordLimit], answers: [.json(200, .array(of: .word))]
        ) { try $0.indexedWords($0.table) },
        Route(
            .get, "/{database}/{table}/_relation", "listTableRelations", "The relations of a table",
            answers: [.json(200, .array(of: .relation))]
        ) { try $0.relations(of: $0.table) },
        Route(
            .post, "/{database}/{table}/_relation", "createRelation", "Make a relation with its indexes, built in the background",
            body: RouteBody([(.json, .newRelation)]), answers: [.json(201, .relation)]
        ) { try $0.createRelation($0.table) },
        Route(
            .get, "/{database}/{table}/_relation/{name}", "getRelation", "A relation, with its edges counted",
            answers: [.json(200, .relation)]
        ) { try $0.relation($0.path[3], of: $0.table) },
        Route(
            .delete, "/{database}/{table}/_relation/{name}", "dropRelation", "Drop a relation with the indexes that were made for it",
            answers: [.nothing]
        ) { try $0.dropRelation($0.path[3], of: $0.table) },
    ]

    // MARK: Documents

    private static let documents: [Route] =
        [
            Route(
                .post, "/{database}/{table}/_query", "queryTable", "SQL, or a query of ReQL that begins with the table",
                body: RouteBody([(.json, .tableQuery), (.text, .string), (.sql, .string)]),
                answers: [RouteAnswer(200, [(.json, .tableResult), (.rows, .any), (.events, .any), (.csv, .string)])], weight: .statement
            ) { try $0.queryTable() },
            Route(
                .get, "/{database}/{table}/_changes", "followTable", "What changes from now on; has no end",
                parameters: [.includeInitial, .since, .squash], answers: [RouteAnswer(200, [(.events, .any), (.rows, .any)])]
            ) { try $0.changes($0.table) },
        ] + document("/{database}/{table}/_doc", "KeyedDocument", [.key]) { try $0.keyParameter() }
        + document("/{database}/{table}/{key}", "Document", []) { Datum($0.path[2]) }

    /// The routes of one document, however its key is told.
    private static func document(
        _ path: String, _ name: String, _ parameters: [RouteParameter], key: @escaping @Sendable (PandoExchange) throws -> Datum
    ) -> [Route] {
        let guards: [RouteParameter] = [.ifMatch, .ifNoneMatch]
        return [
            Route(
                .get, path + "/_graph", "get\(name)Graph", "The documents around one, and the edges among them",
                parameters: parameters + [.asOf, .over, .depth, .direction, .nodeLimit, .label, .wholeDocuments],
                answers: [.json(200, .object)]
            ) { try $0.graph($0.table, try key($0)) },
            Route(
                .get, path, "get\(name)", "A document with its ETag", parameters: parameters + [.asOf] + guards,
                answers: [RouteAnswer(200, [(.json, .object), (.xml, .string)]), RouteAnswer(304, [])], weight: .shortRead, isVerbatim: true
            ) { try $0.getDocument($0.table, try key($0)) },
            Route(
                .put, path, "put\(name)", "Insert or replace a document", parameters: parameters + [.durability] + guards,
                body: RouteBody([(.json, .object), (.xml, .string)]), answers: [.json(200, .object), .json(201, .object)],
                weight: .shortWrite,
                isVerbatim: true
            ) { try $0.putDocument($0.table, try key($0)) },
            Route(
                .patch, path, "patch\(name)", "Change fields of a document (JSON Merge Patch)",
                parameters: parameters + [.durability] + guards, body: RouteBody([(.mergePatch, .object), (.json, .object)]),
                answers: [.json(200, .object)], weight: .shortWrite, isVerbatim: true
            ) { try $0.patchDocument($0.table, try key($0)) },
            Route(
                .delete, path, "delete\(name)", "Delete a document", parameters: parameters + [.durability] + guards,
                answers: [.nothing], weight: .shortWrite, isVerbatim: true
            ) { try $0.deleteDocument($0.table, try key($0)) },
        ]
    }
}
