/// Functions that are named like types and cast to them: `int4(numeric)`, `text(bpchar)`, `varchar(varchar, int4, bool)`.
enum CastFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        for name in [
            "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "name", "char", "oid", "date",
            "time",
            "timetz", "timestamp", "timestamptz", "interval", "cidr", "regclass", "xid", "bit", "varbit",
        ] {
            bodies[name] = .scalar { arguments, context throws(SQLError) in
                // A second argument is the modifier, a third whether the cast is explicit.
                let target = SQLType(
                    context.resultType.oid, modifier: arguments.count > 1 ? Int32(truncatingIfNeeded: arguments[1].int) : -1)
                if [SQLType.timestamp.oid, SQLType.timestamptz.oid].contains(target.oid), !(-1...6).contains(target.modifier),
                    !DateTimeConversion.isInfinite(arguments[0].microseconds)
                {
                    throw SQLError(.invalidParameterValue, "timestamp(\(target.modifier)) precision must be between 0 and 6")
                }
                let isExplicit = arguments.count < 3 || arguments[2].bool
                return try CastTable.cast(
                    arguments[0], from: context.argumentTypes[0], to: target, isExplicit ? .explicit : .assignment, context.session)
            }
        }
        // A date with a time of the day.
        let joined: SQLFunction.Body = .scalar { arguments, context throws(SQLError) in
            try DateTimeArithmetic.join(arguments[0], arguments[1], isZoned: context.resultType.oid == SQLType.timestamptz.oid, context)
        }
        bodies["timestamptz#1176"] = joined
        bodies["timestamptz#1359"] = joined
        bodies["timestamp#2025"] = joined
        return bodies
    }()
}
