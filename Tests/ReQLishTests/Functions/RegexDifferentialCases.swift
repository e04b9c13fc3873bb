/// Generated patterns and texts with what RE2 itself answers: the match and each group as byte offsets, a point for a group
/// that took no part. Fields are separated by tabs; a line feed stands as `␊`.
let regexDifferentialCases = #"""
    [^A-Z\Sa-c]*?(k+)	␊kcAKc世 _	0-2 1-2
    ([^a\pL]())	sBA	null
    .+[a-c]?	Ksc1aéS	0-10
    (?:(?:a??.+cb*))_	cAſa␊1cbÉ1 	null
    [^a\pLb]	é_bſBckaB	2-3
    (?:)_1?([^-](a.c)[^a-c\S]*||c?)	_ſ␊KbaBbcÉaS	0-1 1-1 .
    é{3|[^\w]	c-	1-2
    a*\b	␊S世␊␊ 	1-1
    [0-9c]([^0-9]+?).+[^A-Z]?	abca cbaſ s 	2-13 3-4
    ([^aA-Zà-ü]b{2,})世(()b*\101{3)?k	sbſ_k	null
    b*(k[^kc]世_)k{2,}	É cb_	null
    b|((?:)??[-c]+(A+a+c+))*B	baAc-KK	0-1 . .
    -((?-i:)[ka\d]*?c??)	càa	null
    (?P<n1>(c*|b*b{3[^a0-9a]?|)(b)+)	éBÉb- S	5-6 5-6 5-5 5-6
    A[\pL\né]+[^A-Z]	aàk1b世KaaBbK	null
    [^\d\d]\D?|^+	SÉca世éB-àa	0-3
    [^ak]	1_cc	0-1
    [^世]c_*\w	asSbàacK	6-9
    .[\pL世][\pL\n]?|[a-cb]+|	bS	0-2
    [a]1+	c-1	null
    [a-c-]|s?	bbſcſBbſk	0-1
    b()+	éK_kasc É	null
    [a-c\Sa]1()\d{a}	aÉc␊	null
    ((?U).世(?m:){a})(?s)	ÉsàK-	null
    \PL世*é	ſſékÉaaſSbSS	null
    [A-Zb]*	S␊1s_	0-1
    \z|\D*\p{Lu}\pL*$*?	akc_bKA	0-7
    [^-][^世kk][0-9]\_	ac␊É	null
    b(\A?A(?:acc{2}\S*)??)-	 a_Ba	null
    [c]+?((?i:c|b))?|	caAéAb	0-1 .
    (?m-s:k)\_*	A-c_世ck	8-9
    |B(?:)*(|[0-9])(?:(B?|))	kcABé␊abAab	0-0 . .
    k{0}-|[[:^digit:]0-9]b	ÉcÉſbbéaaÉ	5-8
    b(?s)A(|[^\Sa]+世*)*	cbK世b1aK	null
    1{1,2}?	1世1éa1Aa	0-1
    -*?[A-Z世]|sé*?_	␊c 1A1a	4-5
    ()(?:A())?|b\p{Ll}	A␊␊1 KsÉ	0-1 0-0 1-1
    1k{0}	cA_KBSKàs1Éba	14-15
    [^0-9]|	世K a世é- b	0-3
    (.(?U)[^0-9]|\101+)	sÉ1世KàbKA␊	0-3 0-3
    [^ka-c](|(c+c))?|	sbKAàk␊SKéS	0-1 1-1 .
    [\n]	世世ba	null
    ␊|[^a-cà-ü-]	Kàſacà	0-1
    \n(b)+	ſBÉ c␊aKAàÉéſ	null
    .()s??||	àccbKcé␊	0-2 2-2
    b|k{,3}s{0}(([^kkk]c|)+(?m))A	Ka1aBaKéb	11-12 . .
    世?1-??|␊+	saa1aaSb_s	3-4
    (?U)-+()	1ààsb	null
    [bk]{1,3}_	 as	null
    a(?i)+[世b]|(?m)\z(){0,2}	1aAbÉSaacÉ	12-12 12-12
    Bs*|[[:alpha:]]+	aB	0-2
    A(?:b{2,}c)??B	_bÉkécaAſ	null
    [^cc]|	 b-b␊SK	0-1
    césA|[^\w][^0-90-9世].(?:)|	 Kcc␊ K	0-5
    .{0,2}(?:(B))[^\d](?U)*	é-b1Bsb	3-6 5-6
    .a?|\x41+	␊bcébABbK	1-2
    a*?b	b1àba	0-1
    [^\pL]c|	_csKSakK	0-2
    k_?\x41-|b.|(s(?:bb{3)*?|)()	b 	0-2 . .
    A*?b	_世bſ世	4-5
    .*a|␊*?B{2,}s.+|	aSAſ␊␊	0-1
    .*(?:)[^\pL]	é-A1a␊É	0-7
    (?:-s)+([^世b])␊+	-É␊ésbÉs_a	null
    [0-9世a-c]{1,2}?[^\d\S\pL]	BsS世c世bK ␊世S	null
    A(()c|(?m)[\d0-9]B(?m)*).|b	asKS1cabBb	7-8 . .
    1|c|世[^\d世世](?:(k+|)k?)??	k ckàa_as	2-3 .
    [^a\dé]é	aà	null
    (?:(é*|cc*.*a)\D{a}|.{0}\S|(b|ba))	cbsscéAkcSé	0-1 . .
    ␊(A??␊[^a\w\pL]??(a?)|A*(c))+?	ſaa KK_S	null
    [\pL]	 Ka -aK世Bs_	1-2
    \b_[^-]k+||	sſa Kk-	0-0
    [^0-9]世{a}-	àca_ c_	null
    (\pL\z??(?:)?)	K␊KÉAb	0-3 0-3
    [\Sé[:alpha:]][\n[:alpha:]-]?c	a	null
    ||(?:.(?P<n1>␊?|c␊b*k|))+(?U)	b k_cbss	0-0 .
    .|b{2,}	b_AS	0-1
    _+s[\d\pLa](A?)	kÉkKbb-Bà	null
    .{2,}世+?世{1,2}?b{0,2}	kKsSsA世kS	null
    [^\d\S]	-世cſ␊a世bbbk	7-8
    世{,3}	Kb世BAKa_c	null
    [^c0-9]{,3}_?	b_Kb-k1b	null
    [[:^digit:]]	-ſ1-caÉ_1c	0-1
    [A-Z]()	éAé	2-3 3-3
    (?:(?:a{1,3})s+?s{,3}[c0-9]+){0}	à baſ	0-0
    [0-9é]	BKéſ	2-4
    [\nA-Z]sb??(?:(ac*a?){0}|)+	KSS1aÉsS	null
    \z[^0-9[:^digit:]\pL]()1*?	_aKKBaaſ	null
    \b1*[^-b]	-àKſà世aaa世asà	3-4
    \w{a}	àà␊	null
    世(?:[[:alpha:][:alpha:]])?	K␊	null
    A$*B*1	ſS11cÉskcék	null
    [^[:alpha:]][^a]{0,2}a*	AaKk␊世世àéAa	2-7
    (é?[[:alpha:]]?)?.	sſà	0-3 0-1
    A??|é(|)|	Kb␊KkAK	0-0 .
    ((éb␊??c?|k)s(bb+)[^[:^digit:]])	ssb	null
    (?P<n1>世??)_+|\b*é-k	ÉSAKKA	null
    1\n(?m-s:)+?|aa*|[^\pL\d]	acſakaſc_  a	0-1
    ␊??A-	BAé	null
    (é+||(?P<n1>c)*?[[:^digit:]é])b	Kſbé b ␊Kc-A	1-4 1-3 .
    a{0}1*é	Ééàbb asàb_␊	2-4
    \-?[\w\w]+	ſcS bbSé	2-4
    B-a␊+	Bb	null
    (?P<n1>)-[k]	k1	null
    (A+世|[^\n\n])|a.*?	bkKK1-_é	0-1 0-1
    ([a-c]*|[^A-Z]*|1[0-9à-ük])	absAaÉbkÉ	0-2 0-2
    [^A-Z]||b[-A-Z\pL]{3b[0-9\pL]	Kbà-àK1É	0-3
    \b\p{Ll}((aac|\_??[^b\pL-])()␊)?	KAàéaSc	4-6 . . .
    a[^0-9A-Z]??	ſbk_a	5-6
    .1*[é\w\S]\z*	ca␊世ba	0-2
    \z(.?||$\b*(c+))(|)	àcas	5-5 5-5 . 5-5
    世|a*(?:(?P<n1>$ca[a])1?)*	akà世1KB	0-1 .
    (?:(c{2,}|a+|b+)*\p{^Nd}\p{^Nd})	bb	0-2 .
    (?i)	kaſbsſS	0-0
    [^\Saà-ü]	Kb␊ bB 	2-3
    [\pL]*	sKé_bbKſſ␊␊	0-4
    (?m)[éa]	ksa	2-3
    世(?m:[-世]*|)	abbaKBbaAÉ s世	13-16
    ␊[[:alpha:]]	ſa	null
    -|().+?	ſ	0-2 0-0
    aA|(?:a*?(c+?c?|aB|b+A?)?)	c␊KÉé_aKSbbkS	0-1 0-1
    [^A-Z]*|	àK	0-2
    .|B?	ca_éà␊␊	0-1
    é(?:(?:bé+|)k(?:c)_)+?	a-	null
    1(|[^é\pL-]+1?|)+[^\n]\_	SK_ac11ſ_	7-12 8-9
    (é+?(?:kaa*|.*?a??a)_[\S-b])	_b-bSa	null
    [^\n]|世|	1KàcbéK_ab	0-1
    .|b[^\nà-ü]\A+	àSAK bB	0-2
    ((␊B*ac+?)[\S-]k*)+_[-é]é	aaa	null
    (?:(?P<n1>||c?a+a))??\p{^Nd}\b	c	0-1 .
    é{a}k␊|([^0-9]?)?	ba	0-1 0-1
    (?i)世	b␊ÉÉ世séabſ␊	6-9
    ␊+[c\w[:^digit:]]	S1cÉ 	null
    b?A|[^世\n\d]|␊*\d	éàbcà__ÉSb_é	0-2
    [^[:^digit:][:^digit:]]c+?	 aſbbb__ É	null
    (é[^\S\n](?:Bc{0,2}a{,3})␊)*[^\d]|	aSbcàÉaAS␊␊a	0-1 .
    (?U)[c\d]?	- 	0-0
    1|(?P<n1>)+[^à-ü\w]{2,}c|a	b	null
    [^[:alpha:]]1?	cKbA1世	1-4
    [^A-Zk]|[^k\n]é|	aK KÉ␊世ſé	0-1
    [^-b]+\nB()|[^a]	S世-ÉacKa 	0-1 .
    é\n*	b1BéÉcks	3-5
    _+(?:世)?\b[^\pL[:^digit:]]	aſA cb	null
    A-{0,2}	c-_ba世Bacskb	null
    [^[:^digit:]]	 àc1Kſ-1càbca	4-5
    1+[A-Zc]?	ccb1	3-4
    a??(?m-s:[[:^digit:]]B|)[^\d]	càſſ1kbcb c␊k	0-1
    [a\Sc]|	Écc␊S	0-2
    (a?b)c*?(\A)??(b\-s*)+	_	null
    .|()+?	a-à_Kb	0-1 .
    _?世?[^[:alpha:]](B*.+)?	aAbAc1K-␊	5-10 6-10
    ((b+sa)*世+_)|k	世àK-ck_Bséa é	10-11 . .
    ((.)+)|␊_*␊+(.()+)	sacÉ	0-5 0-5 3-5 . .
    (B)-*	b	null
    [\d]1b?	bſK	null
    [a-](|B)+(?P<n1>|As($))*	AkAcKb-ſ	8-9 9-9 9-9 .
    \x{e9}	aékaA	1-3
    (a())	aK世ÉAKaakcſk-	0-1 0-1 1-1
    [kaé]b{0}	abKc_	0-1
    (?:[A-Z\w]+|)b{a}B*?	cS␊ccéB-BkbKÉ	null
    b[^-[:alpha:]a-c][A-ZA-Z](?i)*	b␊A␊世saéÉ-	0-3
    """#
