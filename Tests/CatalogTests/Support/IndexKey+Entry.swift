@testable import Catalog

extension IndexKey {
    /// The key of an entry as the page on the file's form has it, or nil if a value like this is not indexed: what the code that makes
    /// many entries at a time is held against.
    ///
    /// - Throws: as ``PrimaryKey/encode(_:)`` for the primary key; ``CatalogError/Kind/tooLarge`` if the ordinal is too high.
    static func encode(value: Datum, primaryKey: Datum, ordinal: Int = 0) throws(CatalogError) -> [UInt8]? {
        guard let (encodedValue, isCut) = encode(value: value) else { return nil }
        guard ordinal <= maximumOrdinal else {
            throw CatalogError(.tooLarge, "A document has more than \(maximumOrdinal + 1) equal values for one multi index.")
        }
        _ = try PrimaryKey.encode(primaryKey)  // the same rules, whatever the form
        var key = encodedValue
        do {
            try KeyEncoding.append(primaryKey, allowsBounds: false, to: &key)
        } catch {
            return nil  // PrimaryKey.encode refuses what this does
        }
        let ending = ordinal | (isCut ? cutFlag : 0)
        key.append(UInt8(ending >> 8))
        key.append(UInt8(ending & 0xFF))
        return key
    }
}
