import Ground

// Whole values from parts. Each of these makes one new buffer; to build step by step, use a DatumBuilder.
extension Datum {
    /// - Throws: ``DatumError/Kind/tooDeep``.
    public static func array(_ elements: some Sequence<Datum>) throws(DatumError) -> Datum {
        var builder = DatumBuilder()
        try builder.beginArray()
        for element in elements { try builder.append(element) }
        try builder.endArray()
        return builder.finish()
    }

    /// The fields may come in any order. An object with `$reql_type$` becomes the value it stands for.
    ///
    /// - Throws: ``DatumError/Kind/duplicateKey``, ``DatumError/Kind/invalidPseudoType``, ``DatumError/Kind/tooDeep``.
    public static func object(_ fields: [(String, Datum)]) throws(DatumError) -> Datum {
        var builder = DatumBuilder()
        try builder.beginObject()
        for (key, value) in fields {
            builder.key(key)
            try builder.append(value)
        }
        try builder.endObject()
        return builder.finish()
    }

    /// The same of fields that don't lie in an array. An array's, as most are, go through no generic code.
    ///
    /// - Throws: as the other one.
    public static func object(_ fields: some Sequence<(String, Datum)>) throws(DatumError) -> Datum {
        try object(Array(fields))
    }

    /// The array with one more element.
    ///
    /// - Precondition: this is an array.
    public func appending(_ element: Datum) throws(DatumError) -> Datum {
        precondition(kind == .array)
        var builder = DatumBuilder()
        try builder.beginArray()
        for existing in elements { try builder.append(existing) }
        try builder.append(element)
        try builder.endArray()
        return builder.finish()
    }

    /// This string with another behind it.
    ///
    /// - Precondition: both are strings.
    package func concatenating(_ other: Datum) -> Datum {
        precondition(kind == .string && other.kind == .string)
        let (count, otherCount) = (node.byteCount, other.node.byteCount)
        let tree = count + otherCount == 0 ? nil : withBytes { first in other.withBytes { DatumTree.make(text: first, $0) } }
        return Datum(node: DatumNode(.string, textOffset: 0, byteCount: count + otherCount), owner: tree)
    }

    /// The object with a field added or replaced.
    ///
    /// - Precondition: this is an object.
    /// - Throws: as ``changing(_:)``.
    public func setting(_ field: String, to value: Datum) throws(DatumError) -> Datum { try changing([(field, value)]) }

    /// The object without a field. The same value if it has none of that name.
    ///
    /// - Precondition: this is an object.
    public func removing(_ field: String) throws(DatumError) -> Datum {
        guard self[field: field] != nil else { return self }
        return try changing([(field, nil)])
    }

    /// The object with fields replaced, added, or (where the value is nil) removed. No key may be given twice.
    ///
    /// - Precondition: this is an object.
    /// - Throws: ``DatumError/Kind/tooDeep``; ``DatumError/Kind/invalidPseudoType`` where `$reql_type$` is the one field.
    public func changing(_ changes: [(String, Datum?)]) throws(DatumError) -> Datum {
        precondition(kind == .object)
        if changes.count == 1, let value = changes[0].1 {
            if let spliced = splicing(try Datum.object([(changes[0].0, value)])) { return spliced }
        }
        let object = decoded
        defer { withExtendedLifetime(object) {} }
        let tree = object.rawTree
        var builder = DatumBuilder(pseudoTypes: false)
        try builder.beginObject()
        for index in 0..<object.node.count {
            let key = tree.bytes(tree[object.node.firstChild + 2 * index])
            if changes.contains(where: { $0.0.withBytes { $0 == key } }) { continue }
            try builder.appendField(index, of: object.node, tree)
        }
        for case (let key, let value?) in changes {
            builder.key(key)
            try builder.append(value)
        }
        try builder.endObject()
        return builder.finish()
    }

    /// ReQL's `merge` of two values: the fields of `other` over those of this object, objects in both merged in turn, everything
    /// else replaced, geometries too. If either is not an object the result is `other`.
    public func merging(_ other: Datum) throws(DatumError) -> Datum {
        guard kind == .object, other.kind == .object else { return other }
        if let spliced = splicing(other) { return spliced }
        let a = decoded
        let b = other.decoded
        defer {
            withExtendedLifetime(a) {}
            withExtendedLifetime(b) {}
        }
        var builder = DatumBuilder(pseudoTypes: false)
        try builder.append(a.node, a.rawTree, mergedWith: b.node, b.rawTree)
        return builder.finish()
    }

    /// The same value in which each object with `$reql_type$` (read with ``JSONOptions/pseudoTypes`` off) is what it stands for.
    public func resolvingPseudoTypes() throws(DatumError) -> Datum {
        guard kind == .array || kind == .object else { return self }
        var builder = DatumBuilder()
        try builder.appendResolving(self)
        return builder.finish()
    }
}

extension RawTree {
    /// Whether a node is an object that stands for nothing but itself; see ``Datum/isPseudoTypeObject``.
    fileprivate func isPlainObject(at index: Int) -> Bool {
        let node = self[index]
        return node.kind == .object && (node.count == 0 || !bytes(self[node.firstChild]).equals("$reql_type$"))
    }
}

extension DatumBuilder {
    /// A key and its value as they are in another object.
    fileprivate mutating func appendField(_ index: Int, of object: DatumNode, _ tree: RawTree) throws(DatumError) {
        appendText(tree.bytes(tree[object.firstChild + 2 * index]), kind: .string)
        try append(tree[object.firstChild + 2 * index + 1], of: tree)
    }

    /// Recursion is bounded by ``Datum/maximumDepth``.
    fileprivate mutating func append(
        _ a: DatumNode, _ treeA: RawTree, mergedWith b: DatumNode, _ treeB: RawTree
    ) throws(DatumError) {
        try beginObject()
        var i = 0
        var j = 0
        while i < a.count || j < b.count {
            let order: Int
            if i == a.count {
                order = 1
            } else if j == b.count {
                order = -1
            } else {
                order = Bytes.compare(treeA.bytes(treeA[a.firstChild + 2 * i]), treeB.bytes(treeB[b.firstChild + 2 * j]))
            }
            if order == 0, treeA.isPlainObject(at: a.firstChild + 2 * i + 1), treeB.isPlainObject(at: b.firstChild + 2 * j + 1) {
                appendText(treeA.bytes(treeA[a.firstChild + 2 * i]), kind: .string)
                try append(treeA[a.firstChild + 2 * i + 1], treeA, mergedWith: treeB[b.firstChild + 2 * j + 1], treeB)
            } else if order < 0 {
                try appendField(i, of: a, treeA)
            } else {
                try appendField(j, of: b, treeB)
            }
            if order <= 0 { i += 1 }
            if order >= 0 { j += 1 }
        }
        try endObject()
    }

    /// Recursion is bounded by ``Datum/maximumDepth``.
    fileprivate mutating func appendResolving(_ datum: Datum) throws(DatumError) {
        switch datum.kind {
        case .array:
            try beginArray()
            for element in datum.elements { try appendResolving(element) }
            try endArray()
        case .object:
            try beginObject()
            for index in 0..<datum.count {
                datum.withKey(at: index) { appendText($0, kind: .string) }
                try appendResolving(datum[index])
            }
            try endObject()
        default: try append(datum)
        }
    }
}

// Not by nil: `found ? value : nil` would be null instead of no value.
extension Datum: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(booleanLiteral value: Bool) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(value) }
    public init(floatLiteral value: Double) { self.init(value) }
    public init(stringLiteral value: String) { self.init(value) }

    public init(arrayLiteral elements: Datum...) { self.init(elements: elements) }

    /// - Precondition: no key stands twice.
    public init(dictionaryLiteral elements: (String, Datum)...) { self.init(fields: elements) }

    /// An array that this program puts together, where nothing can be wrong with it.
    package init(elements: some Sequence<Datum>) {
        self = Datum.literal { builder throws(DatumError) in
            try builder.beginArray()
            for element in elements { try builder.append(element) }
            try builder.endArray()
        }
    }

    /// An object that this program puts together, with names of its own, where nothing can be wrong with it.
    ///
    /// - Precondition: no key stands twice, and `$reql_type$` is not a key unless the fields are those of what it names.
    package init(fields: some Sequence<(String, Datum)>) {
        self = Datum.literal { builder throws(DatumError) in
            try builder.beginObject()
            for (key, value) in fields {
                builder.key(key)
                try builder.append(value)
            }
            try builder.endObject()
        }
    }

    /// A literal can't throw, and what it is put around may be as deep and as large as values are allowed to be. So it may be a bit deeper,
    /// and larger by what is put around; ``Document`` refuses to store that.
    private static func literal(_ build: (inout DatumBuilder) throws(DatumError) -> Void) -> Datum {
        var builder = DatumBuilder(pseudoTypes: true, maximumDepth: maximumDepth + 64, maximumByteCount: .max)
        do {
            try build(&builder)
        } catch {
            preconditionFailure(error.message)
        }
        return builder.finish()
    }
}
