/// Plans in the words of EXPLAIN.
struct PlanText: ~Copyable {
    private let options: ExplainOptions
    private var format: ExplainOptions.Format { options.format }
    /// How long it took to make the plan, and to run it, if it was.
    var planningTime = Duration.zero
    var executionTime = Duration.zero
    var measures: PlanMeasures?
    /// The lines of text, a value each; other formats are one value, as what reads them is a parser.
    private var lines = MadeValues()
    private var text = MadeText()
    private var isFirst = true
    /// Writes the expressions.
    private var expressions = ScalarText()
    private var commonTables: [(name: String, plan: Plan)] = []

    /// The rows that EXPLAIN answers with. A plan of many levels is long, as each is indented by more: its text is counted while it is made.
    consuming func rows(_ plan: Plan) throws(SQLError) -> [Row] {
        let queries = PlanQueries(plan)
        commonTables = queries.commonTables
        expressions = ScalarText(showsTables: queries.entryCount > 1, numbers: queries.numbers)
        try write(plan)
        guard format != .text else { return lines.values.map { [$0] } }
        return [[.text(try text.finish())]]
    }

    init(_ options: ExplainOptions) { self.options = options }

    /// What stands below a step: what it reads, queries in its expressions, and below the first one the tables of WITH.
    private func below(_ step: ShownStep, isFirst: Bool) -> [(plan: Plan, relationship: String, name: String?)] {
        var below: [(plan: Plan, relationship: String, name: String?)] = []
        if isFirst { for (name, plan) in commonTables { below.append((plan, "InitPlan", "CTE \(name)")) } }
        for (place, child) in step.plan.children.enumerated() { below.append((child, Self.relationship(place, under: step.plan), nil)) }
        for subplan in step.subplans {
            guard let number = expressions.numbers[ObjectIdentifier(subplan)] else { continue }
            below.append((subplan.plan, "SubPlan", "SubPlan \(number)"))
        }
        return below
    }

    /// What is known of a step beside its details: how its estimate was come by, and what it has used.
    private func uses(_ step: ShownStep) -> [(name: String, value: Value)] {
        var uses: [(name: String, value: Value)] = []
        if options.showsCosts, step.conditions.isEmpty, let kind = step.plan.estimateKind { uses.append(("Rows", .text(kind.rawValue))) }
        guard let measure = measures?[step.plan] else { return uses }
        func kilobytes(_ byteCount: Int) -> String { String((byteCount + 1023) / 1024) }
        if let cells = measure.cellCounts { uses.append(("Cells", .text("\(cells.read) of \(cells.all)"))) }
        if measure.mostByteCount > 0 { uses.append(("Memory", .kilobytes(kilobytes(measure.mostByteCount)))) }
        if measure.spilledByteCount > 0 { uses.append(("Spilled", .kilobytes(kilobytes(measure.spilledByteCount)))) }
        if measure.threadCount > 1 { uses.append(("Threads", .number(String(measure.threadCount)))) }
        return uses
    }

    /// Milliseconds with three digits behind the point.
    private static func milliseconds(_ time: Duration) -> String {
        let microseconds = max(0, time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000)
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + "0".repeated(3 - fraction.utf8.count) + fraction
    }

    /// The times that stand below the plan.
    private var times: [(name: String, milliseconds: String)] {
        guard options.showsSummary else { return [] }
        let planning = (name: "Planning Time", milliseconds: Self.milliseconds(planningTime))
        return options.analyzes ? [planning, ("Execution Time", Self.milliseconds(executionTime))] : [planning]
    }

    /// What a step has given, each time that it was begun; nil where that isn't known.
    private func actual(_ step: ShownStep) -> (times: (start: String, total: String)?, rows: Int, loops: Int)? {
        guard let measure = measures?[step.last] ?? measures?[step.plan], measure.loops > 0 else { return nil }
        let loops = measure.loops
        let times = (Self.milliseconds(measure.start / loops), Self.milliseconds(measure.total / loops))
        return (options.showsTimes ? times : nil, (measure.rows + loops / 2) / loops, loops)
    }

    private mutating func write(_ plan: Plan) throws(SQLError) {
        switch format {
        case .text:
            try describe(plan)
            for (name, milliseconds) in times { try write(0, "\(name): \(milliseconds) ms") }
        case .json:
            var ends = times.map { "\(JSONText.quoted($0.name)): \($0.milliseconds)" }
            if options.analyzes { ends.insert("\"Triggers\": [", at: min(1, ends.count)) }
            try write(0, "[")
            try write(2, "{")
            try json(plan, 4, name: "\"Plan\": ", end: ends.isEmpty ? "}" : "},")
            for (place, end) in ends.enumerated() {
                let comma = place + 1 < ends.count ? "," : ""
                try write(4, end.hasSuffix("[") ? end : end + comma)
                if end.hasSuffix("[") { try write(4, "]" + comma) }
            }
            try write(2, "}")
            try write(0, "]")
        case .yaml:
            try write(0, "- Plan:")
            try yaml(plan, 4, first: "    ")
            for (name, milliseconds) in times { try write(2, "\(name): \(milliseconds)") }
        case .xml:
            try write(0, "<explain xmlns=\"http://www.postgresql.org/2009/explain\">")
            try write(2, "<Query>")
            try xml(plan, 4)
            for (name, milliseconds) in times {
                let tag = name.replacing(" ", with: "-")
                try write(4, "<\(tag)>\(milliseconds)</\(tag)>")
            }
            try write(2, "</Query>")
            try write(0, "</explain>")
        }
    }

    private mutating func write(_ indent: Int, _ line: String) throws(SQLError) {
        let spaces = " ".repeated(indent)
        guard format != .text else { return try lines.append(.text(spaces + line)) }
        if !isFirst { try text.append("\n") }
        isFirst = false
        try text.append(spaces)
        try text.append(line)
    }

    /// `Seq Scan on t x`.
    private func title(_ plan: Plan) -> String { plan.title + (plan.alias.map { " " + Quoting.identifier($0) } ?? "") }

    /// - Parameter indent: where the arrow before it stands; nil: it is the first.
    private mutating func describe(_ node: Plan, _ indent: Int? = nil) throws(SQLError) {
        let step = ShownStep(node)
        let (plan, estimate) = (step.plan, step.last.estimate)
        var parts = options.showsCosts ? [" (cost=0.00..\(estimate).00 rows=\(estimate) width=8)"] : []
        if let actual = actual(step) {
            let time = actual.times.map { "time=\($0.start)..\($0.total) " } ?? ""
            parts.append("(actual \(time)rows=\(actual.rows) loops=\(actual.loops))")
        }
        try write(indent ?? 0, ([(indent == nil ? "" : "->  ") + title(plan)] + parts).joined(separator: " "))
        let inner = indent.map { $0 + 6 } ?? 2
        for detail in step.details(expressions) { try write(inner, detail) }
        for (name, value) in uses(step) {
            switch value {
            case .text(let text), .number(let text): try write(inner, "\(name): \(text)")
            case .kilobytes(let digits): try write(inner, "\(name): \(digits)kB")
            case .list: break
            }
        }
        for (child, _, name) in below(step, isFirst: indent == nil) {
            if let name { try write(inner, name) }
            try describe(child, name == nil ? inner : inner + 2)
        }
    }

    // MARK: Other formats

    private enum Value {
        case text(String)
        case number(String)
        /// A number, with its unit where that is told.
        case kilobytes(String)
        case list([String])
    }

    /// What PostgreSQL tells of a step by properties, and text by its title: `Hash Left Join`, `Index Scan using i on t`.
    private static func named(_ title: String, alias: String?) -> [(name: String, value: Value)] {
        func properties(_ pairs: KeyValuePairs<String, String>) -> [(name: String, value: Value)] {
            pairs.map { ($0.key, .text($0.value)) }
        }
        if let strategy = ["Aggregate": "Plain", "GroupAggregate": "Sorted", "HashAggregate": "Hashed", "MixedAggregate": "Mixed"][title] {
            return properties(["Node Type": "Aggregate", "Strategy": strategy])
        }
        if title.hasPrefix("HashSetOp ") {
            return properties(["Node Type": "SetOp", "Strategy": "Hashed", "Command": String(title.dropFirst("HashSetOp ".utf8.count))])
        }
        for join in ["Hash", "Merge", "Nested Loop"] where title.hasPrefix(join + " ") || title == join {
            let word = title.dropFirst(join.utf8.count).split(separator: " ").first { $0 != "Join" }
            let type = word.map(String.init) ?? "Inner"
            return properties(["Node Type": join == "Nested Loop" ? join : join + " Join", "Join Type": type])
        }
        guard let on = title.firstRange(of: " on ") else { return properties(["Node Type": title]) }
        let (step, name) = (String(title[..<on.lowerBound]), String(title[on.upperBound...]))
        if let using = step.firstRange(of: " using ") {
            let scan = String(step[..<using.lowerBound])
            let direction = scan.hasSuffix(" Backward") ? "Backward" : "Forward"
            return properties([
                "Node Type": scan.replacing(" Backward", with: ""), "Scan Direction": direction,
                "Index Name": String(step[using.upperBound...]), "Relation Name": name, "Alias": alias ?? name,
            ])
        }
        switch step {
        case "Insert", "Update", "Delete", "Merge":
            return properties(["Node Type": "ModifyTable", "Operation": step, "Relation Name": name, "Alias": name])
        case "CTE Scan", "WorkTable Scan": return properties(["Node Type": step, "CTE Name": name, "Alias": name])
        case "Function Scan": return properties(["Node Type": step, "Function Name": name, "Alias": name])
        case "Subquery Scan", "Values Scan":
            return properties(["Node Type": step, "Alias": name.replacing("\"", with: "")])
        default: return properties(["Node Type": step, "Relation Name": name, "Alias": alias ?? name])
        }
    }

    /// The parts of a list between its commas, but for those in parentheses and quotes.
    private static func parts(_ list: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        var isQuoted = false
        for character in list {
            switch character {
            case "'": isQuoted.toggle()
            case "(", "[": if !isQuoted { depth += 1 }
            case ")", "]": if !isQuoted { depth -= 1 }
            case "," where depth == 0 && !isQuoted:
                parts.append(part.trimming())
                part = ""
                continue
            default: break
            }
            part.append(character)
        }
        return parts + [part.trimming()]
    }

    /// What a node of a plan says of itself: `Filter: (a = 1)` is a property called Filter.
    private func properties(
        _ step: ShownStep, _ place: (relationship: String, name: String?)?
    ) -> [(name: String, value: Value)] {
        var properties = Self.named(step.plan.title, alias: step.plan.alias)
        var role: [(name: String, value: Value)] = []
        if let place {
            role.append(("Parent Relationship", .text(place.relationship)))
            if let name = place.name { role.append(("Subplan Name", .text(name))) }
        }
        // Programs that draw plans look for these.
        role += [("Parallel Aware", .number("false")), ("Async Capable", .number("false"))]
        properties.insert(contentsOf: role, at: 1)
        if options.showsCosts {
            let estimate = step.last.estimate
            properties += [
                ("Startup Cost", .number("0.00")), ("Total Cost", .number("\(estimate).00")),
                ("Plan Rows", .number(String(estimate))), ("Plan Width", .number("8")),
            ]
        }
        if let actual = actual(step) {
            if let times = actual.times {
                properties += [("Actual Startup Time", .number(times.start)), ("Actual Total Time", .number(times.total))]
            }
            properties += [("Actual Rows", .number(String(actual.rows))), ("Actual Loops", .number(String(actual.loops)))]
        }
        for detail in step.details(expressions) {
            guard let colon = detail.firstIndex(of: ":") else {
                properties.append(("Detail", .text(detail)))
                continue
            }
            let name = String(detail[..<colon])
            let value = String(detail[detail.index(after: colon)...].drop { $0 == " " })
            properties.append((name, name.hasSuffix(" Key") ? .list(Self.parts(value)) : .text(value)))
        }
        properties += uses(step)
        return properties
    }

    /// What a step is to the one above it.
    private static func relationship(_ place: Int, under parent: Plan) -> String {
        if parent.title == "Append" { return "Member" }
        return parent.title.hasPrefix("Subquery Scan") ? "Subquery" : place == 0 ? "Outer" : "Inner"
    }

    /// - Parameter place: what it is to the step above it, and what it is called if it is a query of its own.
    private mutating func json(
        _ node: Plan, _ indent: Int, name: String, end: String, place: (relationship: String, name: String?)? = nil
    ) throws(SQLError) {
        let step = ShownStep(node)
        let below = below(step, isFirst: place == nil)
        try write(indent, name + "{")
        let properties = properties(step, place)
        for (place, property) in properties.enumerated() {
            let value =
                switch property.value {
                case .text(let text): JSONText.quoted(text)
                case .number(let digits), .kilobytes(let digits): digits
                case .list(let parts): "[\(parts.map(JSONText.quoted).joined(separator: ", "))]"
                }
            let comma = place + 1 < properties.count || !below.isEmpty ? "," : ""
            try write(indent + 2, "\(JSONText.quoted(property.name)): \(value)\(comma)")
        }
        if !below.isEmpty {
            try write(indent + 2, "\"Plans\": [")
            for (place, child) in below.enumerated() {
                try json(
                    child.plan, indent + 4, name: "", end: place + 1 < below.count ? "}," : "}", place: (child.relationship, child.name))
            }
            try write(indent + 2, "]")
        }
        try write(indent, end)
    }

    /// - Parameter first: what its first line begins with, which is as long as the others are indented.
    private mutating func yaml(
        _ node: Plan, _ indent: Int, first: String, place: (relationship: String, name: String?)? = nil
    ) throws(SQLError) {
        let step = ShownStep(node)
        let below = below(step, isFirst: place == nil)
        for (place, property) in properties(step, place).enumerated() {
            var parts: [String] = []
            let value: String
            switch property.value {
            case .text(let text): value = " " + JSONText.quoted(text)
            case .number(let digits), .kilobytes(let digits): value = " " + digits
            case .list(let list): (value, parts) = ("", list)
            }
            let line = "\(property.name):\(value)"
            if place == 0 { try write(0, first + line) } else { try write(indent, line) }
            for part in parts { try write(indent + 2, "- " + JSONText.quoted(part)) }
        }
        guard !below.isEmpty else { return }
        try write(indent, "Plans:")
        for child in below {
            try yaml(child.plan, indent + 4, first: " ".repeated(indent + 2) + "- ", place: (child.relationship, child.name))
        }
    }

    private mutating func xml(
        _ node: Plan, _ indent: Int, place: (relationship: String, name: String?)? = nil
    ) throws(SQLError) {
        let step = ShownStep(node)
        let below = below(step, isFirst: place == nil)
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        }
        try write(indent, "<Plan>")
        for property in properties(step, place) {
            let tag = String(property.name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
            let value =
                switch property.value {
                case .text(let text), .number(let text), .kilobytes(let text): escaped(text)
                case .list(let parts): parts.map { "<Item>\(escaped($0))</Item>" }.joined()
                }
            try write(indent + 2, "<\(tag)>\(value)</\(tag)>")
        }
        if !below.isEmpty {
            try write(indent + 2, "<Plans>")
            for child in below { try xml(child.plan, indent + 4, place: (child.relationship, child.name)) }
            try write(indent + 2, "</Plans>")
        }
        try write(indent, "</Plan>")
    }
}
