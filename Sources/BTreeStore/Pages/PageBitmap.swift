/// A set of pages, a bit each: 32 KiB for a gibibyte of 4 KiB pages.
struct PageBitmap: Equatable {
    private var words: [UInt64] = []
    /// How many pages are in it.
    private(set) var count: PageCount = 0
    /// No word before this one has a bit.
    private var firstWord = 0

    mutating func insert(_ run: PageRun) {
        let needed = Int((run.end.rawValue + 63) / 64)
        if needed > words.count { words.append(contentsOf: repeatElement(0, count: needed - words.count)) }
        forEachWord(run.start.rawValue, run.end.rawValue) { words, index, mask in
            let added = mask & ~words[index]
            words[index] |= mask
            return added.nonzeroBitCount
        }
        firstWord = min(firstWord, Int(run.start.rawValue / 64))
    }

    mutating func remove(_ run: PageRun) {
        forEachWord(run.start.rawValue, min(run.end.rawValue, bitCount)) { words, index, mask in
            let removed = mask & words[index]
            words[index] &= ~mask
            return -removed.nonzeroBitCount
        }
    }

    func contains(_ page: PageNumber) -> Bool {
        page.rawValue < bitCount && words[Int(page.rawValue / 64)] >> (page.rawValue % 64) & 1 != 0
    }

    private var bitCount: UInt64 { UInt64(words.count) * 64 }

    /// Changes the bits from `start` up to `end` word by word; `body` answers by how much the count changes.
    private mutating func forEachWord(_ start: UInt64, _ end: UInt64, _ body: (inout [UInt64], Int, UInt64) -> Int) {
        var page = start
        var change = 0
        while page < end {
            let bit = page % 64
            let bits = min(64 - bit, end - page)
            let low: UInt64 = bits == 64 ? ~0 : (1 << bits) - 1
            let mask = low << bit
            change += body(&words, Int(page / 64), mask)
            page += bits
        }
        count = PageCount(Int(count.rawValue) + change)
    }

    /// The first run of pages at or after `start`, up to `end`: nil if there is none.
    func run(from start: PageNumber, to end: PageNumber = .limit) -> PageRun? {
        let limit = min(end.rawValue, bitCount)
        let first = bit(from: max(start.rawValue, UInt64(firstWord) * 64), to: limit, isMember: true)
        guard first < limit else { return nil }
        let last = bit(from: first, to: limit, isMember: false)
        return PageRun(start: PageNumber(rawValue: first), end: PageNumber(rawValue: last))
    }

    /// The first run of at least `count` pages that begins at or after `start`.
    func run(from start: PageNumber, atLeast count: PageCount) -> PageRun? {
        var start = start
        while let run = run(from: start) {
            if run.count >= count { return run }
            start = run.end
        }
        return nil
    }

    func intersects(_ other: PageRun) -> Bool { run(from: other.start, to: other.end) != nil }

    /// How many pages in a row, the last of them before `end`, are in the set.
    func count(before end: PageNumber) -> PageCount {
        let end = end.rawValue
        guard end <= bitCount else { return 0 }
        var page = end
        while page > 0 {
            let bits = (page - 1) % 64 + 1
            let word = words[Int((page - 1) / 64)] << (64 - bits)
            let ones = min(bits, UInt64((~word).leadingZeroBitCount))
            page -= ones
            if ones < bits { break }
        }
        return PageCount(rawValue: end - page)
    }

    /// The first bit from `start` on that is set, or isn't; `limit` if there is none before.
    private func bit(from start: UInt64, to limit: UInt64, isMember: Bool) -> UInt64 {
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

    /// Notes which words lie before the first run, so that they need not be searched again.
    mutating func skipEmptyWords() {
        while firstWord < words.count && words[firstWord] == 0 { firstWord += 1 }
    }

    /// Every run, in order.
    func forEachRun(_ body: (PageRun) -> Void) {
        var start = PageNumber(rawValue: 0)
        while let run = run(from: start) {
            body(run)
            start = run.end
        }
    }

    /// The pages behind the meta pages and before `end` that are not in the set.
    func complement(before end: PageNumber) -> PageBitmap {
        var rest = PageBitmap()
        if end > .first { rest.insert(PageRun(start: .first, end: end)) }
        forEachRun { rest.remove($0) }
        return rest
    }
}
