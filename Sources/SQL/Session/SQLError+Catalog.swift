package import Catalog

extension SQLError {
    /// What the floors below refuse, in SQL's words.
    package init(_ error: CatalogError) {
        let state =
            switch error.kind {
            case .diskFull: "53100"
            case .io: "58030"
            case .corrupt: "XX001"
            case .readOnly: "25006"
            case .keyNull, .keyMissing: "23502"
            case .hookFailed: "09000"
            case .functionTooSlow, .cancelled: "57014"
            case .notStorable, .invalidKey: "22000"
            case .indexNotFound: "42704"
            case .busy: "55P03"
            case .writesStopped: "58030"
            case .closed: "57P01"
            case .unavailable: "57P03"
            case .keyTooLong, .tooLarge, .tooDeep: "54000"
            case .invalidName: "42602"
            case .invalidAccount: "22023"
            case .protectedAccount, .oneDatabase: "42501"
            case .duplicateValue, .documentExists: "23505"
            case .constraintViolated: "23000"
            case .tableNotFound: "42P01"
            case .tableExists, .indexExists: "42P07"
            case .databaseNotFound: "3D000"
            case .databaseExists: "42P04"
            case .locked: "55P03"
            case .serializationFailure: "40001"
            case .deadlock: "40P01"
            case .indeterminate: "40003"
            default: "XX000"
            }
        // The key of the other row is for those who may read it.
        let index = error.message.split(separator: "`", maxSplits: 2, omittingEmptySubsequences: false)
        let isDuplicate = error.kind == .duplicateValue && index.count == 3
        self.init(
            SQLState(rawValue: state), isDuplicate ? "duplicate key value violates unique constraint \"\(index[1])\"" : error.message,
            hint: error.kind == .keyTooLong ? "A declared table whose key is hidden takes longer ones: WITH (key = hidden)." : nil)
    }
}
