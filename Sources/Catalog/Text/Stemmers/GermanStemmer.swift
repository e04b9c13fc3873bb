enum GermanStemmer {
    static func stem(_ word: inout StemWord) {
        if word.letters.contains(0xDF) {
            word.letters = word.letters.flatMap { $0 == 0xDF ? [0x73, 0x73] : [$0] }
        }
        word.mark([(0x75, 0x55), (0x79, 0x59)], between: vowels)
        word.r1 = word.count
        word.r2 = word.count
        if word.count >= 3 {
            word.markR1AndR2(vowels)
            word.r1 = max(word.r1, 3)
        }
        takeInflection(&word)
        takeComparison(&word)
        takeDerivation(&word)
        word.exchange("YUäöü", for: "yuaou")
    }

    private static let vowels: LetterSet = "aeiouyäöü"
    private static let beforeS: LetterSet = "bdfghklmnrt"
    private static let beforeSt: LetterSet = "bdfghklmnt"

    private static let inflections: Endings = """
        1 R1 -: em ern er
        2 R1 -: e en es
        3 ?: s
        """

    private static func takeInflection(_ word: inout StemWord) {
        if let (number, start) = word.ending(inflections), number == 3 {
            if start >= word.r1 && word.isIn(beforeS, start - 1) { word.cut(to: start) }
        } else if word.apply(inflections) == 2, word.ends(in: "niss") {
            word.cut(to: word.count - 1)
        }
    }

    private static let comparisons: Endings = """
        1 R1 -: en er est
        2 ?: st
        """

    private static func takeComparison(_ word: inout StemWord) {
        if let (number, start) = word.ending(comparisons), number == 2 {
            if start >= word.r1 && start >= 4 && word.isIn(beforeSt, start - 1) { word.cut(to: start) }
        } else {
            word.apply(comparisons)
        }
    }

    private static let derivations: Endings = """
        1 R2 -: end ung
        2 ?: ig ik isch
        3 R2 -: lich heit
        4 R2 -: keit
        """
    private static let insideLich: Endings = "R1 -: er en"
    private static let insideKeit: Endings = "R2 -: lich ig"

    private static func takeDerivation(_ word: inout StemWord) {
        if let (number, start) = word.ending(derivations), number == 2 {
            if start >= word.r2 && !word.isLetter("e", start - 1) { word.cut(to: start) }
            return
        }
        switch word.apply(derivations) {
        case 1:
            if !word.ends(in: "eig") { word.cut("ig", in: .r2) }
        case 3: word.apply(insideLich)
        case 4: word.apply(insideKeit)
        default: break
        }
    }
}
