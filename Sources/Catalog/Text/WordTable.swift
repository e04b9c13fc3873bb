/// Words, each with a number in the order in which they came, found by a hash.
///
/// Texts are looked up word by word, so the hash is a quick one. It begins with a random number: nobody can make texts whose words meet.
struct WordTable {
    /// A power of two, at least twice as many as there are words: a number more one, and 0 where there is none.
    private var slots: [UInt32] = []
    private var words: [[UInt8]] = []
    private var hashes: [UInt64] = []
    private let seed = UInt64.random(in: .min ... .max)

    var count: Int { words.count }

    subscript(number: Int) -> [UInt8] { words[number] }

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
        hashes.append(hash)
        slots[slot] = UInt32(truncatingIfNeeded: words.count)
        return (words.count - 1, true)
    }

    /// Where the word is, or would come.
    private func place(of text: [UInt8], in range: Range<Int>, _ hash: UInt64) -> (slot: Int, number: Int?) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if hashes[number] == hash, isEqual(words[number], text, range) { return (slot, number) }
            slot = (slot + 1) & mask
        }
        return (slot, nil)
    }

    private func isEqual(_ word: [UInt8], _ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard word.count == range.count else { return false }
        for index in word.indices where word[index] != text[range.lowerBound + index] { return false }
        return true
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: max(64, slots.count * 2))
        let mask = slots.count - 1
        for (number, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(truncatingIfNeeded: number + 1)
        }
    }

    /// Eight bytes at a time, each multiplied with what came before, and both halves of the product taken.
    private func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
        var hash = seed ^ UInt64(range.count)
        var word: UInt64 = 0
        var shift: UInt64 = 0
        for index in range {
            word |= UInt64(text[index]) << shift
            shift += 8
            if shift == 64 {
                hash = Self.mix(word ^ hash)
                (word, shift) = (0, 0)
            }
        }
        return Self.mix(word ^ hash)
    }

    private static func mix(_ number: UInt64) -> UInt64 {
        let product = number.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
