enum NepaliStemmer {
    static func stem(_ word: inout StemWord) {
        if let (number, start) = word.ending(cases),
            number == 0 || !(word.ends(in: "ए", before: start) || word.ends(in: "े", before: start))
        {
            word.cut(to: start)
        }
        repeat {
            if let (number, start) = word.ending(signs), word.ending(number == 1 ? beforeNasal : beforeAi, before: start) != nil {
                word.cut(to: start)
            }
        } while word.apply(verbs) != nil
    }

    private static let cases: Endings = """
        -: मार्फत द्वारा सँगै संग सँग लाइ लाई पछि ले रत मै मा
        1 ?: को का कि की कै
        """
    private static let signs: Endings = """
        1 ?: ँ ं
        2 ?: ै
        """
    private static let beforeNasal: Endings = "?: यौ छौ नौ थे"
    private static let beforeAi: Endings = "?: त्र"
    private static let verbs: Endings = """
        -: थिइस् हुनेछ हुन्छ नेछस् नेछन् इएकी इएका इएको िएकी िएका िएको इछन् िछन् इछस् िछस् एछन् ेछन् एछस् ेछस् छिन् छेस् छ्यौ थिन् थियो
        -: थियौ थिस् थ्यो थ्यौ दियो देखि देखी लान् माथि नेकै नेका नेको नेछौ होस् इन्छ िन्छ नेछु इछौ िछौ इस् िस् ियो इयो एका ेका एकी ेकी
        -: एकै ेकै एको ेको एछु ेछु एछौ ेछौ छन् छस् थिए पर् भयो हरु हरू िदा इदा िदो इदो िदै इदै नेछ इछ िछ एछ ेछ छु छे छौ थी थे दा दी दै
        -: दो नु ने यो यौ छ
        """
}

enum HindiStemmer {
    static func stem(_ word: inout StemWord) {
        let found = endings.longest(in: word.letters, before: word.count, from: 1) { number, start in
            number == 0 || (start > 1 && word.isIn(consonants, start - 1))
        }
        if let found { word.cut(to: found.start) }
    }

    private static let consonants: LetterSet = "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहऴऩऱऴक़ख़ग़ज़ड़ढ़फ़य़"
    /// Those of rule 1 only behind a consonant.
    private static let endings: Endings = """
        -: ् अ आ इ ई उ ऊ ए ओ एं ओं आं उआं उएं उओं आएं आओं इयां इयों आइयां आइयों आँ इयाँ आइयाँ अताएं अताओं अनाएं अनाओं अता अती ईं अतीं
        -: अते आता आती आतीं आते अना अनी अने आना आने ऊंगा ऊंगी आऊंगा आऊंगी एंगे एंगी आएंगे आएंगी ओगे ओगी आओगे आओगी एगा एगी आएगा आएगी आया
        -: आए आई आईं इए आओ आइए अकर आकर ा ि ी ु ू े ो ें ों ां ुआं ुएं ुओं ाएं ाओं ियां ियों ाइयां ाइयों ाँ ियाँ ाइयाँ ीं ाता ाती ातीं
        -: ाते ाना ाने ूंगा ूंगी ाऊंगा ाऊंगी ेंगे ेंगी ाएंगे ाएंगी ोगे ोगी ाओगे ाओगी ेगा ेगी ाएगा ाएगी ाया ाए ाई ाईं िए ाओ ाइए ाकर
        1 -: ताएं ताओं नाएं नाओं ता ती तीं ते ना नी ने कर
        """
}
