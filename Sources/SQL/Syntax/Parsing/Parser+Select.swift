extension Parser {
    mutating func select() throws(SQLError) -> Select {
        var select = Select(position: token.position)
        try expect(.select)
        if try take(.distinct) {
            select.distinct = .rows
            if try take(.on) {
                select.distinct = .on(try parenthesized { (parser) throws(SQLError) in try parser.expression() })
            }
            select.items = try selectItems()
        } else {
            _ = try take(.all)
            if !endsSelectList { select.items = try selectItems() }
        }
        if at(.into) { select.into = try intoTarget() }
        if at(.from) { select.from = try fromClause() }
        select.filter = try filter()
        if at(.group) { try groupClause(of: &select) }
        if try take(.having) { select.having = try expression() }
        if try take(.window) {
            select.windows = try list { (parser) throws(SQLError) in
                let name = try parser.columnName()
                try parser.expect(.as)
                return NamedWindow(name: name, window: try parser.window())
            }
        }
        return select
    }

    /// A select list may be empty: then what can follow it is here.
    private var endsSelectList: Bool {
        switch token.kind {
        case .endOfInput, .semicolon, .rightParenthesis: return true
        case .keyword: break
        default: return false
        }
        switch token.keyword {
        case .from, .into, .where, .group, .having, .window, .order, .limit, .offset, .fetch, .for, .union, .intersect, .except, .with,
            .on:
            return true
        default: return false
        }
    }

    mutating func selectItems() throws(SQLError) -> [SelectItem] {
        try list { (parser) throws(SQLError) in try parser.selectItem() }
    }

    private mutating func selectItem() throws(SQLError) -> SelectItem {
        let position = token.position
        if at(.star) {
            try advance()
            return SelectItem(value: .column(ColumnReference(parts: [], isStar: true, position: position)), position: position)
        }
        let value = try labelledExpression()
        if try take(.as) { return SelectItem(value: value, label: try label(), position: position) }
        return SelectItem(value: value, label: token.isBareLabel ? try anyName() : nil, position: position)
    }

    mutating func returning() throws(SQLError) -> [SelectItem] {
        try take(.returning) ? try selectItems() : []
    }

    mutating func filter() throws(SQLError) -> Expression? {
        try take(.where) ? try expression() : nil
    }

    private mutating func intoTarget() throws(SQLError) -> IntoTarget {
        try expect(.into)
        var persistence = Persistence.permanent
        if at(.local) || at(.global), try [.temporary, .temp].contains(peek().keyword) {
            try advance()
        }
        if at(.temporary) || at(.temp) {
            persistence = .temporary
            try advance()
        } else if try take(.unlogged) {
            persistence = .unlogged
        }
        _ = try take(.table)
        return IntoTarget(persistence: persistence, relation: try relationName())
    }

    // MARK: - GROUP BY

    private mutating func groupClause(of select: inout Select) throws(SQLError) {
        try expect(.group)
        try expect(.by)
        select.groupsAreDistinct = try take(.distinct)
        if !select.groupsAreDistinct { _ = try take(.all) }
        select.groupBy = try list { (parser) throws(SQLError) in try parser.groupItem() }
    }

    private mutating func groupItem() throws(SQLError) -> GroupItem {
        let position = token.position
        switch token.keyword {
        case .rollup, .cube:
            guard try peek().kind == .leftParenthesis else { break }
            let isCube = at(.cube)
            try advance()
            let expressions = try parenthesized { (parser) throws(SQLError) in try parser.expression() }
            return isCube ? .cube(expressions, position) : .rollup(expressions, position)
        case .grouping:
            guard try peek().keyword == .sets else { break }
            try enter()
            defer { leave() }
            try advance()
            try advance()
            return .sets(try parenthesized { (parser) throws(SQLError) in try parser.groupItem() }, position)
        default:
            guard at(.leftParenthesis), try peek().kind == .rightParenthesis else { break }
            try advance()
            try advance()
            return .empty(position)
        }
        return .expression(try expression())
    }

    // MARK: - Windows

    /// A window in parentheses.
    mutating func window() throws(SQLError) -> Window {
        try enter()
        defer { leave() }
        var window = Window(position: token.position)
        try expect(.leftParenthesis)
        if token.isColumnName, ![.partition, .range, .rows, .groups].contains(token.keyword) { window.base = try columnName() }
        if try take(.partition, .by) { window.partitionBy = try expressions() }
        window.orderBy = try orderBy()
        if at(.range) || at(.rows) || at(.groups) { window.frame = try frame() }
        try expect(.rightParenthesis)
        return window
    }

    private mutating func frame() throws(SQLError) -> Window.Frame {
        let position = token.position
        let unit: Window.Unit = at(.range) ? .range : at(.rows) ? .rows : .groups
        try advance()
        var end: Window.Bound?
        let isBetween = try take(.between)
        let startPosition = token.position
        let start = try frameBound()
        var endPosition: Position?
        if isBetween {
            try expect(.and)
            endPosition = token.position
            end = try frameBound()
        }
        try check(start, startPosition, end, endPosition)
        var exclusion: Window.Exclusion?
        if try take(.exclude) {
            switch token.keyword {
            case .current:
                try advance()
                guard at(.row) else { throw unexpected() }
                exclusion = .currentRow
            case .group: exclusion = .group
            case .ties: exclusion = .ties
            case .no:
                try advance()
                guard at(.others) else { throw unexpected() }
            default: throw unexpected()
            }
            try advance()
        }
        return Window.Frame(unit: unit, start: start, end: end, exclusion: exclusion, position: position)
    }

    private mutating func frameBound() throws(SQLError) -> Window.Bound {
        let next = try peek().keyword
        if at(.current), next == .row {
            try advance()
            try advance()
            return .currentRow
        }
        if at(.unbounded), next == .preceding || next == .following {
            try advance()
            try advance()
            return next == .preceding ? .unboundedPreceding : .unboundedFollowing
        }
        let distance = try expression()
        if try take(.preceding) { return .preceding(distance) }
        try expect(.following)
        return .following(distance)
    }

    private func check(_ start: Window.Bound, _ startPosition: Position, _ end: Window.Bound?, _ endPosition: Position?) throws(SQLError) {
        func refuse(_ message: String, _ position: Position) throws(SQLError) {
            throw source.error(.windowingError, message, at: position)
        }
        if case .unboundedFollowing = start { try refuse("frame start cannot be UNBOUNDED FOLLOWING", startPosition) }
        guard let end, let endPosition else {
            if case .following = start {
                try refuse("frame starting from following row cannot end with current row", startPosition)
            }
            return
        }
        switch (start, end) {
        case (_, .unboundedPreceding): try refuse("frame end cannot be UNBOUNDED PRECEDING", endPosition)
        case (.currentRow, .preceding): try refuse("frame starting from current row cannot have preceding rows", endPosition)
        case (.following, .preceding), (.following, .currentRow):
            try refuse("frame starting from following row cannot have preceding rows", endPosition)
        default: break
        }
    }
}
