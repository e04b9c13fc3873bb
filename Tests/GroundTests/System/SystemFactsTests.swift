import Ground
import Testing

@Suite struct SystemFactsTests {
    /// Where much address space is taken, threads' memory lies lower than it mostly does.
    @Test(arguments: [0, 0x5585_0000_0000, 0x649D_863F_B500, 0x7FFF_FFFF_FFFF, UInt.max])
    func everyAddressHasAHash(_ address: UInt) {
        #expect(0..<1 << 24 ~= SystemFacts.threadHash(address))
    }

    @Test func neighboursHaveOtherHashes() {
        let addresses = (0..<64).map { 0x7F00_0000_0000 + UInt($0) << 23 }
        #expect(Set(addresses.map { SystemFacts.threadHash($0) % 16 }).count > 8)
    }
}
