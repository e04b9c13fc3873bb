#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// The operators of numbers.
enum ArithmeticFunctions {
    private struct IntegerType: Sendable {
        let name: String
        let least: Int64
        let greatest: Int64

        @inline(__always) func checked(_ value: Int64) throws(SQLError) -> SQLValue {
            guard value >= least, value <= greatest else { throw error }
            return .int(value)
        }

        var error: SQLError { SQLError(.numericValueOutOfRange, "\(name) out of range") }
    }

    private static let int2 = IntegerType(name: "smallint", least: -32768, greatest: 32767)
    private static let int4 = IntegerType(name: "integer", least: -2_147_483_648, greatest: 2_147_483_647)
    private static let int8 = IntegerType(name: "bigint", least: .min, greatest: .max)

    static let divisionByZero = SQLError(.divisionByZero, "division by zero")

    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        addIntegers(to: &bodies)
        addFloats(to: &bodies)
        addNumerics(to: &bodies)
        return bodies
    }()

    private static func addIntegers(to bodies: inout Bodies) {
        let results: [(String, IntegerType)] = [
            ("int2", int2), ("int4", int4), ("int24", int4), ("int42", int4), ("int8", int8), ("int84", int8), ("int48", int8),
            ("int82", int8), ("int28", int8),
        ]
        for (prefix, type) in results {
            bodies[prefix + "pl"] = .binary { a, b throws(SQLError) in
                let (sum, overflow) = a.int.addingReportingOverflow(b.int)
                if overflow { throw type.error }
                return try type.checked(sum)
            }
            bodies[prefix + "mi"] = .binary { a, b throws(SQLError) in
                let (difference, overflow) = a.int.subtractingReportingOverflow(b.int)
                if overflow { throw type.error }
                return try type.checked(difference)
            }
            bodies[prefix + "mul"] = .binary { a, b throws(SQLError) in
                let (product, overflow) = a.int.multipliedReportingOverflow(by: b.int)
                if overflow { throw type.error }
                return try type.checked(product)
            }
            bodies[prefix + "div"] = .binary { a, b throws(SQLError) in
                if b.int == 0 { throw divisionByZero }
                let (quotient, overflow) = a.int.dividedReportingOverflow(by: b.int)
                if overflow { throw type.error }
                return try type.checked(quotient)
            }
            let remainder: SQLFunction.Body = .binary { a, b throws(SQLError) in
                if b.int == 0 { throw divisionByZero }
                return .int(b.int == -1 ? 0 : a.int % b.int)
            }
            bodies[prefix + "mod"] = remainder
            bodies[prefix + "um"] = .unary { a throws(SQLError) in
                let (negated, overflow) = Int64(0).subtractingReportingOverflow(a.int)
                if overflow { throw type.error }
                return try type.checked(negated)
            }
            bodies[prefix + "up"] = .unary { $0 }
            bodies[prefix + "abs"] = .unary { a throws(SQLError) in
                if a.int == .min { throw type.error }
                return try type.checked(Swift.abs(a.int))
            }
            bodies[prefix + "and"] = .binary { .int($0.int & $1.int) }
            bodies[prefix + "or"] = .binary { .int($0.int | $1.int) }
            bodies[prefix + "xor"] = .binary { .int($0.int ^ $1.int) }
            bodies[prefix + "not"] = .unary { .int(~$0.int) }
            let width: Int64 = type.name == "bigint" ? 64 : 32
            bodies[prefix + "shl"] = .binary { a, b in
                let shifted = a.int << (b.int & (width - 1))
                return .int(
                    type.name == "smallint"
                        ? Int64(Int16(truncatingIfNeeded: shifted))
                        : type.name == "integer" ? Int64(Int32(truncatingIfNeeded: shifted)) : shifted)
            }
            bodies[prefix + "shr"] = .binary { a, b in .int(a.int >> (b.int & (width - 1))) }
        }
        for (oid, type) in [(1396, int8), (1397, int4), (1398, int2)] {
            bodies["abs#\(oid)"] = bodies[(type.name == "bigint" ? "int8" : type.name == "integer" ? "int4" : "int2") + "abs"]
        }
        for (oid, name) in [(940, "int2"), (941, "int4"), (947, "int8")] { bodies["mod#\(oid)"] = bodies[name + "mod"] }
        for (oid, type) in [(5044, int4), (5045, int8)] {
            bodies["gcd#\(oid)"] = .binary { a, b throws(SQLError) in
                var (x, y) = (a.int.magnitude, b.int.magnitude)
                while y != 0 { (x, y) = (y, x % y) }
                guard let result = Int64(exactly: x) else { throw type.error }
                return try type.checked(result)
            }
            bodies["lcm#\(oid + 2)"] = .binary { a, b throws(SQLError) in
                var (x, y) = (a.int.magnitude, b.int.magnitude)
                if x == 0 || y == 0 { return .int(0) }
                let (p, q) = (x, y)
                while y != 0 { (x, y) = (y, x % y) }
                let (product, overflow) = (p / x).multipliedReportingOverflow(by: q)
                guard !overflow, let result = Int64(exactly: product) else { throw type.error }
                return try type.checked(result)
            }
        }
        bodies["bit_count"] = .unary { .int($0.bytes.reduce(0) { $0 + Int64($1.nonzeroBitCount) }) }
    }

    // MARK: Floats

    static let overflow = SQLError(.numericValueOutOfRange, "value out of range: overflow")
    static let underflow = SQLError(.numericValueOutOfRange, "value out of range: underflow")

    private static func addFloats(to bodies: inout Bodies) {
        for prefix in ["float4", "float8", "float48", "float84"] {
            let isSingle = prefix == "float4"
            @Sendable func rounded(_ value: Double) -> Double { isSingle ? Double(Float(value)) : value }
            bodies[prefix + "pl"] = .binary { a, b throws(SQLError) in
                let result = rounded(a.double + b.double)
                if result.isInfinite, a.double.isFinite, b.double.isFinite { throw overflow }
                return .double(result)
            }
            bodies[prefix + "mi"] = .binary { a, b throws(SQLError) in
                let result = rounded(a.double - b.double)
                if result.isInfinite, a.double.isFinite, b.double.isFinite { throw overflow }
                return .double(result)
            }
            bodies[prefix + "mul"] = .binary { a, b throws(SQLError) in
                let result = rounded(a.double * b.double)
                if result.isInfinite, a.double.isFinite, b.double.isFinite { throw overflow }
                if result == 0, a.double != 0, b.double != 0 { throw underflow }
                return .double(result)
            }
            bodies[prefix + "div"] = .binary { a, b throws(SQLError) in
                if b.double == 0, !a.double.isNaN { throw divisionByZero }
                let result = rounded(a.double / b.double)
                if result.isInfinite, a.double.isFinite { throw overflow }
                if result == 0, a.double != 0, b.double.isFinite { throw underflow }
                return .double(result)
            }
            bodies[prefix + "um"] = .unary { .double(-$0.double) }
            bodies[prefix + "up"] = .unary { $0 }
            bodies[prefix + "abs"] = .unary { .double($0.double.magnitude) }
        }
        bodies["abs#1394"] = bodies["float4abs"]
        bodies["abs#1395"] = bodies["float8abs"]
    }

    // MARK: Numeric

    private static func addNumerics(to bodies: inout Bodies) {
        bodies["numeric_add"] = .binary { a, b throws(SQLError) in .numeric(try Numeric.add(a.numeric, b.numeric)) }
        bodies["numeric_sub"] = .binary { a, b throws(SQLError) in .numeric(try Numeric.subtract(a.numeric, b.numeric)) }
        bodies["numeric_mul"] = .binary { a, b throws(SQLError) in .numeric(try Numeric.multiply(a.numeric, b.numeric)) }
        bodies["numeric_div"] = .binary { a, b throws(SQLError) in .numeric(try Numeric.divide(a.numeric, b.numeric)) }
        bodies["numeric_mod"] = .binary { a, b throws(SQLError) in .numeric(try Numeric.remainder(a.numeric, b.numeric)) }
        bodies["mod#1728"] = bodies["numeric_mod"]
        bodies["numeric_div_trunc"] = .binary { a, b throws(SQLError) in
            .numeric(try Numeric.quotientAndRemainder(a.numeric, b.numeric).quotient)
        }
        bodies["div"] = bodies["numeric_div_trunc"]
        bodies["numeric_power"] = .binary { a, b throws(SQLError) in .numeric(try Numeric.power(a.numeric, b.numeric)) }
        bodies["numeric_uminus"] = .unary { .numeric($0.numeric.negated) }
        bodies["numeric_uplus"] = .unary { $0 }
        bodies["numeric_abs"] = .unary { .numeric($0.numeric.absolute) }
        bodies["abs#1705"] = bodies["numeric_abs"]
        bodies["gcd#5048"] = .binary { a, b throws(SQLError) in
            var (x, y) = (a.numeric.absolute, b.numeric.absolute)
            let scale = max(x.scale, y.scale)
            if !x.isFinite || !y.isFinite { return .numeric(.nan) }
            while !y.isZero { (x, y) = (y, try Numeric.remainder(x, y)) }
            return .numeric(x.rounded(toScale: scale))
        }
        bodies["lcm#5049"] = .binary { a, b throws(SQLError) in
            var (x, y) = (a.numeric.absolute, b.numeric.absolute)
            let scale = max(x.scale, y.scale)
            if !x.isFinite || !y.isFinite { return .numeric(.nan) }
            if x.isZero || y.isZero { return .numeric(Numeric.zero.rounded(toScale: scale)) }
            let product = x
            let other = y
            while !y.isZero { (x, y) = (y, try Numeric.remainder(x, y)) }
            let quotient = try Numeric.quotientAndRemainder(product, x).quotient
            return .numeric(try Numeric.multiply(quotient, other).rounded(toScale: scale))
        }
    }
}
