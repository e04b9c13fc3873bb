import Catalog
import Ground
import ReQLish
import Synchronization

/// A text that is searched for a pattern: places are offsets of bytes.
struct PatternSearch {
    let text: [UInt8]
    let expression: RegularExpression
    /// Counts the bytes of a large text, which are there a second time.
    private let held: CountedBytes?

    private struct Key: Hashable {
        var pattern: String
        var options: PatternOptions
    }

    /// The expressions that were used last.
    private static let known = Mutex<[Key: RegularExpression]>([:])

    init(_ text: String, _ pattern: String, _ options: PatternOptions) throws(SQLError) {
        held = text.utf8.count < QueryMemory.largeValue ? nil : try CountedBytes(text.utf8.count)
        self.text = Array(text.utf8)
        var options = options
        options.isGlobal = false
        let key = Key(pattern: pattern, options: options)
        if let found = Self.known.withLock({ $0[key] }) {
            expression = found
            return
        }
        let made = try PatternTranslation.expression(pattern, options)
        expression = made
        Self.known.withLock {
            if $0.count >= 64 { $0.removeAll(keepingCapacity: true) }
            $0[key] = made
        }
    }

    var groupCount: Int { expression.groupCount }

    /// The start and end of the match and of its groups, −1 for those without one.
    func match(from start: Int = 0) throws(SQLError) -> [Int]? {
        do throws(RegexStepsExceeded) {
            if let found = try expression.search(in: text.span, from: start) { return found }
        } catch {
            throw SQLError(
                .programLimitExceeded, "the regular expression takes too many steps on this text",
                hint: "Back-references, or lookaround within long texts, may take very many; use fewer of them or a shorter text.")
        }
        try QueryMemory.checkStopped()
        return nil
    }

    /// Does something with all matches, one after the other.
    ///
    /// - Parameter skipsEmpty: matches of nothing at the ends and right behind another don't count, as where a text is split.
    func forEachMatch(
        from start: Int = 0, isGlobal: Bool, skipsEmpty: Bool = false, _ body: ([Int]) throws(SQLError) -> Void
    ) throws(SQLError) {
        var place = start
        var end = 0
        var count = 0
        while place <= text.count, let match = try match(from: place) {
            if !skipsEmpty || match[1] < text.count && match[1] > end || match[1] > match[0] {
                try body(match)
                end = match[1]
            }
            if !isGlobal { break }
            place = match[1] > match[0] ? match[1] : after(match[1])
            count += 1
            if count & 0xFFF == 0 { try QueryMemory.checkStopped() }
        }
    }

    /// All matches, counted while they are kept.
    func matches(from start: Int = 0, isGlobal: Bool) throws(SQLError) -> [[Int]] {
        var matches: [[Int]] = []
        var charge = ValueCharge()
        try forEachMatch(from: start, isGlobal: isGlobal) { match throws(SQLError) in
            matches.append(match)
            do throws(DatumError) { try charge.add(48 + match.count * 8) } catch { throw SQLError(outOfMemory: error) }
        }
        return matches
    }

    /// Behind the character at a place.
    func after(_ place: Int) -> Int {
        var next = place + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }

    /// The place of a character, from 1; behind the end if there is none.
    func place(ofCharacter number: Int64) -> Int {
        var place = 0
        var rest = number - 1
        while rest > 0, place < text.count {
            place = after(place)
            rest -= 1
        }
        return rest > 0 ? text.count + 1 : place
    }

    /// Which character begins at a place, from 1.
    func character(at place: Int) -> Int64 { Int64(text[..<place].count { $0 & 0xC0 != 0x80 }) + 1 }

    func part(_ match: [Int], _ group: Int) -> String? {
        guard 2 * group + 1 < match.count, match[2 * group] >= 0 else { return nil }
        return String(decoding: text[match[2 * group]..<match[2 * group + 1]], as: UTF8.self)
    }

    /// The groups' texts, or the whole match's if there are none.
    func groups(_ match: [Int]) -> SQLValue {
        let groups = expression.groupCount == 0 ? 0...0 : 1...expression.groupCount
        return .array(SQLArray(.text, groups.map { part(match, $0).map { .text($0) } ?? .null }))
    }
}
