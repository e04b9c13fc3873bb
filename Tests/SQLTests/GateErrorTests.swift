import Catalog
import Testing

@testable import SQL

struct GateErrorTests {
    /// What a declaration's check meets that is no fault of the document comes through as what it is.
    @Test(arguments: [CatalogError.Kind.serializationFailure, .deadlock, .locked, .cancelled, .diskFull, .io, .unavailable, .corrupt])
    func whatIsNoFaultOfTheDocumentKeepsItsKind(kind: CatalogError.Kind) {
        let error = SQLError(CatalogError(kind, "no")).catalogError
        #expect(error.kind == kind && error.violation == nil)
    }

    @Test func aLackOfMemoryIsNoViolation() {
        #expect(SQLError(SQLState(rawValue: "53200"), "out of memory").catalogError.kind == .tooLarge)
        #expect(SQLError(SQLState(rawValue: "23514"), "no").catalogError.kind == .constraintViolated)
    }
}
