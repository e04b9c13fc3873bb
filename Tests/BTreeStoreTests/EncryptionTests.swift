import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Files whose contents only who has the key can read, or change without it being found out.
@Suite struct EncryptionTests {
    static let word = "Hippopotamus"

    /// Leaves, branches, large values, a journal and a free-space log, with a word in keys and values.
    private func fill(_ store: Store, rounds: Int = 3) throws {
        for round in 0..<rounds {
            try store.write {
                for number in 0..<150 {
                    let value = bytes("\(Self.word) \(number) \(round)") + filler(number % 50 == 7 ? 9000 : 60, seed: number)
                    try $0.put(bytes("\(Self.word):\(number)"), value)
                }
            }
            try store.write { try $0.delete(bytes("\(Self.word):\(round)")) }
        }
    }

    private func has(_ word: String, _ bytes: [UInt8]) -> Bool {
        let word = Array(word.utf8)
        return bytes.indices.contains { bytes[$0] == word[0] && bytes[$0...].starts(with: word) }
    }

    private func image(_ file: any StorageFile) throws -> [UInt8] { try readBytes(file, at: 0, count: Int(file.byteCount())) }

    @Test func nothingCanBeReadWithoutTheKey() throws {
        let file = try MemoryFile(isVolatile: false)
        let key = try testKey()
        var store: Store? = try Store.open(file, options: encrypted(key))
        try fill(store!)
        try store!.createState("before")
        try fill(store!, rounds: 1)
        let contents = try store!.contents()
        try store!.expectSound()
        // As it is while it is open, and as it rests.
        let open = try image(file)
        #expect(!has(Self.word, open) && !has("before", open))
        let copy = try MemoryFile(isVolatile: false)
        _ = try store!.backup(into: copy)
        try store!.close()
        store = nil
        for file in [file, copy] {
            let resting = try image(file)
            #expect(!has(Self.word, resting))
            let again = try Store.open(file, options: encrypted(key))
            #expect(try again.contents() == contents)
            #expect(try again.states().map(\.name) == ["before"])
            try again.expectSound()
        }
    }

    @Test func pagesLookRandom() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: encrypted(try testKey(), journal: false))
        try fill(store)
        try store.close()
        let image = try image(file)
        for page in 2..<image.count / 4096 {
            var counts = [Int](repeating: 0, count: 256)
            for byte in image[page * 4096..<(page + 1) * 4096] { counts[Int(byte)] += 1 }
            // Pages are random or still zeros. Of 4,096 random bytes each is there 16 times, more or less.
            if counts[0] > 3000 { continue }
            #expect(counts.allSatisfy { $0 < 60 }, "page \(page)")
        }
    }

    @Test func keysAreAskedForBeforeAnythingIsRead() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: encrypted(try testKey(name: "prod-2026")))
        try fill(store, rounds: 1)
        try store.close()
        for isReadOnly in [false, true] {
            var options = smallPages(4096)
            options.readOnly = isReadOnly
            expectError {
                _ = try Store.open(file, options: options)
            } matches: {
                $0 == .keyWanted(path: file.path, names: ["prod-2026"])
            }
            options.encryption = try testKey(2, name: "other")
            expectError {
                _ = try Store.open(file, options: options)
            } matches: {
                $0 == .wrongKey(path: file.path, name: "other", names: ["prod-2026"])
            }
        }
        let plain = try MemoryFile(isVolatile: false)
        try Store.open(plain, options: smallPages(4096)).close()
        expectError {
            _ = try Store.open(plain, options: encrypted(try testKey()))
        } matches: {
            $0 == .notEncrypted(path: plain.path)
        }
        expectError {
            var options = encrypted(try testKey())
            options.pageSize = 2048
            _ = try Store.open(try MemoryFile(isVolatile: false), options: options)
        } matches: {
            if case .keyRefused = $0 { true } else { false }
        }
        expectError {
            _ = try Store.inMemory(options: encrypted(try testKey()))
        } matches: {
            if case .keyRefused = $0 { true } else { false }
        }
    }

    @Test func aPassphraseAndAServiceOpenAFileToo() throws {
        var secret = bytes("correct horse")
        let cheap = Scrypt(logRounds: 4, blockSize: 8, parallelism: 1)
        let passphrase = try EncryptionKey(.passphrase, name: "me", secret: try SecretBytes(erasing: &secret), scrypt: cheap)
        let service = try EncryptionKey(
            name: "service", wrap: { bytes("wrapped") + $0.map { $0 ^ 0x5A } }, unwrap: { $0.dropFirst(7).map { $0 ^ 0x5A } })
        for key in [passphrase, service] {
            let file = try MemoryFile(isVolatile: false)
            try Store.open(file, options: encrypted(key)).write { try $0.put(bytes("a"), bytes("b")) }
            #expect(try Store.open(file, options: encrypted(key)).contents().count == 1)
            var other = bytes("incorrect horse")
            let wrong = try EncryptionKey(.passphrase, name: "me", secret: try SecretBytes(erasing: &other), scrypt: cheap)
            #expect(throws: StoreError.self) { _ = try Store.open(file, options: encrypted(wrong)) }
        }
    }

    // MARK: Changing keys

    @Test func keysAreChangedAddedAndRemoved() throws {
        let file = try MemoryFile(isVolatile: false)
        let (one, two, three) = (try testKey(1, name: "one"), try testKey(2, name: "two"), try testKey(3, name: "three"))
        try fill(try Store.open(file, options: encrypted(one)), rounds: 1)
        let contents = try Store.open(file, options: encrypted(one)).contents()
        func opens(_ key: EncryptionKey) -> Bool { (try? Store.open(file, options: encrypted(key)).contents()) == contents }
        try Store.rekey(file, with: one, .replace(two))
        #expect(opens(two) && !opens(one))
        try Store.rekey(file, with: two, .add(three))
        #expect(opens(two) && opens(three))
        #expect(throws: StoreError.self) { try Store.rekey(file, with: one, .add(one)) }
        #expect(throws: StoreError.self) { try Store.rekey(file, with: two, .add(try testKey(4, name: "three"))) }
        try Store.rekey(file, with: three, .remove(name: "two"))
        #expect(opens(three) && !opens(two))
        #expect(throws: StoreError.self) { try Store.rekey(file, with: three, .remove(name: "three")) }
        for number in 0..<7 { try Store.rekey(file, with: three, .add(try testKey(UInt8(10 + number), name: "more \(number)"))) }
        #expect(throws: StoreError.self) { try Store.rekey(file, with: three, .add(one)) }
    }

    @Test func aCrashLeavesTheOldKeyOrTheNew() throws {
        let file = try RecordingFile()
        let (one, two) = (try testKey(1), try testKey(2))
        try Store.open(file, options: encrypted(one)).write { try $0.put(bytes("a"), bytes("b")) }
        let begun = file.steps.count
        try Store.rekey(file, with: one, .replace(two))
        let steps = file.steps
        var disk = CrashImages()
        for step in steps[..<begun] { disk.apply(step) }
        var random = SeededGenerator(seed: 3)
        var seen: Set<Bool> = []
        for stop in begun...steps.count {
            if stop > begun { disk.apply(steps[stop - 1]) }
            for image in disk.images(limit: 60, &random) {
                let opened = [one, two].map { key in
                    (try? Store.open(try RecordingFile(image), options: encrypted(key)).contents()) == [bytes("a"): bytes("b")]
                }
                #expect(opened.filter { $0 }.count == 1, "at step \(stop)")
                seen.insert(opened[1])
            }
        }
        #expect(seen == [false, true])
    }

    /// What a crash has left in one of the copies is a key that may be gone by now: another crash doesn't bring it back.
    @Test func aSecondCrashLeavesNoKeyFromBeforeTheFirst() throws {
        let file = try RecordingFile()
        let (one, two, three) = (try testKey(1, name: "one"), try testKey(2, name: "two"), try testKey(3, name: "three"))
        try Store.open(file, options: encrypted(one)).write { try $0.put(bytes("a"), bytes("b")) }
        let old = try readBytes(file, at: UInt64(4096 + KeyArea.offset), count: KeyArea.byteCount)
        try Store.rekey(file, with: one, .replace(two))
        try writeBytes(old, file, at: UInt64(4096 + KeyArea.offset))
        try file.sync()
        let begun = file.steps.count
        try Store.rekey(file, with: two, .replace(three))
        let steps = file.steps
        var disk = CrashImages()
        for step in steps[..<begun] { disk.apply(step) }
        var random = SeededGenerator(seed: 4)
        var seen: Set<Bool> = []
        for stop in begun...steps.count {
            if stop > begun { disk.apply(steps[stop - 1]) }
            for image in disk.images(limit: 60, &random) {
                let opened = [one, two, three].map { key in
                    (try? Store.open(try RecordingFile(image), options: encrypted(key)).contents()) == [bytes("a"): bytes("b")]
                }
                #expect(!opened[0] && opened[1] != opened[2], "at step \(stop)")
                seen.insert(opened[2])
            }
        }
        #expect(seen == [false, true])
    }

    /// What a file has been given to be compared by goes with its records.
    @Test func aCopyHasDigestsIfTheFileHas() throws {
        let file = try MemoryFile(isVolatile: false)
        let key = try testKey()
        let store = try Store.open(file, options: encrypted(key))
        try fill(store)
        func copy() throws -> Snapshot {
            let copied = try MemoryFile(isVolatile: false)
            var calls: [UInt64] = []
            let count = try store.copy(into: copied, encryption: key) { done, all in calls += [done, all] }
            // The file has notes of its own beside what is copied.
            #expect(calls.first == 0 && calls.count == 2 && calls[1] >= count)
            return try Store.open(copied, options: encrypted(key)).snapshot()
        }
        _ = try copy()
        try store.upgradeFormat()
        let (snapshot, all) = (try copy(), KeyRange.prefix(bytes(Self.word)))
        #expect(try snapshot.hasDigests && snapshot.digest(all) == store.snapshot().digest(all))
    }

    @Test func aNewDataKeyLeavesNothingToTheOldOne() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("file.pando")
        let (one, two) = (try testKey(1, name: "one"), try testKey(2, name: "two"))
        let store = try Store.open(path, options: encrypted(one))
        try fill(store)
        let (contents, transaction) = (try store.contents(), try store.snapshot().transaction)
        try store.createState("before")
        #expect(throws: StoreError.self) { try store.renewDataKey(two, replacing: one, dropsStates: false) }
        let before = try DiskFile(path, options: StoreOptions())
        let oldHead = try #require(try EncryptedHead(before))
        let oldKeys = try FileKeys(oldHead, one, path: path)
        try store.renewDataKey(two, replacing: one, dropsStates: true)
        try store.close()
        #expect(throws: StoreError.self) { _ = try Store.open(path, options: encrypted(one)) }
        let again = try Store.open(path, options: encrypted(two))
        #expect(try again.contents() == contents && again.uuid == store.uuid && again.states().isEmpty)
        #expect(try again.snapshot().transaction > transaction)
        try again.expectSound()
        // No page, and no meta page, opens with what the old file was sealed with.
        let file = try DiskFile(path, options: StoreOptions())
        let (old, new) = (PageCipher(oldKeys), try #require(again.core.file.cipher))
        let places = try again.sealedReferences()
        #expect(places.count > 3)
        for (reference, kind) in places {
            let count = kind == .run ? Int(reference.size) : 4096 - PageCipher.sealByteCount
            let sealed = try readBytes(file, at: reference.page.offset(pageSize: 4096), count: count + PageCipher.sealByteCount)
            let opened = [old, new].map { cipher in
                var bytes = sealed
                return unsafe bytes.withUnsafeMutableBytes { unsafe cipher.open($0.baseAddress!, count, reference, kind) }
            }
            #expect(opened == [false, true], "\(reference)")
        }
        for place in MetaPage.places {
            let meta = try readBytes(file, at: place.offset(pageSize: 4096), count: MetaPage.byteCount)
            #expect(MetaPage.decode(meta, old) == .damaged)
        }
        let newKeys = try EncryptedHead(file)?.area.dataKeys ?? oldHead.area.dataKeys
        #expect(!newKeys.contains { oldHead.area.dataKeys.contains($0) })
        // Other keys are not lost in silence.
        try again.close()
        try Store.rekey(path, with: two, .add(one))
        let both = try Store.open(path, options: encrypted(two))
        #expect(throws: StoreError.self) { try both.renewDataKey(two, replacing: two, dropsStates: false) }
        try both.close()
    }

    /// The new file is whole and on the disk before it takes the old one's name: a crash before leaves the old one.
    @Test func aNewDataKeyIsDurableBeforeItCounts() throws {
        let file = try MemoryFile(isVolatile: false)
        let (one, two) = (try testKey(1, name: "one"), try testKey(2, name: "two"))
        let store = try Store.open(file, options: encrypted(one))
        try fill(store)
        let contents = try store.contents()
        let recorded = try RecordingFile()
        _ = try store.copy(into: recorded, encryption: two)
        var disk = CrashImages()
        for step in recorded.steps { disk.apply(step) }
        var random = SeededGenerator(seed: 5)
        // Whatever of the last, unsynced writes is lost, what `copy` has returned from is there.
        for image in disk.images(limit: 40, &random) {
            #expect(try Store.open(try RecordingFile(image), options: encrypted(two)).contents() == contents)
        }
    }

    @Test func aFileCanBeMadeEncryptedAndPlainAgain() throws {
        let plain = try MemoryFile(isVolatile: false)
        let store = try Store.open(plain, options: smallPages(512, journal: true))
        try fill(store)
        let sealed = try MemoryFile(isVolatile: false)
        let key = try testKey()
        _ = try store.copy(into: sealed, encryption: key)
        let copy = try Store.open(sealed, options: encrypted(key))
        #expect(try copy.contents() == store.contents() && copy.uuid == store.uuid && copy.opening > store.opening)
        #expect(try copy.snapshot().transaction > store.snapshot().transaction)
        try copy.expectSound()
        let again = try MemoryFile(isVolatile: false)
        _ = try copy.copy(into: again, encryption: nil)
        #expect(try Store.open(again, options: smallPages()).contents() == store.contents())
    }

    // MARK: Memory

    /// What was decrypted is forgotten, but for what snapshots and rows look at.
    @Test(arguments: [false, true]) func decryptedPagesAreForgotten(readOnly: Bool) throws {
        let file = try MemoryFile(isVolatile: false)
        let key = try testKey()
        var options = encrypted(key)
        try fill(try Store.open(file, options: options))
        options.decryptedByteLimit = 16 << 10
        options.readOnly = readOnly
        let store = try Store.open(file, options: options)
        let right = try store.contents()
        let held = try store.snapshot()
        weak let heldMapping = held.view.reader.mapping
        weak var forgotten: Mapping?
        #expect(try held.contents() == right)
        do {
            let snapshot = try store.snapshot()
            forgotten = snapshot.view.reader.mapping
            #expect(try snapshot.contents() == right)
        }
        for round in 0..<20 {
            #expect(try store.contents() == right)
            if !readOnly && round % 5 == 4 {
                try store.write(round % 2 == 0 ? .hard : .none) { try $0.put(bytes("\(Self.word):1"), right[bytes("\(Self.word):1")]!) }
            }
        }
        #expect(try held.contents() == right)
        #expect(heldMapping != nil && forgotten == nil)
        let newest = try store.snapshot().view.reader.mapping
        #expect(newest !== heldMapping)
    }

    // MARK: Who may write the file

    /// The contents as an opening without a writer finds them: nil if it says that something is damaged.
    private func contents(_ image: [UInt8], _ key: EncryptionKey) throws -> [[UInt8]: [UInt8]]? {
        let file = try MemoryFile(isVolatile: false, capacity: 1 << 24)
        try writeBytes(image, file, at: 0)
        var options = encrypted(key)
        options.readOnly = true
        do {
            let store = try Store.open(file, options: options)
            return try store.snapshot().contents()
        } catch let error as StoreError {
            switch error {
            case .damaged, .notPandoFile, .wrongKey, .keyRefused, .newerFeatures, .newerFormat, .truncated: return nil
            default: throw error
            }
        }
    }

    @Test func aChangedByteIsAnErrorOrNothing() throws {
        let file = try MemoryFile(isVolatile: false)
        let key = try testKey()
        let store = try Store.open(file, options: encrypted(key))
        try fill(store)
        try store.close()
        let image = try image(file)
        let right = try #require(try contents(image, key))
        var random = SeededGenerator(seed: 1)
        var errors = 0
        for _ in 0..<300 {
            var changed = image
            let place = random.below(4) == 0 ? random.below(2) * 4096 + random.below(800) : random.below(image.count)
            changed[place] ^= UInt8(1 << random.below(8))
            guard let found = try contents(changed, key) else {
                errors += 1
                continue
            }
            #expect(found == right, "byte \(place)")
        }
        #expect(errors > 20)
    }

    @Test func pagesThatAreExchangedOrOlderAreErrors() throws {
        let recorded = try RecordingFile()
        let key = try testKey()
        let store = try Store.open(recorded, options: encrypted(key, journal: false))
        try fill(store, rounds: 4)
        try store.close()
        var versions: [[UInt8]] = []
        let file = try MemoryFile(isVolatile: false, capacity: 1 << 24)
        for step in recorded.steps {
            switch step {
            case .write(let offset, let bytes): try writeBytes(bytes, file, at: offset)
            case .resize(let size): try file.resize(size)
            case .sync:
                let now = try image(file)
                if versions.last != now { versions.append(now) }
            }
        }
        let last = try #require(versions.last)
        let right = try #require(try contents(last, key))
        let pages = last.count / 4096
        var random = SeededGenerator(seed: 2)
        func page(_ number: Int, _ image: [UInt8]) -> ArraySlice<UInt8>? {
            image.count >= (number + 1) * 4096 ? image[number * 4096..<(number + 1) * 4096] : nil
        }
        var errors = 0
        for _ in 0..<200 {
            var changed = last
            let target = 2 + random.below(pages - 2)
            let source = random.below(2) == 0 ? target : random.below(pages)
            let version = source == target ? versions[random.below(versions.count)] : last
            guard let other = page(source, version) else { continue }
            changed.replaceSubrange(target * 4096..<(target + 1) * 4096, with: other)
            if let found = try contents(changed, key) { #expect(found == right, "page \(target) from \(source)") } else { errors += 1 }
        }
        #expect(errors > 10)
        // A copy that went another way has other pages at the same places, of the same births.
        let other = try MemoryFile(isVolatile: false, capacity: 1 << 24)
        try writeBytes(versions[versions.count / 2], other, at: 0)
        try fill(try Store.open(other, options: encrypted(key, journal: false)), rounds: 4)
        let diverged = try image(other)
        for target in 2..<pages {
            guard let foreign = page(target, diverged) else { continue }
            var changed = last
            changed.replaceSubrange(target * 4096..<(target + 1) * 4096, with: foreign)
            if let found = try contents(changed, key) { #expect(found == right, "page \(target) of a copy") }
        }
    }

    // MARK: The store's own tests, with encryption

    @Test(arguments: 0..<3) func operationsAgreeWithTheModel(run: Int) throws {
        var settings = Simulation.Settings()
        settings.pageSize = 4096
        settings.dirtyByteLimit = [256 << 10, 32 << 10, 0][run]
        settings.keyCount = 4000
        var options = encrypted(try testKey(), dirtyByteLimit: settings.dirtyByteLimit, journal: run != 1)
        options.softCommitMilliseconds = 500
        let file = try MemoryFile(isVolatile: false)
        let opened = options
        var simulation = try Simulation(seed: UInt64(run) + 7, settings: settings) { try Store.open(file, options: opened) }
        do {
            try simulation.run(operations: 12_000)
        } catch {
            Issue.record("run \(run), after \(simulation.operations) operations: \(error)")
        }
    }

    @Test(arguments: [1, 4, 5, 9, 10, 14], [false, true]) func crashesLeaveACommittedState(scenario: Int, journal: Bool) throws {
        let scenario = CrashTests.scenarios[scenario]
        var random = SeededGenerator(seed: 5)
        let options = encrypted(try testKey(), dirtyByteLimit: scenario.dirtyByteLimit, journal: journal)
        let history = try CrashHistory(scenario.actions, options: options)
        var trial = CrashTests.Trial(options: options, imageLimit: 4, crashesAgain: false)
        do {
            try trial.tryAll(history, &random)
        } catch {
            Issue.record("\(scenario.name), \(journal ? "with" : "without") a journal: \(error)")
        }
        #expect(trial.images > 20)
    }
}
