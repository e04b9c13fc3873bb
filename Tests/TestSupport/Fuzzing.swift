#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How long tests that try what comes to mind go on: `PANDO_FUZZ=100` runs them a hundred times as long as usual, and `PANDO_FUZZ_SEED`
/// says from which seed.
public enum Fuzzing {
    public static let factor = max(1, number("PANDO_FUZZ") ?? 1)
    public static let firstSeed = UInt64(max(0, number("PANDO_FUZZ_SEED") ?? 0))

    /// Random numbers that are the same in each run with the same ``firstSeed``.
    public static var generator: SeededGenerator { SeededGenerator(seed: firstSeed) }

    /// So many seeds, or as many times more as are wanted.
    public static func seeds(_ count: Int) -> Range<UInt64> { firstSeed..<firstSeed + UInt64(count * factor) }

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }
}
