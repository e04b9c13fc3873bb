import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// States that have names: they stay as they were, whatever is written, until their names are dropped.
@Suite struct StateTests {
    private func fill(_ store: Store, seed: Int) throws {
        try store.write { for number in 0..<600 { try $0.put(key(number), filler(number % 50 == 0 ? 1200 : 40, seed: seed + number)) } }
    }

    @Test(arguments: [false, true]) func aStateStaysAsItWas(journal: Bool) throws {
        let file = try MemoryFile(isVolatile: false)
        let options = smallPages(journal: journal)
        var store = try Store.open(file, options: options)
        try fill(store, seed: 1)
        let first = try store.contents()
        let made = try store.createState("first")
        #expect(made.records == 600)
        try fill(store, seed: 2)
        try store.write { try $0.delete(KeyRange(lower: key(100), upper: key(500))) }
        let second = try store.documents()
        try store.createState("second")
        for round in 3..<9 { try fill(store, seed: round) }
        for isAgain in [false, true] {
            if isAgain {
                try store.close()
                store = try Store.open(file, options: options)
            }
            #expect(try store.states().map(\.name) == ["first", "second"])
            #expect(try store.states()[0] == made)
            #expect(try store.snapshot(of: "first").contents() == first)
            #expect(try store.snapshot(of: "second").contents().filter { $0.key.starts(with: bytes("key:")) } == second)
            try store.expectSound()
            #expect(try Store.open(file, options: readOnly()).check().problems == [])
            #expect(try Store.open(file, options: readOnly()).snapshot(of: "first").contents() == first)
        }
        var differences = try store.snapshot(of: "second").differences(from: store.snapshot(of: "first"))
        var count = 0
        while let difference = try differences.next() { count += difference.key.starts(with: bytes("key:")) ? 1 : 0 }
        #expect(count == 600)
        try store.compact()
        #expect(try store.snapshot(of: "first").contents() == first)
        try store.expectSound()
    }

    /// What a state alone had is free again soon after its name is dropped, and a snapshot of it keeps it until then.
    @Test func droppingAStateFreesWhatItHad() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try fill(store, seed: 1)
        let contents = try store.contents()
        try store.createState("old")
        for round in 2..<5 { try fill(store, seed: round) }
        let held = try store.statistics(waits: true)
        #expect(held.pinnedPages > 200)
        #expect(held.pins.contains { $0.holder == .state("old") && $0.pages > 100 })
        var snapshot: Snapshot? = try store.snapshot(of: "old")
        try store.dropState("old")
        #expect(try store.states().isEmpty)
        for round in 5..<8 { try fill(store, seed: round) }
        #expect(try snapshot?.contents() == contents)
        snapshot = nil
        for round in 8..<11 { try fill(store, seed: round) }
        let after = try store.statistics(waits: true)
        #expect(after.pins.allSatisfy { $0.holder == .durableState })
        #expect(after.pages <= held.pages + held.pages / 2)
        try store.expectSound()
    }

    @Test func whatCantBe() throws {
        let store = try Store.open(MemoryFile(isVolatile: false), options: smallPages())
        try store.createState("a")
        expectError {
            try store.createState("a")
        } matches: {
            $0 == .stateExists(name: "a")
        }
        expectError {
            try store.dropState("b")
        } matches: {
            $0 == .stateNotFound(name: "b")
        }
        expectError {
            _ = try store.snapshot(of: "b")
        } matches: {
            $0 == .stateNotFound(name: "b")
        }
        for name in ["", "a b", "ä", String(repeating: "x", count: 65), "a/b"] {
            expectError {
                try store.createState(name)
            } matches: {
                if case .stateRefused = $0 { true } else { false }
            }
        }
        try store.createState(String(repeating: "x", count: 64))
        try store.write { try $0.put(key(1), [1]) }
        #expect(try store.states().count == 2)
        expectError {
            try Store.inMemory().createState("a")
        } matches: {
            if case .stateRefused = $0 { true } else { false }
        }
        var options = smallPages()
        options.formatVersion = 1
        let old = try Store.open(MemoryFile(isVolatile: false), options: options)
        expectError {
            try old.createState("a")
        } matches: {
            if case .stateRefused = $0 { true } else { false }
        }
        #expect(try old.states().isEmpty)
        try store.expectSound()
    }

    /// A reader in another process has found a state. That its name is dropped, and its pages would be used again, is nothing to it.
    @Test func aReaderElsewhereKeepsAState() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try fill(store, seed: 1)
        let contents = try store.contents()
        try store.createState("old")
        for round in 2..<4 { try fill(store, seed: round) }
        let reader = try Store.open(file, options: readOnly())
        var snapshot: Snapshot? = try reader.snapshot(of: "old")
        try store.dropState("old")
        for round in 4..<8 { try fill(store, seed: round) }
        #expect(try snapshot?.contents() == contents)
        #expect(throws: StoreError.self) { _ = try reader.snapshot(of: "old") }
        snapshot = nil
        for round in 8..<11 { try fill(store, seed: round) }
        #expect(try store.statistics(waits: true).pins.allSatisfy { $0.holder == .durableState })
        try store.expectSound()
    }

    /// A backup has the states too, also when the file is read in another process and a name is in its journal only.
    @Test(arguments: [false, true]) func aBackupHasTheStates(elsewhere: Bool) throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages(journal: true))
        try fill(store, seed: 1)
        let first = try store.contents()
        try store.createState("first")
        try fill(store, seed: 2)
        try store.createState("second")
        let second = try store.snapshot(of: "second").contents()
        let source = elsewhere ? try Store.open(file, options: readOnly()) : store
        let copy = try MemoryFile(isVolatile: false)
        _ = try source.backup(into: copy)
        for options in [readOnly(), smallPages(journal: true)] {
            let restored = try Store.open(copy, options: options)
            try restored.expectSound()
            #expect(try restored.snapshot(of: "first").contents() == first)
            #expect(try restored.snapshot(of: "second").contents() == second)
            if options.readOnly { continue }
            for round in 3..<8 { try fill(restored, seed: round) }
            #expect(try restored.snapshot(of: "first").contents() == first)
            #expect(try restored.snapshot(of: "second").contents() == second)
            try restored.dropState("second")
            for round in 8..<12 { try fill(restored, seed: round) }
            #expect(try restored.snapshot(of: "first").contents() == first)
            try restored.expectSound()
        }
    }

    /// A file of format 1 becomes one of format 2 in place.
    @Test func anOldFileIsUpgraded() throws {
        let file = try MemoryFile(isVolatile: false)
        var options = smallPages(journal: true)
        options.formatVersion = 1
        var store = try Store.open(file, options: options)
        try fill(store, seed: 1)
        let contents = try store.contents()
        #expect(try store.statistics().formatVersion == 1)
        try store.close()
        options.formatVersion = 2
        store = try Store.open(file, options: options)
        #expect(try store.statistics().formatVersion == 1)
        try store.upgradeFormat()
        #expect(try MetaPages(file).good.map(\.meta.version) == [2, 2])
        #expect(try store.contents() == contents)
        try store.createState("now")
        try fill(store, seed: 2)
        try store.close()
        store = try Store.open(file, options: options)
        #expect(try store.snapshot(of: "now").contents() == contents)
        try store.expectSound()
    }

    /// Whatever a crash leaves of an upgrade is a file of one format or the other.
    @Test func aCrashDuringAnUpgrade() throws {
        let file = try RecordingFile()
        var options = smallPages()
        options.formatVersion = 1
        let store = try Store.open(file, options: options)
        try fill(store, seed: 1)
        let contents = try store.contents()
        let before = file.steps.count
        try store.upgradeFormat()
        try store.createState("now")
        let steps = file.steps
        for count in before...steps.count {
            for kept in [0, 1, 2] {
                let crashed = try RecordingFile(crashing: steps, at: count) { kept == 2 || $0.isMultiple(of: 2) == (kept == 1) ? $1 : 0 }
                let store = try Store.open(crashed, options: options)
                #expect(try store.documents() == contents)
                for state in try store.states() { #expect(try store.snapshot(of: state.name).contents() == contents) }
                try store.expectSound()
            }
        }
    }

    /// A later release's features are refused by name, and so is encryption by an algorithm that isn't known.
    @Test(arguments: [(172, 2), (184, 2), (188, 1)]) func featuresThatAreNotKnown(offset: Int, value: UInt8) throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try fill(store, seed: 1)
        try store.close()
        for place in [0, 512] {
            var bytes = try readBytes(file, at: UInt64(place), count: 256)
            bytes[offset] = value
            unsafe bytes.withUnsafeMutableBytes { buffer in
                let base = unsafe buffer.baseAddress.unsafelyUnwrapped
                unsafe base.store64(checksum(UnsafeRawPointer(base), 248), 248)
            }
            try writeBytes(bytes, file, at: UInt64(place))
        }
        expectError {
            _ = try Store.open(file, options: smallPages())
        } matches: {
            if case .newerFeatures = $0 { true } else { false }
        }
        // What is needed for writing only is no hindrance for reading.
        if offset == 188 {
            #expect(try Store.open(file, options: readOnly()).snapshot().count() == 600)
        } else {
            expectError {
                _ = try Store.open(file, options: readOnly())
            } matches: {
                if case .newerFeatures = $0 { true } else { false }
            }
        }
    }

    /// A made-up record is an error of who reads that state, and of nobody else.
    @Test func aMadeUpState() throws {
        let store = try Store.open(MemoryFile(isVolatile: false), options: smallPages())
        try fill(store, seed: 1)
        try store.createState("a")
        var value = try #require(try store.snapshot().get(bytes("__local__:states:a").span)).copy()
        let page = value[16]
        value[21] = 0x7F
        try store.write { try $0.put(bytes("__local__:states:a"), value) }
        expectError {
            _ = try store.snapshot(of: "a")
        } matches: {
            if case .damaged = $0 { true } else { false }
        }
        value[21] = 0
        value[16] = page ^ 1
        try store.write { try $0.put(bytes("__local__:states:a"), value) }
        expectError {
            _ = try store.snapshot(of: "a").contents()
        } matches: {
            if case .damaged = $0 { true } else { false }
        }
        #expect(try !store.check().isClean)
        #expect(try store.documents().count == 600)
    }
}
