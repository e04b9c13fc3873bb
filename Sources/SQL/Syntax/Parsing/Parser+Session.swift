extension Parser {
    mutating func transaction() throws(SQLError) -> Statement {
        let position = token.position
        let word = token.keyword
        try advance()
        switch word {
        case .savepoint: return .savepoint(try columnName())
        case .release: return .release(try savepointName())
        case .start:
            try expect(.transaction)
            return .begin(modes: try optionalModes(), isStart: true)
        case .commit, .rollback:
            if at(.prepared) { throw unsupported("\(word.spelling.uppercased()) PREPARED", at: position) }
        default: break
        }
        if at(.work) || at(.transaction) { try advance() }
        if word == .begin { return .begin(modes: try optionalModes(), isStart: false) }
        if word == .rollback, try take(.to) { return .rollbackTo(try savepointName()) }
        var isChained = false
        if try take(.and) {
            isChained = try !take(.no)
            try expect(.chain)
        }
        return word == .commit || word == .end ? .commit(isChained: isChained) : .rollback(isChained: isChained)
    }

    /// The name of a savepoint, behind the word SAVEPOINT or without it.
    private mutating func savepointName() throws(SQLError) -> Name {
        if at(.savepoint), try peek().isColumnName { try advance() }
        return try columnName()
    }

    private var startsMode: Bool {
        at(.isolation) || at(.read) || at(.deferrable) || at(.not)
    }

    private mutating func optionalModes() throws(SQLError) -> [TransactionMode] {
        startsMode ? try modes() : []
    }

    /// Modes, with commas between them or without.
    private mutating func modes() throws(SQLError) -> [TransactionMode] {
        var modes = [try mode()]
        while true {
            if try take(.comma) {
                modes.append(try mode())
            } else if startsMode {
                modes.append(try mode())
            } else {
                return modes
            }
        }
    }

    private mutating func mode() throws(SQLError) -> TransactionMode {
        let position = token.position
        if try take(.isolation) {
            try expect(.level)
            return .isolation(try isolationLevel(), position)
        }
        if try take(.read) {
            let isReadOnly = try take(.only)
            if !isReadOnly { try expect(.write) }
            return .readOnly(isReadOnly, position)
        }
        let isNegated = try take(.not)
        try expect(.deferrable)
        return .deferrable(!isNegated, position)
    }

    private mutating func isolationLevel() throws(SQLError) -> String {
        if try take(.serializable) { return "serializable" }
        if try take(.repeatable, .read) { return "repeatable read" }
        try expect(.read)
        if try take(.committed) { return "read committed" }
        try expect(.uncommitted)
        return "read uncommitted"
    }

    // MARK: - Settings

    mutating func setting() throws(SQLError) -> Statement {
        switch token.keyword {
        case .set: return try setStatement()
        case .reset: return .set(try resetChange(), isLocal: false)
        case .show: return .show(try show())
        case .use:
            try advance()
            return .use(try columnName())
        default: return .discard(try discard())
        }
    }

    private mutating func setStatement() throws(SQLError) -> Statement {
        try expect(.set)
        if try take(.constraints) {
            let names = try take(.all) ? [] : try relationNames()
            let isDeferred = try take(.deferred)
            if !isDeferred { try expect(.immediate) }
            return .setConstraints(names: names, isDeferred: isDeferred)
        }
        if at(.transaction), try !startsAssignment() { return try setTransaction(isSession: false) }
        var isLocal = false
        if at(.local), try !startsAssignment() {
            try advance()
            isLocal = true
        } else if at(.session), try !startsAssignment() {
            let next = try peek().keyword
            // SESSION AUTHORIZATION is a setting of its own.
            if next != .authorization {
                try advance()
                if try take(.characteristics) {
                    try expect(.as)
                    return try setTransaction(isSession: true)
                }
            }
        }
        if at(.transaction), try !startsAssignment() { return try setTransaction(isSession: false) }
        return .set(try settingChange(), isLocal: isLocal)
    }

    private mutating func setTransaction(isSession: Bool) throws(SQLError) -> Statement {
        let position = token.position
        try expect(.transaction)
        if at(.snapshot) { throw unsupported("SET TRANSACTION SNAPSHOT", at: position) }
        return .setTransaction(try modes(), isSession: isSession)
    }

    /// Whether the word is the name of a setting.
    private mutating func startsAssignment() throws(SQLError) -> Bool {
        let next = try peek()
        return next.kind == .equal || next.kind == .dot || next.keyword == .to || next.keyword == .from
    }

    /// `name = value` and the forms with words of their own, without SET.
    mutating func settingChange() throws(SQLError) -> SettingChange {
        let position = token.position
        if try !startsAssignment() {
            switch token.keyword {
            case .time:
                try advance()
                try expect(.zone)
                return SettingChange(name: "timezone", value: try zone(), position: position)
            case .names:
                try advance()
                let value: SettingChange.Value = token.isString ? .values([.string(try string())]) : .default
                _ = value == .default ? try take(.default) : false
                return SettingChange(name: "client_encoding", value: value, position: position)
            case .role:
                try advance()
                return SettingChange(name: "role", value: .values([try settingWord()]), position: position)
            case .session:
                try advance()
                try expect(.authorization)
                let value: SettingChange.Value = try take(.default) ? .default : .values([try settingWord()])
                return SettingChange(name: "session_authorization", value: value, position: position)
            case .schema:
                try advance()
                return SettingChange(name: "search_path", value: .values([.string(try string())]), position: position)
            case .catalog:
                try advance()
                let name = token.position
                _ = try string()
                throw source.error(.featureNotSupported, "current database cannot be changed", hint: "Say USE name.", at: name)
            case .xml:
                try advance()
                try expect(.option)
                throw unsupported("SET XML OPTION", at: position)
            default: break
            }
        }
        let name = try settingName()
        if try take(.from) {
            try expect(.current)
            return SettingChange(name: name, value: .current, position: position)
        }
        if try !take(.equal) { try expect(.to) }
        if try take(.default) { return SettingChange(name: name, value: .default, position: position) }
        let values = try list { (parser) throws(SQLError) in try parser.settingValue() }
        return SettingChange(name: name, value: .values(values), position: position)
    }

    private mutating func settingName() throws(SQLError) -> String {
        var name = try columnName().text
        while try take(.dot) { name += "." + (try columnName().text) }
        return name
    }

    private mutating func settingWord() throws(SQLError) -> SettingValue {
        token.isString ? .string(try string()) : .string(try nonReservedWord().text)
    }

    private mutating func settingValue() throws(SQLError) -> SettingValue {
        switch try simpleOptionValue() {
        case .number(let number): return .number(number)
        case .string(let string), .word(let string): return .string(string)
        default: throw unexpected()
        }
    }

    private mutating func zone() throws(SQLError) -> SettingChange.Value {
        if at(.default) || at(.local) {
            try advance()
            return .default
        }
        if token.isString { return .values([.string(try string())]) }
        if token.isIdentifier { return .values([.string(try anyName().text)]) }
        if atSignedNumber { return .values([.number(try signedNumber())]) }
        guard at(.interval) else { throw unexpected() }
        var ahead = self
        let interval = try typedConstant()
        if case .chain(let chain) = interval, case .cast(let type, _)? = chain.steps.first, let fields = type.intervalFields,
            fields != .hour, fields != .hourToMinute
        {
            // The fields stand behind INTERVAL and the text.
            try ahead.advance()
            try ahead.advance()
            let position = ahead.token.position
            throw error("time zone interval must be HOUR or HOUR TO MINUTE", at: position)
        }
        return .values([.interval(interval)])
    }

    /// RESET, also behind ALTER ROLE and ALTER DATABASE.
    mutating func resetChange() throws(SQLError) -> SettingChange {
        let position = token.position
        try expect(.reset)
        if try take(.all) { return SettingChange(name: "", value: .resetAll, position: position) }
        return SettingChange(name: try shownName(), value: .reset, position: position)
    }

    /// A setting's name, as RESET and SHOW have it.
    private mutating func shownName() throws(SQLError) -> String {
        let next = try peek().keyword
        if at(.time), next == .zone {
            try advance()
            try advance()
            return "timezone"
        }
        if at(.transaction), next == .isolation {
            try advance()
            try advance()
            try expect(.level)
            return "transaction_isolation"
        }
        if at(.session), next == .authorization {
            try advance()
            try advance()
            return "session_authorization"
        }
        return try settingName()
    }

    private mutating func show() throws(SQLError) -> Show {
        try expect(.show)
        let position = token.position
        switch token.keyword {
        case .all:
            try advance()
            return .all
        case .databases:
            try advance()
            return .databases
        case .tables:
            try advance()
            return .tables(database: try take(.from) ? try columnName() : nil)
        case .cells:
            try advance()
            guard try take(.from) else { return .cells(group: nil, filter: nil) }
            let group = try relationName()
            return .cells(group: group, filter: try cells())
        default:
            return .setting(try shownName(), position)
        }
    }

    private mutating func discard() throws(SQLError) -> Discard {
        try expect(.discard)
        let target: Discard
        switch token.keyword {
        case .all: target = .all
        case .plans: target = .plans
        case .sequences: target = .sequences
        case .temp, .temporary: target = .temporary
        default: throw unexpected()
        }
        try advance()
        return target
    }
}
