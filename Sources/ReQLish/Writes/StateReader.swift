/// Reads a state that has a name, and writes nothing.
final class StateReader: Writer {
    private let state: CatalogSnapshot

    init(_ state: CatalogSnapshot) {
        self.state = state
    }

    override func snapshot() throws(CatalogError) -> CatalogSnapshot { state }

    override func write<Result>(
        _ durability: Durability, isLong: Bool, at site: Site, _ body: (inout CatalogTransaction) throws(ReQLError) -> Result
    ) throws(ReQLError) -> Result {
        throw site.error(.queryLogic, "A state that has a name can't be written; write the newest one.")
    }

    override func watch(
        _ requests: [WatchRequest], _ receiver: any ChangeReceiver, at site: Site
    ) throws(ReQLError) -> (watch: Watch, snapshot: CatalogSnapshot, tables: [TableConfig]) {
        throw Self.unchanging(site)
    }

    override func watchMetadata(_ receiver: any ChangeReceiver, at site: Site) throws(ReQLError) -> Watch {
        throw Self.unchanging(site)
    }

    private static func unchanging(_ site: Site) -> ReQLError {
        site.error(.queryLogic, "A state that has a name doesn't change, so it has no feeds.")
    }
}
