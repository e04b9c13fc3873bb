import Ground
import TestSupport
import Testing

@testable import Catalog

/// An old primary that comes back, and a power failure meanwhile: of what that leaves, either nothing was replaced, and it can be begun again, or
/// what the old file alone had is on the disk under its name.
@Suite struct ComingBackCrashTests {
    private struct Fork {
        let directory: TemporaryDirectory
        /// The old file as its last commit has left it.
        let image: [UInt8]
        let own: [String: [String]]
        let new: Catalog
        let origin: FilePosition

        var beside: String { directory.file("old.pando") }
    }

    private static func open(_ image: [UInt8]) throws -> (file: RecordingFile, catalog: Catalog) {
        let file = try RecordingFile(image)
        return (file, try Catalog(KeyValueStore.open(file, options: CatalogOptions()), options: CatalogOptions()))
    }

    private func fork() throws -> Fork {
        let directory = try TemporaryDirectory()
        let file = try RecordingFile()
        let old = try Catalog(KeyValueStore.open(file, options: CatalogOptions()), options: CatalogOptions())
        try old.fill("app", "docs", (0..<200).map { ["id": Datum($0)] })
        let new = try Catalog.open(path: directory.file("new.pando"))
        try new.followPrimary("old")
        _ = try new.receive(pieces(of: old.message(since: nil)))
        try new.promote()
        let origin = try #require(try new.origin(of: old.fileID))
        let text = Datum(String(repeating: "y", count: 90))
        try old.fill("app", "docs", (1000..<2500).map { ["id": Datum($0), "text": text] })
        try new.fill("app", "docs", [["id": 3000]])
        let own = try old.contents()
        try old.close()
        var disk = CrashImages()
        for step in file.steps { disk.apply(step) }
        return Fork(directory: directory, image: disk.cache, own: own, new: new, origin: origin)
    }

    private func comeBack(
        _ catalog: Catalog, _ fork: Fork, note: (DivergedText) -> Void = { _ in },
        before step: (DivergedText.Step) throws(CatalogError) -> Void = { _ in }
    ) throws {
        try catalog.followPrimary("new", comesBack: true)
        var next: (() throws -> [UInt8]?)?
        _ = try catalog.comeBack(with: .left(at: fork.origin), beside: fork.beside) {
            note($0)
        } ask: { request in
            next = pieces(of: try fork.new.message(since: request.since, ranges: request.ranges))
        } next: {
            try next?()
        } before: { (next) throws(CatalogError) in
            try step(next)
        }
    }

    private func bytes(at path: String) throws -> [UInt8] {
        let file = try OpenFile(reading: path)
        return try file.read(at: 0, count: Int(file.byteCount()))
    }

    /// The file's first write comes when the text has its name, so no disk that has anything new is without the text.
    @Test func nothingIsReplacedBeforeTheTextIsThere() throws {
        let fork = try fork()
        let theirs = try fork.new.contents()
        let (file, old) = try Self.open(fork.image)
        var (steps, begun, named): ([DivergedText.Step], Int?, Int?) = ([], nil, nil)
        try comeBack(old, fork) { text in
            #expect(OpenFile.exists(text.path))
            named = file.steps.count
        } before: { step in
            steps.append(step)
            // The file is not touched while the text is written.
            begun = begun ?? file.steps.count
            #expect(file.steps.count == begun)
        }
        #expect(steps.first == .make && Array(steps.suffix(3)) == [.write, .sync, .name] && steps.count > 4)
        let there = try #require(named)
        #expect(there == begun && file.steps.count > there)

        var random = SeededGenerator(seed: 1)
        var disk = CrashImages(fork.image)
        var (oldOnes, newOnes) = (0, 0)
        for (index, step) in file.steps.enumerated() {
            disk.apply(step)
            for image in disk.images(limit: 8, &random) {
                let (_, left) = try Self.open(image)
                if try left.appliedPosition() == nil {
                    oldOnes += 1
                    #expect(try left.contents() == fork.own)
                    if oldOnes % 8 == 1 { try comeBack(left, fork) }
                } else {
                    newOnes += 1
                    #expect(index >= there, "step \(index) of \(file.steps.count): the text was there at \(there)")
                    #expect(try left.contents() == theirs)
                }
            }
        }
        #expect(oldOnes > 0 && newOnes > 0)
    }

    /// What a power failure may leave of the text, in each order of its write, its sync and its name: the next time all of it is there, under
    /// the first name.
    @Test func whatIsLeftOfATextIsInNobodysWay() throws {
        let fork = try fork()
        var first: DivergedText?
        try comeBack(try Self.open(fork.image).catalog, fork) { first = $0 }
        let path = try #require(first?.path)
        let whole = try bytes(at: path)
        let partial = path.replacing(".ndjson", with: ".partial-00000000")
        #expect(whole.count > 100_000)
        let half = Array(whole.prefix(whole.count / 2))
        let zeros = [UInt8](repeating: 0, count: whole.count)
        // Nothing; what has arrived of a text without its name; its length without its bytes; the name beside the other one, and alone.
        let leftovers: [[(name: String, bytes: [UInt8])]] = [
            [], [(partial, [])], [(partial, half)], [(partial, zeros)], [(partial, whole)], [(partial, whole), (path, whole)],
            [(path, whole)],
        ]
        for leftover in leftovers {
            for name in [path, partial] { OpenFile.remove(name) }
            for (name, bytes) in leftover {
                let file = try OpenFile(creating: name)
                try file.write(bytes.span)
            }
            let catalog = try Self.open(fork.image).catalog
            #expect(try catalog.contents() == fork.own)
            var text: DivergedText?
            try comeBack(catalog, fork) { text = $0 }
            let found = try #require(text)
            #expect(found.path == path)
            #expect(try bytes(at: found.path) == whole)
            for (name, bytes) in leftover { #expect(try self.bytes(at: name) == bytes) }
            #expect(try catalog.contents() == fork.new.contents())
        }
    }
}
