/// The reason why a value could not be built.
public struct DatumError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// More than ``Datum/maximumDepth`` levels of arrays and objects.
        case tooDeep
        /// More than ``Datum/maximumByteCount``.
        case tooLarge
        /// An object with the same key twice.
        case duplicateKey
        /// An object with `$reql_type$` that is not a valid pseudo-type.
        case invalidPseudoType
        /// A value that can't be written as JSON or stored: `minval`, `maxval`, a document that is not an object.
        case notStorable
    }

    public let kind: Kind
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }

    static var tooDeep: DatumError {
        DatumError(.tooDeep, "The value is nested more than \(Datum.maximumDepth) levels deep.")
    }

    static var tooLarge: DatumError {
        DatumError(.tooLarge, "The value takes more than \(Datum.maximumByteCount >> 20) MiB.")
    }
}
