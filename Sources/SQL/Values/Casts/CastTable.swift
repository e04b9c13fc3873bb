/// Where a cast may be made without being asked for; each allows what those before it allow.
package enum CastContext: Int, Comparable, Sendable {
    case implicit, assignment, explicit

    package static func < (a: CastContext, b: CastContext) -> Bool { a.rawValue < b.rawValue }
}

/// Which types can be cast to which.
package enum CastTable {
    /// One row of `pg_cast`.
    package struct Entry: Sendable {
        package let source: UInt32
        package let target: UInt32
        package let context: CastContext
        /// Zero if there is none.
        package let functionOID: UInt32
        /// `f` by a function, `b` the same bytes, `i` through text.
        package let method: Character
    }

    package static let entries: [Entry] = facts.split(separator: ",").compactMap { text in
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard parts.count == 4, let source = UInt32(parts[0]), let target = UInt32(parts[1]) else { return nil }
        let context: CastContext = parts[2] == "i" ? .implicit : parts[2] == "a" ? .assignment : .explicit
        let function = UInt32(parts[3])
        return Entry(
            source: source, target: target, context: context, functionOID: function ?? 0,
            method: function == nil ? parts[3].first ?? "f" : "f")
    }

    private struct Pair: Hashable {
        let source: UInt32
        let target: UInt32
    }

    private static let byTypes: [Pair: Entry] = Dictionary(
        uniqueKeysWithValues: entries.map { (Pair(source: $0.source, target: $0.target), $0) })

    package static func entry(_ source: UInt32, _ target: UInt32) -> Entry? { byTypes[Pair(source: source, target: target)] }

    /// The first context in which the cast is allowed; nil if there is no such cast.
    package static func context(from source: SQLType, to target: SQLType, _ types: any TypeCatalog) -> CastContext? {
        let from = TypeTable.base(of: source, types).oid
        let to = TypeTable.base(of: target, types).oid
        if from == to || from == SQLType.unknown.oid || to == SQLType.any.oid { return .implicit }
        if from == SQLType.open.oid || to == SQLType.open.oid { return .implicit }
        if let entry = entry(from, to) { return entry.context }
        if from == SQLType.record.oid, TypeTable.isComposite(to, types) { return .implicit }
        if TypeTable.isComposite(from, types), to == SQLType.record.oid { return .implicit }
        if let x = TypeTable.element(of: from, types), let y = TypeTable.element(of: to, types), to != SQLType.int2vector.oid,
            to != SQLType.oidvector.oid
        {
            return context(from: x, to: y, types)
        }
        if to == SQLType.anyarray.oid, TypeTable.element(of: from, types) != nil { return .implicit }
        if TypeTable.category(of: to, types) == "S" { return .assignment }
        if TypeTable.category(of: from, types) == "S" { return .explicit }
        return nil
    }

    /// The value as one of the other type, fitted to its modifier.
    ///
    /// - Precondition: there is such a cast.
    package static func cast(
        _ value: SQLValue, from source: SQLType, to target: SQLType, _ context: CastContext, _ session: any SQLSession
    ) throws(SQLError) -> SQLValue {
        if value.isNull { return .null }
        let from = TypeTable.base(of: source, session.types)
        let to = TypeTable.base(of: target, session.types)
        // The same type: only the length is new.
        if from.oid == to.oid {
            return to.modifier < 0 || to.modifier == from.modifier && from.oid != SQLType.unknown.oid
                ? value : try LengthCoercion.apply(value, to, isExplicit: context == .explicit)
        }
        if from.oid == SQLType.unknown.oid, case .text(let text) = value {
            return try input(text, to, context, session)
        }
        let converted = try Conversion.convert(value, from: from, to: to, context, session)
        return to.modifier < 0 ? converted : try LengthCoercion.apply(converted, to, isExplicit: context == .explicit)
    }

    /// A literal's input; where the cast is explicit what is too long is cut.
    private static func input(
        _ text: String, _ to: SQLType, _ context: CastContext, _ session: any SQLSession
    ) throws(SQLError) -> SQLValue {
        guard to.modifier >= 0, context == .explicit else { return try TextInput.value(text, to, session) }
        let isInterval = to.oid == SQLType.interval.oid
        let value = try TextInput.value(text, isInterval ? to : SQLType(to.oid), session)
        return try LengthCoercion.apply(value, to, isExplicit: true)
    }
}
