import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Files that are not what they should be: each a typed error that says which, and nothing is lost or changed.
@Suite struct BadFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A file with leaves, branches, overflow runs and a free-space log.
    private func sample() throws -> MemoryFile {
        let file = try MemoryFile(path: "sample", isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        for round in 0..<3 {
            try store.write { for number in 0..<200 { try $0.put(key(number), filler(number % 50 == 0 ? 1300 : 40, seed: round)) } }
        }
        try store.close()
        return file
    }

    private func flip(_ file: MemoryFile, at offset: UInt64) throws {
        let byte = try readBytes(file, at: offset, count: 1)
        try writeBytes([byte[0] ^ 0x40], file, at: offset)
    }

    @Test func noFile() {
        expectError {
            _ = try Store.open(directory.file("none"), options: readOnly())
        } matches: {
            $0 == .notFound(path: directory.file("none"))
        }
        expectError {
            _ = try Store.open(directory.file("none/deeper"))
        } matches: {
            $0 == .notFound(path: directory.file("none/deeper"))
        }
        var options = StoreOptions()
        options.create = false
        expectError {
            _ = try Store.open(directory.file("none"), options: options)
        } matches: {
            $0 == .notFound(path: directory.file("none"))
        }
    }

    @Test func aDirectoryOrDevice() {
        expectError {
            _ = try Store.open(directory.path)
        } matches: {
            if case .unsupportedFile(_, "directory") = $0 { true } else { false }
        }
        expectError {
            _ = try Store.open(directory.path, options: readOnly())
        } matches: {
            if case .unsupportedFile(_, "directory") = $0 { true } else { false }
        }
        expectError {
            _ = try Store.open("/dev/null")
        } matches: {
            if case .unsupportedFile = $0 { true } else { false }
        }
    }

    #if os(Linux)
        @Test func aDirectoryThatMayNotBeWritten() {
            // Not even the superuser may make a file there.
            expectError {
                _ = try Store.open("/sys/pando-test")
            } matches: {
                $0 == .permissionDenied(path: "/sys/pando-test")
            }
        }
    #endif

    @Test func notOurs() throws {
        for text in ["#!/bin/sh\necho hello\n", String(repeating: "SQLite format 3", count: 1000), "x"] {
            let file = try MemoryFile(path: "foreign", isVolatile: false)
            try writeBytes(bytes(text), file, at: 0)
            expectError {
                _ = try Store.open(file)
            } matches: {
                $0 == .notPandoFile(path: "foreign")
            }
            expectError {
                _ = try Store.open(file, options: readOnly())
            } matches: {
                $0 == .notPandoFile(path: "foreign")
            }
            #expect(try readBytes(file, at: 0, count: 1 << 20) == bytes(text))
        }
    }

    /// An empty file, and one whose making was cut off, are as good as none.
    @Test func blankFiles() throws {
        for count in [0, 100, 1024] {
            let file = try MemoryFile(path: "blank", isVolatile: false)
            try writeBytes([UInt8](repeating: 0, count: count), file, at: 0)
            expectError {
                _ = try Store.open(file, options: readOnly())
            } matches: {
                $0 == .notPandoFile(path: "blank")
            }
            let store = try Store.open(file)
            try store.write { try $0.put([1], [2]) }
            #expect(try store.contents() == [[1]: [2]])
        }
    }

    @Test func unsupportedPageSizes() throws {
        for size in [0, 256, 1000, 131072, -512] {
            expectError {
                _ = try Store.inMemory(options: smallPages(size))
            } matches: {
                $0 == .unsupportedPageSize(size)
            }
        }
        for size in [512, 1024, 8192, 65536] {
            let store = try Store.inMemory(options: smallPages(size))
            try store.write { for number in 0..<500 { try $0.put(key(number), filler(300, seed: number)) } }
            #expect(try store.contents().count == 500)
            try store.expectSound()
        }
    }

    /// Of the file itself: a meta page with a sound checksum that tells of one.
    @Test func aFileOfAnUnsupportedPageSize() throws {
        for size in [256, 4097, 1 << 20] {
            let file = try sample()
            for slot in 0..<2 {
                guard case .good(var meta) = MetaPage.decode(try readBytes(file, at: UInt64(slot * 512), count: 256)) else { continue }
                meta.pageSize = size
                try writeBytes(meta.encoded(), file, at: UInt64(slot * 512))
            }
            expectError {
                _ = try Store.open(file)
            } matches: {
                if case .damaged = $0 { true } else { false }
            }
        }
    }

    @Test func keysAndValuesBeyondTheirLimits() throws {
        for (pageSize, limit) in [(512, 128), (1024, 256), (4096, 1024), (65536, 1024)] {
            let store = try Store.inMemory(options: smallPages(pageSize))
            #expect(store.maximumKeyLength == limit)
            try store.write { try $0.put(filler(limit, seed: 1), [1]) }
            expectError {
                try store.write { try $0.put(filler(limit + 1, seed: 1), [1]) }
            } matches: {
                $0 == .keyTooLong(byteCount: limit + 1, limit: limit)
            }
            #expect(try store.contents().count == 1)
        }
        // Address space alone: nobody looks at the value.
        let count = Store.maximumValueLength + 1
        let reserved = unsafe reserveMemory(count)
        guard let value = unsafe reserved else { return }
        defer { unsafe releaseMemory(value, count) }
        let store = try Store.inMemory()
        expectError {
            var transaction = try store.beginWrite()
            let span = unsafe Span<UInt8>(_unsafeStart: value.assumingMemoryBound(to: UInt8.self), count: count)
            try transaction.put([UInt8(1)].span, span)
        } matches: {
            $0 == .valueTooLong(byteCount: count, limit: count - 1)
        }
        #expect(try store.contents() == [:])
    }

    /// Network file systems may refuse them: then neither writers nor readers can be kept from each other's pages.
    @Test func locksThatAreRefused() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { try $0.put([1], [2]) }
        file.refuseLocks()
        func expectRefusal(_ body: () throws -> Void) {
            expectError {
                try body()
            } matches: {
                $0 == .lockRefused(path: "recorded", errorNumber: 37)
            }
        }
        let steps = file.steps.count
        expectRefusal { _ = try Store.open(file) }
        expectRefusal { _ = try Store.open(file, options: readOnly()).snapshot() }
        #expect(file.steps.count == steps)
        // Nor is anything written that may be another reader's.
        expectRefusal { try store.write { try $0.put([1], [3]) } }
        #expect(try store.contents() == [[1]: [2]])
    }

    @Test func aNewerFormat() throws {
        let file = try sample()
        for slot in 0..<2 {
            guard case .good(var meta) = MetaPage.decode(try readBytes(file, at: UInt64(slot * 512), count: 256)) else {
                Issue.record("no meta page")
                return
            }
            meta.version = 7
            try writeBytes(meta.encoded(), file, at: UInt64(slot * 512))
        }
        expectError {
            _ = try Store.open(file)
        } matches: {
            $0 == .newerFormat(path: "sample", version: 7, supported: 2)
        }
    }

    /// One flush of a newer release, and the one before of ours: nobody may take the older one, nor write over the newer.
    @Test(arguments: [0, 1]) func aMetaPageOfANewerFormat(slot: Int) throws {
        let file = try sample()
        guard case .good(var meta) = MetaPage.decode(try readBytes(file, at: UInt64(slot * 512), count: 256)) else {
            Issue.record("no meta page")
            return
        }
        meta.version = 3
        try writeBytes(meta.encoded(), file, at: UInt64(slot * 512))
        for options in [smallPages(), readOnly()] {
            expectError {
                _ = try Store.open(file, options: options)
            } matches: {
                $0 == .newerFormat(path: "sample", version: 3, supported: 2)
            }
        }
        // A version that the checksum doesn't vouch for is damage, and the other meta page is good.
        var bytes = meta.encoded()
        bytes[8] = 9
        try writeBytes(bytes, file, at: UInt64(slot * 512))
        _ = try Store.open(file, options: smallPages()).contents()
    }

    @Test func truncated() throws {
        let file = try sample()
        let size = file.byteCount()
        try file.resize(size - 512)
        expectError {
            _ = try Store.open(file)
        } matches: {
            $0 == .truncated(path: "sample", byteCount: size - 512, expected: size)
        }
        try file.resize(100)
        expectError {
            _ = try Store.open(file)
        } matches: {
            if case .notPandoFile = $0 { false } else { true }
        }
    }

    /// Cut short between two snapshots.
    @Test func truncatedWhileOpen() throws {
        let path = directory.file("cut")
        let store = try Store.open(path, options: smallPages())
        try store.write { for number in 0..<500 { try $0.put(key(number), filler(40, seed: 1)) } }
        let file = try DiskFile(path, options: StoreOptions())
        try file.resize(2048)
        expectError {
            _ = try store.snapshot()
        } matches: {
            if case .truncated = $0 { true } else { false }
        }
    }

    /// One meta page of a file that was closed may be damaged: the other one says the same.
    @Test(arguments: [0, 1]) func aFlippedByteInAMetaPage(slot: Int) throws {
        for offset in stride(from: 0, to: 256, by: 5) {
            let file = try sample()
            let contents = try Store.open(file, options: readOnly()).contents()
            try flip(file, at: UInt64(slot * 512 + offset))
            let store = try Store.open(file)
            // The reserved bytes are covered too, so any flip makes the page invalid.
            #expect(try store.contents() == contents)
        }
        let file = try sample()
        try flip(file, at: 20)
        try flip(file, at: 512 + 20)
        expectError {
            _ = try Store.open(file)
        } matches: {
            if case .damaged = $0 { true } else { false }
        }
    }

    /// Any byte of any page: `check` names the page, and whoever reads it gets an error that does; the rest can be read.
    @Test func aFlippedByteInAPage() throws {
        let pages = Int(try sample().byteCount() / 512)
        var kinds: Set<PageReport.Kind> = []
        for page in 2..<pages {
            let file = try sample()
            let kind = try Store.open(file, options: readOnly()).page(PageNumber(rawValue: UInt64(page))).kind
            kinds.insert(kind)
            try flip(file, at: UInt64(page * 512 + page * 37 % 512))
            let store: Store
            do { store = try Store.open(file) } catch {
                Issue.record("page \(page) of kind \(kind): \(error)")
                continue
            }
            let problems = try store.check0().problems
            var cursor = try store.snapshot().cursor()
            do throws(StoreError) {
                while try cursor.next() { _ = try cursor.value }
                // A page that is free, or the zeros behind a value, hurt nobody; a page of the log only `check` and writers.
            } catch {
                guard case .damaged(let number?, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
                // A value's error names the page where it begins.
                #expect(number.rawValue == UInt64(page) || kind == .overflow && number.rawValue < UInt64(page))
                #expect(problems.contains { $0.page == number })
            }
        }
        #expect(kinds.isSuperset(of: [.leaf, .branch, .space, .overflow]))
    }

    /// Whole pages of noise, with checksums that fit: nothing traps or loops.
    @Test func hostilePages() throws {
        var random = SeededGenerator(seed: 42)
        for _ in 0..<3000 {
            var page = [UInt8](repeating: 0, count: 512)
            for index in page.indices where random.below(3) > 0 { page[index] = UInt8(truncatingIfNeeded: random.next()) }
            page[0] = UInt8(random.below(3))
            page[1] = page[0] == 2 ? 1 : 0
            page[2] = UInt8(random.below(20))
            page[3] = 0
            page[5] = UInt8(random.below(2))
            withPage(page) { view in
                let level = Int(page[1])
                guard view.structuralFault(capacity: 512, keyLimit: 128, level: level) == nil else { return }
                for index in 0..<view.count {
                    _ = view.key(index)
                    _ = level == 0 ? Int(view.leafCell(index).payloadLength) : Int(truncatingIfNeeded: view.child(index).page.rawValue)
                }
                withBytes(filler(random.below(40), seed: 3)) { key in
                    var known = 0
                    _ = level == 0 ? view.searchLeaf(key).index : view.searchBranch(key, known: &known)
                }
            }
        }
    }

    private func withPage(_ bytes: [UInt8], _ body: (Page) -> Void) {
        unsafe bytes.withUnsafeBytes { unsafe body(Page($0.baseAddress!)) }
    }
}

extension Store {
    /// `check`, which can't even begin if the free-space log is damaged.
    fileprivate func check0() throws -> CheckReport {
        do { return try check() } catch StoreError.damaged(let page, let reason) {
            var report = CheckReport()
            report.problems = [.init(page: page, message: reason)]
            return report
        }
    }
}
