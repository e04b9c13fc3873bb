/// A state of the file that has a name: it can be read until the name is dropped, whatever is written meanwhile.
public struct NamedState: Sendable, Hashable {
    public let name: String
    /// The commit that it is of.
    public let transaction: UInt64
    /// When it got its name: seconds since 1970.
    public let time: Double
    /// Keys of all kinds.
    public let records: UInt64

    /// As `pando state list --json` answers it.
    public var datum: Datum {
        get throws(DatumError) {
            [
                "name": Datum(name), "commit": Datum(Int(clamping: transaction)),
                "time": .time(epochSeconds: time, offsetMinutes: 0), "keys": Datum(Int(clamping: records)),
            ]
        }
    }
}

extension Catalog {
    /// Gives what is committed now a name. O(1), and durable when it returns; from then on the file keeps what that state has, beside what
    /// is written.
    ///
    /// - Throws: `.stateExists`; `.invalidState` if no state can have that name, or the file can't have states: one in memory, or one of
    ///   format 1 (``upgradeFormat()``); `.readOnly`, `.diskFull` and others.
    @discardableResult
    public func createState(_ name: String) throws(CatalogError) -> NamedState {
        guard !NamedState.isOfHistory(name) else {
            throw CatalogError(.invalidState, "The name \(name) is one that the history gives (`pando serve --history`); choose another.")
        }
        return try makeState(name)
    }

    /// Takes the name from a state. What it alone had is free to use soon after. Throws `.stateNotFound`.
    public func dropState(_ name: String) throws(CatalogError) { try store.dropStates([name]) }

    /// The states that have names, in order of these.
    public func states() throws(CatalogError) -> [NamedState] { try store.states() }

    /// All databases, tables and documents as they were in a state that is kept. Throws `.stateNotFound`.
    public func snapshot(asOf state: StateReference) throws(CatalogError) -> CatalogSnapshot { try KeptStates(self).snapshot(asOf: state) }

    /// Makes the file one of the newest format, in place. Older releases can't open it any more.
    public func upgradeFormat() throws(CatalogError) { try store.upgradeFormat() }
}
