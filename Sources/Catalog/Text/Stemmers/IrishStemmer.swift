enum IrishStemmer {
    static func stem(_ word: inout StemWord) {
        if let (rule, end) = mutations.longestBeginning(of: word.letters), let replacement = mutations.rules[rule].replacement {
            word.letters.replaceSubrange(..<end, with: replacement)
        }
        word.rv = word.count
        word.r1 = word.count
        word.r2 = word.count
        if let vowel = word.first(in: vowels) { word.rv = vowel + 1 }
        word.markR1AndR2(vowels)
        word.apply(nouns)
        word.apply(derivations)
        word.apply(verbs)
    }

    private static let vowels: LetterSet = "aeiouáéíóú"

    /// What the word before does to a word's first consonant.
    private static let mutations = Endings(
        """
        -: h- n- t- d' m' b'
        >f: d'fh bhf fh
        >s: sh ts
        >b: mb bh
        >c: gc ch
        >d: nd dh
        >g: ng gh
        >p: bp ph
        >t: dt th
        >m: mh
        """, beginnings: true)
    private static let nouns: Endings = """
        R1 -: amh eamh abh eabh aibh ibh aimh imh aíocht íocht aíochta íochta
        R2 -: ire irí aire airí
        """
    private static let derivations: Endings = """
        R2 -: acht eacht ach each eachtúil eachta achtúil achta
        >arc: arcacht arcachtaí arcachta
        >gin: gineach gineas ginis
        >graf: grafaíoch grafaíocht grafaíochta grafaíochtaí
        >paite: paite patach pataigh patacha
        >óid: óideach óideacha óidigh
        """
    private static let verbs: Endings = """
        RV -: imid aimid ímid aímid faidh fidh
        R1 -: ain eadh adh áil tear tar
        """
}
