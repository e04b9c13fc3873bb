import Catalog
import Testing

@testable import ReQLish

@Suite struct TypeCheckTests {
    @Test func nullIsNonExistenceAndTheRestIsLogic() {
        let error = TypeCheck.mismatch(.null, expected: "a NUMBER")
        #expect(error.kind == .nonExistence && error.message == "Expected type NUMBER but found NULL.")
        let other = TypeCheck.mismatch("seven", expected: "a NUMBER")
        #expect(other.kind == .queryLogic && other.message == "Expected type NUMBER but found STRING.")
    }

    @Test(
        arguments: [
            (1, "1"), (-3.0, "-3"), (9_007_199_254_740_992, "9007199254740992"), (0.5, "!queryLogic"), (1e16, "!queryLogic"),
            ("1", "!queryLogic"), (.null, "!nonExistence"),
        ] as [(Datum, String)])
    func integer(value: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try TypeCheck.integer(value) } == expected)
    }

    @Test func shortTextIsShort() throws {
        #expect((["a": [1, "b", .null]] as Datum).shortText == "{\"a\":[1,\"b\",null]}")
        #expect(Datum.minval.shortText == "minval")
        #expect(Datum.binary([1, 2]).shortText == "<2 bytes>")
        let long = try Datum.array((0..<100_000).map { Datum($0) })
        #expect(long.shortText.count < 100 && long.shortText.hasSuffix("…]"))
        let text = Datum(String(repeating: "ä", count: 10_000))
        #expect(text.shortText.count < 100 && text.shortText.hasSuffix("…\""))
        var deep = Datum.emptyArray
        for _ in 0..<900 { deep = try Datum.array([deep]) }
        #expect(deep.shortText.count < 100)
        let wide = try Datum.object((0..<1_000).map { (String(repeating: "k", count: 1_000) + String($0), Datum($0)) })
        #expect(wide.shortText.count < 200)
    }

    @Test func plainObjects() throws {
        #expect((["a": 1] as Datum).isPlainObject)
        #expect(!Datum.emptyArray.isPlainObject)
        #expect(try !Merge.literal(1).isPlainObject)
    }
}
