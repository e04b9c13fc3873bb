/// What aggregates do with each row, as functions that can be called: their state is an array of float8.
enum TransitionFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        bodies["booland_statefunc"] = .binary { a, b in .bool(a.bool && b.bool) }
        bodies["boolor_statefunc"] = .binary { a, b in .bool(a.bool || b.bool) }
        bodies["float8_accum"] = .scalar { arguments, _ throws(SQLError) in
            var state = try state(arguments[0], "float8_accum", count: 3)
            state.add([arguments[1].double])
            return try state.value()
        }
        bodies["float8_combine"] = .scalar { arguments, _ throws(SQLError) in
            let (one, two) = (try state(arguments[0], "float8_combine", count: 3), try state(arguments[1], "float8_combine", count: 3))
            return try one.combined(with: two).value()
        }
        bodies["float8_regr_accum"] = .scalar { arguments, _ throws(SQLError) in
            var state = try state(arguments[0], "float8_regr_accum", count: 6)
            // Y comes first.
            state.add([arguments[2].double, arguments[1].double])
            return try state.value()
        }
        bodies["float8_regr_combine"] = .scalar { arguments, _ throws(SQLError) in
            let name = "float8_regr_combine"
            return try state(arguments[0], name, count: 6).combined(with: state(arguments[1], name, count: 6)).value()
        }
        return bodies
    }()

    /// How many rows there were, for each variable the sum of its values and that of the squares of their distances from the mean, and
    /// for two variables the sum of the products of these.
    private struct State {
        var count: Double
        var sums: [Double]
        var squares: [Double]
        var products = 0.0
        /// Whether what went into it was finite: then what comes out is.
        var isFinite = true

        mutating func add(_ values: [Double]) {
            isFinite = isFinite && values.allSatisfy(\.isFinite)
            let before = count
            count += 1
            for (index, value) in values.enumerated() { sums[index] += value }
            guard before > 0 else {
                for (index, value) in values.enumerated() where !value.isFinite { (squares[index], products) = (.nan, .nan) }
                return
            }
            let distances = zip(values, sums).map { $0 * count - $1 }
            let scale = 1 / (count * before)
            for (index, distance) in distances.enumerated() { squares[index] += distance * distance * scale }
            if distances.count == 2 { products += distances[0] * distances[1] * scale }
        }

        func combined(with other: State) -> State {
            if count == 0 { return other }
            if other.count == 0 { return self }
            var both = self
            both.count += other.count
            both.isFinite = isFinite && other.isFinite
            let distances = sums.indices.map { sums[$0] / count - other.sums[$0] / other.count }
            let weight = count * other.count
            for (index, distance) in distances.enumerated() {
                both.sums[index] += other.sums[index]
                both.squares[index] += other.squares[index] + weight * distance * distance / both.count
            }
            if distances.count == 2 { both.products += other.products + weight * distances[0] * distances[1] / both.count }
            return both
        }

        func value() throws(SQLError) -> SQLValue {
            var numbers = [count]
            for (sum, square) in zip(sums, squares) { numbers += [sum, square] }
            if sums.count == 2 { numbers.append(products) }
            guard !isFinite || numbers.allSatisfy(\.isFinite) else {
                throw SQLError(.numericValueOutOfRange, "value out of range: overflow")
            }
            return .array(SQLArray(.float8, numbers.map { .double($0) }))
        }
    }

    private static func state(_ value: SQLValue, _ name: String, count: Int) throws(SQLError) -> State {
        let array = value.array
        guard array.dimensions.count == 1, array.elements.count == count, !array.elements.contains(where: \.isNull) else {
            throw SQLError(.init(rawValue: "XX000"), "\(name): expected \(count)-element float8 array")
        }
        let numbers = array.elements.map(\.double)
        let isPair = count == 6
        return State(
            count: numbers[0], sums: isPair ? [numbers[1], numbers[3]] : [numbers[1]],
            squares: isPair ? [numbers[2], numbers[4]] : [numbers[2]], products: isPair ? numbers[5] : 0,
            isFinite: numbers.allSatisfy(\.isFinite))
    }
}
