enum HungarianStemmer {
    static func stem(_ word: inout StemWord) {
        markRegion(&word)
        takeBehindDouble(instrumental, from: &word)
        if word.apply(cases) != nil { word.apply(lastVowels) }
        word.apply(specialCases)
        word.apply(otherCases)
        takeBehindDouble(factitive, from: &word)
        word.apply(owned)
        word.apply(singularOwners)
        word.apply(pluralOwners)
        word.apply(plurals)
    }

    private static let vowels: LetterSet = "aeiouáéíóöőúüű"
    private static let digraphs = Endings("?: cs gy ly ny sz ty zs dzs", beginnings: true)

    /// R1 begins behind the first vowel, or, if the word begins with one, behind the first consonant, which may be written as two letters.
    private static func markRegion(_ word: inout StemWord) {
        guard word.isIn(vowels, 0) else {
            if let vowel = word.first(in: vowels) { word.r1 = vowel + 1 }
            return
        }
        guard let consonant = word.first(notIn: vowels) else { return }
        word.r1 = consonant + (digraphs.longestBeginning(of: Array(word.letters[consonant...]))?.end ?? 1)
    }

    private static let doubled: Endings = """
        ?: bb cc ccs dd ff gg ggy jj kk ll lly mm nn nny pp rr ss ssz tt tty vv zz zzs
        """

    /// Takes an ending off that made the consonant before it long, and makes that short again.
    private static func takeBehindDouble(_ endings: Endings, from word: inout StemWord) {
        guard let (_, start) = word.ending(endings), start >= word.r1, word.ending(doubled, before: start) != nil else { return }
        word.cut(to: start)
        word.letters.remove(at: start - 2)
    }

    private static let lastVowels: Endings = """
        R1 >a: á
        R1 >e: é
        """
    private static let instrumental: Endings = "?: al el"
    private static let factitive: Endings = "?: á é"
    private static let cases: Endings = """
        R1 -: ban ben ba be ra re nak nek val vel tól től ról ről ból ből hoz hez höz nál nél ig at et ot öt ért képp képpen kor ul ül
        R1 -: vá vé onként enként anként ként en on an ön n t
        """
    private static let specialCases: Endings = """
        R1 >e: én
        R1 >a: án ánként
        """
    private static let otherCases: Endings = """
        R1 -: astul estül stul stül
        R1 >a: ástul
        R1 >e: éstül
        """
    private static let plurals: Endings = """
        R1 >a: ák
        R1 >e: ék
        R1 -: ök ak ok ek k
        """
    private static let owned: Endings = """
        R1 -: oké öké aké eké ké éi é
        R1 >e: éké ééi éé
        R1 >a: áké áéi
        """
    private static let singularOwners: Endings = """
        R1 -: ünk unk nk juk jük uk ük em om am m od ed ad öd d ja je a e o
        R1 >a: ánk ájuk ám ád á
        R1 >e: énk éjük ém éd é
        """
    private static let pluralOwners: Endings = """
        R1 -: jaim jeim aim eim im jaid jeid aid eid id jai jei ai ei i jaink jeink eink aink ink jaitok jeitek aitok eitek itek jeik
        R1 -: jaik aik eik ik
        R1 >a: áim áid ái áink áitok áik
        R1 >e: éim éid éi éink éitek éik
        """
}
