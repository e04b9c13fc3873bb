import Foundation
import Testing

@testable import SQL

/// The statements of the conformance suite, where it lies beside the repository: PostgreSQL's recorded answers say which of them its
/// grammar reads.
@Suite struct ConformanceTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// Beside the repository, or where `PANDO_SQL_CONFORMANCE` says.
    private static let folder =
        ProcessInfo.processInfo.environment["PANDO_SQL_CONFORMANCE"].map { URL(fileURLWithPath: $0) }
        ?? tests.appendingPathComponent("../../../shared/sql-conformance").standardizedFileURL

    static let files: [String] = ["generated", "regress", "sqllogictest"].flatMap { part in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/suite/" + part)) ?? []
        return names.filter { $0.contains(".jsonl") }.sorted().map { part + "/" + $0 }
    }

    private struct Line: Decodable {
        var n: Int?
        var sql: String?
        var tier: Int?
        var error: String?
    }

    /// Lines that PostgreSQL refuses with `42601` when it looks at names and types: its grammar reads them, and so must we.
    private static let foundInAnalysis: [String: Set<Int>] = {
        let path = tests.appendingPathComponent("Statements/found-in-analysis.txt").path
        var lines: [String: Set<Int>] = [:]
        for line in ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: ":")
            lines[String(parts[0]), default: []].formUnion(parts[1].split(separator: " ").compactMap { Int($0) })
        }
        return lines
    }()

    @Test(arguments: files) func everyStatementIsReadOrRefusedAsPostgreSQLDoes(file: String) throws {
        let name = file.split(separator: ".")[0]
        let inAnalysis = Self.foundInAnalysis[String(name)] ?? []
        var count = 0
        for text in try Self.text(of: file).split(separator: "\n") {
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            // A line without a tier only sets the stage, and its answer was not kept.
            guard let sql = line.sql, let tier = line.tier else { continue }
            count += 1
            do throws(SQLError) {
                let script = try Script(sql)
                #expect(line.error != "42601" || inAnalysis.contains(line.n ?? 0), "line \(line.n ?? 0) is read: \(sql)")
                for statement in script.statements.map(\.statement) {
                    guard let printed = Printer.text(statement) else { continue }
                    #expect((try? Script(printed))?.statements.map(\.statement) == [statement], "\(sql) prints as \(printed)")
                }
            } catch {
                let isOutOfScope = error.state == .featureNotSupported && tier == 3
                #expect(error.state.rawValue == line.error || isOutOfScope, "line \(line.n ?? 0): \(error): \(sql)")
            }
        }
        #expect(count > 0)
    }

    private static func text(of file: String) throws -> String {
        let path = folder.path + "/suite/" + file
        guard file.hasSuffix(".gz") else { return try String(contentsOfFile: path, encoding: .utf8) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}
