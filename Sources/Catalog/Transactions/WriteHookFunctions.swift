import Ground

/// What a table's hook makes of a write: the document to be stored, or null for none. A failure is the row's.
///
/// Always the same for the same arguments. A failure of `.functionTooSlow` or `.cancelled` is the whole write's.
public typealias WriteHookFunction =
    @Sendable (_ context: Datum, _ old: Datum, _ new: Datum, _ limits: FunctionLimits) ->
    Result<Datum, CatalogError>

/// The interpreter of write hooks: what is registered with ``Catalog/register(_:)``, if it does. Where nobody does, tables that have one
/// can be read and not written.
public protocol WriteHookFunctions: IndexFunctions {
    /// Throws what keeps the stored text from being evaluated.
    func compileHook(_ function: String) throws(CatalogError) -> WriteHookFunction

    /// The function as RethinkDB's tools carry it, and what to show people.
    func exportedHook(_ function: String) -> (blob: [UInt8], query: String)?

    /// Reads what ``exportedHook(_:)`` or RethinkDB wrote.
    func importedHook(_ blob: [UInt8]) -> String?
}

/// A hook ready to be called.
struct WriteHook: Sendable {
    let function: WriteHookFunction
    let primaryKey: String
    let table: String
    let limits: FunctionLimits

    /// What is to be stored instead of `new`. Null stands for "no document" on either side.
    ///
    /// Throws `.hookFailed` for what the function throws, and for a result of another kind than the write: a hook may change what is
    /// written, and not whether something is.
    func apply(old: Datum, new: Datum, key: Datum, at time: Datum) throws(CatalogError) -> Datum {
        let context: Datum = ["primary_key": key, "timestamp": time]
        let result: Datum
        do throws(CatalogError) { result = try function(context, old, new, limits).get() } catch {
            guard error.kind == .functionTooSlow else { throw error }
            throw limits.exceeded(by: "The write hook of table `\(table)`")
        }
        if new.isNull {
            guard result.isNull else { throw refused("must not turn a deletion into a replace/insert") }
            return result
        }
        guard !result.isNull else { throw refused("must not turn a replace/insert into a deletion") }
        guard result.kind == .object else { throw refused("must answer a document, not a value of another type") }
        // A declaration makes its keys afterwards.
        guard result[field: primaryKey] ?? .null == key else { throw refused("must not change the primary key `\(primaryKey)`") }
        return result
    }

    private func refused(_ what: String) -> CatalogError {
        // RethinkDB's words, which clients find in `first_error`.
        CatalogError(.hookFailed, "A write hook function \(what).")
    }
}

extension IndexEvaluators {
    var hookFunctions: (any WriteHookFunctions)? { functions as? any WriteHookFunctions }

    /// The table's hook; nil if it has none. Throws `.newerFormat` if nobody here understands it.
    func hook(of table: TableConfig, stoppedBy cancellation: Cancellation? = nil) throws(CatalogError) -> WriteHook? {
        guard let text = table.writeHook else { return nil }
        func hook(_ function: @escaping WriteHookFunction) -> WriteHook {
            WriteHook(function: function, primaryKey: table.primaryKey, table: table.qualifiedName, limits: limits(cancellation))
        }
        if let function = compiledHook(text) { return hook(function) }
        guard let hookFunctions else {
            throw CatalogError(
                .newerFormat, "Table `\(table.qualifiedName)` has a write hook, which can't be evaluated here. Use Pando's queries.")
        }
        let function = try hookFunctions.compileHook(text)
        keepHook(function, for: text)
        return hook(function)
    }
}

extension CatalogTransaction {
    /// What the table's write hook makes of a write; `new` itself if there is no hook. Nil stands for "no document" on either side. The
    /// table was found to be writable.
    mutating func hooked(_ new: Datum?, over old: Datum?, in table: TableConfig) throws(CatalogError) -> Datum? {
        guard let knownHook, let document = new ?? old else { return new }
        let time = Datum.time(epochSeconds: WallClock.milliseconds, offsetMinutes: 0)
        let key = document[field: table.primaryKey] ?? .null
        let result = try knownHook.apply(old: old ?? .null, new: new ?? .null, key: key, at: time)
        return result.isNull ? nil : result
    }

    /// What the table's write hook makes of a document that is to be written, for whoever holds it to more before it is put without the hook.
    package mutating func asked(_ new: Datum, over old: Datum?, in table: TableConfig) throws(CatalogError) -> Datum {
        try requireWritable(table)
        return try hooked(new, over: old, in: table) ?? new
    }
}
