/// Turns a query into a plan.
///
/// Variables become slots here, so that a row function costs no look-up when it runs. A tree was checked when it was made (see
/// ``TermTree/validate()``); what could only be wrong in part of one, cut out of its whole, is a `compile` error here.
struct Compiler {
    /// The options of the whole query, which every term that reads the name falls back to.
    private let globals: [String: Node]
    private let recorder: PlanRecorder?
    /// The functions around the term that is being compiled, outermost first.
    private var bindings: [[(id: Int, slot: Slot)]] = []
    /// Whether `literal` may stand here.
    private var allowsLiteral = false

    init(globals: [String: Node] = [:], recorder: PlanRecorder? = nil) {
        self.globals = globals
        self.recorder = recorder
    }

    /// Compiles a whole query.
    mutating func compile(_ tree: TermTree) throws(ReQLError) -> Node {
        try compile(tree.root, at: .root)
    }

    mutating func compile(_ term: Term, at site: Site) throws(ReQLError) -> Node {
        guard let recorder else { return try node(of: term, at: site) }
        recorder.begin(term, at: site)
        var compiled: Node?
        defer { recorder.end(compiled) }
        let node = try node(of: term, at: site)
        compiled = node
        return node
    }

    private mutating func node(of term: Term, at site: Site) throws(ReQLError) -> Node {
        switch term.type {
        case .datum: ConstantNode(term.datum, site)
        case .variable: try variable(term, site)
        case .implicitVariable: try implicitVariable(site)
        case .function: try function(term, site)
        case .literal where !allowsLiteral:
            FailingNode(
                .queryLogic, "`literal` can only stand in the object given to `merge`, `update` or `filter`, and not in another `literal`.",
                site)
        default: try call(term, site)
        }
    }

    // MARK: Terms with arguments

    private mutating func call(_ term: Term, _ site: Site) throws(ReQLError) -> Node {
        let allowedLiteral = allowsLiteral
        defer { allowsLiteral = allowedLiteral }
        let type = term.type
        var arguments: [Node] = []
        arguments.reserveCapacity(term.argumentCount)
        for (position, argument) in term.arguments.enumerated() {
            allowsLiteral = Self.allowsLiteral(type, at: position, inherited: allowedLiteral)
            arguments.append(try compile(argument, at: site.argument(position)))
        }
        var options: [(name: String, node: Node)] = []
        if term.optionCount > 0 {
            allowsLiteral = Self.allowsLiteral(type, at: nil, inherited: allowedLiteral)
            for (name, option) in term.optionalArguments {
                options.append((name, try compile(option, at: site.optional(name))))
            }
        }
        let call = Call(type: type, site: site, arguments: arguments, options: options, globals: globals)
        if type == .json, allowedLiteral { return UnaryNode(call, JSONFunctions.parseWithLiterals) }
        return arguments.contains { $0 is ArgsNode } ? try SplicingNode(call) : try call.node()
    }

    /// Whether `literal` may stand in an argument (nil: an option) of a term.
    private static func allowsLiteral(_ type: TermType, at position: Int?, inherited: Bool) -> Bool {
        switch type {
        case .merge, .update, .filter: position != 0
        case .insert: position == nil
        // The elements of an array may be those of `args`; in any other one `merge` finds the literal out of place.
        case .makeObject, .makeArray, .function, .branch, .functionCall, .default, .args: inherited
        default: false
        }
    }

    // MARK: Functions and variables

    private mutating func function(_ term: Term, _ site: Site) throws(ReQLError) -> Node {
        guard let ids = term.parameters, let body = term.body else {
            throw site.argument(0).error(.compile, "A function's first argument is an array of its variables' numbers.")
        }
        let parameters = ids.map { (id: $0, slot: Slot()) }
        bindings.append(parameters)
        defer { bindings.removeLast() }
        return FunctionNode(
            CompiledFunction(
                parameters: parameters.map(\.slot), body: try compile(body, at: site.argument(1)), site: site),
            hasObjectBody: body.type == .makeObject || (body.type == .datum && body.datum.kind == .object), text: term,
            captured: bindings.dropLast().flatMap { $0 }, site)
    }

    private func variable(_ term: Term, _ site: Site) throws(ReQLError) -> Node {
        for parameters in bindings.reversed() {
            for parameter in parameters where parameter.id == term.variableID { return VariableNode(parameter.slot, site) }
        }
        throw site.error(.compile, "The variable is not bound by a function around it.")
    }

    private func implicitVariable(_ site: Site) throws(ReQLError) -> Node {
        guard let parameters = bindings.last(where: { $0.count == 1 }) else {
            throw site.error(.compile, "`r.row` has no meaning here: no function with one parameter is around it.")
        }
        return VariableNode(parameters[0].slot, site)
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

    /// The least deterministic of the term itself and all arguments and options.
    var determinism: Determinism {
        var worst = type == .uuid && arguments.isEmpty ? .never : type.ownDeterminism
        for argument in arguments { worst = max(worst, argument.determinism) }
        for option in options { worst = max(worst, option.node.determinism) }
        return worst
    }

    /// Checks the number of arguments once it is known, where `args` stood among them.
    fileprivate func checkArity() throws(ReQLError) {
        guard !type.facts.arity.contains(count) else { return }
        throw site.error(.queryLogic, TermTree.arityMessage(type, count: count))
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
            for element in array.elements {
                let constant = ConstantNode(element, argument.site)
                constant.determinism = argument.determinism
                spliced.arguments.append(constant)
            }
        }
        try spliced.checkArity()
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
