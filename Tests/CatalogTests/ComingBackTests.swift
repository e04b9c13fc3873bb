import Ground
import TestSupport
import Testing

@testable import Catalog

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an old primary alone has is on the disk as a text before anything of the file is replaced.
@Suite struct ComingBackTests {
    private static let seed = ProcessInfo.processInfo.environment["PANDO_DELTA_SEED"].flatMap { UInt64($0) } ?? 1

    private struct Fork {
        let directory: TemporaryDirectory
        let old: Catalog
        let new: Catalog
        let origin: FilePosition
        let table: TableConfig
    }

    /// Two files that were equal at a position of the first one, of which the second is a primary now.
    private func fork(_ documents: [Datum], encryption: FileEncryption? = nil) throws -> Fork {
        let directory = try TemporaryDirectory()
        var options = CatalogOptions()
        options.encryption = encryption
        let old = try Catalog.open(path: directory.file("old.pando"), options: options)
        let table = try old.fill("app", "docs", documents)
        let new = try Catalog.open(path: directory.file("new.pando"), options: options)
        try new.followPrimary("old")
        let next = try message(of: old)
        _ = try new.receive(next)
        #expect(try new.origin(of: old.fileID) == nil)
        try new.promote()
        let origin = try #require(try new.origin(of: old.fileID))
        #expect(try new.origin(of: new.fileID) == nil)
        return Fork(directory: directory, old: old, new: new, origin: origin, table: table)
    }

    /// Everything that a file has, piece by piece.
    private func message(of catalog: Catalog) throws -> () throws -> [UInt8]? {
        guard case .delta(let write) = try catalog.message(since: nil) else {
            Issue.record("There is nothing to follow.")
            return { nil }
        }
        var hasMore = true
        return {
            if !hasMore { return nil }
            var bytes = ByteBuffer()
            hasMore = try write(&bytes)
            return bytes.bytes
        }
    }

    /// - Returns: the text, if there is one.
    private func comeBack(_ fork: Fork, before step: (DivergedText.Step) throws(CatalogError) -> Void = { _ in }) throws -> DivergedText? {
        try fork.old.followPrimary("new", comesBack: true)
        var text: DivergedText?
        var next: (() throws -> [UInt8]?)?
        let before = try fork.old.contents()
        _ = try fork.old.comeBack(behind: fork.origin) {
            text = $0
        } ask: {
            if let text { #expect(OpenFile.exists(text.path)) }
            #expect(try fork.old.contents() == before)
            next = try message(of: fork.new)
        } next: {
            try next?()
        } before: { (next) throws(CatalogError) in
            try step(next)
        }
        return text
    }

    private func lines(_ bytes: [UInt8]) throws -> [Datum] {
        try bytes.split(separator: UInt8(ascii: "\n")).map { line in
            let line = Array(line)
            return try Datum(json: line.span)
        }
    }

    private func bytes(at path: String) throws -> [UInt8] {
        let file = try OpenFile(reading: path)
        return try file.read(at: 0, count: Int(file.byteCount()))
    }

    @Test(arguments: 0..<6) func documentsThatOnlyTheOldFileHadAreInTheText(run: Int) throws {
        var generator = SeededGenerator(seed: Self.seed &* 8 &+ UInt64(run))
        func document(_ number: Int, _ value: Int) -> Datum {
            ["id": Datum(number), "value": Datum(value), "text": Datum(String(repeating: "x", count: value % 90))]
        }
        let fork = try fork((0..<300).map { document($0, $0) })
        let common = Set(try fork.old.contents()["app.docs"] ?? [])
        for catalog in [fork.old, fork.new] {
            for _ in 0..<generator.below(6) {
                try catalog.write { transaction in
                    for _ in 0..<1 + generator.below(20) {
                        let number = generator.below(400)
                        if generator.below(4) == 0 {
                            _ = try transaction.delete(Datum(number), in: fork.table)
                        } else {
                            _ = try transaction.put(document(number, generator.below(1000)), in: fork.table)
                        }
                    }
                }
            }
        }
        let own = Set(try fork.old.contents()["app.docs"] ?? [])
        let text = try comeBack(fork)
        let told = try text.map { try lines(bytes(at: $0.path)) } ?? []
        let documents = told.compactMap { $0[field: "document"]?.description }
        #expect(own.subtracting(common).isSubset(of: documents), "seed \(Self.seed), run \(run)")
        #expect(Set(documents).isSubset(of: own))
        #expect(text?.documents ?? 0 == documents.count && told.count == documents.count + (text?.records ?? 0))
        for line in told where line[field: "document"] != nil {
            #expect(line[field: "database"] == "app" && line[field: "table"] == "docs")
        }
        #expect(try fork.old.snapshot().digest() == fork.new.snapshot().digest())
        #expect(try fork.old.contents() == fork.new.contents())
        #expect(fork.old.isStandby)
        try fork.old.expectSound()
        expectError(.readOnly) { try fork.old.fill("app", "more") }
    }

    /// Nothing is written where the file has nothing behind the position.
    @Test func aFileThatIsNotAheadLeavesNoText() throws {
        let fork = try fork([["id": 1]])
        try fork.new.fill("app", "docs", [["id": 2]])
        #expect(try comeBack(fork) == nil)
        #expect(try fork.old.contents() == fork.new.contents())
        #expect(try fork.directory.contents.allSatisfy { !$0.contains("diverged") })
    }

    /// Where the text can't be written, nothing has changed, and nothing is left of it.
    @Test func aDiskThatIsFullWhileTheTextIsWritten() throws {
        let fork = try fork([["id": 1]])
        try fork.old.fill("app", "docs", (0..<3000).map { ["id": Datum($0), "text": Datum(String(repeating: "y", count: 90))] })
        let before = try fork.old.contents()
        var count = 0
        while true {
            var left = count
            let error = #expect(throws: CatalogError.self) {
                _ = try comeBack(fork) { _ throws(CatalogError) in
                    if left == 0 { throw CatalogError(.diskFull, "`it` can't be written: no space left.") }
                    left -= 1
                }
                throw CatalogError(.cancelled, "All steps were made.")
            }
            if error?.kind == .cancelled { break }
            #expect(error?.kind == .diskFull)
            #expect(try fork.old.contents() == before && fork.old.appliedPosition() == nil)
            #expect(try fork.directory.contents.allSatisfy { !$0.contains("diverged") })
            count += 1
        }
        // To make it, some pieces, the sync and the name.
        #expect(count > 5)
        #expect(try fork.old.contents() == fork.new.contents())
    }

    /// A primary that is gone in the middle leaves the file as it was, beside the text; and another one is written the next time.
    @Test func aMessageThatIsCutOff() throws {
        let fork = try fork([["id": 1]])
        try fork.old.fill("app", "docs", [["id": 2]])
        let before = try fork.old.contents()
        try fork.old.followPrimary("new", comesBack: true)
        var first: DivergedText?
        var pieces = try message(of: fork.new)().map { [Array($0.dropLast(20))] } ?? []
        #expect(throws: CatalogError.self) {
            _ = try fork.old.comeBack(behind: fork.origin) {
                first = $0
            } ask: {
            } next: {
                pieces.popLast()
            }
        }
        #expect(try fork.old.contents() == before && fork.old.appliedPosition() == nil)
        let second = try comeBack(fork)
        let (one, two) = (try #require(first?.path), try #require(second?.path))
        #expect(one.hasSuffix(".ndjson") && two.hasSuffix("-2.ndjson") && one != two)
        #expect(try bytes(at: one) == bytes(at: two))
    }

    /// What an encrypted file alone had is nowhere in the clear, and opens with the file's key.
    @Test func ofAnEncryptedFileTheTextIsSealed() throws {
        let key = try FileEncryption.masterKey([UInt8](repeating: 7, count: 32))
        let fork = try fork([["id": 1]], encryption: key)
        try fork.old.fill("app", "docs", (0..<500).map { ["id": Datum($0), "word": "Hippopotamus"] })
        let text = try #require(try comeBack(fork))
        #expect(text.path.hasSuffix(".ndjson.sealed"))
        try fork.old.close()
        try fork.new.close()
        for name in try fork.directory.contents {
            let found = String(decoding: try bytes(at: fork.directory.file(name)), as: Unicode.ASCII.self)
            #expect(!found.contains("Hippopotamus"), "\(name)")
        }
        let input = try ArchiveInput(path: text.path).opened(with: key, name: "it", isSealWanted: true)
        let told = try lines(try input.read(at: 0, count: Int(input.byteCount)))
        #expect(told.count { $0[field: "document"]?[field: "word"] == "Hippopotamus" } == 500)
    }

    /// A standby of the old primary has what the new one has, if it is not ahead of where that left.
    @Test func aStandbyOfTheOldPrimaryChangesOver() throws {
        let directory = try TemporaryDirectory()
        let fork = try fork([["id": 1]])
        let (early, late) = (
            try Catalog.open(path: directory.file("early.pando")), try Catalog.open(path: directory.file("late.pando"))
        )
        for (catalog, isCovered) in [(early, true), (late, false)] {
            if !isCovered { try fork.old.fill("app", "docs", [["id": 2]]) }
            try catalog.followPrimary("old")
            let next = try message(of: fork.old)
            _ = try catalog.receive(next)
        }
        // It received what there was when the new one was promoted.
        #expect(try early.isCovered(by: fork.origin))
        #expect(try !late.isCovered(by: fork.origin))
        try fork.new.fill("app", "docs", [["id": 3]])
        var next: (() throws -> [UInt8]?)?
        _ = try early.comeBack(behind: nil) { _ in
            Issue.record("It has nothing of its own.")
        } ask: {
            next = try message(of: fork.new)
        } next: {
            try next?()
        }
        #expect(try early.contents() == fork.new.contents())
    }
}
