/// `setWriteHook(function)`, or with the binary form of one, or null for none.
final class SetWriteHookNode: DatumNode {
    private var hook: Node { call[1] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try receiver.ordinaryTable(execution, "its tables have no write hooks").config
        try execution.require(.config, on: table, at: site)
        var change = TableChange()
        change.writeHook = .some(try text(execution))
        let hadHook = try execution.change(at: site) { transaction throws(CatalogError) in
            let old = try transaction.current(table)
            _ = try transaction.change(old, change)
            return old.writeHook != nil
        }
        if change.writeHook == .some(nil) { return ["deleted": 1] }
        return hadHook ? ["replaced": 1] : ["created": 1]
    }

    /// Nil for no hook.
    private func text(_ execution: Execution) throws(ReQLError) -> String? {
        if let written = hook as? FunctionNode { return try IndexFunctionText.hook(written, execution) }
        let value = try hook.evaluate(execution)
        guard case .datum(let datum) = value, datum.isNull || datum.kind == .binary else {
            throw value.mismatch(expected: "a FUNCTION, the BINARY form of one that `getWriteHook` answers, or null", at: hook.site)
        }
        guard let blob = datum.binary else { return nil }
        return try hook.site.locating(WriteHookBlob.read(blob))
    }
}

/// `getWriteHook()`: null, or the hook in its binary form and as text.
final class GetWriteHookNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try receiver.table(execution).reference
        if table.system != nil { return .null }
        try execution.require(.config, on: table.config, at: site)
        return WriteHooks.shown(table.config)
    }
}
