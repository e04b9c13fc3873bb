/// The option `durability`: "hard" or "soft".
struct DurabilityOption {
    private let option: Node?

    init(_ call: Call) {
        option = call.option("durability")
    }

    /// nil if it was not given.
    func value(_ execution: Execution) throws(ReQLError) -> Durability? {
        guard let option else { return nil }
        switch try option.string(execution) {
        case "hard": return .hard
        case "soft": return .soft
        case let other: throw option.site.error(.queryLogic, "`durability` is \"hard\" or \"soft\", found \"\(other)\".")
        }
    }
}
