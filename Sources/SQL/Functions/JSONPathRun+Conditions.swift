import Catalog

// The conditions of a path, which hold, don't hold or can't be known.
extension JSONPathRun {
    /// Whether a condition holds for an item; nil: unknown.
    func truth(of condition: JSONPath.Step, _ item: JSONPathItem) throws(JSONPathFault) -> Bool? {
        switch condition {
        case .and(let one, let two):
            let first = try truth(of: one[0], item)
            if first == false { return false }
            let second = try truth(of: two[0], item)
            return second == true ? first : second
        case .or(let one, let two):
            let first = try truth(of: one[0], item)
            if first == true { return true }
            let second = try truth(of: two[0], item)
            return second == false ? first : second
        case .not(let operand): return try truth(of: operand[0], item).map { !$0 }
        case .isUnknown(let operand): return try truth(of: operand[0], item) == nil
        case .exists(let operand): return try knowing { () throws(JSONPathFault) in try exists(operand, item) }
        case .comparison(let comparison, let one, let two):
            return try holds(one, two, unwrapsSecond: true, item) { a, b throws(JSONPathFault) in try compare(comparison, a, b) }
        case .startsWith(let one, let two):
            return try holds(one, two, unwrapsSecond: false, item) { whole, start throws(JSONPathFault) in
                guard let whole = whole.datum?.string, let start = start.datum?.string else { return nil }
                return whole.utf8.starts(with: start.utf8)
            }
        case .likeRegex(let operand, let pattern, let flags):
            return try holds(operand, [.null], unwrapsSecond: false, item) { text, _ throws(JSONPathFault) in
                guard let text = text.datum?.string else { return nil }
                do throws(SQLError) {
                    return try PatternSearch(text, pattern, try JSONPathReader.options(flags)).match() != nil
                } catch {
                    throw .other(error)
                }
            }
        default: throw .other(SQLError(SQLState(rawValue: "XX000"), "unexpected jsonpath item"))
        }
    }

    /// Whether the path finds anything.
    func exists() throws(JSONPathFault) -> Bool { try exists(path.expression, root) }

    private func exists(_ operand: JSONPath.Expression, _ item: JSONPathItem) throws(JSONPathFault) -> Bool {
        // In strict mode an error behind the first counts.
        if !isLax { return try !all(operand, item, unwrapping: false).isEmpty }
        let outer = asksForExistence
        asksForExistence = true
        defer { asksForExistence = outer }
        var isFound = false
        _ = try follow(operand[...], item, unwrapping: isLax) { _ in
            isFound = true
            return false
        }
        return isFound
    }

    /// Nil where an error says that it can't be known.
    private func knowing<Answer>(_ body: () throws(JSONPathFault) -> Answer) throws(JSONPathFault) -> Answer? {
        do throws(JSONPathFault) {
            return try body()
        } catch {
            if case .suppressible = error { return nil }
            throw error
        }
    }

    /// Whether a condition holds for a pair of items. In strict mode all pairs have to be comparable.
    private func holds(
        _ one: JSONPath.Expression, _ two: JSONPath.Expression, unwrapsSecond: Bool, _ item: JSONPathItem,
        _ condition: (JSONPathItem, JSONPathItem) throws(JSONPathFault) -> Bool?
    ) throws(JSONPathFault) -> Bool? {
        guard let left = try knowing({ () throws(JSONPathFault) in try all(one, item, unwrapping: true) }),
            let right = try knowing({ () throws(JSONPathFault) in try all(two, item, unwrapping: unwrapsSecond) })
        else { return nil }
        var (isFound, isUnknown) = (false, false)
        for a in left {
            do throws(SQLError) { try QueryMemory.checkStopped() } catch { throw .other(error) }
            for b in right {
                switch try condition(a, b) {
                case nil:
                    if !isLax { return nil }
                    isUnknown = true
                case .some(true):
                    if isLax { return true }
                    isFound = true
                case .some(false): break
                }
            }
        }
        return isFound ? true : isUnknown ? nil : false
    }

    private func compare(_ comparison: JSONPath.Comparison, _ a: JSONPathItem, _ b: JSONPathItem) throws(JSONPathFault) -> Bool? {
        func answer(_ order: Int) -> Bool {
            switch comparison {
            case .equal: order == 0
            case .unequal: order != 0
            case .less: order < 0
            case .lessOrEqual: order <= 0
            case .greater: order > 0
            case .greaterOrEqual: order >= 0
            }
        }
        switch (a.value, b.value) {
        case (.time(let one), .time(let two)):
            do throws(SQLError) {
                return try JSONPathTime.compare(one, two, usesZone: usesZone, session).map(answer)
            } catch {
                throw .other(error)
            }
        case (.json(let one), .json(let two)):
            guard one.kind == two.kind else { return one.kind == .null || two.kind == .null ? comparison == .unequal : nil }
            switch one.kind {
            case .array, .object: return nil
            default: return answer(Ordering.compare(one, two))
            }
        // JSON's null is comparable with everything.
        case (.json(let datum), _), (_, .json(let datum)): return datum.kind == .null ? comparison == .unequal : nil
        }
    }
}
