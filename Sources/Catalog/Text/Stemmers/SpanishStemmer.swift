enum SpanishStemmer {
    static func stem(_ word: inout StemWord) {
        word.markRomanceRV(vowels)
        word.markR1AndR2(vowels)
        takePronoun(&word)
        if !takeNoun(&word) && !takeVerbInY(&word) { takeVerb(&word) }
        takeRest(&word)
        word.exchange("áéíóú", for: "aeiou")
    }

    private static let vowels: LetterSet = "aeiouáéíóúü"

    private static let pronouns: Endings = "?: me se sela selo selas selos la le lo las les los nos"
    private static let beforePronoun: Endings = """
        1 ?: iéndo
        2 ?: ándo
        3 ?: ár
        4 ?: ér
        5 ?: ír
        6 ?: ando iendo ar er ir
        7 ?: yendo
        """

    private static func takePronoun(_ word: inout StemWord) {
        guard let (_, pronoun) = word.ending(pronouns), let (number, start) = word.ending(beforePronoun, before: pronoun), start >= word.rv
        else { return }
        switch number {
        case 6: word.cut(to: pronoun)
        case 7:
            if word.isLetter("u", start - 1) { word.cut(to: pronoun) }
        default: word.replace(from: start, with: ["iendo", "ando", "ar", "er", "ir"][number - 1])
        }
    }

    private static let nouns: Endings = """
        R2 -: anza anzas ico ica icos icas ismo ismos able ables ible ibles ista istas oso osa osos osas amiento amientos imiento imientos
        1 R2 -: adora ador ación adoras adores aciones ante antes ancia ancias
        R2 >log: logía logías
        R2 >u: ución uciones
        R2 >ente: encia encias
        2 R1 -: amente
        3 R2 -: mente
        4 R2 -: idad idades
        5 R2 -: iva ivo ivas ivos
        """
    private static let beforeAmente: Endings = """
        1 R2 -: iv
        R2 -: os ic ad
        """
    private static let beforeMente: Endings = "R2 -: ante able ible"
    private static let beforeIdad: Endings = "R2 -: abil ic iv"

    private static func takeNoun(_ word: inout StemWord) -> Bool {
        switch word.apply(nouns) {
        case nil: return false
        case 1: word.cut("ic", in: .r2)
        case 2:
            if word.apply(beforeAmente) == 1 { word.cut("at", in: .r2) }
        case 3: word.apply(beforeMente)
        case 4: word.apply(beforeIdad)
        case 5: word.cut("at", in: .r2)
        default: break
        }
        return true
    }

    private static let verbsInY: Endings = "?: ya ye yan yen yeron yendo yo yó yas yes yais yamos"

    private static func takeVerbInY(_ word: inout StemWord) -> Bool {
        guard let (_, start) = word.ending(verbsInY, from: word.rv), word.isLetter("u", start - 1) else { return false }
        word.cut(to: start)
        return true
    }

    private static let verbs: Endings = """
        1 -: en es éis emos
        -: arían arías arán arás aríais aría aréis aríamos aremos ará aré erían erías erán erás eríais ería eréis eríamos eremos erá eré
        -: irían irías irán irás iríais iría iréis iríamos iremos irá iré aba ada ida ía ara iera ad ed id ase iese aste iste an aban ían
        -: aran ieran asen iesen aron ieron ado ido ando iendo ió ar er ir as abas adas idas ías aras ieras ases ieses ís áis abais íais
        -: arais ierais aseis ieseis asteis isteis ados idos amos ábamos íamos imos áramos iéramos iésemos ásemos
        """

    private static func takeVerb(_ word: inout StemWord) {
        if word.apply(verbs, from: word.rv) == 1 && word.ends(in: "gu") { word.cut(to: word.count - 1) }
    }

    private static let rests: Endings = """
        RV -: os a o á í ó
        1 RV -: e é
        """

    private static func takeRest(_ word: inout StemWord) {
        if word.apply(rests) == 1 && word.ends(in: "gu") { word.cut("u", in: .rv) }
    }
}
