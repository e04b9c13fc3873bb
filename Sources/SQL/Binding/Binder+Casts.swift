import Catalog

extension Binder {
    /// The expression as one of another type. Throws `42804` or `42846` if there is no such cast.
    func coerce(_ scalar: Scalar, to type: SQLType, _ context: CastContext, at position: Position?) throws(SQLError) -> Scalar {
        if let coerced = try coerceIfPossible(scalar, to: type, context, at: position) { return coerced }
        throw error("42846", "cannot cast type \(typeName(SQLType(scalar.type.oid))) to \(typeName(SQLType(type.oid)))", at: position)
    }

    /// Nil if there is no such cast.
    func coerceIfPossible(
        _ scalar: Scalar, to type: SQLType, _ context: CastContext, at position: Position?
    ) throws(SQLError) -> Scalar? {
        if [SQLType.any.oid, SQLType.anyelement.oid, SQLType.anynonarray.oid, SQLType.unknown.oid].contains(type.oid) { return scalar }
        if scalar.type.oid == type.oid {
            guard type.modifier >= 0, type.modifier != scalar.type.modifier else {
                if context == .explicit, type == .bpchar, scalar.type.modifier > 4 { return withBlanks(scalar) }
                return scalar.type == type || context != .explicit ? scalar : RelabeledScalar(type, [scalar])
            }
            return fitted(scalar, type, isExplicit: context == .explicit)
        }
        if scalar.type == .unknown { return try coerceUnknown(scalar, to: type, isExplicit: context == .explicit, at: position) }
        if scalar.type == .open { return OpenCastScalar(scalar, type, isExplicit: context == .explicit) }
        if let row = scalar as? RowScalar, case .composite(let fields)? = types.type(type.oid)?.kind, fields.count == row.operands.count {
            var operands: [Scalar] = []
            for (operand, field) in zip(row.operands, fields) {
                guard let coerced = try coerceIfPossible(operand, to: field.type, context, at: position) else { return nil }
                operands.append(coerced)
            }
            return RowScalar(type, fields, operands)
        }
        let target = TypeTable.base(of: type, types)
        let origin = TypeTable.base(of: scalar.type, types)
        if type.oid >= 16384, target.oid != type.oid {
            // A domain: its base, then its constraints.
            guard let based = try coerceIfPossible(scalar, to: target, context, at: position) else { return nil }
            return try domainChecked(based, type)
        }
        if origin.oid == target.oid {
            return target.modifier >= 0 && target.modifier != scalar.type.modifier
                ? fitted(scalar, target, isExplicit: context == .explicit) : RelabeledScalar(type, [scalar])
        }
        // How many bits are made of a number depends on the length.
        let whole = target.oid == SQLType.bit.oid ? target : SQLType(target.oid)
        guard let cast = Builtins.cast(origin, whole, context, types) else { return nil }
        let converted: Scalar
        switch cast {
        case .relabel: converted = RelabeledScalar(SQLType(target.oid), [scalar])
        case .convert(let isStable, let conversion):
            converted = CastScalar(scalar, to: target, isExplicit: context == .explicit, isStable: isStable, conversion)
        }
        let fit = target.modifier >= 0 ? fitted(converted, target, isExplicit: context == .explicit) : converted
        return try elementsChecked(fit, target)
    }

    /// A text of a fixed length together with its blanks, for what gives it on without its length.
    func withBlanks(_ scalar: Scalar) -> Scalar {
        let type = scalar.type
        guard type.oid == SQLType.bpchar.oid, type.modifier > 4 else { return scalar }
        return CastScalar(scalar, to: .bpchar, isExplicit: false, isStable: false) { (value, run) throws(SQLError) in
            value.isNull ? .null : .text(try TextOutput.text(value, type, run.session))
        }
    }

    /// The same for the operands of functions that give them on, or look at the blanks.
    func withBlanks(_ operands: [Scalar], of function: SQLFunction) -> [Scalar] {
        let givesOn = [
            "min", "max", "array_agg", "lag", "lead", "first_value", "last_value", "nth_value", "mode", "percentile_disc", "array_append",
            "array_prepend", "array_fill", "bpcharlike", "bpcharnlike", "bpchariclike", "bpcharicnlike",
        ]
        return givesOn.contains(function.name) ? operands.map { withBlanks($0) } : operands
    }

    /// A DEFAULT as a value of a type. That it is too long is told to whoever takes it, and to nobody before.
    func coerce(default value: Scalar, to type: SQLType) throws(SQLError) -> Scalar {
        if value.isUnknownLiteral, let fitting = try? coerce(value, to: type, .assignment, at: nil) { return fitting }
        let plain = value.isUnknownLiteral ? SQLType(TypeTable.base(of: type, types).oid) : type
        return try coerce(try coerce(value, to: plain, .assignment, at: nil), to: type, .assignment, at: nil)
    }

    /// Held to the modifier of a type: `varchar(10)`, `numeric(10,2)`.
    private func fitted(_ scalar: Scalar, _ type: SQLType, isExplicit: Bool) -> Scalar {
        CastScalar(scalar, to: type, isExplicit: isExplicit, isStable: false) { (value, run) throws(SQLError) in
            value.isNull ? .null : try Builtins.fit(value, to: type, isExplicit: isExplicit, run.session)
        }
    }

    private func coerceUnknown(
        _ scalar: Scalar, to type: SQLType, isExplicit: Bool, at position: Position?
    ) throws(SQLError) -> Scalar? {
        if type == .open { return resolved(scalar) }
        let base = TypeTable.base(of: type, types)
        if let parameter = scalar as? ParameterScalar {
            parameters.set(parameter.index, base)
            let typed = try elementsChecked(
                ParameterScalar(parameter.index, parameters.type(parameter.index) ?? SQLType(base.oid)), base)
            return try coerce(typed, to: type, isExplicit ? .explicit : .assignment, at: position)
        }
        if let constant = scalar as? ConstantScalar {
            var value = SQLValue.null
            if case .text(let text) = constant.constant {
                do throws(SQLError) {
                    // An interval's fields tell what a number without a unit means.
                    let read = base.oid == SQLType.interval.oid ? base : SQLType(base.oid)
                    value = try literal(text, read, at: constant.offset)
                    if base.oid >= 16384, let note = definitions.noteLabel, let offset = constant.offset { note(offset, text, base, value) }
                    if Self.readsClock(text, base) { isKeepable = false }
                    if base.oid == SQLType.regclass.oid, definitions.noteRelation != nil { noteRelation(text, at: constant.offset) }
                } catch {
                    guard let position, error.position == nil else { throw error }
                    let place = constant.offset.map { Position($0) } ?? position
                    throw source.error(error, at: place)
                }
                // What "now" and "today" are is known when the statement runs.
                if base.modifier >= 0 { value = try Builtins.fit(value, to: base, isExplicit: isExplicit, session) }
            }
            let typed = try elementsChecked(ConstantScalar(value, base), base)
            return type.oid == base.oid ? typed : try domainChecked(typed, type)
        }
        let read = CastScalar(scalar, to: SQLType(base.oid), isExplicit: isExplicit, isStable: true) { (value, run) throws(SQLError) in
            guard case .text(let text) = value else { return value }
            return try Builtins.input(text, SQLType(base.oid), run.session)
        }
        let fit = try elementsChecked(base.modifier >= 0 ? fitted(read, base, isExplicit: isExplicit) : read, base)
        return type.oid == base.oid ? fit : try domainChecked(fit, type)
    }

    /// Tells whoever asks what a query is about of a relation that a text names.
    private func noteRelation(_ text: String, at offset: Int?) {
        guard let relation = try? definitions.relation(QualifiedName(written: text)), let offset else { return }
        definitions.noteNamed?(offset, text, relation)
    }

    /// A literal's value. Its client is told once what there is to tell of it.
    private func literal(_ text: String, _ type: SQLType, at offset: Int?) throws(SQLError) -> SQLValue {
        let toldCount = session.notices.count
        let value = try Builtins.input(text, type, session)
        guard session.notices.count > toldCount else { return value }
        if let told = source.told, let offset, told.insert(offset) { return value }
        session.notices.removeSubrange(toldCount...)
        return value
    }

    /// An array or a row that was read or converted, whose parts are held to the constraints of their domains.
    func elementsChecked(_ scalar: Scalar, _ type: SQLType) throws(SQLError) -> Scalar {
        guard type.oid >= 16384, let check = try partsCheck(type) else { return scalar }
        return holding(scalar, as: type, to: check)
    }

    /// A value that came as one of its type, which is held to the constraints of its domain and of those of its parts.
    func held(_ scalar: Scalar) throws(SQLError) -> Scalar {
        guard let check = try partCheck(scalar.type) else { return scalar }
        return holding(scalar, as: scalar.type, to: check)
    }

    /// The same value, once it has been checked.
    func holding(_ scalar: Scalar, as type: SQLType, to check: @escaping ValueCheck) -> Scalar {
        CastScalar(scalar, to: type, isExplicit: false, isStable: false) { (value, run) throws(SQLError) in
            try check(value, run)
            return value
        }
    }

    /// What the parts of an array or a row are held to; nil if none is of a domain.
    func partsCheck(_ type: SQLType) throws(SQLError) -> ValueCheck? {
        if let element = TypeTable.element(of: type.oid, types) {
            guard let check = try partCheck(element) else { return nil }
            return { (value, run) throws(SQLError) in
                guard case .array(let array) = value else { return }
                for element in array.elements { try check(element, run) }
            }
        }
        guard case .composite(let fields)? = types.type(type.oid)?.kind else { return nil }
        return try fieldsCheck(fields)
    }

    /// What the fields of a row are held to; nil if none is of a domain.
    func fieldsCheck(_ fields: [SQLRecord.Field]) throws(SQLError) -> ValueCheck? {
        var checks: [(place: Int, check: ValueCheck)] = []
        for (place, field) in fields.enumerated() {
            if let check = try partCheck(field.type) { checks.append((place, check)) }
        }
        guard !checks.isEmpty else { return nil }
        return { (value, run) throws(SQLError) in
            guard case .record(let record) = value else { return }
            for (place, check) in checks where place < record.values.count { try check(record.values[place], run) }
        }
    }

    private func partCheck(_ type: SQLType) throws(SQLError) -> ValueCheck? {
        guard type.oid >= 16384 else { return nil }
        let own = try definitions.domainChecks(type, self)
        let inner = try partsCheck(TypeTable.base(of: type, types))
        guard !own.isEmpty || inner != nil else { return nil }
        return { (value, run) throws(SQLError) in
            for check in own { try check.check(value, run) }
            try inner?(value, run)
        }
    }

    /// Held to a domain's constraints.
    private func domainChecked(_ scalar: Scalar, _ type: SQLType) throws(SQLError) -> Scalar {
        let checks = try definitions.domainChecks(type, self)
        return CastScalar(scalar, to: SQLType(type.oid), isExplicit: false, isStable: false) { (value, run) throws(SQLError) in
            for check in checks { try check.check(value, run) }
            return value
        }
    }

    /// Whether a text of a type may say `now` or `today`, and so something else each time.
    private static func readsClock(_ text: String, _ type: SQLType) -> Bool {
        guard TypeTable.category(of: type.oid, NeutralSession.noTypes) == "D" else { return false }
        return ["now", "today", "tomorrow", "yesterday"].contains { text.lowercased().contains($0) }
    }

    /// Whether a value of one type is taken where the other is wanted without being asked.
    func castsImplicitly(_ from: SQLType, _ to: SQLType) -> Bool {
        if from.oid == to.oid || from == .unknown { return true }
        let (from, to) = (TypeTable.base(of: from, types), TypeTable.base(of: to, types))
        return from.oid == to.oid || Builtins.cast(from, SQLType(to.oid), .implicit, types) != nil
    }

    /// The type of what CASE, UNION, VALUES and their kin bring together.
    func commonType(_ scalars: [Scalar], _ word: String, at positions: [Position]) throws(SQLError) -> SQLType {
        try commonType(scalars.map(\.type), word, at: positions)
    }

    func commonType(_ all: [SQLType], _ word: String, at positions: [Position]) throws(SQLError) -> SQLType {
        if let first = all.first, first != .unknown, all.allSatisfy({ $0.oid == first.oid }) {
            return all.allSatisfy { $0.modifier == first.modifier } ? first : SQLType(first.oid)
        }
        let known = all.enumerated().filter { $0.element != .unknown }
        guard let first = known.first else { return .text }
        if known.contains(where: { $0.element == .open }) {
            return known.first { $0.element != .open }?.element ?? .open
        }
        var best = TypeTable.base(of: first.element, types)
        for (index, type) in known.dropFirst() {
            let type = TypeTable.base(of: type, types)
            guard type.oid != best.oid else { continue }
            let position = index < positions.count ? positions[index] : nil
            if TypeTable.category(of: type.oid, types) != TypeTable.category(of: best.oid, types) {
                throw error(
                    "42804", "\(word) types \(typeName(SQLType(best.oid))) and \(typeName(SQLType(type.oid))) cannot be matched",
                    at: position)
            }
            if !TypeTable.isPreferred(best.oid), castsImplicitly(best, type), !castsImplicitly(type, best) { best = type }
        }
        for (index, type) in known where !castsImplicitly(type, best) {
            throw error(
                "42846", "\(word) could not convert type \(typeName(type)) to \(typeName(best))",
                at: index < positions.count ? positions[index] : nil)
        }
        return SQLType(best.oid)
    }
}
