// Changing documents.
extension Query {
    // MARK: Insert

    /// Puts in a document or an array of them, literal or computed. `users.insert({id: "u1"}, {conflict: "replace"})`
    public func insert(
        _ documents: Query, conflict: Conflict? = nil, returnChanges: ReturnChanges? = nil, durability: Durability? = nil,
        ignoreWriteHook: Bool? = nil
    ) -> Query {
        let options = [("conflict", conflict?.query)] + Self.writeOptions(returnChanges, durability, nil, ignoreWriteHook)
        return Query(.insert, [self, documents], options: options)
    }

    /// Puts in a Swift value or an array of them. `users.insert({id: "u1", name: "Ada"})`
    public func insert(
        _ documents: some Encodable, conflict: Conflict? = nil, returnChanges: ReturnChanges? = nil, durability: Durability? = nil,
        ignoreWriteHook: Bool? = nil
    ) -> Query {
        insert(
            Query(encoding: documents), conflict: conflict, returnChanges: returnChanges, durability: durability,
            ignoreWriteHook: ignoreWriteHook)
    }

    /// Puts in documents that are there as values. Those that a ``DocumentReader`` has read go to the file as they are.
    public func insert(
        _ documents: [Datum], conflict: Conflict? = nil, returnChanges: ReturnChanges? = nil, durability: Durability? = nil,
        ignoreWriteHook: Bool? = nil
    ) -> Query {
        insert(
            Query(documents: documents), conflict: conflict, returnChanges: returnChanges, durability: durability,
            ignoreWriteHook: ignoreWriteHook)
    }

    // MARK: Update

    /// Merges into each document. `users.get("u1").update({age: r.row("age").add(1)}, {returnChanges: true})`
    public func update(
        _ changes: Query, returnChanges: ReturnChanges? = nil, durability: Durability? = nil, nonAtomic: Bool? = nil,
        ignoreWriteHook: Bool? = nil
    ) -> Query {
        Query(.update, [self, changes], options: Self.writeOptions(returnChanges, durability, nonAtomic, ignoreWriteHook))
    }

    /// Merges a Swift value into each document. `users.get("u1").update({age: 37})`
    public func update(
        _ changes: some Encodable, returnChanges: ReturnChanges? = nil, durability: Durability? = nil, nonAtomic: Bool? = nil,
        ignoreWriteHook: Bool? = nil
    ) -> Query {
        update(
            Query(encoding: changes), returnChanges: returnChanges, durability: durability, nonAtomic: nonAtomic,
            ignoreWriteHook: ignoreWriteHook)
    }

    /// Merges what a function makes of each document into it. `users.update(u => ({age: u("age").add(1)}))`
    public func update(
        returnChanges: ReturnChanges? = nil, durability: Durability? = nil, nonAtomic: Bool? = nil, ignoreWriteHook: Bool? = nil,
        _ change: (Query) -> Query
    ) -> Query {
        update(
            Self.function(change), returnChanges: returnChanges, durability: durability, nonAtomic: nonAtomic,
            ignoreWriteHook: ignoreWriteHook)
    }

    // MARK: Replace

    /// Puts another document in the place of each. `users.get("u1").replace({id: "u1", name: "Ada"})`
    public func replace(
        _ document: Query, returnChanges: ReturnChanges? = nil, durability: Durability? = nil, nonAtomic: Bool? = nil,
        ignoreWriteHook: Bool? = nil
    ) -> Query {
        Query(.replace, [self, document], options: Self.writeOptions(returnChanges, durability, nonAtomic, ignoreWriteHook))
    }

    /// Puts a Swift value in the place of each document. `users.get("u1").replace({id: "u1", name: "Ada"})`
    public func replace(
        _ document: some Encodable, returnChanges: ReturnChanges? = nil, durability: Durability? = nil, nonAtomic: Bool? = nil,
        ignoreWriteHook: Bool? = nil
    ) -> Query {
        replace(
            Query(encoding: document), returnChanges: returnChanges, durability: durability, nonAtomic: nonAtomic,
            ignoreWriteHook: ignoreWriteHook)
    }

    /// Puts what a function makes of each document in its place; null deletes it. `users.replace(u => u.without("draft"))`
    public func replace(
        returnChanges: ReturnChanges? = nil, durability: Durability? = nil, nonAtomic: Bool? = nil, ignoreWriteHook: Bool? = nil,
        _ change: (Query) -> Query
    ) -> Query {
        replace(
            Self.function(change), returnChanges: returnChanges, durability: durability, nonAtomic: nonAtomic,
            ignoreWriteHook: ignoreWriteHook)
    }

    // MARK: Delete

    /// Removes each document. `users.getAll("Lima", {index: "city"}).delete({durability: "soft"})`
    public func delete(returnChanges: ReturnChanges? = nil, durability: Durability? = nil, ignoreWriteHook: Bool? = nil) -> Query {
        Query(.delete, [self], options: Self.writeOptions(returnChanges, durability, nil, ignoreWriteHook))
    }

    private static func writeOptions(
        _ returnChanges: ReturnChanges?, _ durability: Durability?, _ nonAtomic: Bool?, _ ignoreWriteHook: Bool?
    ) -> [(name: String, value: Query?)] {
        [
            ("return_changes", returnChanges?.query), ("durability", durability?.query),
            ("non_atomic", nonAtomic.map { Query($0) }), ("ignore_write_hook", ignoreWriteHook.map { Query($0) }),
        ]
    }
}
