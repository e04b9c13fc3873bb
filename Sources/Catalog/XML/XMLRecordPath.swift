import Ground
package import XML

/// Which elements of a document are records: `/catalog/product`, `//product`, `/*/product[@kind='book']`.
public struct XMLRecordPath: Sendable, Hashable {
    struct Step: Sendable, Hashable {
        /// Nil: any.
        var name: String?
        /// An attribute and the value that it must have.
        var attribute: (name: String, value: String)?
        /// Whether any elements may stand in front of this one.
        var isAnywhere = false

        static func == (a: Step, b: Step) -> Bool {
            a.name == b.name && a.attribute?.name == b.attribute?.name && a.attribute?.value == b.attribute?.value
                && a.isAnywhere == b.isAnywhere
        }

        func hash(into hasher: inout Hasher) { hasher.combine(name) }
    }

    let steps: [Step]

    /// Each child of the root.
    public static let childrenOfRoot = XMLRecordPath(steps: [Step(), Step()])
    /// The root itself.
    public static let root = XMLRecordPath(steps: [Step()])

    private init(steps: [Step]) { self.steps = steps }

    /// Nil if the text is no path: steps with a name or `*`, at most one `//`, and `[@name='value']` behind a step.
    public init?(_ text: String) {
        guard text.hasPrefix("/") else { return nil }
        var steps: [Step] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            guard rest.hasPrefix("/"), steps.count < 60 else { return nil }
            var step = Step()
            rest = rest.dropFirst()
            if rest.hasPrefix("/") {
                rest = rest.dropFirst()
                guard !steps.contains(where: \.isAnywhere) else { return nil }
                step.isAnywhere = true
            }
            let name = rest.prefix { $0 != "/" && $0 != "[" }
            rest = rest[name.endIndex...]
            guard name == "*" || XMLValues.prefix(ofName: String(name)) != nil else { return nil }
            step.name = name == "*" ? nil : String(name)
            if rest.hasPrefix("[@") {
                let attribute = rest.dropFirst(2).prefix { $0 != "=" }
                rest = rest[attribute.endIndex...].dropFirst()
                guard let quote = rest.first, quote == "'" || quote == "\"", XMLValues.prefix(ofName: String(attribute)) != nil else {
                    return nil
                }
                let value = rest.dropFirst().prefix { $0 != quote }
                rest = rest[value.endIndex...].dropFirst()
                guard rest.hasPrefix("]") else { return nil }
                rest = rest.dropFirst()
                step.attribute = (String(attribute), String(value))
            }
            steps.append(step)
        }
        guard !steps.isEmpty else { return nil }
        self.steps = steps
    }

    /// What a whole text, which declares no entities, is when nobody says it: documents, if the root has two elements or more, all of one
    /// name and none of them a bare text; otherwise one document.
    package static func guessed(_ text: Span<UInt8>) throws(XMLError) -> XMLRecordPath {
        var limits = XMLLimits()
        limits.allowsEntities = false
        var parser = XMLParser(limits: limits)
        parser.append(text)
        parser.finish()
        var name: String?
        var count = 0
        var isBare = true
        while true {
            switch try parser.next() {
            case .startElement where parser.depth == 1: if parser.attributeCount > 0, hasFields(parser) { return .root }
            case .startElement where parser.depth == 2:
                if count > 0, isBare || name != parser.name.string { return .root }
                name = parser.name.string
                count += 1
                isBare = !hasFields(parser)
            case .startElement: isBare = false
            case .text where parser.depth == 1 && parser.text.trimmed.count > 0: return .root
            case .endOfDocument: return count > 1 && !isBare ? .childrenOfRoot : .root
            default: break
            }
        }
    }

    /// Whether the element has attributes that are fields.
    private static func hasFields(_ parser: borrowing XMLParser) -> Bool {
        (0..<parser.attributeCount).contains { !parser.isNamespaceDeclaration($0) }
    }

    /// A bit for each step that the element which `parser` has told would do for.
    func matches(_ parser: borrowing XMLParser) -> UInt64 {
        var bits: UInt64 = 0
        for (number, step) in steps.enumerated() {
            if let name = step.name, !name.withBytes({ $0 == parser.name }) { continue }
            if let (name, value) = step.attribute {
                let isThere = (0..<parser.attributeCount).contains { index in
                    name.withBytes { $0 == parser.attributeName(index) } && value.withBytes { $0 == parser.attributeValue(index) }
                }
                if !isThere { continue }
            }
            bits |= 1 << UInt64(number)
        }
        return bits
    }

    /// Whether the element is a record whose ancestors and itself match these steps, the root first.
    func isRecord(_ open: [UInt64]) -> Bool {
        func fits(_ open: ArraySlice<UInt64>, _ numbers: Range<Int>) -> Bool {
            open.count == numbers.count && zip(open, numbers).allSatisfy { $0 >> UInt64($1) & 1 != 0 }
        }
        guard let anywhere = steps.firstIndex(where: \.isAnywhere) else { return fits(open[...], 0..<steps.count) }
        guard open.count >= steps.count else { return false }
        return fits(open[..<anywhere], 0..<anywhere) && fits(open[(open.count - steps.count + anywhere)...], anywhere..<steps.count)
    }
}
