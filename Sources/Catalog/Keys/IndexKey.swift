import Ground

/// Index entries as they stand behind `index:<uuid>:`, in the order of their values, then of their primary keys.
///
///     value         encoded as in ``KeyEncoding``; of a longer one only the first 512 bytes
///     primary key   encoded as in ``KeyEncoding`` (a string too)
///     ordinal       2 bytes, big-endian: bit 15 is set if the value was cut; the other 15 count, from 0, the equal values of
///                   one document in a multi index
///
/// Only what can be a key is indexed: not null, not objects, no array with such an element. A cut value must be looked up in
/// its document: entries that agree in 512 bytes stand in the order of their primary keys.
public enum IndexKey {
    /// A value has at most this many bytes in an entry.
    public static let maximumValueByteCount = 512

    /// A document has at most this many equal values in one multi index.
    public static let maximumOrdinal = 0x7FFF

    static let cutFlag = 0x8000

    /// One entry, read.
    public struct Entry: Sendable, Hashable {
        /// Nil if it was cut.
        public let value: Datum?
        public let primaryKey: Datum
        /// From 0.
        public let ordinal: Int

        /// Whether `value` is in all details what the document has: it was not cut, and is not a time, whose zone is not in the
        /// entry, nor a zero, whose sign is not.
        public var isExact: Bool { value.map(IndexKey.isExact) ?? false }
    }

    /// Appends the key of the one entry that a value has in an index that is not a multi index. False, and anything may be appended, if a
    /// value like this is not indexed.
    static func append(_ value: Datum, allowsBounds: Bool = false, primaryKey: Datum, to key: inout [UInt8]) -> Bool {
        let start = key.count
        do throws(KeyEncoding.Refusal) {
            try KeyEncoding.append(value, allowsBounds: allowsBounds, to: &key)
            let isCut = key.count - start > maximumValueByteCount
            if isCut { key.removeSubrange((start + maximumValueByteCount)...) }
            try KeyEncoding.append(primaryKey, allowsBounds: false, to: &key)
            key.append(isCut ? UInt8(cutFlag >> 8) : 0)
            key.append(0)
            return true
        } catch {
            return false
        }
    }

    /// Appends what stands behind a value that was appended from `start` on: cuts it if it is too long.
    ///
    /// - Parameter primaryKey: in the form of ``PrimaryKey``.
    static func append(primaryKey: Bytes, behindValueFrom start: Int, to key: inout [UInt8]) {
        let isCut = key.count - start > maximumValueByteCount
        if isCut { key.removeSubrange((start + maximumValueByteCount)...) }
        KeyEncoding.append(primaryKey: primaryKey, to: &key)
        key.append(isCut ? UInt8(cutFlag >> 8) : 0)
        key.append(0)
    }

    /// The keys of all entries of one document: of each value that can be indexed, in order, those that are alike counted.
    ///
    /// - Throws: as ``encode(value:primaryKey:ordinal:)``.
    static func entries(of values: [Datum], allowsBounds: Bool = false, primaryKey: Datum) throws(CatalogError) -> [[UInt8]] {
        if values.isEmpty { return [] }
        _ = try PrimaryKey.encode(primaryKey)
        var suffix: [UInt8] = []
        do {
            try KeyEncoding.append(primaryKey, allowsBounds: false, to: &suffix)
        } catch {
            return []  // PrimaryKey.encode refuses what this does
        }
        var entries: [[UInt8]] = []
        var counts: [[UInt8]: Int] = [:]
        for value in values {
            guard let (bytes, isCut) = encode(value: value, allowsBounds: allowsBounds) else { continue }
            var ordinal = 0
            if values.count > 1 {
                ordinal = counts[bytes, default: 0]
                counts[bytes] = ordinal + 1
            }
            guard ordinal <= maximumOrdinal else {
                throw CatalogError(.tooLarge, "A document has more than \(maximumOrdinal + 1) equal values for one multi index.")
            }
            let ending = ordinal | (isCut ? cutFlag : 0)
            entries.append(bytes + suffix + [UInt8(ending >> 8), UInt8(ending & 0xFF)])
        }
        return entries
    }

    /// The part of the key that all entries of a value have in common, and whether it was cut. Nil if a value like this is not
    /// indexed. `minval` and `maxval` are allowed, as bounds.
    static func encode(value: Datum, allowsBounds: Bool = false) -> (bytes: [UInt8], isCut: Bool)? {
        var bytes: [UInt8] = []
        do {
            try KeyEncoding.append(value, allowsBounds: allowsBounds, to: &bytes)
        } catch {
            return nil
        }
        guard bytes.count > maximumValueByteCount else { return (bytes, false) }
        bytes.removeSubrange(maximumValueByteCount...)
        return (bytes, true)
    }

    /// How many of an entry's bytes are its value, and whether it was cut. Nil for what is not an entry.
    static func valueByteCount(_ bytes: ArraySlice<UInt8>) -> (count: Int, isCut: Bool)? {
        guard let ending = bytes.dropLast().last else { return nil }
        if Int(ending) << 8 & cutFlag != 0 { return (maximumValueByteCount, true) }
        return Array(bytes).span.withBytes { bytes in
            var decoder = KeyDecoder(bytes)
            guard (try? decoder.skip()) != nil else { return nil }
            return (decoder.index, false)
        }
    }

    /// - Throws: ``CatalogError/Kind/corrupt`` if the bytes are not an entry.
    public static func decode(_ bytes: Span<UInt8>) throws(CatalogError) -> Entry {
        let entry: Entry? = bytes.withBytes { bytes in
            guard bytes.count >= 2 else { return nil }
            let ending = Int(bytes[bytes.count - 2]) << 8 | Int(bytes[bytes.count - 1])
            var decoder = KeyDecoder(bytes[0..<bytes.count - 2])
            var value: Datum?
            if ending & cutFlag != 0 {
                guard decoder.bytes.count > maximumValueByteCount else { return nil }
                decoder.index = maximumValueByteCount
            } else {
                value = try? decoder.next()
                guard value != nil, decoder.index <= maximumValueByteCount else { return nil }
            }
            guard let primaryKey = try? decoder.next(), decoder.index == decoder.bytes.count else { return nil }
            return Entry(value: value, primaryKey: primaryKey, ordinal: ending & maximumOrdinal)
        }
        guard let entry else { throw CatalogError(.corrupt, "The bytes after `index:<uuid>:` in a key are not an index entry.") }
        return entry
    }

    public static func decode(_ bytes: [UInt8]) throws(CatalogError) -> Entry {
        try decode(bytes.span)
    }

    /// Whether a value is in all details what it was before it was encoded.
    static func isExact(_ value: Datum) -> Bool {
        switch value.kind {
        case .time: false
        case .number: value.node.number != 0
        case .array: value.elements.allSatisfy(isExact)
        default: true
        }
    }

    /// The place of the entries of a range of values: keys from `lower` on and below `upper`.
    public struct Range: Sendable, Hashable {
        public let lower: [UInt8]
        public let upper: [UInt8]
        /// If not, a bound was cut, and an entry in the range whose value was cut may be outside the bounds.
        public let isExact: Bool
    }

    /// The range of the entries between two values, each of which may be (or have in it) `minval` or `maxval`.
    ///
    /// - Throws: ``CatalogError/Kind/keyNull`` or ``CatalogError/Kind/invalidKey`` for a bound that no value can be.
    public static func range(
        lower: Datum, lowerInclusive: Bool = true, upper: Datum, upperInclusive: Bool = false
    ) throws(CatalogError) -> Range {
        let low = try encode(bound: lower)
        let high = try encode(bound: upper)
        // An entry goes on with a primary key, whose tag is below this byte, and what goes on with the value is above.
        return Range(
            lower: low.bytes + (!lowerInclusive && !low.isCut ? [KeyEncoding.aboveTags] : []),
            upper: high.bytes + (upperInclusive || high.isCut ? [KeyEncoding.aboveTags] : []),
            isExact: !low.isCut && !high.isCut)
    }

    /// The range of the entries of one value.
    ///
    /// - Throws: as ``range(lower:lowerInclusive:upper:upperInclusive:)``.
    public static func range(of value: Datum) throws(CatalogError) -> Range {
        try range(lower: value, upper: value, upperInclusive: true)
    }

    private static func encode(bound: Datum) throws(CatalogError) -> (bytes: [UInt8], isCut: Bool) {
        if let encoded = encode(value: bound, allowsBounds: true) { return encoded }
        if bound.isNull { throw CatalogError(.keyNull, "An index has no entries for NULL.") }
        throw CatalogError(.invalidKey, "An index has no entries for \(bound.typeName) (or an array with NULL or an OBJECT in it).")
    }
}
