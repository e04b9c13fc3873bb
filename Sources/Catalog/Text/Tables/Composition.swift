/// Letters and the marks on them: Unicode's canonical compositions of folded letters.
///
/// The table is lists, each a mark followed by `:` and by letters with what they become under it.
enum Composition {
    /// Joins letters with the marks that follow them, as NFC has it. The marks of a letter are in their canonical order.
    static func compose(_ letters: inout [UInt32]) {
        var written = 0
        for letter in letters {
            if written > 0, let composed = composed(letters[written - 1], letter) {
                letters[written - 1] = composed
            } else {
                letters[written] = letter
                written += 1
            }
        }
        letters.removeLast(letters.count - written)
    }

    /// Whether a letter may join the one before it.
    static func mayJoin(_ code: UInt32) -> Bool {
        (0x300...0x36F).contains(code) || (0x1161...0x11C2).contains(code) || (code > 0x5FF && marks.contains(code))
    }

    private static func composed(_ base: UInt32, _ mark: UInt32) -> UInt32? {
        // Korean syllables are computed: a leading consonant and a vowel, then a trailing consonant.
        if (0x1100...0x1112).contains(base) && (0x1161...0x1175).contains(mark) {
            return 0xAC00 + ((base - 0x1100) * 21 + (mark - 0x1161)) * 28
        }
        if (0xAC00...0xD7A3).contains(base) && (base - 0xAC00) % 28 == 0 && (0x11A8...0x11C2).contains(mark) {
            return base + (mark - 0x11A7)
        }
        return joined[UInt64(base) << 32 | UInt64(mark)]
    }

    /// The Latin or Greek letter that is left without marks; nil if it has none.
    static func withoutMarks(_ code: UInt32) -> UInt32? {
        guard let base = bases[code], base < 0x400 else { return nil }
        return base
    }

    private static let joined: [UInt64: UInt32] = {
        var joined: [UInt64: UInt32] = [:]
        var mark: UInt64 = 0
        for entry in data.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if entry.last == ":" {
                mark = UInt64(entry.dropLast(), radix: 16) ?? 0
                continue
            }
            let parts = entry.split(separator: ">").map { UInt64($0, radix: 16) ?? 0 }
            if parts.count == 2 { joined[parts[0] << 32 | mark] = UInt32(parts[1]) }
        }
        return joined
    }()

    private static let marks = Set(joined.keys.map { UInt32(truncatingIfNeeded: $0) })

    /// Letters with marks, and what is below all of their marks.
    private static let bases: [UInt32: UInt32] = {
        var bases: [UInt32: UInt32] = [:]
        for (pair, composed) in joined { bases[composed] = UInt32(pair >> 32) }
        for (composed, base) in bases {
            var base = base
            while let below = bases[base] { base = below }
            bases[composed] = base
        }
        return bases
    }()
}
