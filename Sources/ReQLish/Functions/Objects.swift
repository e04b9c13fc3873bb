import Catalog

/// Functions of objects other than the path terms and merge.
enum Objects {
    /// The keys, ascending by their bytes.
    static func keys(_ object: Datum) throws(ReQLError) -> Datum {
        try check(object, "keys")
        return try Datum.building((0..<object.count).map { Datum(object.key(at: $0)) })
    }

    /// The values, in the order of their keys.
    static func values(_ object: Datum) throws(ReQLError) -> Datum {
        try check(object, "values")
        return try Datum.building((0..<object.count).map { object[$0] })
    }

    /// Throws unless it is an object; null is not an exception here.
    private static func check(_ object: Datum, _ name: String) throws(ReQLError) {
        guard object.isPlainObject else {
            throw ReQLError(.queryLogic, "Cannot call `\(name)` on objects of type `\(object.typeName)`.")
        }
    }

    /// `r.object(key, value, …)`.
    static func object(_ arguments: [Datum]) throws(ReQLError) -> Datum {
        guard arguments.count.isMultiple(of: 2) else {
            throw ReQLError(.queryLogic, "object takes keys and values by turns, found \(arguments.count) arguments.")
        }
        var fields = ObjectFromPairs()
        for index in stride(from: 0, to: arguments.count, by: 2) {
            try fields.add(key: arguments[index], value: arguments[index + 1])
        }
        return try fields.object()
    }
}
