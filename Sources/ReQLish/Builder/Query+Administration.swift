extension R {
    /// Permissions of a user for everything. `r.grant("ada", {read: true})`
    public func grant(_ user: some QueryConvertible, _ permissions: some QueryConvertible) -> Query {
        Query(.grant, [user.query, permissions.query])
    }
}

extension Query {
    /// Permissions of a user for a database or a table. `r.table("users").grant("ada", {read: true, write: false})`
    public func grant(_ user: some QueryConvertible, _ permissions: some QueryConvertible) -> Query {
        Query(.grant, [self, user.query, permissions.query])
    }

    // MARK: Write hooks

    /// A function of the context, the old and the new document, whose result is stored instead of the new one.
    /// `r.table("users").setWriteHook((context, old, doc) => doc.merge({at: context("timestamp")}))`
    public func setWriteHook(_ hook: (_ context: Query, _ old: Query, _ new: Query) -> Query) -> Query {
        Query(.setWriteHook, [self, Self.function(hook)])
    }

    /// Sets a hook from what ``getWriteHook()`` answered as `function`, or removes it with null. `r.table("users").setWriteHook(null)`
    public func setWriteHook(_ hook: some QueryConvertible) -> Query { Query(.setWriteHook, [self, hook.query]) }

    /// The write hook of a table, or null. `r.table("users").getWriteHook()`
    public func getWriteHook() -> Query { Query(.getWriteHook, [self]) }

    // MARK: Shards and replicas

    /// How many servers keep a table: a number, or for each tag of servers one.
    public enum Replicas: Sendable, ExpressibleByIntegerLiteral {
        case count(Int)
        /// `primary` is the tag of the servers that answer.
        case tags([String: Int], primary: String, nonvoting: [String] = [])

        public init(integerLiteral value: Int) { self = .count(value) }

        fileprivate var options: [(name: String, value: Query?)] {
            switch self {
            case .count(let count): [("replicas", Query(count))]
            case .tags(let counts, let primary, let nonvoting):
                [
                    ("replicas", counts.query), ("primary_replica_tag", Query(primary)),
                    ("nonvoting_replica_tags", nonvoting.isEmpty ? nil : nonvoting.query),
                ]
            }
        }
    }

    /// Shares a table, or each table of a database, out among servers. There is one, so only the number of shards is remembered.
    /// `r.table("users").reconfigure({shards: 2, replicas: 1})`
    public func reconfigure(shards: Int, replicas: Replicas, dryRun: Bool? = nil) -> Query {
        Query(.reconfigure, [self], options: [("shards", Query(shards)), ("dry_run", dryRun.map { Query($0) })] + replicas.options)
    }

    /// Evens out the shards of a table. `r.table("users").rebalance()`
    public func rebalance() -> Query { Query(.rebalance, [self]) }
}
