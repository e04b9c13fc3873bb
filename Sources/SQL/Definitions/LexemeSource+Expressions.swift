import Catalog

extension LexemeSource {
    /// What an expression of type tsvector is made of: texts that `to_tsvector` reads by a configuration that is written there, and columns,
    /// weighted and joined. Nil for any other expression, which no index is made of.
    ///
    /// - Parameters:
    ///   - configuration: what stands for one that is no constant, as ``isOpenConfiguration(_:)`` says; nil: nothing does.
    ///   - column: the stored column that stands at a position.
    init?(_ scalar: Scalar, assuming configuration: String? = nil, column: (Int) -> Declaration.Column?) {
        guard let parts = Self.parts(scalar, configuration, column), !parts.isEmpty, parts.count <= Self.partLimit else { return nil }
        self.init(parts)
    }

    /// The configuration that all parts have which are read from texts; nil if there are several, or none.
    var onlyConfiguration: String? {
        var names: Set<String> = []
        for case .texts(_, let name, _) in parts { names.insert(name) }
        return names.count == 1 ? names.first : nil
    }

    /// The configurations in an expression that are known when the statement runs, as those of parameters are.
    static func openConfigurations(of scalar: Scalar) -> [Scalar] {
        var found: [Scalar] = []
        scalar.visit { node in
            guard let call = node as? CallScalar, call.function.name == "to_tsvector", call.operands.count == 2,
                isOpenConfiguration(call.operands[0])
            else { return }
            found.append(call.operands[0])
        }
        return found
    }

    private static func isOpenConfiguration(_ scalar: Scalar) -> Bool {
        scalar.type.oid == SQLType.regconfig.oid && !(scalar is ConstantScalar) && !scalar.isVolatile && scalar.positions.isEmpty
            && scalar.slots.isEmpty
    }

    private static func parts(_ scalar: Scalar, _ assumed: String?, _ column: (Int) -> Declaration.Column?) -> [Part]? {
        if let own = scalar as? ColumnScalar {
            guard let column = column(own.position), column.type.oid == SQLType.tsvector.oid else { return nil }
            return [.stored(field: column.name, weight: nil)]
        }
        if scalar is RelabeledScalar { return parts(scalar.operands[0], assumed, column) }
        guard let call = scalar as? CallScalar else { return nil }
        switch call.function.name {
        case "tsvector_concat":
            guard let left = parts(call.operands[0], assumed, column), let right = parts(call.operands[1], assumed, column) else {
                return nil
            }
            return left + right
        case "setweight":
            guard call.operands.count == 2, let parts = parts(call.operands[0], assumed, column),
                case .text(let letter)? = (call.operands[1] as? ConstantScalar)?.constant, let byte = letter.utf8.first,
                let weight = TSVector.letters.firstIndex(of: byte & 0xDF)
            else { return nil }
            return parts.map { $0.weighted(weight) }
        case "to_tsvector":
            guard call.operands.count == 2, call.function.arguments.last?.oid == SQLType.text.oid,
                let configuration = configuration(call.operands[0], assumed), let pieces = pieces(call.operands[1], column)
            else { return nil }
            return [.texts(pieces, configuration: configuration, weight: nil)]
        default: return nil
        }
    }

    private static func configuration(_ scalar: Scalar, _ assumed: String?) -> String? {
        if case .int(let oid)? = (scalar as? ConstantScalar)?.constant {
            return TextSearchObjects.configuration(UInt32(truncatingIfNeeded: oid))?.name
        }
        return isOpenConfiguration(scalar) ? assumed : nil
    }

    private static func pieces(_ scalar: Scalar, _ column: (Int) -> Declaration.Column?) -> [Piece]? {
        switch scalar {
        case let constant as ConstantScalar:
            guard case .text(let text) = constant.constant else { return nil }
            return text.isEmpty ? [] : [.constant(text)]
        case let own as ColumnScalar:
            guard let column = column(own.position), isText(column.type) else { return nil }
            return [.field(column.name, otherwise: nil)]
        case is RelabeledScalar: return isText(scalar.type) && isText(scalar.operands[0].type) ? pieces(scalar.operands[0], column) : nil
        case is CastScalar:
            // One to a length would cut.
            guard isText(scalar.type), scalar.type.modifier < 0, isText(scalar.operands[0].type) else { return nil }
            return pieces(scalar.operands[0], column)
        case is CoalesceScalar:
            guard scalar.operands.count == 2, let tried = pieces(scalar.operands[0], column), tried.count == 1,
                case .field(let name, nil) = tried[0], case .text(let text)? = (unlabeled(scalar.operands[1]) as? ConstantScalar)?.constant
            else { return nil }
            return [.field(name, otherwise: text)]
        case let call as CallScalar:
            guard call.function.name == "textcat", let left = pieces(call.operands[0], column), let right = pieces(call.operands[1], column)
            else { return nil }
            return left + right
        default: return nil
        }
    }

    private static func unlabeled(_ scalar: Scalar) -> Scalar {
        scalar is RelabeledScalar ? unlabeled(scalar.operands[0]) : scalar
    }

    private static func isText(_ type: SQLType) -> Bool { type.oid == SQLType.text.oid || type.oid == SQLType.varchar.oid }
}
