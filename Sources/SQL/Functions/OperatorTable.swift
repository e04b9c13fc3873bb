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
        guard let blank = line.firstIndex(of: " ") else { return [] }
        let symbol = String(line[..<blank])
        return line[line.index(after: blank)...].split(separator: ";").compactMap { text in
            let parts = text.split(separator: " ")
            guard parts.count == 3, let oid = UInt32(parts[0]), let function = UInt32(parts[2]), let arrow = parts[1].lastIndex(of: ">"),
                let comma = parts[1].firstIndex(of: ","), let right = type(parts[1][parts[1].index(after: comma)..<arrow]),
                let result = type(parts[1][parts[1].index(after: arrow)...])
            else { return nil }
            return Entry(
                oid: oid, symbol: symbol, left: type(parts[1][..<comma]), right: right, result: result, functionOID: function)
        }
    }

    private static func type(_ name: Substring) -> SQLType? { TypeTable.entry(named: String(name)).map { SQLType($0.oid) } }

    private static let bySymbol = Dictionary(grouping: entries, by: \.symbol)

    private static let byOID = Dictionary(entries.map { ($0.oid, $0) }) { first, _ in first }

    static func `operator`(_ oid: UInt32) -> Entry? { byOID[oid] }

    package static func operators(_ symbol: String) -> [Entry] { bySymbol[symbol == "!=" ? "<>" : symbol] ?? [] }
}
