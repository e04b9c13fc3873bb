/// English, by the algorithm that is known as Porter 2.
enum EnglishStemmer {
    static func stem(_ word: inout StemWord) {
        if let (_, start) = word.ending(irregular), start == 0 {
            word.apply(irregular)
            return
        }
        guard word.count > 2 else { return }
        if word.isLetter("'", 0) { word.letters.removeFirst() }
        let hasY = markConsonantY(&word)
        markRegions(&word)
        takePlural(&word)
        if let (_, start) = word.ending(kept), start == 0 {
            // As it is.
        } else {
            takePast(&word)
            turnY(&word)
            takeDerivations(&word)
        }
        if hasY { word.exchange("Y", for: "y") }
    }

    private static let vowels: LetterSet = "aeiouy"
    /// Vowels, and consonants that do not make the syllable before them a short one.
    private static let notShort: LetterSet = "aeiouywxY"
    private static let beforeLi: LetterSet = "cdeghkmnrt"

    private static let irregular: Endings = """
        >ski: skis
        >sky: skies
        >die: dying
        >lie: lying
        >tie: tying
        >idl: idly
        >gentl: gently
        >ugli: ugly
        >earli: early
        >onli: only
        >singl: singly
        ?: sky news howe atlas cosmos bias andes
        """
    private static let kept: Endings = "?: inning outing canning herring earring proceed exceed succeed"

    private static func markConsonantY(_ word: inout StemWord) -> Bool {
        var found = false
        if word.isLetter("y", 0) {
            word.letters[0] = 0x59
            found = true
        }
        for index in word.letters.indices.dropFirst() where word.letters[index] == 0x79 && vowels.contains(word.letters[index - 1]) {
            word.letters[index] = 0x59
            found = true
        }
        return found
    }

    private static func markRegions(_ word: inout StemWord) {
        word.r1 = word.count
        word.r2 = word.count
        // Longer words of these families, such as `generate` and `general`, shall keep more than their first syllables.
        if let family = ["gener", "commun", "arsen"].first(where: word.begins) {
            word.r1 = family.utf8.count
            word.r2 = word.behindConsonant(vowels, from: word.r1) ?? word.count
        } else {
            word.markR1AndR2(vowels)
        }
    }

    private static let genitives: Endings = "-: ' 's 's'"
    private static let plurals: Endings = """
        >ss: sses
        1 ?: ied ies
        2 ?: s
        ?: us ss
        """

    private static func takePlural(_ word: inout StemWord) {
        word.apply(genitives)
        switch word.ending(plurals) {
        case (1, let start)?: word.replace(from: start, with: start >= 2 ? "i" : "ie")
        case (2, let start)?:
            if word.has(vowels, before: start - 1) { word.cut(to: start) }
        case .some: word.apply(plurals)
        case nil: break
        }
    }

    private static let pasts: Endings = """
        1 R1 >ee: eed eedly
        2 ?: ed edly ing ingly
        """
    private static let bare: Endings = """
        1 ?: at bl iz
        2 ?: bb dd ff gg mm nn pp rr tt
        """

    private static func takePast(_ word: inout StemWord) {
        guard case (let number, let start)? = word.ending(pasts) else { return }
        guard number == 2 else {
            word.apply(pasts)
            return
        }
        guard word.has(vowels, before: start) else { return }
        word.cut(to: start)
        switch word.ending(bare)?.number {
        case 1: word.letters.append(0x65)
        case 2: word.letters.removeLast()
        default:
            if word.count == word.r1 && endsShort(word, before: word.count) { word.letters.append(0x65) }
        }
    }

    /// Whether a short syllable ends at a place: a consonant, a vowel and a consonant that is not w, x or Y, or a first vowel and a consonant.
    private static func endsShort(_ word: StemWord, before end: Int) -> Bool {
        guard word.isIn(vowels, end - 2) else { return false }
        if word.isOther(than: notShort, end - 1) && word.isOther(than: vowels, end - 3) { return true }
        return end == 2 && word.isOther(than: vowels, 1)
    }

    private static func turnY(_ word: inout StemWord) {
        let last = word.count - 1
        if last > 1 && (word.isLetter("y", last) || word.isLetter("Y", last)) && word.isOther(than: vowels, last - 1) {
            word.letters[last] = 0x69
        }
    }

    private static let first: Endings = """
        R1 >tion: tional
        R1 >ence: enci
        R1 >ance: anci
        R1 >able: abli
        R1 >ent: entli
        R1 >ize: izer ization
        R1 >ate: ational ation ator
        R1 >al: alism aliti alli
        R1 >ful: fulness fulli
        R1 >ous: ousli ousness
        R1 >ive: iveness iviti
        R1 >ble: biliti bli
        R1 >less: lessli
        1 ?: ogi
        2 ?: li
        """
    private static let second: Endings = """
        R1 >tion: tional
        R1 >ate: ational
        R1 >al: alize
        R1 >ic: icate iciti ical
        R1 -: ful ness
        1 ?: ative
        """
    private static let third: Endings = """
        R2 -: al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize
        1 ?: ion
        """

    private static func takeDerivations(_ word: inout StemWord) {
        switch word.ending(first) {
        case (1, let start)?:
            if start >= word.r1 && word.isLetter("l", start - 1) { word.cut(to: word.count - 1) }
        case (2, let start)?:
            if start >= word.r1 && word.isIn(beforeLi, start - 1) { word.cut(to: start) }
        case .some: word.apply(first)
        case nil: break
        }
        if let (number, start) = word.ending(second) {
            if number == 0 {
                word.apply(second)
            } else if start >= word.r1 && start >= word.r2 {
                word.cut(to: start)
            }
        }
        if let (number, start) = word.ending(third) {
            if number == 0 {
                word.apply(third)
            } else if start >= word.r2 && (word.isLetter("s", start - 1) || word.isLetter("t", start - 1)) {
                word.cut(to: start)
            }
        }
        let last = word.count - 1
        if word.isLetter("e", last) {
            if last >= word.r2 || (last >= word.r1 && !endsShort(word, before: last)) { word.cut(to: last) }
        } else if word.isLetter("l", last) && last >= word.r2 && word.isLetter("l", last - 1) {
            word.cut(to: last)
        }
    }
}
