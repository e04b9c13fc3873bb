/// What PostgreSQL's parser does in each of its states: the first rule whose test holds for the next character.
struct TokenRules {
    enum Test: UInt8 {
        case end, ascii, letter, digit, alphanumeric, other, space, hexadecimal, mark, address, ignored, stop, host, path, always, character
    }

    enum Special: UInt8 { case none, tag, rewind, rewindForHost, restart }

    struct Action: OptionSet {
        let rawValue: UInt8
        static let push = Action(rawValue: 1)
        static let pop = Action(rawValue: 2)
        static let found = Action(rawValue: 4)
        static let clear = Action(rawValue: 8)
        static let clearAll = Action(rawValue: 16)
        static let rerun = Action(rawValue: 32)
        static let merge = Action(rawValue: 64)
    }

    struct Rule {
        var test = Test.always
        var character: UInt8 = 0
        var action: Action = []
        var special = Special.none
        /// The state that follows; nil: as it is.
        var target: Int?
        var kind = TextToken.Kind.blank
        /// The number that ``FailedTries`` has for the next state; nil for a state that isn't remembered there.
        var remembered: Int?
    }

    /// Of all states one after the other.
    let rules: [Rule]
    /// Where those of each state begin.
    let starts: [Int]
    let base: Int
    let pathStart: Int
    /// By state: what it goes on to, which may not come. 0 for the end of a comment, 1 for a `'` and 2 for a `"` within a tag; −1 for all others.
    let runs: [Int]

    static let all = TokenRules()

    private init() {
        let lines = Self.text.split(separator: "\n").map { $0.split(separator: ":", maxSplits: 1) }
        var numbers: [Substring: Int] = [:]
        for (number, line) in lines.enumerated() where line.count == 2 { numbers[line[0]] = number }
        var rules: [Rule] = []
        var starts: [Int] = []
        for line in lines where line.count == 2 {
            starts.append(rules.count)
            for part in line[1].split(separator: "|") { rules.append(Self.rule(part.split(separator: " "), numbers)) }
        }
        for index in rules.indices where rules[index].action.isSubset(of: .push) {
            rules[index].remembered = rules[index].target.flatMap { target in Self.rememberedStates.firstIndex { numbers[$0] == target } }
        }
        self.rules = rules
        self.starts = starts
        base = numbers["base"] ?? 0
        pathStart = numbers["urlPathFirst"] ?? 0
        var runs = [Int](repeating: -1, count: starts.count)
        for (name, run) in [("comment", 0), ("commentDash", 0), ("commentDashes", 0), ("tagQuote", 1), ("tagDoubleQuote", 2)] {
            if let number = numbers[Substring(name)] { runs[number] = run }
        }
        self.runs = runs
    }

    /// Whatever is tried and may come to nothing far behind comes by one of these again and again. They hang on what follows alone.
    private static let rememberedStates: [Substring] = ["hostDomainFirst", "hostDash", "email", "fileFirst"]
    static let rememberedCount = rememberedStates.count

    private static func rule(_ words: [Substring], _ numbers: [Substring: Int]) -> Rule {
        var rule = Rule()
        var hasKind = false
        for (place, word) in words.enumerated() {
            if place == 0 {
                if word.utf8.first == UInt8(ascii: "'"), let character = word.utf8.last {
                    rule.test = .character
                    rule.character = character
                } else {
                    rule.test = tests[word] ?? .always
                }
            } else if let action = actions[word] {
                rule.action.insert(action)
            } else if let special = specials[word] {
                rule.special = special
            } else if rule.action.contains(.found), !hasKind, let kind = TextToken.Kind.named(word) {
                rule.kind = kind
                hasKind = true
            } else {
                rule.target = numbers[word]
            }
        }
        return rule
    }

    private static let tests: [Substring: Test] = [
        "end": .end, "ascii": .ascii, "letter": .letter, "digit": .digit, "alnum": .alphanumeric, "other": .other, "space": .space,
        "hex": .hexadecimal, "mark": .mark, "address": .address, "ignored": .ignored, "stop": .stop, "host?": .host, "path?": .path,
        "else": .always,
    ]
    private static let actions: [Substring: Action] = [
        "push": .push, "pop": .pop, "found": .found, "clear": .clear, "clearAll": .clearAll, "rerun": .rerun, "merge": .merge,
    ]
    private static let specials: [Substring: Special] = [
        "tags": .tag, "rewind": .rewind, "rewindForHost": .rewindForHost, "restart": .restart,
    ]

    /// State: test, actions, next state | …. `found` is followed by the kind of token; `push` notes where to go on if what follows comes to
    /// nothing (`pop`). Where a state would then give up itself, as `host` would, nothing is noted.
    private static let text = """
        base:end|'< push tagFirst|ignored blanks|ascii asciiWord|letter word|digit number|'- push signFirst|'+ push signFirst|'& push entityFirst\
        |'~ push fileTilde|'/ push fileFirst|'. push pathDots|else blanks
        numWord:end found numword base|alnum|mark|'@ push email|'/ push fileFirst|'. push fileNext|'- push hyphenNumFirst\
        |else found numword base
        asciiWord:end found asciiword base|ascii|'. push hostDomainFirst|'. push fileNext|'- push hostDash|'- push hyphenAsciiFirst|'_ push hostDash\
        |'@ push email|': push protocolFirst|'/ push fileFirst|digit push host|digit numWord|letter word|mark word|else found asciiword base
        word:end found word base|letter|mark|digit numWord|'- push hyphenFirst|else found word base
        number:end found uint base|digit|'. push hostDomainFirst|'. push decimalFirst|'e push exponentFirst|'E push exponentFirst|'- push hostDash\
        |'_ push hostDash|'@ push email|ascii push host|letter numWord|mark numWord|'/ push fileFirst|else found uint base
        signFirst:end pop|digit clear signed|else pop
        signed:end found int base|digit|'. push signedDecimalFirst|'e push exponentFirst|'E push exponentFirst|else found int base
        blanks:end found blank base|'< found blank base|ignored|'- found blank base|'+ found blank base|'& found blank base\
        |'/ found blank base|other blanks|else found blank base
        decimalFirst:end pop|digit clear decimal|else pop
        decimal:end found float base|digit|'. push versionFirst|'e push exponentFirst|'E push exponentFirst|else found float base
        signedDecimalFirst:end pop|digit clear signedDecimal|else pop
        signedDecimal:end found float base|digit|'. push signedVersion|'e push exponentFirst|'E push exponentFirst|else found float base
        signedVersion:end pop|digit rerun restart signedVersionStart|else pop
        signedVersionStart:end pop|digit found clearAll blank number|else
        versionFirst:end pop|digit clear version|else pop
        version:end found version base|digit|'. push versionFirst|else found version base
        exponentFirst:end pop|digit clear exponent|'+ exponentSign|'- exponentSign|else pop
        exponentSign:end pop|digit clear exponent|else pop
        exponent:end found sfloat base|digit|else found sfloat base
        entityFirst:end pop|'# entityNumberFirst|ascii entityName|': entityName|'_ entityName|else pop
        entityName:end pop|alnum|':|'_|'.|'-|'; entityEnd|else pop
        entityNumberFirst:end pop|'x entityHexFirst|'X entityHexFirst|digit entityNumber|else pop
        entityHexFirst:end pop|hex entityHex|else pop
        entityNumber:end pop|digit|'; entityEnd|else pop
        entityHex:end pop|hex|'; entityEnd|else pop
        entityEnd:else found clear entity base
        tagFirst:end pop|'/ push tagCloseFirst|'! push commentFirst|'? push instruction|ascii push tagName|': push tagName|'_ push tagName|else pop
        instruction:end pop|'x inTag|else pop
        tagCloseFirst:end pop|ascii tagName|else pop
        tagName:end pop|'/ tagSlash|'> tags tagEnd|space tags inTag|alnum|':|'_|'.|'-|else pop
        tagSlash:end pop|'> tagEnd|else pop
        inTag:end pop|'> tags tagEnd|'' tagQuote|'" tagDoubleQuote|ascii|digit|'=|'-|'_|'#|'/|':|'.|'&|'?|'%|'~|space tags|else pop
        tagQuote:end pop|'\\ push tagEscape|'' inTag|else
        tagDoubleQuote:end pop|'\\ push tagEscape|'" inTag|else
        tagEscape:end pop|else merge
        tagEnd:else found clearAll tag base
        commentFirst:end pop|'- commentSecond|'D inTag|'d inTag|else pop
        commentSecond:end pop|'- comment|else pop
        comment:end pop|'- commentDash|else
        commentDash:end pop|'- commentDashes|else comment
        commentDashes:end pop|'-|'> commentEnd|else comment
        commentEnd:else found clearAll tag base
        hostDomainFirst:end pop|ascii hostDomainSecond|digit host|else pop
        hostDomainSecond:end pop|ascii hostDomain|digit host|'- hostDash|'_ hostDash|'. hostDomainFirst|'@ email|else pop
        hostDomain:end found clearAll host base|ascii|digit push host|': push portFirst|'- push hostDash|'_ push hostDash|'. push hostDomainFirst\
        |'@ push email|digit pop|stop found clearAll host urlPathStart|'/ push fullURL|else found clearAll host base
        portFirst:end pop|digit port|else pop
        port:end found clearAll host base|digit|stop found clearAll host urlPathStart|'/ push fullURL|else found clearAll host base
        hostDash:end pop|digit host|ascii host|else pop
        host:end pop|digit|ascii|'@ email|'. hostDomainFirst|'- hostDash|'_ hostDash|else pop
        email:stop pop|host? found clearAll email base|else pop
        fileFirst:end pop|ascii file|digit file|'. pathFirst|'_ file|'~ push fileTilde|else pop
        fileTilde:end pop|ascii file|digit file|'_ file|'/ fileFirst|else pop
        pathFirst:end pop|ascii file|digit file|'_ file|'. pathSecond|'/ fileFirst|else pop
        pathDots:end pop|'. pathSecond|'/ fileFirst|else pop
        pathSecond:end found clear file base|'/ push fileFirst|'/ found clear file base|space found clear file base|else pop
        file:end found file base|ascii|digit|'. push fileNext|'_|'-|'/ push fileFirst|else found file base
        fileNext:end pop|ascii clear file|digit clear file|'_ clear file|else pop
        urlPathFirst:end pop|address urlPath|else pop
        urlPathStart:else urlPath
        urlPath:end found url_path base|address|else found url_path base
        fullURL:end pop|path? rewindForHost found clearAll url base|else pop
        protocolFirst:end pop|'/ protocolSecond|else pop
        protocolSecond:end pop|'/ protocolEnd|else pop
        protocolEnd:else found clearAll protocol base
        hyphenAsciiFirst:end pop|ascii hyphenAscii|letter hyphenWord|digit hyphenDigits|else pop
        hyphenAscii:end rewind found clearAll asciihword hyphenParts|ascii|letter hyphenWord|mark hyphenWord|digit hyphenNumWord\
        |'- push hyphenAsciiFirst|else rewind found clearAll asciihword hyphenParts
        hyphenFirst:end pop|letter hyphenWord|digit hyphenDigits|else pop
        hyphenWord:end rewind found clearAll hword hyphenParts|letter|mark|digit hyphenNumWord|'- push hyphenFirst\
        |else rewind found clearAll hword hyphenParts
        hyphenNumFirst:end pop|letter hyphenNumWord|digit hyphenDigits|else pop
        hyphenNumWord:end rewind found clearAll numhword hyphenParts|alnum|mark|'- push hyphenNumFirst\
        |else rewind found clearAll numhword hyphenParts
        hyphenDigits:end pop|digit|letter hyphenNumWord|mark hyphenNumWord|else pop
        hyphenParts:end rerun base|ascii asciiPart|letter wordPart|digit push digitsPart|'- push partDash|else rerun base
        partDash:end pop|alnum found clear blank hyphenParts|mark found clear blank hyphenParts|else pop
        wordPart:end found hword_part base|letter|mark|digit numPart|else found hword_part hyphenParts
        asciiPart:end found hword_asciipart base|ascii|letter wordPart|mark wordPart|digit numPart|else found hword_asciipart hyphenParts
        numPart:end found hword_numpart base|alnum|mark|else found hword_numpart hyphenParts
        digitsPart:end pop|digit|letter clear numPart|mark clear numPart|else pop
        """
}
