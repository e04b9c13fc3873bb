/// TABLESAMPLE: which rows of a table are taken, by a number for each that hangs on the seed and on the row's place alone.
struct TableSample {
    /// SYSTEM takes or leaves neighbouring rows together.
    let isByBlocks: Bool
    let percentage: Scalar
    /// REPEATABLE; without it each scan takes other rows.
    let seed: Scalar?

    private static let blockCount = 64

    /// Whether the row of a place, counted from 0, is taken.
    func choice(_ run: Run) throws(SQLError) -> (Int) -> Bool {
        guard case .double(let percentage) = try percentage.value([], run), (0...100).contains(percentage) else {
            throw SQLError(SQLState(rawValue: "2202H"), "sample percentage must be between 0 and 100")
        }
        var start = UInt64.random(in: 0 ... .max)
        if let seed {
            guard case .double(let number) = try seed.value([], run) else {
                throw SQLError(SQLState(rawValue: "2202G"), "TABLESAMPLE REPEATABLE parameter cannot be null")
            }
            start = (number == 0 ? 0 : number).bitPattern
        }
        let limit = percentage / 100
        let size = isByBlocks ? Self.blockCount : 1
        return { place in Double(Self.mixed(start &+ UInt64(truncatingIfNeeded: place / size)) >> 11) * 0x1p-53 < limit }
    }

    /// SplitMix64: all bits of the result hang on all bits of the number.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var bits = number &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
