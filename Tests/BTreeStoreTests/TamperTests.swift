import Ground
import Synchronization
import TestSupport
import Testing

@testable import BTreeStore

/// Everything that was sealed, by what must not be the same twice.
final class SealLog: Sendable {
    private struct State {
        var hashes: [StoreOptions.Sealing: UInt64] = [:]
        var repeated = 0
    }
    private let state = Mutex(State())

    var note: StoreOptions.SealWitness {
        { sealing, hash in
            self.state.withLock { state in
                let before = state.hashes.updateValue(hash, forKey: sealing)
                // The same again is the same bytes again, and tells nothing.
                if let before, before != hash { state.repeated += 1 }
            }
        }
    }

    var count: Int { state.withLock { $0.hashes.count } }
    /// How often two messages had all of it in common.
    var repeated: Int { state.withLock { $0.repeated } }
}

/// Whoever can write an encrypted file, and has every version that it ever had, but not the key.
@Suite struct TamperTests {
    private static let pageSize = 4096

    /// A small file, as it was after each sync, with the contents that were committed on the way.
    private struct History {
        var images: [[UInt8]] = []
        var contents: Set<[[UInt8]: [UInt8]]> = [[:]]
        var newest: [[UInt8]: [UInt8]] = [:]
        var last: [UInt8] { images[images.count - 1] }
    }

    private func history(_ key: EncryptionKey, journal: Bool, seed: Int = 0, from image: [UInt8] = []) throws -> History {
        let recorded = try RecordingFile(image)
        let store = try Store.open(recorded, options: encrypted(key, journal: journal))
        var history = History()
        for round in 0..<4 {
            try store.write {
                for number in 0..<50 {
                    try $0.put(bytes("key \(number)"), filler(number == 7 ? 5000 : 100 + 30 * round, seed: number + 100 * round + seed))
                }
            }
            history.contents.insert(try store.contents())
            if round == 1 { try store.sync() }
        }
        history.newest = try store.contents()
        // With a journal the process is killed, so that the newest records are in no page.
        if journal { store.core.published.refuseWrites(after: .closed) }
        try store.close()
        let file = try MemoryFile(isVolatile: false, capacity: 1 << 24)
        try writeBytes(image, file, at: 0)
        for step in recorded.steps {
            switch step {
            case .write(let offset, let bytes): try writeBytes(bytes, file, at: offset)
            case .resize(let size): try file.resize(size)
            case .sync:
                let now = try readBytes(file, at: 0, count: Int(file.byteCount()))
                if history.images.last != now { history.images.append(now) }
            }
        }
        return history
    }

    /// The contents as an opening without a writer finds them: nil if it says that something is damaged.
    private func contents(_ image: [UInt8], _ key: EncryptionKey) throws -> [[UInt8]: [UInt8]]? {
        let file = try MemoryFile(isVolatile: false, capacity: 1 << 24)
        try writeBytes(image, file, at: 0)
        var options = encrypted(key)
        options.readOnly = true
        do {
            return try Store.open(file, options: options).contents()
        } catch let error as StoreError {
            switch error {
            case .damaged, .notPandoFile, .wrongKey, .keyRefused, .newerFeatures, .newerFormat, .truncated: return nil
            default: throw error
            }
        }
    }

    private func page(_ number: Int, _ image: [UInt8]) -> ArraySlice<UInt8>? {
        let end = (number + 1) * Self.pageSize
        return image.count >= end ? image[end - Self.pageSize..<end] : nil
    }

    /// A page or large value with a bit of each byte flipped, one after the other.
    private func changed(_ sealed: [UInt8], _ body: ([UInt8], Int) throws -> Void) rethrows {
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1 << UInt8(place % 8)
            try body(changed, place)
        }
    }

    /// Each byte of each page and large value, its seal included, is looked at where the page is opened.
    @Test func everyByteOfAPageCounts() throws {
        let key = try testKey()
        let image = try history(key, journal: false).last
        let file = try MemoryFile(isVolatile: false, capacity: 1 << 24)
        try writeBytes(image, file, at: 0)
        var options = encrypted(key)
        options.readOnly = true
        let store = try Store.open(file, options: options)
        let cipher = try #require(store.core.file.cipher)
        let pages = try store.sealedReferences()
        for kind in [PageCipher.Kind.page, .run, .log] { #expect(pages.contains { $0.kind == kind }, "\(kind)") }
        var wrong = 0
        for (reference, kind) in pages {
            let count = kind == .run ? Int(reference.size) : Self.pageSize - PageCipher.sealByteCount
            let sealed = try readBytes(file, at: reference.page.offset(pageSize: Self.pageSize), count: count + PageCipher.sealByteCount)
            func opens(_ bytes: [UInt8]) -> Bool {
                var bytes = bytes
                return unsafe bytes.withUnsafeMutableBytes {
                    unsafe cipher.open($0.baseAddress.unsafelyUnwrapped, count, reference, kind)
                }
            }
            #expect(opens(sealed))
            changed(sealed) { bytes, _ in if opens(bytes) { wrong += 1 } }
        }
        #expect(wrong == 0)
    }

    /// Each byte of each record of the journal, its header and its seal included.
    @Test func everyByteOfARecordCounts() throws {
        let key = try testKey()
        let image = try history(key, journal: true).last
        let memory = try MemoryFile(isVolatile: false, capacity: 1 << 24)
        try writeBytes(image, memory, at: 0)
        var options = encrypted(key)
        options.readOnly = true
        let store = try Store.open(memory, options: options)
        let (file, meta) = (store.core.file, try store.newestMetaPage())
        let run = try #require(meta.journal)
        var offset = PageCount(0)
        var (records, wrong) = (0, 0)
        while let record = try JournalRecord(file, meta, at: offset) {
            let start = (run.start + offset).offset(pageSize: Self.pageSize)
            let header = try readBytes(memory, at: start, count: JournalRecord.headerByteCount)
            let count = header[32..<36].reversed().reduce(0) { $0 << 8 | Int($1) }
            let sealed = try readBytes(memory, at: start, count: header.count + count + PageCipher.sealByteCount)
            try changed(sealed) { bytes, place in
                try writeBytes([bytes[place]], memory, at: start + UInt64(place))
                if try JournalRecord(file, meta, at: offset) != nil { wrong += 1 }
                try writeBytes([sealed[place]], memory, at: start + UInt64(place))
            }
            records += 1
            offset = PageCount(rawValue: offset.rawValue + record.pageCount.rawValue)
        }
        #expect(records > 1 && wrong == 0, "\(wrong) of \(records) records")
    }

    /// Each byte of what can be read without a key: meta pages, notes, keys.
    @Test(arguments: [false, true]) func everyByteBeforeThePagesCounts(journal: Bool) throws {
        let key = try testKey()
        let history = try history(key, journal: journal)
        for start in [0, Self.pageSize] {
            for place in start..<start + KeyArea.offset + 256 {
                var changed = history.last
                changed[place] ^= 1 << UInt8(place % 8)
                guard let found = try contents(changed, key) else { continue }
                // A meta page that is damaged is as one that was torn: the one before it counts.
                #expect(history.contents.contains(found), "byte \(place)")
            }
        }
    }

    @Test(arguments: [false, true]) func noPageCanTakeAnothersPlace(journal: Bool) throws {
        let key = try testKey()
        let history = try history(key, journal: journal)
        let (last, pages) = (history.last, history.last.count / Self.pageSize)
        let allowed = journal ? history.contents : [history.newest]
        var errors = 0
        func expectNothingElse(_ image: [UInt8], _ what: String, _ allowed: Set<[[UInt8]: [UInt8]]>) throws {
            if let found = try contents(image, key) { #expect(allowed.contains(found), "\(what)") } else { errors += 1 }
        }
        #expect(try contents(last, key) == history.newest)
        // Two of them exchanged.
        for one in 2..<pages {
            for other in one + 1..<pages {
                guard let first = page(one, last), let second = page(other, last), first != second else { continue }
                var changed = last
                changed.replaceSubrange(one * Self.pageSize..<(one + 1) * Self.pageSize, with: second)
                changed.replaceSubrange(other * Self.pageSize..<(other + 1) * Self.pageSize, with: first)
                try expectNothingElse(changed, "pages \(one) and \(other)", allowed)
            }
        }
        // Each as it once was; the meta pages too, with which the file is what it was then, if its pages are there still.
        for version in history.images {
            for number in 0..<pages {
                guard let older = page(number, version), older != page(number, last) else { continue }
                var changed = last
                changed.replaceSubrange(number * Self.pageSize..<(number + 1) * Self.pageSize, with: older)
                try expectNothingElse(changed, "page \(number) of an earlier version", number < 2 ? history.contents : allowed)
            }
        }
        // Each of a copy that went another way.
        let diverged = try self.history(key, journal: journal, seed: 50_000, from: history.images[history.images.count / 2])
        for number in 2..<pages {
            guard let foreign = page(number, diverged.last) else { continue }
            var changed = last
            changed.replaceSubrange(number * Self.pageSize..<(number + 1) * Self.pageSize, with: foreign)
            try expectNothingElse(changed, "page \(number) of a copy", allowed)
        }
        #expect(journal || errors > 5)
    }

    @Test func keysOfOneTimeAndPagesOfAnotherMakeNoNewFile() throws {
        let (one, two) = (try testKey(1, name: "one"), try testKey(2, name: "two"))
        let file = try MemoryFile(isVolatile: false)
        try Store.open(file, options: encrypted(one)).write { try $0.put(bytes("a"), bytes("b")) }
        func image() throws -> [UInt8] { try readBytes(file, at: 0, count: Int(file.byteCount())) }
        let before = try image()
        try Store.rekey(file, with: one, .replace(two))
        let after = try image()
        for places in [[0], [1], [0, 1]] {
            var mixed = after
            for place in places {
                let area = place * Self.pageSize + KeyArea.offset..<(place + 1) * Self.pageSize
                mixed.replaceSubrange(area, with: before[area])
            }
            // With one old copy the new one counts; with both old ones it is the old file's keys again, which its old master key opens.
            let opened = try [one, two].map { try contents(mixed, $0) }
            #expect(opened == (places.count == 2 ? [[bytes("a"): bytes("b")], nil] : [nil, [bytes("a"): bytes("b")]]))
        }
        // A slot that was put into another file's area.
        let other = try MemoryFile(isVolatile: false)
        try Store.open(other, options: encrypted(two)).write { try $0.put(bytes("c"), bytes("d")) }
        var foreign = try readBytes(other, at: 0, count: Int(other.byteCount()))
        for place in [0, 1] {
            let area = place * Self.pageSize + KeyArea.offset..<(place + 1) * Self.pageSize
            foreign.replaceSubrange(area, with: after[area])
        }
        #expect(try contents(foreign, two) == nil)
    }

    /// Copies of a file that go on apart, and backups beside what they were made of, have all numbers in common.
    @Test func copiesThatGoOnApartShareNoNonce() throws {
        let seals = SealLog()
        var options = encrypted(try testKey(), dirtyByteLimit: 64 << 10)
        options.sealWitness = seals.note
        func work(_ file: any StorageFile, seed: Int) throws {
            let store = try Store.open(file, options: options)
            for round in 0..<12 {
                try store.write {
                    for number in 0..<40 {
                        try $0.put(bytes("key \(number)"), filler(number == 3 ? 9000 : 90, seed: seed + round * 100 + number))
                    }
                }
            }
            try store.close()
        }
        var files = [try MemoryFile(isVolatile: false)]
        try work(files[0], seed: 0)
        for round in 1..<4 {
            for file in files {
                let image = try readBytes(file, at: 0, count: Int(file.byteCount()))
                let copy = try MemoryFile(isVolatile: false)
                try writeBytes(image, copy, at: 0)
                let backup = try MemoryFile(isVolatile: false)
                let store = try Store.open(file, options: options)
                _ = try store.backup(into: backup)
                try store.close()
                files += [copy, backup]
            }
            for (index, file) in files.enumerated() { try work(file, seed: round * 100_000 + index * 10_000) }
            files = Array(files.prefix(3))
        }
        #expect(seals.count > 500 && seals.repeated == 0)
    }
}

extension Store {
    /// The meta page of the newest flush.
    func newestMetaPage() throws -> MetaPage {
        let file = core.file
        let found = try MetaPage.places.compactMap { place -> MetaPage? in
            let bytes = try readBytes(file, at: place.offset(pageSize: pageSize), count: MetaPage.byteCount)
            guard case .good(let meta) = MetaPage.decode(bytes, file.cipher) else { return nil }
            return meta
        }
        return try #require(found.max { $0.transaction < $1.transaction })
    }

    /// Everything in the newest flush that has a seal, by a reference to it: pages of the tree, large values, the free-space log.
    func sealedReferences() throws -> [(reference: PageReference, kind: PageCipher.Kind)] {
        let meta = try newestMetaPage()
        let snapshot = try snapshot()
        var found: [(PageReference, PageCipher.Kind)] = []
        func visit(_ reference: PageReference, level: Int) throws {
            found.append((reference, .page))
            let page = try snapshot.view.reader.page(reference, level: level)
            for index in 0..<page.count {
                if level > 0 {
                    try visit(page.child(index), level: level - 1)
                } else if page.leafCell(index).isOverflow {
                    found.append((page.leafCell(index).run, .run))
                }
            }
        }
        let root = meta.root
        if !root.isEmpty { try visit(root.reference, level: root.level) }
        var log = meta.space
        while log.page != .none {
            found.append((log, .log))
            log = try SpaceLog.readPage(core.file, log, pageSize: pageSize).previous
        }
        return found
    }
}
