extension FunctionTable {
    /// The functions of each subject, by name; a later group's stand for an earlier one's of the same name.
    static let groups: [[String: SQLFunction.Body]] = []
}
