enum PortugueseStemmer {
    static func stem(_ word: inout StemWord) {
        // A nasal vowel is a vowel and a consonant.
        word.letters = word.letters.flatMap { letter -> [UInt32] in
            switch letter {
            case 0xE3: [0x61, tilde]
            case 0xF5: [0x6F, tilde]
            default: [letter]
            }
        }
        word.rv = word.count
        word.r1 = word.count
        word.r2 = word.count
        word.markRomanceRV(vowels)
        word.markR1AndR2(vowels)
        if takeNoun(&word) || word.apply(verbs, from: word.rv) != nil {
            if word.ends(in: "ci") { word.cut("i", in: .rv) }
        } else {
            word.apply(rests)
        }
        takeForm(&word)
        join(&word)
    }

    private static let vowels: LetterSet = "aeiouáéíóúâêô"
    private static let tilde: UInt32 = 0x7E

    private static func join(_ word: inout StemWord) {
        for index in word.letters.indices.reversed() where word.isLetter("~", index) {
            if word.isLetter("a", index - 1) {
                word.letters.replaceSubrange((index - 1)...index, with: [0xE3])
            } else if word.isLetter("o", index - 1) {
                word.letters.replaceSubrange((index - 1)...index, with: [0xF5])
            }
        }
    }

    private static let nouns: Endings = """
        R2 -: eza ezas ico ica icos icas ismo ismos ável ível ista istas oso osa osos osas amento amentos imento imentos adora ador
        R2 -: aça~o adoras adores aço~es ante antes ância
        R2 >log: logia logias
        R2 >u: uça~o uço~es
        R2 >ente: ência ências
        1 R1 -: amente
        2 R2 -: mente
        3 R2 -: idade idades
        4 R2 -: iva ivo ivas ivos
        5 ?: ira iras
        """
    private static let beforeAmente: Endings = """
        1 R2 -: iv
        R2 -: os ic ad
        """
    private static let beforeMente: Endings = "R2 -: ante avel ível"
    private static let beforeIdade: Endings = "R2 -: abil ic iv"

    private static func takeNoun(_ word: inout StemWord) -> Bool {
        if let (number, start) = word.ending(nouns), number == 5 {
            guard start >= word.rv, word.isLetter("e", start - 1) else { return false }
            word.replace(from: start, with: "ir")
            return true
        }
        switch word.apply(nouns) {
        case nil: return false
        case 1:
            if word.apply(beforeAmente) == 1 { word.cut("at", in: .r2) }
        case 2: word.apply(beforeMente)
        case 3: word.apply(beforeIdade)
        case 4: word.cut("at", in: .r2)
        default: break
        }
        return true
    }

    private static let verbs: Endings = """
        -: ada ida ia aria eria iria ará ara erá era irá ava asse esse isse aste este iste ei arei erei irei am iam ariam eriam iriam
        -: aram eram iram avam em arem erem irem assem essem issem ado ido ando endo indo ara~o era~o ira~o ar er ir as adas idas ias
        -: arias erias irias arás aras erás eras irás avas es ardes erdes irdes ares eres ires asses esses isses astes estes istes is
        -: ais eis íeis aríeis eríeis iríeis áreis areis éreis ereis íreis ireis ásseis ésseis ísseis áveis ados idos ámos amos íamos
        -: aríamos eríamos iríamos áramos éramos íramos ávamos emos aremos eremos iremos ássemos êssemos íssemos imos armos ermos irmos
        -: eu iu ou ira iras
        """
    private static let rests: Endings = "RV -: os a i o á í ó"
    private static let forms: Endings = """
        1 RV -: e é ê
        >c: ç
        """

    private static func takeForm(_ word: inout StemWord) {
        guard word.apply(forms) == 1 else { return }
        if word.ends(in: "gu") || word.ends(in: "ci") {
            let last = word.count - 1
            if last >= word.rv { word.cut(to: last) }
        }
    }
}
