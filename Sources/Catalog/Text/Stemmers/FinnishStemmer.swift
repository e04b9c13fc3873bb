enum FinnishStemmer {
    static func stem(_ word: inout StemWord) {
        word.markR1AndR2(vowels)
        takeParticle(&word)
        takePossessive(&word)
        let hadCase = takeCase(&word)
        takeComparison(&word)
        if hadCase {
            word.apply(pluralInI, from: word.r1)
        } else {
            takePluralInT(&word)
        }
        tidy(&word)
    }

    private static let vowels: LetterSet = "aeiouyäö"
    private static let vowelsButY: LetterSet = "aeiouäö"
    private static let lastVowels: LetterSet = "aäei"
    private static let consonants: LetterSet = "bcdfghjklmnpqrstvwxz"
    private static let beforeParticle: LetterSet = "aeiouyäönt"

    private static let particles: Endings = """
        ?: kin kaan kään ko kö han hän pa pä
        1 ?: sti
        """

    private static func takeParticle(_ word: inout StemWord) {
        guard let (number, start) = word.ending(particles, from: word.r1),
            number == 1 ? start >= word.r2 : word.isIn(beforeParticle, start - 1)
        else { return }
        word.cut(to: start)
    }

    private static let possessives: Endings = """
        1 ?: si
        2 -: ni
        -: nsa nsä mme nne
        3 ?: an
        4 ?: än
        5 ?: en
        """
    private static let beforeAn: Endings = "?: ta ssa sta lla lta na"
    private static let beforeAeN: Endings = "?: tä ssä stä llä ltä nä"
    private static let beforeEn: Endings = "?: lle ine"

    private static func takePossessive(_ word: inout StemWord) {
        guard let (number, start) = word.ending(possessives, from: word.r1) else { return }
        let mayGo =
            switch number {
            case 1: !word.isLetter("k", start - 1)
            case 3: word.ending(beforeAn, before: start, from: 0) != nil
            case 4: word.ending(beforeAeN, before: start, from: 0) != nil
            case 5: word.ending(beforeEn, before: start, from: 0) != nil
            default: true
            }
        guard mayGo else { return }
        word.cut(to: start)
        if number == 2 && word.ends(in: "kse") { word.replace(from: word.count - 3, with: "ksi") }
    }

    private static let longVowels: Endings = "?: aa ee ii oo uu ää öö"
    private static let cases: Endings = """
        1 ?: han
        2 ?: hen
        3 ?: hin
        4 ?: hon
        5 ?: hän
        6 ?: hön
        7 ?: siin den tten
        8 ?: seen
        9 ?: n
        10 ?: a ä
        11 ?: tta ttä
        ?: ta tä ssa ssä sta stä lla llä lta ltä lle na nä ksi ine
        """

    private static func takeCase(_ word: inout StemWord) -> Bool {
        let floor = word.r1
        func isLong(_ end: Int) -> Bool { word.ending(longVowels, before: end, from: floor) != nil }
        let found = cases.longest(in: word.letters, before: word.count, from: floor) { number, start in
            switch number {
            case 7: start - 2 >= floor && word.isLetter("i", start - 1) && word.isIn(vowelsButY, start - 2)
            case 8: isLong(start)
            default: true
            }
        }
        guard let (rule, start) = found else { return false }
        var end = start
        switch cases.rules[rule].number {
        case let number where (1...6).contains(number):
            guard word.isLetter(["a", "e", "i", "o", "ä", "ö"][number - 1], start - 1) else { return false }
        case 9:
            if isLong(start) || word.ends(in: "ie", before: start) { end -= 1 }
        case 10:
            guard word.isIn(vowels, start - 1), word.isIn(consonants, start - 2) else { return false }
        case 11:
            guard word.isLetter("e", start - 1) else { return false }
        default: break
        }
        word.cut(to: end)
        return true
    }

    private static let comparisons: Endings = """
        1 ?: mpi mpa mpä mmi mma mmä
        ?: impi impa impä immi imma immä eja ejä
        """

    private static func takeComparison(_ word: inout StemWord) {
        guard let (number, start) = word.ending(comparisons, from: word.r2), number == 0 || !word.ends(in: "po", before: start)
        else { return }
        word.cut(to: start)
    }

    private static let pluralInI: Endings = "-: i j"
    private static let beforePluralT: Endings = """
        1 ?: mma
        ?: imma
        """

    private static func takePluralInT(_ word: inout StemWord) {
        let last = word.count - 1
        guard last > word.r1, word.isLetter("t", last), word.isIn(vowels, last - 1) else { return }
        word.cut(to: last)
        if let (number, start) = word.ending(beforePluralT, from: word.r2), number == 0 || !word.ends(in: "po", before: start) {
            word.cut(to: start)
        }
    }

    private static func tidy(_ word: inout StemWord) {
        let floor = word.r1
        guard word.count >= floor else { return }
        if word.ending(longVowels, from: floor) != nil { word.cut(to: word.count - 1) }
        if word.count - 2 >= floor && word.isIn(lastVowels, word.count - 1) && word.isIn(consonants, word.count - 2) {
            word.cut(to: word.count - 1)
        }
        if word.ends(in: "oj", from: floor) || word.ends(in: "uj", from: floor) { word.cut(to: word.count - 1) }
        if word.ends(in: "jo", from: floor) { word.cut(to: word.count - 1) }
        guard let last = word.letters.lastIndex(where: { !vowels.contains($0) }), last > 0, word.isIn(consonants, last),
            word.letters[last - 1] == word.letters[last]
        else { return }
        word.letters.remove(at: last)
    }
}
