import Testing

@testable import Ground

@Suite struct IdentifierTests {
    @Test func versionFour() throws {
        var seen: Set<String> = []
        for _ in 0..<500 {
            let id = UUID.random().description
            #expect(UUID.isText(id), "\(id)")
            let characters = Array(id)
            #expect(characters[14] == "4", "the version")
            #expect("89ab".contains(characters[19]), "the variant")
            #expect(seen.insert(id).inserted)
        }
        // Each free digit takes each value.
        for place in [0, 7, 9, 12, 15, 17, 20, 24, 35] { #expect(Set(seen.map { Array($0)[place] }).count == 16, "place \(place)") }
    }

    @Test(arguments: [
        "", "x", "11111111-1111-4111-8111-11111111111", "11111111-1111-4111-8111-1111111111111",
        "11111111x1111-4111-8111-111111111111", "1111111G-1111-4111-8111-111111111111", "A1111111-1111-4111-8111-111111111111",
    ])
    func others(_ text: String) {
        #expect(!UUID.isText(text))
    }

    @Test func nowIsToTheMillisecond() {
        let now = WallClock.milliseconds
        #expect(now > 1_700_000_000 && (now * 1000).rounded() / 1000 == now)
    }
}
