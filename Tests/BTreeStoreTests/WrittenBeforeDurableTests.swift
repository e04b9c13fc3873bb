import TestSupport
import Testing

@testable import BTreeStore

/// What readers elsewhere see of commits that are on their way to the disk.
@Suite struct WrittenBeforeDurableTests {
    /// A reader in another process sees what was written, and if the disk then fails, it has seen a state that nobody finds again. Whoever
    /// changes that changes what docs/FILE-FORMAT.md promises.
    @Test(arguments: [true, false]) func aReaderElsewhereSeesWhatWasWritten(journal: Bool) throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages(journal: journal))
        try store.write { try $0.put(key(0), [0]) }
        let reader = try Store.open(file, options: readOnly())
        #expect(try reader.contents() == [key(0): [0]])
        // Of a flush of pages the meta page is what is written last.
        file.hold()
        let failing = TestThread { do { try store.write { try $0.put(key(1), [1]) } } catch StoreError.io {} }
        file.waitForSync()
        #expect(try reader.contents() == [key(0): [0], key(1): [1]])
        file.letGo(.io(operation: "fdatasync", path: "held", errorNumber: 5))
        try failing.join()
        #expect(try store.contents() == [key(0): [0]])
    }
}
