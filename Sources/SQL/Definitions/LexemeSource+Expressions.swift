import Catalog

extension LexemeSource {
    /// What an expression of type tsvector is made of: texts that `to_tsvector` reads by a configuration that is written there, and columns,
    /// weighted and joined. Nil for any other expression, which no index is made of.
    ///
    /// - Parameter column: the stored column that stands at a position.
    init?(_ scalar: Scalar, column: (Int) -> Declaration.Column?) {
        guard let parts = Self.parts(scalar, column), !parts.isEmpty, parts.count <= Self.partLimit else { return nil }
        self.init(parts)
    }

    private static func parts(_ scalar: Scalar, _ column: (Int) -> Declaration.Column?) -> [Part]? {
        if let own = scalar as? ColumnScalar {
            guard let column = column(own.position), column.type.oid == SQLType.tsvector.oid else { return nil }
            return [.stored(field: column.name, weight: nil)]
        }
        if scalar is RelabeledScalar { return parts(scalar.operands[0], column) }
        guard let call = scalar as? CallScalar else { return nil }
        switch call.function.name {
        case "tsvector_concat":
            guard let left = parts(call.operands[0], column), let right = parts(call.operands[1], column) else { return nil }
            return left + right
        case "setweight":
            guard call.operands.count == 2, let parts = parts(call.operands[0], column),
                case .text(let letter)? = (call.operands[1] as? ConstantScalar)?.constant, let byte = letter.utf8.first,
                let weight = TSVector.letters.firstIndex(of: byte & 0xDF)
            else { return nil }
            return parts.map { $0.weighted(weight) }
        case "to_tsvector":
            guard call.operands.count == 2, call.function.arguments.last?.oid == SQLType.text.oid,
                case .int(let oid)? = (call.operands[0] as? ConstantScalar)?.constant,
                let configuration = TextSearchObjects.configuration(UInt32(truncatingIfNeeded: oid)),
                let pieces = pieces(call.operands[1], column)
            else { return nil }
            return [.texts(pieces, configuration: configuration.name, weight: nil)]
        default: return nil
        }
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
