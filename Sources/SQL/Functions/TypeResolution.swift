/// PostgreSQL's rules for choosing among functions and operators of one name, and the type of several expressions together.
package enum TypeResolution {
    /// Whether a value of the type becomes one of the other without being asked.
    package static func isImplicit(_ from: SQLType, _ to: SQLType, _ types: any TypeCatalog) -> Bool {
        if Polymorphism.isPolymorphic(to.oid) {
            switch to.oid {
            case SQLType.anyarray.oid, SQLType.anycompatiblearray.oid:
                return from.oid == SQLType.unknown.oid || from.oid == SQLType.anyarray.oid
                    || TypeTable.element(of: TypeTable.base(of: from, types).oid, types) != nil
            case SQLType.anynonarray.oid, SQLType.anycompatiblenonarray.oid:
                return TypeTable.element(of: TypeTable.base(of: from, types).oid, types) == nil
            case SQLType.anyenum.oid:
                return from.oid == SQLType.unknown.oid || TypeTable.isEnum(TypeTable.base(of: from, types).oid, types)
            default: return true
            }
        }
        return CastTable.context(from: from, to: to, types) == .implicit
    }

    /// The type of the branches of a CASE, the columns of a UNION or of VALUES, the elements of an array.
    ///
    /// - Parameter context: `UNION`, `CASE`, `VALUES`, …, for the message.
    package static func commonType(of given: [SQLType], context: String, _ types: any TypeCatalog) throws(SQLError) -> SQLType {
        guard let first = given.first else { return .text }
        let isUnknown = { (type: SQLType) in type.oid == SQLType.unknown.oid }
        if !isUnknown(first), given.allSatisfy({ $0.oid == first.oid }) {
            // The modifier stays where all have it.
            return given.allSatisfy { $0.modifier == first.modifier } ? first : SQLType(first.oid)
        }
        let known = given.filter { !isUnknown($0) }
        guard var chosen = known.first.map({ TypeTable.base(of: $0, types) }) else { return .text }
        if known.contains(where: { $0.oid == SQLType.open.oid }) {
            return known.allSatisfy { $0.oid == SQLType.open.oid } ? .open : known.first { $0.oid != SQLType.open.oid } ?? .open
        }
        for type in known.dropFirst() {
            let next = TypeTable.base(of: type, types)
            if next.oid == chosen.oid { continue }
            guard TypeTable.category(of: next.oid, types) == TypeTable.category(of: chosen.oid, types) else {
                throw mismatch(context, chosen, next, types)
            }
            if !TypeTable.isPreferred(chosen.oid), isImplicit(chosen, next, types), !isImplicit(next, chosen, types) { chosen = next }
        }
        for type in known where !isImplicit(type, chosen, types) { throw mismatch(context, chosen, type, types) }
        let sameModifier = known.count == given.count && known.allSatisfy { $0.oid == chosen.oid && $0.modifier == chosen.modifier }
        return sameModifier ? chosen : SQLType(chosen.oid)
    }

    private static func mismatch(_ context: String, _ a: SQLType, _ b: SQLType, _ types: any TypeCatalog) -> SQLError {
        SQLError(
            .datatypeMismatch,
            "\(context) types \(TypeTable.format(SQLType(a.oid), types)) and \(TypeTable.format(SQLType(b.oid), types)) cannot be matched")
    }

    /// Which of several lists of arguments fits best: nil if none does or more than one.
    ///
    /// - Precondition: each can be reached by implicit casts.
    static func choose<Candidate>(
        _ candidates: [(arguments: [SQLType], value: Candidate)], given: [SQLType], _ types: any TypeCatalog
    ) -> Candidate? {
        if candidates.count == 1 { return candidates[0].value }
        let bases = given.map { type in
            type.oid == SQLType.open.oid ? SQLType.unknown : SQLType(TypeTable.base(of: type, types).oid)
        }
        func best(
            _ candidates: [(arguments: [SQLType], value: Candidate)], _ score: ([SQLType]) -> Int
        ) -> [(arguments: [SQLType], value: Candidate)] {
            let scores = candidates.map { score($0.arguments) }
            let highest = scores.max() ?? 0
            return zip(candidates, scores).filter { $1 == highest }.map(\.0)
        }
        // Those with the most exact matches.
        var left = best(candidates) { arguments in
            zip(arguments, bases).count { $1.oid != SQLType.unknown.oid && $0.oid == $1.oid }
        }
        if left.count == 1 { return left[0].value }
        // Those that take the preferred type of the argument's category in most places.
        left = best(left) { arguments in
            zip(arguments, bases).count { argument, base in
                base.oid != SQLType.unknown.oid
                    && (argument.oid == base.oid
                        || TypeTable.isPreferred(argument.oid)
                            && TypeTable.category(of: argument.oid, types) == TypeTable.category(of: base.oid, types))
            }
        }
        if left.count == 1 { return left[0].value }
        let unknowns = bases.indices.filter { bases[$0].oid == SQLType.unknown.oid }
        guard !unknowns.isEmpty else { return nil }
        left = byCategory(left, unknowns, types)
        if left.count == 1 { return left[0].value }
        // If all known arguments are of one type, the unknown ones are taken for the same.
        let known = Set(bases.filter { $0.oid != SQLType.unknown.oid })
        guard known.count == 1, let type = known.first else { return nil }
        let assumed = Array(repeating: type, count: given.count)
        let same = left.filter { candidate in
            candidate.arguments.allSatisfy { isImplicit(type, $0, types) }
                && Polymorphism.resolve(declared: candidate.arguments, result: .unknown, given: assumed, types) != nil
        }
        return same.count == 1 ? same[0].value : nil
    }

    /// For each unknown argument: strings if any takes one, else the category that all agree on; of it the preferred type if any takes it.
    private static func byCategory<Candidate>(
        _ candidates: [(arguments: [SQLType], value: Candidate)], _ unknowns: [Int], _ types: any TypeCatalog
    ) -> [(arguments: [SQLType], value: Candidate)] {
        var chosen: [Int: (category: Character, hasPreferred: Bool)] = [:]
        for place in unknowns {
            var category: Character?
            var hasPreferred = false
            var hasConflict = false
            for (arguments, _) in candidates {
                let current = TypeTable.category(of: arguments[place].oid, types)
                let isPreferred = TypeTable.isPreferred(arguments[place].oid)
                if category == nil {
                    category = current
                    hasPreferred = isPreferred
                } else if current == category {
                    hasPreferred = hasPreferred || isPreferred
                } else if current == "S" {
                    category = current
                    hasPreferred = isPreferred
                } else {
                    hasConflict = true
                }
            }
            guard let category, !hasConflict || category == "S" else { return candidates }
            chosen[place] = (category, hasPreferred)
        }
        let kept = candidates.filter { arguments, _ in
            unknowns.allSatisfy { place in
                guard let rule = chosen[place] else { return true }
                return TypeTable.category(of: arguments[place].oid, types) == rule.category
                    && (!rule.hasPreferred || TypeTable.isPreferred(arguments[place].oid))
            }
        }
        return kept.isEmpty ? candidates : kept
    }
}
