import Testing

@testable import BTreeStore

extension Store {
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try check().problems == [], sourceLocation: sourceLocation)
    }
}

/// Whether `body` throws an error that `matches`; records an issue if not.
func expectError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void, matches: (StoreError) -> Bool
) {
    do {
        try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as StoreError {
        #expect(matches(error), "\(error)", sourceLocation: sourceLocation)
        #expect(!error.description.isEmpty)
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
}
