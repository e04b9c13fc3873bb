import Catalog

/// A session without settings of its own: what is stored does not depend on who writes it.
final class NeutralSession: SQLSession, Sendable {
    static let shared = NeutralSession()
    static var noTypes: any TypeCatalog { None() }

    private struct None: TypeCatalog {
        func type(_ oid: UInt32) -> UserType? { nil }
        func type(named name: String, schema: String?) -> UserType? { nil }
    }

    var settings: OutputSettings {
        var settings = OutputSettings()
        settings.intervalStyle = .iso8601
        return settings
    }
    var statementMemory: QueryMemory? { nil }
    var transactionTime: Int64 { 0 }
    var statementTime: Int64 { 0 }
    var types: any TypeCatalog { Self.noTypes }
    func setting(_ name: String) -> String? { nil }
}
