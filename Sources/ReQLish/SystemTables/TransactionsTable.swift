import Ground

/// `transactions`: those that go on from one query to the next.
///
/// A row that is put in begins one. Its `id`, which only the account that began it is shown, is what queries name in the option
/// `transaction`. To set its `state` to `"committed"` commits it; to set it to `"rolled_back"`, or to delete the row, undoes it.
final class TransactionsTable: SystemTable, @unchecked Sendable {
    private enum State: String, CaseIterable {
        case open, failed, committed
        case rolledBack = "rolled_back"
        case timedOut = "timed_out"
    }

    init() { super.init("transactions") }

    override var skipsAbsentRows: Bool { true }

    /// To begin one must not wait for whoever writes, and one that is committed has the writer's turn itself.
    override var isOfProcess: Bool { true }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        Self.visible(view).map { Self.row($0, view) }
    }

    override func writeProcess(_ change: SystemChange, _ view: SystemView) throws(ReQLError) -> Datum? {
        guard let transactions = view.server.transactions else { throw SystemRow.refused("There are no transactions here") }
        if change.isInsertion { return Self.row(try begin(change, transactions, view), view) }
        guard let transaction = Self.visible(view).first(where: { Self.key(of: $0, view) == change.key }) else { return .null }
        var isCommit = false
        if !change.isDeletion {
            switch try SystemRow(change.new, of: self, required: ["state"], optional: change.old.fields.map(\.key))
                .choice("state", of: State.self)
            {
            case .committed: isCommit = true
            case .rolledBack: break
            case .open, .failed, .timedOut: throw SystemRow.refused("`state` is set to \"committed\" or \"rolled_back\"")
            }
            for field in change.old.fields where field.key != "state" && change.new[field: field.key] != field.value {
                throw SystemRow.refused("Only the `state` of a transaction can be changed")
            }
        }
        if change.isDeletion, transaction.end == .timeout {
            transactions.forget(transaction)
            return .null
        }
        guard transaction.enter() else { throw NamedTransactions.refusal(to: transaction) }
        defer { transaction.leave() }
        guard isCommit else {
            transactions.rollBack(transaction)
            return .null
        }
        let hasFailed = transaction.hasFailed
        do throws(CatalogError) { try transactions.commit(transaction, .hard) } catch { throw ReQLError(error) }
        if hasFailed { throw ReQLError(.operationFailed, "A query in the transaction has failed, so it was rolled back.") }
        return .null
    }

    private func begin(
        _ change: SystemChange, _ transactions: NamedTransactions, _ view: SystemView
    ) throws(ReQLError) -> NamedTransaction {
        guard change.hasGeneratedKey, let id = change.key.string else {
            throw SystemRow.refused("A new transaction chooses its `id` itself; leave it out")
        }
        let row = try SystemRow(change.new, of: self, required: ["id"], optional: ["read_only", "timeout"])
        var isReadOnly = false
        if let value = row["read_only"] {
            guard let flag = value.bool else { throw row.wrong("read_only", "true or false") }
            isReadOnly = flag
        }
        var seconds = 60.0
        if let value = row["timeout"] {
            guard let number = value.number, (1...600).contains(number) else {
                throw row.wrong("timeout", "a number of seconds from 1 to 600")
            }
            seconds = number
        }
        do throws(NamedTransactions.Refusal) {
            return try transactions.begin(id: id, user: view.access.user, isReadOnly: isReadOnly, time: .seconds(seconds))
        } catch {
            throw ReQLError(.resourceLimit, error.message)
        }
    }

    /// Everybody sees the own ones, and `admin` sees all; for a while also those whose time was over, for who commits one of them must hear
    /// that it was rolled back.
    private static func visible(_ view: SystemView) -> [NamedTransaction] {
        (view.server.transactions?.known ?? []).filter { view.access.mayDoEverything || $0.user == view.access.user }
    }

    /// The secret by which the account that began it uses it; of somebody else's, for `admin`, its number.
    private static func key(of transaction: NamedTransaction, _ view: SystemView) -> Datum {
        transaction.user == view.access.user ? Datum(transaction.id) : ["transaction", Datum(Int(transaction.number))]
    }

    private static func row(_ transaction: NamedTransaction, _ view: SystemView) -> Datum {
        let left = (transaction.deadline - MonotonicTime.now) / .seconds(1)
        return [
            "id": key(of: transaction, view), "number": Datum(Int(transaction.number)),
            "user": Datum(transaction.user ?? UserConfig.administrator),
            "state": Datum((transaction.end != nil ? State.timedOut : transaction.hasFailed ? .failed : .open).rawValue),
            "busy": Datum(transaction.isBusy),
            "read_only": Datum(transaction.open.isReadOnly), "open_seconds": Datum((MonotonicTime.now - transaction.start) / .seconds(1)),
            "expires_at": .time(epochSeconds: SystemFacts.secondsSince1970 + left, offsetMinutes: 0),
        ]
    }
}
