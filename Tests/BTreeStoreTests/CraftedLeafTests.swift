import Ground
import Testing

@testable import BTreeStore

/// Leaves in memory over pages of the file that somebody made, or that are written over while the leaf still needs them.
@Suite struct CraftedLeafTests {
    /// A leaf of two records in a page of its own, and an overlay of it.
    private func overlaid(_ memory: PageMemory) -> (base: WritablePage, overlay: WritablePage) {
        let base = memory.allocate(created: 1)
        base.format(kind: Page.leafKind, level: 0)
        for (index, name) in ["a", "b"].enumerated() {
            withBytes(bytes(name)) { base.insertLeafCell(index, $0, Payload($0)) }
        }
        base.set(number: 7, birth: 1)
        let byteCount = base.page.overlayByteCount(adding: 64)
        let overlay = memory.allocate(byteCount: byteCount, created: 2)
        unsafe overlay.overlay(base.page, checksum: checksum(base.page.base, memory.pageSize))
        return (base, overlay)
    }

    /// The lengths in the page below are what somebody wrote there, up to 96 KiB for a cell.
    @Test(arguments: [(0x7FFF, 0xFFFF), (1, 0xFFFF), (0x7FFF, 1), (300, 300), (1, 2)])
    func aCraftedCellNeverWritesOutsideItsPage(suffix: Int, value: Int) {
        let pageSize = 4096
        let memory = PageMemory(pageSize: pageSize)
        let (base, overlay) = overlaid(memory)
        defer { [base, overlay].forEach(memory.free) }
        let cell = base.page.cellOffset(0)
        unsafe base.base.store16(suffix, cell)
        unsafe base.base.store16(value, cell + 2)

        let guardBytes = 256 << 10
        unsafe withUnsafeTemporaryAllocation(byteCount: 2 * guardBytes + pageSize, alignment: 16) { buffer in
            unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0xA5)
            let target = unsafe WritablePage(buffer.baseAddress! + guardBytes)
            #expect(!target.merge(overlay.page, capacity: pageSize))
            #expect(unsafe buffer[..<guardBytes].allSatisfy { $0 == 0xA5 })
            #expect(unsafe buffer[(guardBytes + pageSize)...].allSatisfy { $0 == 0xA5 })
        }
        #expect(overlay.page.faultInMemory(capacity: pageSize, keyLimit: 1024, level: 0) != nil)
    }

    @Test func aCraftedOffsetNeverReadsOutsideItsPage() {
        let memory = PageMemory(pageSize: 4096)
        let (base, overlay) = overlaid(memory)
        let target = memory.allocate(created: 3)
        defer { [base, overlay, target].forEach(memory.free) }
        for offset in [4093, 4095] {
            unsafe overlay.base.store16(offset | Page.baseFlag, overlay.page.offsetsOffset)
            #expect(!target.merge(overlay.page, capacity: 4096))
        }
    }

    /// The file's own log calls a leaf's page free. So a flush writes another leaf there, before it puts that one together.
    @Test func aLogThatCallsALeafFree() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages(4096))
        try store.write {
            for number in 0..<400 { try $0.put(key(number), [UInt8](repeating: number < 200 ? 0xFF : 0x7F, count: 100)) }
        }
        try store.write { try $0.put(key(1000), []) }
        let view = try store.snapshot().view
        try #require(view.root.level == 1)
        let second = try view.reader.page(view.root.reference, level: 1).child(1)
        let name = try view.reader.page(second, level: 0).key(1)
        let writer = store.core.writer
        writer.space?.absorb([FreedRun(run: PageRun(second.page), birth: .none, freed: .none)], protected: ProtectedStates([]))
        writer.space?.compaction = FreeSpace.Compaction()
        expectError {
            try store.write {
                try $0.put(key(0), [1])
                try $0.put(name, [1])
            }
        } matches: {
            if case .damaged = $0 { true } else { false }
        }
    }
}
