import Catalog

/// Why something can't be had from an engine that keeps the records in place of a file.
enum EngineRefusal {
    /// - Parameter what: how it is there.
    static func message(_ what: String, _ company: EngineCompany) -> String {
        let change = company.administration.isEmpty ? "" : ": \(company.administration)"
        return "\(beginning(company)), and \(what). That is changed there\(change)."
    }

    static func beginning(_ company: EngineCompany) -> String { "Records are kept by an engine here, a \(company.engine) database" }
}
