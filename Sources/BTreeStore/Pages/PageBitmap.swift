/// A set of pages, a bit each: 32 KiB for a gibibyte of 4 KiB pages.
struct PageBitmap: Equatable {
    private var words: [UInt64] = []
    /// How many pages are in it.
    private(set) var count: UInt64 = 0
    /// No word before this one has a bit.
    private var firstWord = 0

    mutating func insert(_ start: UInt64, _ length: UInt64) {
        let needed = Int((start + length + 63) / 64)
        if needed > words.count { words.append(contentsOf: repeatElement(0, count: needed - words.count)) }
        forEachWord(start, length) { words, index, mask in
            let added = mask & ~words[index]
            words[index] |= mask
            return added.nonzeroBitCount
        }
        firstWord = min(firstWord, Int(start / 64))
    }

    mutating func remove(_ start: UInt64, _ length: UInt64) {
        let end = min(start + length, UInt64(words.count) * 64)
        guard start < end else { return }
        forEachWord(start, end - start) { words, index, mask in
            let removed = mask & words[index]
            words[index] &= ~mask
            return -removed.nonzeroBitCount
        }
    }

    func contains(_ page: UInt64) -> Bool {
        page / 64 < UInt64(words.count) && words[Int(page / 64)] >> (page % 64) & 1 != 0
    }

    private mutating func forEachWord(_ start: UInt64, _ length: UInt64, _ body: (inout [UInt64], Int, UInt64) -> Int) {
        var page = start
        let end = start + length
        var change = 0
        while page < end {
            let bit = page % 64
            let bits = min(64 - bit, end - page)
            let low: UInt64 = bits == 64 ? ~0 : (1 << bits) - 1
            let mask = low << bit
            change += body(&words, Int(page / 64), mask)
            page += bits
        }
        count = UInt64(Int(count) + change)
    }

    /// The first run of pages at or after `start`, up to `end`: nil if there is none.
    func run(from start: UInt64, to end: UInt64 = .max) -> PageRun? {
        let limit = min(end, UInt64(words.count) * 64)
        let first = page(from: max(start, UInt64(firstWord) * 64), to: limit, isMember: true)
        guard first < limit else { return nil }
        return PageRun(start: first, count: page(from: first, to: limit, isMember: false) - first)
    }

    /// The first run of at least so many pages that begins at or after `start`.
    func run(from start: UInt64, atLeast count: UInt64) -> PageRun? {
        var start = start
        while let run = run(from: start) {
            if run.count >= count { return run }
            start = run.end
        }
        return nil
    }

    /// How many pages in a row, the last of them before `end`, are in the set.
    func count(before end: UInt64) -> UInt64 {
        var page = min(end, UInt64(words.count) * 64)
        guard page == end else { return 0 }
        while page > 0 {
            let bits = (page - 1) % 64 + 1
            let word = words[Int((page - 1) / 64)] << (64 - bits)
            let ones = min(bits, UInt64((~word).leadingZeroBitCount))
            page -= ones
            if ones < bits { break }
        }
        return end - page
    }

    /// The first page from `start` on that is in the set, or isn't; `limit` if there is none before.
    private func page(from start: UInt64, to limit: UInt64, isMember: Bool) -> UInt64 {
        guard start < limit else { return limit }
        var index = Int(start / 64)
        var word = (isMember ? words[index] : ~words[index]) & (~0 << (start % 64))
        while word == 0 {
            index += 1
            guard UInt64(index) * 64 < limit else { return limit }
            word = isMember ? words[index] : ~words[index]
        }
        return min(limit, UInt64(index) * 64 + UInt64(word.trailingZeroBitCount))
    }

    /// Remembers that what lies before the first run need not be searched again.
    mutating func skipEmptyWords() {
        while firstWord < words.count && words[firstWord] == 0 { firstWord += 1 }
    }

    /// Every run, in order.
    func forEachRun(_ body: (PageRun) -> Void) {
        var start: UInt64 = 0
        while let run = run(from: start) {
            body(run)
            start = run.start + run.count
        }
    }
}

/// Consecutive pages.
struct PageRun: Equatable {
    var start: UInt64
    var count: UInt64

    var end: UInt64 { start + count }
}
