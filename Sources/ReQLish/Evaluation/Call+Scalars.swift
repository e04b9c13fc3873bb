// Terms that are functions of datums: what they compute is in Functions/, this says which is which.
extension Call {
    /// The node of a scalar term; nil for the others.
    func scalarNode() throws(ReQLError) -> Node? {
        arithmeticNode() ?? stringNode() ?? arrayNode() ?? timeNode() ?? geometryNode() ?? constantNode()
    }

    private func arithmeticNode() -> Node? {
        switch type {
        case .eq: ComparisonNode(self, .equal)
        case .ne: ComparisonNode(self, .notEqual)
        case .lt: ComparisonNode(self, .less)
        case .le: ComparisonNode(self, .lessOrEqual)
        case .gt: ComparisonNode(self, .greater)
        case .ge: ComparisonNode(self, .greaterOrEqual)
        case .add: FoldingNode(self) { a, b, e throws(ReQLError) in try Arithmetic.add(a, b, arrayLimit: e.arrayLimit) }
        case .sub: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.subtract(a, b) }
        case .mul: FoldingNode(self) { a, b, e throws(ReQLError) in try Arithmetic.multiply(a, b, arrayLimit: e.arrayLimit) }
        case .div: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.divide(a, b) }
        case .mod: BinaryNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.modulo(a, b) }
        case .floor: UnaryNode(self, Arithmetic.floor)
        case .ceil: UnaryNode(self, Arithmetic.ceiling)
        case .round: UnaryNode(self, Arithmetic.round)
        case .bitAnd: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.bitAnd(a, b) }
        case .bitOr: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.bitOr(a, b) }
        case .bitXor: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.bitXor(a, b) }
        case .bitNot: UnaryNode(self, Arithmetic.bitNot)
        case .bitSal: BinaryNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.shiftLeft(a, b) }
        case .bitSar: BinaryNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.shiftRight(a, b) }
        default: nil
        }
    }

    private func stringNode() -> Node? {
        switch type {
        case .match: MatchNode(self)
        case .upcase: UnaryNode(self, Strings.upcase)
        case .downcase: UnaryNode(self, Strings.downcase)
        case .format: BinaryNode(self) { template, object, _ throws(ReQLError) in try Strings.format(template, object) }
        case .split:
            VariadicNode(self) { a, e throws(ReQLError) in
                try Strings.split(
                    a[0], a.count > 1 ? a[1] : nil, limit: a.count > 2 ? a[2] : nil, arrayLimit: e.arrayLimit)
            }
        case .json: UnaryNode(self, JSONFunctions.parse)
        case .toJSONString: UnaryNode(self, JSONFunctions.text)
        case .binary: UnaryNode(self, Binaries.binary)
        case .uuid:
            arguments.isEmpty
                ? VariadicNode(self) { _, _ throws(ReQLError) in Datum(UUIDs.random()) }
                : UnaryNode(self, UUIDs.named)
        default: nil
        }
    }

    private func arrayNode() -> Node? {
        switch type {
        case .makeArray: arguments.contains { $0 is OrderingNode || $0 is FunctionNode } ? OrderingListNode(self) : MakeArrayNode(self)
        case .makeObject: MakeObjectNode(self)
        case .object: VariadicNode(self) { a, _ throws(ReQLError) in try Objects.object(a) }
        case .append: BinaryNode(self) { a, b, e throws(ReQLError) in try Arrays.append(a, b, arrayLimit: e.arrayLimit) }
        case .prepend: BinaryNode(self) { a, b, e throws(ReQLError) in try Arrays.prepend(a, b, arrayLimit: e.arrayLimit) }
        case .insertAt:
            VariadicNode(self) { a, e throws(ReQLError) in try Arrays.insert(a[0], at: a[1], a[2], arrayLimit: e.arrayLimit) }
        case .spliceAt:
            VariadicNode(self) { a, e throws(ReQLError) in try Arrays.splice(a[0], at: a[1], a[2], arrayLimit: e.arrayLimit) }
        case .changeAt:
            VariadicNode(self) { a, e throws(ReQLError) in try Arrays.change(a[0], at: a[1], a[2], arrayLimit: e.arrayLimit) }
        case .deleteAt:
            VariadicNode(self) { a, _ throws(ReQLError) in try Arrays.delete(a[0], at: a[1], end: a.count > 2 ? a[2] : nil) }
        case .setInsert: BinaryNode(self) { a, b, e throws(ReQLError) in try Sets.insert(a, b, arrayLimit: e.arrayLimit) }
        case .setUnion: BinaryNode(self) { a, b, e throws(ReQLError) in try Sets.union(a, b, arrayLimit: e.arrayLimit) }
        case .setIntersection: BinaryNode(self) { a, b, _ throws(ReQLError) in try Sets.intersection(a, b) }
        case .setDifference: BinaryNode(self) { a, b, _ throws(ReQLError) in try Sets.difference(a, b) }
        case .keys: UnaryNode(self, Objects.keys)
        case .values: UnaryNode(self, Objects.values)
        default: nil
        }
    }

    private func timeNode() -> Node? {
        switch type {
        case .now: NowNode(self)
        case .iso8601: ISO8601Node(self)
        case .toISO8601: UnaryNode(self, ISO8601.text)
        case .epochTime: UnaryNode(self, Times.epochTime)
        case .toEpochTime: UnaryNode(self, Times.toEpochTime)
        case .inTimezone: BinaryNode(self) { time, zone, _ throws(ReQLError) in try Times.inTimezone(time, zone) }
        case .during: DuringNode(self)
        case .date: UnaryNode(self, Times.date)
        case .timeOfDay: UnaryNode(self, Times.timeOfDay)
        case .timezone: UnaryNode(self, Times.timezone)
        case .year: UnaryNode(self, Times.year)
        case .month: UnaryNode(self, Times.month)
        case .day: UnaryNode(self, Times.day)
        case .dayOfWeek: UnaryNode(self, Times.dayOfWeek)
        case .dayOfYear: UnaryNode(self, Times.dayOfYear)
        case .hours: UnaryNode(self, Times.hours)
        case .minutes: UnaryNode(self, Times.minutes)
        case .seconds: UnaryNode(self, Times.seconds)
        case .time: VariadicNode(self) { a, _ throws(ReQLError) in try Times.time(a) }
        default: nil
        }
    }

    /// Terms that stand for one value.
    private func constantNode() -> Node? {
        switch type {
        case .minval: return ConstantNode(.minval, site)
        case .maxval: return ConstantNode(.maxval, site)
        case .monday, .tuesday, .wednesday, .thursday, .friday, .saturday, .sunday:
            return ConstantNode(Datum(Int(type.rawValue - TermType.monday.rawValue) + 1), site)
        case .january, .february, .march, .april, .may, .june, .july, .august, .september, .october, .november, .december:
            return ConstantNode(Datum(Int(type.rawValue - TermType.january.rawValue) + 1), site)
        default: return nil
        }
    }
}

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

    /// Whether the query says anything of them.
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
