/// `forEach`: a write for each row, and the sum of what they answered.
final class ForEachNode: DatumNode {
    private var function: Node { call[1] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let stream = try receiver.rows(execution).finite(at: receiver.site).stream(execution)
        let function = try function.function(execution, .constant)
        var total = WriteSum(arrayLimit: execution.arrayLimit, execution.memory)
        while let row = try stream.next().row {
            let answer = try function.call(execution, [.datum(row)]).datum(execution, at: function.site)
            if answer.kind == .array {
                for element in answer.elements { try add(element, to: &total) }
            } else {
                try add(answer, to: &total)
            }
        }
        return try site.building(total.datum())
    }

    private func add(_ answer: Datum, to total: inout WriteSum) throws(ReQLError) {
        guard answer.isPlainObject, try site.locating(total.add(answer)) else {
            throw function.site.mismatch(answer, expected: "the result of a write")
        }
    }
}

/// Results of writes, added up: numbers are summed, lists joined, and the first error is kept.
private struct WriteSum {
    private var numbers: [String: Double] = [:]
    private var lists: [String: [Datum]] = [:]
    private var firstError: Datum?
    private var warnings: Set<String> = []
    private let arrayLimit: Int
    private let held: HeldMemory
    /// What the answers that lists have parts of may take, and what they do take. The sum is made of them beside them.
    private let listByteLimit: Int
    private var listByteCount = 0

    init(arrayLimit: Int, _ memory: QueryMemory) {
        self.arrayLimit = arrayLimit
        held = HeldMemory(memory)
        listByteLimit = min(Datum.maximumByteCount / 2, memory.limit / 8)
    }

    /// - Returns: false if this is not a result of a write.
    /// - Throws: `resourceLimit` if there are too many names.
    mutating func add(_ result: Datum) throws(ReQLError) -> Bool {
        var isKept = false
        for (name, value) in result.fields {
            if let number = value.number {
                if numbers[name] == nil { try hold(name) }
                let sum = numbers[name, default: 0] + number
                // No write counts so far.
                guard sum.isFinite else { return false }
                numbers[name] = sum
            } else if name == "first_error", value.kind == .string {
                firstError = firstError ?? value
            } else if value.kind == .array {
                if name != "warnings", lists[name] == nil {
                    try hold(name)
                    lists[name] = []
                }
                for element in value.elements {
                    if name == "warnings", let text = element.string {
                        if warnings.insert(text).inserted { try hold(text) }
                        continue
                    }
                    guard lists[name, default: []].count < arrayLimit else {
                        warnings.insert("Too many \(name) (array_limit is \(arrayLimit)); the list was cut.")
                        break
                    }
                    // Parts of an answer keep the whole of it. The rows are written; a list that is cut is not a reason to fail.
                    isKept = isKept || keep(result)
                    guard isKept else {
                        warnings.insert("The \(name) take too much memory; the list was cut.")
                        break
                    }
                    lists[name, default: []].append(element)
                }
            } else {
                return false
            }
        }
        return true
    }

    /// What a text takes beside its bytes.
    private static let textByteCount = 64

    private func hold(_ text: String) throws(ReQLError) { try held.add(byteCount: Self.textByteCount + text.utf8.count) }

    private mutating func keep(_ result: Datum) -> Bool {
        let placeCount = result.elements.reduce(0) { $0 + ($1.kind == .array ? $1.count : 0) }
        let byteCount = result.heldByteCount + HeldMemory.placeByteCount * placeCount
        guard listByteCount + byteCount <= listByteLimit, (try? held.add(byteCount: byteCount)) != nil else { return false }
        listByteCount += byteCount
        return true
    }

    func datum() throws(DatumError) -> Datum {
        do { return try datum(lists, warnings) } catch {
            guard error.kind == .tooLarge, listByteCount > 0 else { throw error }
            return try datum(lists.mapValues { _ in [] }, warnings.union(["The lists take too much memory; they were cut."]))
        }
    }

    private func datum(_ lists: [String: [Datum]], _ warnings: Set<String>) throws(DatumError) -> Datum {
        var fields: [(String, Datum)] = numbers.map { ($0.key, Datum($0.value)) }
        for (name, elements) in lists { fields.append((name, try Datum.array(elements))) }
        if let firstError { fields.append(("first_error", firstError)) }
        if !warnings.isEmpty { fields.append(("warnings", try Datum.array(warnings.sorted().map { Datum($0) }))) }
        return try Datum.object(fields)
    }
}
