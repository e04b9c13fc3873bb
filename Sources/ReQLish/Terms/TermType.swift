/// The operations of ReQL. The raw values are RethinkDB's numbers, which the JSON form and the driver protocol use.
///
/// Every term that RethinkDB 2.4 knows is here, so that any query can be read, checked and printed; whether a term can also be
/// run is the evaluator's concern. ``facts`` holds what is known about each term before it runs: its name, how many arguments
/// it takes, which options.
public enum TermType: Int32, Sendable, CaseIterable, Hashable {
    // MARK: Values and the core of the language
    case datum = 1
    case makeArray = 2
    case makeObject = 3
    case variable = 10
    case javaScript = 11
    case error = 12
    case implicitVariable = 13
    case functionCall = 64
    case branch = 65
    case or = 66
    case and = 67
    case not = 23
    case forEach = 68
    case function = 69
    case `default` = 92
    case literal = 137
    case args = 154
    case ungroup = 150
    case coerceTo = 51
    case typeOf = 52
    case info = 79
    case json = 98
    case toJSONString = 172
    case object = 143
    case binary = 155
    case uuid = 169
    case random = 151
    case http = 153
    case minval = 180
    case maxval = 181

    // MARK: Comparison and arithmetic
    case eq = 17
    case ne = 18
    case lt = 19
    case le = 20
    case gt = 21
    case ge = 22
    case add = 24
    case sub = 25
    case mul = 26
    case div = 27
    case mod = 28
    case floor = 183
    case ceil = 184
    case round = 185
    case bitAnd = 191
    case bitOr = 192
    case bitXor = 193
    case bitNot = 194
    case bitSal = 195
    case bitSar = 196

    // MARK: Databases, tables, administration
    case db = 14
    case dbCreate = 57
    case dbDrop = 58
    case dbList = 59
    case table = 15
    case tableCreate = 60
    case tableDrop = 61
    case tableList = 62
    case config = 174
    case status = 175
    case wait = 177
    case reconfigure = 176
    case rebalance = 179
    case sync = 138
    case grant = 188
    case setWriteHook = 189
    case getWriteHook = 190

    // MARK: Secondary indexes
    case indexCreate = 75
    case indexDrop = 76
    case indexList = 77
    case indexStatus = 139
    case indexWait = 140
    case indexRename = 156

    // MARK: Reading rows
    case get = 16
    case getAll = 78
    case between = 182
    case betweenDeprecated = 36
    case orderBy = 41
    case asc = 73
    case desc = 74
    case distinct = 42
    case nth = 45
    case bracket = 170
    case skip = 70
    case limit = 71
    case slice = 30
    case sample = 81
    case isEmpty = 86
    case offsetsOf = 87
    case contains = 93
    case count = 43
    case range = 173

    // MARK: Transformation, joins, aggregation
    case map = 38
    case filter = 39
    case concatMap = 40
    case withFields = 96
    case keys = 94
    case values = 186
    case getField = 31
    case hasFields = 32
    case pluck = 33
    case without = 34
    case merge = 35
    case reduce = 37
    case fold = 187
    case union = 44
    case innerJoin = 48
    case outerJoin = 49
    case eqJoin = 50
    case zip = 72
    case group = 144
    case sum = 145
    case avg = 146
    case min = 147
    case max = 148
    case difference = 95
    case changes = 152

    // MARK: Writes
    case insert = 56
    case update = 53
    case replace = 55
    case delete = 54

    // MARK: Arrays and sets
    case append = 29
    case prepend = 80
    case insertAt = 82
    case spliceAt = 85
    case deleteAt = 83
    case changeAt = 84
    case setInsert = 88
    case setUnion = 90
    case setIntersection = 89
    case setDifference = 91

    // MARK: Strings
    case match = 97
    case split = 149
    case upcase = 141
    case downcase = 142
    case format = 197

    // MARK: Dates and times
    case iso8601 = 99
    case toISO8601 = 100
    case epochTime = 101
    case toEpochTime = 102
    case now = 103
    case inTimezone = 104
    case during = 105
    case date = 106
    case timeOfDay = 126
    case timezone = 127
    case year = 128
    case month = 129
    case day = 130
    case dayOfWeek = 131
    case dayOfYear = 132
    case hours = 133
    case minutes = 134
    case seconds = 135
    case time = 136
    case monday = 107
    case tuesday = 108
    case wednesday = 109
    case thursday = 110
    case friday = 111
    case saturday = 112
    case sunday = 113
    case january = 114
    case february = 115
    case march = 116
    case april = 117
    case may = 118
    case june = 119
    case july = 120
    case august = 121
    case september = 122
    case october = 123
    case november = 124
    case december = 125

    // MARK: Geometry
    case geoJSON = 157
    case toGeoJSON = 158
    case point = 159
    case line = 160
    case polygon = 161
    case distance = 162
    case intersects = 163
    case includes = 164
    case circle = 165
    case getIntersecting = 166
    case fill = 167
    case getNearest = 168
    case polygonSub = 171
}

extension TermType {
    /// The term's name in queries, in the JavaScript spelling: `orderBy`, `getAll`, `ISO8601`.
    public var name: String { facts.name }

    /// Whether the term writes data or changes databases, tables or indexes. Such terms may not stand in the functions of
    /// sequence terms (see ``TermType/forbidsWritesInArguments``).
    public var isWriteOrMeta: Bool {
        switch self {
        case .update, .delete, .insert, .replace, .dbCreate, .dbDrop, .tableCreate, .tableDrop, .wait, .reconfigure,
            .rebalance, .sync, .grant, .setWriteHook, .getWriteHook, .indexCreate, .indexDrop, .indexWait, .indexRename:
            true
        default: false
        }
    }

    /// Whether only the first argument of the term may contain a term that writes.
    public var forbidsWritesInArguments: Bool {
        switch self {
        case .reduce, .map, .fold, .filter, .concatMap, .group, .innerJoin, .outerJoin, .eqJoin, .update, .delete, .replace,
            .insert, .count, .sum, .avg, .min, .max:
            true
        default: false
        }
    }
}
