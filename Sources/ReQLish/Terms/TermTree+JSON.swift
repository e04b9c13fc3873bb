package import Ground

/// The JSON form of terms, as RethinkDB's drivers send it.
///
/// - `[id]`, `[id, [arguments]]`, `[id, [arguments], {options}]`, `[id, {options}]`: a term.
/// - An object: an object literal, whose values are terms. With `$reql_type$` it is a time, binary value, ….
/// - A string, number, bool or null: itself.
/// - `[1, value]`: any JSON value as it is, arrays included.
///
/// So a bare array is always a term, and a literal array is `[2, [elements]]`.
extension TermTree {
    /// Reads a query in JSON form and checks it (see ``validate()``).
    ///
    /// Throws `.client` if the text is not JSON, `.compile` with the path to the term if it is not a query.
    public init(json: Span<UInt8>) throws(ReQLError) {
        let datum: Datum
        do {
            datum = try Datum(json: json, options: .query)
        } catch {
            throw ReQLError(.client, "The query is not valid JSON: \(error)")
        }
        try self.init(datum: datum)
    }

    /// Reads a query in JSON form from a value that was read with `JSONOptions.query`, and checks it.
    public init(datum: Datum) throws(ReQLError) {
        var reader = TermReader()
        let tree = try reader.read(datum)
        try tree.validate()
        self = tree.renumbered()
    }

    /// Appends the JSON form. Not recursive.
    package func writeJSON(into buffer: inout ByteBuffer) {
        TermWriter.write(self, into: &buffer)
    }

    /// The JSON form as a string.
    public var json: String {
        var buffer = ByteBuffer()
        writeJSON(into: &buffer)
        return buffer.string
    }
}

/// Turns JSON values into terms with a stack of its own, so that depth costs no call stack.
private struct TermReader {
    /// A way from the root, shared between siblings: the last step and where the way before it stands in `places`.
    struct Place {
        let parent: Int
        let frame: ReQLError.Frame
    }

    enum Work {
        /// Read the value, found at this place. `isRaw` is below `[1, …]`, where an array is just an array.
        case read(Datum, place: Int, isRaw: Bool)
        /// Take this many finished terms and make this one of them.
        case build(TermType, argumentCount: Int, options: [String])
    }

    var assembler = TermAssembler()
    var work: [Work] = []
    var done: [TermAssembler.Reference] = []
    var places: [Place] = []

    mutating func read(_ datum: Datum) throws(ReQLError) -> TermTree {
        work.append(.read(datum, place: -1, isRaw: false))
        while let next = work.popLast() {
            switch next {
            case .read(let datum, let place, let isRaw): try read(datum, place: place, isRaw: isRaw)
            case .build(let type, let argumentCount, let options): try build(type, argumentCount, options)
            }
        }
        // Arguments were read before their term, and fields come sorted.
        return try assembler.orderedTree(root: done[0])
    }

    private mutating func build(_ type: TermType, _ argumentCount: Int, _ options: [String]) throws(ReQLError) {
        let children = done.suffix(argumentCount + options.count)
        let arguments = Array(children.prefix(argumentCount))
        let optionTerms = zip(options, children.dropFirst(argumentCount)).map { (name: $0, term: $1) }
        done.removeLast(argumentCount + options.count)
        done.append(assembler.term(type, arguments, options: optionTerms))
        if let failure = assembler.failure { throw failure }
    }

    private mutating func read(_ datum: Datum, place: Int, isRaw: Bool) throws(ReQLError) {
        switch datum.kind {
        case .object: try readObject(datum, place: place, isRaw: isRaw)
        case .array where isRaw:
            work.append(.build(.makeArray, argumentCount: datum.count, options: []))
            for position in (0..<datum.count).reversed() { schedule(datum[position], .argument(position), below: place, isRaw: true) }
        case .array: try readTerm(datum, place: place)
        default: done.append(assembler.datum(datum))
        }
    }

    private mutating func readObject(_ datum: Datum, place: Int, isRaw: Bool) throws(ReQLError) {
        let pseudoType = datum[field: Datum.pseudoTypeKey]
        if pseudoType?.string == "LITERAL" {
            // A marker, not a value: the same as the term.
            let value = datum[field: "value"]
            work.append(.build(.literal, argumentCount: value == nil ? 0 : 1, options: []))
            if let value { schedule(value, .optional("value"), below: place, isRaw: isRaw) }
            return
        }
        if pseudoType == nil, datum.elements.allSatisfy({ $0.kind != .array && $0.kind != .object }) {
            return done.append(assembler.datum(datum))
        }
        let names = datum.fields.map(\.key)
        work.append(.build(.makeObject, argumentCount: 0, options: names))
        for position in names.indices.reversed() { schedule(datum[position], .optional(names[position]), below: place, isRaw: isRaw) }
    }

    private mutating func readTerm(_ array: Datum, place: Int) throws(ReQLError) {
        guard array.count >= 1 else { throw error("An empty array is not a term; an array is written [2,[…]].", place) }
        guard let id = array[0].integer else {
            throw error("A term begins with its number, not with \(array[0].typeName); an array is written [2,[…]].", place)
        }
        guard let type = TermType(number: id) else {
            throw error("There is no term with the number \(id).", place)
        }
        if type == .datum {
            guard array.count == 2 else { throw error("A literal is written [1, value].", place) }
            return work.append(.read(array[1], place: place, isRaw: true))
        }
        var arguments = Datum.emptyArray, options = Datum.emptyObject
        switch array.count {
        case 1: break
        case 2 where array[1].kind == .object: options = array[1]
        case 2: arguments = array[1]
        case 3:
            arguments = array[1]
            options = array[2]
        default: throw error("A term has at most three parts, number, arguments and options; `\(type.name)` has \(array.count).", place)
        }
        guard arguments.kind == .array else {
            throw error("The arguments of `\(type.name)` must be an array, not \(arguments.typeName).", place)
        }
        guard options.kind == .object else {
            throw error("The options of `\(type.name)` must be an object, not \(options.typeName).", place)
        }
        let names = options.fields.map(\.key)
        work.append(.build(type, argumentCount: arguments.count, options: names))
        for position in names.indices.reversed() { schedule(options[position], .optional(names[position]), below: place) }
        for position in (0..<arguments.count).reversed() { schedule(arguments[position], .argument(position), below: place) }
    }

    private mutating func schedule(_ datum: Datum, _ frame: ReQLError.Frame, below place: Int, isRaw: Bool = false) {
        // A literal can't be wrong, so its place is never asked for.
        var here = place
        if datum.kind == .array || datum.kind == .object {
            places.append(Place(parent: place, frame: frame))
            here = places.count - 1
        }
        work.append(.read(datum, place: here, isRaw: isRaw))
    }

    private func error(_ message: String, _ place: Int) -> ReQLError {
        var frames: [ReQLError.Frame] = []
        var place = place
        while place >= 0 {
            frames.append(places[place].frame)
            place = places[place].parent
        }
        return ReQLError(.compile, message, frames: frames.reversed())
    }
}
