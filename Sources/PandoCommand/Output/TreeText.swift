import httpd

/// A value with what is in it, a line each, drawn as a tree.
struct TreeText {
    private let style: Style
    private let width: Int?
    private(set) var lines: [String] = []

    init(_ value: Datum, style: Style, width: Int?, heading: String? = nil) {
        self.style = style
        self.width = width
        if let heading { lines.append(style.bold(heading)) }
        if value.isContainer { addChildren(of: value, indent: "") } else { lines.append(leaf(value, width)) }
    }

    private mutating func addChildren(of value: Datum, indent: String) {
        let children: [(String, Datum)] =
            value.kind == .array ? value.elements.enumerated().map { (String($0), $1) } : value.fields.map { ($0.key, $0.value) }
        for (index, (name, child)) in children.enumerated() {
            let isLast = index == children.count - 1
            let branch = style.faint(indent + (isLast ? "└─ " : "├─ "))
            if child.isContainer {
                lines.append(branch + style.cyan(visible(name)))
                addChildren(of: child, indent: indent + (isLast ? "   " : "│  "))
            } else {
                let room = width.map { max(8, $0 - displayWidth(indent) - displayWidth(name) - 5) }
                lines.append("\(branch)\(style.cyan(visible(name))): \(leaf(child, room))")
            }
        }
    }

    private func leaf(_ value: Datum, _ room: Int?) -> String {
        let text = visible(value.description)
        let shown = room.map { cut(text, to: $0) } ?? text
        switch value.kind {
        case .string: return style.green(shown)
        case .null: return style.faint(shown)
        default: return shown
        }
    }
}

extension Datum {
    /// An array or an object with something in it. Times and the like are values.
    fileprivate var isContainer: Bool { (kind == .array || kind == .object) && count > 0 }
}

/// Text without what a terminal would act on.
func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        result.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
    }
    return result
}
