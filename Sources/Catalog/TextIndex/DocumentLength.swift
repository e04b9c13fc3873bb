/// Lengths of documents in a byte: exact up to 31, then in steps of 4.4 %. That is enough to rank by.
enum DocumentLength {
    static func byte(_ length: UInt64) -> UInt8 {
        guard length >= 32 else { return UInt8(length) }
        // Whole doublings from 32 on, and sixteen steps in each.
        let doubling = UInt64.bitWidth - 6 - length.leadingZeroBitCount
        guard doubling < doublings else { return 255 }
        let rest = length >> UInt64(doubling)
        var step = 15
        while steps[step] > rest { step -= 1 }
        return UInt8(32 + 16 * doubling + step)
    }

    static func length(_ byte: UInt8) -> UInt64 { table[Int(byte)] }

    private static let doublings = 14
    /// Sixteen steps for each doubling from 32 on. By integers, so it is the same on every machine: 32 · 2^(n/16).
    private static let steps: [UInt64] = [32, 33, 35, 36, 38, 40, 41, 43, 45, 47, 49, 52, 54, 56, 59, 61]
    private static let table: [UInt64] = {
        var table = [UInt64](0..<32)
        for doubling in UInt64(0)..<UInt64(doublings) { table += steps.map { $0 << doubling } }
        return table
    }()
}
