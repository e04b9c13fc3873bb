import TestSupport
import Testing

@testable import Catalog

struct WriteLocksTests {
    private static func key(_ number: Int) -> [UInt8] { [UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)] }

    private static func notes(_ keys: [Int] = [], _ ranges: [ClosedRange<Int>] = [], exclusive: [ClosedRange<Int>] = []) -> ReadNotes {
        let notes = ReadNotes(notesAll: true, onlyContents: true)
        for one in keys { notes.note(key(one)) }
        for range in ranges { notes.note(interval(range)) }
        for range in exclusive { notes.keep(interval(range), .update) }
        return notes
    }

    private static func interval(_ range: ClosedRange<Int>) -> KeyInterval {
        KeyInterval(lower: key(range.lowerBound), upper: key(range.upperBound) + [0])
    }

    @Test func `Who wrote or read something keeps it from those who change it`() {
        let locks = WriteLocks()
        #expect(!locks.isActive)
        locks.add(written: WriteLocks.Written(others: [Self.key(5)]), read: Self.notes([7], [10...20]), owner: 1)
        locks.add(written: WriteLocks.Written(), read: Self.notes([], [15...30], exclusive: [40...50]), owner: 2)
        #expect(locks.isActive)
        func writing(_ range: ClosedRange<Int>, _ owner: UInt64) -> UInt64? {
            locks.blocker(of: Self.interval(range), .update, by: owner)
        }
        func reading(_ range: ClosedRange<Int>, _ owner: UInt64) -> UInt64? {
            locks.blocker(of: Self.interval(range), .share, by: owner)
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

    /// As PostgreSQL's table of conflicting locks of rows has it.
    @Test func `Locks of rows go together as far as their strengths let them`() {
        let together: [LockStrength: [LockStrength]] = [
            .keyShare: [.keyShare, .share, .noKeyUpdate], .share: [.keyShare, .share], .noKeyUpdate: [.keyShare], .update: [],
        ]
        for held in LockStrength.allCases {
            let locks = WriteLocks()
            let notes = ReadNotes(notesAll: false, onlyContents: true)
            notes.keep(Self.key(5), held)
            notes.keep(Self.interval(10...20), held)
            locks.add(written: WriteLocks.Written(), read: notes, owner: 1)
            for wanted in LockStrength.allCases {
                let isFree = together[held]?.contains(wanted) == true
                for place in [5, 10, 20] {
                    let key = Self.key(place)
                    #expect((locks.blocker(of: .only(key), wanted, by: 2) == nil) == isFree, "\(held) and \(wanted)")
                    let access = TransactionAccess(owner: 2, locks, ReadNotes(notesAll: false, onlyContents: true))
                    #expect(access.rests(on: key, wanted) == isFree && access.blocker == nil)
                    #expect(access.notes?.isEmpty == !isFree)
                }
                #expect(locks.blocker(of: .only(Self.key(6)), wanted, by: 2) == nil)
                #expect(locks.blocker(of: .only(Self.key(5)), wanted, by: 1) == nil)
            }
            // Nobody has written anything.
            #expect(locks.writer(of: Self.key(5), but: 2) == nil)
            locks.remove(owner: 1)
            #expect(!locks.isActive && locks.blocker(of: Self.interval(0...30), .update, by: 2) == nil)
        }
    }

    @Test func `A record that was changed where it is keeps its key`() {
        let locks = WriteLocks()
        let none = ReadNotes(notesAll: false, onlyContents: true)
        locks.add(written: WriteLocks.Written(changed: [Self.key(1)], others: [Self.key(2)]), read: none, owner: 1)
        let first = KeyInterval.only(Self.key(1))
        #expect(locks.blocker(of: first, .keyShare, by: 2) == nil && locks.blocker(of: first, .share, by: 2) == 1)
        #expect(locks.blocker(of: .only(Self.key(2)), .keyShare, by: 2) == 1)
        #expect([1, 2, 3].map { locks.writer(of: Self.key($0), but: 2) } == [1, 1, nil])
        #expect(locks.writer(of: Self.key(1), but: 1) == nil)
        locks.remove(owner: 1)
        #expect(!locks.isActive)
    }

    /// As many as may be open: each of them finds what is its, and leaves nothing.
    @Test func `There may be very many`() {
        let locks = WriteLocks()
        let count = 4_000
        for owner in 0..<count {
            let first = owner * 20
            let keys = (first..<first + 10).map(Self.key)
            #expect(keys.allSatisfy { locks.blocker(of: .only($0), .update, by: UInt64(owner) + 1) == nil })
            let notes = Self.notes([first + 12], [first + 15...first + 17])
            locks.add(written: WriteLocks.Written(others: keys), read: notes, owner: UInt64(owner) + 1)
        }
        for owner in 0..<count {
            let first = owner * 20
            for (place, isLocked) in [(3, true), (11, false), (12, true), (14, false), (16, true), (18, false)] {
                let found = locks.blocker(of: .only(Self.key(first + place)), .update, by: 0)
                #expect(found == (isLocked ? UInt64(owner) + 1 : nil))
            }
            if owner % 2 == 0 { locks.remove(owner: UInt64(owner) + 1) }
        }
        for owner in 0..<count {
            let found = locks.blocker(of: Self.interval(owner * 20...owner * 20 + 19), .update, by: 0)
            #expect(found == (owner % 2 == 0 ? nil : UInt64(owner) + 1))
            if owner % 2 == 1 { locks.remove(owner: UInt64(owner) + 1) }
        }
        #expect(!locks.isActive)
    }
}
