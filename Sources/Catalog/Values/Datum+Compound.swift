import Ground

extension Datum {
    /// Elements of an array, fields of an object; otherwise 0.
    public var count: Int {
        switch kind {
        case .array: node.count
        case .object: node.place == .stored ? stored.fieldCount : node.count
        default: 0
        }
    }

    /// An array's element, or the value of an object's field, by position. O(1). An object's fields are in key order.
    ///
    /// - Precondition: the index is in `0..<count`.
    public subscript(index: Int) -> Datum {
        precondition(index >= 0 && index < count, "index out of range")
        if node.place == .stored { return documentList?[index] ?? storedValue(at: index) }
        defer { withExtendedLifetime(owner) {} }
        return child(kind == .object ? 2 * index + 1 : index)
    }

    /// The key of an object's field by position. O(1).
    ///
    /// - Precondition: this is an object, and the index is in `0..<count`.
    public func key(at index: Int) -> String {
        withKey(at: index) { $0.string }
    }

    /// Looks at the key of an object's field without copying it.
    ///
    /// - Precondition: as for ``key(at:)``.
    public func withKeyUTF8<R, E: Error>(at index: Int, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try withKey(at: index) { bytes throws(E) in try bytes.withSpan(body) }
    }

    /// An object's field; nil if there is none, or if this is not an object. O(log n).
    public subscript(field name: String) -> Datum? {
        name.withBytes { field($0) }
    }

    /// An object's field by the UTF-8 bytes of its key; nil if there is none, or if this is not an object. O(log n).
    public func field(utf8 key: Span<UInt8>) -> Datum? {
        key.withBytes { field($0) }
    }

    func field(_ key: Bytes) -> Datum? {
        guard kind == .object else { return nil }
        if node.place == .stored { return storedField(key) }
        defer { withExtendedLifetime(owner) {} }
        let (position, found) = position(ofKey: key)
        return found ? child(2 * position + 1) : nil
    }

    /// Where a key is in this object, or where it would have to be put.
    ///
    /// - Precondition: this is an object that is not a stored document.
    func position(ofKey key: Bytes) -> (index: Int, found: Bool) {
        let tree = rawTree
        var low = 0
        var high = node.count
        while low < high {
            let middle = (low + high) / 2
            let order = Bytes.compare(tree.bytes(tree[node.firstChild + 2 * middle]), key)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    func withKey<R, E: Error>(at index: Int, _ body: (Bytes) throws(E) -> R) throws(E) -> R {
        precondition(kind == .object && index >= 0 && index < count, "index out of range")
        if node.place == .stored { return try stored.withKey(at: index, body) }
        defer { withExtendedLifetime(owner) {} }
        let tree = rawTree
        return try body(tree.bytes(tree[node.firstChild + 2 * index]))
    }

    /// The nth of the nodes that are this value's children.
    @inline(__always) private func child(_ n: Int) -> Datum {
        let node = rawTree[self.node.firstChild + n]
        switch node.kind {
        case .array, .object, .string, .binary: return Datum(node: node, owner: owner)
        default: return Datum(node: node, owner: node.hasDigits ? owner : nil)
        }
    }

    /// An array's elements (an object's values). Empty for other kinds.
    public var elements: DatumElements { DatumElements(datum: self) }

    /// An object's fields in key order. Empty for other kinds.
    public var fields: DatumFields { DatumFields(datum: self) }
}

/// The elements of an array.
public struct DatumElements: RandomAccessCollection, Sendable {
    @usableFromInline let datum: Datum

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { datum.count }
    @inlinable public subscript(index: Int) -> Datum { datum[index] }
}

/// The fields of an object, in ascending order of their keys' bytes.
public struct DatumFields: RandomAccessCollection, Sendable {
    @usableFromInline let datum: Datum

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { datum.kind == .object ? datum.count : 0 }
    @inlinable public subscript(index: Int) -> (key: String, value: Datum) { (datum.key(at: index), datum[index]) }
}
