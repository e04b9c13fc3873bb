import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Random operations on a store, each also done on a model, with the two compared all along.
///
/// Keys come from a fixed, sorted universe and values follow from a number, so the model is an array of numbers: it can be
/// kept for each open snapshot, and costs next to nothing.
struct Simulation {
    struct Settings {
        var pageSize = 512
        var keyCount = 3000
        var dirtyByteLimit = 64 << 10
        /// Of 1,000 values, how many are larger than a page.
        var largeValues = 20
        var snapshotLimit = 6
        /// How many states may have a name.
        var namedLimit = 0
        var reopens = true
        var checksAlways = false
    }

    /// For each key the number that its value follows from: 0 for no record.
    typealias Model = [UInt32]

    private struct Open {
        var snapshot: Snapshot
        var model: Model
    }

    let settings: Settings
    let keys: [[UInt8]]
    private(set) var operations = 0
    private var random: SeededGenerator
    private var model: Model
    private var snapshots: [Open] = []
    /// What the states that have a name hold.
    private var named: [String: Model] = [:]
    private var lastValue: UInt32 = 0
    /// Of values, by the numbers that they follow from.
    private var hashes: [UInt32: UInt64] = [:]
    private let openFile: () throws -> Store
    private(set) var store: Store
    /// All keys of the universe. Where states have names, the file has other keys behind them.
    private let whole: KeyRange

    /// - Parameter open: opens the same file each time.
    init(seed: UInt64, settings: Settings = Settings(), open: @escaping () throws -> Store) throws {
        self.settings = settings
        openFile = open
        random = SeededGenerator(seed: seed)
        let prefix: [UInt8] = settings.namedLimit > 0 ? [1] : []
        whole = prefix.isEmpty ? .all : .prefix(prefix)
        let limit = Page.maximumKeyLength(pageSize: settings.pageSize) - prefix.count
        keys = Self.universe(settings.keyCount, limit: limit, &random).map { prefix + $0 }
        model = Model(repeating: 0, count: keys.count)
        store = try open()
    }

    /// Keys of every kind: long common prefixes, prefixes of each other, zero and 0xFF bytes, the empty one, the longest.
    private static func universe(_ count: Int, limit: Int, _ random: inout SeededGenerator) -> [[UInt8]] {
        var list: [[UInt8]] = [[], [0], [0, 0], [0xFF], [UInt8](repeating: 0xFF, count: limit)]
        var keys = Set(list)
        let prefixes = (0..<6).map { index in
            (0..<min(limit - 8, 20 * index)).map { _ in UInt8(truncatingIfNeeded: random.below(4) + 0x60) }
        }
        while keys.count < count {
            var key = prefixes[random.below(prefixes.count)]
            for _ in 0..<random.below(8) { key.append([0, 1, 0x61, 0x62, 0x63, 0x7F, 0xFE, 0xFF][random.below(8)]) }
            if random.below(100) == 0 { while key.count < limit { key.append(UInt8(truncatingIfNeeded: random.below(3))) } }
            if random.below(50) == 0 { key = list[random.below(list.count)] + [0] }
            if key.count <= limit && keys.insert(key).inserted { list.append(key) }
        }
        return keys.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The value that follows from a number.
    func value(_ number: UInt32) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(number))
        let kind = generator.below(1000)
        let length =
            kind < settings.largeValues
            ? settings.pageSize / 2 + generator.below(4 * settings.pageSize)
            : kind < 100 ? generator.below(settings.pageSize / 2) : generator.below(40)
        let word = generator.next()
        return (0..<length).map { UInt8(truncatingIfNeeded: word &>> UInt64(8 * ($0 & 7))) &+ UInt8(truncatingIfNeeded: $0 >> 3) }
    }

    // MARK: Running

    /// Runs transactions until at least so many operations were done.
    mutating func run(operations limit: Int) throws {
        while operations < limit {
            try transaction()
            if settings.checksAlways { try check() }
            switch random.below(20) {
            case 0..<6: try look(store.snapshot(), model)
            case 6..<10 where snapshots.count < settings.snapshotLimit:
                snapshots.append(Open(snapshot: try store.snapshot(), model: model))
            case 10..<15 where !snapshots.isEmpty:
                let index = random.below(snapshots.count)
                try look(snapshots[index].snapshot, snapshots[index].model)
                if random.below(2) == 0 { snapshots.remove(at: index) }
            case 15: try store.sync()
            case 16 where random.below(4) == 0: try reopen()
            case 17 where random.below(4) == 0: try check()
            case 18 where random.below(4) == 0: try compact()
            case 19 where settings.namedLimit > 0: try nameStates()
            default: break
            }
        }
        try check()
        try reopen()
        try compareAll(store.snapshot(), model)
        try check()
        for open in snapshots { try compareAll(open.snapshot, open.model) }
        for (name, model) in named { try compareAll(store.snapshot(of: name), model) }
    }

    /// Gives the newest state a name, or takes one.
    private mutating func nameStates() throws {
        let names = named.keys.sorted()
        if names.count < settings.namedLimit, random.below(2) == 0 {
            let name = "state-\(operations)"
            guard named[name] == nil else { return }
            try store.createState(name)
            named[name] = model
        } else if !names.isEmpty {
            let name = names[random.below(names.count)]
            if random.below(2) == 0 { return try look(store.snapshot(of: name), named[name] ?? []) }
            try store.dropState(name)
            named[name] = nil
        }
    }

    func check() throws {
        let report = try store.check()
        try require(report.problems == [], "\(report.problems)")
        let other = try store.snapshot().count(LocalKeys.range)
        try require(report.records == UInt64(model.count { $0 != 0 }) + other)
        if settings.namedLimit > 0 { try require(store.states().map(\.name).sorted() == named.keys.sorted()) }
    }

    /// Whole, or stopped somewhere on the way; sometimes with transactions in between.
    private mutating func compact() throws {
        var left = random.below(3) == 0 ? random.below(6) : Int.max
        let isDisturbed = random.below(2) == 0
        var state = self
        var failure: (any Error)?
        try store.compact { _ in
            left -= 1
            do {
                if isDisturbed { try state.transaction() }
            } catch {
                failure = error
            }
            return left > 0 && failure == nil
        }
        self = state
        if let failure { throw failure }
        try require(store.snapshot().count(whole) == count(model, 0..<keys.count))
    }

    private mutating func reopen() throws {
        guard settings.reopens else { return }
        if random.below(2) == 0 { snapshots = [] }
        try store.close()
        store = try openFile()
        try check()
    }

    private mutating func transaction() throws {
        var working = model
        var transaction = try store.beginWrite()
        let length = random.below(4) == 0 ? 1 + random.below(400) : 1 + random.below(20)
        let isMostlyDeleting = random.below(3) == 0
        for _ in 0..<length {
            operations += 1
            switch random.below(100) {
            case 0..<(isMostlyDeleting ? 20 : 60):
                let index = random.below(keys.count)
                try put(&transaction, index, &working)
            case 60..<65 where !isMostlyDeleting:
                try putRun(&transaction, &working)
            case 65..<95:
                let index = random.below(keys.count)
                let existed = try transaction.delete(keys[index])
                try require(existed == (working[index] != 0))
                working[index] = 0
            case 95:
                let indices = randomIndices()
                let removed = try transaction.delete(range(indices))
                try require(removed == count(working, indices))
                for index in indices { working[index] = 0 }
            case 96:
                let snapshot = try transaction.snapshot()
                try look(snapshot, working)
                if snapshots.count < settings.snapshotLimit { snapshots.append(Open(snapshot: snapshot, model: working)) }
            default:
                let index = random.below(keys.count)
                let found = try transaction.get(keys[index])
                try require(found?.copy() == (working[index] == 0 ? nil : value(working[index])))
            }
        }
        try require(transaction.count(whole) == UInt64(working.count { $0 != 0 }))
        switch random.below(10) {
        case 0: transaction.rollback()
        case 1: break  // lost
        default:
            try transaction.commit([.hard, .soft, .none, .none][random.below(4)])
            model = working
        }
    }

    /// Puts a run of neighbours, up or down, and now and then something else between them.
    private mutating func putRun(_ transaction: inout WriteTransaction, _ working: inout Model) throws {
        let start = random.below(keys.count)
        let count = min(random.below(random.below(4) == 0 ? 400 : 40), keys.count - start)
        let isAscending = random.below(4) != 0
        operations += count
        for offset in 0..<count {
            try put(&transaction, isAscending ? start + offset : start + count - 1 - offset, &working)
            switch random.below(160) {
            case 0: try put(&transaction, random.below(keys.count), &working)
            case 1:
                let index = random.below(keys.count)
                let existed = try transaction.delete(keys[index])
                try require(existed == (working[index] != 0))
                working[index] = 0
            case 2:
                let indices = start + offset..<min(keys.count, start + offset + random.below(60))
                let removed = try transaction.delete(range(indices))
                try require(removed == self.count(working, indices))
                for index in indices { working[index] = 0 }
            case 3: try look(transaction.snapshot(), working)
            default: break
            }
        }
    }

    private mutating func put(_ transaction: inout WriteTransaction, _ index: Int, _ working: inout Model) throws {
        lastValue += 1
        let isNew = try transaction.put(keys[index], value(lastValue))
        try require(isNew == (working[index] == 0))
        working[index] = lastValue
    }

    // MARK: Comparing

    private mutating func randomIndices() -> Range<Int> {
        let length = [3, 30, 300, keys.count][random.below(4)]
        let start = random.below(keys.count)
        return start..<min(keys.count, start + random.below(length + 1))
    }

    /// A range of keys that holds these indices of the universe, with bounds of every kind.
    private mutating func range(_ indices: Range<Int>) -> KeyRange {
        var range = whole
        if indices.lowerBound > 0 || random.below(2) == 0 {
            range.lowerInclusive = indices.lowerBound == 0 || random.below(2) == 0
            range.lower = keys[range.lowerInclusive ? indices.lowerBound : indices.lowerBound - 1]
        }
        if indices.upperBound < keys.count || random.below(2) == 0 {
            range.upperInclusive = indices.upperBound == keys.count || (random.below(2) == 0 && indices.upperBound > 0)
            range.upper = keys[range.upperInclusive ? indices.upperBound - 1 : indices.upperBound]
        }
        return range
    }

    private func count(_ model: Model, _ indices: Range<Int>) -> UInt64 {
        UInt64(model[indices].count { $0 != 0 })
    }

    /// The digest of some records, by its definition.
    private mutating func digest(_ present: [Int], _ model: Model) -> RangeDigest {
        if hashes.count > 1 << 20 { hashes = [:] }
        var sum = RangeDigest.zero
        for index in present {
            let hash = hashes[model[index]] ?? withBytes(value(model[index])) { checksum($0) }
            hashes[model[index]] = hash
            sum += withBytes(keys[index]) { RangeDigest($0, valueHash: hash) }
        }
        return sum
    }

    /// Looks at a snapshot in one way or another.
    private mutating func look(_ snapshot: Snapshot, _ model: Model) throws {
        try require(snapshot.count(whole) == count(model, 0..<keys.count))
        for _ in 0..<5 {
            let index = random.below(keys.count)
            try require(snapshot.get(keys[index])?.copy() == (model[index] == 0 ? nil : value(model[index])))
            try require(snapshot.rank(of: keys[index]) == count(model, 0..<index))
        }
        let indices = randomIndices()
        let range = range(indices)
        let present = indices.filter { model[$0] != 0 }
        try require(snapshot.count(range) == UInt64(present.count))
        try require(snapshot.digest(range) == digest(present, model))
        let nth = random.below(present.count + 1)
        let found = try snapshot.nth(UInt64(nth), in: range)
        try require(found?.key == (nth < present.count ? keys[present[nth]] : nil))
        if nth < present.count { try require(found?.value.copy() == value(model[present[nth]])) }
        try walk(snapshot, model, range, indices)
    }

    /// Moves a cursor about.
    private mutating func walk(_ snapshot: Snapshot, _ model: Model, _ range: KeyRange, _ indices: Range<Int>) throws {
        let isReversed = random.below(2) == 0
        var cursor = try snapshot.cursor(range, reversed: isReversed)
        // What is still to come, in the cursor's direction.
        let all = isReversed ? indices.reversed().filter { model[$0] != 0 } : indices.filter { model[$0] != 0 }
        var rest = all[...]
        for _ in 0..<(random.below(4) == 0 ? 400 : 15) {
            switch random.below(20) {
            case 0:
                let target = random.below(keys.count)
                cursor.seek(to: keys[target])
                rest = all.drop { isReversed ? $0 > target : $0 < target }
            case 1:
                let count = random.below(20)
                try cursor.skip(UInt64(count))
                rest = rest.dropFirst(count)
            default:
                let moved = try cursor.next()
                try require(moved == !rest.isEmpty)
                guard let index = rest.popFirst() else { return }
                try require(cursor.isAt(keys[index]))
                try require(cursor.value.count == value(model[index]).count)
            }
        }
    }

    private func compareAll(_ snapshot: Snapshot, _ model: Model) throws {
        var cursor = try snapshot.cursor(whole)
        for index in keys.indices where model[index] != 0 {
            try require(cursor.next())
            try require(cursor.isAt(keys[index]))
            try require(cursor.value.copy() == value(model[index]))
        }
        try require(!cursor.next())
    }
}
