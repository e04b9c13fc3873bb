/// Functions of anything: types, NULLs, identifiers, sizes, enums.
enum MiscellaneousFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        bodies["pg_typeof"] = .scalar { _, context in .int(Int64(context.argumentTypes[0].oid)) }
        @Sendable func nulls(_ arguments: [SQLValue], _ context: CallContext) -> (nulls: Int, all: Int)? {
            if context.isVariadicArray, arguments.last?.isNull == true { return nil }
            let values = TextFunctions.flattened(arguments, from: 0, context)
            return (values.count { $0.1.0.isNull }, values.count)
        }
        bodies["num_nulls"] = .scalar { arguments, context in nulls(arguments, context).map { .int(Int64($0.nulls)) } ?? .null }
        bodies["num_nonnulls"] = .scalar { arguments, context in
            nulls(arguments, context).map { .int(Int64($0.all - $0.nulls)) } ?? .null
        }
        bodies["gen_random_uuid"] = .scalar { _, _ in
            let high = UInt64.random(in: .min ... .max) & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
            let low = UInt64.random(in: .min ... .max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
            return .uuid(high: high, low: low)
        }
        bodies["booleq"] = .binary { .bool($0.bool == $1.bool) }
        bodies["pg_column_size"] = .scalar { arguments, context throws(SQLError) in
            arguments[0].isNull ? .null : .int(Int64(try size(arguments[0], context)))
        }
        addEnums(to: &bodies)
        addSizes(to: &bodies)
        bodies["pg_lsn_mi"] = .binary { a, b in
            .numeric(Numeric(wide: Int128(UInt64(bitPattern: a.int)) - Int128(UInt64(bitPattern: b.int))))
        }
        @Sendable func moved(_ place: SQLValue, by number: Numeric, isBack: Bool) throws(SQLError) -> SQLValue {
            if number.isNaN {
                throw SQLError(.featureNotSupported, "cannot \(isBack ? "subtract NaN from" : "add NaN to") pg_lsn")
            }
            let start = Numeric(wide: Int128(UInt64(bitPattern: place.int)))
            let end = try isBack ? Numeric.subtract(start, number) : Numeric.add(start, number)
            if end.isInfinite { throw SQLError(.featureNotSupported, "cannot convert infinity to pg_lsn") }
            guard let value = UInt64(end.rounded(toScale: 0).description) else {
                throw SQLError(.invalidParameterValue, "pg_lsn out of range")
            }
            return .int(Int64(bitPattern: value))
        }
        bodies["pg_lsn_pli"] = .binary { a, b throws(SQLError) in try moved(a, by: b.numeric, isBack: false) }
        bodies["numeric_pl_pg_lsn"] = .binary { a, b throws(SQLError) in try moved(b, by: a.numeric, isBack: false) }
        bodies["pg_lsn_mii"] = .binary { a, b throws(SQLError) in try moved(a, by: b.numeric, isBack: true) }
        bodies["nameconcatoid"] = .binary { name, number in
            let end = "_\(number.int)"
            return .text(LengthCoercion.name(name.text, byteCount: 63 - end.utf8.count) + end)
        }
        for name in ["to_regtype", "to_regproc", "to_regprocedure", "to_regclass", "to_regnamespace", "to_regrole"] {
            bodies[name] = .scalar { arguments, context throws(SQLError) in
                if UInt32(arguments[0].text) == nil || context.resultType == .regtype {
                    try ObjectNames.check(arguments[0].text, as: context.resultType)
                }
                let oid = try? ObjectNames.object(arguments[0].text, as: context.resultType, context.session)
                // A number names nothing here.
                guard let oid, UInt32(arguments[0].text) == nil, oid != 0 else { return .null }
                return .int(Int64(oid))
            }
        }
        bodies["normalize"] = .scalar { arguments, _ throws(SQLError) in
            .text(try Normalization.normalized(arguments[0].text, arguments.count > 1 ? arguments[1].text : "NFC"))
        }
        bodies["is_normalized"] = .scalar { arguments, _ throws(SQLError) in
            let text = try Normalization.normalized(arguments[0].text, arguments.count > 1 ? arguments[1].text : "NFC")
            return .bool(Ordering.equal(text, arguments[0].text))
        }
        for name in [
            "boolsend", "date_send", "float4send", "float8send", "int2send", "int4send", "int8send", "jsonb_send", "numeric_send",
            "textsend", "uuid_send",
        ] {
            bodies[name] = .scalar { arguments, context in
                var bytes: [UInt8] = []
                BinaryOutput.append(arguments[0], context.argumentTypes[0], context.session, to: &bytes)
                return .bytes(bytes)
            }
        }
        bodies["numeric_inc"] = .unary { number throws(SQLError) in .numeric(try Numeric.add(number.numeric, Numeric(Int64(1)))) }
        return bodies
    }()

    private static func size(_ value: SQLValue, _ context: CallContext) throws(SQLError) -> Int {
        switch value {
        case .text(let text): text.utf8.count + 1
        case .bytes(let bytes): bytes.count + 1
        default:
            switch TypeTable.entry(context.argumentTypes[0].oid)?.length {
            case let length? where length > 0: Int(length)
            default: try TextOutput.text(value, context.argumentTypes[0], context.session).utf8.count + 4
            }
        }
    }

    private static func addEnums(to bodies: inout Bodies) {
        @Sendable func labels(_ context: CallContext) throws(SQLError) -> [String] {
            let type = TypeTable.base(of: context.argumentTypes[0], context.session.types)
            guard case .enum(let labels)? = context.session.types.type(type.oid)?.kind else {
                throw SQLError(.featureNotSupported, "could not determine actual enum type")
            }
            return labels
        }
        /// A label that may be told: one of the transaction's own may yet be rolled back.
        @Sendable func checked(_ label: String, _ context: CallContext) throws(SQLError) -> SQLValue {
            let type = TypeTable.base(of: context.argumentTypes[0], context.session.types)
            if context.session.isUncommitted(label: label, of: type.oid) {
                throw TextInput.unsafeLabel(label, context.session.types.type(type.oid)?.name ?? "")
            }
            return .text(label)
        }
        @Sendable func end(_ label: String?, _ context: CallContext) throws(SQLError) -> SQLValue {
            guard let label else {
                let type = TypeTable.base(of: context.argumentTypes[0], context.session.types)
                let name = context.session.types.type(type.oid)?.name ?? ""
                throw SQLError(SQLState(rawValue: "55000"), "enum \(Quoting.identifier(name)) contains no values")
            }
            return try checked(label, context)
        }
        bodies["enum_first"] = .scalar { _, context throws(SQLError) in try end(labels(context).first, context) }
        bodies["enum_last"] = .scalar { _, context throws(SQLError) in try end(labels(context).last, context) }
        bodies["enum_range"] = .scalar { arguments, context throws(SQLError) in
            let all = try labels(context)
            let type = TypeTable.base(of: context.argumentTypes[0], context.session.types)
            var range = all[...]
            if arguments.count > 1 {
                let first = arguments[0].isNull ? 0 : all.firstIndex(of: arguments[0].text) ?? 0
                let last = arguments[1].isNull ? all.count - 1 : all.firstIndex(of: arguments[1].text) ?? all.count - 1
                range = first <= last ? all[first...last] : []
            }
            var elements: [SQLValue] = []
            for label in range { elements.append(try checked(label, context)) }
            return .array(SQLArray(SQLType(type.oid), elements))
        }
        bodies["enum_cmp"] = .scalar { arguments, context in
            .int(Int64(Ordering(context.argumentTypes[0], context.session.types).compare(arguments[0], arguments[1])))
        }
    }

    private static func addSizes(to bodies: inout Bodies) {
        let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
        bodies["pg_size_pretty"] = .unary { a throws(SQLError) in
            var size: Numeric = if case .numeric(let number) = a { number } else { Numeric(a.int) }
            // Up to ten thousand and more of a unit are shown in it, and what is beyond is rounded half away from zero.
            let limit = Numeric(10 * 1024 as Int64)
            if size.absolute < limit { return .text("\(size) bytes") }
            size = try Numeric.quotientAndRemainder(size, Numeric(512 as Int64)).quotient
            for (place, unit) in units.enumerated().dropFirst() {
                if size.absolute < Numeric(20 * 1024 - 1 as Int64) || place == units.count - 1 {
                    let half = try Numeric.add(size, Numeric(size.isNegative ? -1 : 1 as Int64))
                    return .text("\(try Numeric.quotientAndRemainder(half, Numeric(2 as Int64)).quotient) \(unit)")
                }
                size = try Numeric.quotientAndRemainder(size, Numeric(1024 as Int64)).quotient
            }
            return .null
        }
        bodies["pg_size_bytes"] = .unary { a throws(SQLError) in
            let text = a.text.trimming()
            let digits = text.prefix { $0.isNumber || "+-.eE".contains($0) }
            var number = String(digits)
            if let last = number.last, last == "e" || last == "E" { number.removeLast() }
            let unit = String(text.dropFirst(number.count)).trimming().lowercased()
            let value: Numeric
            do throws(SQLError) {
                value = try Numeric(number)
            } catch {
                throw error.state == .numericValueOutOfRange ? error : SQLError(.invalidParameterValue, "invalid size: \"\(a.text)\"")
            }
            guard value.isFinite else { throw SQLError(.invalidParameterValue, "invalid size: \"\(a.text)\"") }
            let powers = ["": 0, "b": 0, "bytes": 0, "kb": 1, "mb": 2, "gb": 3, "tb": 4, "pb": 5]
            guard let power = powers[unit] else {
                throw SQLError(
                    .invalidParameterValue, "invalid size: \"\(a.text)\"", detail: "Invalid size unit: \"\(unit)\".",
                    hint: "Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
            }
            let bytes = try Numeric.multiply(value, Numeric((1 as Int64) << Int64(10 * power)))
            guard let result = bytes.int64 else { throw SQLError(.numericValueOutOfRange, "bigint out of range") }
            return .int(result)
        }
    }
}
