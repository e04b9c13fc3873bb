import TestSupport
import Testing

@testable import Catalog

struct WriteLocksTests {
    private static func key(_ number: Int) -> [UInt8] { [UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)] }

    private static func notes(_ keys: [Int] = [], _ ranges: [ClosedRange<Int>] = [], exclusive: [ClosedRange<Int>] = []) -> ReadNotes {
        let notes = ReadNotes(notesAll: true, onlyContents: true)
        for one in keys { notes.note(key(one)) }
        for range in ranges { notes.note(interval(range)) }
        for range in exclusive { notes.noteAlways(interval(range), exclusively: true) }
        return notes
    }

    private static func interval(_ range: ClosedRange<Int>) -> KeyInterval {
        KeyInterval(lower: key(range.lowerBound), upper: key(range.upperBound) + [0])
    }

    @Test func `Who wrote or read something keeps it from those who change it`() {
        let locks = WriteLocks()
        #expect(!locks.isActive)
        locks.add(written: [Self.key(5)], read: Self.notes([7], [10...20]), owner: 1)
        locks.add(written: [], read: Self.notes([], [15...30], exclusive: [40...50]), owner: 2)
        #expect(locks.isActive)
        func writing(_ range: ClosedRange<Int>, _ owner: UInt64) -> UInt64? {
            locks.blocker(ofWriting: Self.interval(range), by: owner)
        }
        func reading(_ range: ClosedRange<Int>, _ owner: UInt64) -> UInt64? {
            locks.blocker(ofReading: Self.interval(range), by: owner)
        }
        #expect([5, 7, 10, 20, 30, 40].map { writing($0...$0, 3) != nil }.allSatisfy { $0 })
        #expect([4, 6, 8, 9, 31, 39, 51].allSatisfy { writing($0...$0, 3) == nil })
        #expect(writing(18...18, 1) == 2 && writing(18...18, 2) == 1)
        #expect(writing(6...6, 3) == nil && writing(6...7, 3) == 1 && writing(0...4, 3) == nil && writing(0...5, 3) == 1)
        // What was read may be read; what was written, or read exclusively, may not where it has to stay.
        #expect(reading(7...7, 3) == nil && reading(10...30, 3) == nil && reading(5...5, 3) == 1 && reading(0...9, 3) == 1)
        #expect(reading(50...60, 3) == 2 && reading(50...60, 2) == nil)
        locks.remove(owner: 1)
        #expect(writing(5...14, 3) == nil && writing(15...15, 3) == 2)
        locks.remove(owner: 2)
        #expect(!locks.isActive && writing(0...100, 3) == nil)
    }

    /// As many as may be open: each of them finds what is its, and leaves nothing.
    @Test func `There may be very many`() {
        let locks = WriteLocks()
        let count = 10_000
        for owner in 0..<count {
            let first = owner * 20
            let keys = (first..<first + 10).map(Self.key)
            #expect(keys.allSatisfy { locks.blocker(ofWriting: .only($0), by: UInt64(owner) + 1) == nil })
            locks.add(written: keys, read: Self.notes([first + 12], [first + 15...first + 17]), owner: UInt64(owner) + 1)
        }
        for owner in 0..<count {
            let first = owner * 20
            for (place, isLocked) in [(3, true), (11, false), (12, true), (14, false), (16, true), (18, false)] {
                #expect(locks.blocker(ofWriting: .only(Self.key(first + place)), by: 0) == (isLocked ? UInt64(owner) + 1 : nil))
            }
            if owner % 2 == 0 { locks.remove(owner: UInt64(owner) + 1) }
        }
        for owner in 0..<count {
            let found = locks.blocker(ofWriting: Self.interval(owner * 20...owner * 20 + 19), by: 0)
            #expect(found == (owner % 2 == 0 ? nil : UInt64(owner) + 1))
            if owner % 2 == 1 { locks.remove(owner: UInt64(owner) + 1) }
        }
        #expect(!locks.isActive)
    }
}
