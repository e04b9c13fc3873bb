/// Turns `Encodable` Swift values into ``Datum``s.
///
/// A ``DatumConvertible`` type says itself what it becomes: a `Date` a TIME in UTC (rounded to a millisecond), `Data` a BINARY, a `URL` a
/// string. A ``Datum`` becomes itself. Integers keep all their digits. Doubles must be finite; anything else throws `EncodingError.invalidValue`.
public struct DatumEncoder {
    /// Passed on to the values' `encode(to:)`.
    public var userInfo: [CodingUserInfoKey: Any] = [:]

    public init() {}

    /// - Throws: `EncodingError`, or whatever an `encode(to:)` throws.
    public func encode(_ value: some Encodable) throws -> Datum {
        let node = EncodedNode()
        try ValueEncoder(node: node, codingPath: [], userInfo: userInfo).encodeWhole(value)
        do throws(DatumError) {
            var builder = DatumBuilder(pseudoTypes: false)
            try node.write(into: &builder)
            return builder.finish()
        } catch {
            throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: error.message))
        }
    }

    /// An error of encoding or decoding in one line: path and message.
    static func describe(_ error: any Error) -> String {
        let context: (path: [any CodingKey], text: String)? =
            switch error {
            case EncodingError.invalidValue(_, let context): (context.codingPath, context.debugDescription)
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
                DecodingError.keyNotFound(_, let context), DecodingError.dataCorrupted(let context):
                (context.codingPath, context.debugDescription)
            default: nil
            }
        guard let context else { return "\(error)" }
        let path = context.path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
        return path.isEmpty ? context.text : "\(path.drop { $0 == "." }): \(context.text)"
    }
}

/// A value that is being encoded. Containers fill it in while `encode(to:)` runs, in any order.
final class EncodedNode {
    enum Content {
        case empty
        case datum(Datum)
        case array([EncodedNode])
        case object(names: [String], values: [String: EncodedNode])
    }

    var content = Content.empty

    func child(named name: String) -> EncodedNode {
        guard case .object(var names, var values) = content else { return EncodedNode() }
        content = .empty  // so that the arrays below are ours alone and not copied
        let child = EncodedNode()
        if values.updateValue(child, forKey: name) == nil { names.append(name) }
        content = .object(names: names, values: values)
        return child
    }

    func newElement() -> EncodedNode {
        guard case .array(var elements) = content else { return EncodedNode() }
        content = .empty
        let child = EncodedNode()
        elements.append(child)
        content = .array(elements)
        return child
    }

    var elementCount: Int {
        if case .array(let elements) = content { elements.count } else { 0 }
    }

    func write(into builder: inout DatumBuilder) throws(DatumError) {
        switch content {
        case .empty:
            // A type that encodes nothing.
            try builder.append(.emptyObject)
        case .datum(let datum): try builder.append(datum)
        case .array(let elements):
            try builder.beginArray()
            for element in elements { try element.write(into: &builder) }
            try builder.endArray()
        case .object(let names, let values):
            try builder.beginObject()
            for name in names {
                builder.key(name)
                try values[name]?.write(into: &builder)
            }
            try builder.endObject()
        }
    }
}

/// Encodes into one node; also the container of a single value.
struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let node: EncodedNode
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any]

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = node.content {} else { node.content = .object(names: [], values: [:]) }
        return KeyedEncodingContainer(FieldEncoder<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = node.content {} else { node.content = .array([]) }
        return ElementEncoder(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// The encoder of a part of this value.
    func encoder(for node: EncodedNode, _ key: any CodingKey) -> ValueEncoder {
        ValueEncoder(node: node, codingPath: codingPath + [key], userInfo: userInfo)
    }

    func encodeNil() throws { node.content = .datum(.null) }
    func encode(_ value: Bool) throws { node.content = .datum(Datum(value)) }
    func encode(_ value: String) throws { node.content = .datum(Datum(value)) }
    func encode(_ value: Float) throws { try encode(Double(value)) }

    func encode(_ value: Double) throws {
        guard value.isFinite else { throw invalid(value, "\(value) is not a number in ReQL.") }
        node.content = .datum(Datum(value))
    }

    func encode<T: Encodable & BinaryInteger>(_ value: T) throws {
        guard let datum = Int(exactly: value).map({ Datum($0) }) ?? Datum(digits: "\(value)".utf8) else {
            throw invalid(value, "The integer has more digits than a number may have.")
        }
        node.content = .datum(datum)
    }

    func encode<T: Encodable>(_ value: T) throws { try encodeWhole(value) }

    func encodeWhole<T: Encodable>(_ value: T) throws {
        switch value {
        case let string as String: try encode(string)
        case let integer as Int: try encode(integer)
        case let datum as Datum: node.content = .datum(datum)
        case let convertible as any DatumConvertible:
            do throws(DatumConversionError) {
                node.content = .datum(try convertible.datum())
            } catch {
                throw invalid(value, error.description)
            }
        default:
            guard codingPath.count < Datum.maximumDepth else {
                throw invalid(value, "The value is more than \(Datum.maximumDepth) levels deep.")
            }
            try value.encode(to: self)
        }
    }

    private func invalid(_ value: Any, _ message: String) -> EncodingError {
        .invalidValue(value, .init(codingPath: codingPath, debugDescription: message))
    }
}
