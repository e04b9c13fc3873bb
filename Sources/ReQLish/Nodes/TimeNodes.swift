/// `ISO8601(text, {defaultTimezone: …})`.
final class ISO8601Node: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let text = try receiver.datum(execution)
        let zone = try call.option("default_timezone")?.datum(execution)
        do { return try ISO8601.parse(text, defaultTimezone: zone) } catch { throw site.locate(error) }
    }
}

/// `during(start, end, {leftBound: …, rightBound: …})`.
final class DuringNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let time = try receiver.datum(execution)
        let start = try call[1].datum(execution)
        let end = try call[2].datum(execution)
        let bounds = BoundOptions(call)
        let isLeftOpen = try bounds.isLeftOpen(execution)
        let isRightClosed = try bounds.isRightClosed(execution)
        do {
            return try Times.during(time, start, end, isLeftOpen: isLeftOpen, isRightClosed: isRightClosed)
        } catch {
            throw site.locate(error)
        }
    }
}

/// The options `left_bound` and `right_bound`: "open" or "closed".
struct BoundOptions {
    private let left: Node?
    private let right: Node?

    init(_ call: Call) {
        left = call.option("left_bound")
        right = call.option("right_bound")
    }

    /// Whether the query gives one of them.
    var isGiven: Bool { left != nil || right != nil }

    func isLeftOpen(_ execution: Execution) throws(ReQLError) -> Bool {
        try left.map { node throws(ReQLError) in try isOpen(node, execution) } ?? false
    }

    func isRightClosed(_ execution: Execution) throws(ReQLError) -> Bool {
        try right.map { node throws(ReQLError) in try !isOpen(node, execution) } ?? false
    }

    private func isOpen(_ node: Node, _ execution: Execution) throws(ReQLError) -> Bool {
        switch try node.string(execution) {
        case "open": return true
        case "closed": return false
        case let other: throw node.site.error(.queryLogic, "A bound is \"open\" or \"closed\", found \"\(other)\".")
        }
    }
}
