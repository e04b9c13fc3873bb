import Ground
import Testing

@testable import Catalog

/// What a commit tells other processes goes in parts, and is one again there.
@Suite struct EngineNewsTests {
    private static let commit = CommitNumber(opening: 3, sequence: 4)

    private static func change(_ number: Int, byteCount: Int) -> DocumentChange {
        let document = [UInt8](repeating: UInt8(number & 0xFF), count: byteCount)
        return DocumentChange(key: Array("key \(number)".utf8), oldBytes: nil, newBytes: document)
    }

    /// What others are told, in pieces of some length.
    private static func told(_ parts: NewsParts, pieceByteCount: Int) throws -> [String] {
        var assembly = EngineNews.Assembly()
        for part in parts.parts {
            var rest = part[...]
            while !rest.isEmpty {
                try assembly.append(Array(rest.prefix(pieceByteCount)))
                rest = rest.dropFirst(pieceByteCount)
            }
        }
        return try assembly.takeAll().map { event in
            switch event.event {
            case .changed(let changes, let commit):
                #expect(commit == Self.commit)
                let keys = changes.map { String(decoding: $0.key, as: UTF8.self) }
                return "\(event.table): \(keys.first ?? "") to \(keys.last ?? ""), \(changes.reduce(0) { $0 + $1.byteCount })"
            case .overran(let count): return "\(event.table): \(count) overran"
            case .tableDropped: return "\(event.table): dropped"
            case .indexDropped(let id): return "\(event.table): index \(id)"
            case .metadataChanged: return "metadata"
            default: return "other"
            }
        }
    }

    @Test(arguments: [1, 7, 4096, 1 << 20, .max]) func whatIsTold(pieceByteCount: Int) throws {
        var parts = NewsParts()
        EngineNews.append(.changed((0..<3).map { Self.change($0, byteCount: 10) }, Self.commit), ofTable: "a", to: &parts)
        EngineNews.append(.indexDropped("i"), ofTable: "a", to: &parts)
        EngineNews.append(.changed([Self.change(9, byteCount: 1)], Self.commit), ofTable: "b", to: &parts)
        EngineNews.append(.metadataChanged, ofTable: "", to: &parts)
        EngineNews.append(.tableDropped, ofTable: "b", to: &parts)
        #expect(parts.parts.count == 1)
        #expect(parts.byteCount == parts.parts.reduce(0) { $0 + $1.count })
        #expect(
            try Self.told(parts, pieceByteCount: pieceByteCount) == [
                "a: key 0 to key 2, 30", "a: index i", "b: key 9 to key 9, 1", "metadata", "b: dropped",
            ])
    }

    /// No part is large, and what a table is told of is one event.
    @Test(arguments: [100_000, 1 << 20, .max]) func manyChangesAreParts(pieceByteCount: Int) throws {
        var parts = NewsParts()
        EngineNews.append(.changed((0..<100).map { Self.change($0, byteCount: 100_000) }, Self.commit), ofTable: "a", to: &parts)
        #expect(parts.parts.count > 5)
        #expect(parts.parts.allSatisfy { $0.count < 2 << 20 })
        #expect(try Self.told(parts, pieceByteCount: pieceByteCount) == ["a: key 0 to key 99, 10000000"])
    }

    /// A commit that has changed too much tells how many documents that were, but for one, however large.
    @Test func moreIsCounted() throws {
        var parts = NewsParts()
        EngineNews.append(.changed([Self.change(0, byteCount: 70 << 20)], Self.commit), ofTable: "a", to: &parts)
        EngineNews.append(.changed([Self.change(1, byteCount: 10)], Self.commit), ofTable: "b", to: &parts)
        #expect(try Self.told(parts, pieceByteCount: 4 << 20) == ["a: key 0 to key 0, \(70 << 20)", "b: 1 overran"])
        parts = NewsParts()
        EngineNews.append(.changed((0..<80).map { Self.change($0, byteCount: 1 << 20) }, Self.commit), ofTable: "a", to: &parts)
        EngineNews.append(.changed([Self.change(1, byteCount: 10)], Self.commit), ofTable: "b", to: &parts)
        #expect(try Self.told(parts, pieceByteCount: .max) == ["a: 80 overran", "b: key 1 to key 1, 10"])
    }

    @Test func whatIsCutOffOrOfAnotherKindIsAnError() throws {
        var parts = NewsParts()
        EngineNews.append(.changed([Self.change(0, byteCount: 100)], Self.commit), ofTable: "a", to: &parts)
        var assembly = EngineNews.Assembly()
        try assembly.append(Array(parts.parts[0].dropLast()))
        #expect(throws: CatalogError.self) { _ = try assembly.takeAll() }
        var other = EngineNews.Assembly()
        #expect(throws: CatalogError.self) { try other.append([99]) }
    }
}
