/// Digits after the point with which the values of a numeric column are shown whose type says nothing of them.
///
/// A document keeps a number without the zeros that end it, and PostgreSQL keeps them. So where all values of a column have the same
/// scale, as what is computed of columns with scales has, the zeros are put back when the values are read.
enum ShownScale {
    /// The scale of every value that an expression over a table's columns has, none of which is a float; nil if it isn't known.
    static func scale(of text: String, _ columns: [Declaration.Column]) -> Int? {
        guard let expression = try? Parser.expression(text) else { return nil }
        return scale(of: expression, columns)
    }

    private static func scale(of expression: Expression, _ columns: [Declaration.Column]) -> Int? {
        switch expression {
        case .literal(let literal):
            switch literal.value {
            case .integer: return 0
            case .decimal(let digits):
                guard !digits.contains("e"), !digits.contains("E") else { return nil }
                return digits.firstIndex(of: ".").map { digits.distance(from: $0, to: digits.endIndex) - 1 } ?? 0
            default: return nil
            }
        case .column(let reference):
            guard let name = reference.parts.last, let column = columns.first(where: { $0.name == name.text }) else { return nil }
            return scale(of: column.type)
        case .prefix(let name, let operand) where ["-", "+", "@"].contains(name.symbol): return scale(of: operand, columns)
        case .chain(let chain): return scale(of: chain, columns)
        case .conditional(let conditional) where conditional.kind == .coalesce:
            let scales = conditional.arguments.map { scale(of: $0, columns) }
            return scales.allSatisfy { $0 == scales.first } ? scales.first ?? nil : nil
        case .call(let call):
            switch (call.name.last, call.arguments.count) {
            case ("abs", 1): return scale(of: call.arguments[0].value, columns)
            case ("round", 1), ("trunc", 1), ("ceil", 1), ("floor", 1): return scale(of: call.arguments[0].value, columns).map { _ in 0 }
            case ("round", 2), ("trunc", 2):
                guard case .literal(let literal) = call.arguments[1].value, case .integer(let digits) = literal.value, digits >= 0
                else { return nil }
                return Int(digits)
            default: return nil
            }
        default: return nil
        }
    }

    private static func scale(of chain: Chain, _ columns: [Declaration.Column]) -> Int? {
        var known = scale(of: chain.first, columns)
        for step in chain.steps {
            switch step {
            case .binary(let name, let operand):
                guard let left = known, let right = scale(of: operand, columns) else { return nil }
                switch name.symbol {
                case "+", "-", "%": known = max(left, right)
                case "*": known = left + right
                default: return nil
                }
            case .cast(let name, _):
                guard name.dimensions.isEmpty, !name.isSet, name.name.last == "numeric" else { return nil }
                switch name.modifiers.count {
                case 0: break
                case 1: known = 0
                default:
                    guard case .literal(let literal) = name.modifiers[1], case .integer(let digits) = literal.value, digits >= 0
                    else { return nil }
                    known = Int(digits)
                }
            default: return nil
            }
        }
        return known
    }

    private static func scale(of type: SQLType) -> Int? {
        switch type.oid {
        case SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid: return 0
        case SQLType.numeric.oid:
            guard type.modifier >= 4, case let scale = Int((type.modifier - 4) & 0x7FF), scale < 1024 else { return nil }
            return scale
        default: return nil
        }
    }

    /// Whether its values are numbers with a scale, or arrays of them.
    static func isOfNumbers(_ type: SQLType) -> Bool { type.oid == SQLType.numeric.oid || type.oid == numericArray }

    private static let numericArray = TypeTable.array(of: SQLType.numeric.oid, NeutralSession.noTypes)?.oid

    /// The type as which a column's values are read.
    static func readType(_ base: SQLType, _ scale: Int?) -> SQLType {
        guard let scale, isOfNumbers(base), base.modifier < 4, 0..<1000 ~= scale else { return base }
        return SQLType(base.oid, modifier: Int32(1000 << 16 | scale) + 4)
    }
}

/// The scales that the values of a materialized view have, noted while they are written.
struct ScaleNotes {
    private enum Note {
        case none, all(Int), mixed
    }

    private var notes: [Note]

    init(_ count: Int) { notes = Array(repeating: .none, count: count) }

    mutating func note(_ row: Row) {
        for index in 0..<min(row.count, notes.count) {
            if case .array(let array) = row[index] {
                for element in array.elements { note(element, index) }
            } else {
                note(row[index], index)
            }
        }
    }

    private mutating func note(_ value: SQLValue, _ index: Int) {
        guard case .numeric(let number) = value else { return }
        switch notes[index] {
        case .none: notes[index] = .all(number.scale)
        case .all(let scale) where scale != number.scale: notes[index] = .mixed
        case .all, .mixed: break
        }
    }

    /// The declaration with the scales in its columns.
    func noted(in declaration: Declaration) -> Declaration {
        var noted = declaration
        for index in noted.columns.indices {
            noted.columns[index].scale = nil
            if index < notes.count, case .all(let scale) = notes[index], scale > 0 { noted.columns[index].scale = scale }
        }
        return noted
    }
}
