import Testing

@testable import PandoCommand

@Suite struct SynchronousStandbysTests {
    @Test(arguments: [
        ("", 0, []), ("a, b", 1, ["a", "b"]), ("ANY 2 (one,two , three)", 2, ["one", "two", "three"]), ("FIRST 1 (*)", 1, []),
        ("2 (a, *)", 2, ["a"]), (#""x y", "a""b""#, 1, ["x y", #"a"b"#]), (#"ANY 1 ("(", "*")"#, 1, ["(", "*"]), ("*", 1, []),
    ])
    func theSettingIsReadAsPostgreSQLReadsIt(text: String, count: Int, names: [String]) {
        let read = SynchronousStandbys(text)
        #expect(read.count == count && read.names == names)
    }
}
