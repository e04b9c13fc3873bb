/// The types that stand for any: which ones go together in one call, and what they come to mean.
enum Polymorphism {
    static func isPolymorphic(_ oid: UInt32) -> Bool {
        switch oid {
        case SQLType.anyelement.oid, SQLType.anyarray.oid, SQLType.anynonarray.oid, SQLType.anyenum.oid, SQLType.anycompatible.oid,
            SQLType.anycompatiblearray.oid, SQLType.anycompatiblenonarray.oid:
            true
        default: false
        }
    }

    /// What the declared arguments and the result mean where such arguments are given. Nil if they don't go together.
    static func resolve(
        declared: [SQLType], result: SQLType, given: [SQLType], _ types: any TypeCatalog
    ) -> (arguments: [SQLType], result: SQLType)? {
        guard declared.contains(where: { isPolymorphic($0.oid) }) || isPolymorphic(result.oid) else { return (declared, result) }
        var element: SQLType?
        var compatible: [SQLType] = []
        var hasUnknownElement = false
        var hasCompatible = false
        func same(_ a: inout SQLType?, _ b: SQLType) -> Bool {
            if let known = a { return known.oid == b.oid }
            a = b
            return true
        }
        for (declaration, argument) in zip(declared, given) {
            let base = SQLType(TypeTable.base(of: argument, types).oid)
            let isUnknown = argument.oid == SQLType.unknown.oid
            switch declaration.oid {
            case SQLType.anyelement.oid, SQLType.anynonarray.oid, SQLType.anyenum.oid:
                if isUnknown {
                    hasUnknownElement = true
                    continue
                }
                if declaration.oid == SQLType.anynonarray.oid, TypeTable.element(of: base.oid, types) != nil { return nil }
                if declaration.oid == SQLType.anyenum.oid, !TypeTable.isEnum(base.oid, types) { return nil }
                let actual = declaration.oid == SQLType.anyelement.oid ? SQLType(argument.oid) : base
                guard same(&element, actual) else { return nil }
            case SQLType.anyarray.oid:
                if isUnknown {
                    hasUnknownElement = true
                    continue
                }
                if base.oid == SQLType.anyarray.oid { continue }
                guard let inner = TypeTable.element(of: base.oid, types), same(&element, SQLType(inner.oid)) else { return nil }
            case SQLType.anycompatible.oid, SQLType.anycompatiblenonarray.oid:
                hasCompatible = true
                if isUnknown { continue }
                compatible.append(base)
            case SQLType.anycompatiblearray.oid:
                hasCompatible = true
                if isUnknown { continue }
                guard let inner = TypeTable.element(of: base.oid, types) else { return nil }
                compatible.append(SQLType(inner.oid))
            default: continue
            }
        }
        var common: SQLType?
        if hasCompatible {
            if compatible.isEmpty {
                common = .text
            } else {
                guard let type = try? TypeResolution.commonType(of: compatible, context: "", types) else { return nil }
                common = type
            }
        }
        if element == nil, hasUnknownElement {
            // Literals alone don't say which type they are.
            return nil
        }
        func meaning(_ type: SQLType, given: SQLType?) -> SQLType? {
            switch type.oid {
            case SQLType.anyelement.oid, SQLType.anynonarray.oid, SQLType.anyenum.oid: return element
            case SQLType.anyarray.oid:
                guard let element else { return given?.oid == SQLType.anyarray.oid ? given : nil }
                return TypeTable.array(of: element.oid, types)
            case SQLType.anycompatible.oid, SQLType.anycompatiblenonarray.oid: return common
            case SQLType.anycompatiblearray.oid: return common.flatMap { TypeTable.array(of: $0.oid, types) }
            default: return type
            }
        }
        var arguments: [SQLType] = []
        for (declaration, argument) in zip(declared, given) {
            guard let type = meaning(declaration, given: argument) else { return nil }
            arguments.append(type)
        }
        guard let type = meaning(result, given: nil) else { return nil }
        return (arguments, type)
    }
}
