import Testing

@testable import Ground

@Suite struct HexadecimalTests {
    @Test func bytesComeBack() {
        let all = (0...255).map { UInt8($0) }
        #expect(all.hexadecimal.hasPrefix("000102") && all.hexadecimal.hasSuffix("fdfeff"))
        #expect([UInt8](hexadecimal: all.hexadecimal) == all)
        #expect([UInt8](hexadecimal: all.hexadecimal.uppercased()) == all)
        #expect([UInt8](hexadecimal: "") == [])
        for wrong in ["0", "0g", "+1", " 1", "00 0", "ä0"] { #expect([UInt8](hexadecimal: wrong) == nil, "\(wrong)") }
    }
}
