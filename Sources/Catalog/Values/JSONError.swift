/// A mistake in a JSON text, and its place.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong and what was expected, without the place.
    public let message: String
    /// From 1.
    public let line: Int
    /// In bytes, from 1.
    public let column: Int
    /// From the beginning of the text (for a stream, of the whole stream), from 0.
    public let offset: Int
    /// Nothing is wrong with the text, but what it says takes more memory than there is for it.
    package var isTooLarge = false

    public init(message: String, line: Int, column: Int, offset: Int) {
        self.message = message
        self.line = line
        self.column = column
        self.offset = offset
    }

    public var description: String { "\(message) (line \(line), column \(column))" }
}

/// Options for reading JSON.
public struct JSONOptions: Sendable, Hashable {
    /// Whether an object with `$reql_type$` becomes the value it stands for (a wrong one is an error). Otherwise it stays an object.
    public var pseudoTypes: Bool
    /// At most this many levels of arrays and objects; never above ``Datum/maximumDepth``, except in ``query``.
    public var maximumDepth: Int

    /// For the JSON form of queries, which is taken apart at once: pseudo-types stay objects, and as a term takes two levels
    /// of JSON, twice as many levels as in a value are read.
    public static let query = JSONOptions(pseudoTypes: false, maximumDepth: queryDepth)

    static let queryDepth = 2 * Datum.maximumDepth + 64

    public init(pseudoTypes: Bool = true, maximumDepth: Int = Datum.maximumDepth) {
        self.pseudoTypes = pseudoTypes
        self.maximumDepth = maximumDepth
    }

    /// The depth that is allowed indeed.
    var effectiveDepth: Int {
        min(maximumDepth, pseudoTypes ? Datum.maximumDepth : Self.queryDepth)
    }
}
