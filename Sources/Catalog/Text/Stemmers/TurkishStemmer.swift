/// Turkish: chains of endings, read from a word's end, whose vowels agree with the word's.
enum TurkishStemmer {
    static func stem(_ word: inout StemWord) {
        guard word.letters.count(where: { vowels.contains($0) }) >= 2 else { return }
        var chain = EndingChain(word)
        let goesOn = chain.takeVerbEndings()
        word.letters = chain.letters
        guard goesOn else { return }
        chain = EndingChain(word)
        _ = chain.takeNounEndings()
        word.letters = chain.letters
        finish(&word)
    }

    fileprivate static let vowels: LetterSet = "aeıioöuü"

    private static func finish(_ word: inout StemWord) {
        if word.isWhole("ad") || word.isWhole("soyad") { return }
        if word.ends(in: "d") || word.ends(in: "g"), let last = word.letters.last(where: { vowels.contains($0) }) {
            switch last {
            case 0x61, 0x131: word.letters.append(0x131)
            case 0x65, 0x69: word.letters.append(0x69)
            case 0x6F, 0x75: word.letters.append(0x75)
            default: word.letters.append(0xFC)
            }
        }
        word.apply(lastConsonants)
    }

    private static let lastConsonants: Endings = """
        >p: b
        >ç: c
        >t: d
        >k: ğ
        """
}

/// A word whose endings are read towards its beginning: those between `here` and `end` are read and not taken off yet.
private struct EndingChain {
    private(set) var letters: [UInt32]
    private var here: Int
    private var end: Int

    init(_ word: StemWord) {
        letters = word.letters
        here = letters.count
        end = here
    }

    // MARK: Trying

    /// Goes back to where it was, counted from the word's end, if the body fails.
    private mutating func attempt(_ body: (inout Self) -> Bool) -> Bool {
        let behind = letters.count - here
        if body(&self) { return true }
        here = letters.count - behind
        return false
    }

    private mutating func begin() -> Bool {
        end = here
        return true
    }

    private mutating func take() -> Bool {
        letters.removeSubrange(here..<end)
        end = here
        return true
    }

    /// Whatever the body does, it goes on.
    private mutating func maybe(_ body: (inout Self) -> Bool) -> Bool {
        _ = attempt(body)
        return true
    }

    // MARK: Letters

    private static let closeVowels: LetterSet = "ıiuü"
    /// By the code of a word's last vowel, those of which one has to stand before it.
    private static let harmony: [(UInt32, LetterSet)] = [
        (0x61, "aıou"), (0x65, "eiöü"), (0x131, "aı"), (0x69, "ei"), (0x6F, "ou"), (0xF6, "öü"), (0x75, "ou"), (0xFC, "öü"),
    ]

    private func isVowel(_ index: Int) -> Bool { index >= 0 && TurkishStemmer.vowels.contains(letters[index]) }

    private func isConsonant(_ index: Int) -> Bool { index >= 0 && !TurkishStemmer.vowels.contains(letters[index]) }

    private func isInHarmony() -> Bool {
        guard let last = letters[..<here].lastIndex(where: { TurkishStemmer.vowels.contains($0) }),
            let (_, before) = Self.harmony.first(where: { $0.0 == letters[last] })
        else { return false }
        return letters[..<last].contains { before.contains($0) }
    }

    private mutating func readAny(_ endings: Endings) -> Bool {
        guard let (_, start) = endings.longest(in: letters, before: here, from: 0) else { return false }
        here = start
        return true
    }

    /// Reads a consonant that parts two vowels if there is one; without it a consonant has to follow the vowel.
    private mutating func readBinding(_ consonant: Unicode.Scalar) -> Bool {
        if here > 0 && letters[here - 1] == consonant.value {
            guard isVowel(here - 2) else { return false }
            here -= 1
            return true
        }
        return here > 0 && isVowel(here - 2)
    }

    private mutating func readBindingVowel() -> Bool {
        if here > 0 && Self.closeVowels.contains(letters[here - 1]) {
            guard isConsonant(here - 2) else { return false }
            here -= 1
            return true
        }
        return here > 0 && isConsonant(here - 2)
    }

    /// Reads one of the endings, after which the consonant may stand. Goes nowhere if it fails.
    private mutating func read(_ endings: Endings, agreeing: Bool = true, binding: Unicode.Scalar? = nil) -> Bool {
        attempt { chain in
            guard !agreeing || chain.isInHarmony(), chain.readAny(endings) else { return false }
            guard let binding else { return true }
            return chain.readBinding(binding)
        }
    }

    // MARK: Endings, by their names in grammars: capitals stand for letters that change with the word

    private static let possessives: Endings = "?: mız miz muz müz nız niz nuz nüz m n"
    private static let u: Endings = "?: ı i u ü"
    private static let lArI: Endings = "?: leri ları"
    private static let nU: Endings = "?: nı ni nu nü"
    private static let un: Endings = "?: ın in un ün"
    private static let a: Endings = "?: a e"
    private static let nA: Endings = "?: na ne"
    private static let dA: Endings = "?: da de ta te"
    private static let ndA: Endings = "?: nda nde"
    private static let dAn: Endings = "?: dan den tan ten"
    private static let ndAn: Endings = "?: ndan nden"
    private static let lA: Endings = "?: la le"
    private static let ki: Endings = "?: ki"
    private static let cA: Endings = "?: ca ce"
    private static let um: Endings = "?: ım im um üm"
    private static let sUn: Endings = "?: sın sin sun sün"
    private static let uz: Endings = "?: ız iz uz üz"
    private static let sUnUz: Endings = "?: sınız siniz sunuz sünüz"
    private static let lAr: Endings = "?: ler lar"
    private static let nUz: Endings = "?: nız niz nuz nüz"
    private static let dUr: Endings = "?: tır tir tur tür dır dir dur dür"
    private static let cAsInA: Endings = "?: casına cesine"
    private static let dU: Endings = """
        ?: tım tim tum tüm dım dim dum düm tın tin tun tün dın din dun dün tık tik tuk tük dık dik duk dük tı ti tu tü dı di du dü
        """
    private static let sA: Endings = "?: sam san sak sem sen sek sa se"
    private static let mUs: Endings = "?: mış miş muş müş"
    private static let ken: Endings = "?: ken"

    private mutating func readPossessive() -> Bool {
        attempt { $0.readAny(Self.possessives) && $0.readBindingVowel() }
    }
    private mutating func readSU() -> Bool { read(Self.u, binding: "s") }
    private mutating func readPossessiveOrSU() -> Bool { readPossessive() || readSU() }
    private mutating func readLArI() -> Bool { read(Self.lArI, agreeing: false) }
    private mutating func readNUn() -> Bool { read(Self.un, binding: "n") }
    private mutating func readLAr() -> Bool { read(Self.lAr) }
    private mutating func readMUs() -> Bool { read(Self.mUs, binding: "y") }
    private mutating func readDU() -> Bool { read(Self.dU, binding: "y") }
    private mutating func readSA() -> Bool { read(Self.sA, agreeing: false, binding: "y") }
    private mutating func readUm() -> Bool { read(Self.um, binding: "y") }
    private mutating func readUz() -> Bool { read(Self.uz, binding: "y") }
    private mutating func readSUn() -> Bool { read(Self.sUn) }
    private mutating func readSUnUz() -> Bool { read(Self.sUnUz, agreeing: false) }

    /// The endings of persons.
    private mutating func readPerson() -> Bool { readSUnUz() || readLAr() || readUm() || readSUn() || readUz() }

    // MARK: Chains

    /// The endings by which a noun becomes a verb. Answers whether those of nouns may follow, and false if there was nothing to take.
    mutating func takeVerbEndings() -> Bool {
        _ = begin()
        if readMUs() || readDU() || readSA() || read(Self.ken, agreeing: false, binding: "y") {
            return take()
        }
        let manner = attempt { chain in
            guard chain.read(Self.cAsInA, agreeing: false) else { return false }
            _ = chain.readPerson()
            return chain.readMUs()
        }
        if manner { return take() }
        if readLAr() {
            _ = take()
            _ = maybe { chain in
                _ = chain.begin()
                return chain.read(Self.dUr) || chain.readDU() || chain.readSA() || chain.readMUs()
            }
            _ = take()
            return false
        }
        if attempt({ $0.read(Self.nUz) && ($0.readDU() || $0.readSA()) }) { return take() }
        if readSUnUz() || readUz() || readSUn() || readUm() {
            _ = take()
            _ = maybe { $0.begin() && $0.readMUs() }
            return take()
        }
        if read(Self.dUr) {
            _ = take()
            _ = maybe { chain in
                _ = chain.begin()
                _ = chain.readPerson()
                return chain.readMUs()
            }
            return take()
        }
        return true
    }

    /// `lAr`, and what may stand before it.
    private mutating func takePlural() -> Bool {
        attempt { $0.begin() && $0.readLAr() && $0.take() && $0.takeBeforeKi() }
    }

    /// An ending of possession, and the plural before it.
    private mutating func takeOwned(_ read: (inout Self) -> Bool) -> Bool {
        attempt { $0.begin() && read(&$0) && $0.take() && $0.maybe { $0.takePlural() } }
    }

    /// The endings that stand before `ki`, with it.
    private mutating func takeBeforeKi() -> Bool {
        attempt { chain in
            guard chain.begin(), chain.read(Self.ki, agreeing: false) else { return false }
            if chain.attempt({ $0.read(Self.dA) }) {
                return chain.take()
                    && chain.maybe { chain in
                        _ = chain.begin()
                        if chain.readLAr() { return chain.take() && chain.maybe { $0.takeBeforeKi() } }
                        return chain.readPossessive() && chain.take() && chain.maybe { $0.takePlural() }
                    }
            }
            if chain.readNUn() {
                return chain.take()
                    && chain.maybe { chain in
                        _ = chain.begin()
                        if chain.readLArI() { return chain.take() }
                        return chain.takeOwned { $0.readPossessiveOrSU() } || chain.takeBeforeKi()
                    }
            }
            guard chain.read(Self.ndA) else { return false }
            if chain.readLArI() { return chain.take() }
            if chain.readSU() { return chain.take() && chain.maybe { $0.takePlural() } }
            return chain.takeBeforeKi()
        }
    }

    mutating func takeNounEndings() -> Bool {
        if attempt({ $0.begin() && $0.readLAr() && $0.take() && $0.maybe { $0.takeBeforeKi() } }) { return true }
        if attempt({ $0.begin() && $0.read(Self.cA, binding: "n") && $0.take() && $0.maybe { $0.takeBehindCA() } }) { return true }
        if attempt({ $0.begin() && ($0.read(Self.ndA) || $0.read(Self.nA)) && $0.takeBehindNA() }) { return true }
        if attempt({ $0.begin() && ($0.read(Self.ndAn) || $0.read(Self.nU)) && $0.takeBehindNU() }) { return true }
        if attempt({ $0.begin() && $0.read(Self.dAn) && $0.take() && $0.maybe { $0.takeBehindDAn() } }) { return true }
        let genitive = attempt { chain in
            guard chain.begin(), chain.readNUn() || chain.read(Self.lA, binding: "y"), chain.take() else { return false }
            return chain.maybe { $0.takePlural() || $0.takeOwned { $0.readPossessiveOrSU() } || $0.takeBeforeKi() }
        }
        if genitive { return true }
        if attempt({ $0.begin() && $0.readLArI() && $0.take() }) { return true }
        if takeBeforeKi() { return true }
        let oblique = attempt { chain in
            guard chain.begin(), chain.read(Self.dA) || chain.read(Self.u, binding: "y") || chain.read(Self.a, binding: "y"), chain.take()
            else { return false }
            return chain.maybe { $0.takeBehindDA() }
        }
        if oblique { return true }
        return takeOwned { $0.readPossessiveOrSU() }
    }

    private mutating func takeBehindCA() -> Bool {
        if attempt({ $0.begin() && $0.readLArI() && $0.take() }) { return true }
        return takeOwned { $0.readPossessiveOrSU() } || takePlural()
    }

    private mutating func takeBehindNA() -> Bool {
        if readLArI() { return take() }
        if readSU() { return take() && maybe { $0.takePlural() } }
        return takeBeforeKi()
    }

    private mutating func takeBehindNU() -> Bool {
        if readSU() { return take() && maybe { $0.takePlural() } }
        return readLArI()
    }

    private mutating func takeBehindDAn() -> Bool {
        _ = begin()
        if readPossessive() { return take() && maybe { $0.takePlural() } }
        if readLAr() { return take() && maybe { $0.takeBeforeKi() } }
        return takeBeforeKi()
    }

    private mutating func takeBehindDA() -> Bool {
        _ = begin()
        if readPossessive() {
            _ = take()
            _ = maybe { $0.begin() && $0.readLAr() }
        } else if !readLAr() {
            return false
        }
        return take() && takeBeforeKi()
    }
}
