import Foundation
import Ground
import ReQLish
import Testing

@testable import SQL

/// Runs recorded statements against sessions in this process, and says how many give what was recorded.
///
/// `SQL_CORPUS` is the directory of `suite` and `data`; without it nothing runs. `SQL_CORPUS_FILES` chooses files by a part of their path,
/// `SQL_CORPUS_FEATURES` statements by their features, `SQL_CORPUS_REPORT` is a file for what failed. Nothing here fails for a wrong answer: it measures.
@Suite struct CorpusTests {
    @Test func measure() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let root = environment["SQL_CORPUS"] else { return }
        let chosen = environment["SQL_CORPUS_FILES"]?.split(separator: ",").map(String.init) ?? ["generated"]
        var files: [String] = []
        for folder in ["generated", "regress"] {
            let path = "\(root)/suite/\(folder)"
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted() where name.hasSuffix(".jsonl") {
                let file = "\(folder)/\(name)"
                if chosen.contains(where: { file.contains($0) }) { files.append(file) }
            }
        }
        var report = ""
        var scores: [String: (passed: Int, all: Int)] = [:]
        for file in files {
            let runner = try CorpusRunner(root, features: environment["SQL_CORPUS_FEATURES"]?.split(separator: ",").map(String.init))
            try runner.run("\(root)/suite/\(file)")
            for (feature, score) in runner.scores {
                scores[feature, default: (0, 0)].passed += score.passed
                scores[feature, default: (0, 0)].all += score.all
            }
            report += runner.failures.map { "\(file) \($0)\n" }.joined()
            if let path = environment["SQL_CORPUS_REPORT"] { try report.write(toFile: path, atomically: true, encoding: .utf8) }
        }
        for (feature, score) in scores.sorted(by: { $0.key < $1.key }) { print("\(feature) \(score.passed) of \(score.all)") }
        let passed = scores.values.reduce(0) { $0 + $1.passed }
        print("all \(passed) of \(scores.values.reduce(0) { $0 + $1.all })")
    }
}

private final class CorpusRunner {
    private let root: String
    private let features: [String]?
    private let pando: Pando
    private var connection: SQLConnection
    private(set) var scores: [String: (passed: Int, all: Int)] = [:]
    private(set) var failures: [String] = []

    init(_ root: String, features: [String]?) throws {
        self.root = root
        self.features = features
        pando = try Pando.inMemory()
        var transaction = try pando.catalog.beginWrite()
        try transaction.createDatabase("conformance")
        try transaction.commit()
        connection = try SQLConnection(pando, user: nil, database: "conformance")
    }

    func run(_ path: String) throws {
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { continue }
            if let include = object["include"] as? String {
                try run("\(root)/data/\(include)")
                continue
            }
            if object["reconnect"] as? Bool == true {
                connection.close()
                connection = try SQLConnection(pando, user: nil, database: "conformance")
            }
            guard let sql = object["sql"] as? String else { continue }
            let isSetup = object["setup"] as? Bool == true
            let tier = object["tier"] as? Int ?? 1
            let difference = try compare(sql, object)
            if let difference, isSetup || object["feature"] == nil {
                failures.append("setup \(object["n"] ?? "?"): \(difference)\n    \(sql.prefix(300))")
            }
            // What is included has no features, and isn't counted.
            guard !isSetup, tier < 3, let feature = object["feature"] as? String, features?.contains(feature) ?? true else { continue }
            scores[feature, default: (0, 0)].all += 1
            if let difference {
                failures.append("\(object["n"] ?? "?") [\(feature)]: \(difference)\n    \(sql.prefix(300))")
            } else {
                scores[feature, default: (0, 0)].passed += 1
            }
        }
    }

    /// What is other than it was recorded; nil if nothing is.
    private func compare(_ sql: String, _ recorded: [String: Any]) throws -> String? {
        if recorded["parameters"] != nil { return "not run" }
        var columns: [ResultColumn]?
        var rows: [[String?]] = []
        var tag = ""
        var copied: [String] = []
        var count = 0
        do throws(SQLError) {
            let script = try connection.script(sql)
            while let result = try script.next() {
                columns = result.columns
                rows = []
                copied = []
                if let copy = result.copy {
                    let lines = CopyLines(copy, connection.functions)
                    if copy.isFrom {
                        do throws(SQLError) { count = try lines.receive(recorded["copy_in"] as? String ?? "") } catch {
                            copy.abandon()
                            throw error
                        }
                    } else {
                        copied = try lines.all()
                        count = copied.count - (copy.options.header == .none ? 0 : 1)
                    }
                    tag = "COPY \(count)"
                    continue
                }
                while let row = try result.next() {
                    rows.append(
                        try zip(row, result.columns ?? []).map { (value, column) throws(SQLError) -> String? in
                            value.isNull ? nil : try TextOutput.text(value, column.type, connection.functions)
                        })
                }
                tag = result.tag()
            }
        } catch {
            if let expected = recorded["error"] as? String {
                return expected == error.state.rawValue ? nil : "expected error \(expected), got \(error)"
            }
            return "got error \(error)"
        }
        if let expected = recorded["error"] as? String { return "expected error \(expected), got \(tag)" }
        if let expected = recorded["tag"] as? String, expected != tag { return "expected \(expected), got \(tag)" }
        if let expected = recorded["copied"] as? [String], expected != copied { return "expected \(expected), got \(copied)" }
        if let expected = recorded["columns"] as? [[Any]] {
            let names = expected.map { $0[0] as? String ?? "" }
            guard let columns, names == columns.map(\.name) else { return "expected columns \(names), got \(columns?.map(\.name) ?? [])" }
            for (wanted, column) in zip(expected, columns) {
                if let oid = wanted[1] as? Int, oid != Int(column.type.oid) {
                    return "column \(column.name): expected type \(oid), got \(column.type.oid)"
                }
            }
        }
        if let count = recorded["rows"] as? Int { return count == rows.count ? nil : "expected \(count) rows, got \(rows.count)" }
        guard let expected = recorded["rows"] as? [[Any]] else { return nil }
        let wanted = expected.map { $0.map { $0 as? String } }
        let isOrdered = recorded["ordered"] as? Bool == true
        let isFloat = (columns ?? []).map { [700, 701, 1021, 1022].contains($0.type.oid) }
        let key: ([String?]) -> String = { row in
            zip(row, isFloat).map { value, isFloat in value.map { "=\(isFloat ? Self.rounded($0) : $0)" } ?? "-" }.joined(separator: "|")
        }
        let one = isOrdered ? wanted.map(key) : wanted.map(key).sorted()
        let two = isOrdered ? rows.map(key) : rows.map(key).sorted()
        if one == two { return nil }
        let index = zip(one, two).enumerated().first { $1.0 != $1.1 }?.offset ?? min(one.count, two.count)
        return (one.sorted() == two.sorted() ? "other order; " : "")
            + "\(two.count) rows of \(one.count); row \(index): expected \(index < one.count ? one[index] : "none"), got "
            + "\(index < two.count ? two[index] : "none")"
    }

    /// The numbers of the text to ten digits: what is behind hangs on the order of additions.
    private static func rounded(_ text: String) -> String {
        guard text.contains(where: \.isNumber) else { return text }
        return text.split(whereSeparator: { ",{}".contains($0) }).map { part in
            Double(part).map { String(format: "%.8e", $0 == 0 ? 0 : $0) } ?? String(part)
        }.joined(separator: ",")
    }
}

/// The lines of a COPY in text and CSV, as far as the recorded statements need them: the server has its own, of whole streams of bytes.
private struct CopyLines {
    private let copy: CopyExchange
    private let session: any SQLSession

    init(_ copy: CopyExchange, _ session: any SQLSession) {
        self.copy = copy
        self.session = session
    }

    private var isCSV: Bool { copy.options.format == .csv }

    func all() throws(SQLError) -> [String] {
        var lines: [String] = []
        if copy.options.header != .none { lines.append(copy.columns.map(\.name).joined(separator: copy.options.delimiter) + "\n") }
        while let batch = try copy.nextBatch({ lines.append($0.string) }) {
            for row in batch {
                var fields: [String] = []
                for (index, (value, column)) in zip(row, copy.columns).enumerated() {
                    if value.isNull {
                        fields.append(copy.options.null)
                    } else {
                        fields.append(written(try TextOutput.text(value, column.type, session), index))
                    }
                }
                lines.append(fields.joined(separator: copy.options.delimiter) + "\n")
            }
        }
        return lines
    }

    private func written(_ text: String, _ index: Int) -> String {
        let options = copy.options
        if isCSV {
            let isQuoted =
                options.forceQuote.contains(index) || text == options.null
                || text.contains { String($0) == options.delimiter || String($0) == options.quote || $0.isNewline }
            guard isQuoted else { return text }
            let escaped = text.map {
                String($0) == options.quote || String($0) == options.escape ? options.escape + String($0) : String($0)
            }
            return options.quote + escaped.joined() + options.quote
        }
        return text.map { character in
            switch character {
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: String(character) == options.delimiter ? "\\" + String(character) : String(character)
            }
        }.joined()
    }

    func receive(_ text: String) throws(SQLError) -> Int {
        var lines = isCSV ? csv(text) : text.split(separator: "\n", omittingEmptySubsequences: false).map { plain(String($0)) }
        if !isCSV, lines.last?.count == 1, lines.last?[0] == "" { lines.removeLast() }
        if let end = lines.firstIndex(where: { $0.count == 1 && $0[0] == "\\." }) { lines.removeSubrange(end...) }
        for (index, fields) in lines.enumerated() {
            if index == 0, copy.options.header != .none { continue }
            guard fields.count == copy.columns.count else { throw SQLError(SQLState(rawValue: "22P04"), "fields") }
            var row: [SQLValue] = []
            for (field, column) in zip(fields, copy.columns) {
                guard let field else {
                    row.append(.null)
                    continue
                }
                row.append(try TextInput.value(field, column.type, session))
            }
            try copy.receive(row, line: index + 1)
        }
        return try copy.end()
    }

    private func plain(_ line: String) -> [String?] {
        if line == "\\." { return [line] }
        var fields: [String?] = []
        var raw = ""
        var text = ""
        var isEscaped = false
        for character in line + copy.options.delimiter {
            if isEscaped {
                raw.append(character)
                text += ["n": "\n", "t": "\t", "r": "\r", "b": "\u{8}"][character] ?? String(character)
                isEscaped = false
            } else if String(character) == copy.options.delimiter {
                fields.append(raw == copy.options.null ? nil : text)
                (raw, text) = ("", "")
            } else {
                raw.append(character)
                if character == "\\" { isEscaped = true } else { text.append(character) }
            }
        }
        return fields
    }

    private func csv(_ text: String) -> [[String?]] {
        var lines: [[String?]] = []
        var fields: [String?] = []
        var field = ""
        var wasQuoted = false
        var isQuoted = false
        func end() {
            let place = fields.count
            let isNull = field == copy.options.null && (!wasQuoted || copy.options.forceNull.contains(place))
            fields.append(isNull && !(copy.options.forceNotNull.contains(place) && !wasQuoted) ? nil : field)
            (field, wasQuoted) = ("", false)
        }
        let characters = Array(text)
        var index = 0
        while index < characters.count {
            let character = characters[index]
            index += 1
            if isQuoted {
                if String(character) == copy.options.escape, index < characters.count,
                    String(characters[index]) == copy.options.quote
                        || String(characters[index]) == copy.options.escape
                {
                    field.append(characters[index])
                    index += 1
                } else if String(character) == copy.options.quote {
                    isQuoted = false
                } else {
                    field.append(character)
                }
            } else if String(character) == copy.options.quote {
                (isQuoted, wasQuoted) = (true, true)
            } else if String(character) == copy.options.delimiter {
                end()
            } else if character == "\n" {
                end()
                lines.append(fields)
                fields = []
            } else {
                field.append(character)
            }
        }
        if !field.isEmpty || !fields.isEmpty {
            end()
            lines.append(fields)
        }
        return lines
    }
}
