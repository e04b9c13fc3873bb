public import Catalog

/// A type that has one datum for each of its values: ``DatumEncoder`` and ``DatumDecoder`` ask it for that and do not take it apart.
///
/// `import Pando` makes Foundation's `Date`, `Data` and `URL` such types; an application may add its own.
public protocol DatumConvertible: Codable {
    /// What a datum must be to become one, for errors: "a time".
    static var datumDescription: String { get }

    /// Nil if the datum is not of the type.
    init?(datum: Datum)

    /// Throws if there is no datum for the value.
    func datum() throws(DatumConversionError) -> Datum
}

/// Why a value has no datum.
public struct DatumConversionError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
