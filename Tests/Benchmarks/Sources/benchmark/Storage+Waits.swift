import BTreeStore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

// How long writers wait: for pages that are written, for others' transactions, for free space in small pieces, for what snapshots hold.
extension StorageBenchmark {
    /// Records of random keys in transactions of 1,000, softly: ten times the memory for changed pages. The longest transaction counts.
    mutating func loadLong() throws {
        let store = try open(freshPath("tmp"))
        var stream = Stream(seed: 57)
        var scratch = Scratch(work)
        var each: [Double] = []
        var byteCount = 0
        measurement.start()
        while byteCount < 10 * options.dirtyByteLimit {
            let before = now()
            var transaction = try store.beginWrite()
            for _ in 0..<1000 {
                let key = randomKey(&stream)
                scratch.makeValue(stream.next(below: Work.count), revision: 0)
                byteCount += key.count + scratch.value.count
                _ = try transaction.put(key.span, scratch.value)
            }
            try transaction.commit(.soft)
            each.append(now() - before)
        }
        measurement.stop()
        try reportWaits(each, store)
    }

    /// Durable transactions of one put beside a thread that holds a transaction for 5 s of every 10, for 40 s: how long `commit` takes
    /// once the transaction is applied. Its time behind the other transaction is not in it.
    mutating func hardBeside() throws {
        let store = try openCopy()
        let end = now() + 40
        let holder = Thread {
            var number = 0
            while now() < end {
                var transaction = try store.beginWrite()
                _ = try transaction.put([1, UInt8(truncatingIfNeeded: number)].span, [1].span)
                pause(milliseconds: 5000)
                try transaction.commit(.soft)
                number += 1
                pause(milliseconds: 5000)
            }
        }
        var stream = Stream(seed: 58)
        var scratch = Scratch(work)
        var each: [Double] = []
        measurement.start()
        while now() < end {
            scratch.makeKey(stream.next(below: Work.count))
            scratch.makeValue(0, revision: 6)
            var transaction = try store.beginWrite()
            _ = try transaction.put(scratch.key, scratch.value)
            let before = now()
            try transaction.commit(.hard)
            each.append(now() - before)
        }
        measurement.stop()
        try holder.join()
        try reportWaits(each, store)
    }

    /// Values of 20 KiB, each in a durable transaction, into a file of half a million pages of 512 bytes of which half are free, each alone.
    mutating func putsIntoPieces(inPieces: Bool) throws {
        options.pageSize = 512
        let store = try open(freshPath("tmp"))
        // Each record has a leaf of its own, so that every other one leaves a page between two others.
        let filler = [UInt8](repeating: 7, count: 300)
        let count = 500_000
        for start in stride(from: 0, to: count, by: 10_000) {
            var transaction = try store.beginWrite()
            for number in start..<start + 10_000 { _ = try transaction.append(numberedKey(number).span, filler.span) }
            try transaction.commit(.none)
        }
        try store.sync()
        if inPieces {
            for start in stride(from: 0, to: count, by: 10_000) {
                var transaction = try store.beginWrite()
                for number in stride(from: start, to: start + 10_000, by: 2) { _ = try transaction.delete(numberedKey(number).span) }
                try transaction.commit(.none)
            }
            for _ in 0..<3 { try store.sync() }
        }
        let value = [UInt8](repeating: 9, count: 20 << 10)
        var each: [Double] = []
        measurement.start()
        for number in 0..<200 {
            let before = now()
            var transaction = try store.beginWrite()
            _ = try transaction.put(numberedKey(count + number).span, value.span)
            try transaction.commit(.hard)
            each.append(now() - before)
        }
        measurement.stop()
        try reportWaits(each, store)
    }

    /// Transactions of one put beside a snapshot that is held while 60,000 pages were replaced, and readers that come and go.
    mutating func putsBesideHeld(isHeld: Bool) throws {
        options.dirtyByteLimit = 1 << 30
        let store = try openCopy()
        var scratch = Scratch(work)
        var stream = Stream(seed: 59)
        let held = isHeld ? try store.snapshot() : nil
        for _ in 0..<60 {
            var transaction = try store.beginWrite()
            for _ in 0..<1000 {
                scratch.makeKey(stream.next(below: Work.count))
                scratch.makeValue(0, revision: 7)
                _ = try transaction.put(scratch.key, scratch.value)
            }
            try transaction.commit(.none)
        }
        let isOver = Flag()
        let reader = Thread {
            while !isOver.isRaised {
                _ = try store.snapshot().count()
                pause(milliseconds: 1)
            }
        }
        var each: [Double] = []
        measurement.start()
        for _ in 0..<20_000 {
            scratch.makeKey(stream.next(below: Work.count))
            let before = now()
            var transaction = try store.beginWrite()
            _ = try transaction.put(scratch.key, scratch.value)
            try transaction.commit(.none)
            each.append(now() - before)
        }
        measurement.stop()
        isOver.raise()
        try reader.join()
        withExtendedLifetime(held) {}
        try reportWaits(each, store)
    }

    private func reportWaits(_ each: [Double], _ store: Store) throws {
        let sorted = each.sorted()
        let extra = [
            ("p50_us", fixed(sorted[sorted.count / 2] * 1e6, 1)), ("p99_us", fixed(sorted[sorted.count * 99 / 100] * 1e6, 1)),
            ("longest_us", fixed(sorted[sorted.count - 1] * 1e6, 1)),
        ]
        measurement.report(workload, operations: each.count, file: path("tmp"), extra: extra)
        try store.close()
    }

    private func randomKey(_ stream: inout Stream) -> [UInt8] {
        let (high, low) = (stream.next(), stream.next())
        return (0..<8).map { UInt8(truncatingIfNeeded: high >> UInt64(8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> UInt64(8 * $0)) }
    }

    private func numberedKey(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
}

private func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
