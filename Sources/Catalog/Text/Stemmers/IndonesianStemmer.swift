/// Indonesian: what is taken off depends on how many vowels are left.
enum IndonesianStemmer {
    static func stem(_ word: inout StemWord) {
        var state = State(vowelCount: word.letters.count { vowels.contains($0) })
        guard state.vowelCount > 2 else { return }
        state.take(particles, from: &word)
        guard state.vowelCount > 2 else { return }
        state.take(possessives, from: &word)
        guard state.vowelCount > 2 else { return }
        if let place = state.takeFirstPrefix(from: &word) {
            if state.vowelCount > 2 && state.takeSuffix(from: &word, floor: place) && state.vowelCount > 2 && place == 0 {
                state.takeSecondPrefix(from: &word)
            }
        } else {
            state.takeSecondPrefix(from: &word)
            if state.vowelCount > 2 { _ = state.takeSuffix(from: &word, floor: 0) }
        }
    }

    private static let vowels: LetterSet = "aiueo"
    private static let particles: Endings = "-: kah lah pun"
    private static let possessives: Endings = "-: ku mu nya"

    /// The number is the prefix's kind: 1 `di`, `meng`, `ter`; 2 `per`; 3 `ke`, `peng`; 4 `ber`. With 10 more a vowel must follow, for which
    /// `s` or `p` was lost; with 20 more it may.
    private static let firstPrefixes = Endings(
        """
        1 ?: di meng men me ter
        3 ?: ke peng pen
        11 ?: meny
        13 ?: peny
        21 ?: mem
        23 ?: pem
        """, beginnings: true)
    /// With 5 more a consonant and `er` must follow.
    private static let secondPrefixes = Endings(
        """
        2 -: per pe
        0 >ajar: pelajar
        4 -: ber
        4 >ajar: belajar
        9 -: be
        """, beginnings: true)
    private static let suffixes: Endings = """
        1 ?: kan
        2 ?: an
        3 ?: i
        """

    private struct State {
        var vowelCount: Int
        /// 0: none was taken off that has one.
        var prefix = 0

        mutating func take(_ endings: Endings, from word: inout StemWord) {
            if word.apply(endings) != nil { vowelCount -= 1 }
        }

        /// Answers the place from which letters are the word's own: a consonant that was put back is none.
        mutating func takeFirstPrefix(from word: inout StemWord) -> Int? {
            let found = firstPrefixes.longestBeginning(of: word.letters) { number, end in
                number / 10 != 1 || word.isIn(vowels, end)
            }
            guard let (rule, end) = found else { return nil }
            let number = firstPrefixes.rules[rule].number
            let lost: [UInt32] =
                switch number / 10 {
                case 1: [0x73]
                case 2: word.isIn(vowels, end) ? [0x70] : []
                default: []
                }
            prefix = number % 10
            vowelCount -= 1
            word.letters.replaceSubrange(..<end, with: lost)
            return lost.count
        }

        mutating func takeSecondPrefix(from word: inout StemWord) {
            let found = secondPrefixes.longestBeginning(of: word.letters) { number, end in
                number != 9 || (word.isOther(than: vowels, end) && word.isLetter("e", end + 1) && word.isLetter("r", end + 2))
            }
            guard let (index, end) = found else { return }
            let rule = secondPrefixes.rules[index]
            if rule.number > 0 { prefix = rule.number == 9 ? 4 : rule.number }
            vowelCount -= 1
            word.letters.replaceSubrange(..<end, with: rule.replacement ?? [])
        }

        mutating func takeSuffix(from word: inout StemWord, floor: Int) -> Bool {
            let found = suffixes.longest(in: word.letters, before: word.count, from: floor) { number, start in
                switch number {
                case 1: prefix != 3 && prefix != 2
                case 2: prefix != 1
                default: prefix <= 2 && !(start > floor && word.isLetter("s", start - 1))
                }
            }
            guard let found else { return false }
            word.cut(to: found.start)
            vowelCount -= 1
            return true
        }
    }
}
