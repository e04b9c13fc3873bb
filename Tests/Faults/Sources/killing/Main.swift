import BTreeStore
import Foundation
import TestSupport

/// Kills a process that writes, again and again, and looks whether anything that was acknowledged is missing.
///
///     killing [ROUNDS [SEED [FOLDER]]]
///
/// A round: a process with 8 threads commits without pause while another of its threads gives states names, takes them and compacts the file,
/// and 4 other processes read; it is killed at a random moment, maybe while it opens the file; the file is opened and checked, and must have
/// what was acknowledged. The readers live on through several rounds; some of them are killed too. Every third file is of format 1, which has
/// no states. Half of the others with pages of 4 KiB are encrypted, and whoever reads them has memory for few decrypted pages.
@main struct Killing {
    static func main() {
        let arguments = CommandLine.arguments
        do {
            switch arguments.count > 1 ? arguments[1] : "" {
            case "writer": try Writer(arguments).run()
            case "reader": try readForever(arguments[2], isEncrypted: arguments[3] == "encrypted")
            default: try Rounds(arguments).run()
            }
        } catch {
            print("\(arguments.dropFirst().first ?? ""): \(error)")
            exit(1)
        }
    }
}

/// The process that is killed.
private struct Writer {
    let path: String
    let options: StoreOptions

    init(_ arguments: [String]) throws {
        guard arguments.count == 7, let pageSize = Int(arguments[3]), let dirtyByteLimit = Int(arguments[4]),
            let version = UInt32(arguments[5])
        else {
            throw Loss("usage: writer FILE PAGE-SIZE DIRTY-BYTES FORMAT plain|encrypted")
        }
        path = arguments[2]
        var options = StoreOptions()
        options.pageSize = pageSize
        options.dirtyByteLimit = dirtyByteLimit
        options.formatVersion = version
        if arguments[6] == "encrypted" { try options.encrypt() }
        self.options = options
    }

    func run() throws {
        let store = try Store.open(path, options: options)
        let acknowledgements = try Acknowledgements(path + ".acknowledged")
        let snapshot = try store.snapshot()
        let counts = try (0..<Load.threads).map { try Load(thread: $0).look(at: snapshot) }
        for thread in 0..<Load.threads {
            Thread.detachNewThread {
                do {
                    var number = counts[thread]
                    while true {
                        number += 1
                        try Load(thread: thread).commit(number, to: store)
                        acknowledgements.note(number, thread: thread)
                    }
                } catch {
                    print("writer: \(error)")
                    exit(1)
                }
            }
        }
        let hasStates = options.formatVersion > 1
        Thread.detachNewThread {
            do {
                var random = SystemRandomNumberGenerator()
                while true {
                    usleep(.random(in: 1000..<60_000, using: &random))
                    if Int.random(in: 0..<8, using: &random) == 0 {
                        try store.compact()
                    } else if hasStates {
                        try NamedCopies.goOn(store, acknowledgements, &random)
                    }
                }
            } catch {
                print("writer: \(error)")
                exit(1)
            }
        }
        print("ready")
        fflush(nil)
        while true { pause() }
    }
}

/// Each state that it sees is whole, and none older than one seen before.
private func readForever(_ path: String, isEncrypted: Bool) throws {
    var options = StoreOptions()
    options.readOnly = true
    if isEncrypted { try options.encrypt() }
    let store = try Store.open(path, options: options)
    var random = SystemRandomNumberGenerator()
    var seen = [UInt64](repeating: 0, count: Load.threads)
    while true {
        let snapshot = try store.snapshot()
        for _ in 0..<3 {
            let thread = Int.random(in: 0..<Load.threads, using: &random)
            let number = try Load(thread: thread).look(at: snapshot)
            guard number >= seen[thread] else { throw Loss("thread \(thread) had \(seen[thread]) transactions, now \(number)") }
            seen[thread] = number
        }
    }
}

extension StoreOptions {
    /// With a key that every process knows, and memory for few decrypted pages, so that they are given up all the time.
    mutating func encrypt() throws {
        try encrypt(with: [UInt8](repeating: 7, count: 32), name: "killing")
        decryptedByteLimit = 64 << 10
    }
}
