import TestSupport
import Testing

@testable import BTreeStore

/// What `pando inspect --page` says of a page.
@Suite struct InspectionTests {
    private func state(_ report: PageReport) -> String { report.fields.first { $0.name == "state" }?.value ?? "" }

    private func reports(_ store: Store) throws -> [PageReport] {
        let pages = try store.statistics().fileBytes / UInt64(store.pageSize)
        return try (2..<pages).map { try store.page(PageNumber(rawValue: $0)) }
    }

    /// Every page that isn't free is of the kind that it is, and free ones say since when, and what needs them still.
    @Test func freePages() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("inspected")
        let store = try Store.open(path, options: smallPages())
        try store.write { for number in 0..<300 { try $0.put(key(number), filler(60, seed: number)) } }
        let snapshot = try store.snapshot()
        try store.write { for number in 0..<100 { try $0.delete(key(number)) } }
        try store.write { for number in 150..<160 { try $0.put(key(number), filler(60, seed: 3)) } }

        for opened in [store, try Store.open(path, options: readOnly())] {
            let reports = try reports(opened)
            let statistics = try opened.statistics()
            let free = reports.filter { $0.kind == .free }
            #expect(free.count { state($0).hasPrefix("free since") || state($0) == "free" } == Int(statistics.freePages))
            let pinned = free.filter { state($0).contains("not free yet") }
            #expect(pinned.count == Int(statistics.pinnedPages))
            // Who reads in another opening is told, but not who reads in the writer's.
            if opened === store {
                #expect(pinned.count > 20)
                #expect(pinned.contains { $0.fields.contains { $0.value.hasPrefix("the state on the disk") } })
                #expect(pinned.contains { $0.fields.contains { $0.value.hasPrefix("a snapshot of transaction \(snapshot.transaction)") } })
            }
            #expect(free.contains { $0.fields.contains { $0.name == "was" && $0.value == "leaf" } })
            let behind = free.count { state($0).hasPrefix("behind") }
            #expect(UInt64(behind) == statistics.fileBytes / 512 - statistics.pages)
            let check = try opened.check()
            #expect(reports.count { $0.kind == .leaf } == Int(check.leafPages))
            #expect(reports.count { $0.kind == .branch } == Int(check.branchPages))
            #expect(reports.count { $0.kind == .space } == Int(check.spacePages))
        }
        withExtendedLifetime(snapshot) {}
    }

    @Test func sinceWhenAPageIsFree() throws {
        let store = try Store.open(try MemoryFile(isVolatile: false), options: smallPages())
        try store.write { for number in 0..<60 { try $0.put(key(number), filler(60, seed: number)) } }
        var transaction = try store.beginWrite()
        for number in 10..<50 { try transaction.delete(key(number)) }
        try transaction.commit()
        for round in 0..<2 { try store.write { try $0.put(key(1), filler(60, seed: round)) } }
        let states = try reports(store).filter { $0.kind == .free }.map(state)
        #expect(states.contains { $0.hasPrefix("free since transaction ") })
    }

    @Test func aSubtreeThatWasCutOff() throws {
        let store = try Store.open(try MemoryFile(isVolatile: false), options: smallPages())
        try store.write { for number in 0..<2000 { try $0.put(key(number), filler(number % 50 == 3 ? 900 : 60, seed: number)) } }
        let snapshot = try store.snapshot()
        try store.write { try $0.delete(KeyRange(lower: key(100), upper: key(1900))) }
        let states = try reports(store).filter { $0.kind == .free }.map(state)
        #expect(states.contains { $0.contains("cut off") })
        #expect(try store.statistics().cutSubtrees == states.count { $0.contains("cut off") })
        withExtendedLifetime(snapshot) {}
    }
}
