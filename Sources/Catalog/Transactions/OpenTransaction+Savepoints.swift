// Places within a transaction that it can go back to.
extension OpenTransaction {
    package var savepointCount: Int { savepoints.count }

    /// The names of the savepoints, by their numbers.
    package func savepointNames() -> [String] {
        reclaim()
        return savepoints.map(\.name)
    }

    package func savepoint(_ name: String = "") throws(CatalogError) {
        needsTree()
        try goOn(until: nil)
        let place = writer != nil ? Savepoint.Place.state(try writer!.snapshot()) : .beforeWriting
        savepoints.append(Savepoint(name: name, place: place, told: writer != nil ? writer!.takeTold() : nil))
    }

    /// Forgets the savepoint of a number, from 0, and those after it.
    package func release(_ number: Int) {
        reclaim()
        if savepoints.count > number { savepoints.removeSubrange(number...) }
        endings.release(number)
    }

    /// Forgets the savepoint of a number, and none of those after it.
    package func forget(_ number: Int) {
        reclaim()
        savepoints.remove(at: number)
        endings.forget(number)
    }

    /// Goes back to the savepoint of a number, which stays.
    package func rollBack(to number: Int) throws(CatalogError) {
        needsTree()
        try goOn(until: nil)
        savepoints.removeSubrange((number + 1)...)
        endings.rollBack(to: number)
        guard writer != nil else { return }
        switch savepoints[number].place {
        case .beforeWriting: undo()
        case .state(let state):
            if let state { try writer!.revert(to: state) }
            if let told = savepoints[number].told { writer!.goBack(to: told) }
        }
    }
}
