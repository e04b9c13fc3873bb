/// The moment at which a commit returns.
public enum Durability: String, Sendable, Hashable {
    /// When the disk has it.
    case hard
    /// As soon as it is applied: atomic and visible to every later snapshot, on the disk a moment later.
    case soft
    /// As `soft`, without a bound on "later": on the disk after the next `hard` commit, ``Catalog/sync()`` or
    /// ``Catalog/close()``. For bulk loads.
    case none
}

/// The durabilities that queries, requests and tables may name.
package enum WrittenDurability: String, CaseIterable, Sendable {
    case hard, soft

    package var durability: Durability { self == .hard ? .hard : .soft }
}
