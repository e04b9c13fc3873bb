import Testing

@testable import Catalog

@Suite struct WriteTroubleTests {
    private let full = CatalogError(.diskFull, "There is no space left.")

    @Test func aFullDiskIsTroubleUntilThereIsRoom() {
        let trouble = WriteTrouble()
        #expect(trouble.current { 0 } == nil)
        trouble.note(full)
        #expect(trouble.current { 0 } == full)
        #expect(trouble.current { WriteTrouble.leastRoom } == nil)
        // Where the room can't be told, the next write tells.
        #expect(trouble.current { nil } == full)
        trouble.clear()
        #expect(trouble.current { nil } == nil)
    }

    @Test func writingThatHasEndedIsTroubleHoweverMuchRoomThereIs() {
        let trouble = WriteTrouble()
        let stopped = CatalogError(.writesStopped, "An earlier write failed.")
        trouble.note(stopped)
        #expect(trouble.current { .max } == stopped)
    }

    @Test func whatIsAboutOneWriteIsNoTrouble() {
        let trouble = WriteTrouble()
        trouble.note(CatalogError(.keyTooLong, "The key is too long."))
        #expect(trouble.current { 0 } == nil)
    }

    @Test func aCatalogInMemoryHasNone() throws {
        #expect(try Catalog.inMemory().writeTrouble == nil)
    }
}
