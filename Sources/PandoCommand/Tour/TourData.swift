// swift-format-ignore-file
// Made by make.py; do not edit.

/// A part of GeoNames (https://www.geonames.org), licensed under Creative Commons Attribution 4.0
/// (https://creativecommons.org/licenses/by/4.0/): 252 countries and the 750 largest cities, with some of their fields.
/// One document of JSON a line.
enum TourData {
    static let countries = #"""
{"id":"AD","name":"Andorra","capital":"Andorra la Vella","continent":"EU","population":77006,"area":468,"currency":"EUR","languages":["ca"],"neighbours":["ES","FR"]}
{"id":"AE","name":"United Arab Emirates","capital":"Abu Dhabi","continent":"AS","population":9630959,"area":82880,"currency":"AED","languages":["ar-AE","fa","en","hi","ur"],"neighbours":["SA","OM"]}
{"id":"AF","name":"Afghanistan","capital":"Kabul","continent":"AS","population":37172386,"area":647500,"currency":"AFN","languages":["fa-AF","ps","uz-AF","tk"],"neighbours":["TM","CN","IR","TJ","PK","UZ"]}
{"id":"AG","name":"Antigua and Barbuda","capital":"St. John's","continent":"NA","population":96286,"area":443,"currency":"XCD","languages":["en-AG"],"neighbours":[]}
{"id":"AI","name":"Anguilla","capital":"The Valley","continent":"NA","population":13254,"area":102,"currency":"XCD","languages":["en-AI"],"neighbours":[]}
{"id":"AL","name":"Albania","capital":"Tirana","continent":"EU","population":2866376,"area":28748,"currency":"ALL","languages":["sq","el"],"neighbours":["MK","GR","ME","RS","XK"]}
{"id":"AM","name":"Armenia","capital":"Yerevan","continent":"AS","population":3090500,"area":29800,"currency":"AMD","languages":["hy"],"neighbours":["GE","IR","AZ","TR"]}
{"id":"AN","name":"Netherlands Antilles","capital":"Willemstad","continent":"NA","population":300000,"area":960,"currency":"ANG","languages":["nl-AN","en","es"],"neighbours":["GP"]}
{"id":"AO","name":"Angola","capital":"Luanda","continent":"AF","population":30809762,"area":1246700,"currency":"AOA","languages":["pt-AO"],"neighbours":["CD","NA","ZM","CG"]}
{"id":"AQ","name":"Antarctica","capital":"","continent":"AN","population":0,"area":14000000,"currency":"","languages":[],"neighbours":[]}
{"id":"AR","name":"Argentina","capital":"Buenos Aires","continent":"SA","population":44494502,"area":2766890,"currency":"ARS","languages":["es-AR","en","it","de","fr","gn"],"neighbours":["CL","BO","UY","PY","BR"]}
{"id":"AS","name":"American Samoa","capital":"Pago Pago","continent":"OC","population":55465,"area":199,"currency":"USD","languages":["en-AS","sm","to"],"neighbours":[]}
{"id":"AT","name":"Austria","capital":"Vienna","continent":"EU","population":8847037,"area":83858,"currency":"EUR","languages":["de-AT","hr","hu","sl"],"neighbours":["CH","DE","HU","SK","CZ","IT","SI","LI"]}
{"id":"AU","name":"Australia","capital":"Canberra","continent":"OC","population":24992369,"area":7686850,"currency":"AUD","languages":["en-AU"],"neighbours":[]}
{"id":"AW","name":"Aruba","capital":"Oranjestad","continent":"NA","population":105845,"area":193,"currency":"AWG","languages":["nl-AW","pap","es","en"],"neighbours":[]}
{"id":"AX","name":"Aland Islands","capital":"Mariehamn","continent":"EU","population":26711,"area":1580,"currency":"EUR","languages":["sv-AX"],"neighbours":[]}
{"id":"AZ","name":"Azerbaijan","capital":"Baku","continent":"AS","population":10224900,"area":86600,"currency":"AZN","languages":["az","ru","hy"],"neighbours":["GE","IR","AM","TR","RU"]}
{"id":"BA","name":"Bosnia and Herzegovina","capital":"Sarajevo","continent":"EU","population":3323929,"area":51129,"currency":"BAM","languages":["bs","hr-BA","sr-BA"],"neighbours":["HR","ME","RS"]}
{"id":"BB","name":"Barbados","capital":"Bridgetown","continent":"NA","population":286641,"area":431,"currency":"BBD","languages":["en-BB"],"neighbours":[]}
{"id":"BD","name":"Bangladesh","capital":"Dhaka","continent":"AS","population":161356039,"area":144000,"currency":"BDT","languages":["bn-BD","en"],"neighbours":["MM","IN"]}
{"id":"BE","name":"Belgium","capital":"Brussels","continent":"EU","population":11422068,"area":30510,"currency":"EUR","languages":["nl-BE","fr-BE","de-BE"],"neighbours":["DE","NL","LU","FR"]}
{"id":"BF","name":"Burkina Faso","capital":"Ouagadougou","continent":"AF","population":19751535,"area":274200,"currency":"XOF","languages":["fr-BF","mos"],"neighbours":["NE","BJ","GH","CI","TG","ML"]}
{"id":"BG","name":"Bulgaria","capital":"Sofia","continent":"EU","population":7000039,"area":110910,"currency":"BGN","languages":["bg","tr-BG","rom"],"neighbours":["MK","GR","RO","TR","RS"]}
{"id":"BH","name":"Bahrain","capital":"Manama","continent":"AS","population":1569439,"area":665,"currency":"BHD","languages":["ar-BH","en","fa","ur"],"neighbours":[]}
{"id":"BI","name":"Burundi","capital":"Gitega","continent":"AF","population":11175378,"area":27830,"currency":"BIF","languages":["fr-BI","rn"],"neighbours":["TZ","CD","RW"]}
{"id":"BJ","name":"Benin","capital":"Porto-Novo","continent":"AF","population":11485048,"area":112620,"currency":"XOF","languages":["fr-BJ"],"neighbours":["NE","TG","BF","NG"]}
{"id":"BL","name":"Saint Barthelemy","capital":"Gustavia","continent":"NA","population":8450,"area":21,"currency":"EUR","languages":["fr"],"neighbours":[]}
{"id":"BM","name":"Bermuda","capital":"Hamilton","continent":"NA","population":63968,"area":53,"currency":"BMD","languages":["en-BM","pt"],"neighbours":[]}
{"id":"BN","name":"Brunei","capital":"Bandar Seri Begawan","continent":"AS","population":428962,"area":5770,"currency":"BND","languages":["ms-BN","en-BN"],"neighbours":["MY"]}
{"id":"BO","name":"Bolivia","capital":"Sucre","continent":"SA","population":11353142,"area":1098580,"currency":"BOB","languages":["es-BO","qu","ay"],"neighbours":["PE","CL","PY","BR","AR"]}
{"id":"BQ","name":"Bonaire, Saint Eustatius and Saba ","capital":"","continent":"NA","population":18012,"area":328,"currency":"USD","languages":["nl","pap","en"],"neighbours":[]}
{"id":"BR","name":"Brazil","capital":"Brasilia","continent":"SA","population":209469333,"area":8511965,"currency":"BRL","languages":["pt-BR","es","en","fr"],"neighbours":["SR","PE","BO","UY","GY","PY","GF","VE","CO","AR"]}
{"id":"BS","name":"Bahamas","capital":"Nassau","continent":"NA","population":385640,"area":13940,"currency":"BSD","languages":["en-BS"],"neighbours":[]}
{"id":"BT","name":"Bhutan","capital":"Thimphu","continent":"AS","population":754394,"area":47000,"currency":"BTN","languages":["dz"],"neighbours":["CN","IN"]}
{"id":"BV","name":"Bouvet Island","capital":"","continent":"AN","population":0,"area":49,"currency":"NOK","languages":[],"neighbours":[]}
{"id":"BW","name":"Botswana","capital":"Gaborone","continent":"AF","population":2254126,"area":600370,"currency":"BWP","languages":["en-BW","tn-BW"],"neighbours":["ZW","ZA","NA"]}
{"id":"BY","name":"Belarus","capital":"Minsk","continent":"EU","population":9485386,"area":207600,"currency":"BYN","languages":["be","ru"],"neighbours":["PL","LT","UA","RU","LV"]}
{"id":"BZ","name":"Belize","capital":"Belmopan","continent":"NA","population":383071,"area":22966,"currency":"BZD","languages":["en-BZ","es"],"neighbours":["GT","MX"]}
{"id":"CA","name":"Canada","capital":"Ottawa","continent":"NA","population":37058856,"area":9984670,"currency":"CAD","languages":["en-CA","fr-CA","iu"],"neighbours":["US"]}
{"id":"CC","name":"Cocos Islands","capital":"West Island","continent":"AS","population":628,"area":14,"currency":"AUD","languages":["ms-CC","en"],"neighbours":[]}
{"id":"CD","name":"Democratic Republic of the Congo","capital":"Kinshasa","continent":"AF","population":84068091,"area":2345410,"currency":"CDF","languages":["fr-CD","ln","ktu","kg","sw","lua"],"neighbours":["TZ","CF","SS","RW","ZM","BI","UG","CG","AO"]}
{"id":"CF","name":"Central African Republic","capital":"Bangui","continent":"AF","population":4666377,"area":622984,"currency":"XAF","languages":["fr-CF","sg","ln","kg"],"neighbours":["TD","SD","CD","SS","CM","CG"]}
{"id":"CG","name":"Republic of the Congo","capital":"Brazzaville","continent":"AF","population":5244363,"area":342000,"currency":"XAF","languages":["fr-CG","kg","ln-CG"],"neighbours":["CF","GA","CD","CM","AO"]}
{"id":"CH","name":"Switzerland","capital":"Bern","continent":"EU","population":8516543,"area":41290,"currency":"CHF","languages":["de-CH","fr-CH","it-CH","rm"],"neighbours":["DE","IT","LI","FR","AT"]}
{"id":"CI","name":"Ivory Coast","capital":"Yamoussoukro","continent":"AF","population":25069229,"area":322460,"currency":"XOF","languages":["fr-CI"],"neighbours":["LR","GH","GN","BF","ML"]}
{"id":"CK","name":"Cook Islands","capital":"Avarua","continent":"OC","population":21388,"area":240,"currency":"NZD","languages":["en-CK","mi"],"neighbours":[]}
{"id":"CL","name":"Chile","capital":"Santiago","continent":"SA","population":18729160,"area":756950,"currency":"CLP","languages":["es-CL"],"neighbours":["PE","BO","AR"]}
{"id":"CM","name":"Cameroon","capital":"Yaounde","continent":"AF","population":25216237,"area":475440,"currency":"XAF","languages":["en-CM","fr-CM"],"neighbours":["TD","CF","GA","GQ","CG","NG"]}
{"id":"CN","name":"China","capital":"Beijing","continent":"AS","population":1411778724,"area":9596960,"currency":"CNY","languages":["zh-CN","yue","wuu","dta","ug","za"],"neighbours":["LA","BT","TJ","KZ","MN","AF","NP","MM","KG","PK","KP","RU","VN","IN"]}
{"id":"CO","name":"Colombia","capital":"Bogota","continent":"SA","population":49648685,"area":1138910,"currency":"COP","languages":["es-CO"],"neighbours":["EC","PE","PA","BR","VE"]}
{"id":"CR","name":"Costa Rica","capital":"San Jose","continent":"NA","population":4999441,"area":51100,"currency":"CRC","languages":["es-CR","en"],"neighbours":["PA","NI"]}
{"id":"CS","name":"Serbia and Montenegro","capital":"Belgrade","continent":"EU","population":10829175,"area":102350,"currency":"RSD","languages":["cu","hu","sq","sr"],"neighbours":["AL","HU","MK","RO","HR","BA","BG"]}
{"id":"CU","name":"Cuba","capital":"Havana","continent":"NA","population":11338138,"area":110860,"currency":"CUP","languages":["es-CU","pap"],"neighbours":["US"]}
{"id":"CV","name":"Cabo Verde","capital":"Praia","continent":"AF","population":543767,"area":4033,"currency":"CVE","languages":["pt-CV"],"neighbours":[]}
{"id":"CW","name":"Curacao","capital":" Willemstad","continent":"NA","population":159849,"area":444,"currency":"XCG","languages":["nl","pap"],"neighbours":[]}
{"id":"CX","name":"Christmas Island","capital":"Flying Fish Cove","continent":"OC","population":1500,"area":135,"currency":"AUD","languages":["en","zh","ms-CX"],"neighbours":[]}
{"id":"CY","name":"Cyprus","capital":"Nicosia","continent":"EU","population":1189265,"area":9250,"currency":"EUR","languages":["el-CY","tr-CY","en"],"neighbours":[]}
{"id":"CZ","name":"Czechia","capital":"Prague","continent":"EU","population":10625695,"area":78866,"currency":"CZK","languages":["cs","sk"],"neighbours":["PL","DE","SK","AT"]}
{"id":"DE","name":"Germany","capital":"Berlin","continent":"EU","population":82927922,"area":357021,"currency":"EUR","languages":["de"],"neighbours":["CH","PL","NL","DK","BE","CZ","LU","FR","AT"]}
{"id":"DJ","name":"Djibouti","capital":"Djibouti","continent":"AF","population":958920,"area":23000,"currency":"DJF","languages":["fr-DJ","ar","so-DJ","aa"],"neighbours":["ER","ET","SO"]}
{"id":"DK","name":"Denmark","capital":"Copenhagen","continent":"EU","population":5797446,"area":43094,"currency":"DKK","languages":["da-DK","en","fo","de-DK"],"neighbours":["DE"]}
{"id":"DM","name":"Dominica","capital":"Roseau","continent":"NA","population":71625,"area":754,"currency":"XCD","languages":["en-DM"],"neighbours":[]}
{"id":"DO","name":"Dominican Republic","capital":"Santo Domingo","continent":"NA","population":10627165,"area":48730,"currency":"DOP","languages":["es-DO"],"neighbours":["HT"]}
{"id":"DZ","name":"Algeria","capital":"Algiers","continent":"AF","population":42228429,"area":2381740,"currency":"DZD","languages":["ar-DZ"],"neighbours":["NE","EH","LY","MR","TN","MA","ML"]}
{"id":"EC","name":"Ecuador","capital":"Quito","continent":"SA","population":17084357,"area":283560,"currency":"USD","languages":["es-EC"],"neighbours":["PE","CO"]}
{"id":"EE","name":"Estonia","capital":"Tallinn","continent":"EU","population":1320884,"area":45226,"currency":"EUR","languages":["et","ru"],"neighbours":["RU","LV"]}
{"id":"EG","name":"Egypt","capital":"Cairo","continent":"AF","population":98423595,"area":1001450,"currency":"EGP","languages":["ar-EG","en","fr"],"neighbours":["LY","SD","IL","PS"]}
{"id":"EH","name":"Western Sahara","capital":"El-Aaiun","continent":"AF","population":273008,"area":266000,"currency":"MAD","languages":["ar","mey"],"neighbours":["DZ","MR","MA"]}
{"id":"ER","name":"Eritrea","capital":"Asmara","continent":"AF","population":6209262,"area":121320,"currency":"ERN","languages":["aa-ER","ar","tig","kun","ti-ER"],"neighbours":["ET","SD","DJ"]}
{"id":"ES","name":"Spain","capital":"Madrid","continent":"EU","population":46723749,"area":504782,"currency":"EUR","languages":["es-ES","ca","gl","eu","oc"],"neighbours":["AD","PT","GI","FR","MA"]}
{"id":"ET","name":"Ethiopia","capital":"Addis Ababa","continent":"AF","population":109224559,"area":1127127,"currency":"ETB","languages":["am","en-ET","om-ET","ti-ET","so-ET","sid"],"neighbours":["ER","KE","SD","SS","SO","DJ"]}
{"id":"FI","name":"Finland","capital":"Helsinki","continent":"EU","population":5518050,"area":337030,"currency":"EUR","languages":["fi-FI","sv-FI","smn"],"neighbours":["NO","RU","SE"]}
{"id":"FJ","name":"Fiji","capital":"Suva","continent":"OC","population":883483,"area":18270,"currency":"FJD","languages":["en-FJ","fj"],"neighbours":[]}
{"id":"FK","name":"Falkland Islands","capital":"Stanley","continent":"SA","population":2638,"area":12173,"currency":"FKP","languages":["en-FK"],"neighbours":[]}
{"id":"FM","name":"Micronesia","capital":"Palikir","continent":"OC","population":112640,"area":702,"currency":"USD","languages":["en-FM","chk","pon","yap","kos","uli","woe","nkr","kpg"],"neighbours":[]}
{"id":"FO","name":"Faroe Islands","capital":"Torshavn","continent":"EU","population":48497,"area":1399,"currency":"DKK","languages":["fo","da-FO"],"neighbours":[]}
{"id":"FR","name":"France","capital":"Paris","continent":"EU","population":66987244,"area":547030,"currency":"EUR","languages":["fr-FR","frp","br","co","ca","eu","oc"],"neighbours":["CH","DE","BE","LU","IT","AD","MC","ES"]}
{"id":"GA","name":"Gabon","capital":"Libreville","continent":"AF","population":2119275,"area":267667,"currency":"XAF","languages":["fr-GA"],"neighbours":["CM","GQ","CG"]}
{"id":"GB","name":"United Kingdom","capital":"London","continent":"EU","population":66488991,"area":244820,"currency":"GBP","languages":["en-GB","cy-GB","gd"],"neighbours":["IE"]}
{"id":"GD","name":"Grenada","capital":"St. George's","continent":"NA","population":111454,"area":344,"currency":"XCD","languages":["en-GD"],"neighbours":[]}
{"id":"GE","name":"Georgia","capital":"Tbilisi","continent":"AS","population":3704500,"area":69700,"currency":"GEL","languages":["ka","ru","hy","az"],"neighbours":["AM","AZ","TR","RU"]}
{"id":"GF","name":"French Guiana","capital":"Cayenne","continent":"SA","population":195506,"area":91000,"currency":"EUR","languages":["fr-GF"],"neighbours":["SR","BR"]}
{"id":"GG","name":"Guernsey","capital":"St Peter Port","continent":"EU","population":65228,"area":78,"currency":"GBP","languages":["en","nrf"],"neighbours":[]}
{"id":"GH","name":"Ghana","capital":"Accra","continent":"AF","population":29767108,"area":239460,"currency":"GHS","languages":["en-GH","ak","ee","tw"],"neighbours":["CI","TG","BF"]}
{"id":"GI","name":"Gibraltar","capital":"Gibraltar","continent":"EU","population":33718,"area":6,"currency":"GIP","languages":["en-GI","es","it","pt"],"neighbours":["ES"]}
{"id":"GL","name":"Greenland","capital":"Nuuk","continent":"NA","population":56025,"area":2166086,"currency":"DKK","languages":["kl","da-GL","en"],"neighbours":[]}
{"id":"GM","name":"Gambia","capital":"Banjul","continent":"AF","population":2280102,"area":11300,"currency":"GMD","languages":["en-GM","mnk","wof","wo","ff"],"neighbours":["SN"]}
{"id":"GN","name":"Guinea","capital":"Conakry","continent":"AF","population":12414318,"area":245857,"currency":"GNF","languages":["fr-GN"],"neighbours":["LR","SN","SL","CI","GW","ML"]}
{"id":"GP","name":"Guadeloupe","capital":"Basse-Terre","continent":"NA","population":443000,"area":1780,"currency":"EUR","languages":["fr-GP"],"neighbours":[]}
{"id":"GQ","name":"Equatorial Guinea","capital":"Ciudad de la Paz","continent":"AF","population":1308974,"area":28051,"currency":"XAF","languages":["es-GQ","fr","pt"],"neighbours":["GA","CM"]}
{"id":"GR","name":"Greece","capital":"Athens","continent":"EU","population":10727668,"area":131940,"currency":"EUR","languages":["el-GR","en","fr"],"neighbours":["AL","MK","TR","BG"]}
{"id":"GS","name":"South Georgia and the South Sandwich Islands","capital":"Grytviken","continent":"AN","population":30,"area":3903,"currency":"GBP","languages":["en"],"neighbours":[]}
{"id":"GT","name":"Guatemala","capital":"Guatemala City","continent":"NA","population":17247807,"area":108890,"currency":"GTQ","languages":["es-GT"],"neighbours":["MX","HN","BZ","SV"]}
{"id":"GU","name":"Guam","capital":"Hagatna","continent":"OC","population":165768,"area":549,"currency":"USD","languages":["en-GU","ch-GU"],"neighbours":[]}
{"id":"GW","name":"Guinea-Bissau","capital":"Bissau","continent":"AF","population":1874309,"area":36120,"currency":"XOF","languages":["pt-GW","pov"],"neighbours":["SN","GN"]}
{"id":"GY","name":"Guyana","capital":"Georgetown","continent":"SA","population":779004,"area":214970,"currency":"GYD","languages":["en-GY"],"neighbours":["SR","BR","VE"]}
{"id":"HK","name":"Hong Kong","capital":"Hong Kong","continent":"AS","population":7396076,"area":1092,"currency":"HKD","languages":["zh-HK","yue","zh","en"],"neighbours":[]}
{"id":"HM","name":"Heard Island and McDonald Islands","capital":"","continent":"AN","population":0,"area":412,"currency":"AUD","languages":[],"neighbours":[]}
{"id":"HN","name":"Honduras","capital":"Tegucigalpa","continent":"NA","population":9587522,"area":112090,"currency":"HNL","languages":["es-HN","cab","miq"],"neighbours":["GT","NI","SV"]}
{"id":"HR","name":"Croatia","capital":"Zagreb","continent":"EU","population":3871833,"area":56542,"currency":"EUR","languages":["hr-HR","sr"],"neighbours":["HU","SI","BA","ME","RS"]}
{"id":"HT","name":"Haiti","capital":"Port-au-Prince","continent":"NA","population":11123176,"area":27750,"currency":"HTG","languages":["ht","fr-HT"],"neighbours":["DO"]}
{"id":"HU","name":"Hungary","capital":"Budapest","continent":"EU","population":9768785,"area":93030,"currency":"HUF","languages":["hu-HU"],"neighbours":["SK","SI","RO","UA","HR","AT","RS"]}
{"id":"ID","name":"Indonesia","capital":"Jakarta","continent":"AS","population":267663435,"area":1919440,"currency":"IDR","languages":["id","en","nl","jv"],"neighbours":["PG","TL","MY"]}
{"id":"IE","name":"Ireland","capital":"Dublin","continent":"EU","population":4853506,"area":70280,"currency":"EUR","languages":["en-IE","ga-IE"],"neighbours":["GB"]}
{"id":"IL","name":"Israel","capital":"Jerusalem","continent":"AS","population":8883800,"area":20770,"currency":"ILS","languages":["he","ar-IL","en-IL"],"neighbours":["SY","JO","LB","EG","PS"]}
{"id":"IM","name":"Isle of Man","capital":"Douglas","continent":"EU","population":84077,"area":572,"currency":"GBP","languages":["en","gv"],"neighbours":[]}
{"id":"IN","name":"India","capital":"New Delhi","continent":"AS","population":1352617328,"area":3287590,"currency":"INR","languages":["en-IN","hi","bn","te","mr","ta","ur","gu","kn","ml","or","pa","as","bh","sat","ks","ne","sd","kok","doi","mni","sit","sa","fr","lus","inc"],"neighbours":["CN","NP","MM","BT","PK","BD"]}
{"id":"IO","name":"British Indian Ocean Territory","capital":"Diego Garcia","continent":"AS","population":4000,"area":60,"currency":"USD","languages":["en-IO"],"neighbours":[]}
{"id":"IQ","name":"Iraq","capital":"Baghdad","continent":"AS","population":38433600,"area":437072,"currency":"IQD","languages":["ar-IQ","ku","hy"],"neighbours":["SY","SA","IR","JO","TR","KW"]}
{"id":"IR","name":"Iran","capital":"Tehran","continent":"AS","population":81800269,"area":1648000,"currency":"IRR","languages":["fa-IR","ku"],"neighbours":["TM","AF","IQ","AM","PK","AZ","TR"]}
{"id":"IS","name":"Iceland","capital":"Reykjavik","continent":"EU","population":353574,"area":103000,"currency":"ISK","languages":["is","en","de","da","sv","no"],"neighbours":[]}
{"id":"IT","name":"Italy","capital":"Rome","continent":"EU","population":60431283,"area":301230,"currency":"EUR","languages":["it-IT","de-IT","fr-IT","sc","ca","co","sl"],"neighbours":["CH","VA","SI","SM","FR","AT"]}
{"id":"JE","name":"Jersey","capital":"Saint Helier","continent":"EU","population":90812,"area":116,"currency":"GBP","languages":["en","fr","nrf"],"neighbours":[]}
{"id":"JM","name":"Jamaica","capital":"Kingston","continent":"NA","population":2934855,"area":10991,"currency":"JMD","languages":["en-JM"],"neighbours":[]}
{"id":"JO","name":"Jordan","capital":"Amman","continent":"AS","population":9956011,"area":92300,"currency":"JOD","languages":["ar-JO","en"],"neighbours":["SY","SA","IQ","IL","PS"]}
{"id":"JP","name":"Japan","capital":"Tokyo","continent":"AS","population":126529100,"area":377835,"currency":"JPY","languages":["ja"],"neighbours":[]}
{"id":"KE","name":"Kenya","capital":"Nairobi","continent":"AF","population":51393010,"area":582650,"currency":"KES","languages":["en-KE","sw-KE"],"neighbours":["ET","TZ","SS","SO","UG"]}
{"id":"KG","name":"Kyrgyzstan","capital":"Bishkek","continent":"AS","population":6315800,"area":198500,"currency":"KGS","languages":["ky","uz","ru"],"neighbours":["CN","TJ","UZ","KZ"]}
{"id":"KH","name":"Cambodia","capital":"Phnom Penh","continent":"AS","population":16249798,"area":181040,"currency":"KHR","languages":["km","fr","en"],"neighbours":["LA","TH","VN"]}
{"id":"KI","name":"Kiribati","capital":"Tarawa","continent":"OC","population":115847,"area":811,"currency":"AUD","languages":["en-KI","gil"],"neighbours":[]}
{"id":"KM","name":"Comoros","capital":"Moroni","continent":"AF","population":832322,"area":2170,"currency":"KMF","languages":["ar","fr-KM"],"neighbours":[]}
{"id":"KN","name":"Saint Kitts and Nevis","capital":"Basseterre","continent":"NA","population":52441,"area":261,"currency":"XCD","languages":["en-KN"],"neighbours":[]}
{"id":"KP","name":"North Korea","capital":"Pyongyang","continent":"AS","population":25549819,"area":120540,"currency":"KPW","languages":["ko-KP"],"neighbours":["CN","KR","RU"]}
{"id":"KR","name":"South Korea","capital":"Seoul","continent":"AS","population":51635256,"area":98480,"currency":"KRW","languages":["ko-KR","en"],"neighbours":["KP"]}
{"id":"KW","name":"Kuwait","capital":"Kuwait City","continent":"AS","population":4137309,"area":17820,"currency":"KWD","languages":["ar-KW","en"],"neighbours":["SA","IQ"]}
{"id":"KY","name":"Cayman Islands","capital":"George Town","continent":"NA","population":64174,"area":262,"currency":"KYD","languages":["en-KY"],"neighbours":[]}
{"id":"KZ","name":"Kazakhstan","capital":"Nur-Sultan","continent":"AS","population":18276499,"area":2717300,"currency":"KZT","languages":["kk","ru"],"neighbours":["TM","CN","KG","UZ","RU"]}
{"id":"LA","name":"Laos","capital":"Vientiane","continent":"AS","population":7061507,"area":236800,"currency":"LAK","languages":["lo","fr","en"],"neighbours":["CN","MM","KH","TH","VN"]}
{"id":"LB","name":"Lebanon","capital":"Beirut","continent":"AS","population":6848925,"area":10400,"currency":"LBP","languages":["ar-LB","fr-LB","en","hy"],"neighbours":["SY","IL"]}
{"id":"LC","name":"Saint Lucia","capital":"Castries","continent":"NA","population":181889,"area":616,"currency":"XCD","languages":["en-LC"],"neighbours":[]}
{"id":"LI","name":"Liechtenstein","capital":"Vaduz","continent":"EU","population":37910,"area":160,"currency":"CHF","languages":["de-LI"],"neighbours":["CH","AT"]}
{"id":"LK","name":"Sri Lanka","capital":"Colombo","continent":"AS","population":21670000,"area":65610,"currency":"LKR","languages":["si","ta","en"],"neighbours":[]}
{"id":"LR","name":"Liberia","capital":"Monrovia","continent":"AF","population":4818977,"area":111370,"currency":"LRD","languages":["en-LR"],"neighbours":["SL","CI","GN"]}
{"id":"LS","name":"Lesotho","capital":"Maseru","continent":"AF","population":2108132,"area":30355,"currency":"LSL","languages":["en-LS","st","zu","xh"],"neighbours":["ZA"]}
{"id":"LT","name":"Lithuania","capital":"Vilnius","continent":"EU","population":2789533,"area":65200,"currency":"EUR","languages":["lt","ru","pl"],"neighbours":["PL","BY","RU","LV"]}
{"id":"LU","name":"Luxembourg","capital":"Luxembourg","continent":"EU","population":607728,"area":2586,"currency":"EUR","languages":["lb","de-LU","fr-LU"],"neighbours":["DE","BE","FR"]}
{"id":"LV","name":"Latvia","capital":"Riga","continent":"EU","population":1926542,"area":64589,"currency":"EUR","languages":["lv","ru","lt"],"neighbours":["LT","EE","BY","RU"]}
{"id":"LY","name":"Libya","capital":"Tripoli","continent":"AF","population":6678567,"area":1759540,"currency":"LYD","languages":["ar-LY","it","en"],"neighbours":["TD","NE","DZ","SD","TN","EG"]}
{"id":"MA","name":"Morocco","capital":"Rabat","continent":"AF","population":36029138,"area":446550,"currency":"MAD","languages":["ar-MA","ber","fr"],"neighbours":["DZ","EH","ES"]}
{"id":"MC","name":"Monaco","capital":"Monaco","continent":"EU","population":38682,"area":1,"currency":"EUR","languages":["fr-MC","en","it"],"neighbours":["FR"]}
{"id":"MD","name":"Moldova","capital":"Chisinau","continent":"EU","population":3545883,"area":33843,"currency":"MDL","languages":["ro","ru","gag","tr"],"neighbours":["RO","UA"]}
{"id":"ME","name":"Montenegro","capital":"Podgorica","continent":"EU","population":622345,"area":14026,"currency":"EUR","languages":["sr","hu","bs","sq","hr","rom"],"neighbours":["AL","HR","BA","RS","XK"]}
{"id":"MF","name":"Saint Martin","capital":"Marigot","continent":"NA","population":37264,"area":53,"currency":"EUR","languages":["fr"],"neighbours":["SX"]}
{"id":"MG","name":"Madagascar","capital":"Antananarivo","continent":"AF","population":26262368,"area":587040,"currency":"MGA","languages":["fr-MG","mg"],"neighbours":[]}
{"id":"MH","name":"Marshall Islands","capital":"Majuro","continent":"OC","population":58413,"area":181,"currency":"USD","languages":["mh","en-MH"],"neighbours":[]}
{"id":"MK","name":"North Macedonia","capital":"Skopje","continent":"EU","population":2082958,"area":25333,"currency":"MKD","languages":["mk","sq","tr","rmm","sr"],"neighbours":["AL","GR","BG","RS","XK"]}
{"id":"ML","name":"Mali","capital":"Bamako","continent":"AF","population":19077690,"area":1240000,"currency":"XOF","languages":["fr-ML","bm"],"neighbours":["SN","NE","DZ","CI","GN","MR","BF"]}
{"id":"MM","name":"Myanmar","capital":"Nay Pyi Taw","continent":"AS","population":53708395,"area":678500,"currency":"MMK","languages":["my"],"neighbours":["CN","LA","TH","BD","IN"]}
{"id":"MN","name":"Mongolia","capital":"Ulaanbaatar","continent":"AS","population":3170208,"area":1565000,"currency":"MNT","languages":["mn","ru"],"neighbours":["CN","RU"]}
{"id":"MO","name":"Macao","capital":"Macao","continent":"AS","population":631636,"area":254,"currency":"MOP","languages":["zh","zh-MO","pt"],"neighbours":[]}
{"id":"MP","name":"Northern Mariana Islands","capital":"Saipan","continent":"OC","population":56882,"area":477,"currency":"USD","languages":["fil","tl","zh","ch-MP","en-MP"],"neighbours":[]}
{"id":"MQ","name":"Martinique","capital":"Fort-de-France","continent":"NA","population":432900,"area":1100,"currency":"EUR","languages":["fr-MQ"],"neighbours":[]}
{"id":"MR","name":"Mauritania","capital":"Nouakchott","continent":"AF","population":4403319,"area":1030700,"currency":"MRU","languages":["ar-MR","fuc","snk","fr","mey","wo"],"neighbours":["SN","DZ","EH","ML"]}
{"id":"MS","name":"Montserrat","capital":"Plymouth","continent":"NA","population":9341,"area":102,"currency":"XCD","languages":["en-MS"],"neighbours":[]}
{"id":"MT","name":"Malta","capital":"Valletta","continent":"EU","population":483530,"area":316,"currency":"EUR","languages":["mt","en-MT"],"neighbours":[]}
{"id":"MU","name":"Mauritius","capital":"Port Louis","continent":"AF","population":1265303,"area":2040,"currency":"MUR","languages":["en-MU","bho","fr"],"neighbours":[]}
{"id":"MV","name":"Maldives","capital":"Male","continent":"AS","population":515696,"area":300,"currency":"MVR","languages":["dv","en"],"neighbours":[]}
{"id":"MW","name":"Malawi","capital":"Lilongwe","continent":"AF","population":17563749,"area":118480,"currency":"MWK","languages":["ny","yao","tum","swk"],"neighbours":["TZ","MZ","ZM"]}
{"id":"MX","name":"Mexico","capital":"Mexico City","continent":"NA","population":126190788,"area":1972550,"currency":"MXN","languages":["es-MX"],"neighbours":["GT","US","BZ"]}
{"id":"MY","name":"Malaysia","capital":"Kuala Lumpur","continent":"AS","population":31528585,"area":329750,"currency":"MYR","languages":["ms-MY","en","zh","ta","te","ml","pa","th"],"neighbours":["BN","TH","ID"]}
{"id":"MZ","name":"Mozambique","capital":"Maputo","continent":"AF","population":29495962,"area":801590,"currency":"MZN","languages":["pt-MZ","vmw"],"neighbours":["ZW","TZ","SZ","ZA","ZM","MW"]}
{"id":"NA","name":"Namibia","capital":"Windhoek","continent":"AF","population":2448255,"area":825418,"currency":"NAD","languages":["en-NA","af","de","hz","naq"],"neighbours":["ZA","BW","ZM","AO"]}
{"id":"NC","name":"New Caledonia","capital":"Noumea","continent":"OC","population":284060,"area":19060,"currency":"XPF","languages":["fr-NC"],"neighbours":[]}
{"id":"NE","name":"Niger","capital":"Niamey","continent":"AF","population":22442948,"area":1267000,"currency":"XOF","languages":["fr-NE","ha","kr","dje"],"neighbours":["TD","BJ","DZ","LY","BF","NG","ML"]}
{"id":"NF","name":"Norfolk Island","capital":"Kingston","continent":"OC","population":1828,"area":34,"currency":"AUD","languages":["en-NF"],"neighbours":[]}
{"id":"NG","name":"Nigeria","capital":"Abuja","continent":"AF","population":195874740,"area":923768,"currency":"NGN","languages":["en-NG","ha","yo","ig","ff"],"neighbours":["TD","NE","BJ","CM"]}
{"id":"NI","name":"Nicaragua","capital":"Managua","continent":"NA","population":6465513,"area":129494,"currency":"NIO","languages":["es-NI","en"],"neighbours":["CR","HN"]}
{"id":"NL","name":"The Netherlands","capital":"Amsterdam","continent":"EU","population":17231017,"area":41526,"currency":"EUR","languages":["nl-NL","fy-NL"],"neighbours":["DE","BE"]}
{"id":"NO","name":"Norway","capital":"Oslo","continent":"EU","population":5314336,"area":324220,"currency":"NOK","languages":["no","nb","nn","se","fi"],"neighbours":["FI","RU","SE"]}
{"id":"NP","name":"Nepal","capital":"Kathmandu","continent":"AS","population":28087871,"area":140800,"currency":"NPR","languages":["ne","en"],"neighbours":["CN","IN"]}
{"id":"NR","name":"Nauru","capital":"Yaren","continent":"OC","population":12704,"area":21,"currency":"AUD","languages":["na","en-NR"],"neighbours":[]}
{"id":"NU","name":"Niue","capital":"Alofi","continent":"OC","population":2166,"area":260,"currency":"NZD","languages":["niu","en-NU"],"neighbours":[]}
{"id":"NZ","name":"New Zealand","capital":"Wellington","continent":"OC","population":4885500,"area":268680,"currency":"NZD","languages":["en-NZ","mi"],"neighbours":[]}
{"id":"OM","name":"Oman","capital":"Muscat","continent":"AS","population":4829483,"area":212460,"currency":"OMR","languages":["ar-OM","en","bal","ur"],"neighbours":["SA","YE","AE"]}
{"id":"PA","name":"Panama","capital":"Panama City","continent":"NA","population":4176873,"area":78200,"currency":"PAB","languages":["es-PA","en"],"neighbours":["CR","CO"]}
{"id":"PE","name":"Peru","capital":"Lima","continent":"SA","population":31989256,"area":1285220,"currency":"PEN","languages":["es-PE","qu","ay"],"neighbours":["EC","CL","BO","BR","CO"]}
{"id":"PF","name":"French Polynesia","capital":"Papeete","continent":"OC","population":277679,"area":4167,"currency":"XPF","languages":["fr-PF","ty"],"neighbours":[]}
{"id":"PG","name":"Papua New Guinea","capital":"Port Moresby","continent":"OC","population":8606316,"area":462840,"currency":"PGK","languages":["en-PG","ho","meu","tpi"],"neighbours":["ID"]}
{"id":"PH","name":"Philippines","capital":"Manila","continent":"AS","population":106651922,"area":300000,"currency":"PHP","languages":["tl","en-PH","fil","ceb","ilo","hil","war","pam","bik","bcl","pag","mrw","tsg","mdh","cbk","krj","sgd","msb","akl","ibg","yka","mta","abx"],"neighbours":[]}
{"id":"PK","name":"Pakistan","capital":"Islamabad","continent":"AS","population":212215030,"area":803940,"currency":"PKR","languages":["ur-PK","en-PK","pa","sd","ps","brh"],"neighbours":["CN","AF","IR","IN"]}
{"id":"PL","name":"Poland","capital":"Warsaw","continent":"EU","population":37978548,"area":312685,"currency":"PLN","languages":["pl"],"neighbours":["DE","LT","SK","CZ","BY","UA","RU"]}
{"id":"PM","name":"Saint Pierre and Miquelon","capital":"Saint-Pierre","continent":"NA","population":7012,"area":242,"currency":"EUR","languages":["fr-PM"],"neighbours":[]}
{"id":"PN","name":"Pitcairn","capital":"Adamstown","continent":"OC","population":46,"area":47,"currency":"NZD","languages":["en-PN"],"neighbours":[]}
{"id":"PR","name":"Puerto Rico","capital":"San Juan","continent":"NA","population":3195153,"area":9104,"currency":"USD","languages":["en-PR","es-PR"],"neighbours":[]}
{"id":"PS","name":"Palestinian Territory","capital":"East Jerusalem","continent":"AS","population":4569087,"area":5970,"currency":"ILS","languages":["ar-PS"],"neighbours":["JO","IL","EG"]}
{"id":"PT","name":"Portugal","capital":"Lisbon","continent":"EU","population":10281762,"area":92391,"currency":"EUR","languages":["pt-PT","mwl"],"neighbours":["ES"]}
{"id":"PW","name":"Palau","capital":"Melekeok","continent":"OC","population":17907,"area":458,"currency":"USD","languages":["pau","sov","en-PW","tox","ja","fil","zh"],"neighbours":[]}
{"id":"PY","name":"Paraguay","capital":"Asuncion","continent":"SA","population":6956071,"area":406750,"currency":"PYG","languages":["es-PY","gn"],"neighbours":["BO","BR","AR"]}
{"id":"QA","name":"Qatar","capital":"Doha","continent":"AS","population":2781677,"area":11437,"currency":"QAR","languages":["ar-QA","es"],"neighbours":["SA"]}
{"id":"RE","name":"Reunion","capital":"Saint-Denis","continent":"AF","population":776948,"area":2517,"currency":"EUR","languages":["fr-RE"],"neighbours":[]}
{"id":"RO","name":"Romania","capital":"Bucharest","continent":"EU","population":19473936,"area":237500,"currency":"RON","languages":["ro","hu","rom"],"neighbours":["MD","HU","UA","BG","RS"]}
{"id":"RS","name":"Serbia","capital":"Belgrade","continent":"EU","population":6982084,"area":88361,"currency":"RSD","languages":["sr","hu","bs","rom"],"neighbours":["AL","HU","MK","RO","HR","BA","BG","ME","XK"]}
{"id":"RU","name":"Russia","capital":"Moscow","continent":"EU","population":144478050,"area":17100000,"currency":"RUB","languages":["ru","tt","xal","cau","ady","kv","ce","tyv","cv","udm","tut","mns","bua","myv","mdf","chm","ba","inh","kbd","krc","av","sah","nog"],"neighbours":["GE","CN","BY","UA","KZ","LV","PL","EE","LT","FI","MN","NO","AZ","KP"]}
{"id":"RW","name":"Rwanda","capital":"Kigali","continent":"AF","population":12301939,"area":26338,"currency":"RWF","languages":["rw","en-RW","fr-RW","sw"],"neighbours":["TZ","CD","BI","UG"]}
{"id":"SA","name":"Saudi Arabia","capital":"Riyadh","continent":"AS","population":33699947,"area":1960582,"currency":"SAR","languages":["ar-SA"],"neighbours":["QA","OM","IQ","YE","JO","AE","KW"]}
{"id":"SB","name":"Solomon Islands","capital":"Honiara","continent":"OC","population":652858,"area":28450,"currency":"SBD","languages":["en-SB","tpi"],"neighbours":[]}
{"id":"SC","name":"Seychelles","capital":"Victoria","continent":"AF","population":96762,"area":455,"currency":"SCR","languages":["en-SC","fr-SC"],"neighbours":[]}
{"id":"SD","name":"Sudan","capital":"Khartoum","continent":"AF","population":41801533,"area":1861484,"currency":"SDG","languages":["ar-SD","en","fia"],"neighbours":["SS","TD","EG","ET","ER","LY","CF"]}
{"id":"SE","name":"Sweden","capital":"Stockholm","continent":"EU","population":10183175,"area":449964,"currency":"SEK","languages":["sv-SE","se","sma","fi-SE"],"neighbours":["NO","FI"]}
{"id":"SG","name":"Singapore","capital":"Singapore","continent":"AS","population":5638676,"area":692,"currency":"SGD","languages":["cmn","en-SG","ms-SG","ta-SG","zh-SG"],"neighbours":[]}
{"id":"SH","name":"Saint Helena","capital":"Jamestown","continent":"AF","population":7460,"area":410,"currency":"SHP","languages":["en-SH"],"neighbours":[]}
{"id":"SI","name":"Slovenia","capital":"Ljubljana","continent":"EU","population":2067372,"area":20273,"currency":"EUR","languages":["sl","sh"],"neighbours":["HU","IT","HR","AT"]}
{"id":"SJ","name":"Svalbard and Jan Mayen","capital":"Longyearbyen","continent":"EU","population":2550,"area":62049,"currency":"NOK","languages":["no","ru"],"neighbours":[]}
{"id":"SK","name":"Slovakia","capital":"Bratislava","continent":"EU","population":5447011,"area":48845,"currency":"EUR","languages":["sk","hu"],"neighbours":["PL","HU","CZ","UA","AT"]}
{"id":"SL","name":"Sierra Leone","capital":"Freetown","continent":"AF","population":7650154,"area":71740,"currency":"SLE","languages":["en-SL","men","tem"],"neighbours":["LR","GN"]}
{"id":"SM","name":"San Marino","capital":"San Marino","continent":"EU","population":33785,"area":61,"currency":"EUR","languages":["it-SM"],"neighbours":["IT"]}
{"id":"SN","name":"Senegal","capital":"Dakar","continent":"AF","population":15854360,"area":196190,"currency":"XOF","languages":["fr-SN","wo","fuc","mnk"],"neighbours":["GN","MR","GW","GM","ML"]}
{"id":"SO","name":"Somalia","capital":"Mogadishu","continent":"AF","population":15008154,"area":637657,"currency":"SOS","languages":["so-SO","ar-SO","it","en-SO"],"neighbours":["ET","KE","DJ"]}
{"id":"SR","name":"Suriname","capital":"Paramaribo","continent":"SA","population":575991,"area":163270,"currency":"SRD","languages":["nl-SR","en","srn","hns","jv"],"neighbours":["GY","BR","GF"]}
{"id":"SS","name":"South Sudan","capital":"Juba","continent":"AF","population":8260490,"area":644329,"currency":"SSP","languages":["en"],"neighbours":["CD","CF","ET","KE","SD","UG"]}
{"id":"ST","name":"Sao Tome and Principe","capital":"Sao Tome","continent":"AF","population":197700,"area":1001,"currency":"STN","languages":["pt-ST"],"neighbours":[]}
{"id":"SV","name":"El Salvador","capital":"San Salvador","continent":"NA","population":6420744,"area":21040,"currency":"USD","languages":["es-SV"],"neighbours":["GT","HN"]}
{"id":"SX","name":"Sint Maarten","capital":"Philipsburg","continent":"NA","population":40654,"area":21,"currency":"XCG","languages":["nl","en"],"neighbours":["MF"]}
{"id":"SY","name":"Syria","capital":"Damascus","continent":"AS","population":16906283,"area":185180,"currency":"SYP","languages":["ar-SY","ku","hy","arc","fr","en"],"neighbours":["IQ","JO","IL","TR","LB"]}
{"id":"SZ","name":"Eswatini","capital":"Mbabane","continent":"AF","population":1136191,"area":17363,"currency":"SZL","languages":["en-SZ","ss-SZ"],"neighbours":["ZA","MZ"]}
{"id":"TC","name":"Turks and Caicos Islands","capital":"Cockburn Town","continent":"NA","population":37665,"area":430,"currency":"USD","languages":["en-TC"],"neighbours":[]}
{"id":"TD","name":"Chad","capital":"N'Djamena","continent":"AF","population":15477751,"area":1284000,"currency":"XAF","languages":["fr-TD","ar-TD","sre"],"neighbours":["NE","LY","CF","SD","CM","NG"]}
{"id":"TF","name":"French Southern Territories","capital":"Port-aux-Francais","continent":"AN","population":140,"area":7829,"currency":"EUR","languages":["fr"],"neighbours":[]}
{"id":"TG","name":"Togo","capital":"Lome","continent":"AF","population":7889094,"area":56785,"currency":"XOF","languages":["fr-TG","ee","hna","kbp","dag","ha"],"neighbours":["BJ","GH","BF"]}
{"id":"TH","name":"Thailand","capital":"Bangkok","continent":"AS","population":69428524,"area":514000,"currency":"THB","languages":["th","en"],"neighbours":["LA","MM","KH","MY"]}
{"id":"TJ","name":"Tajikistan","capital":"Dushanbe","continent":"AS","population":9100837,"area":143100,"currency":"TJS","languages":["tg","ru"],"neighbours":["CN","AF","KG","UZ"]}
{"id":"TK","name":"Tokelau","capital":"","continent":"OC","population":1466,"area":10,"currency":"NZD","languages":["tkl","en-TK"],"neighbours":[]}
{"id":"TL","name":"Timor Leste","capital":"Dili","continent":"OC","population":1267972,"area":15007,"currency":"USD","languages":["tet","pt-TL","id","en"],"neighbours":["ID"]}
{"id":"TM","name":"Turkmenistan","capital":"Ashgabat","continent":"AS","population":5850908,"area":488100,"currency":"TMT","languages":["tk","ru","uz"],"neighbours":["AF","IR","UZ","KZ"]}
{"id":"TN","name":"Tunisia","capital":"Tunis","continent":"AF","population":11565204,"area":163610,"currency":"TND","languages":["ar-TN","fr"],"neighbours":["DZ","LY"]}
{"id":"TO","name":"Tonga","capital":"Nuku'alofa","continent":"OC","population":103197,"area":748,"currency":"TOP","languages":["to","en-TO"],"neighbours":[]}
{"id":"TR","name":"Turkey","capital":"Ankara","continent":"AS","population":82319724,"area":780580,"currency":"TRY","languages":["tr-TR","ku","diq","az","av"],"neighbours":["SY","GE","IQ","IR","GR","AM","AZ","BG"]}
{"id":"TT","name":"Trinidad and Tobago","capital":"Port of Spain","continent":"NA","population":1389858,"area":5128,"currency":"TTD","languages":["en-TT","hns","fr","es","zh"],"neighbours":[]}
{"id":"TV","name":"Tuvalu","capital":"Funafuti","continent":"OC","population":11508,"area":26,"currency":"AUD","languages":["tvl","en","sm","gil"],"neighbours":[]}
{"id":"TW","name":"Taiwan","capital":"Taipei","continent":"AS","population":23451837,"area":35980,"currency":"TWD","languages":["zh-TW","zh","nan","hak"],"neighbours":[]}
{"id":"TZ","name":"Tanzania","capital":"Dodoma","continent":"AF","population":56318348,"area":945087,"currency":"TZS","languages":["sw-TZ","en","ar"],"neighbours":["MZ","KE","CD","RW","ZM","BI","UG","MW"]}
{"id":"UA","name":"Ukraine","capital":"Kyiv","continent":"EU","population":40000000,"area":603700,"currency":"UAH","languages":["uk","ru-UA","rom","pl","hu"],"neighbours":["PL","MD","HU","SK","BY","RO","RU"]}
{"id":"UG","name":"Uganda","capital":"Kampala","continent":"AF","population":42723139,"area":236040,"currency":"UGX","languages":["en-UG","lg","sw","ar"],"neighbours":["TZ","KE","SS","CD","RW"]}
{"id":"UM","name":"United States Minor Outlying Islands","capital":"","continent":"OC","population":0,"area":0,"currency":"USD","languages":["en-UM"],"neighbours":[]}
{"id":"US","name":"United States","capital":"Washington","continent":"NA","population":327167434,"area":9629091,"currency":"USD","languages":["en-US","es-US","haw","fr"],"neighbours":["CA","MX","CU"]}
{"id":"UY","name":"Uruguay","capital":"Montevideo","continent":"SA","population":3449299,"area":176220,"currency":"UYU","languages":["es-UY"],"neighbours":["BR","AR"]}
{"id":"UZ","name":"Uzbekistan","capital":"Tashkent","continent":"AS","population":32955400,"area":447400,"currency":"UZS","languages":["uz","ru","tg"],"neighbours":["TM","AF","KG","TJ","KZ"]}
{"id":"VA","name":"Vatican","capital":"Vatican City","continent":"EU","population":921,"area":0,"currency":"EUR","languages":["la","it","fr"],"neighbours":["IT"]}
{"id":"VC","name":"Saint Vincent and the Grenadines","capital":"Kingstown","continent":"NA","population":110211,"area":389,"currency":"XCD","languages":["en-VC","fr"],"neighbours":[]}
{"id":"VE","name":"Venezuela","capital":"Caracas","continent":"SA","population":28870195,"area":912050,"currency":"VES","languages":["es-VE"],"neighbours":["GY","BR","CO"]}
{"id":"VG","name":"British Virgin Islands","capital":"Road Town","continent":"NA","population":29802,"area":153,"currency":"USD","languages":["en-VG"],"neighbours":[]}
{"id":"VI","name":"U.S. Virgin Islands","capital":"Charlotte Amalie","continent":"NA","population":106977,"area":352,"currency":"USD","languages":["en-VI"],"neighbours":[]}
{"id":"VN","name":"Vietnam","capital":"Hanoi","continent":"AS","population":95540395,"area":329560,"currency":"VND","languages":["vi","en","fr","zh","km"],"neighbours":["CN","LA","KH"]}
{"id":"VU","name":"Vanuatu","capital":"Port Vila","continent":"OC","population":292680,"area":12200,"currency":"VUV","languages":["bi","en-VU","fr-VU"],"neighbours":[]}
{"id":"WF","name":"Wallis and Futuna","capital":"Mata Utu","continent":"OC","population":16025,"area":274,"currency":"XPF","languages":["wls","fud","fr-WF"],"neighbours":[]}
{"id":"WS","name":"Samoa","capital":"Apia","continent":"OC","population":196130,"area":2944,"currency":"WST","languages":["sm","en-WS"],"neighbours":[]}
{"id":"XK","name":"Kosovo","capital":"Pristina","continent":"EU","population":1845300,"area":10908,"currency":"EUR","languages":["sq","sr"],"neighbours":["RS","AL","MK","ME"]}
{"id":"YE","name":"Yemen","capital":"Sanaa","continent":"AS","population":28498687,"area":527970,"currency":"YER","languages":["ar-YE"],"neighbours":["SA","OM"]}
{"id":"YT","name":"Mayotte","capital":"Mamoudzou","continent":"AF","population":279471,"area":374,"currency":"EUR","languages":["fr-YT"],"neighbours":[]}
{"id":"ZA","name":"South Africa","capital":"Pretoria","continent":"AF","population":57779622,"area":1219912,"currency":"ZAR","languages":["zu","xh","af","nso","en-ZA","tn","st","ts","ss","ve","nr"],"neighbours":["ZW","SZ","MZ","BW","NA","LS"]}
{"id":"ZM","name":"Zambia","capital":"Lusaka","continent":"AF","population":17351822,"area":752614,"currency":"ZMW","languages":["en-ZM","bem","loz","lun","lue","ny","toi"],"neighbours":["ZW","TZ","MZ","CD","NA","MW","AO"]}
{"id":"ZW","name":"Zimbabwe","capital":"Harare","continent":"AF","population":16868409,"area":390580,"currency":"ZWG","languages":["en-ZW","sn","nr","nd"],"neighbours":["ZA","MZ","BW","ZM"]}
"""#

    static let cities = #"""
{"id":1796236,"name":"Shanghai","country":"CN","population":24874500,"latitude":31.222,"longitude":121.458,"timezone":"Asia/Shanghai"}
{"id":1816670,"name":"Beijing","country":"CN","population":18960744,"latitude":39.907,"longitude":116.397,"timezone":"Asia/Shanghai"}
{"id":1795565,"name":"Shenzhen","country":"CN","population":17494398,"latitude":22.546,"longitude":114.068,"timezone":"Asia/Shanghai"}
{"id":1809858,"name":"Guangzhou","country":"CN","population":16096724,"latitude":23.117,"longitude":113.25,"timezone":"Asia/Shanghai"}
{"id":2314302,"name":"Kinshasa","country":"CD","population":16000000,"latitude":-4.328,"longitude":15.314,"timezone":"Africa/Kinshasa"}
{"id":745044,"name":"Istanbul","country":"TR","population":15701602,"latitude":41.014,"longitude":28.95,"timezone":"Europe/Istanbul"}
{"id":2332459,"name":"Lagos","country":"NG","population":15388000,"latitude":6.454,"longitude":3.395,"timezone":"Africa/Lagos"}
{"id":1566083,"name":"Ho Chi Minh City","country":"VN","population":14002598,"latitude":10.823,"longitude":106.63,"timezone":"Asia/Ho_Chi_Minh"}
{"id":1815286,"name":"Chengdu","country":"CN","population":13568357,"latitude":30.667,"longitude":104.067,"timezone":"Asia/Shanghai"}
{"id":1172451,"name":"Lahore","country":"PK","population":13004135,"latitude":31.558,"longitude":74.351,"timezone":"Asia/Karachi"}
{"id":1275339,"name":"Mumbai","country":"IN","population":12691836,"latitude":19.073,"longitude":72.883,"timezone":"Asia/Kolkata"}
{"id":3448439,"name":"São Paulo","country":"BR","population":12400232,"latitude":-23.547,"longitude":-46.636,"timezone":"America/Sao_Paulo"}
{"id":3530597,"name":"Mexico City","country":"MX","population":12294193,"latitude":19.428,"longitude":-99.128,"timezone":"America/Mexico_City"}
{"id":1174872,"name":"Karachi","country":"PK","population":11624219,"latitude":24.861,"longitude":67.01,"timezone":"Asia/Karachi"}
{"id":1792947,"name":"Tianjin","country":"CN","population":11090314,"latitude":39.142,"longitude":117.177,"timezone":"Asia/Shanghai"}
{"id":1273294,"name":"Delhi","country":"IN","population":11034555,"latitude":28.652,"longitude":77.231,"timezone":"Asia/Kolkata"}
{"id":1791247,"name":"Wuhan","country":"CN","population":10392693,"latitude":30.583,"longitude":114.267,"timezone":"Asia/Shanghai"}
{"id":524901,"name":"Moscow","country":"RU","population":10381222,"latitude":55.752,"longitude":37.618,"timezone":"Europe/Moscow"}
{"id":1185241,"name":"Dhaka","country":"BD","population":10356500,"latitude":23.71,"longitude":90.407,"timezone":"Asia/Dhaka"}
{"id":1835848,"name":"Seoul","country":"KR","population":10349312,"latitude":37.566,"longitude":126.978,"timezone":"Asia/Seoul"}
{"id":1850147,"name":"Tokyo","country":"JP","population":9733276,"latitude":35.69,"longitude":139.692,"timezone":"Asia/Tokyo"}
{"id":1812545,"name":"Dongguan","country":"CN","population":9644871,"latitude":23.018,"longitude":113.749,"timezone":"Asia/Shanghai"}
{"id":360630,"name":"Cairo","country":"EG","population":9606916,"latitude":30.063,"longitude":31.25,"timezone":"Africa/Cairo"}
{"id":1790630,"name":"Xi’an","country":"CN","population":9600000,"latitude":34.258,"longitude":108.929,"timezone":"Asia/Shanghai"}
{"id":993800,"name":"Johannesburg","country":"ZA","population":9418183,"latitude":-26.202,"longitude":28.044,"timezone":"Africa/Johannesburg"}
{"id":1799962,"name":"Nanjing","country":"CN","population":9314685,"latitude":32.062,"longitude":118.778,"timezone":"Asia/Shanghai"}
{"id":1808926,"name":"Hangzhou","country":"CN","population":9236032,"latitude":30.294,"longitude":120.161,"timezone":"Asia/Shanghai"}
{"id":1811103,"name":"Foshan","country":"CN","population":9042509,"latitude":23.027,"longitude":113.131,"timezone":"Asia/Shanghai"}
{"id":2643743,"name":"London","country":"GB","population":8961989,"latitude":51.509,"longitude":-0.126,"timezone":"Europe/London"}
{"id":5128581,"name":"New York City","country":"US","population":8804190,"latitude":40.714,"longitude":-74.006,"timezone":"America/New_York"}
{"id":1642911,"name":"Jakarta","country":"ID","population":8540121,"latitude":-6.215,"longitude":106.845,"timezone":"Asia/Jakarta"}
{"id":1277333,"name":"Bengaluru","country":"IN","population":8495492,"latitude":12.972,"longitude":77.594,"timezone":"Asia/Kolkata"}
{"id":1581130,"name":"Hanoi","country":"VN","population":8053663,"latitude":21.024,"longitude":105.841,"timezone":"Asia/Bangkok"}
{"id":1668341,"name":"Taipei","country":"TW","population":7871900,"latitude":25.053,"longitude":121.526,"timezone":"Asia/Taipei"}
{"id":3936456,"name":"Lima","country":"PE","population":7737002,"latitude":-12.043,"longitude":-77.028,"timezone":"America/Lima"}
{"id":3688689,"name":"Bogotá","country":"CO","population":7674366,"latitude":4.61,"longitude":-74.082,"timezone":"America/Bogota"}
{"id":1814906,"name":"Chongqing","country":"CN","population":7457599,"latitude":29.56,"longitude":106.558,"timezone":"Asia/Shanghai"}
{"id":1819729,"name":"Hong Kong","country":"HK","population":7396076,"latitude":22.278,"longitude":114.175,"timezone":"Asia/Hong_Kong"}
{"id":98182,"name":"Baghdad","country":"IQ","population":7216000,"latitude":33.341,"longitude":44.401,"timezone":"Asia/Baghdad"}
{"id":1790842,"name":"Wuzhong","country":"CN","population":7202654,"latitude":37.987,"longitude":106.201,"timezone":"Asia/Shanghai"}
{"id":1797929,"name":"Qingdao","country":"CN","population":7172451,"latitude":36.065,"longitude":120.38,"timezone":"Asia/Shanghai"}
{"id":112931,"name":"Tehran","country":"IR","population":7153309,"latitude":35.694,"longitude":51.422,"timezone":"Asia/Tehran"}
{"id":2034937,"name":"Shenyang","country":"CN","population":7050000,"latitude":41.792,"longitude":123.433,"timezone":"Asia/Shanghai"}
{"id":1269843,"name":"Hyderabad","country":"IN","population":6993262,"latitude":17.384,"longitude":78.456,"timezone":"Asia/Kolkata"}
{"id":3451190,"name":"Rio de Janeiro","country":"BR","population":6747815,"latitude":-22.906,"longitude":-43.182,"timezone":"America/Sao_Paulo"}
{"id":1886760,"name":"Suzhou","country":"CN","population":6715559,"latitude":31.304,"longitude":120.595,"timezone":"Asia/Shanghai"}
{"id":11072148,"name":"Puxi","country":"CN","population":6683712,"latitude":31.244,"longitude":121.466,"timezone":"Asia/Shanghai"}
{"id":1279233,"name":"Ahmedabad","country":"IN","population":6357693,"latitude":23.026,"longitude":72.587,"timezone":"Asia/Kolkata"}
{"id":2293538,"name":"Abidjan","country":"CI","population":6321017,"latitude":5.354,"longitude":-4.002,"timezone":"Africa/Abidjan"}
{"id":1798524,"name":"Pudong","country":"CN","population":5681512,"latitude":31.24,"longitude":121.501,"timezone":"Asia/Shanghai"}
{"id":2147714,"name":"Sydney","country":"AU","population":5638830,"latitude":-33.868,"longitude":151.207,"timezone":"Australia/Sydney"}
{"id":1880252,"name":"Singapore","country":"SG","population":5638700,"latitude":1.29,"longitude":103.85,"timezone":"Asia/Singapore"}
{"id":2158177,"name":"Melbourne","country":"AU","population":5435590,"latitude":-37.814,"longitude":144.963,"timezone":"Australia/Melbourne"}
{"id":160263,"name":"Dar es Salaam","country":"TZ","population":5383728,"latitude":-6.823,"longitude":39.27,"timezone":"Africa/Dar_es_Salaam"}
{"id":498817,"name":"Saint Petersburg","country":"RU","population":5351935,"latitude":59.939,"longitude":30.314,"timezone":"Europe/Moscow"}
{"id":361058,"name":"Alexandria","country":"EG","population":5263542,"latitude":31.202,"longitude":29.916,"timezone":"Africa/Cairo"}
{"id":2037013,"name":"Harbin","country":"CN","population":5242897,"latitude":45.75,"longitude":126.65,"timezone":"Asia/Shanghai"}
{"id":1609350,"name":"Bangkok","country":"TH","population":5104476,"latitude":13.754,"longitude":100.501,"timezone":"Asia/Bangkok"}
{"id":1808722,"name":"Hefei","country":"CN","population":5050000,"latitude":31.864,"longitude":117.281,"timezone":"Asia/Shanghai"}
{"id":1814087,"name":"Dalian","country":"CN","population":4913879,"latitude":38.912,"longitude":121.602,"timezone":"Asia/Shanghai"}
{"id":2335204,"name":"Kano","country":"NG","population":4910000,"latitude":12.0,"longitude":8.517,"timezone":"Africa/Lagos"}
{"id":3871336,"name":"Santiago","country":"CL","population":4837295,"latitude":-33.457,"longitude":-70.648,"timezone":"America/Santiago"}
{"id":3369157,"name":"Cape Town","country":"ZA","population":4772846,"latitude":-33.926,"longitude":18.423,"timezone":"Africa/Johannesburg"}
{"id":1168197,"name":"Peshawar","country":"PK","population":4758762,"latitude":34.008,"longitude":71.578,"timezone":"Asia/Karachi"}
{"id":2038180,"name":"Changchun","country":"CN","population":4714996,"latitude":43.88,"longitude":125.323,"timezone":"Asia/Shanghai"}
{"id":105343,"name":"Jeddah","country":"SA","population":4697000,"latitude":21.49,"longitude":39.186,"timezone":"Asia/Riyadh"}
{"id":1264527,"name":"Chennai","country":"IN","population":4681087,"latitude":13.088,"longitude":80.278,"timezone":"Asia/Kolkata"}
{"id":1275004,"name":"Kolkata","country":"IN","population":4631392,"latitude":22.563,"longitude":88.363,"timezone":"Asia/Kolkata"}
{"id":1790645,"name":"Xiamen","country":"CN","population":4617251,"latitude":24.48,"longitude":118.082,"timezone":"Asia/Shanghai"}
{"id":1255364,"name":"Surat","country":"IN","population":4591246,"latitude":21.196,"longitude":72.83,"timezone":"Asia/Kolkata"}
{"id":1298824,"name":"Yangon","country":"MM","population":4477638,"latitude":16.805,"longitude":96.156,"timezone":"Asia/Yangon"}
{"id":13308620,"name":"Bao'an","country":"CN","population":4476554,"latitude":22.552,"longitude":113.883,"timezone":"Asia/Shanghai"}
{"id":1138958,"name":"Kabul","country":"AF","population":4434550,"latitude":34.528,"longitude":69.172,"timezone":"Asia/Kabul"}
{"id":184745,"name":"Nairobi","country":"KE","population":4397073,"latitude":-1.283,"longitude":36.817,"timezone":"Africa/Nairobi"}
{"id":1790923,"name":"Wuxi","country":"CN","population":4396835,"latitude":31.569,"longitude":120.289,"timezone":"Asia/Shanghai"}
{"id":360995,"name":"Giza","country":"EG","population":4367343,"latitude":30.009,"longitude":31.209,"timezone":"Africa/Cairo"}
{"id":1805753,"name":"Jinan","country":"CN","population":4335989,"latitude":36.668,"longitude":116.997,"timezone":"Asia/Shanghai"}
{"id":1793511,"name":"Taiyuan","country":"CN","population":4303673,"latitude":37.869,"longitude":112.56,"timezone":"Asia/Shanghai"}
{"id":1784658,"name":"Zhengzhou","country":"CN","population":4253913,"latitude":34.758,"longitude":113.649,"timezone":"Asia/Shanghai"}
{"id":2460596,"name":"Bamako","country":"ML","population":4227569,"latitude":12.609,"longitude":-7.975,"timezone":"Africa/Bamako"}
{"id":108410,"name":"Riyadh","country":"SA","population":4205961,"latitude":24.688,"longitude":46.722,"timezone":"Asia/Riyadh"}
{"id":12908892,"name":"New Taipei City","country":"TW","population":4004367,"latitude":25.062,"longitude":121.457,"timezone":"Asia/Taipei"}
{"id":12747063,"name":"New Territories","country":"HK","population":3984077,"latitude":22.424,"longitude":114.111,"timezone":"Asia/Hong_Kong"}
{"id":1795270,"name":"Shijiazhuang","country":"CN","population":3938513,"latitude":38.041,"longitude":114.479,"timezone":"Asia/Shanghai"}
{"id":1205733,"name":"Chattogram","country":"BD","population":3920222,"latitude":22.338,"longitude":91.832,"timezone":"Asia/Dhaka"}
{"id":344979,"name":"Addis Ababa","country":"ET","population":3860000,"latitude":9.025,"longitude":38.747,"timezone":"Africa/Addis_Ababa"}
{"id":1804651,"name":"Kunming","country":"CN","population":3855346,"latitude":25.039,"longitude":102.718,"timezone":"Asia/Shanghai"}
{"id":6986104,"name":"Zhongshan","country":"CN","population":3841873,"latitude":22.523,"longitude":113.379,"timezone":"Asia/Shanghai"}
{"id":1799869,"name":"Nanning","country":"CN","population":3839800,"latitude":22.817,"longitude":108.317,"timezone":"Asia/Shanghai"}
{"id":1795940,"name":"Shantou","country":"CN","population":3838900,"latitude":23.355,"longitude":116.679,"timezone":"Asia/Shanghai"}
{"id":5368361,"name":"Los Angeles","country":"US","population":3820914,"latitude":34.052,"longitude":-118.244,"timezone":"America/Los_Angeles"}
{"id":1179400,"name":"Faisalabad","country":"PK","population":3800193,"latitude":31.416,"longitude":73.09,"timezone":"Asia/Karachi"}
{"id":292223,"name":"Dubai","country":"AE","population":3790000,"latitude":25.077,"longitude":55.309,"timezone":"Asia/Dubai"}
{"id":1848354,"name":"Yokohama","country":"JP","population":3777491,"latitude":35.433,"longitude":139.65,"timezone":"Asia/Tokyo"}
{"id":1810821,"name":"Fuzhou","country":"CN","population":3740000,"latitude":26.061,"longitude":119.306,"timezone":"Asia/Shanghai"}
{"id":1799397,"name":"Ningbo","country":"CN","population":3731203,"latitude":29.878,"longitude":121.549,"timezone":"Asia/Shanghai"}
{"id":2553604,"name":"Casablanca","country":"MA","population":3665954,"latitude":33.588,"longitude":-7.611,"timezone":"Africa/Casablanca"}
{"id":2339354,"name":"Ibadan","country":"NG","population":3649000,"latitude":7.378,"longitude":3.906,"timezone":"Africa/Lagos"}
{"id":1798425,"name":"Puyang","country":"CN","population":3590000,"latitude":29.457,"longitude":119.889,"timezone":"Asia/Shanghai"}
{"id":323786,"name":"Ankara","country":"TR","population":3517182,"latitude":39.92,"longitude":32.854,"timezone":"Europe/Istanbul"}
{"id":1794903,"name":"Shiyan","country":"CN","population":3460000,"latitude":32.648,"longitude":110.778,"timezone":"Asia/Shanghai"}
{"id":2950159,"name":"Berlin","country":"DE","population":3426354,"latitude":52.524,"longitude":13.411,"timezone":"Europe/Berlin"}
{"id":1793346,"name":"Tangshan","country":"CN","population":3372102,"latitude":39.644,"longitude":118.183,"timezone":"Asia/Shanghai"}
{"id":1166993,"name":"Rawalpindi","country":"PK","population":3357612,"latitude":33.597,"longitude":73.048,"timezone":"Asia/Karachi"}
{"id":13512505,"name":"Lüliang","country":"CN","population":3346500,"latitude":37.519,"longitude":111.144,"timezone":"Asia/Shanghai"}
{"id":1007311,"name":"Durban","country":"ZA","population":3338026,"latitude":-29.858,"longitude":31.029,"timezone":"Africa/Johannesburg"}
{"id":1815456,"name":"Changzhou","country":"CN","population":3290918,"latitude":31.774,"longitude":119.954,"timezone":"Asia/Shanghai"}
{"id":1838524,"name":"Busan","country":"KR","population":3285147,"latitude":35.102,"longitude":129.03,"timezone":"Asia/Seoul"}
{"id":3117735,"name":"Madrid","country":"ES","population":3255944,"latitude":40.416,"longitude":-3.703,"timezone":"Europe/Madrid"}
{"id":1871859,"name":"Pyongyang","country":"KP","population":3222000,"latitude":39.034,"longitude":125.754,"timezone":"Asia/Pyongyang"}
{"id":1785286,"name":"Zibo","country":"CN","population":3129228,"latitude":36.791,"longitude":118.063,"timezone":"Asia/Shanghai"}
{"id":1259229,"name":"Pune","country":"IN","population":3124458,"latitude":18.52,"longitude":73.855,"timezone":"Asia/Kolkata"}
{"id":750269,"name":"Bursa","country":"TR","population":3101833,"latitude":40.196,"longitude":29.06,"timezone":"Europe/Istanbul"}
{"id":1815577,"name":"Changsha","country":"CN","population":3093980,"latitude":28.199,"longitude":112.971,"timezone":"Asia/Shanghai"}
{"id":1692192,"name":"Quezon City","country":"PH","population":3084270,"latitude":14.649,"longitude":121.051,"timezone":"Asia/Manila"}
{"id":1269515,"name":"Jaipur","country":"IN","population":3046163,"latitude":26.92,"longitude":75.788,"timezone":"Asia/Kolkata"}
{"id":1809461,"name":"Guiyang","country":"CN","population":3037159,"latitude":26.583,"longitude":106.717,"timezone":"Asia/Shanghai"}
{"id":1529102,"name":"Ürümqi","country":"CN","population":3029372,"latitude":43.801,"longitude":87.6,"timezone":"Asia/Urumqi"}
{"id":1625822,"name":"Surabaya","country":"ID","population":3018022,"latitude":-7.249,"longitude":112.751,"timezone":"Asia/Jakarta"}
{"id":1843564,"name":"Incheon","country":"KR","population":3015482,"latitude":37.456,"longitude":126.705,"timezone":"Asia/Seoul"}
{"id":1804430,"name":"Lanzhou","country":"CN","population":3000000,"latitude":36.057,"longitude":103.84,"timezone":"Asia/Shanghai"}
{"id":3646738,"name":"Caracas","country":"VE","population":3000000,"latitude":10.488,"longitude":-66.879,"timezone":"America/Caracas"}
{"id":703448,"name":"Kyiv","country":"UA","population":2952301,"latitude":50.455,"longitude":30.524,"timezone":"Europe/Kyiv"}
{"id":311046,"name":"İzmir","country":"TR","population":2938292,"latitude":38.413,"longitude":27.138,"timezone":"Europe/Istanbul"}
{"id":1806776,"name":"Huizhou","country":"CN","population":2900113,"latitude":23.111,"longitude":114.415,"timezone":"Asia/Shanghai"}
{"id":3435910,"name":"Buenos Aires","country":"AR","population":2891082,"latitude":-34.613,"longitude":-58.377,"timezone":"America/Argentina/Buenos_Aires"}
{"id":1809078,"name":"Haikou","country":"CN","population":2873358,"latitude":20.034,"longitude":110.347,"timezone":"Asia/Shanghai"}
{"id":1668399,"name":"Taichung","country":"TW","population":2850285,"latitude":24.147,"longitude":120.684,"timezone":"Asia/Taipei"}
{"id":1267995,"name":"Kanpur","country":"IN","population":2823249,"latitude":26.465,"longitude":80.35,"timezone":"Asia/Kolkata"}
{"id":6167865,"name":"Toronto","country":"CA","population":2794356,"latitude":43.706,"longitude":-79.399,"timezone":"America/Toronto"}
{"id":3652462,"name":"Quito","country":"EC","population":2781641,"latitude":-0.23,"longitude":-78.525,"timezone":"America/Guayaquil"}
{"id":2174003,"name":"Brisbane","country":"AU","population":2780063,"latitude":-27.468,"longitude":153.028,"timezone":"Australia/Brisbane"}
{"id":2240449,"name":"Luanda","country":"AO","population":2776168,"latitude":-8.837,"longitude":13.234,"timezone":"Africa/Luanda"}
{"id":1853909,"name":"Osaka","country":"JP","population":2753862,"latitude":34.694,"longitude":135.501,"timezone":"Asia/Tokyo"}
{"id":1803318,"name":"Linyi","country":"CN","population":2743843,"latitude":35.063,"longitude":118.343,"timezone":"Asia/Shanghai"}
{"id":1816971,"name":"Baoding","country":"CN","population":2739887,"latitude":38.873,"longitude":115.462,"timezone":"Asia/Shanghai"}
{"id":1673820,"name":"Kaohsiung","country":"TW","population":2737660,"latitude":22.616,"longitude":120.313,"timezone":"Asia/Taipei"}
{"id":5110302,"name":"Brooklyn","country":"US","population":2736074,"latitude":40.65,"longitude":-73.95,"timezone":"America/New_York"}
{"id":3657509,"name":"Guayaquil","country":"EC","population":2723665,"latitude":-2.196,"longitude":-79.886,"timezone":"America/Guayaquil"}
{"id":3470127,"name":"Belo Horizonte","country":"BR","population":2721564,"latitude":-19.921,"longitude":-43.938,"timezone":"America/Sao_Paulo"}
{"id":1800480,"name":"Minhang","country":"CN","population":2716600,"latitude":31.109,"longitude":121.375,"timezone":"Asia/Shanghai"}
{"id":11995100,"name":"Bazhong","country":"CN","population":2712894,"latitude":31.869,"longitude":106.744,"timezone":"Asia/Shanghai"}
{"id":3450554,"name":"Salvador","country":"BR","population":2711840,"latitude":-12.976,"longitude":-38.491,"timezone":"America/Bahia"}
{"id":2352778,"name":"Abuja","country":"NG","population":2690000,"latitude":9.058,"longitude":7.495,"timezone":"Africa/Lagos"}
{"id":1200109,"name":"Gazipur","country":"BD","population":2674697,"latitude":23.998,"longitude":90.422,"timezone":"Asia/Dhaka"}
{"id":4887398,"name":"Chicago","country":"US","population":2664452,"latitude":41.85,"longitude":-87.65,"timezone":"America/Chicago"}
{"id":1791388,"name":"Wenzhou","country":"CN","population":2650000,"latitude":27.999,"longitude":120.667,"timezone":"Asia/Shanghai"}
{"id":1649378,"name":"Bekasi","country":"ID","population":2648272,"latitude":-6.235,"longitude":106.99,"timezone":"Asia/Jakarta"}
{"id":2253354,"name":"Dakar","country":"SN","population":2646503,"latitude":14.694,"longitude":-17.444,"timezone":"Africa/Dakar"}
{"id":1581298,"name":"Haiphong","country":"VN","population":2625200,"latitude":20.865,"longitude":106.683,"timezone":"Asia/Bangkok"}
{"id":1785725,"name":"Yunfu","country":"CN","population":2612800,"latitude":22.928,"longitude":112.038,"timezone":"Asia/Shanghai"}
{"id":6619347,"name":"Navi Mumbai","country":"IN","population":2600000,"latitude":19.037,"longitude":73.016,"timezone":"Asia/Kolkata"}
{"id":53654,"name":"Mogadishu","country":"SO","population":2587183,"latitude":2.037,"longitude":45.344,"timezone":"Africa/Mogadishu"}
{"id":2298890,"name":"Kumasi","country":"GH","population":2544530,"latitude":6.688,"longitude":-1.624,"timezone":"Africa/Accra"}
{"id":1650357,"name":"Bandung","country":"ID","population":2528163,"latitude":-6.922,"longitude":107.607,"timezone":"Asia/Jakarta"}
{"id":1177662,"name":"Gujranwala","country":"PK","population":2511118,"latitude":32.156,"longitude":74.187,"timezone":"Asia/Karachi"}
{"id":1797873,"name":"Huai'an","country":"CN","population":2494013,"latitude":33.589,"longitude":119.019,"timezone":"Asia/Shanghai"}
{"id":1214520,"name":"Medan","country":"ID","population":2486283,"latitude":3.583,"longitude":98.667,"timezone":"Asia/Jakarta"}
{"id":1264733,"name":"Lucknow","country":"IN","population":2472011,"latitude":26.839,"longitude":80.923,"timezone":"Asia/Kolkata"}
{"id":2357048,"name":"Ouagadougou","country":"BF","population":2415266,"latitude":12.366,"longitude":-1.534,"timezone":"Africa/Ouagadougou"}
{"id":1262180,"name":"Nagpur","country":"IN","population":2405665,"latitude":21.146,"longitude":79.085,"timezone":"Asia/Kolkata"}
{"id":3399415,"name":"Fortaleza","country":"BR","population":2400000,"latitude":-3.717,"longitude":-38.543,"timezone":"America/Fortaleza"}
{"id":3687925,"name":"Cali","country":"CO","population":2392877,"latitude":3.431,"longitude":-76.52,"timezone":"America/Bogota"}
{"id":2063523,"name":"Perth","country":"AU","population":2384371,"latitude":-31.952,"longitude":115.861,"timezone":"Australia/Perth"}
{"id":1835329,"name":"Daegu","country":"KR","population":2365523,"latitude":35.87,"longitude":128.591,"timezone":"Asia/Seoul"}
{"id":2507480,"name":"Algiers","country":"DZ","population":2364230,"latitude":36.732,"longitude":3.087,"timezone":"Africa/Algiers"}
{"id":1800163,"name":"Nanchang","country":"CN","population":2357839,"latitude":28.684,"longitude":115.853,"timezone":"Asia/Shanghai"}
{"id":587084,"name":"Baku","country":"AZ","population":2351300,"latitude":40.378,"longitude":49.892,"timezone":"Asia/Baku"}
{"id":2036892,"name":"Hohhot","country":"CN","population":2350000,"latitude":40.811,"longitude":111.652,"timezone":"Asia/Shanghai"}
{"id":1856057,"name":"Nagoya","country":"JP","population":2332176,"latitude":35.181,"longitude":136.906,"timezone":"Asia/Tokyo"}
{"id":3169070,"name":"Rome","country":"IT","population":2318895,"latitude":41.892,"longitude":12.511,"timezone":"Europe/Rome"}
{"id":5133273,"name":"Queens","country":"US","population":2316841,"latitude":40.681,"longitude":-73.837,"timezone":"America/New_York"}
{"id":4699066,"name":"Houston","country":"US","population":2314157,"latitude":29.763,"longitude":-95.363,"timezone":"America/Chicago"}
{"id":124665,"name":"Mashhad","country":"IR","population":2307177,"latitude":36.298,"longitude":59.606,"timezone":"Asia/Tehran"}
{"id":1795855,"name":"Shaoxing","country":"CN","population":2300000,"latitude":30.002,"longitude":120.579,"timezone":"Asia/Shanghai"}
{"id":1799722,"name":"Nantong","country":"CN","population":2273326,"latitude":32.03,"longitude":120.875,"timezone":"Asia/Shanghai"}
{"id":1816917,"name":"Baoshan","country":"CN","population":2265900,"latitude":31.408,"longitude":121.49,"timezone":"Asia/Shanghai"}
{"id":1819609,"name":"Kowloon","country":"HK","population":2232339,"latitude":22.317,"longitude":114.183,"timezone":"Asia/Hong_Kong"}
{"id":1787093,"name":"Yantai","country":"CN","population":2227733,"latitude":37.476,"longitude":121.441,"timezone":"Asia/Shanghai"}
{"id":314830,"name":"Gaziantep","country":"TR","population":2222415,"latitude":37.059,"longitude":37.383,"timezone":"Europe/Istanbul"}
{"id":922704,"name":"Lubumbashi","country":"CD","population":2221925,"latitude":-11.661,"longitude":27.479,"timezone":"Africa/Lubumbashi"}
{"id":3663517,"name":"Manaus","country":"BR","population":2219580,"latitude":-3.102,"longitude":-60.025,"timezone":"America/Manaus"}
{"id":909137,"name":"Lusaka","country":"ZM","population":2212301,"latitude":-15.407,"longitude":28.287,"timezone":"Africa/Lusaka"}
{"id":3469058,"name":"Brasília","country":"BR","population":2207718,"latitude":-15.78,"longitude":-47.93,"timezone":"America/Sao_Paulo"}
{"id":1790437,"name":"Zhuhai","country":"CN","population":2207090,"latitude":22.277,"longitude":113.568,"timezone":"Asia/Shanghai"}
{"id":3492908,"name":"Santo Domingo","country":"DO","population":2201941,"latitude":18.472,"longitude":-69.892,"timezone":"America/Santo_Domingo"}
{"id":2365267,"name":"Lomé","country":"TG","population":2188376,"latitude":6.129,"longitude":1.222,"timezone":"Africa/Lome"}
{"id":1169825,"name":"Multan","country":"PK","population":2169915,"latitude":30.197,"longitude":71.478,"timezone":"Asia/Karachi"}
{"id":3553478,"name":"Havana","country":"CU","population":2163824,"latitude":23.133,"longitude":-82.383,"timezone":"America/Havana"}
{"id":1645524,"name":"Depok","country":"ID","population":2163635,"latitude":-6.4,"longitude":106.819,"timezone":"Asia/Jakarta"}
{"id":2038432,"name":"Baotou","country":"CN","population":2150000,"latitude":40.652,"longitude":109.844,"timezone":"Asia/Shanghai"}
{"id":2988507,"name":"Paris","country":"FR","population":2138551,"latitude":48.853,"longitude":2.349,"timezone":"Europe/Paris"}
{"id":1273865,"name":"Coimbatore","country":"IN","population":2136916,"latitude":11.006,"longitude":76.966,"timezone":"Asia/Kolkata"}
{"id":12359313,"name":"Qingyang","country":"CN","population":2125400,"latitude":35.71,"longitude":107.645,"timezone":"Asia/Shanghai"}
{"id":2324774,"name":"Port Harcourt","country":"NG","population":2120000,"latitude":4.777,"longitude":7.013,"timezone":"Africa/Lagos"}
{"id":964137,"name":"Pretoria","country":"ZA","population":2112693,"latitude":-25.745,"longitude":28.188,"timezone":"Africa/Johannesburg"}
{"id":3860259,"name":"Córdoba","country":"AR","population":2106734,"latitude":-31.406,"longitude":-64.189,"timezone":"America/Argentina/Cordoba"}
{"id":209228,"name":"Mbuji-Mayi","country":"CD","population":2101332,"latitude":-6.136,"longitude":23.59,"timezone":"Africa/Lubumbashi"}
{"id":170063,"name":"Aleppo","country":"SY","population":2098210,"latitude":36.201,"longitude":37.161,"timezone":"Asia/Damascus"}
{"id":1785623,"name":"Kunshan","country":"CN","population":2092496,"latitude":31.378,"longitude":120.954,"timezone":"Asia/Shanghai"}
{"id":99071,"name":"Al Mawşil al Jadīdah","country":"IQ","population":2065597,"latitude":36.333,"longitude":43.106,"timezone":"Asia/Baghdad"}
{"id":1791681,"name":"Weifang","country":"CN","population":2044028,"latitude":36.71,"longitude":119.102,"timezone":"Asia/Shanghai"}
{"id":1783621,"name":"Zunyi","country":"CN","population":2037775,"latitude":27.687,"longitude":106.907,"timezone":"Asia/Shanghai"}
{"id":388349,"name":"Al Başrah al Qadīmah","country":"IQ","population":2015483,"latitude":30.503,"longitude":47.815,"timezone":"Asia/Baghdad"}
{"id":3911925,"name":"La Paz","country":"BO","population":2004652,"latitude":-16.5,"longitude":-68.15,"timezone":"America/La_Paz"}
{"id":10859300,"name":"Lianyungang","country":"CN","population":2001009,"latitude":34.598,"longitude":119.216,"timezone":"Asia/Shanghai"}
{"id":3674962,"name":"Medellín","country":"CO","population":1999979,"latitude":6.245,"longitude":-75.572,"timezone":"America/Bogota"}
{"id":1269743,"name":"Indore","country":"IN","population":1994397,"latitude":22.718,"longitude":75.833,"timezone":"Asia/Kolkata"}
{"id":2260535,"name":"Brazzaville","country":"CG","population":1982000,"latitude":-4.266,"longitude":15.283,"timezone":"Africa/Brazzaville"}
{"id":1512569,"name":"Tashkent","country":"UZ","population":1978028,"latitude":41.265,"longitude":69.216,"timezone":"Asia/Tashkent"}
{"id":1810638,"name":"Ganzhou","country":"CN","population":1977253,"latitude":25.847,"longitude":114.933,"timezone":"Asia/Shanghai"}
{"id":1526384,"name":"Almaty","country":"KZ","population":1977011,"latitude":43.252,"longitude":76.912,"timezone":"Asia/Almaty"}
{"id":379252,"name":"Khartoum","country":"SD","population":1974647,"latitude":15.552,"longitude":32.532,"timezone":"Africa/Khartoum"}
{"id":2911298,"name":"Hamburg","country":"DE","population":1973896,"latitude":53.551,"longitude":9.993,"timezone":"Europe/Berlin"}
{"id":2128295,"name":"Sapporo","country":"JP","population":1973832,"latitude":43.067,"longitude":141.35,"timezone":"Asia/Tokyo"}
{"id":1794035,"name":"Songjiang","country":"CN","population":1973500,"latitude":31.034,"longitude":121.223,"timezone":"Asia/Shanghai"}
{"id":2306104,"name":"Accra","country":"GH","population":1963264,"latitude":5.556,"longitude":-0.197,"timezone":"Africa/Accra"}
{"id":3464975,"name":"Curitiba","country":"BR","population":1948626,"latitude":-25.428,"longitude":-49.273,"timezone":"America/Sao_Paulo"}
{"id":8347664,"name":"Ordos","country":"CN","population":1940653,"latitude":39.609,"longitude":109.782,"timezone":"Asia/Shanghai"}
{"id":71137,"name":"Sanaa","country":"YE","population":1937451,"latitude":15.355,"longitude":44.206,"timezone":"Asia/Aden"}
{"id":2422465,"name":"Conakry","country":"GN","population":1928389,"latitude":9.538,"longitude":-13.677,"timezone":"Africa/Conakry"}
{"id":1625084,"name":"Tangerang","country":"ID","population":1927815,"latitude":-6.178,"longitude":106.63,"timezone":"Asia/Jakarta"}
{"id":3981609,"name":"Tijuana","country":"MX","population":1922523,"latitude":32.503,"longitude":-117.004,"timezone":"America/Tijuana"}
{"id":1176734,"name":"Hyderabad","country":"PK","population":1921275,"latitude":25.397,"longitude":68.377,"timezone":"Asia/Karachi"}
{"id":276781,"name":"Beirut","country":"LB","population":1916100,"latitude":33.893,"longitude":35.502,"timezone":"Asia/Beirut"}
{"id":1797121,"name":"Jieyang","country":"CN","population":1899394,"latitude":23.542,"longitude":116.366,"timezone":"Asia/Shanghai"}
{"id":2036502,"name":"Jilin","country":"CN","population":1895865,"latitude":43.847,"longitude":126.561,"timezone":"Asia/Shanghai"}
{"id":1806508,"name":"Jiading","country":"CN","population":1886100,"latitude":31.386,"longitude":121.245,"timezone":"Asia/Shanghai"}
{"id":683506,"name":"Bucharest","country":"RO","population":1877155,"latitude":44.432,"longitude":26.106,"timezone":"Europe/Bucharest"}
{"id":2422488,"name":"Camayenne","country":"GN","population":1871242,"latitude":9.535,"longitude":-13.688,"timezone":"Africa/Conakry"}
{"id":195272,"name":"Kakamega","country":"KE","population":1867579,"latitude":0.284,"longitude":34.752,"timezone":"Africa/Nairobi"}
{"id":1796134,"name":"Shangqiu","country":"CN","population":1859723,"latitude":34.414,"longitude":115.656,"timezone":"Asia/Shanghai"}
{"id":1800146,"name":"Nanchong","country":"CN","population":1858875,"latitude":30.795,"longitude":106.085,"timezone":"Asia/Shanghai"}
{"id":1668355,"name":"Tainan","country":"TW","population":1856642,"latitude":22.991,"longitude":120.213,"timezone":"Asia/Taipei"}
{"id":2037799,"name":"Datong","country":"CN","population":1850000,"latitude":40.094,"longitude":113.291,"timezone":"Asia/Shanghai"}
{"id":2335727,"name":"Kaduna","country":"NG","population":1850000,"latitude":10.526,"longitude":7.439,"timezone":"Africa/Lagos"}
{"id":365137,"name":"Omdurman","country":"SD","population":1849659,"latitude":15.645,"longitude":32.478,"timezone":"Africa/Khartoum"}
{"id":1715348,"name":"Davao","country":"PH","population":1848947,"latitude":7.073,"longitude":125.613,"timezone":"Asia/Manila"}
{"id":1254661,"name":"Thāne","country":"IN","population":1841488,"latitude":19.197,"longitude":72.964,"timezone":"Asia/Kolkata"}
{"id":3526683,"name":"Iztapalapa","country":"MX","population":1835486,"latitude":19.355,"longitude":-99.062,"timezone":"America/Mexico_City"}
{"id":316541,"name":"Diyarbakır","country":"TR","population":1833684,"latitude":37.914,"longitude":40.217,"timezone":"Europe/Istanbul"}
{"id":3904906,"name":"Santa Cruz de la Sierra","country":"BO","population":1831434,"latitude":-17.786,"longitude":-63.181,"timezone":"America/La_Paz"}
{"id":1253573,"name":"Vadodara","country":"IN","population":1822221,"latitude":22.299,"longitude":73.208,"timezone":"Asia/Kolkata"}
{"id":325363,"name":"Adana","country":"TR","population":1816750,"latitude":36.986,"longitude":35.325,"timezone":"Europe/Istanbul"}
{"id":1799629,"name":"Nanyang","country":"CN","population":1811812,"latitude":33.005,"longitude":112.547,"timezone":"Asia/Shanghai"}
{"id":292968,"name":"Abu Dhabi","country":"AE","population":1807000,"latitude":24.451,"longitude":54.397,"timezone":"Asia/Dubai"}
{"id":1633070,"name":"Palembang","country":"ID","population":1801367,"latitude":-2.917,"longitude":104.746,"timezone":"Asia/Jakarta"}
{"id":292672,"name":"Sharjah","country":"AE","population":1800000,"latitude":25.334,"longitude":55.412,"timezone":"Asia/Dubai"}
{"id":1275841,"name":"Bhopal","country":"IN","population":1798218,"latitude":23.255,"longitude":77.403,"timezone":"Asia/Kolkata"}
{"id":1806299,"name":"Jiangmen","country":"CN","population":1795459,"latitude":22.583,"longitude":113.083,"timezone":"Asia/Shanghai"}
{"id":2347283,"name":"Benin City","country":"NG","population":1782000,"latitude":6.338,"longitude":5.626,"timezone":"Africa/Lagos"}
{"id":1815251,"name":"Jiangyin","country":"CN","population":1779515,"latitude":31.911,"longitude":120.263,"timezone":"Asia/Shanghai"}
{"id":1810845,"name":"Fuyang","country":"CN","population":1768947,"latitude":32.9,"longitude":115.817,"timezone":"Asia/Shanghai"}
{"id":6077243,"name":"Montréal","country":"CA","population":1762949,"latitude":45.509,"longitude":-73.588,"timezone":"America/Toronto"}
{"id":11838258,"name":"Bayan Nur","country":"CN","population":1760000,"latitude":40.741,"longitude":107.386,"timezone":"Asia/Shanghai"}
{"id":3633009,"name":"Maracaibo","country":"VE","population":1752602,"latitude":10.642,"longitude":-71.611,"timezone":"America/Caracas"}
{"id":1815395,"name":"Chaozhou","country":"CN","population":1750945,"latitude":23.654,"longitude":116.623,"timezone":"Asia/Shanghai"}
{"id":625144,"name":"Minsk","country":"BY","population":1742124,"latitude":53.9,"longitude":27.567,"timezone":"Europe/Minsk"}
{"id":3054643,"name":"Budapest","country":"HU","population":1741041,"latitude":47.498,"longitude":19.04,"timezone":"Europe/Budapest"}
{"id":1797945,"name":"Qingyuan","country":"CN","population":1738424,"latitude":23.7,"longitude":113.033,"timezone":"Asia/Shanghai"}
{"id":1793724,"name":"Tai’an","country":"CN","population":1735425,"latitude":36.185,"longitude":117.12,"timezone":"Asia/Shanghai"}
{"id":1258393,"name":"Rasapūdipalem","country":"IN","population":1728128,"latitude":17.733,"longitude":83.316,"timezone":"Asia/Kolkata"}
{"id":7626690,"name":"Pimpri-Chinchwad","country":"IN","population":1727692,"latitude":18.619,"longitude":73.804,"timezone":"Asia/Kolkata"}
{"id":1720151,"name":"Caloocan","country":"PH","population":1712945,"latitude":14.65,"longitude":120.968,"timezone":"Asia/Manila"}
{"id":756135,"name":"Warsaw","country":"PL","population":1702139,"latitude":52.23,"longitude":21.012,"timezone":"Europe/Warsaw"}
{"id":953781,"name":"Soweto","country":"ZA","population":1695047,"latitude":-26.268,"longitude":27.858,"timezone":"Africa/Johannesburg"}
{"id":1627896,"name":"Semarang","country":"ID","population":1694740,"latitude":-6.993,"longitude":110.421,"timezone":"Asia/Jakarta"}
{"id":3521081,"name":"Puebla","country":"MX","population":1692181,"latitude":19.048,"longitude":-98.207,"timezone":"America/Mexico_City"}
{"id":2761369,"name":"Vienna","country":"AT","population":1691468,"latitude":48.208,"longitude":16.372,"timezone":"Europe/Vienna"}
{"id":3128760,"name":"Barcelona","country":"ES","population":1686208,"latitude":41.389,"longitude":2.159,"timezone":"Europe/Madrid"}
{"id":1260086,"name":"Patna","country":"IN","population":1684297,"latitude":25.594,"longitude":85.136,"timezone":"Asia/Kolkata"}
{"id":99072,"name":"Mosul","country":"IQ","population":1683000,"latitude":36.335,"longitude":43.119,"timezone":"Asia/Baghdad"}
{"id":12165956,"name":"Kallakurichi","country":"IN","population":1682687,"latitude":11.734,"longitude":78.959,"timezone":"Asia/Kolkata"}
{"id":232422,"name":"Kampala","country":"UG","population":1680600,"latitude":0.316,"longitude":32.582,"timezone":"Africa/Kampala"}
{"id":1788852,"name":"Xining","country":"CN","population":1677177,"latitude":36.626,"longitude":101.757,"timezone":"Asia/Shanghai"}
{"id":7283386,"name":"Changshu","country":"CN","population":1677050,"latitude":31.646,"longitude":120.742,"timezone":"Asia/Shanghai"}
{"id":1807681,"name":"Huainan","country":"CN","population":1666826,"latitude":32.626,"longitude":116.997,"timezone":"Asia/Shanghai"}
{"id":2538475,"name":"Rabat","country":"MA","population":1655753,"latitude":34.013,"longitude":-6.833,"timezone":"Africa/Casablanca"}
{"id":3390760,"name":"Recife","country":"BR","population":1653461,"latitude":-8.054,"longitude":-34.881,"timezone":"America/Recife"}
{"id":5308655,"name":"Phoenix","country":"US","population":1650070,"latitude":33.448,"longitude":-112.074,"timezone":"America/Phoenix"}
{"id":1793743,"name":"Suzhou","country":"CN","population":1647642,"latitude":33.636,"longitude":116.979,"timezone":"Asia/Shanghai"}
{"id":3529612,"name":"Ecatepec de Morelos","country":"MX","population":1645352,"latitude":19.605,"longitude":-99.061,"timezone":"America/Mexico_City"}
{"id":1802206,"name":"Lu’an","country":"CN","population":1644344,"latitude":31.736,"longitude":116.517,"timezone":"Asia/Shanghai"}
{"id":3625549,"name":"Valencia","country":"VE","population":1619470,"latitude":10.162,"longitude":-68.0,"timezone":"America/Caracas"}
{"id":1264728,"name":"Ludhiana","country":"IN","population":1618879,"latitude":30.912,"longitude":75.854,"timezone":"Asia/Kolkata"}
{"id":1787746,"name":"Yancheng","country":"CN","population":1615717,"latitude":33.358,"longitude":120.157,"timezone":"Asia/Shanghai"}
{"id":1496747,"name":"Novosibirsk","country":"RU","population":1612833,"latitude":55.023,"longitude":82.932,"timezone":"Asia/Novosibirsk"}
{"id":95446,"name":"Erbil","country":"IQ","population":1612700,"latitude":36.191,"longitude":44.009,"timezone":"Asia/Baghdad"}
{"id":1863967,"name":"Fukuoka","country":"JP","population":1612392,"latitude":33.6,"longitude":130.417,"timezone":"Asia/Tokyo"}
{"id":1793505,"name":"Taizhou","country":"CN","population":1607108,"latitude":32.491,"longitude":119.908,"timezone":"Asia/Shanghai"}
{"id":2037860,"name":"Daqing","country":"CN","population":1604027,"latitude":46.583,"longitude":125.0,"timezone":"Asia/Shanghai"}
{"id":1701668,"name":"Manila","country":"PH","population":1600000,"latitude":14.604,"longitude":120.982,"timezone":"Asia/Manila"}
{"id":1791236,"name":"Wuhu","country":"CN","population":1598165,"latitude":31.353,"longitude":118.429,"timezone":"Asia/Shanghai"}
{"id":3991164,"name":"Santiago de Querétaro","country":"MX","population":1594212,"latitude":20.588,"longitude":-100.388,"timezone":"America/Mexico_City"}
{"id":1813325,"name":"Dazhou","country":"CN","population":1589435,"latitude":31.211,"longitude":107.463,"timezone":"Asia/Shanghai"}
{"id":1787227,"name":"Yangzhou","country":"CN","population":1584237,"latitude":32.397,"longitude":119.436,"timezone":"Asia/Shanghai"}
{"id":3998655,"name":"León de los Aldama","country":"MX","population":1579803,"latitude":21.122,"longitude":-101.683,"timezone":"America/Mexico_City"}
{"id":104515,"name":"Makkah","country":"SA","population":1578722,"latitude":21.427,"longitude":39.826,"timezone":"Asia/Riyadh"}
{"id":4560349,"name":"Philadelphia","country":"US","population":1573916,"latitude":39.952,"longitude":-75.164,"timezone":"America/New_York"}
{"id":1821306,"name":"Phnom Penh","country":"KH","population":1573544,"latitude":11.562,"longitude":104.916,"timezone":"Asia/Phnom_Penh"}
{"id":1809498,"name":"Guilin","country":"CN","population":1572300,"latitude":25.28,"longitude":110.296,"timezone":"Asia/Shanghai"}
{"id":170654,"name":"Damascus","country":"SY","population":1569394,"latitude":33.51,"longitude":36.291,"timezone":"Asia/Damascus"}
{"id":1167528,"name":"Quetta","country":"PK","population":1565546,"latitude":30.184,"longitude":67.001,"timezone":"Asia/Karachi"}
{"id":1784853,"name":"Zhaoqing","country":"CN","population":1553109,"latitude":23.049,"longitude":112.461,"timezone":"Asia/Shanghai"}
{"id":2326016,"name":"Onitsha","country":"NG","population":1553000,"latitude":6.15,"longitude":6.786,"timezone":"Africa/Lagos"}
{"id":1800627,"name":"Mianyang","country":"CN","population":1550000,"latitude":31.468,"longitude":104.682,"timezone":"Asia/Shanghai"}
{"id":2193733,"name":"Auckland","country":"NZ","population":1547200,"latitude":-36.849,"longitude":174.763,"timezone":"Pacific/Auckland"}
{"id":418863,"name":"Isfahan","country":"IR","population":1547164,"latitude":32.652,"longitude":51.675,"timezone":"Asia/Tehran"}
{"id":12358576,"name":"Wanzhou","country":"CN","population":1545900,"latitude":30.765,"longitude":108.396,"timezone":"Asia/Shanghai"}
{"id":1526273,"name":"Astana","country":"KZ","population":1544142,"latitude":51.18,"longitude":71.446,"timezone":"Asia/Almaty"}
{"id":890299,"name":"Harare","country":"ZW","population":1542813,"latitude":-17.828,"longitude":31.053,"timezone":"Africa/Harare"}
{"id":2274895,"name":"Monrovia","country":"LR","population":1542549,"latitude":6.301,"longitude":-10.797,"timezone":"Africa/Monrovia"}
{"id":1798449,"name":"Putian","country":"CN","population":1539389,"latitude":25.439,"longitude":119.01,"timezone":"Asia/Shanghai"}
{"id":1859642,"name":"Kawasaki","country":"JP","population":1538262,"latitude":35.521,"longitude":139.717,"timezone":"Asia/Tokyo"}
{"id":3462377,"name":"Goiânia","country":"BR","population":1536097,"latitude":-16.679,"longitude":-49.254,"timezone":"America/Sao_Paulo"}
{"id":4726206,"name":"San Antonio","country":"US","population":1526656,"latitude":29.424,"longitude":-98.494,"timezone":"America/Chicago"}
{"id":1859171,"name":"Kobe","country":"JP","population":1525152,"latitude":34.691,"longitude":135.183,"timezone":"Asia/Tokyo"}
{"id":2673730,"name":"Stockholm","country":"SE","population":1515017,"latitude":59.329,"longitude":18.069,"timezone":"Europe/Stockholm"}
{"id":4013708,"name":"Ciudad Juárez","country":"MX","population":1512450,"latitude":31.72,"longitude":-106.461,"timezone":"America/Ciudad_Juarez"}
{"id":1586203,"name":"Cần Thơ","country":"VN","population":1507187,"latitude":10.037,"longitude":105.788,"timezone":"Asia/Ho_Chi_Minh"}
{"id":2867714,"name":"Munich","country":"DE","population":1505005,"latitude":48.137,"longitude":11.575,"timezone":"Europe/Berlin"}
{"id":1336135,"name":"Khulna","country":"BD","population":1500689,"latitude":22.81,"longitude":89.564,"timezone":"Asia/Dhaka"}
{"id":3405870,"name":"Belém","country":"BR","population":1499641,"latitude":-1.456,"longitude":-48.504,"timezone":"America/Belem"}
{"id":1486209,"name":"Yekaterinburg","country":"RU","population":1495066,"latitude":56.857,"longitude":60.615,"timezone":"Asia/Yekaterinburg"}
{"id":3452925,"name":"Porto Alegre","country":"BR","population":1488252,"latitude":-30.033,"longitude":-51.23,"timezone":"America/Sao_Paulo"}
{"id":1786657,"name":"Yinchuan","country":"CN","population":1487579,"latitude":38.468,"longitude":106.273,"timezone":"Asia/Shanghai"}
{"id":5125771,"name":"Manhattan","country":"US","population":1487536,"latitude":40.783,"longitude":-73.966,"timezone":"America/New_York"}
{"id":1261731,"name":"Nashik","country":"IN","population":1486053,"latitude":19.997,"longitude":73.791,"timezone":"Asia/Kolkata"}
{"id":8400694,"name":"Taizhou","country":"CN","population":1485502,"latitude":28.663,"longitude":121.433,"timezone":"Asia/Shanghai"}
{"id":3439389,"name":"Asunción","country":"PY","population":1482200,"latitude":-25.286,"longitude":-57.647,"timezone":"America/Asuncion"}
{"id":1814870,"name":"Yiwu","country":"CN","population":1481384,"latitude":29.315,"longitude":120.077,"timezone":"Asia/Shanghai"}
{"id":3979770,"name":"Zapopan","country":"MX","population":1476491,"latitude":20.721,"longitude":-103.387,"timezone":"America/Mexico_City"}
{"id":1622786,"name":"Makassar","country":"ID","population":1474393,"latitude":-5.149,"longitude":119.432,"timezone":"Asia/Makassar"}
{"id":2078025,"name":"Adelaide","country":"AU","population":1469163,"latitude":-34.929,"longitude":138.599,"timezone":"Australia/Adelaide"}
{"id":1797353,"name":"Quanzhou","country":"CN","population":1469157,"latitude":24.914,"longitude":118.586,"timezone":"Asia/Shanghai"}
{"id":1264521,"name":"Madurai","country":"IN","population":1465625,"latitude":9.919,"longitude":78.12,"timezone":"Asia/Kolkata"}
{"id":1805528,"name":"Jinhua","country":"CN","population":1463990,"latitude":29.107,"longitude":119.644,"timezone":"Asia/Shanghai"}
{"id":1857910,"name":"Kyoto","country":"JP","population":1463723,"latitude":35.021,"longitude":135.754,"timezone":"Asia/Tokyo"}
{"id":1806602,"name":"Cixi","country":"CN","population":1457510,"latitude":30.176,"longitude":121.246,"timezone":"Asia/Shanghai"}
{"id":1791121,"name":"Changde","country":"CN","population":1457419,"latitude":29.032,"longitude":111.698,"timezone":"Asia/Shanghai"}
{"id":1735161,"name":"Kuala Lumpur","country":"MY","population":1453975,"latitude":3.141,"longitude":101.687,"timezone":"Asia/Kuala_Lumpur"}
{"id":308464,"name":"Kayseri","country":"TR","population":1452458,"latitude":38.732,"longitude":35.485,"timezone":"Europe/Istanbul"}
{"id":1804879,"name":"Kaifeng","country":"CN","population":1451741,"latitude":34.799,"longitude":114.307,"timezone":"Asia/Shanghai"}
{"id":2038632,"name":"Anshan","country":"CN","population":1450000,"latitude":41.124,"longitude":122.99,"timezone":"Asia/Shanghai"}
{"id":128747,"name":"Karaj","country":"IR","population":1448075,"latitude":35.833,"longitude":50.992,"timezone":"Asia/Tehran"}
{"id":1283240,"name":"Kathmandu","country":"NP","population":1442271,"latitude":27.702,"longitude":85.321,"timezone":"Asia/Kathmandu"}
{"id":1835235,"name":"Daejeon","country":"KR","population":1441203,"latitude":36.349,"longitude":127.385,"timezone":"Asia/Seoul"}
{"id":10942359,"name":"Baoji","country":"CN","population":1437802,"latitude":34.368,"longitude":107.237,"timezone":"Asia/Shanghai"}
{"id":1793771,"name":"Suqian","country":"CN","population":1437685,"latitude":33.949,"longitude":118.296,"timezone":"Asia/Shanghai"}
{"id":1803300,"name":"Liuzhou","country":"CN","population":1436599,"latitude":24.324,"longitude":109.407,"timezone":"Asia/Shanghai"}
{"id":1254361,"name":"Tirunelveli","country":"IN","population":1435844,"latitude":8.727,"longitude":77.684,"timezone":"Asia/Kolkata"}
{"id":306571,"name":"Konya","country":"TR","population":1433861,"latitude":37.871,"longitude":32.485,"timezone":"Europe/Istanbul"}
{"id":1787331,"name":"Zhangjiagang","country":"CN","population":1432044,"latitude":31.865,"longitude":120.539,"timezone":"Asia/Shanghai"}
{"id":1279259,"name":"Agra","country":"IN","population":1430055,"latitude":27.183,"longitude":78.017,"timezone":"Asia/Kolkata"}
{"id":8581443,"name":"South Tangerang","country":"ID","population":1429529,"latitude":-6.289,"longitude":106.718,"timezone":"Asia/Jakarta"}
{"id":113646,"name":"Tabriz","country":"IR","population":1424641,"latitude":38.08,"longitude":46.292,"timezone":"Asia/Tehran"}
{"id":706483,"name":"Kharkiv","country":"UA","population":1421125,"latitude":49.982,"longitude":36.255,"timezone":"Europe/Kyiv"}
{"id":1797658,"name":"Jinjiang","country":"CN","population":1416151,"latitude":24.82,"longitude":118.574,"timezone":"Asia/Shanghai"}
{"id":1271951,"name":"Faridabad","country":"IN","population":1414050,"latitude":28.411,"longitude":77.313,"timezone":"Asia/Kolkata"}
{"id":1816234,"name":"Bozhou","country":"CN","population":1409436,"latitude":33.877,"longitude":115.77,"timezone":"Asia/Shanghai"}
{"id":1797318,"name":"Qujing","country":"CN","population":1408500,"latitude":25.483,"longitude":103.783,"timezone":"Asia/Shanghai"}
{"id":5391811,"name":"San Diego","country":"US","population":1404452,"latitude":32.716,"longitude":-117.165,"timezone":"America/Los_Angeles"}
{"id":1841811,"name":"Gwangju","country":"KR","population":1401235,"latitude":35.155,"longitude":126.916,"timezone":"Asia/Seoul"}
{"id":1784990,"name":"Zhanjiang","country":"CN","population":1400709,"latitude":21.234,"longitude":110.387,"timezone":"Asia/Shanghai"}
{"id":2037355,"name":"Fushun","country":"CN","population":1400646,"latitude":41.887,"longitude":123.944,"timezone":"Asia/Shanghai"}
{"id":1258847,"name":"Rājkot","country":"IN","population":1390640,"latitude":22.292,"longitude":70.793,"timezone":"Asia/Kolkata"}
{"id":1801792,"name":"Luoyang","country":"CN","population":1390581,"latitude":34.673,"longitude":112.437,"timezone":"Asia/Shanghai"}
{"id":4005539,"name":"Guadalajara","country":"MX","population":1385629,"latitude":20.677,"longitude":-103.347,"timezone":"America/Mexico_City"}
{"id":5110266,"name":"The Bronx","country":"US","population":1385108,"latitude":40.85,"longitude":-73.866,"timezone":"America/New_York"}
{"id":1580240,"name":"Huế","country":"VN","population":1380000,"latitude":16.462,"longitude":107.595,"timezone":"Asia/Bangkok"}
{"id":1802875,"name":"Guankou","country":"CN","population":1380000,"latitude":28.159,"longitude":113.627,"timezone":"Asia/Shanghai"}
{"id":3173435,"name":"Milan","country":"IT","population":1371498,"latitude":45.464,"longitude":9.19,"timezone":"Europe/Rome"}
{"id":1262111,"name":"Najafgarh","country":"IN","population":1365000,"latitude":28.609,"longitude":76.98,"timezone":"Asia/Kolkata"}
{"id":2427123,"name":"N'Djamena","country":"TD","population":1359526,"latitude":12.107,"longitude":15.044,"timezone":"Africa/Ndjamena"}
{"id":1808963,"name":"Handan","country":"CN","population":1358318,"latitude":36.61,"longitude":114.488,"timezone":"Asia/Shanghai"}
{"id":1183460,"name":"Bannu","country":"PK","population":1357890,"latitude":32.985,"longitude":70.604,"timezone":"Asia/Karachi"}
{"id":1786764,"name":"Yichang","country":"CN","population":1350150,"latitude":30.714,"longitude":111.285,"timezone":"Asia/Shanghai"}
{"id":1070940,"name":"Antananarivo","country":"MG","population":1349501,"latitude":-18.914,"longitude":47.536,"timezone":"Indian/Antananarivo"}
{"id":1808198,"name":"Heze","country":"CN","population":1346717,"latitude":35.239,"longitude":115.474,"timezone":"Asia/Shanghai"}
{"id":2293521,"name":"Abobo","country":"CI","population":1340083,"latitude":5.416,"longitude":-4.016,"timezone":"Africa/Abidjan"}
{"id":1269300,"name":"Jamshedpur","country":"IN","population":1339438,"latitude":22.803,"longitude":86.185,"timezone":"Asia/Kolkata"}
{"id":2232593,"name":"Douala","country":"CM","population":1338082,"latitude":4.048,"longitude":9.704,"timezone":"Africa/Douala"}
{"id":323777,"name":"Antalya","country":"TR","population":1335002,"latitude":36.908,"longitude":30.696,"timezone":"Europe/Istanbul"}
{"id":99532,"name":"Basrah","country":"IQ","population":1326564,"latitude":30.509,"longitude":47.78,"timezone":"Asia/Baghdad"}
{"id":4684888,"name":"Dallas","country":"US","population":1326087,"latitude":32.783,"longitude":-96.807,"timezone":"America/Chicago"}
{"id":6940394,"name":"Saitama","country":"JP","population":1324854,"latitude":35.908,"longitude":139.657,"timezone":"Asia/Tokyo"}
{"id":1270926,"name":"Gorakhpur","country":"IN","population":1324570,"latitude":29.448,"longitude":75.672,"timezone":"Asia/Kolkata"}
{"id":2440485,"name":"Niamey","country":"NE","population":1323691,"latitude":13.514,"longitude":2.11,"timezone":"Africa/Niamey"}
{"id":8533133,"name":"Liupanshui","country":"CN","population":1320825,"latitude":26.594,"longitude":104.833,"timezone":"Asia/Shanghai"}
{"id":1684308,"name":"Taguig","country":"PH","population":1308085,"latitude":14.524,"longitude":121.079,"timezone":"Asia/Manila"}
{"id":1801180,"name":"Maoming","country":"CN","population":1307802,"latitude":21.666,"longitude":110.914,"timezone":"Asia/Shanghai"}
{"id":5913490,"name":"Calgary","country":"CA","population":1306784,"latitude":51.05,"longitude":-114.085,"timezone":"America/Edmonton"}
{"id":2210247,"name":"Tripoli","country":"LY","population":1302947,"latitude":32.887,"longitude":13.187,"timezone":"Africa/Tripoli"}
{"id":109223,"name":"Madinah","country":"SA","population":1300000,"latitude":24.469,"longitude":39.614,"timezone":"Asia/Riyadh"}
{"id":2220957,"name":"Yaoundé","country":"CM","population":1299369,"latitude":3.867,"longitude":11.517,"timezone":"Africa/Douala"}
{"id":6295587,"name":"Batam","country":"ID","population":1296960,"latitude":1.149,"longitude":104.025,"timezone":"Asia/Jakarta"}
{"id":1797551,"name":"Qinzhou","country":"CN","population":1296300,"latitude":21.982,"longitude":108.651,"timezone":"Asia/Shanghai"}
{"id":1801934,"name":"Luohe","country":"CN","population":1294974,"latitude":33.574,"longitude":114.033,"timezone":"Asia/Shanghai"}
{"id":1790587,"name":"Xiangyang","country":"CN","population":1294733,"latitude":32.042,"longitude":112.145,"timezone":"Asia/Shanghai"}
{"id":1806408,"name":"Yangjiang","country":"CN","population":1292987,"latitude":21.856,"longitude":111.963,"timezone":"Asia/Shanghai"}
{"id":1786760,"name":"Yixing","country":"CN","population":1285785,"latitude":31.361,"longitude":119.82,"timezone":"Asia/Shanghai"}
{"id":1259652,"name":"Pimpri","country":"IN","population":1284606,"latitude":18.623,"longitude":73.807,"timezone":"Asia/Kolkata"}
{"id":1583992,"name":"Da Nang","country":"VN","population":1276000,"latitude":16.068,"longitude":108.221,"timezone":"Asia/Ho_Chi_Minh"}
{"id":250441,"name":"Amman","country":"JO","population":1275857,"latitude":31.955,"longitude":35.945,"timezone":"Asia/Amman"}
{"id":1723510,"name":"Budta","country":"PH","population":1273715,"latitude":7.204,"longitude":124.44,"timezone":"Asia/Manila"}
{"id":792680,"name":"Belgrade","country":"RS","population":1273651,"latitude":44.804,"longitude":20.465,"timezone":"Europe/Belgrade"}
{"id":1587923,"name":"Biên Hòa","country":"VN","population":1272235,"latitude":10.945,"longitude":106.824,"timezone":"Asia/Ho_Chi_Minh"}
{"id":1797798,"name":"Qingpu","country":"CN","population":1271424,"latitude":31.154,"longitude":121.114,"timezone":"Asia/Shanghai"}
{"id":3441575,"name":"Montevideo","country":"UY","population":1270737,"latitude":-34.903,"longitude":-56.188,"timezone":"America/Montevideo"}
{"id":1788046,"name":"Xuchang","country":"CN","population":1265536,"latitude":34.032,"longitude":113.863,"timezone":"Asia/Shanghai"}
{"id":1268295,"name":"Kalyān","country":"IN","population":1262255,"latitude":19.244,"longitude":73.136,"timezone":"Asia/Kolkata"}
{"id":1783745,"name":"Zigong","country":"CN","population":1262064,"latitude":29.342,"longitude":104.777,"timezone":"Asia/Shanghai"}
{"id":520555,"name":"Nizhniy Novgorod","country":"RU","population":1259013,"latitude":56.329,"longitude":44.002,"timezone":"Europe/Moscow"}
{"id":1642548,"name":"Jepara","country":"ID","population":1257912,"latitude":-6.592,"longitude":110.671,"timezone":"Asia/Jakarta"}
{"id":1040652,"name":"Maputo","country":"MZ","population":1254837,"latitude":-25.966,"longitude":32.583,"timezone":"Africa/Maputo"}
{"id":10630003,"name":"Xuzhou","country":"CN","population":1253991,"latitude":34.204,"longitude":117.284,"timezone":"Asia/Shanghai"}
{"id":110336,"name":"Dammam","country":"SA","population":1252523,"latitude":26.434,"longitude":50.103,"timezone":"Asia/Riyadh"}
{"id":268743,"name":"Ra’s Bayrūt","country":"LB","population":1251739,"latitude":33.9,"longitude":35.483,"timezone":"Asia/Beirut"}
{"id":1799491,"name":"Neijiang","country":"CN","population":1251095,"latitude":29.584,"longitude":105.062,"timezone":"Asia/Shanghai"}
{"id":115019,"name":"Shiraz","country":"IR","population":1249942,"latitude":29.61,"longitude":52.531,"timezone":"Asia/Tehran"}
{"id":1808316,"name":"Heshan","country":"CN","population":1249807,"latitude":28.569,"longitude":112.347,"timezone":"Asia/Shanghai"}
{"id":1272423,"name":"Dombivali","country":"IN","population":1247327,"latitude":19.217,"longitude":73.083,"timezone":"Asia/Kolkata"}
{"id":214481,"name":"Kananga","country":"CD","population":1247168,"latitude":-5.896,"longitude":22.417,"timezone":"Africa/Lubumbashi"}
{"id":551487,"name":"Kazan","country":"RU","population":1243500,"latitude":55.789,"longitude":49.122,"timezone":"Europe/Moscow"}
{"id":1805518,"name":"Jining","country":"CN","population":1241012,"latitude":35.405,"longitude":116.581,"timezone":"Asia/Shanghai"}
{"id":3648522,"name":"Barquisimeto","country":"VE","population":1240714,"latitude":10.065,"longitude":-69.357,"timezone":"America/Caracas"}
{"id":349076,"name":"Shubrā al Khaymah","country":"EG","population":1240289,"latitude":30.125,"longitude":31.251,"timezone":"Africa/Cairo"}
{"id":1798439,"name":"Putuo","country":"CN","population":1239100,"latitude":31.251,"longitude":121.39,"timezone":"Asia/Shanghai"}
{"id":3718426,"name":"Port-au-Prince","country":"HT","population":1234742,"latitude":18.543,"longitude":-72.339,"timezone":"America/Port-au-Prince"}
{"id":1835553,"name":"Suwon","country":"KR","population":1234582,"latitude":37.291,"longitude":127.009,"timezone":"Asia/Seoul"}
{"id":1788534,"name":"Xinyang","country":"CN","population":1230042,"latitude":32.123,"longitude":114.066,"timezone":"Asia/Shanghai"}
{"id":1803834,"name":"Liaocheng","country":"CN","population":1229768,"latitude":36.451,"longitude":116.002,"timezone":"Asia/Shanghai"}
{"id":10942283,"name":"Jinzhong","country":"CN","population":1226617,"latitude":37.684,"longitude":112.755,"timezone":"Asia/Shanghai"}
{"id":3946083,"name":"Callao","country":"PE","population":1226200,"latitude":-12.052,"longitude":-77.135,"timezone":"America/Lima"}
{"id":1263214,"name":"Meerut","country":"IN","population":1223184,"latitude":28.98,"longitude":77.706,"timezone":"Asia/Kolkata"}
{"id":1253133,"name":"Virār","country":"IN","population":1222390,"latitude":19.456,"longitude":72.811,"timezone":"Asia/Kolkata"}
{"id":1261162,"name":"Nowrangapur","country":"IN","population":1220946,"latitude":19.231,"longitude":82.548,"timezone":"Asia/Kolkata"}
{"id":94824,"name":"Karbala","country":"IQ","population":1218732,"latitude":32.616,"longitude":44.025,"timezone":"Asia/Baghdad"}
{"id":1808956,"name":"Changzhi","country":"CN","population":1214940,"latitude":36.184,"longitude":113.105,"timezone":"Asia/Shanghai"}
{"id":1792892,"name":"Tianshui","country":"CN","population":1212791,"latitude":34.58,"longitude":105.742,"timezone":"Asia/Shanghai"}
{"id":7802746,"name":"Sadr City","country":"IQ","population":1211849,"latitude":33.389,"longitude":44.458,"timezone":"Asia/Baghdad"}
{"id":1787375,"name":"Yangpu","country":"CN","population":1210800,"latitude":31.262,"longitude":121.519,"timezone":"Asia/Shanghai"}
{"id":186301,"name":"Mombasa","country":"KE","population":1208333,"latitude":-4.055,"longitude":39.664,"timezone":"Africa/Nairobi"}
{"id":1311874,"name":"Mandalay","country":"MM","population":1208099,"latitude":21.975,"longitude":96.084,"timezone":"Asia/Yangon"}
{"id":1255634,"name":"Srinagar","country":"IN","population":1206419,"latitude":34.086,"longitude":74.806,"timezone":"Asia/Kolkata"}
{"id":3689147,"name":"Barranquilla","country":"CO","population":1206319,"latitude":10.969,"longitude":-74.781,"timezone":"America/Bogota"}
{"id":1508291,"name":"Chelyabinsk","country":"RU","population":1202371,"latitude":55.161,"longitude":61.429,"timezone":"Asia/Yekaterinburg"}
{"id":3523349,"name":"Mérida","country":"MX","population":1201000,"latitude":20.967,"longitude":-89.623,"timezone":"America/Merida"}
{"id":1862415,"name":"Hiroshima","country":"JP","population":1200754,"latitude":34.4,"longitude":132.45,"timezone":"Asia/Tokyo"}
{"id":1518980,"name":"Shymkent","country":"KZ","population":1200000,"latitude":42.31,"longitude":69.6,"timezone":"Asia/Almaty"}
{"id":3492914,"name":"Santiago de los Caballeros","country":"DO","population":1200000,"latitude":19.45,"longitude":-70.691,"timezone":"America/Santo_Domingo"}
{"id":1791636,"name":"Weinan","country":"CN","population":1199290,"latitude":34.504,"longitude":109.509,"timezone":"Asia/Shanghai"}
{"id":1271308,"name":"Ghāziābād","country":"IN","population":1199191,"latitude":28.665,"longitude":77.439,"timezone":"Asia/Kolkata"}
{"id":1039854,"name":"Matola","country":"MZ","population":1198988,"latitude":-25.962,"longitude":32.459,"timezone":"Africa/Maputo"}
{"id":1272979,"name":"Dhanbad","country":"IN","population":1196214,"latitude":23.798,"longitude":86.43,"timezone":"Asia/Kolkata"}
{"id":3947322,"name":"Arequipa","country":"PE","population":1195700,"latitude":-16.399,"longitude":-71.537,"timezone":"America/Lima"}
{"id":12747064,"name":"Hong Kong Island","country":"HK","population":1195529,"latitude":22.263,"longitude":114.184,"timezone":"Asia/Hong_Kong"}
{"id":2548885,"name":"Fes","country":"MA","population":1191905,"latitude":34.033,"longitude":-5.0,"timezone":"Africa/Casablanca"}
{"id":3514674,"name":"Gustavo Adolfo Madero","country":"MX","population":1185772,"latitude":19.494,"longitude":-99.111,"timezone":"America/Mexico_City"}
{"id":2377450,"name":"Nouakchott","country":"MR","population":1184530,"latitude":18.086,"longitude":-15.979,"timezone":"Africa/Nouakchott"}
{"id":212730,"name":"Kisangani","country":"CD","population":1181788,"latitude":0.515,"longitude":25.191,"timezone":"Africa/Lubumbashi"}
{"id":1805953,"name":"Jiaxing","country":"CN","population":1180000,"latitude":30.752,"longitude":120.75,"timezone":"Asia/Shanghai"}
{"id":1278149,"name":"Aurangabad","country":"IN","population":1175116,"latitude":19.878,"longitude":75.342,"timezone":"Asia/Kolkata"}
{"id":1784285,"name":"Zhongwei","country":"CN","population":1174600,"latitude":37.511,"longitude":105.191,"timezone":"Asia/Shanghai"}
{"id":1496153,"name":"Omsk","country":"RU","population":1172070,"latitude":54.992,"longitude":73.369,"timezone":"Asia/Omsk"}
{"id":2246678,"name":"Pikine","country":"SN","population":1170791,"latitude":14.765,"longitude":-17.391,"timezone":"Africa/Dakar"}
{"id":3461786,"name":"Guarulhos","country":"BR","population":1169577,"latitude":-23.463,"longitude":-46.533,"timezone":"America/Sao_Paulo"}
{"id":1631761,"name":"Pekanbaru","country":"ID","population":1167599,"latitude":0.517,"longitude":101.442,"timezone":"Asia/Jakarta"}
{"id":10794003,"name":"Panjin","country":"CN","population":1166481,"latitude":41.121,"longitude":122.074,"timezone":"Asia/Shanghai"}
{"id":1624917,"name":"Bandar Lampung","country":"ID","population":1166066,"latitude":-5.429,"longitude":105.261,"timezone":"Asia/Jakarta"}
{"id":3067696,"name":"Prague","country":"CZ","population":1165581,"latitude":50.088,"longitude":14.421,"timezone":"Europe/Prague"}
{"id":1253405,"name":"Varanasi","country":"IN","population":1164404,"latitude":25.317,"longitude":83.01,"timezone":"Asia/Kolkata"}
{"id":1805179,"name":"Jiujiang","country":"CN","population":1164268,"latitude":29.705,"longitude":116.002,"timezone":"Asia/Shanghai"}
{"id":499099,"name":"Samara","country":"RU","population":1163399,"latitude":53.208,"longitude":50.136,"timezone":"Europe/Samara"}
{"id":2353151,"name":"Aba","country":"NG","population":1160000,"latitude":5.107,"longitude":7.367,"timezone":"Africa/Lagos"}
{"id":1278710,"name":"Amritsar","country":"IN","population":1159227,"latitude":31.622,"longitude":74.875,"timezone":"Asia/Kolkata"}
{"id":2655603,"name":"Birmingham","country":"GB","population":1157603,"latitude":52.481,"longitude":-1.9,"timezone":"Europe/London"}
{"id":2618425,"name":"Copenhagen","country":"DK","population":1153615,"latitude":55.676,"longitude":12.566,"timezone":"Europe/Copenhagen"}
{"id":727011,"name":"Sofia","country":"BG","population":1152556,"latitude":42.698,"longitude":23.324,"timezone":"Europe/Sofia"}
{"id":1785294,"name":"Anyang","country":"CN","population":1146839,"latitude":36.096,"longitude":114.383,"timezone":"Asia/Shanghai"}
{"id":616052,"name":"Yerevan","country":"AM","population":1144700,"latitude":40.178,"longitude":44.513,"timezone":"Asia/Yerevan"}
{"id":13405906,"name":"Luohu District","country":"CN","population":1143801,"latitude":22.547,"longitude":114.131,"timezone":"Asia/Shanghai"}
{"id":1253184,"name":"Vijayawada","country":"IN","population":1143232,"latitude":16.507,"longitude":80.647,"timezone":"Asia/Kolkata"}
{"id":13608002,"name":"Fengxiang","country":"CN","population":1140872,"latitude":30.858,"longitude":121.468,"timezone":"Asia/Shanghai"}
{"id":1816373,"name":"Bijie","country":"CN","population":1137383,"latitude":27.302,"longitude":105.286,"timezone":"Asia/Shanghai"}
{"id":3995465,"name":"Monterrey","country":"MX","population":1135512,"latitude":25.684,"longitude":-100.317,"timezone":"America/Monterrey"}
{"id":202061,"name":"Kigali","country":"RW","population":1132686,"latitude":-1.95,"longitude":30.059,"timezone":"Africa/Kigali"}
{"id":501175,"name":"Rostov-on-Don","country":"RU","population":1130305,"latitude":47.22,"longitude":39.708,"timezone":"Europe/Moscow"}
{"id":1783763,"name":"Zhuzhou","country":"CN","population":1129687,"latitude":27.833,"longitude":113.15,"timezone":"Asia/Shanghai"}
{"id":1978681,"name":"Malingao","country":"PH","population":1121974,"latitude":7.161,"longitude":124.475,"timezone":"Asia/Manila"}
{"id":2244322,"name":"Touba","country":"SN","population":1120824,"latitude":14.862,"longitude":-15.875,"timezone":"Africa/Dakar"}
{"id":479561,"name":"Ufa","country":"RU","population":1120547,"latitude":54.743,"longitude":55.968,"timezone":"Asia/Yekaterinburg"}
{"id":1258526,"name":"Ranchi","country":"IN","population":1120374,"latitude":23.343,"longitude":85.309,"timezone":"Asia/Kolkata"}
{"id":1787858,"name":"Shangrao","country":"CN","population":1116486,"latitude":28.452,"longitude":117.943,"timezone":"Asia/Shanghai"}
{"id":927967,"name":"Lilongwe","country":"MW","population":1115815,"latitude":-13.967,"longitude":33.787,"timezone":"Africa/Blantyre"}
{"id":1807700,"name":"Huaibei","country":"CN","population":1113321,"latitude":33.974,"longitude":116.792,"timezone":"Asia/Shanghai"}
{"id":2331447,"name":"Maiduguri","country":"NG","population":1110000,"latitude":11.847,"longitude":13.157,"timezone":"Africa/Lagos"}
{"id":1787957,"name":"Xuhui","country":"CN","population":1109800,"latitude":31.196,"longitude":121.447,"timezone":"Asia/Shanghai"}
{"id":1800818,"name":"Meishan","country":"CN","population":1107742,"latitude":30.044,"longitude":103.837,"timezone":"Asia/Shanghai"}
{"id":152224,"name":"Mwanza","country":"TZ","population":1104521,"latitude":-2.517,"longitude":32.9,"timezone":"Africa/Dar_es_Salaam"}
{"id":1833747,"name":"Ulsan","country":"KR","population":1098421,"latitude":35.537,"longitude":129.317,"timezone":"Asia/Seoul"}
{"id":2111149,"name":"Sendai","country":"JP","population":1096704,"latitude":38.267,"longitude":140.867,"timezone":"Asia/Tokyo"}
{"id":1502026,"name":"Krasnoyarsk","country":"RU","population":1090811,"latitude":56.037,"longitude":92.931,"timezone":"Asia/Krasnoyarsk"}
{"id":1810820,"name":"Fuzhou","country":"CN","population":1089888,"latitude":27.96,"longitude":116.333,"timezone":"Asia/Shanghai"}
{"id":1809532,"name":"Guigang","country":"CN","population":1086327,"latitude":23.116,"longitude":109.595,"timezone":"Asia/Shanghai"}
{"id":3143244,"name":"Oslo","country":"NO","population":1082575,"latitude":59.913,"longitude":10.746,"timezone":"Europe/Oslo"}
{"id":1269633,"name":"Jabalpur","country":"IN","population":1081677,"latitude":23.167,"longitude":79.95,"timezone":"Asia/Kolkata"}
{"id":2337639,"name":"Ilorin","country":"NG","population":1080000,"latitude":8.497,"longitude":4.542,"timezone":"Africa/Lagos"}
{"id":415189,"name":"Aden","country":"YE","population":1079670,"latitude":12.78,"longitude":45.039,"timezone":"Asia/Aden"}
{"id":1648473,"name":"Bogor","country":"ID","population":1078351,"latitude":-6.594,"longitude":106.789,"timezone":"Asia/Jakarta"}
{"id":3530589,"name":"Ciudad Nezahualcoyotl","country":"MX","population":1077208,"latitude":19.401,"longitude":-99.015,"timezone":"America/Mexico_City"}
{"id":1808370,"name":"Hengyang","country":"CN","population":1075516,"latitude":26.889,"longitude":112.619,"timezone":"Asia/Shanghai"}
{"id":1278994,"name":"Prayagraj","country":"IN","population":1073438,"latitude":25.445,"longitude":81.843,"timezone":"Asia/Kolkata"}
{"id":3691175,"name":"Trujillo","country":"PE","population":1067700,"latitude":-8.116,"longitude":-79.03,"timezone":"America/Lima"}
{"id":1253102,"name":"Visakhapatnam","country":"IN","population":1063178,"latitude":17.68,"longitude":83.202,"timezone":"Asia/Kolkata"}
{"id":1842485,"name":"Goyang-si","country":"KR","population":1061752,"latitude":37.656,"longitude":126.835,"timezone":"Asia/Seoul"}
{"id":1785781,"name":"Yulin","country":"CN","population":1056743,"latitude":22.631,"longitude":110.147,"timezone":"Asia/Shanghai"}
{"id":1268865,"name":"Jodhpur","country":"IN","population":1056191,"latitude":26.268,"longitude":73.006,"timezone":"Asia/Kolkata"}
{"id":1270583,"name":"Gwalior","country":"IN","population":1054420,"latitude":26.23,"longitude":78.173,"timezone":"Asia/Kolkata"}
{"id":1805540,"name":"Jingzhou","country":"CN","population":1052282,"latitude":30.35,"longitude":112.19,"timezone":"Asia/Shanghai"}
{"id":964420,"name":"Gqeberha","country":"ZA","population":1050078,"latitude":-33.961,"longitude":25.615,"timezone":"Africa/Johannesburg"}
{"id":611717,"name":"Tbilisi","country":"GE","population":1049498,"latitude":41.691,"longitude":44.834,"timezone":"Asia/Tbilisi"}
{"id":472045,"name":"Voronezh","country":"RU","population":1047549,"latitude":51.668,"longitude":39.192,"timezone":"Europe/Moscow"}
{"id":1788572,"name":"Xinxiang","country":"CN","population":1047088,"latitude":35.19,"longitude":113.802,"timezone":"Asia/Shanghai"}
{"id":1786746,"name":"Yichun","country":"CN","population":1045952,"latitude":27.833,"longitude":114.4,"timezone":"Asia/Shanghai"}
{"id":2322911,"name":"Sokoto","country":"NG","population":1040000,"latitude":13.063,"longitude":5.243,"timezone":"Africa/Lagos"}
{"id":2335953,"name":"Jos","country":"NG","population":1040000,"latitude":9.928,"longitude":8.892,"timezone":"Africa/Lagos"}
{"id":2530335,"name":"Tangier","country":"MA","population":1035141,"latitude":35.767,"longitude":-5.8,"timezone":"Africa/Casablanca"}
{"id":1254745,"name":"Teni","country":"IN","population":1034724,"latitude":10.011,"longitude":77.478,"timezone":"Asia/Kolkata"}
{"id":1790353,"name":"Xianyang","country":"CN","population":1034081,"latitude":34.338,"longitude":108.703,"timezone":"Asia/Shanghai"}
{"id":3996069,"name":"Mexicali","country":"MX","population":1032686,"latitude":32.628,"longitude":-115.454,"timezone":"America/Tijuana"}
{"id":2255414,"name":"Pointe-Noire","country":"CG","population":1032000,"latitude":-4.776,"longitude":11.864,"timezone":"Africa/Brazzaville"}
{"id":3395981,"name":"Maceió","country":"BR","population":1031597,"latitude":-9.666,"longitude":-35.735,"timezone":"America/Maceio"}
{"id":3467865,"name":"Campinas","country":"BR","population":1031554,"latitude":-22.906,"longitude":-47.061,"timezone":"America/Sao_Paulo"}
{"id":1796556,"name":"Sanya","country":"CN","population":1031396,"latitude":18.254,"longitude":109.509,"timezone":"Asia/Shanghai"}
{"id":1185188,"name":"Rangpur","country":"BD","population":1031388,"latitude":25.747,"longitude":89.252,"timezone":"Asia/Dhaka"}
{"id":94787,"name":"Kirkuk","country":"IQ","population":1031000,"latitude":35.468,"longitude":44.392,"timezone":"Asia/Baghdad"}
{"id":162183,"name":"Ashgabat","country":"TM","population":1030063,"latitude":37.95,"longitude":58.383,"timezone":"Asia/Ashgabat"}
{"id":1795874,"name":"Shaoguan","country":"CN","population":1028460,"latitude":24.8,"longitude":113.583,"timezone":"Asia/Shanghai"}
{"id":1270396,"name":"Howrah","country":"IN","population":1027672,"latitude":22.577,"longitude":88.319,"timezone":"Asia/Kolkata"}
{"id":1258980,"name":"Raipur","country":"IN","population":1027264,"latitude":21.233,"longitude":81.633,"timezone":"Asia/Kolkata"}
{"id":1846326,"name":"Changwon","country":"KR","population":1025702,"latitude":35.228,"longitude":128.681,"timezone":"Asia/Seoul"}
{"id":1802276,"name":"Longyan","country":"CN","population":1025087,"latitude":25.075,"longitude":117.018,"timezone":"Asia/Shanghai"}
{"id":2886242,"name":"Köln","country":"DE","population":1024621,"latitude":50.933,"longitude":6.95,"timezone":"Europe/Berlin"}
{"id":2964574,"name":"Dublin","country":"IE","population":1024027,"latitude":53.333,"longitude":-6.249,"timezone":"Europe/Dublin"}
{"id":1254388,"name":"Tiruchirappalli","country":"IN","population":1022518,"latitude":10.816,"longitude":78.697,"timezone":"Asia/Kolkata"}
{"id":1786217,"name":"Yongzhou","country":"CN","population":1020715,"latitude":26.424,"longitude":111.613,"timezone":"Asia/Shanghai"}
{"id":2800866,"name":"Brussels","country":"BE","population":1019022,"latitude":50.85,"longitude":4.349,"timezone":"Europe/Brussels"}
{"id":1679432,"name":"Zamboanga","country":"PH","population":1018849,"latitude":6.91,"longitude":122.074,"timezone":"Asia/Manila"}
{"id":6094817,"name":"Ottawa","country":"CA","population":1017449,"latitude":45.411,"longitude":-75.698,"timezone":"America/Toronto"}
{"id":1806535,"name":"Huzhou","country":"CN","population":1015937,"latitude":30.87,"longitude":120.093,"timezone":"Asia/Shanghai"}
{"id":472757,"name":"Volgograd","country":"RU","population":1013533,"latitude":48.714,"longitude":44.498,"timezone":"Europe/Volgograd"}
{"id":379251,"name":"Khartoum North","country":"SD","population":1012211,"latitude":15.649,"longitude":32.535,"timezone":"Africa/Khartoum"}
{"id":5946768,"name":"Edmonton","country":"CA","population":1010899,"latitude":53.55,"longitude":-113.469,"timezone":"America/Edmonton"}
{"id":698740,"name":"Odesa","country":"UA","population":1010537,"latitude":46.486,"longitude":30.744,"timezone":"Europe/Kyiv"}
{"id":1803936,"name":"Wuwei","country":"CN","population":1010295,"latitude":37.927,"longitude":102.632,"timezone":"Asia/Shanghai"}
{"id":4160021,"name":"Jacksonville","country":"US","population":1009833,"latitude":30.332,"longitude":-81.656,"timezone":"America/New_York"}
{"id":4691930,"name":"Fort Worth","country":"US","population":1008106,"latitude":32.725,"longitude":-97.321,"timezone":"America/Chicago"}
{"id":1808857,"name":"Hanzhong","country":"CN","population":1006557,"latitude":33.075,"longitude":107.022,"timezone":"Asia/Shanghai"}
{"id":7576887,"name":"Hezhou","country":"CN","population":1005490,"latitude":24.404,"longitude":111.567,"timezone":"Asia/Shanghai"}
{"id":3046446,"name":"Pest","country":"HU","population":1001748,"latitude":47.5,"longitude":19.083,"timezone":"Europe/Budapest"}
{"id":1266049,"name":"Kota","country":"IN","population":1001694,"latitude":25.183,"longitude":75.839,"timezone":"Asia/Kolkata"}
{"id":6943660,"name":"Shivaji Nagar","country":"IN","population":1000000,"latitude":18.53,"longitude":73.853,"timezone":"Asia/Kolkata"}
{"id":7602670,"name":"Zhu Cheng City","country":"CN","population":1000000,"latitude":35.995,"longitude":119.403,"timezone":"Asia/Shanghai"}
{"id":1812101,"name":"Dongying","country":"CN","population":998968,"latitude":37.463,"longitude":118.492,"timezone":"Asia/Shanghai"}
{"id":1801640,"name":"Luzhou","country":"CN","population":998900,"latitude":28.89,"longitude":105.426,"timezone":"Asia/Shanghai"}
{"id":5392171,"name":"San Jose","country":"US","population":997368,"latitude":37.339,"longitude":-121.895,"timezone":"America/Los_Angeles"}
{"id":1256436,"name":"Sholapur","country":"IN","population":997281,"latitude":17.672,"longitude":75.91,"timezone":"Asia/Kolkata"}
{"id":2542997,"name":"Marrakesh","country":"MA","population":995871,"latitude":31.634,"longitude":-8.0,"timezone":"Africa/Casablanca"}
{"id":3598132,"name":"Guatemala City","country":"GT","population":994938,"latitude":14.641,"longitude":-90.513,"timezone":"America/Guatemala"}
{"id":1800779,"name":"Meizhou","country":"CN","population":992351,"latitude":24.289,"longitude":116.118,"timezone":"Asia/Shanghai"}
{"id":1927639,"name":"Yueyang","country":"CN","population":991465,"latitude":29.375,"longitude":113.095,"timezone":"Asia/Shanghai"}
{"id":1804591,"name":"Laiwu","country":"CN","population":989535,"latitude":36.193,"longitude":117.657,"timezone":"Asia/Shanghai"}
{"id":2038300,"name":"Benxi","country":"CN","population":987717,"latitude":41.289,"longitude":123.765,"timezone":"Asia/Shanghai"}
{"id":747323,"name":"Esenyurt","country":"TR","population":983571,"latitude":41.027,"longitude":28.677,"timezone":"Europe/Istanbul"}
{"id":511196,"name":"Perm","country":"RU","population":982419,"latitude":58.01,"longitude":56.25,"timezone":"Asia/Yekaterinburg"}
{"id":2317765,"name":"Zaria","country":"NG","population":980000,"latitude":11.111,"longitude":7.723,"timezone":"Africa/Lagos"}
{"id":7033318,"name":"Kennedy","country":"CO","population":979914,"latitude":4.617,"longitude":-74.146,"timezone":"America/Bogota"}
{"id":2113015,"name":"Chiba","country":"JP","population":979768,"latitude":35.6,"longitude":140.117,"timezone":"Asia/Tokyo"}
{"id":1798827,"name":"Pingdingshan","country":"CN","population":979130,"latitude":33.731,"longitude":113.316,"timezone":"Asia/Shanghai"}
{"id":3645528,"name":"Ciudad Guayana","country":"VE","population":978202,"latitude":8.351,"longitude":-62.641,"timezone":"America/Caracas"}
{"id":1166000,"name":"Sargodha","country":"PK","population":975886,"latitude":32.086,"longitude":72.674,"timezone":"Asia/Karachi"}
{"id":4671654,"name":"Austin","country":"US","population":974447,"latitude":30.267,"longitude":-97.743,"timezone":"America/Chicago"}
{"id":3617763,"name":"Managua","country":"NI","population":973087,"latitude":12.133,"longitude":-86.25,"timezone":"America/Managua"}
{"id":1816440,"name":"Bengbu","country":"CN","population":972784,"latitude":32.941,"longitude":117.361,"timezone":"Asia/Shanghai"}
{"id":2537763,"name":"Salé","country":"MA","population":972299,"latitude":34.053,"longitude":-6.798,"timezone":"Africa/Casablanca"}
{"id":281184,"name":"Jerusalem","country":"IL","population":971800,"latitude":31.769,"longitude":35.216,"timezone":"Asia/Jerusalem"}
{"id":1274746,"name":"Chandigarh","country":"IN","population":970602,"latitude":30.736,"longitude":76.788,"timezone":"Asia/Kolkata"}
{"id":709930,"name":"Dnipro","country":"UA","population":968502,"latitude":48.467,"longitude":35.041,"timezone":"Europe/Kyiv"}
{"id":1717512,"name":"Cebu City","country":"PH","population":965332,"latitude":10.317,"longitude":123.891,"timezone":"Asia/Manila"}
{"id":1796823,"name":"Sanhe","country":"CN","population":965075,"latitude":39.98,"longitude":117.069,"timezone":"Asia/Shanghai"}
{"id":1254348,"name":"Tiruppur","country":"IN","population":963173,"latitude":11.115,"longitude":77.355,"timezone":"Asia/Kolkata"}
{"id":1271476,"name":"Guwahati","country":"IN","population":962334,"latitude":26.184,"longitude":91.746,"timezone":"Asia/Kolkata"}
{"id":1790492,"name":"Xiangtan","country":"CN","population":959303,"latitude":27.85,"longitude":112.9,"timezone":"Asia/Shanghai"}
{"id":1803567,"name":"Linfen","country":"CN","population":959198,"latitude":36.089,"longitude":111.519,"timezone":"Asia/Shanghai"}
{"id":1931681,"name":"Victoria","country":"HK","population":956800,"latitude":22.288,"longitude":114.144,"timezone":"Asia/Hong_Kong"}
{"id":1784642,"name":"Zhenjiang","country":"CN","population":950516,"latitude":32.211,"longitude":119.455,"timezone":"Asia/Shanghai"}
{"id":2343279,"name":"Enugu","country":"NG","population":950000,"latitude":6.441,"longitude":7.499,"timezone":"Africa/Lagos"}
{"id":3838583,"name":"Rosario","country":"AR","population":948312,"latitude":-32.947,"longitude":-60.639,"timezone":"America/Argentina/Cordoba"}
{"id":101760,"name":"Sulţānah","country":"SA","population":946697,"latitude":24.493,"longitude":39.586,"timezone":"Asia/Riyadh"}
{"id":2036662,"name":"Huludao","country":"CN","population":944495,"latitude":40.752,"longitude":120.836,"timezone":"Asia/Shanghai"}
{"id":1269920,"name":"Hubballi","country":"IN","population":943788,"latitude":15.348,"longitude":75.134,"timezone":"Asia/Kolkata"}
{"id":1633419,"name":"Padang","country":"ID","population":942938,"latitude":-0.949,"longitude":100.354,"timezone":"Asia/Jakarta"}
{"id":1859307,"name":"Kitakyushu","country":"JP","population":940978,"latitude":33.852,"longitude":130.85,"timezone":"Asia/Tokyo"}
{"id":70225,"name":"Taiz","country":"YE","population":940600,"latitude":13.58,"longitude":44.021,"timezone":"Asia/Aden"}
{"id":11790342,"name":"Setagaya","country":"JP","population":940071,"latitude":35.642,"longitude":139.647,"timezone":"Asia/Tokyo"}
{"id":3489854,"name":"Kingston","country":"JM","population":937700,"latitude":17.997,"longitude":-76.794,"timezone":"America/Jamaica"}
{"id":1805701,"name":"Jing’an","country":"CN","population":936500,"latitude":31.22,"longitude":121.416,"timezone":"Asia/Shanghai"}
{"id":1281673,"name":"Baoshan","country":"CN","population":935618,"latitude":25.116,"longitude":99.164,"timezone":"Asia/Shanghai"}
{"id":1797063,"name":"Rui’an","country":"CN","population":927383,"latitude":27.776,"longitude":120.659,"timezone":"Asia/Shanghai"}
{"id":4014338,"name":"Chihuahua","country":"MX","population":925762,"latitude":28.635,"longitude":-106.089,"timezone":"America/Chihuahua"}
{"id":6611854,"name":"Nay Pyi Taw","country":"MM","population":925000,"latitude":19.745,"longitude":96.13,"timezone":"Asia/Yangon"}
{"id":315202,"name":"Eskişehir","country":"TR","population":921630,"latitude":39.777,"longitude":30.521,"timezone":"Europe/Istanbul"}
{"id":1262321,"name":"Mysuru","country":"IN","population":920550,"latitude":12.298,"longitude":76.639,"timezone":"Asia/Kolkata"}
{"id":1257629,"name":"Salem","country":"IN","population":917414,"latitude":11.654,"longitude":78.155,"timezone":"Asia/Kolkata"}
{"id":3388368,"name":"São Luís","country":"BR","population":917237,"latitude":-2.53,"longitude":-44.303,"timezone":"America/Fortaleza"}
{"id":1897000,"name":"Seongnam-si","country":"KR","population":914832,"latitude":37.439,"longitude":127.138,"timezone":"Asia/Seoul"}
{"id":3687238,"name":"Cartagena","country":"CO","population":914552,"latitude":10.398,"longitude":-75.493,"timezone":"America/Bogota"}
{"id":1730501,"name":"Antipolo","country":"PH","population":913712,"latitude":14.626,"longitude":121.123,"timezone":"Asia/Manila"}
{"id":4509177,"name":"Columbus","country":"US","population":913175,"latitude":39.961,"longitude":-82.999,"timezone":"America/New_York"}
{"id":1164909,"name":"Sialkot","country":"PK","population":911817,"latitude":32.493,"longitude":74.531,"timezone":"Asia/Karachi"}
{"id":4460243,"name":"Charlotte","country":"US","population":911311,"latitude":35.227,"longitude":-80.843,"timezone":"America/New_York"}
{"id":1804609,"name":"Laibin","country":"CN","population":910282,"latitude":23.747,"longitude":109.222,"timezone":"Asia/Shanghai"}
{"id":2319133,"name":"Warri","country":"NG","population":910000,"latitude":5.517,"longitude":5.75,"timezone":"Africa/Lagos"}
{"id":3172394,"name":"Naples","country":"IT","population":909048,"latitude":40.852,"longitude":14.268,"timezone":"Europe/Rome"}
{"id":1790254,"name":"Xiaogan","country":"CN","population":908266,"latitude":30.927,"longitude":113.922,"timezone":"Asia/Shanghai"}
{"id":3467747,"name":"Campo Grande","country":"BR","population":906092,"latitude":-20.443,"longitude":-54.646,"timezone":"America/Campo_Grande"}
{"id":1783683,"name":"Ziyang","country":"CN","population":905729,"latitude":30.121,"longitude":104.648,"timezone":"Asia/Shanghai"}
{"id":2362344,"name":"Bobo-Dioulasso","country":"BF","population":904920,"latitude":11.181,"longitude":-4.295,"timezone":"Africa/Ouagadougou"}
{"id":1183880,"name":"Bahawalpur","country":"PK","population":903795,"latitude":29.398,"longitude":71.675,"timezone":"Asia/Karachi"}
{"id":1797264,"name":"Quzhou","country":"CN","population":902767,"latitude":28.959,"longitude":118.869,"timezone":"Asia/Shanghai"}
{"id":931755,"name":"Blantyre","country":"MW","population":902588,"latitude":-15.785,"longitude":35.009,"timezone":"Africa/Blantyre"}
{"id":709717,"name":"Donetsk","country":"UA","population":901645,"latitude":48.023,"longitude":37.802,"timezone":"Europe/Kyiv"}
{"id":100077,"name":"Abū Ghurayb","country":"IQ","population":900000,"latitude":33.306,"longitude":44.185,"timezone":"Asia/Baghdad"}
{"id":119208,"name":"Qom","country":"IR","population":900000,"latitude":34.64,"longitude":50.876,"timezone":"Asia/Tehran"}
{"id":1528675,"name":"Bishkek","country":"KG","population":900000,"latitude":42.87,"longitude":74.59,"timezone":"Asia/Bishkek"}
{"id":1785453,"name":"Zaozhuang","country":"CN","population":899753,"latitude":34.865,"longitude":117.554,"timezone":"Asia/Shanghai"}
{"id":542420,"name":"Krasnodar","country":"RU","population":899541,"latitude":45.045,"longitude":38.982,"timezone":"Europe/Moscow"}
{"id":3394023,"name":"Natal","country":"BR","population":896708,"latitude":-5.795,"longitude":-35.209,"timezone":"America/Fortaleza"}
{"id":1798654,"name":"Pingxiang","country":"CN","population":893550,"latitude":27.617,"longitude":113.854,"timezone":"Asia/Shanghai"}
{"id":1636722,"name":"Malang","country":"ID","population":889359,"latitude":-7.98,"longitude":112.63,"timezone":"Asia/Jakarta"}
{"id":3531673,"name":"Cancún","country":"MX","population":888797,"latitude":21.174,"longitude":-86.847,"timezone":"America/Cancun"}
{"id":4259418,"name":"Indianapolis","country":"US","population":887642,"latitude":39.768,"longitude":-86.158,"timezone":"America/Indiana/Indianapolis"}
{"id":1270642,"name":"Gurugram","country":"IN","population":886519,"latitude":28.46,"longitude":77.026,"timezone":"Asia/Kolkata"}
{"id":1275817,"name":"Bhubaneswar","country":"IN","population":885363,"latitude":20.272,"longitude":85.834,"timezone":"Asia/Kolkata"}
{"id":1886762,"name":"Zhoushan","country":"CN","population":882932,"latitude":29.989,"longitude":122.205,"timezone":"Asia/Shanghai"}
{"id":2035265,"name":"Qiqihar","country":"CN","population":882364,"latitude":47.339,"longitude":123.962,"timezone":"Asia/Shanghai"}
{"id":8307074,"name":"Mulenvos","country":"AO","population":882014,"latitude":-8.867,"longitude":13.334,"timezone":"Africa/Luanda"}
{"id":98463,"name":"Sulaymaniyah","country":"IQ","population":878146,"latitude":35.565,"longitude":45.433,"timezone":"Asia/Baghdad"}
{"id":2995469,"name":"Marseille","country":"FR","population":877215,"latitude":43.297,"longitude":5.381,"timezone":"Europe/Paris"}
{"id":1802940,"name":"Puning","country":"CN","population":874954,"latitude":23.311,"longitude":116.169,"timezone":"Asia/Shanghai"}
{"id":1275901,"name":"Bhiwandi","country":"IN","population":874032,"latitude":19.3,"longitude":73.059,"timezone":"Asia/Kolkata"}
{"id":954013,"name":"Soshanguve","country":"ZA","population":872309,"latitude":-25.473,"longitude":28.099,"timezone":"Africa/Johannesburg"}
{"id":3386496,"name":"Teresina","country":"BR","population":871126,"latitude":-5.089,"longitude":-42.802,"timezone":"America/Fortaleza"}
{"id":1789065,"name":"Ankang","country":"CN","population":870126,"latitude":32.68,"longitude":109.017,"timezone":"Asia/Shanghai"}
{"id":1268782,"name":"Jalandhar","country":"IN","population":868929,"latitude":31.326,"longitude":75.579,"timezone":"Asia/Kolkata"}
{"id":2747891,"name":"Rotterdam","country":"NL","population":868135,"latitude":51.922,"longitude":4.479,"timezone":"Europe/Amsterdam"}
{"id":1804540,"name":"Langfang","country":"CN","population":868066,"latitude":39.521,"longitude":116.715,"timezone":"Asia/Shanghai"}
{"id":2236500,"name":"Viana","country":"AO","population":865863,"latitude":-8.906,"longitude":13.375,"timezone":"Africa/Luanda"}
{"id":1805987,"name":"Jiaozuo","country":"CN","population":865413,"latitude":35.239,"longitude":113.239,"timezone":"Asia/Shanghai"}
{"id":1629001,"name":"Samarinda","country":"ID","population":865306,"latitude":-0.492,"longitude":117.146,"timezone":"Asia/Makassar"}
{"id":12069922,"name":"Rohini","country":"IN","population":860000,"latitude":28.743,"longitude":77.068,"timezone":"Asia/Kolkata"}
{"id":1791748,"name":"Wanxian","country":"CN","population":859662,"latitude":30.816,"longitude":108.374,"timezone":"Asia/Shanghai"}
{"id":1799194,"name":"Guang’an","country":"CN","population":858159,"latitude":30.474,"longitude":106.637,"timezone":"Asia/Shanghai"}
{"id":1732752,"name":"Johor Bahru","country":"MY","population":858118,"latitude":1.466,"longitude":103.758,"timezone":"Asia/Kuala_Lumpur"}
{"id":1184370,"name":"Arifwala","country":"PK","population":854462,"latitude":30.291,"longitude":73.066,"timezone":"Asia/Karachi"}
{"id":7290466,"name":"Pasig City","country":"PH","population":853050,"latitude":14.587,"longitude":121.061,"timezone":"Asia/Manila"}
{"id":1845604,"name":"Cheongju-si","country":"KR","population":852147,"latitude":36.637,"longitude":127.49,"timezone":"Asia/Seoul"}
{"id":12501153,"name":"Kanayannur","country":"IN","population":851406,"latitude":9.967,"longitude":76.267,"timezone":"Asia/Kolkata"}
{"id":3600949,"name":"Tegucigalpa","country":"HN","population":850848,"latitude":14.082,"longitude":-87.207,"timezone":"America/Tegucigalpa"}
{"id":1838716,"name":"Bucheon-si","country":"KR","population":850731,"latitude":37.499,"longitude":126.783,"timezone":"Asia/Seoul"}
{"id":1566166,"name":"Thanh Hóa","country":"VN","population":850000,"latitude":19.8,"longitude":105.767,"timezone":"Asia/Bangkok"}
{"id":3165524,"name":"Turin","country":"IT","population":847287,"latitude":45.07,"longitude":7.687,"timezone":"Europe/Rome"}
{"id":292913,"name":"Al Ain City","country":"AE","population":846747,"latitude":24.192,"longitude":55.761,"timezone":"Asia/Dubai"}
{"id":2399697,"name":"Libreville","country":"GA","population":846090,"latitude":0.392,"longitude":9.454,"timezone":"Africa/Libreville"}
{"id":498677,"name":"Saratov","country":"RU","population":844858,"latitude":51.54,"longitude":45.99,"timezone":"Europe/Saratov"}
{"id":2028462,"name":"Ulan Bator","country":"MN","population":844818,"latitude":47.908,"longitude":106.883,"timezone":"Asia/Ulaanbaatar"}
{"id":1791673,"name":"Weihai","country":"CN","population":844310,"latitude":37.509,"longitude":122.114,"timezone":"Asia/Shanghai"}
{"id":1821940,"name":"Takeo","country":"KH","population":843931,"latitude":10.991,"longitude":104.785,"timezone":"Asia/Phnom_Penh"}
{"id":3456160,"name":"Nova Iguaçu","country":"BR","population":843046,"latitude":-22.759,"longitude":-43.451,"timezone":"America/Sao_Paulo"}
{"id":3919968,"name":"Cochabamba","country":"BO","population":841276,"latitude":-17.382,"longitude":-66.16,"timezone":"America/La_Paz"}
{"id":144448,"name":"Ahvaz","country":"IR","population":841145,"latitude":31.319,"longitude":48.684,"timezone":"Asia/Tehran"}
{"id":1651944,"name":"Vientiane","country":"LA","population":840940,"latitude":17.967,"longitude":102.6,"timezone":"Asia/Vientiane"}
{"id":1785412,"name":"Zhabei","country":"CN","population":840000,"latitude":31.259,"longitude":121.46,"timezone":"Asia/Shanghai"}
{"id":1788508,"name":"Xinyu","country":"CN","population":839488,"latitude":27.804,"longitude":114.933,"timezone":"Asia/Shanghai"}
{"id":965301,"name":"Pietermaritzburg","country":"ZA","population":839327,"latitude":-29.617,"longitude":30.393,"timezone":"Africa/Johannesburg"}
{"id":1786770,"name":"Yibin","country":"CN","population":836340,"latitude":28.759,"longitude":104.64,"timezone":"Asia/Shanghai"}
{"id":3522790,"name":"Naucalpan de Juárez","country":"MX","population":834434,"latitude":19.479,"longitude":-99.24,"timezone":"America/Mexico_City"}
{"id":1771023,"name":"Kampung Baru Subang","country":"MY","population":833571,"latitude":3.15,"longitude":101.533,"timezone":"Asia/Kuala_Lumpur"}
{"id":2290956,"name":"Bouaké","country":"CI","population":832371,"latitude":7.694,"longitude":-5.03,"timezone":"Africa/Abidjan"}
{"id":1793703,"name":"Taicang","country":"CN","population":831113,"latitude":31.448,"longitude":121.094,"timezone":"Asia/Shanghai"}
{"id":5391959,"name":"San Francisco","country":"US","population":827526,"latitude":37.775,"longitude":-122.419,"timezone":"America/Los_Angeles"}
{"id":1853195,"name":"Sakai","country":"JP","population":826161,"latitude":34.582,"longitude":135.467,"timezone":"Asia/Tokyo"}
{"id":2509954,"name":"Valencia","country":"ES","population":824340,"latitude":39.474,"longitude":-0.38,"timezone":"Europe/Madrid"}
{"id":13608000,"name":"Jinshan","country":"CN","population":822776,"latitude":30.836,"longitude":121.294,"timezone":"Asia/Shanghai"}
{"id":1815059,"name":"Chenzhou","country":"CN","population":822534,"latitude":25.8,"longitude":113.033,"timezone":"Asia/Shanghai"}
{"id":3464374,"name":"Duque de Caxias","country":"BR","population":818329,"latitude":-22.786,"longitude":-43.312,"timezone":"America/Sao_Paulo"}
{"id":3397277,"name":"João Pessoa","country":"BR","population":817511,"latitude":-7.115,"longitude":-34.863,"timezone":"America/Fortaleza"}
{"id":217831,"name":"Bukavu","country":"CD","population":816811,"latitude":-2.491,"longitude":28.843,"timezone":"Africa/Lubumbashi"}
{"id":3094802,"name":"Kraków","country":"PL","population":816614,"latitude":50.061,"longitude":19.937,"timezone":"Europe/Warsaw"}
{"id":3648559,"name":"Barcelona","country":"VE","population":815141,"latitude":10.138,"longitude":-64.688,"timezone":"America/Caracas"}
{"id":2389853,"name":"Bangui","country":"CF","population":812407,"latitude":4.361,"longitude":18.555,"timezone":"Africa/Bangui"}
{"id":4004898,"name":"Hermosillo","country":"MX","population":812229,"latitude":29.089,"longitude":-110.967,"timezone":"America/Hermosillo"}
{"id":1276014,"name":"Bhayandar","country":"IN","population":809378,"latitude":19.302,"longitude":72.851,"timezone":"Asia/Kolkata"}
{"id":4012176,"name":"Culiacán","country":"MX","population":808416,"latitude":24.802,"longitude":-107.394,"timezone":"America/Mazatlan"}
{"id":1735158,"name":"Petaling Jaya","country":"MY","population":807879,"latitude":3.107,"longitude":101.607,"timezone":"Asia/Kuala_Lumpur"}
{"id":1817993,"name":"Anqing","country":"CN","population":804493,"latitude":30.514,"longitude":117.047,"timezone":"Asia/Shanghai"}
{"id":2485926,"name":"Oran","country":"DZ","population":803329,"latitude":35.699,"longitude":-0.636,"timezone":"Africa/Algiers"}
{"id":2409306,"name":"Freetown","country":"SL","population":802639,"latitude":8.487,"longitude":-13.236,"timezone":"Africa/Freetown"}
{"id":3601782,"name":"San Pedro Sula","country":"HN","population":801259,"latitude":15.506,"longitude":-88.026,"timezone":"America/Tegucigalpa"}
{"id":1261809,"name":"Narela","country":"IN","population":800000,"latitude":28.853,"longitude":77.093,"timezone":"Asia/Kolkata"}
{"id":1788927,"name":"Xingtai","country":"CN","population":798770,"latitude":37.062,"longitude":114.493,"timezone":"Asia/Shanghai"}
{"id":1855431,"name":"Niigata","country":"JP","population":797591,"latitude":37.923,"longitude":139.041,"timezone":"Asia/Tokyo"}
{"id":287286,"name":"Muscat","country":"OM","population":797000,"latitude":23.584,"longitude":58.408,"timezone":"Asia/Muscat"}
{"id":250090,"name":"Zarqa","country":"JO","population":792665,"latitude":32.073,"longitude":36.088,"timezone":"Asia/Amman"}
{"id":6955677,"name":"Çankaya","country":"TR","population":792189,"latitude":39.918,"longitude":32.863,"timezone":"Europe/Istanbul"}
{"id":742394,"name":"Küçükçekmece","country":"TR","population":792030,"latitude":40.991,"longitude":28.771,"timezone":"Europe/Istanbul"}
{"id":1863289,"name":"Hamamatsu","country":"JP","population":791707,"latitude":34.7,"longitude":137.733,"timezone":"Asia/Tokyo"}
{"id":922773,"name":"Kolwezi","country":"CD","population":790248,"latitude":-10.715,"longitude":25.467,"timezone":"Africa/Lubumbashi"}
{"id":1562798,"name":"Vinh","country":"VN","population":790000,"latitude":18.673,"longitude":105.692,"timezone":"Asia/Bangkok"}
{"id":1254163,"name":"Thiruvananthapuram","country":"IN","population":788271,"latitude":8.486,"longitude":76.949,"timezone":"Asia/Kolkata"}
{"id":1784841,"name":"Zhaotong","country":"CN","population":787845,"latitude":27.317,"longitude":103.717,"timezone":"Asia/Shanghai"}
{"id":6929460,"name":"Panzhihua","country":"CN","population":787177,"latitude":26.585,"longitude":101.713,"timezone":"Asia/Shanghai"}
{"id":1814757,"name":"Chuzhou","country":"CN","population":782671,"latitude":32.322,"longitude":118.298,"timezone":"Asia/Shanghai"}
{"id":5809844,"name":"Seattle","country":"US","population":780995,"latitude":47.606,"longitude":-122.332,"timezone":"America/Los_Angeles"}
{"id":358619,"name":"Port Said","country":"EG","population":780515,"latitude":31.265,"longitude":32.302,"timezone":"Africa/Cairo"}
{"id":3685533,"name":"Cúcuta","country":"CO","population":777106,"latitude":7.907,"longitude":-72.505,"timezone":"America/Bogota"}
{"id":169577,"name":"Homs","country":"SY","population":775404,"latitude":34.724,"longitude":36.726,"timezone":"Asia/Damascus"}
{"id":1788081,"name":"Xuancheng","country":"CN","population":774332,"latitude":30.953,"longitude":118.755,"timezone":"Asia/Shanghai"}
{"id":74477,"name":"Ibb","country":"YE","population":771514,"latitude":13.967,"longitude":44.183,"timezone":"Asia/Aden"}
{"id":1624647,"name":"Tasikmalaya","country":"ID","population":770839,"latitude":-7.327,"longitude":108.221,"timezone":"Asia/Jakarta"}
{"id":1033356,"name":"Nampula","country":"MZ","population":770379,"latitude":-15.116,"longitude":39.267,"timezone":"Africa/Maputo"}
{"id":1817720,"name":"Shangyu","country":"CN","population":770000,"latitude":30.016,"longitude":120.871,"timezone":"Asia/Shanghai"}
{"id":425378,"name":"Bujumbura","country":"BI","population":769317,"latitude":-3.382,"longitude":29.361,"timezone":"Africa/Bujumbura"}
{"id":1488754,"name":"Tyumen","country":"RU","population":768358,"latitude":57.152,"longitude":65.527,"timezone":"Asia/Yekaterinburg"}
{"id":315368,"name":"Erzurum","country":"TR","population":767848,"latitude":39.909,"longitude":41.277,"timezone":"Europe/Istanbul"}
{"id":1817968,"name":"Anshun","country":"CN","population":765313,"latitude":26.25,"longitude":105.933,"timezone":"Asia/Shanghai"}
{"id":160196,"name":"Dodoma","country":"TZ","population":765179,"latitude":-6.172,"longitude":35.739,"timezone":"Africa/Dar_es_Salaam"}
{"id":1185128,"name":"Rajshahi","country":"BD","population":763580,"latitude":24.374,"longitude":88.601,"timezone":"Asia/Dhaka"}
{"id":1180281,"name":"Dera Ismail Khan","country":"PK","population":763195,"latitude":31.831,"longitude":70.902,"timezone":"Asia/Karachi"}
{"id":3447399,"name":"Sorocaba","country":"BR","population":762172,"latitude":-23.502,"longitude":-47.458,"timezone":"America/Sao_Paulo"}
{"id":1790840,"name":"Wuzhou","country":"CN","population":761948,"latitude":23.481,"longitude":111.288,"timezone":"Asia/Shanghai"}
{"id":1734634,"name":"Ipoh","country":"MY","population":759952,"latitude":4.584,"longitude":101.083,"timezone":"Asia/Kuala_Lumpur"}
{"id":1797595,"name":"Qinhuangdao","country":"CN","population":759718,"latitude":39.941,"longitude":119.589,"timezone":"Asia/Shanghai"}
{"id":88319,"name":"Benghazi","country":"LY","population":757490,"latitude":32.115,"longitude":20.069,"timezone":"Africa/Tripoli"}
{"id":1279017,"name":"Alīgarh","country":"IN","population":753207,"latitude":27.881,"longitude":78.075,"timezone":"Asia/Kolkata"}
{"id":1816920,"name":"Shaoyang","country":"CN","population":753194,"latitude":27.238,"longitude":111.462,"timezone":"Asia/Shanghai"}
{"id":304922,"name":"Malatya","country":"TR","population":750491,"latitude":38.35,"longitude":38.317,"timezone":"Europe/Istanbul"}
{"id":6183235,"name":"Winnipeg","country":"CA","population":749607,"latitude":49.884,"longitude":-97.147,"timezone":"America/Winnipeg"}
{"id":8469289,"name":"Ōta","country":"JP","population":748081,"latitude":35.561,"longitude":139.716,"timezone":"Asia/Tokyo"}
"""#
}
