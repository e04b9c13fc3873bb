public import Catalog

/// The counts of a write's answer: how many documents became what.
///
///     let counts = try await pando.run(users.filter { $0["gone"] == true }.delete(), as: WriteCounts.self)
///     print(counts.deleted)
public struct WriteCounts: Sendable, Hashable {
    public var inserted = 0
    public var replaced = 0
    /// Documents that were to be changed and are the same as before.
    public var unchanged = 0
    /// Documents that were to be changed or deleted and are not there.
    public var skipped = 0
    public var deleted = 0
    /// Documents that could not be written. Each stays as it was.
    public var errors = 0
    /// Why the first of those could not be written.
    public var firstError: String?
    /// The primary keys that were made for documents without one, in the order of the documents.
    public var generatedKeys: [Datum] = []
    /// What the answer leaves out, as sentences.
    public var warnings: [String] = []

    public init() {}

    /// Documents that the write came to.
    var total: Int { inserted + replaced + unchanged + skipped + deleted + errors }
}

extension WriteCounts: Decodable {
    private enum CodingKeys: String, CodingKey {
        case inserted, replaced, unchanged, skipped, deleted, errors, warnings
        case firstError = "first_error"
        case generatedKeys = "generated_keys"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        inserted = try fields.decode(Int.self, forKey: .inserted)
        replaced = try fields.decode(Int.self, forKey: .replaced)
        unchanged = try fields.decode(Int.self, forKey: .unchanged)
        skipped = try fields.decode(Int.self, forKey: .skipped)
        deleted = try fields.decode(Int.self, forKey: .deleted)
        errors = try fields.decode(Int.self, forKey: .errors)
        firstError = try fields.decodeIfPresent(String.self, forKey: .firstError)
        generatedKeys = try fields.decodeIfPresent([Datum].self, forKey: .generatedKeys) ?? []
        warnings = try fields.decodeIfPresent([String].self, forKey: .warnings) ?? []
    }
}
