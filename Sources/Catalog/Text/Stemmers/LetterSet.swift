/// Some letters of one script, such as a language's vowels.
struct LetterSet: Sendable, ExpressibleByStringLiteral {
    /// A multiple of 64, at most the least letter.
    private let base: UInt32
    private let bits: [UInt64]

    init(stringLiteral letters: StaticString) {
        self.init("\(letters)")
    }

    init(_ letters: String) {
        let values = letters.unicodeScalars.map(\.value)
        let base = (values.min() ?? 0) & ~63
        var bits = [UInt64](repeating: 0, count: Int((values.max() ?? 0) - base) / 64 + 1)
        for value in values { bits[Int(value - base) / 64] |= 1 << UInt64(value & 63) }
        self.base = base
        self.bits = bits
    }

    func contains(_ letter: UInt32) -> Bool {
        guard letter >= base else { return false }
        let word = Int((letter - base) / 64)
        return word < bits.count && bits[word] & (1 << UInt64(letter & 63)) != 0
    }
}
