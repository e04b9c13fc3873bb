enum RomanianStemmer {
    static func stem(_ word: inout StemWord) {
        word.mark([(0x75, 0x55), (0x69, 0x49)], between: vowels)
        word.markRomanceRV(vowels)
        word.markR1AndR2(vowels)
        takeArticle(&word)
        var isNoun = false
        while word.apply(combinations) != nil { isNoun = true }
        if takeNoun(&word) { isNoun = true }
        if !isNoun { takeVerb(&word) }
        word.apply(lastVowels)
        word.exchange("IU", for: "iu")
    }

    private static let vowels: LetterSet = "aeiouâîă"

    private static let articles: Endings = """
        R1 -: ul ului
        R1 >a: aua
        R1 >e: ea ele elor
        R1 >i: ii iua iei iile iilor ilor
        1 ?: ile
        R1 >at: atei
        R1 >aţi: aţie aţia
        """

    private static func takeArticle(_ word: inout StemWord) {
        guard let (number, start) = word.ending(articles) else { return }
        if number == 0 {
            word.apply(articles)
        } else if start >= word.r1 && !word.ends(in: "ab", before: start) {
            word.replace(from: start, with: "i")
        }
    }

    /// Two endings of nouns at once, of which one stays.
    private static let combinations: Endings = """
        R1 >abil: abilitate abilitati abilităi abilităţi
        R1 >ibil: ibilitate
        R1 >iv: ivitate ivitati ivităi ivităţi
        R1 >ic: icitate icitati icităi icităţi icator icatori iciv iciva icive icivi icivă ical icala icale icali icală
        R1 >at: ativ ativa ative ativi ativă aţiune atoare ator atori ătoare ător ători
        R1 >it: itiv itiva itive itivi itivă iţiune itoare itor itori
        """
    private static let nouns: Endings = """
        R2 -: at ata ată ati ate ut uta ută uti ute it ita ită iti ite ic ica ice ici ică abil abila abile abili abilă ibil ibila ibile
        R2 -: ibili ibilă oasa oasă oase os osi oşi ant anta ante anti antă ator atori itate itati ităi ităţi iv iva ive ivi ivă
        1 ?: iune iuni
        R2 >ist: ism isme ist ista iste isti istă işti
        """

    private static func takeNoun(_ word: inout StemWord) -> Bool {
        guard let (number, start) = word.ending(nouns) else { return false }
        guard number == 1 else { return word.apply(nouns) != nil }
        guard start >= word.r2, word.isLetter("ţ", start - 1) else { return false }
        word.replace(from: start - 1, with: "t")
        return true
    }

    private static let verbs: Endings = """
        1 ?: are ere ire âre ind ând indu ându eze ească ez ezi ează esc eşti eşte ăsc ăşti ăşte am ai au eam eai ea eaţi eau iam iai ia
        1 ?: iaţi iau ui aşi arăm arăţi ară uşi urăm urăţi ură işi irăm irăţi iră âi âşi ârăm ârăţi âră asem aseşi ase aserăm aserăţi
        1 ?: aseră isem iseşi ise iserăm iserăţi iseră âsem âseşi âse âserăm âserăţi âseră usem useşi use userăm userăţi useră
        -: ăm aţi em eţi im iţi âm âţi seşi serăm serăţi seră sei se sesem seseşi sese seserăm seserăţi seseră
        """

    private static func takeVerb(_ word: inout StemWord) {
        guard let (number, start) = word.ending(verbs, from: word.rv) else { return }
        guard number == 0 || (start > word.rv && (word.isOther(than: vowels, start - 1) || word.isLetter("u", start - 1))) else { return }
        word.cut(to: start)
    }

    private static let lastVowels: Endings = "RV -: a e i ie ă"
}
