/// The compiler of a query into a plan.
///
/// Variables become slots here, so that a row function costs no look-up when it runs. A tree was checked when it was made (see
/// ``TermTree/validate()``); what could only be wrong in part of one, cut out of its whole, is a `compile` error here.
struct Compiler {
    /// The options of the whole query, which every term that reads the name falls back to.
    private let globals: [String: Node]
    private let recorder: PlanRecorder?
    /// The functions around the term that is being compiled, outermost first.
    private var bindings: [[(id: Int, slot: Slot)]] = []
    /// All of their variables, one array for all functions in the same place.
    private var captured: [(id: Int, slot: Slot)] = []
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
        switch type.facts.literals {
        case .nowhere: false
        case .inArguments: position != 0
        case .inOptions: position == nil
        case .inherited: inherited
        }
    }

    // MARK: Functions and variables

    private mutating func function(_ term: Term, _ site: Site) throws(ReQLError) -> Node {
        guard let ids = term.parameters, let body = term.body else {
            throw site.argument(0).error(.compile, "A function's first argument is an array of its variables' numbers.")
        }
        let parameters = ids.map { (id: $0, slot: Slot()) }
        let around = captured
        bindings.append(parameters)
        if !parameters.isEmpty { captured += parameters }
        defer {
            bindings.removeLast()
            captured = around
        }
        return FunctionNode(
            CompiledFunction(
                parameters: parameters.map(\.slot), body: try compile(body, at: site.argument(1)), site: site),
            hasObjectBody: body.type == .makeObject || (body.type == .datum && body.datum.kind == .object), text: term,
            captured: around, site)
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
