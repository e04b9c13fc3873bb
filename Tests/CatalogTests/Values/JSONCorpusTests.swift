import Testing

@testable import Catalog

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `Golden/JSON/good` is read, `Golden/JSON/bad` is refused with a place; each fixed bug adds a file.
@Suite struct JSONCorpusTests {
    static func files(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(2)
        let path = parts.joined(separator: "/") + "/Golden/JSON/" + folder
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { name in
            (name, [UInt8](try Data(contentsOf: URL(filePath: path + "/" + name))))
        }
    }

    @Test func goodFilesAreReadAndComeBack() throws {
        let files = try Self.files("good")
        #expect(files.count >= 40)
        for (name, bytes) in files {
            do throws(JSONError) {
                let value = try Datum(json: bytes)
                let text = value.json(binaryLineBreaks: false)
                let back = try Datum(json: text)
                #expect(back == value && back.json(binaryLineBreaks: false) == text, "\(name)")
                // In pieces it is the same value.
                var splitter = JSONValueSplitter(form: .sequence)
                var pieces: [Datum] = []
                for start in stride(from: 0, to: bytes.count, by: 5) {
                    let piece = Array(bytes[start..<min(start + 5, bytes.count)])
                    splitter.append(piece.span)
                    while let value = try splitter.next() { pieces.append(value) }
                }
                splitter.finish()
                while let value = try splitter.next() { pieces.append(value) }
                #expect(pieces == [value], "\(name)")
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    @Test func badFilesAreRefusedWithAPlace() throws {
        let files = try Self.files("bad")
        #expect(files.count >= 119)
        for (name, bytes) in files {
            do throws(JSONError) {
                let value = try Datum(json: bytes)
                Issue.record("\(name) is read as \(value)")
            } catch {
                #expect(error.offset >= 0 && error.offset <= bytes.count && error.line >= 1 && error.column >= 1, "\(name)")
                #expect(error.message.hasSuffix(".") || error.message.hasSuffix(")."), "\(name): \(error.message)")
            }
        }
    }

    /// Every cut of a good text, and every byte of it changed, is either read or refused; nothing is read past its end.
    @Test func damagedTextsAreNoTrouble() throws {
        for (_, bytes) in try Self.files("good") where bytes.count < 150 {
            for end in bytes.indices { _ = try? Datum(json: Array(bytes[..<end])) }
            for index in bytes.indices {
                for byte: UInt8 in [0, 0x22, 0x5C, 0x7B, 0x5D, 0x30, 0x80, 0xC3, 0xFF] {
                    var damaged = bytes
                    damaged[index] = byte
                    if let value = try? Datum(json: damaged) { #expect(try Datum(json: value.json()) == value) }
                }
            }
        }
    }

    static let places: [(String, Int, Int)] = [
        ("", 1, 1), ("[1,\n 2,\n x]", 3, 2), ("{\"a\":1,\n\"a\":2}", 2, 6), ("\"ab\n", 1, 4), ("\"ab", 1, 1), ("[1\r\n,,]", 2, 2),
        ("{\"a\":\"\\q\"}", 1, 7), ("tru", 1, 1), ("[1] x", 1, 5), ("{\"a\":01}", 1, 6), ("{\"ñ\":x}", 1, 7),
    ]

    @Test(arguments: places) func errorsSayWhere(text: String, line: Int, column: Int) {
        do throws(JSONError) {
            _ = try Datum(json: text)
            Issue.record("read")
        } catch {
            #expect((error.line, error.column) == (line, column))
        }
    }
}
