/// Turns ``Datum``s into `Decodable` Swift values.
///
/// A TIME becomes a `Date`, a BINARY `Data`, a string a `URL` (see ``DatumConvertible``), anything a ``Datum``. A number that the wanted
/// type can't hold exactly (a fraction for an `Int`, 300 for a `UInt8`) is an error. Fields are read from where the datum has them;
/// nothing is copied first.
public struct DatumDecoder {
    /// Passed on to the types' `init(from:)`.
    public var userInfo: [CodingUserInfoKey: Any] = [:]

    public init() {}

    /// - Throws: `DecodingError` with the path to the value that doesn't fit, or whatever an `init(from:)` throws.
    public func decode<T: Decodable>(_ type: T.Type = T.self, from datum: Datum) throws -> T {
        try ValueDecoder(datum: datum, codingPath: [], userInfo: userInfo).decode(type)
    }
}

/// Decodes from one datum; also the container of a single value.
struct ValueDecoder: Decoder, SingleValueDecodingContainer {
    let datum: Datum
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any]

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard datum.kind == .object else { throw mismatch([String: Any].self, "an object") }
        return KeyedDecodingContainer(FieldDecoder<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard datum.kind == .array else { throw mismatch([Any].self, "an array") }
        return ElementDecoder(decoder: self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    /// The decoder of a part of this value.
    func decoder(for datum: Datum, _ key: any CodingKey) -> ValueDecoder {
        ValueDecoder(datum: datum, codingPath: codingPath + [key], userInfo: userInfo)
    }

    func decodeNil() -> Bool { datum.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard let value = datum.bool else { throw mismatch(type, "a bool") }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard let value = datum.string else { throw mismatch(type, "a string") }
        return value
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard let value = datum.number else { throw mismatch(type, "a number") }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float {
        let value = Float(try decode(Double.self))
        guard value.isFinite else { throw unfitting(type) }
        return value
    }

    func decode<T: Decodable & FixedWidthInteger>(_ type: T.Type) throws -> T {
        guard let number = datum.number else { throw mismatch(type, "a number") }
        if let value = datum.int64 {
            guard let value = T(exactly: value) else { throw unfitting(type) }
            return value
        }
        guard let value = datum.hasDigits ? T(datum.description) : T(exactly: number) else { throw unfitting(type) }
        return value
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if let known = try decodeKnown(type), let value = known as? T { return value }
        guard codingPath.count <= 2 * Datum.maximumDepth else {
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: "The type decodes itself without end."))
        }
        return try T(from: self)
    }

    /// The types that a datum has a kind of its own for, and the most frequent ones.
    private func decodeKnown(_ type: any Decodable.Type) throws -> (any Decodable)? {
        if type == String.self { return try decode(String.self) }
        if type == Int.self { return try decode(Int.self) }
        if type == Datum.self { return datum }
        guard let convertible = type as? any DatumConvertible.Type else { return nil }
        guard let value = convertible.init(datum: datum) else { throw mismatch(type, convertible.datumDescription) }
        return value
    }

    // MARK: Errors

    private func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "expected \(expected), found \(datum.typeName)")
        return datum.isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    private func unfitting(_ type: Any.Type) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: "the number \(datum) does not fit in \(type)"))
    }
}
