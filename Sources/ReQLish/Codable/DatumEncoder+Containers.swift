/// The fields of an object that is being encoded.
struct FieldEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func field(_ key: some CodingKey) -> ValueEncoder {
        encoder.encoder(for: encoder.node.child(named: key.stringValue), key)
    }

    func encodeNil(forKey key: Key) throws { try field(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: String, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) throws { try field(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) throws { try field(key).encode(value) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try field(key).encodeWhole(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        field(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { field(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { field(PathKey.superclass) }
    func superEncoder(forKey key: Key) -> any Encoder { field(key) }
}

/// The elements of an array that is being encoded.
struct ElementEncoder: UnkeyedEncodingContainer {
    let encoder: ValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.node.elementCount }

    private func next() -> ValueEncoder {
        let position = count
        return encoder.encoder(for: encoder.node.newElement(), PathKey(position: position))
    }

    func encodeNil() throws { try next().encodeNil() }
    func encode(_ value: Bool) throws { try next().encode(value) }
    func encode(_ value: String) throws { try next().encode(value) }
    func encode(_ value: Double) throws { try next().encode(value) }
    func encode(_ value: Float) throws { try next().encode(value) }
    func encode(_ value: Int) throws { try next().encode(value) }
    func encode(_ value: Int8) throws { try next().encode(value) }
    func encode(_ value: Int16) throws { try next().encode(value) }
    func encode(_ value: Int32) throws { try next().encode(value) }
    func encode(_ value: Int64) throws { try next().encode(value) }
    func encode(_ value: UInt) throws { try next().encode(value) }
    func encode(_ value: UInt8) throws { try next().encode(value) }
    func encode(_ value: UInt16) throws { try next().encode(value) }
    func encode(_ value: UInt32) throws { try next().encode(value) }
    func encode(_ value: UInt64) throws { try next().encode(value) }
    func encode<T: Encodable>(_ value: T) throws { try next().encodeWhole(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        next().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }
    func superEncoder() -> any Encoder { next() }
}

/// A step of a coding path that no type of the application names.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    static let superclass = PathKey(name: "super")

    init(position: Int) {
        stringValue = "\(position)"
        intValue = position
    }

    init(name: String) {
        stringValue = name
        intValue = nil
    }

    init?(stringValue: String) { self.init(name: stringValue) }
    init?(intValue: Int) { self.init(position: intValue) }
}
