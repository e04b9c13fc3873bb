import Catalog

/// Short statements of simple queries, bound with parameters in place of the numbers and strings in their texts.
///
/// Clients that put values into texts send the same statement again and again with other values: to read and bind each anew takes longer
/// than to run it.
struct ShortTexts {
    private struct Entry {
        let script: Script
        /// Nil: the statement is not short.
        let prepared: PreparedStatement?
        /// What the literals are read as.
        let types: [SQLType]
        let database: String
        let settingsCount: Int
        let metadataVersion: Int

        func isCurrent(_ session: Session) -> Bool {
            metadataVersion == session.catalog.metadataVersion && settingsCount == session.settingsStore.changeCount
                && database == session.database
        }
    }

    private var entries: [[UInt8]: Entry] = [:]
    private static let mostEntries = 16
    private static let mostBytes = 1024

    /// A text's statement, if it is short, with the values in it; nil if that is for somebody else to say.
    ///
    /// - Parameter newTexts: how many texts may still be bound that have not been read yet.
    mutating func statement(
        _ text: String, _ session: Session, _ newTexts: inout Int
    ) -> (script: Script, prepared: PreparedStatement, values: [SQLValue])? {
        guard text.utf8.count <= Self.mostBytes, session.temporaryStore == nil, session.arguments == nil,
            let shape = (try? SourceText(text)).flatMap({ TextShape($0) })
        else { return nil }
        let entry: Entry
        if let known = entries[shape.key], known.isCurrent(session) {
            entry = known
        } else {
            guard newTexts > 0 else { return nil }
            newTexts -= 1
            guard let made = Self.entry(shape, session) else { return nil }
            if entries.count >= Self.mostEntries { entries = [:] }
            entries[shape.key] = made
            entry = made
        }
        guard let prepared = entry.prepared, let values = shape.values(of: entry.types, session) else { return nil }
        return (entry.script, prepared, values)
    }

    /// Nil if the statement can't be bound now.
    private static func entry(_ shape: TextShape, _ session: Session) -> Entry? {
        let version = session.catalog.metadataVersion
        guard let script = try? Script(String(decoding: shape.bytes, as: UTF8.self), maximumDepth: 32) else { return nil }
        var prepared: PreparedStatement?
        let parameters = ParameterTypes(shape.types, isFixed: false)
        if script.statements.count == 1, let statement = script.statements.first?.statement, statement.mayBeShort || statement.isShortRow {
            guard let state = try? session.transaction.stateForBinding() else { return nil }
            prepared = session.shortStatement(statement, script.source, parameters, state, metadataVersion: version)
            // The next time it may be known.
            if prepared == nil, session.definitions?.wasRefusedTime == true { return nil }
        }
        return Entry(
            script: script, prepared: prepared,
            types: (prepared?.parameterTypes ?? []).enumerated().map { parameters.modified[$0.offset] ?? $0.element },
            database: session.database, settingsCount: session.settingsStore.changeCount,
            metadataVersion: version)
    }
}

extension Session {
    /// Binds a short statement; nil if it is none.
    fileprivate func shortStatement(
        _ statement: Statement, _ source: SourceText, _ parameters: ParameterTypes, _ state: ReadState, metadataVersion: Int
    ) -> PreparedStatement? {
        guard let (bound, binder) = try? bind(statement, source, parameters, in: state, isHurried: true) else { return nil }
        let types = parameters.types.compactMap(\.self)
        guard types.count == parameters.types.count else { return nil }
        let prepared = PreparedStatement(statement, source: source, parameterTypes: types)
        prepared.isOfText = true
        if statement.mayBeShort {
            prepared.shortRead = shortRead(bound, binder, metadataVersion: metadataVersion)
        } else {
            prepared.change = change(statement, bound, binder)
        }
        return prepared.shortRead != nil || prepared.change?.isShort ?? false ? prepared : nil
    }
}

extension Statement {
    /// Whether it may be a change of one row.
    fileprivate var isShortRow: Bool {
        // The types of several rows' values depend on each other.
        guard case .insert(let insert) = self, case .query(let query) = insert.rows, case .values(let values) = query.body else {
            return mayBeShortChange
        }
        return values.rows.count == 1 && mayBeShortChange
    }
}

/// A text with `$1`, `$2`, … in place of the whole numbers and the strings in it, and these.
struct TextShape {
    private enum Literal {
        case integer(Int64)
        case string(String)
    }

    private(set) var bytes: [UInt8] = []
    private var literals: [Literal] = []
    /// Larger ones may be of another type than `bigint`.
    private static let mostDigits = 18

    /// Nil if the text is not of one statement that changes or reads rows, or has literals of other kinds.
    init?(_ source: SourceText) {
        var lexer = Lexer(source, hasNamedParameters: false)
        guard let first = try? lexer.next(), first.kind == .keyword, [.select, .insert, .update, .delete].contains(first.keyword) else {
            return nil
        }
        bytes.reserveCapacity(source.count)
        var copied = 0
        var previous = first
        // A minus that is the sign of the number behind it, and not an operator.
        var sign: Token?
        func copy(to end: Int) {
            for index in copied..<end { bytes.append(source.bytes[index]) }
            copied = end
        }
        func put(_ literal: Literal, _ range: Range<Int>) {
            copy(to: range.lowerBound)
            literals.append(literal)
            bytes.append(UInt8(ascii: "$"))
            bytes += "\(literals.count)".utf8
            copied = range.upperBound
        }
        var isAfterNegative = false
        while true {
            guard let token = try? lexer.next() else { return nil }
            // A sign stands for less than what the cast behind the number is of.
            if isAfterNegative, token.kind == .typecast { return nil }
            isAfterNegative = false
            switch token.kind {
            case .endOfInput:
                copy(to: source.count)
                return
            case .semicolon:
                guard (try? lexer.next())?.kind == .endOfInput else { return nil }
                copy(to: source.count)
                return
            case .wholeNumber:
                guard token.range.count <= Self.mostDigits else { return nil }
                var value: Int64 = 0
                for index in token.range {
                    let digit = source.bytes[index]
                    guard 0x30...0x39 ~= digit else { return nil }
                    value = value * 10 + Int64(digit - 0x30)
                }
                if let start = sign?.start {
                    put(.integer(-value), start..<token.end)
                    isAfterNegative = true
                } else {
                    put(.integer(value), token.range)
                }
            case .string:
                guard token.isPlain else { return nil }
                let content = source.bytes[token.start + 1..<token.end - 1]
                guard !content.contains(UInt8(ascii: "\\")) else { return nil }
                put(.string(String(decoding: content, as: UTF8.self)), token.range)
            case .number, .escapeString, .unicodeString, .dollarString, .bitString, .hexString, .numberedParameter, .namedParameter, .colon,
                .other:
                return nil
            default: break
            }
            sign = token.kind == .minus && [.equal, .comma, .leftParenthesis, .plus].contains(previous.kind) ? token : nil
            previous = token
        }
    }

    /// The text and the kinds of the literals.
    var key: [UInt8] {
        bytes + [0]
            + literals.map { literal in
                switch literal {
                case .integer(let value): Self.isLong(value) ? 3 : 1
                case .string: 2
                }
            }
    }

    /// The types that are known without looking at what the literals stand beside.
    var types: [SQLType?] {
        literals.map { literal in
            switch literal {
            case .integer(let value): Self.isLong(value) ? .int8 : .int4
            case .string: nil
            }
        }
    }

    /// Whether a number, which its sign was no part of when its type was found, is a `bigint`.
    private static func isLong(_ value: Int64) -> Bool { value.magnitude > UInt64(Int32.max) }

    /// The literals as values of types; nil if one is none.
    func values(of types: [SQLType], _ session: Session) -> [SQLValue]? {
        guard types.count == literals.count else { return nil }
        var values: [SQLValue] = []
        values.reserveCapacity(literals.count)
        for (literal, type) in zip(literals, types) {
            switch literal {
            case .integer(let value): values.append(.int(value))
            case .string(let text):
                guard let value = try? TextInput.value(text, type, session) else { return nil }
                values.append(value)
            }
        }
        return values
    }
}
