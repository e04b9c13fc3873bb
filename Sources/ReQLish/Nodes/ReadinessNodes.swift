// What RethinkDB does with a table's place among servers. Here every table is where it is: ready in a file, and as ready as an engine's copies.

import Ground

/// A table, or all tables of a database.
private struct TablesOperand {
    let receiver: Node?
    let term: String
    let site: Site

    init(_ call: Call) {
        receiver = call.arguments.first
        term = call.type.name
        site = call.site
    }

    /// The tables in order of their ids, and whether one table was named.
    func tables(_ execution: Execution) throws(ReQLError) -> (tables: [TableConfig], isOne: Bool) {
        guard let receiver else { throw site.error(.queryLogic, "`\(term)` is called on a table or a database.") }
        let value = try receiver.evaluate(execution)
        if case .database(let database) = value {
            if database.isSystem { throw SystemDatabase.refusal("`\(term)` does nothing there", at: site) }
            let snapshot = try execution.snapshot(at: site)
            let tables = try site.reading(snapshot.tables(in: database))
            return (tables.sorted { $0.id < $1.id }, false)
        }
        let reference = try value.table(at: receiver.site).reference
        if reference.system != nil { throw SystemDatabase.refusal("`\(term)` does nothing with its tables", at: site) }
        try reference.checkPresent(at: site)
        return ([reference.config], true)
    }

    /// Throws unless the user may configure all of them, and the database if they stand for it.
    func requireConfig(_ tables: [TableConfig], _ execution: Execution) throws(ReQLError) {
        if case .database(let database)? = try receiver?.evaluate(execution) { try execution.require(.config, on: database, at: site) }
        for table in tables { try execution.require(.config, on: table, at: site) }
    }
}

/// `wait()`.
final class WaitNode: DatumNode {
    private var operand: TablesOperand { TablesOperand(call) }
    private var waitFor: Node? { call.option("wait_for") }
    private var timeout: Node? { call.option("timeout") }

    /// Between two looks at an engine, or at what the file's role is.
    private static let pause = Duration.milliseconds(100)
    private static let states = ["ready_for_outdated_reads", "ready_for_reads", "ready_for_writes", "all_replicas_ready"]

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let (tables, _) = try operand.tables(execution)
        var state = "all_replicas_ready"
        if let waitFor {
            state = try waitFor.string(execution)
            guard Self.states.contains(state) else {
                throw waitFor.site.error(
                    .queryLogic, "`wait_for` is one of \(Self.states.joined(separator: ", ")), found \"\(state)\".")
            }
        }
        var deadline: MonotonicTime?
        if let timeout {
            let seconds = try timeout.integer(execution)
            guard seconds >= 0 else { throw timeout.site.error(.queryLogic, "`timeout` is a number of seconds, found \(seconds).") }
            guard seconds > 0 else { throw late }
            deadline = .now + .seconds(seconds)
        }
        if try !isReady(for: state, execution) {
            let never = Monitored(())
            try ThreadRelief.waiting { _ throws(ReQLError) in
                repeat {
                    if let deadline, deadline < .now { throw late }
                    try execution.check()
                    never.wait(until: .now + Self.pause) { _ in Never?.none }
                } while try !isReady(for: state, execution)
            }
        }
        return ["ready": Datum(tables.count)]
    }

    private func isReady(for state: String, _ execution: Execution) throws(ReQLError) -> Bool {
        let view = try execution.systemView(at: site)
        if let company = try view.engineCompany() { return company.isReady(for: state) }
        // A standby is ready once it has taken its primary's place.
        return state != "ready_for_writes" || !view.isStandby
    }

    private var late: ReQLError { site.error(.operationFailed, "Timed out while waiting for tables.") }
}

extension EngineCompany {
    fileprivate func isReady(for state: String) -> Bool {
        switch state {
        case "all_replicas_ready": isReady && isReadyForWrites
        case "ready_for_writes": isReadyForWrites
        // What is asked answers.
        default: true
        }
    }
}

/// `reconfigure()`.
final class ReconfigureNode: DatumNode {
    private var operand: TablesOperand { TablesOperand(call) }
    private var replication: Replication { Replication(call) }
    private var dryRun: Node? { call.option("dry_run") }
    private var repair: Node? { call.option("emergency_repair") }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let (tables, isOne) = try operand.tables(execution)
        let isDry = try dryRun?.bool(execution) ?? false
        if let repair, case let mode = try repair.datum(execution), !mode.isNull {
            try checkRepair(mode, at: repair.site, isOne: isOne)
            try operand.requireConfig(tables, execution)
            if let company = try execution.systemView(at: site).engineCompany() {
                let how = company.shards.isEmpty ? ", by a standby" : ""
                throw site.error(.operationFailed, EngineRefusal.message("a server that has failed is replaced there\(how)", company))
            }
            guard mode.string == "_debug_recommit" else {
                throw site.error(.operationFailed, "This table doesn't need to be repaired.")
            }
            return try change(tables, nil, isDry: isDry, counted: "repaired", execution)
        }
        let shardCount = try replication.shardCount(execution, isRequired: true, at: site)
        try operand.requireConfig(tables, execution)
        if tables.isEmpty { return .emptyObject }
        return try change(tables, shardCount, isDry: isDry, counted: "reconfigured", execution)
    }

    private func checkRepair(_ mode: Datum, at place: Site, isOne: Bool) throws(ReQLError) {
        guard let name = mode.string else { throw place.mismatch(mode, expected: "a STRING") }
        guard isOne else {
            throw site.error(.queryLogic, "Can't repair an entire database at once; repair each table by itself.")
        }
        guard ["unsafe_rollback", "unsafe_rollback_or_erase", "_debug_recommit"].contains(name) else {
            throw place.error(
                .queryLogic, "`emergency_repair` should be \"unsafe_rollback\" or \"unsafe_rollback_or_erase\", found \"\(name)\".")
        }
        if replication.isGiven { throw site.error(.queryLogic, "With `emergency_repair` there are no shards, replicas and tags.") }
    }

    /// - Parameter shardCount: nil leaves it as it is.
    private func change(
        _ tables: [TableConfig], _ shardCount: Int?, isDry: Bool, counted name: String, _ execution: Execution
    ) throws(ReQLError) -> Datum {
        var configs: [Datum] = []
        var statuses: [Datum] = []
        for table in tables {
            let before = try execution.systemView(at: site)
            var wanted = TableChange()
            wanted.shardCount = shardCount
            var changed = table
            if isDry {
                changed = table.with(wanted)
            } else if shardCount != nil {
                changed = try execution.change(at: site) { transaction throws(CatalogError) in try transaction.change(table, wanted) }
            }
            configs.append(
                [
                    "old_val": try TableConfigTable.shared.row(of: table, before),
                    "new_val": try TableConfigTable.shared.row(of: changed, before),
                ])
            statuses.append(
                [
                    "old_val": try TableStatusTable.shared.row(of: table, before),
                    "new_val": try TableStatusTable.shared.row(of: changed, before),
                ])
        }
        var fields = [(name, Datum(isDry ? 0 : tables.count)), ("config_changes", try site.array(configs))]
        if !isDry { fields.append(("status_changes", try site.array(statuses))) }
        return try site.object(fields)
    }
}

/// `rebalance()`. RethinkDB finds nothing to do for an empty table.
final class RebalanceNode: DatumNode {
    private var operand: TablesOperand { TablesOperand(call) }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let (tables, _) = try operand.tables(execution)
        try operand.requireConfig(tables, execution)
        if tables.isEmpty { return .emptyObject }
        let view = try execution.systemView(at: site)
        var count = 0
        var statuses: [Datum] = []
        for table in tables {
            let isEmpty = try site.reading(view.snapshot.documentCount(in: table) == 0)
            // An engine has nothing to share out anew.
            if !isEmpty, try view.engineCompany() == nil { count += 1 }
            let status = try TableStatusTable.shared.row(of: table, view)
            statuses.append(["old_val": status, "new_val": status])
        }
        return ["rebalanced": Datum(count), "status_changes": try site.array(statuses)]
    }
}
