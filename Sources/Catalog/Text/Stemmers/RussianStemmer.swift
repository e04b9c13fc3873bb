enum RussianStemmer {
    static func stem(_ word: inout StemWord) {
        word.exchange("ё", for: "е")
        markRegions(&word)
        if !take(gerunds, from: &word) {
            word.apply(reflexives, from: word.rv)
            if word.apply(adjectives, from: word.rv) != nil {
                _ = take(participles, from: &word)
            } else if !take(verbs, from: &word) {
                word.apply(nouns, from: word.rv)
            }
        }
        if word.ends(in: "и", from: word.rv) { word.cut(to: word.count - 1) }
        word.apply(derivations, from: word.rv)
        tidy(&word)
    }

    private static let vowels: LetterSet = "аеиоуыэюя"

    private static func markRegions(_ word: inout StemWord) {
        guard let vowel = word.first(in: vowels) else { return }
        word.rv = vowel + 1
        guard let first = word.behindConsonant(vowels, from: vowel), let second = word.behindConsonant(vowels, from: first) else { return }
        word.r2 = second
    }

    private static let gerunds: Endings = """
        1 ?: в вши вшись
        ?: ив ивши ившись ыв ывши ывшись
        """
    private static let adjectives: Endings = """
        -: ее ие ые ое ими ыми ей ий ый ой ем им ым ом его ого ему ому их ых ую юю ая яя ою ею
        """
    private static let participles: Endings = """
        1 ?: ем нн вш ющ щ
        ?: ивш ывш ующ
        """
    private static let reflexives: Endings = "-: ся сь"
    private static let verbs: Endings = """
        1 ?: ла на ете йте ли й л ем н ло но ет ют ны ть ешь нно
        ?: ила ыла ена ейте уйте ите или ыли ей уй ил ыл им ым ен ило ыло ено ят ует уют ит ыт ены ить ыть ишь ую ю
        """
    private static let nouns: Endings = """
        -: а ев ов ие ье е иями ями ами еи ии и ией ей ой ий й иям ям ием ем ам ом о у ах иях ях ы ь ию ью ю ия ья я
        """
    private static let derivations: Endings = "R2 -: ост ость"
    private static let rests: Endings = """
        1 -: ейш ейше
        2 ?: н
        -: ь
        """

    /// Takes an ending off that stands behind any letter, or by rule 1 behind `а` or `я` only.
    private static func take(_ endings: Endings, from word: inout StemWord) -> Bool {
        guard let (number, start) = word.ending(endings, from: word.rv) else { return false }
        guard number == 0 || (start > word.rv && (word.isLetter("а", start - 1) || word.isLetter("я", start - 1))) else { return false }
        word.cut(to: start)
        return true
    }

    private static func tidy(_ word: inout StemWord) {
        if word.ending(rests, from: word.rv)?.number == 2 || word.apply(rests, from: word.rv) == 1 {
            if word.ends(in: "нн", from: word.rv) { word.cut(to: word.count - 1) }
        }
    }
}
