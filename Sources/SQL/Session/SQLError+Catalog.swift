import Catalog

extension SQLError {
    /// What the floors below refuse, in SQL's words.
    init(_ error: CatalogError) {
        let state =
            switch error.kind {
            case .diskFull: "53100"
            case .io: "58030"
            case .corrupt: "XX001"
            case .readOnly: "25006"
            case .keyNull: "23502"
            case .keyTooLong, .tooLarge, .tooDeep: "54000"
            case .invalidName: "42602"
            case .invalidAccount: "22023"
            case .protectedAccount: "42501"
            case .duplicateValue, .documentExists: "23505"
            case .tableNotFound: "42P01"
            case .tableExists, .indexExists: "42P07"
            case .databaseNotFound: "3D000"
            case .databaseExists: "42P04"
            default: "XX000"
            }
        self.init(SQLState(rawValue: state), error.message)
    }
}
