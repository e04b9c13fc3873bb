/// Write hooks: functions that every document goes through on its way into a table.
enum WriteHooks {
    /// What `table_config` shows of a table's hook.
    static func shown(_ table: TableConfig) -> Datum { .null }
}
