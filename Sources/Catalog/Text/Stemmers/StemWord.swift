/// A word in lower case while a stemmer takes its endings off, and the regions in which they may stand.
struct StemWord {
    var letters: [UInt32]
    /// What is behind the first consonant that follows a vowel, by most languages' rules; as many as there are letters if there is none.
    var r1: Int
    /// The same again within R1.
    var r2: Int
    /// Where the endings of verbs may begin, by the rules of the language.
    var rv: Int

    init(_ letters: [UInt32]) {
        self.letters = letters
        r1 = letters.count
        r2 = letters.count
        rv = letters.count
    }

    var count: Int { letters.count }

    /// Whether the word is this one.
    func isWhole(_ text: String) -> Bool { letters.elementsEqual(text.unicodeScalars.lazy.map(\.value)) }

    // MARK: Looking at letters. What lies outside the word is no letter and no other letter either.

    func isIn(_ set: LetterSet, _ index: Int) -> Bool { index >= 0 && index < letters.count && set.contains(letters[index]) }

    func isOther(than set: LetterSet, _ index: Int) -> Bool { index >= 0 && index < letters.count && !set.contains(letters[index]) }

    func isLetter(_ letter: Unicode.Scalar, _ index: Int) -> Bool {
        index >= 0 && index < letters.count && letters[index] == letter.value
    }

    /// Whether the letters before `end` (the word's end if it is left out) are these.
    func ends(in text: String, before end: Int? = nil, from floor: Int = 0) -> Bool {
        var place = end ?? letters.count
        for scalar in text.unicodeScalars.reversed() {
            place -= 1
            guard place >= floor, letters[place] == scalar.value else { return false }
        }
        return true
    }

    func begins(with text: String) -> Bool {
        var place = 0
        for scalar in text.unicodeScalars {
            guard place < letters.count, letters[place] == scalar.value else { return false }
            place += 1
        }
        return true
    }

    /// The place of the first letter that is in the set.
    func first(in set: LetterSet, from start: Int = 0) -> Int? {
        guard start <= letters.count else { return nil }
        return letters[start...].firstIndex { set.contains($0) }
    }

    /// The place of the first letter that is not in the set.
    func first(notIn set: LetterSet, from start: Int = 0) -> Int? {
        guard start <= letters.count else { return nil }
        return letters[start...].firstIndex { !set.contains($0) }
    }

    /// Whether a letter before `end` is in the set.
    func has(_ set: LetterSet, before end: Int) -> Bool {
        end > 0 && letters[..<end].contains { set.contains($0) }
    }

    // MARK: Regions

    /// R1 and R2 as most languages have them.
    mutating func markR1AndR2(_ vowels: LetterSet, from start: Int = 0) {
        guard let first = behindConsonant(vowels, from: start) else { return }
        r1 = first
        if let second = behindConsonant(vowels, from: first) { r2 = second }
    }

    /// The place behind the first consonant that follows a vowel.
    func behindConsonant(_ vowels: LetterSet, from start: Int) -> Int? {
        guard let vowel = first(in: vowels, from: start), let consonant = first(notIn: vowels, from: vowel + 1) else { return nil }
        return consonant + 1
    }

    /// RV as the Romance languages have it: behind the next vowel if the second letter is a consonant, behind the next consonant if the
    /// first two are vowels, else behind the third letter.
    mutating func markRomanceRV(_ vowels: LetterSet) {
        guard letters.count > 1 else { return }
        let second = vowels.contains(letters[1])
        var behind: Int?
        if !second {
            behind = first(in: vowels, from: 2)
        } else if vowels.contains(letters[0]) {
            behind = first(notIn: vowels, from: 2)
        } else if letters.count > 2 {
            behind = 2
        }
        if let behind { rv = behind + 1 }
    }

    // MARK: Changing

    func start(of region: Endings.Region) -> Int {
        switch region {
        case .word: 0
        case .r1: r1
        case .r2: r2
        case .rv: rv
        }
    }

    /// Finds the longest ending and does as the table says.
    ///
    /// Answers the rule's number, or nil if no ending was found or it begins before its region.
    /// - Parameter floor: the ending must lie behind this place to be seen at all.
    @discardableResult
    mutating func apply(_ endings: Endings, from floor: Int = 0) -> Int? {
        guard let (index, start) = endings.longest(in: letters, before: letters.count, from: floor) else { return nil }
        let rule = endings.rules[index]
        guard start >= self.start(of: rule.region) else { return nil }
        if let replacement = rule.replacement { replace(from: start, with: replacement) }
        return rule.number
    }

    /// The longest ending: its rule's number, and where it begins.
    func ending(_ endings: Endings, before end: Int? = nil, from floor: Int = 0) -> (number: Int, start: Int)? {
        guard let found = endings.longest(in: letters, before: end ?? letters.count, from: floor) else { return nil }
        return (endings.rules[found.rule].number, found.start)
    }

    mutating func cut(to end: Int) {
        letters.removeLast(letters.count - end)
    }

    mutating func replace(from start: Int, with text: String) {
        replace(from: start, with: text.unicodeScalars.map(\.value))
    }

    mutating func replace(from start: Int, with replacement: [UInt32]) {
        letters.replaceSubrange(start..., with: replacement)
    }

    /// Takes an ending off if the word has it and it begins in the region.
    @discardableResult
    mutating func cut(_ ending: String, in region: Endings.Region = .word) -> Bool {
        guard ends(in: ending) else { return false }
        let start = letters.count - ending.unicodeScalars.count
        guard start >= self.start(of: region) else { return false }
        cut(to: start)
        return true
    }

    /// Puts each letter of `old` into the form that stands at its place in `new`.
    mutating func exchange(_ old: String, for new: String) {
        for index in letters.indices {
            for (from, to) in zip(old.unicodeScalars, new.unicodeScalars) where letters[index] == from.value {
                letters[index] = to.value
                break
            }
        }
    }

    /// Marks vowels that stand between two others as consonants, by capitals: `pairs` has each before its capital.
    ///
    /// The letter behind a marked one is passed over: it is not looked at as the first of three again.
    mutating func mark(_ pairs: [(UInt32, UInt32)], between vowels: LetterSet) {
        var index = 0
        while index + 2 < letters.count {
            if vowels.contains(letters[index]), vowels.contains(letters[index + 2]),
                let pair = pairs.first(where: { $0.0 == letters[index + 1] })
            {
                letters[index + 1] = pair.1
                index += 3
            } else {
                index += 1
            }
        }
    }
}
