/// What the binder asks of the tables of functions, operators and casts.
enum Builtins {
    enum Cast {
        /// The values are the same.
        case relabel
        case convert(isStable: Bool, CastScalar.Conversion)
    }

    enum Kind { case scalar, aggregate, window, set }

    static func `operator`(
        _ symbol: String, _ left: SQLType?, _ right: SQLType, _ types: any TypeCatalog
    ) throws(SQLError) -> FunctionTable.Resolved {
        try OperatorTable.resolve(symbol, left, right, types)
    }

    static func function(
        _ name: String, _ arguments: [SQLType], names: [String?], isVariadic: Bool, _ types: any TypeCatalog
    ) throws(SQLError) -> FunctionTable.Resolved {
        try FunctionTable.resolveFunction(name, arguments, argumentNames: names, isVariadic: isVariadic, types)
    }

    /// What `setseed` does.
    static func setSeed(_ seed: Double) { MathFunctions.setSeed(seed) }

    /// What the functions of a name take, each.
    static func arguments(ofFunctionsNamed name: String) -> [[SQLType]] { FunctionTable.functions(named: name).map(\.arguments) }

    /// What the functions of a name are; nil if there is none.
    static func kind(of name: String) -> Kind? {
        guard let function = FunctionTable.functions(named: name).first else { return nil }
        if function.isAggregate { return .aggregate }
        if case .window = function.body { return .window }
        return function.returnsSet ? .set : .scalar
    }

    static func cast(_ from: SQLType, _ to: SQLType, _ context: CastContext, _ types: any TypeCatalog) -> Cast? {
        guard let allowed = CastTable.context(from: from, to: to, types), allowed <= context else { return nil }
        let texts: Set<UInt32> = [SQLType.text.oid, SQLType.varchar.oid]
        let integers: Set<UInt32> = [SQLType.int4.oid, SQLType.int8.oid]
        if texts.contains(from.oid), texts.contains(to.oid) { return .relabel }
        if from.oid == SQLType.int2.oid, integers.contains(to.oid) { return .relabel }
        if from.oid == SQLType.int4.oid, to.oid == SQLType.int8.oid { return .relabel }
        let zoned: Set<UInt32> = [SQLType.timestamptz.oid, SQLType.timetz.oid]
        let isStable = zoned.contains(from.oid) || zoned.contains(to.oid)
        return .convert(isStable: isStable) { (value, run) throws(SQLError) in
            value.isNull ? .null : try CastTable.cast(value, from: from, to: to, context, run.session)
        }
    }

    /// A literal's text as a value of a type.
    static func input(_ text: String, _ type: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue {
        try TextInput.value(text, type, session)
    }

    /// Held to the modifier of a type.
    static func fit(_ value: SQLValue, to type: SQLType, isExplicit: Bool, _ session: any SQLSession) throws(SQLError) -> SQLValue {
        try LengthCoercion.apply(value, type, isExplicit: isExplicit)
    }

    /// The type as which values of two types are compared; nil if an operator has to be looked for.
    static func comparisonType(_ one: SQLType, _ two: SQLType) -> SQLType? {
        let ranks: [UInt32: Int] = [
            SQLType.int2.oid: 0, SQLType.int4.oid: 1, SQLType.int8.oid: 2, SQLType.numeric.oid: 3, SQLType.float4.oid: 4,
            SQLType.float8.oid: 5,
        ]
        if let a = ranks[one.oid], let b = ranks[two.oid] {
            // A float4 meets all but itself as a float8.
            if max(a, b) >= 4 { return .float8 }
            return a >= b ? one : two
        }
        let texts: Set<UInt32> = [SQLType.text.oid, SQLType.varchar.oid]
        if texts.contains(one.oid), texts.contains(two.oid) { return .text }
        return nil
    }
}
