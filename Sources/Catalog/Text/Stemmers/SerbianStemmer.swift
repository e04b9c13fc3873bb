enum SerbianStemmer {
    static func stem(_ word: inout StemWord) {
        word.letters = word.letters.flatMap { latin[$0] ?? [$0] }
        takeBetweenConsonants("ije", from: &word)
        takeBetweenConsonants("je", from: &word)
        for index in word.letters.indices.reversed() where word.isLetter("d", index) && word.isLetter("j", index + 1) {
            word.letters.replaceSubrange(index...(index + 1), with: [0x111])
        }
        let isPlain = word.first(in: marked) == nil
        markRegion(&word)
        _ = take(changes, from: &word, isPlain: isPlain)
        if !take(inflections, from: &word, isPlain: isPlain) { word.apply(rests) }
    }

    private static let vowels: LetterSet = "aeiou"
    private static let marked: LetterSet = "čćžšđ"
    private static let consonants: LetterSet = "bvgdzjklmnprstfhcčćžšđ"

    private static let latin: [UInt32: [UInt32]] = {
        let cyrillic = "абвгдђежзијклмнопрстћуфхцчш".unicodeScalars.map(\.value)
        let latin = "abvgdđežzijklmnoprstćufhcčš".unicodeScalars.map { [$0.value] }
        var letters = Dictionary(uniqueKeysWithValues: zip(cyrillic, latin))
        for (letter, pair) in ["љ": "lj", "њ": "nj", "џ": "dž"] as [Unicode.Scalar: String] {
            letters[letter.value] = pair.unicodeScalars.map(\.value)
        }
        return letters
    }()

    /// Makes `ije` or `je` between two consonants an `e`, as the eastern dialects have it.
    private static func takeBetweenConsonants(_ text: String, from word: inout StemWord) {
        let length = text.utf8.count
        var index = 0
        while index + length + 1 < word.count {
            if word.isIn(consonants, index) && word.ends(in: text, before: index + 1 + length, from: index + 1)
                && word.isIn(consonants, index + 1 + length)
            {
                word.letters.replaceSubrange((index + 1)...(index + length), with: [0x65])
                index += 3
            } else {
                index += 1
            }
        }
    }

    private static func markRegion(_ word: inout StemWord) {
        word.r1 = word.count
        if let vowel = word.first(in: vowels) {
            word.r1 = vowel + 1
            if word.r1 < 2, let consonant = word.first(notIn: vowels, from: word.r1) { word.r1 = consonant + 1 }
        }
        // An r may be the vowel of a syllable.
        guard let r = word.letters.firstIndex(of: 0x72) else { return }
        var behind = r + 1
        if behind < 2 {
            guard let other = word.letters[behind...].firstIndex(where: { $0 != 0x72 }) else { return }
            behind = other + 1
        }
        if word.r1 - behind > 1 { word.r1 = behind }
    }

    /// - Parameter isPlain: the word is written without the letters č, ć, ž, š, đ, so others may stand for them: rules of number 1 are for it.
    private static func take(_ endings: Endings, from word: inout StemWord, isPlain: Bool) -> Bool {
        guard let (number, _) = word.ending(endings), number == 0 || isPlain else { return false }
        return word.apply(endings) != nil
    }

    private static let changes: Endings = """
        >loga: lozi lozima
        >peh: pesi pesima
        >vojka: vojci
        >bojka: bojci
        >jak: jaci jacima
        >čajni: čajan
        1 >cajni: cajan
        >erni: eran
        >larni: laran
        >esni: esan
        >anjca: anjac
        >ajca: ajac ajaca
        >ljca: ljaca ljac
        >ejca: ejac ejaca
        >ojca: ojac ojaca
        >ajka: ajaka
        >ojka: ojaka
        >šca: šaca šac
        >ing: inzima inzi
        >tvenik: tvenici
        >tetika: tetici teticima
        >nstva: nstava
        >nik: nicima
        >tik: ticima
        >zik: zicima
        >snik: snici
        >kusi: kuse
        >kusni: kusan
        >kustva: kustava
        >dušni: dušan
        1 >dusni: dusan
        >antni: antan
        >bilni: bilan
        >tilni: tilan
        >avilni: avilan
        >silni: silan
        >gilni: gilan
        >rilni: rilan
        >nilni: nilan
        >alni: alan
        >ozni: ozan
        >ravi: rave
        >stavni: stavan
        >pravni: pravan
        >tivni: tivan
        >sivni: sivan
        >atni: atan
        >enta: enat
        >tetni: tetan
        >pletni: pletan
        >šavi: šave
        1 >savi: save
        >anta: anata
        >ačka: ačak ačaka
        1 >acka: acak acaka
        >uška: ušak
        1 >uska: usak
        >atka: atak ataka atci atcima
        >etka: etak etaka
        >itka: itak itaka itci
        >otka: otak otaka
        >utka: utak utaka utci utcima
        >eskna: eskan
        >tični: tičan
        1 >ticni: tican
        >ojska: ojsci
        >esma: esama
        >metra: metar metara
        >centra: centar centara
        >istra: istar istara
        >osti: ošću
        1 >osti: oscu
        >dba: daba
        >čka: čcima čci
        >mca: mac maca
        >nca: naca nac
        >voljni: voljan
        >anki: anaka
        >vca: vac vaca
        >sca: saca sac
        >rca: raca rac
        >alca: aoca alaca alac
        >elca: elaca elac
        >olca: olaca olac olce
        >njca: njac njaca
        >ekta: ekata ekat
        >izma: izam izama
        >jebi: jebe
        >baci: baci
        >ašni: ašan
        1 >asni: asan
        """
    private static let inflections: Endings = """
        R1 >sk: skijima skijega skijemu skijem skega skemu skem skijim skijih skijoj skijeg skiji skije skija skoga skome skomu skima
        R1 >sk: skog skom skim skih skoj ski ske sko ska sku
        R1 >šk: škijima škijega škijemu škijem škega škemu škem škijim škijih škijoj škijeg škiji škije škija škoga škome škomu škima
        R1 >šk: škog škom škim ških škoj ški ške ško ška šku
        R1 >stv: stvima stvom stvo stva stvu
        R1 >štv: štvima štvom štvo štva štvu
        R1 >tanij: tanijama tanijima tanijom tanija taniju tanije taniji
        R1 >manij: manijama manijima manijom manija maniju manije maniji
        R1 >panij: panijama panijima panijom panija paniju panije paniji
        R1 >ranij: ranijama ranijima ranijom ranija raniju ranije raniji
        R1 >ganij: ganijama ganijima ganijom ganija ganiju ganije ganiji
        R1 >an: aninom anina aninu anine anima anin anom anu ani ana ane anemu anega aneg anem
        R1 >in: inima inama inom ina ine ini inu ino
        R1 >on: onovima onova onove onovi onima onom ona one oni onu
        R1 >n: nijima nijega nijemu nijeg nijem nega nemu neg nem nijim nijih nijoj niji nije nija niju nima nome nomu noga noj nom nih
        R1 >n: nim nog no ne na nu ni nuvši nusmo nuste nući nimo nite nemo nete nula nulo nule nuli nuto nuti nuta neš nuo nut
        R1 >ać: aćoga aćome aćomu aćega aćemu aćima aćoj aćih aćom aćeg aćem aćog aćuh aćim aće aća
        R1 >eć: ećoga ećome ećomu ećega ećemu ećima ećoj ećih ećom ećeg ećem ećog ećuh ećim eće eća
        R1 >uć: ućoga ućome ućomu ućega ućemu ućima ućoj ućih ućom ućeg ućem ućog ućuh ućim uće uća
        R1 >ugov: ugovima ugovi ugove ugova
        R1 >ug: ugama ugom uga uge ugi ugu ugo
        R1 >log: logama logom loga logu loge
        R1 >g: govima gama govi gove gova gom ga ge gi gu go
        R1 >rari: rarijem rarija rariju rario
        R1 >oti: otijem otija otiju otio
        R1 >si: sijem sija siju sio
        R1 >li: lijem lija liju lio
        R1 >uj: ujući ujemo ujete ujmo ujem uješ uje uju
        R1 >caj: cajevima cajevi cajeva cajeve cajama cajima cajem caja caje caji caju
        R1 >čaj: čajevima čajevi čajeva čajeve čajama čajima čajem čaja čaje čaji čaju
        R1 >ćaj: ćajevima ćajevi ćajeva ćajeve ćajama ćajima ćajem ćaja ćaje ćaji ćaju
        R1 >đaj: đajevima đajevi đajeva đajeve đajama đajima đajem đaja đaje đaji đaju
        R1 >laj: lajevima lajevi lajeva lajeve lajama lajima lajem laja laje laji laju
        R1 >raj: rajevima rajevi rajeva rajeve rajama rajima rajem raja raje raji raju
        R1 >bij: bijima bijama bijom bija bije biji biju bijo
        R1 >cij: cijima cijama cijom cija cije ciji ciju cijo
        R1 >dij: dijima dijama dijom dija dije diji diju dijo
        R1 >lij: lijima lijama lijom lije liji lijo
        R1 >nij: nijama nijom nijo
        R1 >mij: mijima mijama mijom mija mije miji miju mijo
        R1 >žij: žijima žijama žijom žija žije žiji žiju žijo
        R1 >gij: gijima gijama gijom gija gije giji giju gijo
        R1 >fij: fijima fijama fijom fija fije fiji fiju fijo
        R1 >pij: pijima pijama pijom pija pije piji piju pijo
        R1 >rij: rijima rijama rijom rija rije riji riju rijo
        R1 >sij: sijima sijama sijom sije siji sijo
        R1 >tij: tijima tijama tijom tija tije tiji tiju tijo
        R1 >zij: zijima zijama zijom zija zije ziji ziju zijo
        R1 >nal: nalima nalama nalom nala nale nali nalu nalo
        R1 >ijal: ijalima ijalama ijalom ijala ijale ijali ijalu ijalo
        R1 >ozil: ozilima ozilom ozila ozile ozilu ozili
        R1 >olov: olovima olovi olova olove
        R1 >ol: olima olom ola olu ole oli
        R1 >lem: lemama lemima lemom lema leme lemi lemu lemo
        R1 >ram: ramama ramom rama rame rami ramu ramo
        R1 >ar: arama arima arom aru ara are ari
        R1 >dr: drama drima drom dru dra dre dri
        R1 >er: erama erima erom eru era ere eri
        R1 >or: orama orima orom oru ora ore ori
        R1 >es: esima esom ese esa esu
        R1 >is: isima isom ise isa isu
        R1 >taš: tašama tašima tašom tašem taša tašu taši taše
        R1 >naš: našama našima našom našem naša našu naši naše
        R1 >jaš: jašama jašima jašom jašem jaša jašu jaši jaše
        R1 >kaš: kašama kašima kašom kašem kaša kašu kaši kaše
        R1 >baš: bašama bašima bašom bašem baša bašu baši baše
        R1 >gaš: gašama gašima gašom gašem gaša gašu gaši gaše
        R1 >vaš: vašama vašima vašom vašem vaša vašu vaši vaše
        R1 >eš: ešima ešama ešom ešem eši eše eša ešu
        R1 >iš: išima išama išom išem iši iše iša išu
        R1 >ikat: ikatima ikatom ikata ikate ikati ikatu ikato
        R1 >lat: latima latom lata late lati latu lato
        R1 >et: etama etima etom eta ete eti etu eto etavši etući etemo etimo etem eteš
        R1 >est: estima estama estom esta este esti estu esto
        R1 >ist: istima istama istom ista iste isti istu isto
        R1 >kst: kstima kstama kstom ksta kste ksti kstu ksto
        R1 >ost: ostima ostama ostom osta oste osti ostu osto
        R1 >išt: ištima ištem išta ište ištu
        R1 >ova: ovasmo ovaste ovahu ovati ovaše ovali ovala ovale ovalo ovat ovah ovao
        R1 >av: avijemu avijima avijega avijeg avijem avemu avega aveg avem avijim avijih avijoj avoga avome avomu avima avama aviji
        R1 >av: avije avija aviju avim avih avoj avom avog avi ava avu ave avo
        R1 >ev: evijemu evijima evijega evijeg evijem evemu evega eveg evem evijim evijih evijoj evoga evome evomu evima evama eviji
        R1 >ev: evije evija eviju evim evih evoj evom evog evi eva evu eve evo
        R1 >iv: ivijemu ivijima ivijega ivijeg ivijem ivemu ivega iveg ivem ivijim ivijih ivijoj ivoga ivome ivomu ivima ivama iviji
        R1 >iv: ivije ivija iviju ivim ivih ivoj ivom ivog ivi iva ivu ive ivo
        R1 >ov: ovijemu ovijima ovijega ovijeg ovijem ovemu ovega oveg ovijim ovijih ovijoj ovoga ovome ovomu ovima oviji ovije ovija
        R1 >ov: oviju ovim ovih ovoj ovom ovog ovi ova ovu ove ovo
        R1 >mov: movima movom mova movu move movi
        R1 >lov: lovima lovom lova lovu love lovi
        R1 >el: elijemu elijima elijega elijeg elijem elemu elega eleg elem elijim elijih elijoj eloga elome elomu elima eliji elije
        R1 >el: elija eliju elim elih eloj elom elog eli ela elu ele elo
        R1 >anj: anjijemu anjijima anjijega anjijeg anjijem anjemu anjega anjeg anjem anjijim anjijih anjijoj anjoga anjome anjomu
        R1 >anj: anjima anjiji anjije anjija anjiju anjim anjih anjoj anjom anjog anja anje anji anjo anju
        R1 >enj: enjijemu enjijima enjijega enjijeg enjijem enjemu enjega enjeg enjem enjijim enjijih enjijoj enjoga enjome enjomu
        R1 >enj: enjima enjiji enjije enjija enjiju enjim enjih enjoj enjom enjog enja enje enji enjo enju
        R1 >šnj: šnjijemu šnjijima šnjijega šnjijeg šnjijem šnjemu šnjega šnjeg šnjem šnjijim šnjijih šnjijoj šnjoga šnjome šnjomu
        R1 >šnj: šnjima šnjiji šnjije šnjija šnjiju šnjim šnjih šnjoj šnjom šnjog šnja šnje šnji šnjo šnju
        R1 >en: enemu enega eneg enem
        R1 >šn: šnemu šnega šneg šnem
        R1 >čin: činama činome činomu činoga činima činog činom činim činih činoj čina činu čini čino čine
        R1 >roši: rošivši rošismo rošiste rošiše rošimo rošite rošiti rošili rošila rošilo rošile rošim rošiš rošit roših rošio
        R1 >oš: ošijemu ošijima ošijega ošijeg ošijem ošemu ošega ošeg ošem ošijim ošijih ošijoj ošoga ošome ošomu ošima ošiji ošije
        R1 >oš: ošija ošiju ošim oših ošoj ošom ošog oši oša ošu oše
        R1 >evit: evitijima evitijega evitijemu evitijem evitega evitemu evitem evitijim evitijih evitijoj evitijeg evitiji evitije
        R1 >evit: evitija evitoga evitome evitomu evitima evitog evitom evitim evitih evitoj eviti evite evito evita evitu
        R1 >ovit: ovitijima ovitijega ovitijemu ovitijem ovitega ovitemu ovitem ovitijim ovitijih ovitijoj ovitijeg ovitiji ovitije
        R1 >ovit: ovitija ovitoga ovitome ovitomu ovitima ovitog ovitom ovitim ovitih ovitoj oviti ovite ovito ovita ovitu
        R1 >ast: astijima astijega astijemu astijem astega astemu astem astijim astijih astijoj astijeg astiji astije astija astoga
        R1 >ast: astome astomu astima astog astom astim astih astoj asti aste asto asta astu
        R1 >k: kijemu kijima kijega kijeg kijem kemu kega keg kem kijim kijih kijoj koga kome komu kima kiji kije kija kiju kim kih koj
        R1 >k: kom kog kov ki ka ku ke ko
        R1 >eva: evajući evasmo evaste evajmo evajte evaju evala evale evali evalo evamo evana evane evani evano evate evati evaše evahu
        R1 >eva: evah evaj evam evan evao evat evav evaš
        R1 >ava: avajući avasmo avaste avajmo avajte avaju avala avale avali avalo avamo avana avane avani avano avate avati avaše avahu
        R1 >ava: avah avaj avam avan avao avat avav avaš
        R1 >iva: ivajući ivasmo ivaste ivajmo ivajte ivaju ivala ivale ivali ivalo ivamo ivana ivane ivani ivano ivate ivati ivaše ivahu
        R1 >iva: ivah ivaj ivam ivan ivao ivat ivav ivaš
        R1 >uva: uvajući uvasmo uvaste uvajmo uvajte uvaju uvala uvale uvali uvalo uvamo uvana uvane uvani uvano uvate uvati uvaše uvahu
        R1 >uva: uvah uvaj uvam uvan uvao uvat uvav uvaš
        R1 >ir: irujemo irujete irujući irajući irivat irujem iruješ irujmo irujte iravši irasmo iraste irati iramo irate iraju iraše
        R1 >ir: irahu irala iralo irali irale iruje iruju iruj iral iran iram iraš irat irah irao
        R1 >ač: ačismo ačiste ačiti ačimo ačite ačiše ačeći ačila ačilo ačili ačile ačena ačeno ačeni ačene ačio ačim ačiš ačit ačih
        R1 >ač: ačen ači ače
        R1 >ača: ačavši ačasmo ačaste ačahu ačati ačamo ačate ačaše ačala ačalo ačali ačale ačaju ačana ačano ačani ačane ačao ačam ačaš
        R1 >ača: ačat ačah ačan
        R1 >ni: nivši nismo niste niti nila nilo nile nili niš nio
        R1 >a: ajući avši asmo ajmo ajte ajem aloj amo ate aje aju ati aše ahu ala ali ale alo ano at ah ao aj an am aš alama alima alom
        R1 >a: alu al
        R1 >ur: urajući urasmo uraste urajmo urajte uramo urate uraju urati uraše urahu urala urali urale uralo urana urano urani urane
        R1 >ur: ural urat urah urao uraj uran uram uraš
        R1 >astaj: astajasmo astajaste astajahu astajati astajemo astajete astajaše astajali astajući astajala astajalo astajale astajmo
        R1 >astaj: astajao astajem astaješ astajat astajah astajte astaje astaju
        R1 >istaj: istajasmo istajaste istajahu istajati istajemo istajete istajaše istajali istajući istajala istajalo istajale istajmo
        R1 >istaj: istajao istajem istaješ istajat istajah istajte istaje istaju
        R1 >ostaj: ostajasmo ostajaste ostajahu ostajati ostajemo ostajete ostajaše ostajali ostajući ostajala ostajalo ostajale ostajmo
        R1 >ostaj: ostajao ostajem ostaješ ostajat ostajah ostajte ostaje ostaju
        R1 >aj: ajevima ajevi ajeva ajeve ajama ajima aja aji
        R1 >asta: astadosmo astadoste astadoše astanemo astademo astanete astadete astanimo astanite astanila astavši astanem astadem
        R1 >asta: astaneš astadeš astadoh astade astati astane astanu astadu astala astali astalo astale astat astao
        R1 >ista: istadosmo istadoste istadoše istanemo istademo istanete istadete istanimo istanite istanila istavši istanem istadem
        R1 >ista: istaneš istadeš istadoh istade istati istane istanu istadu istala istali istalo istale istat istao
        R1 >osta: ostadosmo ostadoste ostadoše ostanemo ostademo ostanete ostadete ostanimo ostanite ostanila ostavši ostanem ostadem
        R1 >osta: ostaneš ostadeš ostadoh ostade ostati ostane ostanu ostadu ostala ostali ostalo ostale ostat ostao
        R1 >ta: tasmo taste tajmo tajte tavši tati tamo tate taju tala talo tale tali tana tano tani tane tan taj tao tam taš tat tah
        R1 >inj: injasmo injaste injati injemo injete injali injala injalo injale injaše injahu injem inješ injat injah injao
        R1 >as: astemo astete astimo astite astući asteš asli asla aslo asle
        R1 >i: ivši ieći ismo imo ite iti ili ila ilo ile im iš it ih io ijemo ijete ijem iješ ijmo ijte iju ije ij ilu ilama ilima ilom
        R1 >i: il
        R1 >luč: lučujete lučujući lučujemo lučujem lučuješ lučismo lučiste lučujmo lučujte lučuje lučuju lučiše lučiti lučimo lučite
        R1 >luč: lučila lučilo lučili lučile lučena lučeno lučeni lučene lučuj lučio lučen lučim lučiš lučit lučih luče luči
        R1 >jeti: jetismo jetiste jetiše jetimo jetite jetiti jetili jetila jetilo jetile jetim jetiš jetit jetih jetio
        R1 >e: emo em eš elama el
        R1 >at: atijega atijemu atijima atijeg atijem atega atemu ateg atem atijih atijim atima atoga atome atomu atiji atije atija
        R1 >at: atiju atoj atog atom atim atih ata atu ato
        1 R1 >luc: lucujuci lucujemo lucujete lucujem lucujes lucujmo lucujte lucismo luciste luciti lucite lucise lucuje lucuju lucila
        1 R1 >luc: lucile lucili lucilo lucena luceni lucene luceno lucimo lucim lucis lucih lucit lucio lucuj lucen luce luci
        1 R1 >snj: snjijima snjijemu snjijega snjijim snjijih snjijeg snjijoj snjiji snjija snjije snjiju snjima snjemu snjomu snjome
        1 R1 >snj: snjega snjoga snjih snjim snjem snjom snjeg snjog snjoj snja snje snji snjo snju
        1 R1 >os: osijima osijemu osijega snjijem osijih osijim osijem osijeg osijoj osima osemu osomu osome osega osoga osija osije
        1 R1 >os: osiji osiju osih osim osem osom oseg osog osoj osa ose osi osu
        1 R1 >ac: acismo aciste acima acimo acome acomu acite aciti acise acila acile acili acilo acega acene aceci aceni acemu acena
        1 R1 >ac: aceno acoga acoj acih acem acom acen acog acit acio aceg acim acuh acis ace aca aci
        1 R1 >ec: ecome ecoga ecemu ecima ecega ecomu ecoj ecuh ecom ecog eceg ecih ecem ecim eca ece
        1 R1 >uc: ucomu ucome ucima ucoga ucega ucemu ucih ucog uceg ucom ucem ucim ucuh ucoj uca uce
        1 R1 >rosi: rosismo rosivsi rosiste rositi rosili rosise rosite rosilo rosimo rosile rosila rosit rosis rosio rosim rosih
        1 R1 >aca: acavsi acaste acasmo acaju acane acate acali acani acati acale acahu acase acano acamo acalo acana acala acam acan
        1 R1 >aca: acao acas acat acah
        1 R1 >jas: jasima jasama jasem jasom jase jasi jasa jasu
        1 R1 >tas: tasima tasama tasem tasom tase tasa tasu tasi
        1 R1 >gas: gasima gasama gasem gasom gasi gasu gase gasa
        1 R1 >nas: nasama nasima nasem nasom nasu nasi nase nasa
        1 R1 >kas: kasama kasima kasom kasem kasi kasu kase kasa
        1 R1 >vas: vasama vasima vasom vasem vasi vase vasa vasu
        1 R1 >bas: basama basima basom basem basi base basu basa
        1 R1 >as: astuci astes
        1 R1 >cin: cinima cinome cinama cinomu cinoga cinom cinih cinim cinog cinoj cino cini cinu cine cina
        1 R1 >astaj: astajase astajuci astajes
        1 R1 >istaj: istajase istajuci istajes
        1 R1 >ostaj: ostajase ostajuci ostajes
        1 R1 >asta: astadose astades astanes astavsi
        1 R1 >ista: istadose istades istanes istavsi
        1 R1 >osta: ostadose ostades ostanes ostavsi
        1 R1 >ava: avajuci avase avas
        1 R1 >eva: evajuci evase evas
        1 R1 >iva: ivajuci ivase ivas
        1 R1 >uva: uvajuci uvase uvas
        1 R1 >ova: ovase
        1 R1 >jeti: jetise jetis
        1 R1 >inj: injase injes
        1 R1 >ist: istem
        1 R1 >es: esama esem esi
        1 R1 >et: etavsi etuci etes
        1 R1 >is: isama isem isi
        1 R1 >ir: irajuci irujuci irujes iravsi irase iras
        1 R1 >ur: urajuci urase uras
        1 R1 >uj: ujuci ujes
        1 R1 >ni: nivsi nis
        1 R1 >sn: snega snemu snem sneg
        1 R1 >ta: tavsi tas
        1 R1 >a: ajuci avsi ase as
        1 R1 >i: ijes ivsi ieci is
        1 R1 >e: es
        1 R1 >n: nuvsi nuci nes
        """
    private static let rests: Endings = """
        R1 -: enom enoj enog enim enih anoj anog anim anih ost eno eni oga ima enu ena ama ano ani om og u o i e a
        """
}
