extension TermTree {
    /// The query as text, in JavaScript spelling: what `TermTree(text:)` reads as the same query. Not recursive.
    ///
    /// - Parameter width: If the text is longer than this, the methods of the outermost chain get lines of their own.
    public func text(width: Int? = nil) -> String {
        root.text(width: width)
    }

    /// Whether the query names the table of accounts, whose rows are written with passwords.
    var mayHoldSecrets: Bool { names(.db, CatalogNames.systemDatabase) && names(.table, "users") }

    private func names(_ type: TermType, _ name: String) -> Bool {
        storage.nodes.contains { node in
            node.type == type && node.argumentCount > 0
                && (0..<Int(node.argumentCount)).contains { position in
                    let argument = storage.nodes[Int(storage.children[Int(node.first) + position])]
                    return argument.type == .datum && storage.datums[Int(argument.first)].string == name
                }
        }
    }

    /// The text of the query, for others than who asked it: of a query on accounts without the values that it writes, which may be passwords.
    func textWithoutSecrets() -> String {
        mayHoldSecrets ? TextPrinter(tree: self, hidesStrings: true).text(of: Int(root.index)) : text()
    }

    /// The text of the query with carets under the term in which an error happened, in two lines; long texts are shortened around
    /// that place. Nil if the path leads nowhere.
    public func snippet(markedAt frames: [ReQLError.Frame]) -> String? {
        var term = root
        for frame in frames {
            // A literal is one term here, however deep the path goes on inside it.
            if term.type == .datum { break }
            guard let child = term.child(frame) else { return nil }
            term = child
        }
        return TextPrinter(tree: self, marked: Int(term.index)).snippet()
    }
}

extension TermTree: CustomStringConvertible {
    public var description: String { text() }
}

extension Term: CustomStringConvertible {
    /// The term as text. A variable of a function around it stands by its name.
    public func text(width: Int? = nil) -> String {
        TextPrinter(tree: tree).text(of: Int(index), width: width)
    }

    public var description: String { text() }

    /// The term without the one that its method is called on: `filter(x => x("age").gt(30))`.
    var ownText: String { TextPrinter(tree: tree).ownText(of: Int(index)) }
}
