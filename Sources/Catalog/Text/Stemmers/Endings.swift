/// Endings, and what becomes of a word that has one: a step of a stemmer as a table.
///
/// Each line is `number region action: endings`. The number (0 if it is left out) is what ``StemWord/apply(_:from:)`` answers, for a
/// stemmer that goes on from there. The region (`R1`, `R2` or `RV`; the whole word if it is left out) is where the ending has to begin. The
/// action is `-`: it is taken off; `>en`: `en` stands in its place; `?`: the stemmer decides.
///
/// Of all endings in the table that a word has, the longest counts, also if it does not begin in its region: then nothing happens.
struct Endings: Sendable, ExpressibleByStringLiteral {
    enum Region { case word, r1, r2, rv }

    struct Rule: Sendable {
        var number = 0
        var region = Region.word
        /// nil: the stemmer decides.
        var replacement: [UInt32]?
    }

    /// A node of a tree of letters, from a word's last letter on (from its first one, if the table is of beginnings). Node 0 is the root.
    private struct Node {
        let letter: UInt32
        var sibling: Int32 = 0
        var child: Int32 = 0
        /// -1: no ending is complete here.
        var rule: Int32 = -1
    }

    private var nodes = [Node(letter: 0)]
    private(set) var rules: [Rule] = []

    init(stringLiteral text: StaticString) {
        self.init("\(text)")
    }

    /// - Parameter beginnings: they are those of words, not endings.
    init(_ text: String, beginnings: Bool = false) {
        // By scalars: an ending that begins with a mark would be one character with the blank before it.
        for line in text.unicodeScalars.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard let head = parts.first, let endings = parts.last, parts.count == 2 else { continue }
            rules.append(Self.rule(String(head)))
            for ending in endings.split(separator: " ") {
                let letters = ending.map(\.value)
                insert(beginnings ? letters : letters.reversed(), rule: Int32(rules.count - 1))
            }
        }
    }

    private static func rule(_ head: String) -> Rule {
        var rule = Rule()
        for word in head.split(separator: " ") {
            switch word {
            case "R1": rule.region = .r1
            case "R2": rule.region = .r2
            case "RV": rule.region = .rv
            case "-": rule.replacement = []
            case "?": rule.replacement = nil
            default:
                if word.first == ">" {
                    rule.replacement = word.dropFirst().unicodeScalars.map(\.value)
                } else {
                    rule.number = Int(word) ?? 0
                }
            }
        }
        return rule
    }

    private mutating func insert(_ letters: [UInt32], rule: Int32) {
        var node = 0
        for letter in letters {
            var child = Int(nodes[node].child)
            while child != 0 && nodes[child].letter != letter { child = Int(nodes[child].sibling) }
            if child == 0 {
                child = nodes.count
                nodes.append(Node(letter: letter, sibling: nodes[node].child))
                nodes[node].child = Int32(child)
            }
            node = child
        }
        if nodes[node].rule < 0 { nodes[node].rule = rule }
    }

    /// The longest ending of `letters[floor..<end]` that the condition lets pass, which is given the rule's number and where the ending begins.
    func longest(
        in letters: [UInt32], before end: Int, from floor: Int, where passes: (Int, Int) -> Bool = { _, _ in true }
    ) -> (rule: Int, start: Int)? {
        var found: (rule: Int, start: Int)?
        var place = end
        var node = step(from: 0, by: place > floor ? letters[place - 1] : 0)
        while node != 0 {
            place -= 1
            let rule = Int(nodes[node].rule)
            if rule >= 0 && passes(rules[rule].number, place) { found = (rule, place) }
            node = place > floor ? step(from: node, by: letters[place - 1]) : 0
        }
        return found
    }

    /// The longest beginning, and where it ends.
    func longestBeginning(of letters: [UInt32], where passes: (Int, Int) -> Bool = { _, _ in true }) -> (rule: Int, end: Int)? {
        var found: (rule: Int, end: Int)?
        var place = 0
        var node = step(from: 0, by: letters.first ?? 0)
        while node != 0 {
            place += 1
            let rule = Int(nodes[node].rule)
            if rule >= 0 && passes(rules[rule].number, place) { found = (rule, place) }
            node = place < letters.count ? step(from: node, by: letters[place]) : 0
        }
        return found
    }

    private func step(from node: Int, by letter: UInt32) -> Int {
        var child = Int(nodes[node].child)
        while child != 0 && nodes[child].letter != letter { child = Int(nodes[child].sibling) }
        return child
    }
}
