import Ground
import TestSupport
import Testing

@testable import Catalog

/// Keys that a thread makes before they are read.
@Suite struct KeysAheadTests {
    private static let damage = CatalogError(.io, "Nothing can be read any more.")

    private static func keys(_ count: Int) -> [[UInt8]] {
        var generator = SeededGenerator(seed: 11)
        return (0..<count).map { _ in
            [UInt8](repeating: UInt8(generator.below(256)), count: generator.below(50) == 0 ? generator.below(60_000) : generator.below(40))
        }
    }

    /// - Parameter error: what comes behind the keys.
    private static func ahead(
        _ keys: [[UInt8]], _ error: CatalogError? = nil, madeCount: Monitored<Int?> = Monitored(nil)
    ) throws -> KeysAhead {
        try #require(
            KeysAhead { give throws(CatalogError) in
                var count = 0
                defer { madeCount.update { $0 = count } }
                for key in keys {
                    try give(key.span)
                    count += 1
                }
                if let error { throw error }
            })
    }

    @Test(arguments: [0, 1, 20_000])
    func allComeInTheirOrder(count: Int) throws {
        let keys = Self.keys(count)
        var read: [[UInt8]] = []
        try Self.ahead(keys).forEach { key throws(CatalogError) in read.append(key.withBytes { $0.copy() }) }
        #expect(read == keys)
    }

    @Test func anErrorComesBehindTheKeysBeforeIt() throws {
        let ahead = try Self.ahead(Self.keys(20_000), Self.damage)
        let error = #expect(throws: CatalogError.self) { try ahead.forEach { _ throws(CatalogError) in } }
        #expect(error?.message == Self.damage.message)
    }

    /// Who doesn't read on is waited for by no thread.
    @Test func theThreadEndsWithWhoReads() throws {
        let madeCount = Monitored<Int?>(nil)
        let ahead = try Self.ahead(Self.keys(20_000), madeCount: madeCount)
        var read = 0
        #expect(throws: CatalogError.self) {
            try ahead.forEach { _ throws(CatalogError) in
                read += 1
                if read == 100 { throw Self.damage }
            }
        }
        #expect(read == 100)
        #expect(madeCount.wait { $0 } < 20_000)
    }
}
