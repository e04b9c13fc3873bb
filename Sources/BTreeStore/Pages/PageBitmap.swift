/// A set of pages, a bit each: 32 KiB for a gibibyte of 4 KiB pages.
struct PageBitmap: Equatable {
    private var words: [UInt64] = []
    /// How many pages are in it.
    private(set) var count: PageCount = 0
    /// No word before this one has a bit.
    private var firstWord = 0
    /// What a search for long runs has found out about the pages, 4,096 at a time: nil where there have been changes since.
    private var summaries: [Summary?] = []
    /// Words and summaries that searches for long runs have looked at, for tests.
    private(set) var lookCount = 0

    private struct Summary {
        /// Pages in a row at the beginning, at the end, and wherever there are most.
        var leading: Int
        var trailing: Int
        var longest: Int
    }

    private static let summaryWords = 64
    private static let summaryPages = UInt64(64 * summaryWords)

    static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.words.elementsEqual(right.words)
    }

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
            let part = Int(page / Self.summaryPages)
            if part < summaries.count { summaries[part] = nil }
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

    /// The first run of at least `count` pages that begins at or after `start`. However many shorter runs there are, that takes a step for
    /// each 4,096 pages, and more only where something has changed since the last time.
    mutating func run(from start: PageNumber, atLeast count: PageCount, to end: PageNumber = .limit) -> PageRun? {
        let wanted = max(count.rawValue, 1)
        let limit = min(end.rawValue, bitCount)
        let first = UInt64(firstWord) * 64
        var page = start.rawValue > first ? start.rawValue : first - first % Self.summaryPages
        // Up to the first page with a summary, run by run.
        while page < limit && page % Self.summaryPages != 0 {
            let edge = min(limit, (page / Self.summaryPages + 1) * Self.summaryPages)
            lookCount += 1
            guard let run = run(from: PageNumber(rawValue: page), to: PageNumber(rawValue: edge)) else {
                page = edge
                break
            }
            if run.end.rawValue == edge || run.count.rawValue >= wanted {
                let whole = PageRun(start: run.start, end: PageNumber(rawValue: bit(from: run.start.rawValue, to: limit, isMember: false)))
                if whole.count.rawValue >= wanted { return whole }
                page = whole.end.rawValue
            } else {
                page = run.end.rawValue
            }
        }
        /// Pages in a row before `page`, in the parts that were passed.
        var open: UInt64 = 0
        while page < limit {
            // A run that ended in the middle of a part has left the rest of it to be looked at.
            if page % Self.summaryPages != 0 { return run(from: PageNumber(rawValue: page), atLeast: count, to: end) }
            let summary = summary(Int(page / Self.summaryPages))
            lookCount += 1
            if open + UInt64(summary.leading) >= wanted || summary.longest >= wanted {
                var next = page - open
                while let run = run(from: PageNumber(rawValue: next), to: PageNumber(rawValue: limit)) {
                    lookCount += 1
                    if run.count.rawValue >= wanted { return run }
                    next = run.end.rawValue
                    if next >= page + Self.summaryPages { break }
                }
                // What there is ends behind `limit`.
                if next >= limit { return nil }
                page = max(next, page + Self.summaryPages)
                open = 0
                continue
            }
            open = summary.leading == Self.summaryPages ? open + Self.summaryPages : UInt64(summary.trailing)
            page += Self.summaryPages
        }
        return nil
    }

    /// How many pages the longest run has, as far as runs lie within 4,096 pages.
    mutating func longestRun() -> PageCount {
        var longest = 0
        for part in firstWord
            / Self.summaryWords..<max(firstWord / Self.summaryWords, (words.count + Self.summaryWords - 1) / Self.summaryWords)
        {
            lookCount += 1
            longest = max(longest, summary(part).longest)
        }
        return PageCount(longest)
    }

    private mutating func summary(_ part: Int) -> Summary {
        if part >= summaries.count { summaries += repeatElement(nil, count: part + 1 - summaries.count) }
        if let known = summaries[part] { return known }
        var leading: Int?
        var open = 0
        var longest = 0
        for index in part * Self.summaryWords..<(part + 1) * Self.summaryWords {
            lookCount += 1
            let word = index < words.count ? words[index] : 0
            if word == ~0 {
                open += 64
                continue
            }
            let head = (~word).trailingZeroBitCount
            leading = leading ?? open + head
            longest = max(longest, open + head)
            open = (~word).leadingZeroBitCount
            // Shifting the ones over each other takes as many steps as there are ones in a row.
            var rest = word
            var length = 0
            while rest != 0 {
                rest &= rest << 1
                length += 1
            }
            longest = max(longest, length)
        }
        longest = max(longest, open)
        let found = Summary(leading: leading ?? open, trailing: open, longest: longest)
        summaries[part] = found
        return found
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
