package import ReQLish
import SQL

extension Pando {
    /// From now on what is written to tables that SQL has declared is held to that, whatever the door. Without it nobody can write to them
    /// but SQL.
    package func holdDeclarations() { SQLDeclarations.register(with: self) }
}
