enum CatalanStemmer {
    static func stem(_ word: inout StemWord) {
        word.markR1AndR2(vowels)
        word.apply(pronouns)
        if word.apply(nouns) == nil { word.apply(verbs) }
        word.apply(rests)
        word.exchange("áàéèíìóòúüï·", for: "aaeeiioouui.")
    }

    private static let vowels: LetterSet = "aeiouáàéèíïóòúü"
    private static let pronouns: Endings = """
        R1 -: 's 'hi 'ho 'l 'ls -ls -la -les -li vos se nos -nos -us us 'n 'ns -n -ns 'm -me -m -te 't li lo los me sela selo selas
        R1 -: selos le la las les ens ho hi
        """
    private static let nouns: Endings = """
        R1 -: ar atge formes icte ictes ell ells ella és ès esc essa et ets eta eres eries ers ina ines able ls ió itat itats itzar iva
        R1 -: ives ivisme ius fer ment amen ament aments ments ot sfera al als era ana iste aire eria esa eses esos or ícia ícies icis
        R1 -: ici íci ícis ària àries alla ció cions nça nces ó dor all il ístic enc enca ís issa issos íssem íssiu issem isseu ísseu ós
        R1 -: osa dora dores dors adura ble bles ívol ívola dís egar ejar ificar itar ables adors idores idors adora ació doras dur
        R1 -: dures allengües ant ants ancia ancies atòria atòries tori toris ats ions ota isam ors ora ores isament bilitat bilitats
        R1 -: ivitat ivitats ari aris ionisme ionista ionistes ialista ialistes ialisme ialismes ud uts uds encia encies ència ències
        R1 -: ïtat ïtats atiu atius atives ativa ativitat ativitats ible ibles assa asses assos ent ents íssim íssima íssims íssimes
        R1 -: ìssem ìsseu ìssin ims ima imes isme ista ismes istes inia inies íinia ínies ita ites triu trius oses osos ient otes ots
        R2 -: acions ada ades
        R2 >log: logía logíes logia logies logi logis lógica lógics lógiques
        R2 >ic: ic ica ics iques
        R1 >c: quíssim quíssims quíssimes quíssima
        """
    private static let verbs: Endings = """
        R1 -: ador adora adors adores re ie ent ents udes arà eren ará arían arías arán arás aríais aria arian arien aries aràs aría
        R1 -: aréis aríamos aremos ara aré arés erían erías erán erás eríais ería eréis eríamos eremos erá eré er erau erass irían irías
        R1 -: irán irás iríais iría iréis iríamos iremos irá iré írem íreu íeu ia ies íem ìeu ien at ut uda ava aves avem ávem àvem àveu
        R1 -: áveu aven au ats asseu esseu eresseu àsseu àssem àssim àssiu essen esses assen asses assim assiu éssen ésseu éssim éssiu
        R1 -: éssem í ares àrem àreu àren aríem aríeu areu aren ant ïm ïu és ïen en es em am ams ïa ïes dre eix eixer tzar eixes ides
        R1 -: ïdes it ït ïda aba ada ades ida ía iera ad ed its id ids ase iese aste iste an aban ían aran ieran asen iesen aron ieron
        R1 -: ado ido iendo ió ar ir as ieu ii io ià ess essin essis ass assin assis essim èssim èssiu abas adas idas ías aras ieras
        R1 -: ases ieses ís áis abais íais arais ierais aseis ieseis asteis isteis ados idos amos ábamos íamos imos ques áramos iéramos
        R1 -: iésemos ásemos ira iran irem iren ires ireu iria irien iries irà iràs irè irìem irìeu isquen iguem igueu esqui esquin
        R1 -: esquis eixi eixin eixis eixen eixo isin isis esques sis sin int iríem iríeu isc atges esca esquen issen isses issin issis
        R1 -: isca issiu issim ïsc ïsca ïssin íssiu íssim ïssis ïguem ïgueu ïra ïren ïres ïsquen ïsques ïssen ïsses ïxo ïxen ïxes ïx ixo
        R1 -: ixen ixes ix ixa inin inis ini ineu itza itzi itzeu itzis itzo itz itzà arem in às iï iïn iïs
        R2 -: ando
        """
    private static let rests: Endings = """
        R1 -: os a o á à í ó e é eu iu is i ir s ì itz ï ïn ïs it
        R1 >ic: iqu
        """
}
