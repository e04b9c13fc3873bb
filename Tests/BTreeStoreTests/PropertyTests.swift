import TestSupport
import Testing

@testable import BTreeStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Random operations against a model. `PANDO_PROPERTY_OPERATIONS` sets how many in all, `PANDO_PROPERTY_SEED` the seed to
/// begin with.
@Suite struct PropertyTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let operations = environment["PANDO_PROPERTY_OPERATIONS"].flatMap { Int($0) } ?? 120_000
    private static let firstSeed = environment["PANDO_PROPERTY_SEED"].flatMap { UInt64($0) } ?? 1

    private static let runs = 9

    /// Run 2 is in memory, run 6 on a file of format 1, run 7 on an encrypted one. In the last three of format 2 states get names.
    @Test(arguments: 0..<runs) func operationsAgreeWithTheModel(run: Int) throws {
        let seed = Self.firstSeed + UInt64(run)
        var settings = Simulation.Settings()
        settings.pageSize = [512, 512, 512, 1024, 4096, 512, 512, 4096, 512][run]
        // A low limit makes every transaction write its pages before it commits.
        settings.dirtyByteLimit = [64 << 10, 8 << 10, 1 << 30, 64 << 10, 64 << 10, 0, 8 << 10, 64 << 10, 64 << 10][run]
        settings.largeValues = [20, 5, 100, 20, 20, 20, 20, 20, 20][run]
        settings.keyCount = [3000, 3000, 500, 3000, 6000, 1000, 3000, 6000, 3000][run]
        settings.namedLimit = run == 5 || run > 6 ? 4 : 0
        var options = StoreOptions()
        options.pageSize = settings.pageSize
        options.dirtyByteLimit = settings.dirtyByteLimit
        let file = try MemoryFile(isVolatile: run == 2)
        options.usesJournal = run != 1
        if run == 6 { options.formatVersion = 1 }
        if run == 7 { options.encryption = try testKey() }
        let opened = options
        settings.reopens = run != 2
        settings.checksAlways = Self.environment["PANDO_CHECK"] != nil
        var simulation = try Simulation(seed: seed, settings: settings) { try Store.open(file, options: opened) }
        do {
            try simulation.run(operations: Self.operations / Self.runs)
        } catch {
            Issue.record("seed \(seed), after \(simulation.operations) operations: \(error)")
        }
    }
}
