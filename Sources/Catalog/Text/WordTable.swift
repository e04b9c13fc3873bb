import Ground

/// Words, each with a number in the order in which they came, found by a hash.
///
/// Texts are looked up word by word, so the hash is a quick one. It begins with a random number: nobody can make texts whose words meet.
struct WordTable {
    private struct Entry: BitwiseCopyable {
        /// The first eight bytes, as a number that is ordered as they are: most words have no more.
        let head: UInt64
        /// Where the word stands among all, and how long it is.
        let place: UInt32
        let count: UInt32
    }

    /// A power of two, at least twice as many as there are words: a number more one in the lower half, above it half of the word's hash; 0 where
    /// there is none.
    private var slots: [UInt64] = []
    private var entries: [Entry] = []
    /// All words one behind the other.
    private var bytes: [UInt8] = []
    private let seed = UInt64.random(in: .min ... .max)

    var count: Int { entries.count }

    /// About how much memory it takes.
    var byteCount: Int { slots.count * 8 + entries.count * MemoryLayout<Entry>.stride + bytes.count }

    subscript(number: Int) -> [UInt8] { withWord(number) { $0.copy() } }

    /// The numbers in the order of their words.
    var sorted: [Int] { sorted(entries.indices) }

    /// The same for some of them.
    func sorted(_ numbers: some Collection<Int>) -> [Int] {
        var order: [(head: UInt64, number: UInt32)] = []
        order.reserveCapacity(numbers.count)
        for number in numbers { order.append((entries[number].head, UInt32(truncatingIfNeeded: number))) }
        bytes.span.withBytes { bytes in
            order.sort {
                if $0.head != $1.head { return $0.head < $1.head }
                let (one, other) = (entries[Int($0.number)], entries[Int($1.number)])
                return Bytes.compare(word(one, bytes), word(other, bytes)) < 0
            }
        }
        return order.map { Int($0.number) }
    }

    /// Lends a word where it lies.
    @inline(__always)
    func withWord<Result>(_ number: Int, _ body: (Bytes) -> Result) -> Result {
        let entry = entries[number]
        return bytes.span.withBytes { body(word(entry, $0)) }
    }

    private func word(_ entry: Entry, _ bytes: Bytes) -> Bytes { bytes[Int(entry.place)..<Int(entry.place + entry.count)] }

    /// The number of a word that lies in a text; nil if it is none of these.
    @inline(__always)
    func number(of text: Bytes, in range: Range<Int>) -> Int? {
        if slots.isEmpty { return nil }
        let head = Self.head(text, range)
        return place(of: text, in: range, head, hash(text, range, head)).number
    }

    /// The number of a word, which it gets now if it has none.
    mutating func insert(_ word: [UInt8]) -> (number: Int, isNew: Bool) { insert(word, in: word.indices) }

    /// The same for a word that lies in a text.
    mutating func insert(_ text: [UInt8], in range: Range<Int>) -> (number: Int, isNew: Bool) {
        text.span.withBytes { insert($0, in: range) }
    }

    mutating func insert(_ text: Bytes, in range: Range<Int>) -> (number: Int, isNew: Bool) {
        if 2 * (entries.count + 1) > slots.count { grow() }
        let head = Self.head(text, range)
        let hash = hash(text, range, head)
        let (slot, known) = place(of: text, in: range, head, hash)
        if let known { return (known, false) }
        entries.append(Entry(head: head, place: UInt32(truncatingIfNeeded: bytes.count), count: UInt32(truncatingIfNeeded: range.count)))
        text[range].append(to: &bytes)
        slots[slot] = Self.tag(hash) | UInt64(entries.count)
        return (entries.count - 1, true)
    }

    /// Where the word is, or would come.
    @inline(__always)
    private func place(of text: Bytes, in range: Range<Int>, _ head: UInt64, _ hash: UInt64) -> (slot: Int, number: Int?) {
        let (slots, entries) = (slots.span, entries.span)
        let mask = slots.count &- 1
        let tag = Self.tag(hash)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let found = slots[slot]
            if found == 0 { return (slot, nil) }
            if found & ~0xFFFF_FFFF == tag {
                let number = Int(truncatingIfNeeded: found & 0xFFFF_FFFF) &- 1
                let entry = entries[number]
                if entry.head == head, Int(entry.count) == range.count, range.count <= 8 || isEqual(entry, text, range) {
                    return (slot, number)
                }
            }
            slot = (slot &+ 1) & mask
        }
    }

    private func isEqual(_ entry: Entry, _ text: Bytes, _ range: Range<Int>) -> Bool {
        bytes.span.withBytes { word(entry, $0) == text[range] }
    }

    private static func tag(_ hash: UInt64) -> UInt64 { hash & ~0xFFFF_FFFF }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: max(64, slots.count * 2))
        let mask = larger.count - 1
        bytes.span.withBytes { bytes in
            for (number, entry) in entries.enumerated() {
                let hash = hash(bytes, Int(entry.place)..<Int(entry.place + entry.count), entry.head)
                var slot = Int(truncatingIfNeeded: hash) & mask
                while larger[slot] != 0 { slot = (slot + 1) & mask }
                larger[slot] = Self.tag(hash) | UInt64(number + 1)
            }
        }
        slots = larger
    }

    /// The first eight bytes of a word, as a number that is ordered as they are.
    @inline(__always)
    static func head(_ text: Bytes, _ range: Range<Int>) -> UInt64 {
        guard range.lowerBound &+ 8 <= text.count else { return text[range].orderedPrefix }
        let word = text.word(at: range.lowerBound).byteSwapped
        return range.count >= 8 ? word : word & ~(UInt64.max &>> UInt64(8 &* range.count))
    }

    /// Eight bytes at a time, each multiplied with what came before, and both halves of the product taken.
    @inline(__always)
    private func hash(_ text: Bytes, _ range: Range<Int>, _ head: UInt64) -> UInt64 {
        var hash = Self.mix(head ^ seed ^ UInt64(truncatingIfNeeded: range.count))
        guard range.count > 8 else { return hash }
        var place = range.lowerBound &+ 8
        let end = range.upperBound &- 8
        while place < end {
            hash = Self.mix(text.word(at: place) ^ hash)
            place &+= 8
        }
        return Self.mix(text.word(at: end) ^ hash)
    }

    @inline(__always)
    private static func mix(_ number: UInt64) -> UInt64 {
        let product = number.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
