import Ground

/// A hash table of keys that are bytes. Each has a number, in the order in which they came.
///
/// A class, as a look at one that stands in another object would copy a value: that counts references.
final class KeyTable {
    private struct Keys {
        var bytes = ByteBuffer(capacity: 64)
        /// Where each key ends; it begins where the one before it ends.
        var ends: [Int] = []
        /// The hash of a key, and behind it its number plus one; 0 where there is none. As many as a power of two.
        var slots: [UInt64] = []

        @inline(__always) func key(_ index: Int) -> Bytes { bytes.raw[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

        mutating func find(_ key: Bytes) -> Int? {
            guard !slots.isEmpty else { return nil }
            let slot = slots[place(of: key, Self.hash(key))]
            return slot == 0 ? nil : Self.number(slot)
        }

        mutating func insert(_ key: Bytes) -> (index: Int, isNew: Bool) {
            if (ends.count + 1) * 4 > slots.count * 3 { grow() }
            let hash = Self.hash(key)
            let place = place(of: key, hash)
            if slots[place] != 0 { return (Self.number(slots[place]), false) }
            bytes.append(key)
            ends.append(bytes.count)
            slots[place] = UInt64(hash) << 32 | UInt64(ends.count)
            return (ends.count - 1, true)
        }

        @inline(__always) private static func hash(_ key: Bytes) -> UInt32 { UInt32(truncatingIfNeeded: KeyTable.hash(key)) }

        @inline(__always) private static func number(_ slot: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: slot)) - 1 }

        /// The slot of the key, or the one where it belongs.
        @inline(__always) private func place(of key: Bytes, _ hash: UInt32) -> Int {
            let mask = slots.count - 1
            var place = Int(hash) & mask
            while true {
                let slot = slots[place]
                if slot == 0 || UInt32(slot >> 32) == hash && self.key(Self.number(slot)) == key { return place }
                place = (place + 1) & mask
            }
        }

        private mutating func grow() {
            var known: [UInt64] = []
            swap(&known, &slots)
            slots = Array(repeating: 0, count: max(16, known.count * 2))
            let mask = slots.count - 1
            for slot in known where slot != 0 {
                var place = Int(slot >> 32) & mask
                while slots[place] != 0 { place = (place + 1) & mask }
                slots[place] = slot
            }
        }
    }

    /// Whoever looks for a key has them alone meanwhile: that is seen to once, and not for each part of them.
    private var keys = Keys()

    var count: Int { keys.ends.count }

    /// The memory that it takes.
    var byteCount: Int { keys.bytes.count + keys.bytes.room + keys.ends.capacity * 8 + keys.slots.capacity * 8 }

    /// Differs from process to process, so that nobody can choose keys that meet.
    private static let seed = UInt64.random(in: 0 ... .max)

    static func hash(_ key: Bytes) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: key.count)
        var index = 0
        while index + 8 <= key.count {
            hash = mixed(hash ^ key.word(at: index))
            index += 8
        }
        var rest: UInt64 = 0
        while index < key.count {
            rest = rest << 8 | UInt64(key[index])
            index += 1
        }
        return mixed(hash ^ rest)
    }

    @inline(__always) private static func mixed(_ word: UInt64) -> UInt64 {
        let product = (word ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low ^ word
    }

    /// Valid until the next change.
    func key(_ index: Int) -> Bytes { keys.key(index) }

    func find(_ key: Bytes) -> Int? { keys.find(key) }

    /// The number of the key, which is added if it isn't there.
    func insert(_ key: Bytes) -> (index: Int, isNew: Bool) { keys.insert(key) }
}
