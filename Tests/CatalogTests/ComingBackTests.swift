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
        let filled = try Catalog.open(path: directory.file("old.pando"), options: options)
        let table = try filled.fill("app", "docs", documents)
        // No page waits to be written then.
        try filled.close()
        let old = try Catalog.open(path: directory.file("old.pando"), options: options)
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

    /// Everything that a file has behind a position, piece by piece.
    private func message(of catalog: Catalog, since position: FilePosition? = nil) throws -> () throws -> [UInt8]? {
        pieces(of: try catalog.message(since: position))
    }

    /// What answers a request, piece by piece.
    private func message(of catalog: Catalog, _ request: ReplicaRequest) throws -> () throws -> [UInt8]? {
        let ranges = try #require(WantedRanges(request.ranges.bytes))
        return pieces(of: try catalog.message(since: request.since, ranges: ranges))
    }

    /// - Returns: the text, if there is one, and how much has come.
    private func comeBack(
        _ old: Catalog, to new: Catalog, _ contents: ReplacedContents,
        before step: (DivergedText.Step) throws(CatalogError) -> Void = { _ in }
    ) throws -> (text: DivergedText?, byteCount: Int) {
        try old.followPrimary("new", comesBack: true)
        var text: DivergedText?
        var next: (() throws -> [UInt8]?)?
        let before = try old.contents()
        let (_, byteCount) = try old.comeBack(with: contents) {
            text = $0
        } ask: { request in
            if let text { #expect(OpenFile.exists(text.path)) }
            #expect(try old.contents() == before)
            next = try message(of: new, request)
        } next: {
            try next?()
        } before: { (next) throws(CatalogError) in
            try step(next)
        }
        return (text, byteCount)
    }

    /// - Returns: the text, if there is one.
    private func comeBack(_ fork: Fork, before step: (DivergedText.Step) throws(CatalogError) -> Void = { _ in }) throws -> DivergedText? {
        try comeBack(fork.old, to: fork.new, .left(at: fork.origin), before: step).text
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

    /// A primary that is gone in the middle leaves the file as it was, beside the text; the next time that is the text, unless there is another one
    /// by then.
    @Test(arguments: [false, true]) func aMessageThatIsCutOff(isEncrypted: Bool) throws {
        let key = try isEncrypted ? FileEncryption.masterKey([UInt8](repeating: 7, count: 32)) : nil
        let fork = try fork([["id": 1]], encryption: key)
        try fork.old.fill("app", "docs", [["id": 2]])
        func fail() throws -> String {
            let before = try fork.old.contents()
            var text: DivergedText?
            try fork.old.followPrimary("new", comesBack: true)
            var pieces: [[UInt8]] = []
            #expect(throws: CatalogError.self) {
                _ = try fork.old.comeBack(with: .left(at: fork.origin)) {
                    text = $0
                } ask: { request in
                    pieces = try message(of: fork.new, request)().map { [Array($0.dropLast(20))] } ?? []
                } next: {
                    pieces.popLast()
                }
            }
            #expect(try fork.old.contents() == before && fork.old.appliedPosition() == nil)
            return try #require(text?.path)
        }
        let first = try fail()
        let bytes = try bytes(at: first)
        for _ in 0..<3 { #expect(try fail() == first) }
        #expect(try self.bytes(at: first) == bytes)
        #expect(try fork.directory.contents.count { $0.contains("diverged") } == 1)
        // Somebody writes to it in between.
        fork.old.store.gate.open()
        try fork.old.fill("app", "docs", [["id": 3]])
        let second = try fail()
        #expect(second.hasSuffix(isEncrypted ? "-2.ndjson.sealed" : "-2.ndjson") && first != second)
        #expect(try #require(try comeBack(fork)).path == second)
        #expect(try fork.directory.contents.count { $0.contains("diverged") } == 2)
        #expect(try fork.old.contents() == fork.new.contents())
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
        // One that is at the very position goes on by what was written since.
        let next = try message(of: fork.new, since: try early.appliedPosition())
        _ = try early.receive(next)
        #expect(try early.contents() == fork.new.contents())
        // One that is ahead is compared, as what it has is not known.
        let (text, _) = try comeBack(late, to: fork.new, compared(with: fork.new, isOwn: true))
        let told = try lines(bytes(at: try #require(text).path))
        #expect(told.contains { $0[field: "document"]?[field: "id"] == 2 })
        #expect(try late.contents() == fork.new.contents())
    }

    /// As far as one range: what differs stands together. How it is found is tested where questions are asked.
    private func compared(with other: Catalog, isOwn: Bool) -> ReplacedContents {
        .compared(isOwn: isOwn) { snapshot in
            let position = try other.position()
            let theirs = try other.snapshot()
            var ranges = WantedRanges()
            // In a hundred parts of this file's keys, those whose digests are others.
            for part in try snapshot.digestedParts([], nil, atMost: 100) {
                if try theirs.digested(part.lower, part.upper).digest != part.digest { ranges.append(part.lower, part.upper) }
            }
            return (position, ranges)
        }
    }

    /// A file that was restored from an older backup shares no position with the primary, and what differs comes all the same.
    @Test(arguments: [false, true]) func anOlderBackupComesBack(isEncrypted: Bool) throws {
        let key = try isEncrypted ? FileEncryption.masterKey([UInt8](repeating: 7, count: 32)) : nil
        let documents = (0..<3000).map { ["id": Datum($0), "text": Datum(String(repeating: "x", count: 60))] as Datum }
        let fork = try fork(documents, encryption: key)
        let backup = fork.directory.file("backup.pando")
        _ = try fork.old.backup(to: backup)
        var options = CatalogOptions()
        options.encryption = key
        try fork.new.write { transaction in
            for number in 0..<30 { _ = try transaction.put(["id": Datum(number), "text": "new"], in: fork.table) }
            _ = try transaction.delete(Datum(1500), in: fork.table)
        }
        let restored = try Catalog.open(path: backup, options: options)
        try restored.write { _ = try $0.put(["id": 2999, "text": "of its own"], in: fork.table) }
        let whole = try message(of: fork.new)
        var wholeCount = 0
        while let piece = try whole() { wholeCount += piece.count }
        let (text, byteCount) = try comeBack(restored, to: fork.new, compared(with: fork.new, isOwn: true))
        let told = try lines(try plain(try #require(text).path, key))
        #expect(told.contains { $0[field: "document"]?[field: "text"] == "of its own" })
        // What it has of 1500 and of the thirty is told, too: nobody knows which is the older one.
        #expect(told.contains { $0[field: "document"]?[field: "id"] == 1500 })
        #expect(byteCount * 4 < wholeCount, "\(byteCount) of \(wholeCount) bytes")
        #expect(try restored.contents() == fork.new.contents())
        #expect(try restored.snapshot().digest() == fork.new.snapshot().digest())
        #expect(restored.isStandby)
        try restored.expectSound()
    }

    private func plain(_ path: String, _ key: FileEncryption?) throws -> [UInt8] {
        let input = try ArchiveInput(path: path).opened(with: key, name: "it", isSealWanted: key != nil)
        return try input.read(at: 0, count: Int(input.byteCount))
    }

    /// What an old primary is sent is as much as has changed.
    @Test func littleComesWhereLittleHasChanged() throws {
        let fork = try fork((0..<3000).map { ["id": Datum($0), "text": Datum(String(repeating: "x", count: 60))] })
        for catalog in [fork.old, fork.new] {
            try catalog.write { _ = try $0.put(["id": catalog === fork.old ? 10 : 2000, "text": "other"], in: fork.table) }
        }
        let whole = try message(of: fork.new)
        var wholeCount = 0
        while let piece = try whole() { wholeCount += piece.count }
        let (_, byteCount) = try comeBack(fork.old, to: fork.new, .left(at: fork.origin))
        #expect(try fork.old.contents() == fork.new.contents())
        #expect(byteCount * 4 < wholeCount, "\(byteCount) of \(wholeCount) bytes")
    }
}
