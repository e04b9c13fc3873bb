import Foundation
import ReQLish
import Testing

@testable import SQL

/// Runs recorded statements against sessions in this process, and says how many give what was recorded.
///
/// `SQL_CORPUS` is the directory of `suite` and `data`; without it nothing runs. `SQL_CORPUS_FILES` chooses files by a part of their path,
/// `SQL_CORPUS_REPORT` is a file for what failed. Nothing here fails for a wrong answer: it measures.
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
            let runner = try CorpusRunner(root)
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
    private let pando: Pando
    private var connection: SQLConnection
    private(set) var scores: [String: (passed: Int, all: Int)] = [:]
    private(set) var failures: [String] = []

    init(_ root: String) throws {
        self.root = root
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
            guard let sql = object["sql"] as? String, object["copy_in"] == nil || true else { continue }
            let isSetup = object["setup"] as? Bool == true
            let tier = object["tier"] as? Int ?? 1
            let difference = try compare(sql, object)
            if let difference, isSetup { failures.append("setup \(object["n"] ?? "?"): \(difference)\n    \(sql.prefix(300))") }
            guard !isSetup, tier < 3 else { continue }
            let feature = object["feature"] as? String ?? "?"
            scores[feature, default: (0, 0)].all += 1
            if let difference {
                failures.append("\(object["n"] ?? "?"): \(difference)\n    \(sql.prefix(300))")
            } else {
                scores[feature, default: (0, 0)].passed += 1
            }
        }
    }

    /// What is other than it was recorded; nil if nothing is.
    private func compare(_ sql: String, _ recorded: [String: Any]) throws -> String? {
        if recorded["parameters"] != nil || recorded["copy_in"] != nil || recorded["copied"] != nil { return "not run" }
        var columns: [ResultColumn]?
        var rows: [[String?]] = []
        var tag = ""
        do throws(SQLError) {
            let script = try connection.script(sql)
            while let result = try script.next() {
                columns = result.columns
                rows = []
                while let row = try result.next() {
                    rows.append(
                        zip(row, result.columns ?? []).map { value, column in
                            value.isNull ? nil : TextOutput.text(value, column.type, connection.functions)
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
        let key: ([String?]) -> String = { $0.map { $0.map { "=\($0)" } ?? "-" }.joined(separator: "|") }
        let one = isOrdered ? wanted.map(key) : wanted.map(key).sorted()
        let two = isOrdered ? rows.map(key) : rows.map(key).sorted()
        if one == two { return nil }
        let index = zip(one, two).enumerated().first { $1.0 != $1.1 }?.offset ?? min(one.count, two.count)
        return "\(two.count) rows of \(one.count); row \(index): expected \(index < one.count ? one[index] : "none"), got "
            + "\(index < two.count ? two[index] : "none")"
    }
}
