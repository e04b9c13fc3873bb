/// `forEach`: a write for each row, and the sum of what they answered.
final class ForEachNode: DatumNode {
    private var function: Node { call[1] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let stream = try receiver.rows(execution).finite(at: receiver.site).stream(execution)
        let function = try function.function(execution, .constant)
        var total = WriteSum(arrayLimit: execution.arrayLimit)
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
        guard answer.isPlainObject, total.add(answer) else {
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

    init(arrayLimit: Int) {
        self.arrayLimit = arrayLimit
    }

    /// - Returns: false if this is not a result of a write.
    mutating func add(_ result: Datum) -> Bool {
        for (name, value) in result.fields {
            if let number = value.number {
                numbers[name, default: 0] += number
            } else if name == "first_error", value.kind == .string {
                firstError = firstError ?? value
            } else if value.kind == .array {
                for element in value.elements {
                    if name == "warnings", let text = element.string { warnings.insert(text); continue }
                    guard lists[name, default: []].count < arrayLimit else {
                        warnings.insert("Too many \(name) (array_limit is \(arrayLimit)); the list was cut.")
                        break
                    }
                    lists[name, default: []].append(element)
                }
                if value.count == 0, lists[name] == nil, name != "warnings" { lists[name] = [] }
            } else {
                return false
            }
        }
        return true
    }

    func datum() throws(DatumError) -> Datum {
        var fields: [(String, Datum)] = numbers.map { ($0.key, Datum($0.value)) }
        for (name, elements) in lists { fields.append((name, try Datum.array(elements))) }
        if let firstError { fields.append(("first_error", firstError)) }
        if !warnings.isEmpty { fields.append(("warnings", try Datum.array(warnings.sorted().map { Datum($0) }))) }
        return try Datum.object(fields)
    }
}
