/// The option `durability`: "hard" or "soft".
struct DurabilityOption {
    private let option: Node?

    init(_ call: Call) {
        option = call.option("durability")
    }

    /// nil if it was not given.
    func value(_ execution: Execution) throws(ReQLError) -> Durability? {
        guard let option else { return nil }
        let text = try option.string(execution)
        guard let written = WrittenDurability(rawValue: text) else {
            throw option.site.error(.queryLogic, "`durability` is \"hard\" or \"soft\", found \"\(text)\".")
        }
        return written.durability
    }
}
