// Which plans are over so soon that a thread which many wait for may run them: they look at one row, and compute nothing that takes time.
extension Plan {
    final var isShort: Bool {
        switch self {
        case is OneRowPlan, is NoRowsPlan: true
        case let scan as ScanPlan: scan.isOfOneRow && scan.condition.map(\.isShort) ?? true
        case let filter as FilterPlan: filter.condition.isShort && filter.children[0].isShort
        case let project as ProjectPlan: project.scalars.allSatisfy(\.isShort) && project.children[0].isShort
        case is TrimPlan: children.allSatisfy(\.isShort)
        default: false
        }
    }
}

extension Scalar {
    /// Whether it takes no longer than a look at a few values.
    fileprivate final var isShort: Bool {
        switch self {
        case is ConstantScalar, is ColumnScalar, is ParameterScalar, is CompareScalar, is AndScalar, is OrScalar, is NotScalar,
            is TestScalar,
            is RelabeledScalar, is CoalesceScalar:
            operands.allSatisfy(\.isShort)
        default: isQuickItself && operands.allSatisfy(\.isShort)
        }
    }
}
