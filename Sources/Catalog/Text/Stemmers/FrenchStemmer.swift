enum FrenchStemmer {
    static func stem(_ word: inout StemWord) {
        markConsonants(&word)
        markRegions(&word)
        if takeNoun(&word) || takeVerbInI(&word) || takeVerb(&word) {
            if word.ends(in: "Y") {
                word.replace(from: word.count - 1, with: "i")
            } else if word.ends(in: "ç") {
                word.replace(from: word.count - 1, with: "c")
            }
        } else {
            takeRest(&word)
        }
        if word.ending(doubled) != nil { word.cut(to: word.count - 1) }
        takeAccent(&word)
        unmark(&word)
    }

    private static let vowels: LetterSet = "aeiouyâàëéêèïîôûù"

    /// Vowels that are consonants where they stand become capitals; ë and ï, which part two syllables, H and their plain letter.
    private static func markConsonants(_ word: inout StemWord) {
        var index = 0
        while index < word.count {
            let isVowel = word.isIn(vowels, index)
            let isVowelLater = word.isIn(vowels, index + 2)
            if isVowel && isVowelLater && word.isLetter("u", index + 1) {
                word.letters[index + 1] = 0x55
                index += 3
            } else if isVowel && isVowelLater && word.isLetter("i", index + 1) {
                word.letters[index + 1] = 0x49
                index += 3
            } else if isVowel && word.isLetter("y", index + 1) {
                word.letters[index + 1] = 0x59
                index += 2
            } else if word.isLetter("ë", index) || word.isLetter("ï", index) {
                word.letters.replaceSubrange(index...index, with: [0x48, word.isLetter("ë", index) ? 0x65 : 0x69])
                index += 2
            } else if word.isLetter("y", index) && word.isIn(vowels, index + 1) {
                word.letters[index] = 0x59
                index += 2
            } else if word.isLetter("q", index) && word.isLetter("u", index + 1) {
                word.letters[index + 1] = 0x55
                index += 2
            } else {
                index += 1
            }
        }
    }

    private static func unmark(_ word: inout StemWord) {
        var index = 0
        while index < word.count {
            if word.isLetter("H", index) {
                word.letters.remove(at: index)
                if word.isLetter("e", index) {
                    word.letters[index] = 0xEB
                } else if word.isLetter("i", index) {
                    word.letters[index] = 0xEF
                } else {
                    continue
                }
            }
            index += 1
        }
        word.exchange("IUY", for: "iuy")
    }

    private static func markRegions(_ word: inout StemWord) {
        word.rv = word.count
        word.r1 = word.count
        word.r2 = word.count
        word.markR1AndR2(vowels)
        if word.count >= 3 && word.isIn(vowels, 0) && word.isIn(vowels, 1) {
            word.rv = 3
        } else if ["par", "col", "tap"].contains(where: word.begins) {
            word.rv = 3
        } else if let vowel = word.first(in: vowels, from: 1) {
            word.rv = vowel + 1
        }
    }

    private static let nouns: Endings = """
        1 R2 -: ance iqUe isme able iste eux ances iqUes ismes ables istes
        2 R2 -: atrice ateur ation atrices ateurs ations
        1 R2 >log: logie logies
        1 R2 >u: usion ution usions utions
        1 R2 >ent: ence ences
        3 RV -: ement ements
        4 R2 -: ité ités
        5 R2 -: if ive ifs ives
        1 >eau: eaux
        1 R1 >al: aux
        6 ?: euse euses
        7 ?: issement issements
        8 RV >ant: amment
        8 RV >ent: emment
        9 ?: ment ments
        """
    private static let beforeMent: Endings = """
        1 R2 -: iv
        2 ?: eus
        R2 -: abl iqU
        RV >i: ièr Ièr
        """
    private static let beforeIte: Endings = """
        1 ?: abil
        2 ?: ic
        R2 -: iv
        """

    /// Answers whether the word is done with: an adverb goes on as a verb.
    private static func takeNoun(_ word: inout StemWord) -> Bool {
        guard let (number, start) = word.ending(nouns) else { return false }
        switch number {
        case 6:
            guard start >= word.r2 || start >= word.r1 else { return false }
            word.replace(from: start, with: start >= word.r2 ? "" : "eux")
            return true
        case 7:
            guard start >= word.r1, word.isOther(than: vowels, start - 1) else { return false }
            word.cut(to: start)
            return true
        case 9:
            if start - 1 >= word.rv && word.isIn(vowels, start - 1) { word.cut(to: start) }
            return false
        default: break
        }
        switch word.apply(nouns) {
        case nil, 8: return false
        case 2: takeIc(&word)
        case 3:
            guard let (inner, start) = word.ending(beforeMent) else { break }
            if inner == 2 {
                if start >= word.r2 { word.cut(to: start) } else if start >= word.r1 { word.replace(from: start, with: "eux") }
            } else if word.apply(beforeMent) == 1 {
                word.cut("at", in: .r2)
            }
        case 4:
            guard let (inner, start) = word.ending(beforeIte) else { break }
            switch inner {
            case 1: word.replace(from: start, with: start >= word.r2 ? "" : "abl")
            case 2: word.replace(from: start, with: start >= word.r2 ? "" : "iqU")
            default: word.apply(beforeIte)
            }
        case 5:
            if word.cut("at", in: .r2) { takeIc(&word) }
        default: break
        }
        return true
    }

    private static func takeIc(_ word: inout StemWord) {
        guard word.ends(in: "ic") else { return }
        let start = word.count - 2
        word.replace(from: start, with: start >= word.r2 ? "" : "iqU")
    }

    private static let verbsInI: Endings = """
        ?: îmes ît îtes i ie ies ir ira irai iraIent irais irait iras irent irez iriez irions irons iront is issaIent issais issait issant
        ?: issante issantes issants isse issent isses issez issiez issions issons it
        """

    private static func takeVerbInI(_ word: inout StemWord) -> Bool {
        guard let (_, start) = word.ending(verbsInI, from: word.rv), start > word.rv, word.isOther(than: vowels, start - 1),
            !word.isLetter("H", start - 1)
        else { return false }
        word.cut(to: start)
        return true
    }

    private static let verbs: Endings = """
        1 R2 -: ions
        1 -: é ée ées és èrent er era erai eraIent erais erait eras erez eriez erions erons eront ez iez
        2 -: âmes ât âtes a ai aIent ais ait ant ante antes ants as asse assent asses assiez assions
        """

    private static func takeVerb(_ word: inout StemWord) -> Bool {
        guard let number = word.apply(verbs, from: word.rv) else { return false }
        if number == 2 { word.cut("e", in: .rv) }
        return true
    }

    private static let keepS: LetterSet = "aiouès"
    private static let rests: Endings = """
        1 ?: ion
        >i: ier ière Ier Ière
        -: e
        """

    private static func takeRest(_ word: inout StemWord) {
        let last = word.count - 1
        if word.isLetter("s", last) && (word.ends(in: "Hi", before: last) || word.isOther(than: keepS, last - 1)) {
            word.cut(to: last)
        }
        guard let (number, start) = word.ending(rests, from: word.rv) else { return }
        if number == 0 {
            word.apply(rests, from: word.rv)
        } else if start >= word.r2 && start > word.rv && (word.isLetter("s", start - 1) || word.isLetter("t", start - 1)) {
            word.cut(to: start)
        }
    }

    private static let doubled: Endings = "?: enn onn ett ell eill"

    private static func takeAccent(_ word: inout StemWord) {
        guard let last = word.letters.lastIndex(where: { vowels.contains($0) }), last < word.count - 1 else { return }
        if word.isLetter("é", last) || word.isLetter("è", last) { word.letters[last] = 0x65 }
    }
}
