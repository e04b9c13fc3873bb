enum ArmenianStemmer {
    static func stem(_ word: inout StemWord) {
        guard let vowel = word.first(in: vowels) else { return }
        word.rv = vowel + 1
        if let first = word.behindConsonant(vowels, from: vowel), let second = word.behindConsonant(vowels, from: first) {
            word.r2 = second
        }
        word.apply(endings, from: word.rv)
        word.apply(verbs, from: word.rv)
        word.apply(adjectives, from: word.rv)
        word.apply(nouns, from: word.rv)
    }

    private static let vowels: LetterSet = "աէիօւեոը"
    private static let endings: Endings = """
        R2 -: ները ներն ների ներդ երից ներից երի երդ երն երը ներին ությանն ությանը ությանս ությանդ ության երին ին սա ոջ ից երով ներով
        R2 -: երում ներում ուն ուդ վանս վանը վանդ անը անդ վան ոջը ոջս ոջդ ոց ուց ոջից ցից վից վի վով ով անով անում վանից ամբ ան ներ եր
        R2 -: վա ը ն դ ց ի
        """
    private static let verbs: Endings = """
        -: ում վում ալու ելու վել անալ ելուց ալուց ըալ ըել ալով ելով ալիս ելիս ենալ ացնալ եցնել ցնել նել ատել ոտել կոտել տել ված եցվել
        -: ացվել եցիր ացիր եցինք ացինք վեցիր վեցինք վեցիք վեցին ացրիր ացրեց ացրինք ացրիք ացրին եցիք ացիք եցին ացին ացար ացավ ացանք ացաք
        -: ացան վեցի ացրի եցար եցավ ցանք ցաք ցան ացա ացի եցա չել եցի ար ավ անք աք ան ալ ել եց աց վե ա
        """
    private static let adjectives: Endings = """
        -: բար պես որէն ովին ակի լայն րորդ երորդ ական ալի կոտ եկեն որակ եղ վուն երեն արան են ավետ գին իվ ատ ին
        """
    private static let nouns: Endings = """
        -: ածո անակ անօց արան արք պան ստան եղէն ենք իկ իչ իք մունք յակ յուն ոնք որդ ոց չեք վածք վոր ավոր ություն ուկ ուհի ույթ ույք ուստ
        -: ուս ցի ալիք անիք իլ իչք ունք գար ու ակ ան ք
        """
}
