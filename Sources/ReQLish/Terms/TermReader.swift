import Catalog

/// A reader of terms from JSON values. It has a stack of its own, so that depth costs no call stack.
struct TermReader {
    /// A term whose parts are being read: its arguments, then its options.
    private struct Open {
        let type: TermType
        /// An array.
        let arguments: Datum
        /// An object.
        let options: Datum
        /// Whether it stands below `[1, …]`, where an array is just an array.
        let isRaw: Bool
        /// Whether it was written as an object, whose one argument is a field.
        let isMarker: Bool
        let argumentCount: Int
        let count: Int
        /// The part to be read next.
        var next = 0

        init(_ type: TermType, arguments: Datum = .emptyArray, options: Datum = .emptyObject, isRaw: Bool = false, isMarker: Bool = false) {
            self.type = type
            self.arguments = arguments
            self.options = options
            self.isRaw = isRaw
            self.isMarker = isMarker
            argumentCount = arguments.count
            count = argumentCount + options.count
        }

        mutating func takeNext() -> Datum {
            let position = next
            next += 1
            return position < argumentCount ? arguments[position] : options[position - argumentCount]
        }

        /// The step from here to the part that was taken last.
        var frame: ReQLError.Frame {
            if isMarker { return .optional("value") }
            return next <= argumentCount ? .argument(next - 1) : .optional(options.key(at: next - 1 - argumentCount))
        }
    }

    private var assembler = TermAssembler()
    /// The terms around what is being read, outermost first.
    private var path: [Open] = []
    /// Terms that are whole and that no term has yet.
    private var done: [TermAssembler.Reference] = []

    /// Reads a query from a value that was read with `JSONOptions.query`.
    static func read(_ datum: Datum) throws(ReQLError) -> TermTree {
        var reader = TermReader()
        return try reader.read(datum)
    }

    private mutating func read(_ datum: Datum) throws(ReQLError) -> TermTree {
        assembler.reserve(termCount: 8)
        done.reserveCapacity(8)
        path.reserveCapacity(8)
        try begin(datum, isRaw: false)
        while let top = path.indices.last {
            if path[top].next == path[top].count {
                try end(path.removeLast())
            } else {
                let part = path[top].takeNext()
                try begin(part, isRaw: path[top].isRaw)
            }
        }
        // Arguments were read before their term, and fields come sorted.
        return try assembler.orderedTree(root: done[0])
    }

    private mutating func end(_ term: Open) throws(ReQLError) {
        let names = term.options.count == 0 ? [] : (0..<term.options.count).map { term.options.key(at: $0) }
        let reference = assembler.term(term.type, done.suffix(term.count), sortedNames: names)
        done.removeLast(term.count)
        done.append(reference)
        if let failure = assembler.failure { throw failure }
    }

    private mutating func begin(_ datum: Datum, isRaw: Bool) throws(ReQLError) {
        switch datum.kind {
        case .object: beginObject(datum, isRaw: isRaw)
        case .array where isRaw: path.append(Open(.makeArray, arguments: datum, isRaw: true))
        case .array: try beginTerm(datum)
        default: done.append(assembler.datum(datum))
        }
    }

    private mutating func beginObject(_ datum: Datum, isRaw: Bool) {
        let pseudoType = datum[field: Datum.pseudoTypeKey]
        if pseudoType?.string == "LITERAL" {
            // A marker, not a value: the same as the term.
            let value = datum[field: "value"].map { Datum(elements: [$0]) }
            return path.append(Open(.literal, arguments: value ?? .emptyArray, isRaw: isRaw, isMarker: true))
        }
        if pseudoType == nil, datum.elements.allSatisfy({ $0.kind != .array && $0.kind != .object }) {
            return done.append(assembler.datum(datum))
        }
        path.append(Open(.makeObject, options: datum, isRaw: isRaw))
    }

    private mutating func beginTerm(_ array: Datum) throws(ReQLError) {
        let count = array.count
        guard count >= 1 else { throw error("An empty array is not a term; an array is written [2,[…]].") }
        let number = array[0]
        guard let id = number.integer else {
            throw error("A term begins with its number, not with \(number.typeName); an array is written [2,[…]].")
        }
        guard let type = TermType(number: id) else {
            throw error("There is no term with the number \(id).")
        }
        if type == .datum {
            guard count == 2 else { throw error("A literal is written [1, value].") }
            return try begin(array[1], isRaw: true)
        }
        var arguments = Datum.emptyArray, options = Datum.emptyObject
        switch count {
        case 1: break
        case 2:
            let part = array[1]
            if part.kind == .object { options = part } else { arguments = part }
        case 3:
            arguments = array[1]
            options = array[2]
        default: throw error("A term has at most three parts, number, arguments and options; `\(type.name)` has \(count).")
        }
        guard arguments.kind == .array else {
            throw error("The arguments of `\(type.name)` must be an array, not \(arguments.typeName).")
        }
        guard options.kind == .object else {
            throw error("The options of `\(type.name)` must be an object, not \(options.typeName).")
        }
        path.append(Open(type, arguments: arguments, options: options))
    }

    /// An error of what was taken last.
    private func error(_ message: String) -> ReQLError {
        ReQLError(.compile, message, frames: path.map(\.frame))
    }
}
