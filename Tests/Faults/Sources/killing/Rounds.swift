import BTreeStore
import Foundation
import TestSupport

/// The process that kills.
struct Rounds {
    private let rounds: Int
    private let seed: UInt64
    private let folder: String
    private static let readers = 4
    /// So many rounds go on with the same file.
    private static let roundsAFile = 25

    init(_ arguments: [String]) throws {
        rounds = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 20
        seed = arguments.count > 2 ? UInt64(arguments[2]) ?? 0 : UInt64.random(in: 1..<1_000_000)
        folder = arguments.count > 3 ? arguments[3] : FileManager.default.temporaryDirectory.path
        guard rounds > 0 else { throw Loss("usage: killing [ROUNDS [SEED [FOLDER]]]") }
    }

    func run() throws {
        var random = SeededGenerator(seed: seed)
        print("killing: \(rounds) rounds, seed \(seed)")
        fflush(nil)
        var acknowledged: UInt64 = 0
        var kept: UInt64 = 0
        var done = 0
        while done < rounds {
            let count = min(Self.roundsAFile, rounds - done)
            let file = try KilledFile(folder: folder, readers: Self.readers, &random)
            for _ in 0..<count {
                do { try file.round(&random) } catch {
                    throw Loss("round \(done + 1), seed \(seed), \(file.path) is left for you to look at: \(error)")
                }
                done += 1
            }
            acknowledged += file.acknowledged
            kept += file.unacknowledged
            try file.remove()
            print("\(done) rounds: \(acknowledged) commits acknowledged and found, \(kept) found that were not")
            fflush(nil)
        }
    }
}

/// A file that outlives its writers.
private final class KilledFile {
    let path: String
    private(set) var acknowledged: UInt64 = 0
    /// Commits that were on the disk, or in the page cache, when the process died before it could say so.
    private(set) var unacknowledged: UInt64 = 0
    private let writerArguments: [String]
    private let hasStates: Bool
    private let isEncrypted: Bool
    /// The same as an argument of processes.
    private let kind: String
    private var readers: [Process] = []
    private let readerCount: Int

    init(folder: String, readers: Int, _ random: inout SeededGenerator) throws {
        path = folder + "/pando-killed-\(ProcessInfo.processInfo.processIdentifier)-\(random.below(1 << 30)).pando"
        readerCount = readers
        var options = StoreOptions()
        options.pageSize = [512, 1024, 4096][random.below(3)]
        // With the lowest limits transactions write their pages before they commit.
        options.dirtyByteLimit = [64 << 20, 64 << 20, 4096, 0][random.below(4)]
        options.formatVersion = random.below(3) == 0 ? 1 : 2
        isEncrypted = options.pageSize == 4096 && options.formatVersion > 1 && random.below(2) == 0
        kind = isEncrypted ? "encrypted" : "plain"
        if isEncrypted { try options.encrypt() }
        writerArguments = ["writer", path, "\(options.pageSize)", "\(options.dirtyByteLimit)", "\(options.formatVersion)", kind]
        hasStates = options.formatVersion > 1
        // So that readers find a file.
        try Store.open(path, options: options).close()
    }

    func round(_ random: inout SeededGenerator) throws {
        while readers.count < readerCount { readers.append(try start(["reader", path, kind])) }
        let output = Pipe()
        let writer = try start(writerArguments, output)
        // In one round of four it is killed while it opens the file, or whenever that moment comes.
        if random.below(4) > 0 { _ = try output.fileHandleForReading.read(upToCount: 5) }
        usleep(UInt32(random.below(250_000)))
        guard writer.isRunning else { throw Loss("the writer ended by itself") }
        kill(writer.processIdentifier, SIGKILL)
        writer.waitUntilExit()
        for reader in readers where !reader.isRunning { throw Loss("a reader ended by itself") }
        if random.below(5) == 0 {
            let victim = readers.remove(at: random.below(readers.count))
            kill(victim.processIdentifier, SIGKILL)
            victim.waitUntilExit()
        }
        try verify(random.below(2) == 0)
    }

    private func verify(_ looksFirst: Bool) throws {
        var options = StoreOptions()
        if isEncrypted { try options.encrypt() }
        let writing = options
        options.readOnly = true
        var numbers: [UInt64]?
        if looksFirst { numbers = try verify(Store.open(path, options: options)) }
        let store = try Store.open(path, options: writing)
        let found = try verify(store)
        let noted = try Acknowledgements(path + ".acknowledged")
        if hasStates { try NamedCopies.verify(store, noted) }
        if let numbers, numbers != found { throw Loss("opening for writing found another state than opening for reading") }
        try store.close()
        acknowledged = 0
        for (thread, number) in found.enumerated() {
            let told = noted.number(thread: thread)
            guard number >= told else { throw Loss("thread \(thread) was told that \(told) are on the disk; \(number) are") }
            guard number <= told + 1 else { throw Loss("thread \(thread) has \(number) transactions, and waited for \(told + 1)") }
            acknowledged += told
            unacknowledged += number - told
            // The next writer goes on from what was found.
            noted.note(number, thread: thread)
        }
    }

    private func verify(_ store: Store) throws -> [UInt64] {
        let report = try store.check()
        guard report.isClean else { throw Loss("\(report.problems.prefix(5))") }
        let snapshot = try store.snapshot()
        return try (0..<Load.threads).map { try Load(thread: $0).look(at: snapshot) }
    }

    deinit {
        for reader in readers {
            kill(reader.processIdentifier, SIGKILL)
            reader.waitUntilExit()
        }
    }

    func remove() throws {
        for name in [path, path + ".acknowledged"] where FileManager.default.fileExists(atPath: name) {
            try FileManager.default.removeItem(atPath: name)
        }
    }

    private func start(_ arguments: [String], _ output: Pipe? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = arguments
        if let output { process.standardOutput = output }
        try process.run()
        return process
    }
}
