/// The operators: rows of `pg_operator`.
package enum OperatorTable {
    package struct Entry: Sendable {
        package let oid: UInt32
        package let symbol: String
        /// Nil for an operator before its operand.
        package let left: SQLType?
        package let right: SQLType
        package let result: SQLType
        package let functionOID: UInt32
    }

    package static let entries: [Entry] = (FactLines.joined(facts) + FactLines.joined(bitStringFacts)).flatMap { line -> [Entry] in
        let both = line.cut(at: " ", most: 2)
        guard both.count == 2 else { return [] }
        return both[1].cut(at: ";").compactMap { text in
            let parts = text.cut(at: " ")
            guard parts.count == 3, let oid = UInt32(parts[0]), let function = UInt32(parts[2]) else { return nil }
            let types = parts[1].cut(at: ">", keepingEmpty: true)
            guard types.count == 2, let result = type(types[1]) else { return nil }
            let operands = types[0].cut(at: ",", keepingEmpty: true)
            guard operands.count == 2, let right = type(operands[1]) else { return nil }
            return Entry(
                oid: oid, symbol: String(both[0]), left: type(operands[0]), right: right, result: result, functionOID: function)
        }
    }

    private static func type(_ name: Substring) -> SQLType? { TypeTable.entry(named: String(name)).map { SQLType($0.oid) } }

    private static let bySymbol = Dictionary(grouping: entries, by: \.symbol)

    private static let byOID = Dictionary(entries.map { ($0.oid, $0) }) { first, _ in first }

    private static let symbolsByFunction = Dictionary(entries.map { ($0.functionOID, $0.symbol) }) { first, _ in first }

    /// What a function is written as between its operands, or before its operand; nil for functions that are no operator's.
    static func symbol(ofFunction oid: UInt32) -> String? { symbolsByFunction[oid] }

    static func `operator`(_ oid: UInt32) -> Entry? { byOID[oid] }

    package static func operators(_ symbol: String) -> [Entry] { bySymbol[symbol == "!=" ? "<>" : symbol] ?? [] }
}
