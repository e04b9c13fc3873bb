import Synchronization
import TestSupport

@testable import BTreeStore

/// What happens to a store, step by step, told so that crashes can be tried at every write and sync of it.
enum CrashAction: Sendable {
    /// A transaction that is on the disk when it returns.
    case commit([CrashChange])
    /// A transaction that the next flush takes along.
    case apply([CrashChange])
    /// A transaction that is on the disk when it returns; while it waits for the disk the others are applied.
    case commitBeside([CrashChange], others: [[CrashChange]])
    case sync
    /// The file is made as small as it can be.
    case compact
    /// So many threads, each committing so many small transactions: some ride on the same flush.
    case group(threads: Int, commits: Int)
    /// A snapshot is begun and held.
    case hold
    case release
    /// Closed and opened again.
    case reopen
    /// The process dies; what it wrote stays in the page cache. Another opens the file.
    case kill
    /// The process dies when a commit has done so many steps.
    case killDuring([CrashChange], steps: Int)
}

enum CrashChange: Sendable {
    case put([Int], bytes: Int)
    case delete([Int])
    case deleteRange(Range<Int>)

    static func put(_ keys: Range<Int>, bytes: Int) -> Self { .put(Array(keys), bytes: bytes) }
}

/// What a store holds: for each key's number the one that its value follows from, and the value's length.
typealias CrashModel = [Int: CrashValue]

struct CrashValue: Hashable, Sendable {
    var number: Int
    var byteCount: Int

    var bytes: [UInt8] {
        let name = Array("\(number),\(byteCount):".utf8)
        // Many are made, so this is quick; a page of them is told from others by their names.
        return name + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: max(0, byteCount - name.count))
    }

    /// Reads what `bytes` made: nil if it is anything else.
    init?(_ bytes: [UInt8]) {
        let parts = bytes.prefix { $0 != 0x3A }.split(separator: 0x2C)
        guard parts.count == 2, let number = Int(String(decoding: parts[0], as: UTF8.self)),
            let byteCount = Int(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        self.init(number: number, byteCount: byteCount)
        guard self.bytes == bytes else { return nil }
    }

    init(number: Int, byteCount: Int) {
        self.number = number
        self.byteCount = byteCount
    }
}

/// Plays a scenario on a recorded file, and notes which states a crash at which step may lead to.
final class CrashHistory: Sendable {
    /// A crash after `from` steps or later, and before `until`, may lead to it.
    struct State {
        var model: CrashModel
        var from: Int
        var until = Int.max
    }

    private struct Progress {
        var states: [State]
        var lastNumber = 0
    }

    let file: RecordingFile
    let options: StoreOptions
    /// The step from which on there is a store.
    let first: Int
    private let progress: Mutex<Progress>

    /// Plays the actions one after the other.
    init(_ actions: [CrashAction], options: StoreOptions, image: [UInt8]? = nil) throws {
        self.options = options
        file = try image.map { try RecordingFile($0) } ?? RecordingFile()
        var store = try Store.open(file, options: options)
        first = image == nil ? file.steps.count : 0
        progress = Mutex(Progress(states: [State(model: try store.snapshot().crashModel(), from: 0)]))
        var held: Snapshot?
        for action in actions {
            switch action {
            case .commit(let changes): try commit(store, .hard) { try self.change(&$0, &$1, changes) }
            case .apply(let changes): try commit(store, .none) { try self.change(&$0, &$1, changes) }
            case .commitBeside(let changes, let others): try commitBeside(store, changes, others)
            case .sync:
                let newest = newestState
                try store.sync()
                acknowledge(newest)
            case .compact:
                let newest = newestState
                try store.compact()
                // It says so in the file at the latest when there is anything to do.
                try store.sync()
                acknowledge(newest)
            case .group(let threads, let commits): try group(store, threads, commits)
            case .hold: held = try store.snapshot()
            case .release: held = nil
            case .reopen:
                let newest = newestState
                try store.close()
                acknowledge(newest)
                store = try Store.open(file, options: options)
            case .kill: try reopenAfterKill(&store)
            case .killDuring(let changes, let steps):
                file.refuse(after: steps, with: .closed)
                // Whether the commit got through is for the next opening to find out.
                try? commit(store, .hard) { try self.change(&$0, &$1, changes) }
                try reopenAfterKill(&store)
            }
        }
        withExtendedLifetime(held) {}
        held = nil
        let newest = newestState
        try store.close()
        acknowledge(newest)
    }

    var states: [State] { progress.withLock { $0.states } }
    private var newestState: Int { progress.withLock { $0.states.count - 1 } }

    /// From now on a crash leads to this state or a later one.
    private func acknowledge(_ index: Int) {
        let now = file.steps.count
        progress.withLock { for earlier in 0..<index { $0.states[earlier].until = min($0.states[earlier].until, now) } }
    }

    /// - Parameter body: changes the store and the model alike. It runs while no other transaction does.
    private func commit(
        _ store: Store, _ durability: Durability, _ body: (inout WriteTransaction, inout CrashModel) throws -> Void
    ) throws {
        var transaction = try store.beginWrite()
        var model = progress.withLock { $0.states[$0.states.count - 1].model }
        try body(&transaction, &model)
        // From when it is applied on, a flush of another thread may take it along.
        let state = State(model: model, from: file.steps.count)
        let index = progress.withLock {
            $0.states.append(state)
            return $0.states.count - 1
        }
        try transaction.commit(durability)
        if durability == .hard { acknowledge(index) }
    }

    private func commitBeside(_ store: Store, _ changes: [CrashChange], _ others: [[CrashChange]]) throws {
        let result = Guarded<Result<Void, any Error>?>(nil)
        file.atNextSync {
            let applied = Result {
                for changes in others { try self.commit(store, .none) { try self.change(&$0, &$1, changes) } }
            }
            result.withLock { $0 = applied }
        }
        try commit(store, .hard) { try self.change(&$0, &$1, changes) }
        try require(result.withLock { $0 } != nil, "the commit waited for no sync")
        try result.withLock { $0 }?.get()
    }

    private func change(_ transaction: inout WriteTransaction, _ model: inout CrashModel, _ changes: [CrashChange]) throws {
        for change in changes {
            switch change {
            case .put(let keys, let byteCount):
                for number in keys { try put(&transaction, &model, number, byteCount: byteCount) }
            case .delete(let keys):
                for number in keys {
                    try transaction.delete(key(number))
                    model[number] = nil
                }
            case .deleteRange(let range):
                try transaction.delete(KeyRange(lower: key(range.lowerBound), upper: key(range.upperBound)))
                for number in model.keys where range.contains(number) { model[number] = nil }
            }
        }
    }

    private func put(_ transaction: inout WriteTransaction, _ model: inout CrashModel, _ number: Int, byteCount: Int) throws {
        let value = CrashValue(
            number: progress.withLock {
                $0.lastNumber += 1
                return $0.lastNumber
            }, byteCount: byteCount)
        try transaction.put(key(number), value.bytes)
        model[number] = value
    }

    private func group(_ store: Store, _ threads: Int, _ commits: Int) throws {
        let running = (0..<threads).map { thread in
            TestThread {
                for round in 0..<commits {
                    try self.commit(store, .hard) { try self.put(&$0, &$1, 1000 * thread + round % 3, byteCount: 30) }
                }
            }
        }
        for thread in running { try thread.join() }
    }

    /// The store is lost as by a process that is killed: nothing it does any more reaches the file.
    private func reopenAfterKill(_ store: inout Store) throws {
        file.refuse(after: 0, with: .closed)
        try? store.close()
        file.allowAll()
        store = try Store.open(file, options: options)
        let found = try store.snapshot().crashModel()
        let now = file.steps.count
        let isKnown = progress.withLock {
            guard let index = $0.states.lastIndex(where: { $0.model == found && $0.until == .max }) else { return false }
            // What was found is what a crash leads to from now on.
            for other in $0.states.indices where other != index { $0.states[other].until = min($0.states[other].until, now) }
            $0.states.append(State(model: found, from: now))
            return true
        }
        try require(isKnown, "after a kill the state was none that was committed, or too old")
    }
}

extension Snapshot {
    /// What it holds; every value as it was put.
    func crashModel() throws -> CrashModel {
        var model: CrashModel = [:]
        var cursor = try cursor()
        while try cursor.next() {
            let value = try CrashValue(cursor.value.copy())
            try require(value != nil, "a value is not as it was put")
            model[Int(String(decoding: cursor.keyCopy.suffix(8), as: UTF8.self)) ?? -1] = value
        }
        return model
    }
}
