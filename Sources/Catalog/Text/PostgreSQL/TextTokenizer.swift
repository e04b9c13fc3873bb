/// Cuts a text into tokens exactly as PostgreSQL's default parser does, in a database whose characters are those of `C.UTF-8`.
///
/// The parser is a machine with states and a stack of the places where it tried something (``TokenRules``): what a token is may hang
/// on characters far behind its beginning, so a place is noted, and gone back to if what was tried comes to nothing. Tokens overlap
/// where a hyphenated word or a URL comes before its parts. What came to nothing once is not tried again (``FailedTries``), so that the time
/// a text takes grows as its length does.
package struct TextTokenizer {
    private struct Place {
        /// The next character.
        var position: Int
        var characterLength = 0
        /// How much of the token there is before it.
        var tokenLength = 0
        var state: Int
        /// The rule that made the place after this one; −1 for none.
        var pushedAt = -1
        /// How many steps were done when it did, and how long the trail was.
        var stepCount = 0
        var trailCount = 0
    }

    private let text: [UInt8]
    private let rules = TokenRules.all
    private var places: [Place]
    /// Within a script or a style sheet.
    private var isIgnored = false
    private var wantsHost = false
    private var tokenStart = 0
    /// How many parsers there are within one another: an address is looked for behind each `@`.
    private let depth: Int
    /// From where on what ends a comment, or a `'` or a `"` within a tag, does not come any more. Looking for it once is enough.
    private var endless = [Int.max, Int.max, Int.max]
    private var runStarts = [0, 0, 0]
    private var failed = FailedTries()
    /// The states that were tried since the first of the places was noted, of those that are remembered.
    private var trail: [FailedTries.Try] = []
    /// How many characters were looked at, each as often as it was.
    package private(set) var stepCount = 0
    private let isStopped: (@Sendable () -> Bool)?

    static let maximumDepth = 16
    /// Tries that fail in as few steps are made again: most texts have no others, and nothing is noted of them.
    private static let shortTry = 64
    private static let stepsBetweenStops = 1 << 16

    /// - Parameters:
    ///   - text: UTF-8.
    ///   - isStopped: whether there are to be no more tokens. Who asked for them has to look whether that was so.
    package init(_ text: [UInt8], isStopped: (@Sendable () -> Bool)? = nil) {
        self.init(text, at: 0, depth: 0, isStopped)
    }

    private init(_ text: [UInt8], at position: Int, depth: Int, _ isStopped: (@Sendable () -> Bool)?) {
        self.text = text
        self.depth = depth
        self.isStopped = isStopped
        places = [Place(position: position, state: TokenRules.all.base)]
    }

    /// The next token; nil at the end of the text.
    package mutating func next() -> TextToken? {
        guard var place = places.popLast(), place.position < text.count else { return nil }
        place.pushedAt = -1
        tokenStart = place.position
        trail.removeAll(keepingCapacity: true)
        if depth == 0 { failed.forget(before: tokenStart) }
        var found: TextToken?
        while place.position <= text.count {
            stepCount += 1
            if stepCount % Self.stepsBetweenStops == 0, isStopped?() == true { return nil }
            let character = TokenCharacter(text, at: place.position)
            place.characterLength = character.length
            var index = place.pushedAt >= 0 ? place.pushedAt + 1 : rules.starts[place.state]
            place.pushedAt = -1
            while !holds(rules.rules[index], character, &place) { index += 1 }
            let rule = rules.rules[index]
            var action = rule.action
            var target = rule.target
            var next: FailedTries.Try?
            if let state = rule.remembered, !wantsHost {
                next = FailedTries.Try(state: state, position: place.position + place.characterLength)
            }
            perform(rule.special, &place)
            if let tried = next, failed.contains(tried, depth: depth) {
                next = nil
                if action.contains(.push) {
                    place.pushedAt = index
                    continue
                }
                action = .pop
                target = nil
            } else if isEndless(rule, place) {
                action = .pop
                target = nil
            }
            if action.contains(.found) {
                found = TextToken(kind: rule.kind, range: tokenStart..<tokenStart + place.tokenLength)
                place.tokenLength = 0
            }
            if action.contains(.pop) {
                guard let last = places.popLast() else { return nil }
                place = last
                rememberFailure(of: place)
            } else if action.contains(.push) {
                place.stepCount = stepCount
                place.trailCount = trail.count
                places.append(place)
                places[places.count - 1].pushedAt = index
            } else if action.contains(.clear) {
                places.removeLast(min(1, places.count))
            } else if action.contains(.clearAll) {
                places.removeAll(keepingCapacity: true)
            } else if action.contains(.merge), var last = places.popLast() {
                last.position = place.position
                last.characterLength = place.characterLength
                last.tokenLength = place.tokenLength
                last.pushedAt = -1
                place = last
            }
            if let next { trail.append(next) }
            if let target { place.state = target }
            if found != nil || (place.position >= text.count && !action.contains(.rerun)) { break }
            if action.contains(.rerun) || action.contains(.pop) { continue }
            place.position += place.characterLength
            place.tokenLength += place.characterLength
        }
        places.append(place)
        return found
    }

    /// What was tried since a place was noted has come to nothing.
    private mutating func rememberFailure(of place: Place) {
        guard place.trailCount < trail.count else { return }
        if stepCount - place.stepCount > Self.shortTry {
            for tried in trail[place.trailCount...] { failed.insert(tried, depth: depth) }
        }
        trail.removeSubrange(place.trailCount...)
    }

    // MARK: Tests

    private mutating func holds(_ rule: TokenRules.Rule, _ character: TokenCharacter, _ place: inout Place) -> Bool {
        switch rule.test {
        case .always: return true
        case .character: return character.byte == rule.character
        case .end: return character.length == 0
        case .ascii: return character.isASCIILetter
        case .letter: return character.isLetter
        case .digit: return character.isDigit
        case .alphanumeric: return character.isLetter || character.isDigit
        case .other: return !(character.isLetter || character.isDigit)
        case .space: return character.isSpace
        case .hexadecimal: return character.isHexadecimal
        case .mark: return character.isMark
        case .address: return character.isOfAddress
        case .ignored: return isIgnored
        case .stop:
            defer { wantsHost = false }
            return wantsHost
        case .host: return skip(to: .host, &place)
        case .path: return skip(to: .urlPath, &place)
        }
    }

    /// Whether a token of the kind begins here, which is then part of this one.
    private mutating func skip(to kind: TextToken.Kind, _ place: inout Place) -> Bool {
        guard depth < Self.maximumDepth else { return false }
        if kind == .host {
            // No host begins otherwise.
            let first = TokenCharacter(text, at: place.position)
            guard first.isASCIILetter || first.isDigit else { return false }
        }
        var inner = TextTokenizer(text, at: place.position, depth: depth + 1, isStopped)
        if kind == .host {
            inner.wantsHost = true
        } else {
            inner.places.append(Place(position: place.position, state: rules.pathStart))
        }
        inner.stepCount = stepCount
        swap(&failed, &inner.failed)
        let token = inner.next()
        swap(&failed, &inner.failed)
        stepCount = inner.stepCount
        guard let token, token.kind == kind else { return false }
        place.position += token.range.count
        place.tokenLength += token.range.count
        place.characterLength = inner.places.last?.characterLength ?? 0
        return true
    }

    private mutating func isEndless(_ rule: TokenRules.Rule, _ place: Place) -> Bool {
        let inside = rules.runs[place.state]
        if inside >= 0, rule.test == .end { endless[inside] = min(endless[inside], runStarts[inside]) }
        guard let target = rule.target, case let run = rules.runs[target], run >= 0, run != inside else { return false }
        if place.position >= endless[run] { return true }
        runStarts[run] = place.position
        return false
    }

    // MARK: What rules do besides

    private mutating func perform(_ special: TokenRules.Special, _ place: inout Place) {
        switch special {
        case .none: break
        case .tag:
            let name = String(decoding: text[tokenStart..<min(tokenStart + place.tokenLength, text.count)].prefix(9), as: UTF8.self)
                .lowercased()
            if name == "<script" || name == "<style" { isIgnored = true }
            if name == "</script" || name == "</style" { isIgnored = false }
        case .rewind: place.position -= place.tokenLength
        case .rewindForHost:
            wantsHost = true
            place.position -= place.tokenLength
        case .restart:
            place.position -= place.tokenLength
            place.tokenLength = 0
        }
    }
}

/// The next character of a text, and what the parser asks of it.
struct TokenCharacter {
    /// In bytes; 0 at the end.
    let length: Int
    /// An ASCII character; 0 for others.
    let byte: UInt8
    private let kind: LetterClass

    init(_ text: [UInt8], at position: Int) {
        guard position < text.count else {
            length = 0
            byte = 0
            kind = .other
            return
        }
        let first = text[position]
        if first < 0x80 {
            length = 1
            byte = first
            kind = .of(UInt32(first))
            return
        }
        let wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        let bytes = text[position..<min(position + wanted, text.count)]
        length = bytes.count
        byte = 0
        kind = .of(bytes.dropFirst().reduce(UInt32(first) & (0xFF >> UInt32(wanted + 1))) { $0 << 6 | UInt32($1 & 0x3F) })
    }

    var isASCIILetter: Bool { byte != 0 && kind == .letter }
    var isLetter: Bool { kind == .letter }
    var isDigit: Bool { byte >= 0x30 && byte <= 0x39 }
    var isSpace: Bool { kind == .space }
    var isMark: Bool { kind == .mark }
    var isHexadecimal: Bool { isDigit || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66) }

    /// What may stand in an address: printable ASCII but `" < > \ ^ ` { | }`.
    var isOfAddress: Bool {
        guard byte > 0x20, byte < 0x7F else { return false }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            return false
        default: return true
        }
    }
}
