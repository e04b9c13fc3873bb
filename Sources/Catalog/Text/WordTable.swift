import Ground

/// Words, each with a number in the order in which they came, found by a hash.
///
/// Texts are looked up word by word, so the hash is a quick one. It begins with a random number: nobody can make texts whose words meet.
struct WordTable {
    /// A power of two, at least twice as many as there are words: a number more one in the lower half, above it half of the word's hash; 0 where
    /// there is none.
    private var slots: [UInt64] = []
    private var words: [[UInt8]] = []
    /// All words one behind the other, and where each ends: so that one that is found is compared where others are that were met lately.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private let seed = UInt64.random(in: .min ... .max)

    var count: Int { words.count }

    subscript(number: Int) -> [UInt8] { words[number] }

    /// The numbers in the order of their words, most of which are told apart by their first bytes.
    var sorted: [Int] {
        var order: [(start: UInt64, number: Int)] = []
        order.reserveCapacity(words.count)
        for (number, word) in words.enumerated() { order.append((word.span.withBytes { $0.orderedPrefix }, number)) }
        order.sort {
            $0.start != $1.start ? $0.start < $1.start : words[$0.number].lexicographicallyPrecedes(words[$1.number])
        }
        return order.map(\.number)
    }

    /// The number of a word that lies in a text; nil if it is none of these.
    func number(of text: [UInt8], in range: Range<Int>) -> Int? {
        slots.isEmpty ? nil : place(of: text, in: range, hash(text, range)).number
    }

    /// The number of a word, which it gets now if it has none.
    mutating func insert(_ word: [UInt8]) -> (number: Int, isNew: Bool) {
        if 2 * (words.count + 1) > slots.count { grow() }
        let hash = hash(word, word.indices)
        let (slot, known) = place(of: word, in: word.indices, hash)
        if let known { return (known, false) }
        words.append(word)
        bytes += word
        ends.append(bytes.count)
        slots[slot] = Self.tag(hash) | UInt64(words.count)
        return (words.count - 1, true)
    }

    /// Where the word is, or would come.
    private func place(of text: [UInt8], in range: Range<Int>, _ hash: UInt64) -> (slot: Int, number: Int?) {
        let mask = slots.count - 1
        let tag = Self.tag(hash)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot] & 0xFFFF_FFFF) - 1
            if slots[slot] & ~0xFFFF_FFFF == tag, isEqual(number, text, range) { return (slot, number) }
            slot = (slot + 1) & mask
        }
        return (slot, nil)
    }

    private static func tag(_ hash: UInt64) -> UInt64 { hash & ~0xFFFF_FFFF }

    private func isEqual(_ number: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        let start = number == 0 ? 0 : ends[number - 1]
        guard ends[number] - start == range.count else { return false }
        for index in 0..<range.count where bytes[start + index] != text[range.lowerBound + index] { return false }
        return true
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: max(64, slots.count * 2))
        let mask = slots.count - 1
        for (number, word) in words.enumerated() {
            let hash = hash(word, word.indices)
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = Self.tag(hash) | UInt64(number + 1)
        }
    }

    /// Eight bytes at a time, each multiplied with what came before, and both halves of the product taken.
    private func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
        var hash = seed ^ UInt64(range.count)
        text.span.extracting(range).withBytes { bytes in
            var place = 0
            while place + 8 <= bytes.count {
                hash = Self.mix(bytes.word(at: place) ^ hash)
                place += 8
            }
            var word: UInt64 = 0
            for index in place..<bytes.count { word |= UInt64(bytes[index]) << UInt64(8 * (index - place)) }
            hash = Self.mix(word ^ hash)
        }
        return hash
    }

    private static func mix(_ number: UInt64) -> UInt64 {
        let product = number.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
