/// Danish, Norwegian and Swedish, which are stemmed in the same way.
enum ScandinavianStemmer {
    /// R1 begins behind the third letter at the earliest.
    fileprivate static func markRegion(_ word: inout StemWord, _ vowels: LetterSet) {
        word.r1 = word.count
        guard word.count >= 3 else { return }
        if let region = word.behindConsonant(vowels, from: 0) { word.r1 = max(region, 3) }
    }

    /// Takes the last letter off if the word ends in one of the pairs within R1.
    fileprivate static func takePair(_ word: inout StemWord, _ pairs: Endings) {
        if word.ending(pairs, from: word.r1) != nil { word.cut(to: word.count - 1) }
    }
}

enum DanishStemmer {
    static func stem(_ word: inout StemWord) {
        ScandinavianStemmer.markRegion(&word, vowels)
        if let (number, start) = word.ending(inflections, from: word.r1), number == 0 || word.isIn(beforeS, start - 1) {
            word.cut(to: start)
        }
        ScandinavianStemmer.takePair(&word, pairs)
        if word.ends(in: "igst") { word.cut(to: word.count - 2) }
        if word.apply(derivations, from: word.r1) == 1 { ScandinavianStemmer.takePair(&word, pairs) }
        let last = word.count - 1
        if last >= max(word.r1, 1) && word.isIn(consonants, last) && word.letters[last - 1] == word.letters[last] { word.cut(to: last) }
    }

    private static let vowels: LetterSet = "aeiouyæåø"
    private static let consonants: LetterSet = "bcdfghjklmnpqrstvwxz"
    private static let beforeS: LetterSet = "abcdfghjklmnoprtvyzå"
    private static let inflections: Endings = """
        -: hed ethed ered e erede ende erende ene erne ere en heden eren er heder erer heds es endes erendes enes ernes eres ens hedens
        -: erens ers ets erets et eret
        1 ?: s
        """
    private static let pairs: Endings = "?: gd dt gt kt"
    private static let derivations: Endings = """
        1 -: ig lig elig els
        >løs: løst
        """
}

enum NorwegianStemmer {
    static func stem(_ word: inout StemWord) {
        ScandinavianStemmer.markRegion(&word, vowels)
        takeInflection(&word)
        ScandinavianStemmer.takePair(&word, pairs)
        word.apply(derivations, from: word.r1)
    }

    private static let vowels: LetterSet = "aeiouyæåø"
    private static let beforeS: LetterSet = "bcdfghjlmnoprtvyz"
    private static let inflections: Endings = """
        -: a e ede ande ende ane ene hetene en heten ar er heter as es edes endes enes hetenes ens hetens ers ets et het ast
        1 ?: s
        >er: erte ert
        """
    private static let pairs: Endings = "?: dt vt"
    private static let derivations: Endings = "-: leg eleg ig eig lig elig els lov elov slov hetslov"

    private static func takeInflection(_ word: inout StemWord) {
        guard let (number, start) = word.ending(inflections, from: word.r1) else { return }
        if number == 0 {
            word.apply(inflections, from: word.r1)
        } else if word.isIn(beforeS, start - 1) || (word.isLetter("k", start - 1) && word.isOther(than: vowels, start - 2)) {
            word.cut(to: start)
        }
    }
}

enum SwedishStemmer {
    static func stem(_ word: inout StemWord) {
        ScandinavianStemmer.markRegion(&word, vowels)
        if let (number, start) = word.ending(inflections, from: word.r1), number == 0 || word.isIn(beforeS, start - 1) {
            word.cut(to: start)
        }
        ScandinavianStemmer.takePair(&word, pairs)
        word.apply(derivations, from: word.r1)
    }

    private static let vowels: LetterSet = "aeiouyäåö"
    private static let beforeS: LetterSet = "bcdfghjklmnoprtvy"
    private static let inflections: Endings = """
        -: a arna erna heterna orna ad e ade ande arne are aste en anden aren heten ern ar er heter or as arnas ernas ornas es ades
        -: andes ens arens hetens erns at andet het ast
        1 ?: s
        """
    private static let pairs: Endings = "?: dd gd nn dt gt kt tt"
    private static let derivations: Endings = """
        -: lig ig els
        >lös: löst
        >full: fullt
        """
}
