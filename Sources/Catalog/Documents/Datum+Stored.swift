import Ground

/// A document as it is stored is a value like any other: what is asked of it is read from its bytes.
extension Datum {
    init?(storedDocument bytes: Bytes, owner: any AnyObject & Sendable) {
        guard StoredDocument(checking: bytes) != nil else { return nil }
        self.init(node: DatumNode(.object, textOffset: bytes.address, byteCount: bytes.count, place: .stored), owner: owner)
    }

    /// The same in memory of its own, not decoded.
    init?(copyOfStoredDocument bytes: Bytes) {
        guard StoredDocument(checking: bytes) != nil else { return nil }
        let copy = DatumTree.make(text: bytes)
        let address = copy.raw.text(0..<bytes.count).address
        self.init(node: DatumNode(.object, textOffset: address, byteCount: bytes.count, place: .stored), owner: copy)
    }

    /// Whether this is a document in its stored form.
    public var isStoredDocument: Bool { node.place == .stored && node.kind == .object }

    /// - Precondition: this is a stored document.
    @inline(__always) var stored: StoredDocument {
        StoredDocument(Bytes(address: node.payload, count: node.byteCount))
    }

    func storedValue(at index: Int) -> Datum {
        defer { withExtendedLifetime(owner) {} }
        return stored.value(at: index, owner: owner)
    }

    func storedField(_ key: Bytes) -> Datum? {
        defer { withExtendedLifetime(owner) {} }
        let stored = stored
        return stored.find(key).map { stored.value(at: $0, owner: owner) }
    }

    /// The same value, decoded if it was a stored document or a list of them. Who looks at many fields of one document does it once.
    public var decoded: Datum {
        guard node.place == .stored else { return self }
        if let documentList {
            guard let array = try? Datum.array(documentList) else { preconditionFailure("a list is short enough to be decoded") }
            return array
        }
        defer { withExtendedLifetime(owner) {} }
        return StoredDocument.value(stored.json, owner: owner)
    }

    /// The same value, independent of the snapshot it may have come from.
    public var owned: Datum {
        switch node.place {
        case .tree, .digits: return self
        case .stored: return decoded
        case .foreign:
            if kind == .number { return withExtendedLifetime(owner) { Datum(number: node.number, digits: rawTree.digits(node)) } }
            return withBytes { Datum(kind, bytes: $0) }
        }
    }
}
