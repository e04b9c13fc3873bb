/// Turns terms into a plan, and refuses what can be seen to be wrong before anything runs.
///
/// Variables become slots here, so that a row function costs no look-up when it runs. All errors are `compile` errors with the
/// frames of the offending term.
struct Compiler {
    /// The options of the whole query, which every term that reads the name falls back to.
    private let globals: [String: Node]
    private var scope = Scope()

    init(globals: [String: Node] = [:]) {
        self.globals = globals
    }

    /// A function around the term that is being compiled.
    private struct Binding {
        let parameters: [(id: Int, slot: Slot)]
    }

    /// What the position of a term allows.
    private struct Scope {
        var bindings: [Binding] = []
        /// The sequence term in whose argument we are, where nothing may be written.
        var writesForbiddenBy: TermType?
        var allowsLiteral = false
        var allowsOrdering = false
    }

    /// Compiles a whole query.
    mutating func compile(_ tree: TermTree) throws(ReQLError) -> Node {
        try compile(tree.root, at: .root)
    }

    mutating func compile(_ term: Term, at site: Site) throws(ReQLError) -> Node {
        let type = term.type
        if type.isWriteOrMeta, let outer = scope.writesForbiddenBy {
            throw site.error(
                .compile, "`\(type.name)` can't stand in an argument of `\(outer.name)`. Use `forEach` to write once per row.")
        }
        switch type {
        case .datum: return ConstantNode(term.datum, site)
        case .variable: return try variable(term, site)
        case .implicitVariable: return try implicitVariable(site)
        case .function: return try function(term, site)
        case .asc, .desc:
            guard scope.allowsOrdering else {
                throw site.error(.compile, "`\(type.name)` can only stand directly in `orderBy` or `union`.")
            }
        case .literal where !scope.allowsLiteral:
            return FailingNode(
                .queryLogic, "`literal` can only stand in the object given to `merge`, `update` or `filter`, and not in another `literal`.",
                site)
        default: break
        }
        return try call(term, site)
    }

    // MARK: Terms with arguments

    private mutating func call(_ term: Term, _ site: Site) throws(ReQLError) -> Node {
        let type = term.type
        let outer = scope
        defer { scope = outer }

        var arguments: [Node] = []
        arguments.reserveCapacity(term.argumentCount)
        var isSpliced = false
        for (position, argument) in term.arguments.enumerated() {
            enter(type, position: position, from: outer)
            if argument.type == .args { isSpliced = true }
            arguments.append(try compile(argument, at: site.argument(position)))
        }
        var options: [(name: String, node: Node)] = []
        if term.optionCount > 0 {
            for (name, option) in term.optionalArguments {
                enter(type, position: nil, from: outer)
                options.append((name, try compile(option, at: site.optional(name))))
            }
        }
        let call = Call(type: type, site: site, arguments: arguments, options: options, globals: globals)
        let node: Node
        if isSpliced {
            node = try SplicingNode(call)
        } else {
            try call.checkArity(.compile)
            node = try call.node()
        }
        return node
    }

    /// Sets what the argument at `position` (nil: an option) may hold.
    private mutating func enter(_ type: TermType, position: Int?, from outer: Scope) {
        scope = outer
        if type.forbidsWritesInArguments, position != 0, scope.writesForbiddenBy == nil { scope.writesForbiddenBy = type }
        scope.allowsOrdering =
            type == .orderBy || type == .union || (type == .makeArray && outer.allowsOrdering)
        switch type {
        case .merge, .update, .filter: scope.allowsLiteral = position != 0
        case .insert: scope.allowsLiteral = position == nil
        case .makeObject, .function, .branch, .functionCall, .default: break
        default: scope.allowsLiteral = false
        }
    }

    // MARK: Functions and variables

    private mutating func function(_ term: Term, _ site: Site) throws(ReQLError) -> Node {
        guard let ids = term.parameters, let body = term.body else {
            throw site.argument(0).error(.compile, "A function's first argument is an array of its variables' numbers.")
        }
        guard Set(ids).count == ids.count else {
            throw site.argument(0).error(.compile, "A function names the same variable twice.")
        }
        let outer = scope
        defer { scope = outer }
        let binding = Binding(parameters: ids.map { ($0, Slot()) })
        scope.bindings.append(binding)
        scope.allowsOrdering = false
        let compiled = try compile(body, at: site.argument(1))
        return FunctionNode(
            CompiledFunction(parameters: binding.parameters.map(\.slot), body: compiled, site: site),
            hasObjectBody: body.type == .makeObject || (body.type == .datum && body.datum.kind == .object), text: term, site)
    }

    private func variable(_ term: Term, _ site: Site) throws(ReQLError) -> Node {
        guard let id = term.variableID else {
            throw site.error(.compile, "A variable is named by a literal number.")
        }
        for binding in scope.bindings.reversed() {
            for parameter in binding.parameters where parameter.id == id { return VariableNode(parameter.slot, site) }
        }
        throw site.error(.compile, "Variable \(id) is not bound by a function around it.")
    }

    private func implicitVariable(_ site: Site) throws(ReQLError) -> Node {
        let candidates = scope.bindings.filter { $0.parameters.count == 1 }
        guard let only = candidates.last else {
            throw site.error(.compile, "`r.row` has no meaning here: no function with one parameter is around it.")
        }
        guard candidates.count == 1, scope.bindings.count == 1 else {
            throw site.error(.compile, "`r.row` is ambiguous in nested functions. Name the parameter: `x => …`.")
        }
        return VariableNode(only.parameters[0].slot, site)
    }
}

/// A term with its arguments compiled: what a node is made of.
struct Call {
    let type: TermType
    let site: Site
    var arguments: [Node]
    let options: [(name: String, node: Node)]
    let globals: [String: Node]

    subscript(position: Int) -> Node { arguments[position] }

    var count: Int { arguments.count }

    /// The option with this name, or the whole query's.
    func option(_ name: String) -> Node? {
        ownOption(name) ?? (globals.isEmpty ? nil : globals[name])
    }

    /// The option with this name, given to the term itself.
    func ownOption(_ name: String) -> Node? {
        for option in options where option.name == name { return option.node }
        return nil
    }

    /// The least deterministic of all arguments and options.
    var determinism: Determinism {
        var worst = Determinism.always
        for argument in arguments { worst = max(worst, argument.determinism) }
        for option in options { worst = max(worst, option.node.determinism) }
        return worst
    }

    func checkArity(_ kind: ReQLError.Kind) throws(ReQLError) {
        let arity = type.facts.arity
        guard !arity.contains(count) else { return }
        let wanted =
            if arity.lowerBound == arity.upperBound {
                "\(arity.lowerBound)"
            } else if arity.upperBound == .max {
                "at least \(arity.lowerBound)"
            } else {
                "\(arity.lowerBound) to \(arity.upperBound)"
            }
        throw site.error(kind, "`\(type.name)` takes \(wanted) arguments, its receiver included, and has \(count).")
    }
}

/// A call with `args` among its arguments: how many there are is known only when the array has been evaluated.
final class SplicingNode: Node {
    private let call: Call

    init(_ call: Call) throws(ReQLError) {
        switch call.type {
        case .orderBy, .union:
            if call.type == .orderBy || call.ownOption("interleave") != nil {
                throw call.site.error(.queryLogic, "`args` can't stand in `\(call.type.name)`.")
            }
        default: break
        }
        self.call = call
        super.init(call.site, determinism: call.determinism)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        var spliced = call
        spliced.arguments = []
        for argument in call.arguments {
            guard let args = argument as? ArgsNode else { spliced.arguments.append(argument); continue }
            let array = try args.array(execution)
            for element in array.elements { spliced.arguments.append(ConstantNode(element, argument.site)) }
        }
        try spliced.checkArity(.queryLogic)
        return try spliced.node().evaluate(execution)
    }
}

/// `args([…])`. Means something only among the arguments of another term.
final class ArgsNode: Node {
    private let operand: Node

    init(_ call: Call) {
        operand = call[0]
        super.init(call.site, determinism: call.determinism)
    }

    func array(_ execution: Execution) throws(ReQLError) -> Datum {
        let datum = try operand.datum(execution)
        guard datum.kind == .array else { throw operand.site.mismatch(datum, expected: "an ARRAY") }
        return datum
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        throw site.error(.queryLogic, "`args` can only stand among the arguments of another term.")
    }
}
