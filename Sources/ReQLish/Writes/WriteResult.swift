/// What a write answers: counters, and the changes if they were asked for.
struct WriteResult {
    private(set) var inserted = 0
    private(set) var replaced = 0
    private(set) var unchanged = 0
    private(set) var skipped = 0
    private(set) var deleted = 0
    private(set) var errors = 0
    private var firstError: String?
    /// Whether another error can't come before the first one any more.
    private var firstErrorIsSettled = false
    private var generatedKeys: [Datum] = []
    private var changes: [Datum] = []
    private var warnings: Set<String> = []
    private let returnChanges: ReturnChanges
    private let arrayLimit: Int
    /// Memory that the listed changes may take, and what they do take.
    private let changesByteLimit: Int
    private var changesByteCount = 0
    /// Counts the listed changes and keys as part of the query's memory; nil where nothing does.
    private let held: HeldMemory?

    /// Which changes are listed.
    enum ReturnChanges {
        case none
        /// Those of rows that changed.
        case changed
        /// One for every row.
        case always
    }

    enum Outcome {
        case inserted, replaced, unchanged, skipped, deleted
    }

    init(
        returnChanges: ReturnChanges, arrayLimit: Int, changesByteLimit: Int = Datum.maximumByteCount / 2, _ memory: QueryMemory? = nil
    ) {
        held = memory.map { HeldMemory($0) }
        // The answer is made of them beside them, and takes several times as much while it grows.
        let changesByteLimit = min(changesByteLimit, (memory?.limit ?? .max) / 8)
        self.returnChanges = returnChanges
        self.arrayLimit = arrayLimit
        self.changesByteLimit = changesByteLimit
    }

    mutating func add(_ outcome: Outcome, old: Datum, new: Datum) {
        switch outcome {
        case .inserted: inserted += 1
        case .replaced: replaced += 1
        case .unchanged: unchanged += 1
        case .skipped: skipped += 1
        case .deleted: deleted += 1
        }
        switch (returnChanges, outcome) {
        case (.none, _), (.changed, .unchanged), (.changed, .skipped): return
        default: append(change: [("old_val", old), ("new_val", new)])
        }
    }

    /// Called before rows are written together.
    mutating func beginBatch() {
        firstErrorIsSettled = firstError != nil
    }

    /// Counts a row that could not be written, and stays as it is.
    ///
    /// - Parameter isInvalid: Whether the document is at fault alone. RethinkDB checks those of a batch before it writes the others, so
    ///   that their errors come first; and it lists them among the changes.
    mutating func add(error: String, row: Datum, isInvalid: Bool = false) {
        errors += 1
        if firstError == nil || isInvalid && !firstErrorIsSettled {
            firstError = error
            firstErrorIsSettled = firstErrorIsSettled || isInvalid
        }
        if returnChanges == .always || returnChanges == .changed && isInvalid {
            append(change: [("old_val", row), ("new_val", row), ("error", Datum(error))])
        }
    }

    mutating func add(generatedKey: Datum) {
        guard generatedKeys.count < arrayLimit else {
            warnings.insert("Too many generated keys (\(generatedKeys.count + 1)), array truncated to \(arrayLimit).")
            return
        }
        guard hasRoom(for: generatedKey) else {
            warnings.insert("The generated keys take too much memory, array truncated to \(generatedKeys.count).")
            return
        }
        generatedKeys.append(generatedKey)
    }

    private func hasRoom(for value: Datum) -> Bool {
        guard let held else { return true }
        return (try? held.add(value)) != nil
    }

    mutating func add(deleted count: Int) {
        deleted += count
    }

    private mutating func append(change fields: [(String, Datum)]) {
        guard changes.count < arrayLimit else {
            warnings.insert("Too many changes, array truncated to \(arrayLimit).")
            return
        }
        // The rows are written; a list that is cut is not a reason to take that back.
        guard changesByteCount < changesByteLimit else {
            warnings.insert("The changes take too much memory, array truncated to \(changes.count).")
            return
        }
        guard let change = try? Datum.object(fields.map { ($0.0, $0.1.owned) }), hasRoom(for: change) else {
            changesByteCount = changesByteLimit
            warnings.insert("The changes take too much memory, array truncated to \(changes.count).")
            return
        }
        changesByteCount += change.heldByteCount
        changes.append(change)
    }

    func datum() throws(DatumError) -> Datum {
        do { return try datum(changes, warnings) } catch {
            // What is written stays, so its answer is not an error because of what would be told beside the counts.
            guard !changes.isEmpty else { throw error }
            let reason = error.kind == .tooDeep ? "are nested too deep" : "take too much memory"
            return try datum([], warnings.union(["The changes \(reason), array truncated to 0."]))
        }
    }

    private func datum(_ changes: [Datum], _ warnings: Set<String>) throws(DatumError) -> Datum {
        // In the order of their names, which is that of a stored object.
        var fields: [(String, Datum)] = []
        fields.reserveCapacity(10)
        // Where no row was selected, nothing is said of changes.
        if returnChanges != .none, inserted + replaced + unchanged + skipped + deleted + errors > 0 {
            fields.append(("changes", try Datum.array(changes)))
        }
        fields.append(("deleted", Datum(deleted)))
        fields.append(("errors", Datum(errors)))
        if let firstError { fields.append(("first_error", Datum(firstError))) }
        if !generatedKeys.isEmpty { fields.append(("generated_keys", try Datum.array(generatedKeys))) }
        fields.append(("inserted", Datum(inserted)))
        fields.append(("replaced", Datum(replaced)))
        fields.append(("skipped", Datum(skipped)))
        fields.append(("unchanged", Datum(unchanged)))
        if !warnings.isEmpty { fields.append(("warnings", try Datum.array(warnings.sorted().map { Datum($0) }))) }
        return try Datum.object(fields)
    }
}
