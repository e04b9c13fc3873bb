public import Catalog
import Ground

/// Evaluates the functions of secondary indexes for the floor below, which stores them as text it can't read: the JSON form of a
/// function term.
///
/// Such a function has only the document: no database, no options, no clock and no table. Whatever goes wrong in it leaves the document
/// out of the index.
public struct ReQLIndexFunctions: WriteHookFunctions {
    public init() {}

    public func compile(_ function: String) throws(CatalogError) -> IndexFunction {
        do throws(ReQLError) {
            let stored = try StoredFunction(text: function)
            return { document, limits throws(CatalogError) in try stored.value(of: document, limits) }
        } catch {
            throw CatalogError(.newerFormat, "A stored function can't be read. \(error.message)")
        }
    }

    public func compileHook(_ function: String) throws(CatalogError) -> WriteHookFunction {
        do throws(ReQLError) {
            let stored = try StoredFunction(text: function)
            return { stored.hooked($0, $1, $2, $3) }
        } catch {
            throw CatalogError(.newerFormat, "A stored write hook can't be read. \(error.message)")
        }
    }

    public func exportedHook(_ function: String) -> (blob: [UInt8], query: String)? {
        guard let tree = try? TermTree(json: Array(function.utf8).span), let form = FunctionForm(tree) else { return nil }
        return (WriteHookBlob.bytes(form), "setWriteHook(\(tree.text()))")
    }

    public func importedHook(_ blob: [UInt8]) -> String? {
        try? WriteHookBlob.read(blob)
    }

    public func exported(_ index: IndexConfig) -> (blob: [UInt8], query: String)? {
        FunctionBlob(index).map { ($0.bytes, $0.query(name: index.name)) }
    }

    public func imported(_ blob: [UInt8]) -> IndexDefinition? {
        try? FunctionBlob.read(blob)
    }

    public func cells(of geometry: Datum) -> [Int] {
        guard let shape = try? Geometry(geometry).shape({ SphereVector(reproducible: $0) }) else { return [] }
        return SphereCovering.indexed(shape).map(\.id)
    }

    public func fields(of function: String) -> (names: [String], areArray: Bool)? {
        IndexFields.read(function).map { ($0.names, $0.isCompound) }
    }
}

/// A function that outlives its query.
///
/// Sendable, though its plan is not: `lock` is held whenever the plan runs, and nothing of the plan leaves this class.
private final class StoredFunction: @unchecked Sendable {
    private let lock = Monitor()
    private let function: Function
    private let clock: FunctionClock
    private let execution: Execution
    /// The memory of the function: that of a query that writes may be full, or the query be stopped, and the function has to say the same
    /// of a document all the same.
    private let memory: QueryMemory

    init(text: String) throws(ReQLError) {
        let tree = try TermTree(json: Array(text.utf8).span)
        var compiler = Compiler()
        guard let node = try compiler.compile(tree) as? FunctionNode, node.function.determinism == .always else {
            throw ReQLError(.queryLogic, "It is not a function whose value depends on the document alone.")
        }
        function = node.function
        clock = FunctionClock()
        execution = Execution(
            writer: Writer(), defaultDatabase: "", arrayLimit: Document.maximumArrayCount, cancellation: Cancellation(),
            server: ServerState(id: ""), clock: clock)
        memory = execution.memory
    }

    func value(of document: Datum, _ limits: FunctionLimits) throws(CatalogError) -> Datum? {
        let (value, verdict) = lock.withLock {
            clock.begin(limits)
            let value = QueryMemory.ofThread.with(memory) { try? function.lookup(execution, document) }
            return (value, clock.verdict)
        }
        if let verdict { throw Self.stopped(verdict) }
        return value
    }

    private static func stopped(_ kind: CatalogError.Kind) -> CatalogError {
        kind == .cancelled ? Cancellation.error : CatalogError(kind, "The function computes for too long.")
    }

    func hooked(_ context: Datum, _ old: Datum, _ new: Datum, _ limits: FunctionLimits) -> Result<Datum, CatalogError> {
        lock.withLock {
            clock.begin(limits)
            do throws(ReQLError) {
                let arguments: [Value] = [.datum(context), .datum(old), .datum(new)]
                let result = try QueryMemory.ofThread.with(memory) { () throws(ReQLError) in
                    try function.call(execution, arguments).datum(execution, at: function.site)
                }
                if let verdict = clock.verdict { return .failure(Self.stopped(verdict)) }
                // From here on it counts for who writes.
                return .success(result.owned)
            } catch {
                if let verdict = clock.verdict { return .failure(Self.stopped(verdict)) }
                return .failure(CatalogError(.hookFailed, "Error in write hook: \(error.message)"))
            }
        }
    }
}

/// The text of a function that is stored, made of one of a query.
enum IndexFunctionText {
    /// Deeper ones might not fit the stack of some thread that writes.
    static let maximumDepth = 40

    /// - Throws: `queryLogic` for a function that asks for more than the document.
    static func source(of node: FunctionNode, _ execution: Execution) throws(ReQLError) -> IndexConfig.Source {
        guard node.function.parameters.count <= 1 else {
            throw node.site.error(
                .queryLogic,
                "An index function takes one argument, the document; this one takes \(node.function.parameters.count).")
        }
        return source(of: try tree(of: node, "An index function", execution))
    }

    /// The text of a write hook.
    /// - Throws: `queryLogic` for a function that asks for more than its three arguments.
    static func hook(_ node: FunctionNode, _ execution: Execution) throws(ReQLError) -> String {
        guard node.function.parameters.count == 3 else {
            throw node.site.error(
                .queryLogic,
                "A write hook takes 3 arguments (context, old document, new document); this one takes \(node.function.parameters.count).")
        }
        return try tree(of: node, "A write hook", execution).json
    }

    /// The function with the values of what it captures in it.
    private static func tree(of node: FunctionNode, _ what: String, _ execution: Execution) throws(ReQLError) -> TermTree {
        guard node.function.determinism == .always else {
            throw node.site.error(
                .queryLogic, "\(what) must give the same value each time: no random values, no `now`, no reads, no geometry.")
        }
        guard node.text.depth <= maximumDepth else {
            throw node.site.error(.queryLogic, "\(what) may nest \(maximumDepth) terms; this one nests \(node.text.depth).")
        }
        var closing = Closing(captured: node.captured, site: node.site)
        let root = try closing.copy(node.text, bound: [], execution)
        let tree = try node.site.locating(closing.assembler.tree(root: root))
        return tree.renumbered()
    }

    /// A function that only gets a field is known to the floor below.
    static func source(of tree: TermTree) -> IndexConfig.Source {
        if let body = tree.root.body, body.type == .getField || body.type == .bracket, body.argumentCount == 2,
            body.argument(0).variableID == tree.root.parameters?.first, body.argument(1).type == .datum,
            let name = body.argument(1).datum.string
        {
            return .field(name)
        }
        return .function(tree.json)
    }

    /// Puts values in the place of variables from around the function.
    private struct Closing {
        var assembler = TermAssembler()
        let captured: [(id: Int, slot: Slot)]
        let site: Site

        mutating func copy(_ term: Term, bound: Set<Int>, _ execution: Execution) throws(ReQLError) -> TermAssembler.Reference {
            if term.type == .datum { return assembler.datum(term.datum) }
            if let id = term.variableID {
                if bound.contains(id) { return assembler.variable(id) }
                guard let slot = captured.last(where: { $0.id == id })?.slot else {
                    throw site.error(.queryLogic, "The function has a variable that is not bound.")
                }
                return assembler.datum(try slot.value.datum(execution, at: site))
            }
            if let parameters = term.parameters, let body = term.body {
                return assembler.function(
                    parameters: parameters, body: try copy(body, bound: bound.union(parameters), execution))
            }
            var arguments: [TermAssembler.Reference] = []
            for argument in term.arguments { arguments.append(try copy(argument, bound: bound, execution)) }
            var options: [(name: String, term: TermAssembler.Reference)] = []
            for (name, option) in term.optionalArguments { options.append((name, try copy(option, bound: bound, execution))) }
            return assembler.term(term.type, arguments, options: options)
        }
    }
}
