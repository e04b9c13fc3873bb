/// A datum can be a part of an application's types: whatever stands there, kept as it is.
///
/// Only ``DatumEncoder`` and ``DatumDecoder`` keep times and binary data; with other coders they are encoded as the objects of their
/// JSON form.
extension Datum: Codable {
    public func encode(to encoder: any Encoder) throws {
        switch kind {
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool:
            var container = encoder.singleValueContainer()
            try container.encode(isTruthy)
        case .number:
            var container = encoder.singleValueContainer()
            if let int64 { try container.encode(int64) } else { try container.encode(number) }
        case .string:
            var container = encoder.singleValueContainer()
            try container.encode(string)
        case .array:
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .object:
            var container = encoder.container(keyedBy: PathKey.self)
            for (key, value) in fields { try container.encode(value, forKey: PathKey(name: key)) }
        case .time, .binary:
            // As plain objects of strings and numbers.
            try Datum(json: description, options: JSONOptions(pseudoTypes: false)).encode(to: encoder)
        case .minval, .maxval:
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "\(typeName) can't be encoded"))
        }
    }

    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: PathKey.self) {
            self = try Self.checked(decoder) { () throws in
                try .object(container.allKeys.map { ($0.stringValue, try container.decode(Datum.self, forKey: $0)) })
            }
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [Datum] = []
            while !container.isAtEnd { elements.append(try container.decode(Datum.self)) }
            self = try Self.checked(decoder) { () throws in try .array(elements) }
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let bool = try? container.decode(Bool.self) {
                self.init(bool)
            } else if let number = try? container.decode(Double.self), number.isFinite {
                self.init(number)
            } else {
                self.init(try container.decode(String.self))
            }
        }
    }

    private static func checked(_ decoder: any Decoder, _ make: () throws -> Datum) throws -> Datum {
        do {
            return try make()
        } catch let error as DatumError {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: error.message))
        }
    }
}
