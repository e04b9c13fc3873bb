/// What transactions over lists did, and whether some order of them one after the other explains it.
///
/// Each write appends a number of its own to a list, so a list tells the order of its writes. What a transaction read of it tells after
/// which of them it came, and before which. A circle of such statements between committed transactions is a violation.
struct ListHistory {
    enum Step {
        case read(list: Int, [Int])
        case append(list: Int, Int)
    }

    /// The steps of each transaction that committed.
    var committed: [[Step]] = []
    /// The lists in the end.
    var final: [Int: [Int]] = [:]

    /// What is wrong with the history; nil if nothing is.
    var violation: String? {
        var writer: [Int: Int] = [:]
        for (number, steps) in committed.enumerated() {
            for case .append(_, let value) in steps { writer[value] = number }
        }
        var after: [Set<Int>] = Array(repeating: [], count: committed.count)
        func add(_ first: Int?, _ second: Int?) {
            if let first, let second, first != second { after[first].insert(second) }
        }
        for (list, values) in final {
            for value in values where writer[value] == nil { return "list \(list) has \(value), which nobody committed" }
            for (value, next) in zip(values, values.dropFirst()) { add(writer[value], writer[next]) }
        }
        for (number, steps) in committed.enumerated() {
            var own: [Int: [Int]] = [:]
            for step in steps {
                switch step {
                case .append(let list, let value):
                    guard final[list]?.contains(value) == true else { return "\(value) was committed and is not in list \(list)" }
                    own[list, default: []].append(value)
                case .read(let list, var read):
                    let order = final[list] ?? []
                    guard order.starts(with: read) else { return "transaction \(number) read \(read) of list \(list), which is \(order)" }
                    let ownCount = own[list]?.count ?? 0
                    guard ownCount <= read.count, own[list] ?? [] == Array(read.suffix(ownCount)) else {
                        return "transaction \(number) didn't read what it wrote"
                    }
                    read.removeLast(ownCount)
                    add(read.last.flatMap { writer[$0] }, number)
                    if read.count + ownCount < order.count { add(number, writer[order[read.count + ownCount]]) }
                }
            }
        }
        return circle(after)
    }

    private func circle(_ after: [Set<Int>]) -> String? {
        // Takes away what nothing comes before, again and again: what is left goes round.
        var before = Array(repeating: 0, count: after.count)
        for next in after.joined() { before[next] += 1 }
        var free = before.indices.filter { before[$0] == 0 }
        var left = after.count
        while let number = free.popLast() {
            left -= 1
            for next in after[number] {
                before[next] -= 1
                if before[next] == 0 { free.append(next) }
            }
        }
        return left == 0 ? nil : "\(left) transactions stand in a circle, or behind one"
    }
}
