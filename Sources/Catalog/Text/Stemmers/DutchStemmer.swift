enum DutchStemmer {
    static func stem(_ word: inout StemWord) {
        word.exchange("äáëéïíöóüú", for: "aaeeiioouu")
        markConsonants(&word)
        word.r1 = word.count
        word.r2 = word.count
        word.markR1AndR2(vowels)
        word.r1 = max(word.r1, 3)
        takeInflection(&word)
        let hadE = takeE(&word)
        if word.ends(in: "heid") && word.count - 4 >= word.r2 && !word.ends(in: "cheid") {
            word.cut(to: word.count - 4)
            if word.ends(in: "en") { takeEn(&word, from: word.count - 2) }
        }
        takeDerivation(&word, hadE: hadE)
        halveVowel(&word)
        word.exchange("YI", for: "yi")
    }

    private static let vowels: LetterSet = "aeiouyè"
    private static let vowelsAndI: LetterSet = "aeiouyèI"
    private static let vowelsAndJ: LetterSet = "aeiouyèj"

    private static func markConsonants(_ word: inout StemWord) {
        if word.isLetter("y", 0) { word.letters[0] = 0x59 }
        var index = 0
        while index < word.count {
            if word.isIn(vowels, index) && word.isLetter("i", index + 1) && word.isIn(vowels, index + 2) {
                word.letters[index + 1] = 0x49
                index += 3
            } else if word.isIn(vowels, index) && word.isLetter("y", index + 1) {
                word.letters[index + 1] = 0x59
                index += 2
            } else {
                index += 1
            }
        }
    }

    private static let doubled: Endings = "?: kk dd tt"

    private static func halveConsonant(_ word: inout StemWord) {
        if word.ending(doubled) != nil { word.cut(to: word.count - 1) }
    }

    private static func takeE(_ word: inout StemWord) -> Bool {
        let last = word.count - 1
        guard word.isLetter("e", last), last >= word.r1, word.isOther(than: vowels, last - 1) else { return false }
        word.cut(to: last)
        halveConsonant(&word)
        return true
    }

    private static func takeEn(_ word: inout StemWord, from start: Int) {
        guard start >= word.r1, word.isOther(than: vowels, start - 1), !word.ends(in: "gem", before: start) else { return }
        word.cut(to: start)
        halveConsonant(&word)
    }

    private static let inflections: Endings = """
        R1 >heid: heden
        1 ?: en ene
        2 ?: s se
        """

    private static func takeInflection(_ word: inout StemWord) {
        guard let (number, start) = word.ending(inflections) else { return }
        switch number {
        case 1: takeEn(&word, from: start)
        case 2:
            if start >= word.r1 && word.isOther(than: vowelsAndJ, start - 1) { word.cut(to: start) }
        default: word.apply(inflections)
        }
    }

    private static let derivations: Endings = """
        1 R2 -: end ing
        2 ?: ig
        3 R2 -: lijk
        4 R2 -: baar
        5 ?: bar
        """

    private static func takeDerivation(_ word: inout StemWord, hadE: Bool) {
        guard let (number, start) = word.ending(derivations), start >= word.r2 else { return }
        switch number {
        case 1:
            word.cut(to: start)
            let inner = word.count - 2
            if word.ends(in: "ig") && inner >= word.r2 && !word.isLetter("e", inner - 1) {
                word.cut(to: inner)
            } else {
                halveConsonant(&word)
            }
        case 2:
            if !word.isLetter("e", start - 1) { word.cut(to: start) }
        case 3:
            word.cut(to: start)
            _ = takeE(&word)
        case 4: word.cut(to: start)
        default:
            if hadE { word.cut(to: start) }
        }
    }

    private static let doubleVowels: Endings = "?: aa ee oo uu"

    private static func halveVowel(_ word: inout StemWord) {
        let last = word.count - 1
        if word.isOther(than: vowelsAndI, last), word.ending(doubleVowels, before: last) != nil, word.isOther(than: vowels, last - 3) {
            word.letters.remove(at: last - 1)
        }
    }
}
