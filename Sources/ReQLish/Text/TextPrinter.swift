/// Writes terms as text, children before their parents, so that depth costs no call stack.
struct TextPrinter {
    /// The text of one term, in pieces, so that a chain of methods can be broken into lines.
    private struct Piece {
        var head: String
        /// `.filter(…)`, `("name")`, …
        var links: [String] = []
        /// Whether a method can follow without `r.expr(…)` around it.
        var isReceiver = true

        var text: String { links.isEmpty ? head : head + links.joined() }
    }

    private let storage: TermTree.Storage
    private let variables: VariableNames
    /// The position of the term that is to be found in the text.
    private let marked: Int?
    /// The literals whose strings are not shown.
    private let hidden: Set<Int>

    /// Around the marked term. No text of ours contains control characters.
    private static let markStart = "\u{1}", markEnd = "\u{2}"

    /// - Parameter hidesStrings: strings are not shown, but names and keys are.
    init(tree: TermTree, marked: Int? = nil, hidesStrings: Bool = false) {
        hidden = hidesStrings ? Self.values(tree.storage) : []
        storage = tree.storage
        variables = VariableNames(tree.storage)
        self.marked = marked
    }

    func text(of index: Int, width: Int? = nil) -> String {
        let piece = piece(of: index)
        let line = piece.text
        guard let width, line.count > width, piece.links.count > 1 else { return line }
        // Calls of a field or element, x("a"), stay on the line of what they belong to.
        return piece.head + piece.links.map { $0.hasPrefix(".") ? "\n  " + $0 : $0 }.joined()
    }

    /// A term without what its method is called on: `filter(…)`.
    func ownText(of index: Int) -> String {
        let piece = piece(of: index)
        guard let link = piece.links.last else { return piece.head }
        return link.hasPrefix(".") ? String(link.dropFirst()) : link
    }

    private func piece(of root: Int) -> Piece {
        var pieces = [Piece?](repeating: nil, count: root + 1)
        for index in TermTree.firstDescendant(of: root, in: storage)...root {
            var piece = make(index, &pieces)
            if index == marked { Self.mark(&piece) }
            pieces[index] = piece
        }
        return pieces[root] ?? Piece(head: "")
    }

    private static func mark(_ piece: inout Piece) {
        if piece.links.isEmpty {
            piece.head = markStart + piece.head + markEnd
        } else {
            piece.links[piece.links.count - 1] = markStart + piece.links[piece.links.count - 1] + markEnd
        }
    }

    // MARK: One term

    private func make(_ index: Int, _ pieces: inout [Piece?]) -> Piece {
        let node = storage.nodes[index]
        func take(_ child: Int) -> Piece {
            let position = Int(storage.children[Int(node.first) + child])
            defer { pieces[position] = nil }
            return pieces[position] ?? Piece(head: "")
        }
        func argument(_ position: Int) -> String { take(position).text }
        func arguments(from start: Int) -> [String] { (start..<max(start, Int(node.argumentCount))).map(argument) }

        switch node.type {
        case .datum:
            let text = Self.literal(storage.datums[Int(node.first)], hidesStrings: hidden.contains(index))
            return Piece(head: text, isReceiver: false)
        case .makeArray: return Piece(head: "[" + arguments(from: 0).joined(separator: ", ") + "]", isReceiver: false)
        case .makeObject:
            let fields = (0..<Int(node.optionCount)).map { i in
                Self.fieldName(storage.names[Int(node.firstName) + i]) + ": " + argument(Int(node.argumentCount) + i)
            }
            return Piece(head: "{" + fields.joined(separator: ", ") + "}", isReceiver: false)
        case .variable: return Piece(head: variables.names[index] ?? "var")
        case .implicitVariable: return variables.names[index].map { Piece(head: $0) } ?? Piece(head: "r.row")
        case .function where node.argumentCount == 2:
            if variables.implicitFunctions.contains(index) { return take(1) }
            let names = variables.parameters[index] ?? []
            let body = argument(1)
            let head = (names.count == 1 ? names[0] : "(" + names.joined(separator: ", ") + ")") + " => "
            return Piece(head: head + (Self.isObject(body) ? "(\(body))" : body), isReceiver: false)
        case .bracket where node.argumentCount == 2:
            var receiver = receiver(take(0))
            receiver.links.append("(\(argument(1)))")
            return receiver
        case .functionCall where node.argumentCount >= 1:
            return Piece(head: "r.do(" + (arguments(from: 1) + [argument(0)]).joined(separator: ", ") + ")")
        default: break
        }

        let facts = node.type.facts
        let count = Int(node.argumentCount)
        if facts.spelling == .constant && count == 0 { return Piece(head: "r.\(facts.name)") }
        let isSpliced = count > 0 && storage.nodes[Int(storage.children[Int(node.first)])].type == .args
        let isMethod =
            switch facts.spelling {
            case .method: count > 0 && !isSpliced
            case .either: count == facts.arity.upperBound && !isSpliced
            case .function, .constant, .syntax: false
            }
        var chain = isMethod ? receiver(take(0)) : Piece(head: "r.")
        var written = arguments(from: isMethod ? 1 : 0)
        let options = (0..<Int(node.optionCount)).map { i in
            Self.fieldName(TermType.camelCase(storage.names[Int(node.firstName) + i])) + ": " + argument(count + i)
        }
        if !options.isEmpty {
            written.append("{" + options.joined(separator: ", ") + "}")
        } else if !facts.options.isEmpty, count > facts.arity.lowerBound, let last = written.last, Self.isObject(last) {
            // Otherwise it would be read as options.
            written[written.count - 1] = "r.expr(\(last))"
        }
        let call = "\(facts.name)(" + written.joined(separator: ", ") + ")"
        if isMethod { chain.links.append("." + call) } else { chain.head += call }
        return chain
    }

    private func receiver(_ piece: Piece) -> Piece {
        piece.isReceiver ? piece : Piece(head: "r.expr(\(piece.text))")
    }

    // MARK: Literals

    private static func isObject(_ text: String) -> Bool {
        text.utf8.first { $0 != 1 } == UInt8(ascii: "{")
    }

    private static func fieldName(_ name: String) -> String {
        Lexer.isIdentifier(name) ? name : Datum(name).description
    }

    /// The literals that are neither names of databases, tables and fields nor keys.
    private static func values(_ storage: TermTree.Storage) -> Set<Int> {
        var values = Set(storage.nodes.indices.filter { storage.nodes[$0].type == .datum })
        for node in storage.nodes where [.db, .table, .get, .bracket].contains(node.type) {
            for child in 0..<Int(node.argumentCount) { values.remove(Int(storage.children[Int(node.first) + child])) }
        }
        return values
    }

    private static func literal(_ datum: Datum, hidesStrings: Bool) -> String {
        var text = ""
        DatumWalk.run(datum) { step in
            switch step {
            case .scalar(let value) where hidesStrings && value.kind == .string: text += "\"…\""
            case .scalar(let value): text += value.description
            case .beginArray: text += "["
            case .endArray: text += "]"
            case .beginObject: text += "{"
            case .endObject: text += "}"
            case .key(let key): text += fieldName(key) + ": "
            case .separator: text += ", "
            }
        }
        return text
    }

    // MARK: Finding a term

    /// The text and carets under the marked term.
    func snippet() -> String? {
        let scalars = Array(piece(of: storage.nodes.count - 1).text.unicodeScalars)
        guard let start = scalars.firstIndex(of: "\u{1}"), let end = scalars.firstIndex(of: "\u{2}") else { return nil }
        let before = scalars[..<start], inside = scalars[(start + 1)..<end], after = scalars[(end + 1)...]
        func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
            var result = ""
            result.unicodeScalars.append(contentsOf: scalars)
            return result
        }
        let left = before.count > 60 ? "…" + string(before.suffix(57)) : string(before)
        let middle = inside.count > 60 ? string(inside.prefix(57)) + "…" : string(inside)
        let right = after.count > 30 ? string(after.prefix(27)) + "…" : string(after)
        let carets = String(repeating: "^", count: max(1, middle.unicodeScalars.count))
        return left + middle + right + "\n" + String(repeating: " ", count: left.unicodeScalars.count) + carets
    }
}
