enum ItalianStemmer {
    static func stem(_ word: inout StemWord) {
        word.exchange("áéíóú", for: "àèìòù")
        for index in word.letters.indices where word.isLetter("q", index) && word.isLetter("u", index + 1) {
            word.letters[index + 1] = 0x55
        }
        word.mark([(0x75, 0x55), (0x69, 0x49)], between: vowels)
        word.markRomanceRV(vowels)
        word.markR1AndR2(vowels)
        takePronoun(&word)
        if !takeNoun(&word) { word.apply(verbs, from: word.rv) }
        takeVowels(&word)
        word.exchange("IU", for: "iu")
    }

    private static let vowels: LetterSet = "aeiouàèìòù"
    private static let lastVowels: LetterSet = "aeioàèìò"

    private static let pronouns: Endings = """
        ?: ci gli la le li lo mi ne si ti vi sene gliela gliele glieli glielo gliene mela mele meli melo mene tela tele teli telo tene
        ?: cela cele celi celo cene vela vele veli velo vene
        """
    private static let beforePronoun: Endings = """
        1 ?: ando endo
        2 ?: ar er ir
        """

    private static func takePronoun(_ word: inout StemWord) {
        guard let (_, pronoun) = word.ending(pronouns), let (number, start) = word.ending(beforePronoun, before: pronoun), start >= word.rv
        else { return }
        word.replace(from: pronoun, with: number == 1 ? "" : "e")
    }

    private static let nouns: Endings = """
        R2 -: anza anze ico ici ica ice iche ichi ismo ismi abile abili ibile ibili ista iste isti istà istè istì oso osi osa ose mente
        R2 -: atrice atrici ante anti
        1 R2 -: azione azioni atore atori
        R2 >log: logia logie
        R2 >u: uzione uzioni usione usioni
        R2 >ente: enza enze
        RV -: amento amenti imento imenti
        2 R1 -: amente
        3 R2 -: ità
        4 R2 -: ivo ivi iva ive
        """
    private static let beforeAmente: Endings = """
        1 R2 -: iv
        R2 -: os ic abil
        """
    private static let beforeIta: Endings = "R2 -: abil ic iv"

    private static func takeNoun(_ word: inout StemWord) -> Bool {
        switch word.apply(nouns) {
        case nil: return false
        case 1: word.cut("ic", in: .r2)
        case 2:
            if word.apply(beforeAmente) == 1 { word.cut("at", in: .r2) }
        case 3: word.apply(beforeIta)
        case 4:
            if word.cut("at", in: .r2) { word.cut("ic", in: .r2) }
        default: break
        }
        return true
    }

    private static let verbs: Endings = """
        -: ammo ando ano are arono asse assero assi assimo ata ate ati ato ava avamo avano avate avi avo emmo enda ende endi endo erà
        -: erai eranno ere erebbe erebbero erei eremmo eremo ereste eresti erete erò erono essero ete eva evamo evano evate evi evo Yamo
        -: iamo immo irà irai iranno ire irebbe irebbero irei iremmo iremo ireste iresti irete irò irono isca iscano isce isci isco
        -: iscono issero ita ite iti ito iva ivamo ivano ivate ivi ivo ono uta ute uti uto ar ir
        """

    private static func takeVowels(_ word: inout StemWord) {
        if word.isIn(lastVowels, word.count - 1) && word.count - 1 >= word.rv {
            word.cut(to: word.count - 1)
            word.cut("i", in: .rv)
        }
        if (word.ends(in: "ch") || word.ends(in: "gh")) && word.count - 2 >= word.rv { word.cut(to: word.count - 1) }
    }
}
