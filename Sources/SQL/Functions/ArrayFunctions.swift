import Catalog

/// Functions and operators of arrays.
enum ArrayFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        addShape(to: &bodies)
        addJoining(to: &bodies)
        addSearching(to: &bodies)
        addSets(to: &bodies)
        return bodies
    }()

    private static func addShape(to bodies: inout Bodies) {
        @Sendable func dimension(_ a: SQLValue, _ b: SQLValue) -> SQLArray.Dimension? {
            let dimensions = a.array.dimensions
            return b.int >= 1 && b.int <= dimensions.count ? dimensions[Int(b.int) - 1] : nil
        }
        bodies["array_length"] = .binary { a, b in dimension(a, b).map { .int(Int64($0.count)) } ?? .null }
        bodies["array_lower"] = .binary { a, b in dimension(a, b).map { .int(Int64($0.lowerBound)) } ?? .null }
        bodies["array_upper"] = .binary { a, b in dimension(a, b).map { .int(Int64($0.lowerBound) + Int64($0.count) - 1) } ?? .null }
        bodies["array_ndims"] = .unary { $0.array.dimensions.isEmpty ? .null : .int(Int64($0.array.dimensions.count)) }
        bodies["array_dims"] = .unary { a in
            if a.array.dimensions.isEmpty { return .null }
            return .text(a.array.dimensions.map { "[\($0.lowerBound):\(Int($0.lowerBound) + $0.count - 1)]" }.joined())
        }
        bodies["cardinality"] = .unary { .int(Int64($0.array.elements.count)) }
        bodies["trim_array"] = .binary { a, b throws(SQLError) in
            let array = a.array
            let count = array.dimensions.first?.count ?? 0
            guard b.int >= 0, b.int <= count else {
                throw SQLError(.arraySubscriptError, "number of elements to trim must be between 0 and \(count)")
            }
            let kept = count - Int(b.int)
            if kept == 0 { return .array(SQLArray(array.elementType, [])) }
            var dimensions = array.dimensions
            dimensions[0].count = kept
            for index in dimensions.indices { dimensions[index].lowerBound = 1 }
            return .array(
                SQLArray(
                    array.elementType, dimensions: dimensions, elements: Array(array.elements.prefix(array.elements.count / count * kept))))
        }
        bodies["array_fill"] = .scalar { arguments, context throws(SQLError) in
            if arguments[1].isNull || arguments.count > 2 && arguments[2].isNull {
                throw SQLError(.nullValueNotAllowed, "dimension array or low bound array cannot be null")
            }
            let counts = arguments[1].array
            let bounds = arguments.count > 2 ? arguments[2].array.elements : []
            if counts.dimensions.count > 1 {
                throw SQLError(.arraySubscriptError, "wrong number of array subscripts", detail: "Dimension array must be one dimensional.")
            }
            if arguments.count > 2, arguments[2].array.dimensions.count > 1 {
                throw SQLError(.arraySubscriptError, "wrong number of array subscripts", detail: "Dimension array must be one dimensional.")
            }
            if (counts.elements + bounds).contains(where: \.isNull) {
                throw SQLError(.nullValueNotAllowed, "dimension values cannot be null")
            }
            try SQLArray.requireDimensions(counts.elements.count)
            if arguments.count > 2, bounds.count != counts.elements.count {
                throw SQLError(
                    .arraySubscriptError, "wrong number of array subscripts",
                    detail: "Low bound array has different size than dimensions array.")
            }
            let type = TypeTable.element(of: context.resultType.oid, context.session.types) ?? context.argumentTypes[0]
            var total = 1
            for count in counts.elements {
                let (product, overflow) = total.multipliedReportingOverflow(by: Int(count.int))
                guard count.int >= 0, !overflow, product <= 134_217_727 else {
                    throw SQLError(.programLimitExceeded, "array size exceeds the maximum allowed (134217727)")
                }
                total = product
            }
            if counts.elements.isEmpty || total == 0 { return .array(SQLArray(type, [])) }
            try QueryMemory.requireRoom(forValues: total)
            let dimensions = counts.elements.enumerated().map { place, count in
                SQLArray.Dimension(count: Int(count.int), lowerBound: bounds.isEmpty ? 1 : Int32(truncatingIfNeeded: bounds[place].int))
            }
            try SQLArray.requireSubscripts(dimensions)
            return .array(SQLArray(type, dimensions: dimensions, elements: Array(repeating: arguments[0], count: total)))
        }
    }

    // MARK: Joining

    static func joined(_ a: SQLArray, _ b: SQLArray) throws(SQLError) -> SQLArray {
        if a.dimensions.isEmpty { return b }
        if b.dimensions.isEmpty { return a }
        let (m, n) = (a.dimensions.count, b.dimensions.count)
        func wrong(_ detail: String) -> SQLError {
            SQLError(.arraySubscriptError, "cannot concatenate incompatible arrays", detail: detail)
        }
        guard abs(m - n) <= 1 else {
            throw wrong("Arrays of \(m) and \(n) dimensions are not compatible for concatenation.")
        }
        var dimensions: [SQLArray.Dimension]
        if m == n {
            guard zip(a.dimensions.dropFirst(), b.dimensions.dropFirst()).allSatisfy({ $0 == $1 }) else {
                throw wrong("Arrays with differing element dimensions are not compatible for concatenation.")
            }
            dimensions = a.dimensions
            dimensions[0].count += b.dimensions[0].count
        } else {
            let (outer, inner) = m > n ? (a, b) : (b, a)
            guard zip(outer.dimensions.dropFirst(), inner.dimensions).allSatisfy({ $0 == $1 }) else {
                throw wrong("Arrays with differing dimensions are not compatible for concatenation.")
            }
            dimensions = outer.dimensions
            dimensions[0].count += 1
        }
        try SQLArray.requireSubscripts(dimensions)
        return SQLArray(a.elementType, dimensions: dimensions, elements: a.elements + b.elements)
    }

    private static func addJoining(to bodies: inout Bodies) {
        bodies["array_cat"] = .scalar { arguments, _ throws(SQLError) in
            if arguments[0].isNull { return arguments[1] }
            if arguments[1].isNull { return arguments[0] }
            return .array(try joined(arguments[0].array, arguments[1].array))
        }
        @Sendable func type(_ context: CallContext) -> SQLType {
            TypeTable.element(of: context.resultType.oid, context.session.types) ?? .text
        }
        let oneDimensional = SQLError(SQLState(rawValue: "22000"), "argument must be empty or one-dimensional array")
        bodies["array_append"] = .scalar { arguments, context throws(SQLError) in
            let array = arguments[0].isNull ? SQLArray(type(context), []) : arguments[0].array
            guard array.dimensions.count <= 1 else { throw oneDimensional }
            let dimensions = [SQLArray.Dimension(count: array.elements.count + 1, lowerBound: array.dimensions.first?.lowerBound ?? 1)]
            try SQLArray.requireSubscripts(dimensions)
            return .array(SQLArray(type(context), dimensions: dimensions, elements: array.elements + [arguments[1]]))
        }
        bodies["array_prepend"] = .scalar { arguments, context throws(SQLError) in
            let array = arguments[1].isNull ? SQLArray(type(context), []) : arguments[1].array
            guard array.dimensions.count <= 1 else { throw oneDimensional }
            let bound = array.dimensions.first?.lowerBound ?? 1
            // It stands before the first place for a moment.
            guard bound > .min else { throw SQLError(.numericValueOutOfRange, "integer out of range") }
            let dimensions = [SQLArray.Dimension(count: array.elements.count + 1, lowerBound: bound)]
            try SQLArray.requireSubscripts(dimensions)
            return .array(SQLArray(type(context), dimensions: dimensions, elements: [arguments[0]] + array.elements))
        }
        bodies["array_to_string"] = .scalar { arguments, context throws(SQLError) in
            guard !arguments[0].isNull, case .text(let separator) = arguments[1] else { return .null }
            let array = arguments[0].array
            var parts: [String] = []
            for element in array.elements {
                if !element.isNull {
                    parts.append(try TextOutput.text(element, array.elementType, context.session))
                } else if arguments.count > 2,
                    case .text(let missing) = arguments[2]
                {
                    parts.append(missing)
                }
            }
            return .text(parts.joined(separator: separator))
        }
    }

    // MARK: Searching

    private static func ordering(_ array: SQLArray, _ context: CallContext) -> Ordering {
        Ordering(array.elementType, context.session.types)
    }

    private static func same(_ a: SQLValue, _ b: SQLValue, _ ordering: Ordering) -> Bool {
        a.isNull || b.isNull ? a.isNull && b.isNull : ordering.equal(a, b)
    }

    private static func addSearching(to bodies: inout Bodies) {
        bodies["array_position"] = .scalar { arguments, context throws(SQLError) in
            guard !arguments[0].isNull else { return .null }
            let array = arguments[0].array
            guard array.dimensions.count <= 1 else {
                throw SQLError(.featureNotSupported, "searching for elements in multidimensional arrays is not supported")
            }
            var start = 0
            let bound = Int64(array.dimensions.first?.lowerBound ?? 1)
            if arguments.count > 2 {
                if arguments[2].isNull { throw SQLError(.nullValueNotAllowed, "initial position must not be null") }
                start = max(0, Int(arguments[2].int - bound))
            }
            let ordering = ordering(array, context)
            for place in array.elements.indices where place >= start && same(array.elements[place], arguments[1], ordering) {
                return .int(Int64(place) + bound)
            }
            return .null
        }
        bodies["array_positions"] = .scalar { arguments, context throws(SQLError) in
            guard !arguments[0].isNull else { return .null }
            let array = arguments[0].array
            guard array.dimensions.count <= 1 else {
                throw SQLError(.featureNotSupported, "searching for elements in multidimensional arrays is not supported")
            }
            let bound = Int64(array.dimensions.first?.lowerBound ?? 1)
            let ordering = ordering(array, context)
            return .array(
                SQLArray(
                    .int4,
                    array.elements.indices.filter { same(array.elements[$0], arguments[1], ordering) }.map { .int(Int64($0) + bound) }))
        }
        bodies["array_remove"] = .scalar { arguments, context throws(SQLError) in
            guard !arguments[0].isNull else { return .null }
            let array = arguments[0].array
            guard array.dimensions.count <= 1 else {
                throw SQLError(.featureNotSupported, "removing elements from multidimensional arrays is not supported")
            }
            let ordering = ordering(array, context)
            let kept = array.elements.filter { !same($0, arguments[1], ordering) }
            if kept.count == array.elements.count { return arguments[0] }
            let bound = array.dimensions.first?.lowerBound ?? 1
            return .array(
                SQLArray(array.elementType, dimensions: kept.isEmpty ? [] : [.init(count: kept.count, lowerBound: bound)], elements: kept))
        }
        bodies["array_replace"] = .scalar { arguments, context in
            guard !arguments[0].isNull else { return .null }
            let array = arguments[0].array
            let ordering = ordering(array, context)
            return .array(
                SQLArray(
                    array.elementType, dimensions: array.dimensions,
                    elements: array.elements.map { same($0, arguments[1], ordering) ? arguments[2] : $0 }))
        }
        @Sendable func holds(_ a: SQLArray, all b: SQLArray, _ context: CallContext) -> Bool {
            let ordering = ordering(a, context)
            return b.elements.allSatisfy { wanted in
                !wanted.isNull && a.elements.contains { !$0.isNull && ordering.equal($0, wanted) }
            }
        }
        bodies["arraycontains"] = .scalar { arguments, context in .bool(holds(arguments[0].array, all: arguments[1].array, context)) }
        bodies["arraycontained"] = .scalar { arguments, context in .bool(holds(arguments[1].array, all: arguments[0].array, context)) }
        bodies["arrayoverlap"] = .scalar { arguments, context in
            let (a, b) = (arguments[0].array, arguments[1].array)
            let ordering = ordering(a, context)
            return .bool(
                b.elements.contains { wanted in !wanted.isNull && a.elements.contains { !$0.isNull && ordering.equal($0, wanted) } })
        }
        bodies["array_larger"] = .scalar { arguments, context in
            Ordering(context.argumentTypes[0], context.session.types).compare(arguments[0], arguments[1]) >= 0 ? arguments[0] : arguments[1]
        }
    }

    private static func addSets(to bodies: inout Bodies) {
        bodies["unnest"] = .set { arguments, _ in arguments[0].array.elements }
        bodies["generate_subscripts"] = .set { arguments, _ in
            let dimensions = arguments[0].array.dimensions
            guard arguments[1].int >= 1, arguments[1].int <= dimensions.count else { return [] }
            let dimension = dimensions[Int(arguments[1].int) - 1]
            let all = (0..<dimension.count).map { SQLValue.int(Int64(dimension.lowerBound) + Int64($0)) }
            return arguments.count > 2 && arguments[2].bool ? all.reversed() : all
        }
    }
}
