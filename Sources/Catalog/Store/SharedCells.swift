/// Small values that all processes have together which write beside each other, outside of all transactions. One that writes alone finds
/// what several have left.
package final class SharedCells: Sendable {
    private let engine: any KeyValueEngine

    /// Whether other processes may change them.
    package var isShared: Bool { engine.isShared }

    fileprivate init(_ engine: any KeyValueEngine) { self.engine = engine }

    /// Nil if there is none of that name.
    package func value(_ name: String) throws(CatalogError) -> [UInt8]? { try engine.cell(Array(name.utf8)) }

    /// Puts a value in place of one that was read.
    ///
    /// - Returns: false if it is another one by now; then nothing is put.
    package func exchange(_ name: String, _ old: [UInt8]?, for new: [UInt8]) throws(CatalogError) -> Bool {
        try engine.exchangeCell(Array(name.utf8), old, for: new)
    }
}

extension Catalog {
    /// Nil where no other process has ever written: then memory does.
    package var sharedCells: SharedCells? { store.engine.flatMap { $0.engine.isReadOnly ? nil : SharedCells($0.engine) } }
}
