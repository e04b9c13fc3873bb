/// A Huffman code as tables that the next bits of a stream are looked up in.
///
/// The first table is indexed by the next `rootBits` bits. A code that is longer has an entry there that leads to a second table,
/// indexed by the bits behind. An entry:
///
///     bits  0…7   how many bits the code has
///           8…12  extra bits that follow it; of a link, the bits that index the second table
///          13…15  what it is
///          16…31  the literal, the base of the length or distance, or where the second table begins
struct HuffmanDecoder {
    /// The kind of an entry.
    enum Kind {
        static let mask: UInt32 = 7 << 13
        static let literal: UInt32 = 0
        static let base: UInt32 = 1 << 13
        static let end: UInt32 = 2 << 13
        static let link: UInt32 = 3 << 13
        /// No symbol has this code, or one that may not be used.
        static let invalid: UInt32 = 4 << 13
    }

    enum Alphabet { case codeLengths, literals, distances }

    let alphabet: Alphabet
    let rootBits: Int
    let table: RawArea<UInt32>

    /// Tables for `rootBits` that no code outgrows: the largest that complete codes need have 1,334 and 2,342 (literals, 10 and 11 bits),
    /// 402 (distances, 8 bits) entries. `build` does not rely on it.
    init(_ alphabet: Alphabet) {
        self.alphabet = alphabet
        switch alphabet {
        case .codeLengths: (rootBits, table) = (7, RawArea(count: 128))
        case .literals: (rootBits, table) = (11, RawArea(count: 2560))
        case .distances: (rootBits, table) = (8, RawArea(count: 512))
        }
    }

    /// Fills the tables for a code that is given by its code lengths, zero where a symbol has none.
    ///
    /// False if there is no such code: more codes than bits allow, or fewer than would use all of them. As everywhere, a single code
    /// of one bit is allowed all the same, and no distance code at all.
    func build(_ lengths: ArraySlice<UInt8>) -> Bool {
        var counts = [Int](repeating: 0, count: DeflateFormat.maximumCodeLength + 1)
        for length in lengths { counts[Int(length)] += 1 }
        counts[0] = 0
        var left = 1
        for count in counts[1...] {
            left = left * 2 - count
            if left < 0 { return false }
        }
        let longest = counts.lastIndex { $0 > 0 } ?? 0
        if left > 0 {
            guard alphabet != .codeLengths, longest <= 1, longest == 1 || alphabet == .distances else { return false }
        }

        var firstCode = [Int](repeating: 0, count: counts.count + 1)
        for length in 1..<counts.count { firstCode[length + 1] = (firstCode[length] + counts[length]) << 1 }
        let view = table.view
        view.fill(HuffmanDecoder.Kind.invalid)
        var end = 1 << rootBits
        // Shorter codes first: those that share a prefix then come one after another only within a length, so the longest of each
        // prefix is found before.
        var deepest = longest > rootBits ? deepestByPrefix(lengths, firstCode) : []
        for (symbol, length) in lengths.enumerated() where length > 0 {
            let length = Int(length)
            let code = DeflateFormat.reversed(firstCode[length], count: length)
            firstCode[length] += 1
            let entry = self.entry(symbol) | UInt32(length)
            if length <= rootBits {
                for index in stride(from: code, to: 1 << rootBits, by: 1 << length) { view[index] = entry }
                continue
            }
            let prefix = code & (1 << rootBits - 1)
            var link = view[prefix]
            if link & Kind.mask != Kind.link {
                let bits = Int(deepest[prefix]) - rootBits
                guard end + 1 << bits <= table.count else { return false }
                link = UInt32(end) << 16 | Kind.link | UInt32(bits) << 8
                view[prefix] = link
                end += 1 << bits
            }
            let (start, bits) = (Int(link >> 16), Int(link >> 8 & 31))
            for index in stride(from: code >> rootBits, to: 1 << bits, by: 1 << (length - rootBits)) { view[start + index] = entry }
        }
        deepest = []
        return true
    }

    /// The longest code that begins with each `rootBits` bits.
    private func deepestByPrefix(_ lengths: ArraySlice<UInt8>, _ firstCode: [Int]) -> [UInt8] {
        var next = firstCode
        var deepest = [UInt8](repeating: 0, count: 1 << rootBits)
        for length in lengths where length > 0 {
            let code = DeflateFormat.reversed(next[Int(length)], count: Int(length))
            next[Int(length)] += 1
            let prefix = code & (1 << rootBits - 1)
            deepest[prefix] = max(deepest[prefix], length)
        }
        return deepest
    }

    private func entry(_ symbol: Int) -> UInt32 {
        switch alphabet {
        case .codeLengths: return UInt32(symbol) << 16
        case .distances:
            guard symbol < DeflateFormat.distanceCount else { return Kind.invalid }
            return UInt32(DeflateFormat.distanceBases[symbol]) << 16 | Kind.base | UInt32(DeflateFormat.distanceExtraBits[symbol]) << 8
        case .literals:
            if symbol < DeflateFormat.endOfBlock { return UInt32(symbol) << 16 }
            if symbol == DeflateFormat.endOfBlock { return Kind.end }
            let length = symbol - DeflateFormat.endOfBlock - 1
            guard length < DeflateFormat.lengthBases.count else { return Kind.invalid }
            return UInt32(DeflateFormat.lengthBases[length]) << 16 | Kind.base | UInt32(DeflateFormat.lengthExtraBits[length]) << 8
        }
    }
}

extension RawAreaView<UInt32> {
    /// The entry for the next bits of a stream. The index fits: a table has an entry for any `rootBits` bits, and a link leads to a
    /// table with an entry for any of its bits.
    @inline(__always) func entry(for bits: UInt64, rootBits: Int) -> UInt32 {
        let entry = self[Int(truncatingIfNeeded: bits & (1 << UInt64(rootBits) - 1))]
        guard entry & HuffmanDecoder.Kind.mask == HuffmanDecoder.Kind.link else { return entry }
        let behind = (bits >> UInt64(rootBits)) & (1 << UInt64(entry >> 8 & 31) - 1)
        return self[Int(entry >> 16) + Int(truncatingIfNeeded: behind)]
    }
}
