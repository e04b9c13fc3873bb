enum LithuanianStemmer {
    static func stem(_ word: inout StemWord) {
        let start = word.isLetter("a", 0) && word.count > 6 ? 1 : 0
        if let region = word.behindConsonant(vowels, from: start) { word.r1 = region }
        word.apply(conflicts)
        word.apply(inflections, from: word.r1)
        word.apply(softened)
        while word.apply(derivations, from: word.r1) != nil {}
        word.apply(softened)
        if word.ends(in: "gd") { word.cut(to: word.count - 1) }
    }

    private static let vowels: LetterSet = "aeiyouąęįųėū"
    private static let conflicts: Endings = """
        >aitė: aite aitės
        >uotė: uotės uote
        >ėjimas: ėjime
        >esys: esiu
        >asys: asius
        >avimas: avime
        >ojimas: ojime
        >okatė: okatės okate
        """
    private static let inflections: Endings = """
        -: as ias is ys o io ui iui ą ią į u iu e yje y au i an ai iai ų ių ams am iams iam us ius ais iais uose iuose uos iuos uosna
        -: iuosna ysna asis aisi osi ųsi uisi ąsi usi esi uo a ia os ios oj oje ioje osna iosna om oms ioms omis iomis ose iose on ion ė
        -: ės ei ę ėj ėje ėms es ėmis ėse ėsna ėn aus iaus umi iumi uje iuje iau ūs ums umis un iun ies ens enio ers eniui eriai enį erį
        -: imi eniu erimi eria enyje eryje ie enie erie enys erys erų ims enims erims enis imis enimis yse enyse eryse iem iems ame iame
        -: uosi iuosi iesi asi iasi amės iamės at ate iat iate atės iatės isi im imės it ite ome ot ote ėjo ėjosi otės eisi ėsi ėm ėme
        -: ėmės ėt ėte ėtės ausi omės siu siuosi si siesi s ysis sim sime sit site čiau čiausi tum tumei tumeis tumeisi tųsi tumėm
        -: tumėme tumėmės tute tumėt tumėte tumėtės k ki kimės uoti iuoti auti iauti oti ioti ėti yti inti inėti enti telėti terėti ti
        -: ąs iąs įs tųs simės sitės kite
        """
    private static let derivations: Endings = """
        -: ing išk ėt ot uot iuot yt iuk iul ėl yl učiuk uliuk utėait ok iok sv šv zgan op iop ain ykšt ykšč esn aus iaus ias oj ioj aj
        -: iaj ąj iąj uoj iuoj iej ųj iųj ies uos iuos ais iais os ios ąs iąs dav ant iant int ėj ę ėję ęs siant dam auj jam iau am
        """
    private static let softened: Endings = """
        >t: č
        >d: dž
        """
}
