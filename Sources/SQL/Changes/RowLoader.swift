import Catalog
import Ground

/// Puts many rows into a table: each becomes its stored form at once, and batches of them go into the store in the order of their keys.
///
/// The rows of a batch are not there yet for whoever looks for them, so a table that does that for each row (for UNIQUE, for a write hook)
/// gets its rows one by one.
final class RowLoader {
    /// Where the value of a field comes from.
    private enum Source {
        /// A column that is given: its place among the given ones, and how most of its texts look; nil if each has to be read.
        case given(Int, TextForm?)
        case missing
        /// What the key is made of, or its number.
        case key
    }

    private struct Slot {
        var source: Source
        /// The index of the column; that of a key means nothing.
        var column: Int
    }

    private let guardian: TableGuard
    private let run: Run
    private let cell: Row
    private let slots: [Slot]
    private let names: [String]
    /// The fields of ``names`` that the key is made of.
    private let keyFields: [Int]
    private let isCounted: Bool
    /// Whether a row is no more than the values that its texts say.
    private let takesLines: Bool
    /// Not there while a row is written, and in no class then: who writes need not see to it that nobody else does.
    private var encoder: RowEncoder?
    private let block: DocumentBlock
    private let held: HeldBytes
    private var numbers: Range<Int>?
    /// The place, as the caller counts, of the row that an earlier one was in the way of.
    private(set) var failedLine: Int?

    /// What is collected before it is put.
    private static let batchByteCount = 512 << 10
    private static let numberCount = 128

    /// - Parameter given: the indexes of the columns that rows have, in their order; nil: all.
    /// - Returns: nil if rows have to be put one by one.
    init?(_ guardian: TableGuard, _ run: Run, given: [Int], cell: Row, needsValues: Bool) throws(SQLError) {
        let table = guardian.table
        let config = table.config
        guard cell.count == table.cellIndexes.count, guardian.uniques.isEmpty else { return nil }
        let takesBlocks = try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.takesBlocks(config)
        }
        guard takesBlocks else { return nil }
        self.guardian = guardian
        self.run = run
        self.cell = cell
        var places: [Int: Int] = [:]
        for (place, index) in given.enumerated() { places[index] = place }
        var fields: [(name: String, slot: Slot)] = guardian.rules.storedOrder.map { name, index in
            let source: Source = places[index].map { .given($0, Self.form(guardian.rules.baseTypes[index])) } ?? .missing
            return (name, Slot(source: source, column: index))
        }
        if table.hasHiddenKey {
            let place = fields.firstIndex { config.primaryKey.utf8.lexicographicallyPrecedes($0.name.utf8) } ?? fields.count
            fields.insert((config.primaryKey, Slot(source: .key, column: -1)), at: place)
        }
        slots = fields.map(\.slot)
        names = fields.map(\.name)
        let slots = slots
        let keyColumns = table.declared.keyColumn.map { [$0] } ?? table.declared.keyColumns
        keyFields = keyColumns.compactMap { column in slots.firstIndex { $0.column == column } }
        isCounted = keyColumns.isEmpty
        let isPlain = try guardian.takesRowsAsTheyAre()
        takesLines = isPlain && !needsValues && cell.isEmpty
        encoder = RowEncoder(names)
        block = DocumentBlock(for: config, byteCount: Self.batchByteCount)
        held = HeldBytes(run)
        // A little memory is wanted whatever comes.
        guard (try? held.set(2 * Self.batchByteCount)) == true else { return nil }
    }

    /// How most texts of a type look; nil for types whose texts are read.
    private static func form(_ type: SQLType) -> TextForm? {
        switch type.oid {
        case SQLType.int2.oid: .integer(-32768...32767)
        case SQLType.int4.oid: .integer(-2_147_483_648...2_147_483_647)
        case SQLType.int8.oid: .integer(.min ... .max)
        case SQLType.float8.oid: .decimal(whole: 15, fraction: 15)
        case SQLType.numeric.oid:
            if let (precision, scale) = TypeTable.numericBounds(type.modifier) {
                scale >= 0 && scale <= precision ? .decimal(whole: precision - scale, fraction: scale) : nil
            } else {
                .decimal(whole: 15, fraction: 15)
            }
        case SQLType.bool.oid: .bool
        case SQLType.text.oid: .text(most: .max)
        case SQLType.varchar.oid: .text(most: type.modifier < 4 ? .max : Int(type.modifier) - 4)
        case SQLType.bpchar.oid: .padded(most: type.modifier < 4 ? .max : Int(type.modifier) - 4)
        case SQLType.date.oid: .day
        case SQLType.timestamp.oid: type.modifier < 0 ? .timestamp : nil
        case SQLType.uuid.oid: .uuid
        default: nil
        }
    }

    // MARK: Lines

    /// Adds the row of a line with a field for each given column, in valid UTF-8.
    ///
    /// - Returns: False if its values have to be read one by one, by who knows what to say of those that can't be. Then it was not added.
    func add(_ line: borrowing CopyLine, number: Int) throws(SQLError) -> Bool {
        guard takesLines, var encoder = encoder.take() else { return false }
        let isAdded: Result<Bool, SQLError>
        do throws(SQLError) { isAdded = .success(try write(line, number, &encoder)) } catch { isAdded = .failure(error) }
        self.encoder = .some(encoder)
        guard try isAdded.get() else { return false }
        try flushIfFull()
        return true
    }

    private func write(_ line: borrowing CopyLine, _ number: Int, _ encoder: inout RowEncoder) throws(SQLError) -> Bool {
        encoder.begin()
        var hiddenNumber = 0
        for slot in slots {
            encoder.beginField()
            switch slot.source {
            case .given(let place, let form):
                guard let text = line[place] else {
                    if guardian.table.declaration.columns[slot.column].isNotNull { return false }
                    encoder.writeNull()
                    continue
                }
                if let form {
                    guard encoder.write(text, as: form) else { return false }
                } else {
                    let type = guardian.types[slot.column]
                    guard let value = try? TextInput.value(text.string, type, run.session),
                        try write(value, type, &encoder)
                    else { return false }
                }
            case .missing:
                let value = try guardian.defaultValue(slot.column)
                if value.isNull, guardian.table.declaration.columns[slot.column].isNotNull { return false }
                guard try write(value, guardian.types[slot.column], &encoder) else { return false }
            case .key:
                if isCounted {
                    hiddenNumber = try takeNumber()
                    encoder.output.append(decimal: hiddenNumber)
                } else {
                    guard try writeKey(line, &encoder) else { return false }
                }
            }
        }
        encoder.end()
        let key: DocumentBlock.Key =
            isCounted
            ? .number(hiddenNumber)
            : keyFields.count == 1 && !guardian.table.hasHiddenKey
                ? .field(keyFields[0]) : .fields(keyFields)
        do throws(CatalogError) { try block.add(encoder, key: key, line: number) } catch { return false }
        return true
    }

    /// The array in the key of the line's row.
    private func writeKey(_ line: borrowing CopyLine, _ encoder: inout RowEncoder) throws(SQLError) -> Bool {
        for (index, field) in keyFields.enumerated() {
            guard case .given(let place, let form?) = slots[field].source, let text = line[place] else { return false }
            encoder.output.append(UInt8(ascii: index == 0 ? "[" : ","))
            guard encoder.write(text, as: form) else { return false }
        }
        encoder.output.append(UInt8(ascii: "]"))
        return true
    }

    // MARK: Values

    /// Adds a row; nil stands for a default.
    func add(_ given: [SQLValue?], number: Int) throws(SQLError) {
        let values = try guardian.completed(given, cell)
        let key = isCounted && cell.isEmpty ? Datum(try takeNumber()) : try guardian.key(of: values, existing: nil)
        guard var encoder = encoder.take() else { return }
        let written: Result<Void, SQLError>
        do throws(SQLError) {
            if try !write(values, key, &encoder) {
                // There is an array, an object or a binary value in it, of which not all can be stored.
                let document = try guardian.document(values, key)
                do throws(CatalogError) { try encoder.write(document) } catch { throw SQLError(error) }
            }
            do throws(CatalogError) { try block.add(encoder, key: .value(key), line: number) } catch { throw SQLError(error) }
            written = .success(())
        } catch {
            written = .failure(error)
        }
        self.encoder = .some(encoder)
        try written.get()
        try guardian.noteInserted(values)
        try flushIfFull()
    }

    private func write(_ values: Row, _ key: Datum, _ encoder: inout RowEncoder) throws(SQLError) -> Bool {
        encoder.begin()
        for slot in slots {
            encoder.beginField()
            if case .key = slot.source {
                if key.kind == .array {
                    key.writeJSON(into: &encoder.output, binaryLineBreaks: false)
                } else {
                    guard encoder.write(scalar: key) else { return false }
                }
            } else {
                guard try write(values[slot.column], guardian.types[slot.column], &encoder) else { return false }
            }
        }
        encoder.end()
        return true
    }

    /// Writes what is stored of a value. False if that is no scalar.
    private func write(_ value: SQLValue, _ type: SQLType, _ encoder: inout RowEncoder) throws(SQLError) -> Bool {
        switch value {
        case .null: encoder.writeNull()
        case .int(let number) where number.magnitude < 1 << 53: encoder.output.append(decimal: Int(number))
        case .text(let text) where type.oid != SQLType.json.oid: text.withBytes { encoder.write(string: $0) }
        default: return encoder.write(scalar: try StoredForm.datum(value, type))
        }
        return true
    }

    // MARK: Keys

    /// The next number that is the key of a row.
    private func takeNumber() throws(SQLError) -> Int {
        if let known = numbers, let number = known.first {
            numbers = known.dropFirst()
            return number
        }
        let taken = try guardian.takeNumbers(Self.numberCount)
        numbers = taken.dropFirst()
        return taken.lowerBound
    }

    // MARK: Batches

    private func flushIfFull() throws(SQLError) {
        guard block.byteCount >= Self.batchByteCount else { return }
        // One row may be longer than many others.
        let needed = max(2 * Self.batchByteCount, 2 * block.byteCount)
        if needed > held.count, try !held.set(needed) { try held.require() }
        try flush()
        if held.count > 2 * Self.batchByteCount { _ = try held.set(2 * Self.batchByteCount) }
    }

    /// Puts what was collected.
    func flush() throws(SQLError) {
        defer { block.removeAll() }
        guard block.count > 0 else { return }
        try run.check()
        let (config, block) = (guardian.table.config, block)
        let taken = try run.session.transaction.writing(isTemporary: guardian.table.isTemporary) { transaction throws(CatalogError) in
            // Others may have had the turn while a client was waited for.
            try transaction.requireDeclared(as: config)
            return try transaction.insert(block, in: config)
        }
        guardian.hasNewRows = true
        guard let taken else { return }
        failedLine = block.line(of: taken)
        throw guardian.duplicateKey(of: block.document(taken))
    }

    /// Puts what is left.
    func finish() throws(SQLError) {
        try flush()
        if let rest = numbers { guardian.giveBack(rest) }
        numbers = nil
    }

    /// Forgets what was collected.
    func discard() { block.removeAll() }
}
