/// Write hooks: functions that every document goes through on its way into a table.
enum WriteHooks {
    /// A table's hook as `getWriteHook` and `table_config` show it; null if it has none.
    static func shown(_ table: TableConfig) -> Datum {
        guard let text = table.writeHook, let (blob, query) = ReQLIndexFunctions().exportedHook(text) else { return .null }
        return ["function": .binary(blob), "query": Datum(query)]
    }
}
