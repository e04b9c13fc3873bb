import Ground

/// A hash table of keys that are bytes. Each has a number, in the order in which they came.
///
/// A class, as a look at one that stands in another object would copy a value: that counts references.
final class KeyTable {
    private var bytes = ByteBuffer(capacity: 64)
    /// Where each key ends; it begins where the one before it ends.
    private var ends: [Int] = []
    private var hashes: [UInt32] = []
    /// Numbers of keys plus one; 0 where there is none. As many as a power of two.
    private var slots: [UInt32] = []

    var count: Int { ends.count }

    /// The memory that it takes.
    var byteCount: Int { bytes.count + bytes.room + ends.capacity * 8 + hashes.capacity * 4 + slots.capacity * 4 }

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
    func key(_ index: Int) -> Bytes { bytes.raw[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

    func find(_ key: Bytes) -> Int? {
        guard !slots.isEmpty else { return nil }
        let hash = UInt32(truncatingIfNeeded: Self.hash(key))
        let slot = slots[place(of: key, hash)]
        return slot == 0 ? nil : Int(slot) - 1
    }

    /// The number of the key, which is added if it isn't there.
    func insert(_ key: Bytes) -> (index: Int, isNew: Bool) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        let hash = UInt32(truncatingIfNeeded: Self.hash(key))
        let place = place(of: key, hash)
        if slots[place] != 0 { return (Int(slots[place]) - 1, false) }
        bytes.append(key)
        ends.append(bytes.count)
        hashes.append(hash)
        slots[place] = UInt32(count)
        return (count - 1, true)
    }

    /// The slot of the key, or the one where it belongs.
    @inline(__always) private func place(of key: Bytes, _ hash: UInt32) -> Int {
        let mask = slots.count - 1
        var place = Int(hash) & mask
        while true {
            let slot = slots[place]
            if slot == 0 || hashes[Int(slot) - 1] == hash && self.key(Int(slot) - 1) == key { return place }
            place = (place + 1) & mask
        }
    }

    private func grow() {
        slots = Array(repeating: 0, count: max(16, slots.count * 2))
        let mask = slots.count - 1
        for (index, hash) in hashes.enumerated() {
            var place = Int(hash) & mask
            while slots[place] != 0 { place = (place + 1) & mask }
            slots[place] = UInt32(index + 1)
        }
    }
}
