import Testing

@testable import SQL

@Suite struct RepeatedTextTests {
    @Test(arguments: ["", "x", "né", "e\u{301}", String(repeating: "abc", count: 1365), String(repeating: "long", count: 1025)])
    func itIsWhatTheLibraryMakes(text: String) {
        for count in [0, 1, 2, 3, 1024, 4095, 4096, 4097, 10_000] {
            #expect(Array(text.repeated(count).utf8) == Array(String(repeating: text, count: count).utf8))
        }
    }
}
