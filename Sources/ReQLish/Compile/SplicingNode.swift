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
