enum BasqueStemmer {
    static func stem(_ word: inout StemWord) {
        word.markRomanceRV(vowels)
        word.markR1AndR2(vowels)
        var end = word.count
        while take(verbs, from: &word, before: &end) {}
        while take(nouns, from: &word, before: &end) {}
        _ = take(adjectives, from: &word, before: &end)
    }

    private static let vowels: LetterSet = "aeiou"

    /// Takes an ending off. What it was replaced by stays: the next one is looked for before it.
    private static func take(_ endings: Endings, from word: inout StemWord, before end: inout Int) -> Bool {
        guard let (index, start) = endings.longest(in: word.letters, before: end, from: 0) else { return false }
        let rule = endings.rules[index]
        guard start >= word.start(of: rule.region), let replacement = rule.replacement else { return false }
        word.letters.replaceSubrange(start..<end, with: replacement)
        end = start
        return true
    }

    private static let verbs: Endings = """
        RV -: le la tzaile aldatu atu tzailea taile tailea pera gale galea gura kura kor korra or orra tun tuna gaitz gaitza kaitz
        RV -: kaitza ezin ezina tezin tezina errez erreza karri karria tzaga tzaka tzake tzeke ez eza tzez keta eta etan pen pena tze
        RV -: atze kuntza kunde kundea kune kunea kuna kera era kizun kizuna dura tura men mena go ago tio taldi taldia aldi aldia gune
        RV -: gunea bide bidea pide pidea gai gaia ki kin rekin kina kari karia ari tari etari gailu gailua kide kidea ide idea du ka
        RV -: kan an ean tu lari tatu rean tarazi arazi tzat bera dako
        R2 -: garri garria tza
        >atseden: atseden
        >arabera: arabera
        >baditu: baditu
        """
    private static let nouns: Endings = """
        RV -: ari aria bizia kari karia lari laria tari taria zain zaina tzain tzaina zale zalea tzale tzalea aizun orde ordea burua ohi
        RV -: ohia kintza gintzo gintzu tzu tzua tzo tzoa kuntza talde taldea eria keria teria di za ada tara etara tra ta tegi tegia
        RV -: keta z zko zkoa ti tia tsu tsua zu zua bera pera zto ztoa asi asia gile gilea estu estua larri larria nahi nahia koi koia
        RV -: oi oia goi min mina dun duna duru durua duri duria os osa oso osoa ar ara tar dar dara tiar tiara liar liara gabe gabea
        RV -: kabe kabea ga ge kada tasun tasuna asun asuna go mendu mendua mentu mentua mendi mendia zio zioa zino zinoa zione zionea
        RV -: ezia degi degia egi egia toki tokia leku lekua gintza alde aldea kalde kaldea gune gunea une unea una pe pea gibel gibela
        RV -: ondo ondoa arte artea aurre aurrea etxe etxea ola ontzi ontzia gela denda taldi taldia aldi aldia te tea zaro zaroa taro
        RV -: taroa oro oroa aro aroa ero eroa eroz eroza ka kan kana tako etako takoa kote kotea tzar tzarra handi handia kondo kondoa
        RV -: skila no noa ño ñoa ska xka zka tila to toa tto ttoa txo txoa txu txua anda anga urren urrena gai gaia gei geia eme emea
        RV -: kume kumea sa ko eko koa ena enea ne nea kor korra ez eza eta etan ki kia kin kina tu tua du dua ek tarik tariko tan ordu
        RV -: ordua oste ostea tzara ra antza behar ro giro ak zp ket kail kaila ail kirri kirria ngo ngoa ñi sko sta koitz koitza na
        RV -: garren garrena kera gerren gerrena garna kide tz tuko
        R2 -: ora garri garria or buru ren tza
        >jok: joka
        R1 -: tzen ten en tatu
        >tra: trako
        >minutu: minutuko
        >zehar: zehar
        >geldi: geldi
        >igaro: igaro
        >aurka: aurka
        """
    private static let adjectives: Endings = """
        RV -: era ero go tate tade date dade keria ki to ro la gi larik lanik ik ztik rik
        >z: zlea
        """
}
