/// The rule for names of databases and tables.
///
/// The rule guards creation and renaming only: what exists can always be reached.
public enum NameRule: Sendable, Hashable {
    /// 1 to 128 of `A–Z a–z 0–9 _`, not beginning with a digit.
    case strict
    /// RethinkDB's rule, for people who bring such databases along: 1 to 128 of `A–Z a–z 0–9 _ -`.
    case rethinkdb

    /// The longest name, in bytes.
    public static let maximumByteCount = 128

    /// The kind of thing that a name is meant for.
    public enum Subject: String, Sendable {
        case database, table, server
    }

    /// Throws `.invalidName` unless `name` obeys the rule.
    public func validate(_ name: String, for subject: Subject) throws(CatalogError) {
        guard let fault = fault(in: name) else { return }
        let hint =
            NameRule.rethinkdb.fault(in: name) == nil
            ? " RethinkDB's wider rule is an open option: `--names rethinkdb`, `CatalogOptions.names = .rethinkdb`." : ""
        throw CatalogError(.invalidName, "The \(subject.rawValue) name `\(name.abbreviated)` \(fault).\(hint)")
    }

    /// Throws `.invalidName` unless SQL gives tables such names: any characters but those that stand between names, perhaps behind a schema
    /// and a dot.
    static func validate(declared name: String) throws(CatalogError) {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isValid = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.count <= maximumByteCount
                && !part.utf8.contains { [0, UInt8(ascii: "."), UInt8(ascii: ":")].contains($0) }
        }
        guard !isValid else { return }
        throw CatalogError(.invalidName, "The table name `\(name.abbreviated)` is none that a declared table can have.")
    }

    private func fault(in name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > Self.maximumByteCount { return "has more than \(Self.maximumByteCount) characters" }
        switch self {
        case .strict:
            if !name.utf8.allSatisfy(\.isWordCharacter) { return "may hold only letters A–Z and a–z, digits, and _" }
            if name.utf8.first!.isDigit { return "may not begin with a digit" }
        case .rethinkdb:
            if !name.utf8.allSatisfy({ $0.isWordCharacter || $0 == UInt8(ascii: "-") }) {
                return "may hold only letters A–Z and a–z, digits, _ and -"
            }
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    fileprivate var isWordCharacter: Bool {
        let lowercased = self | 0x20
        return isDigit || self == UInt8(ascii: "_") || (lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "z"))
    }
}

extension String {
    /// At most 64 characters, for messages that repeat what somebody sent.
    var abbreviated: String { utf8.count > 64 ? "\(prefix(60))…" : self }
}
