import httpd

extension Command {
    /// `pando inspect --follow`: what each commit changed, as it comes. Looks at the file from time to time, for a process that only reads is
    /// told nothing; commits that came in between are shown as one.
    static func followCommits(_ catalog: Catalog, _ arguments: Arguments, _ console: Console) throws {
        let style = Style(isTerminal: console.isOutputTerminal)
        let limit = try arguments.integer("limit", in: 0...Int.max) ?? .max
        let prefix = arguments.value("prefix") ?? ""
        let showsValues = arguments.has("values")
        var seen = try catalog.snapshot()
        var count = 0
        console.message("Following \(arguments["FILE"]) from commit \(grouped(Int(seen.transaction))); stop with Ctrl-C.")
        while count < limit {
            let now = try catalog.snapshot()
            guard now.transaction != seen.transaction else {
                _ = SystemCalls.waitReadable([], milliseconds: 200)
                continue
            }
            var isFirst = true
            let differences = now.differences(from: seen)
            while count < limit, let difference = try differences.next() {
                guard difference.key.hasPrefix(prefix) else { continue }
                count += 1
                if arguments.has("json") {
                    var fields: [(String, Datum)] = [
                        ("commit", Datum(Int(now.transaction))), ("key", Datum(difference.key)), ("change", Datum(difference.mark)),
                    ]
                    if showsValues { fields += difference.valueFields }
                    try console.printJSON(try Datum.object(fields))
                    continue
                }
                if isFirst { try console.line(style.bold("commit \(grouped(Int(now.transaction)))")) }
                isFirst = false
                try console.line("\(difference.mark) \(style.cyan(difference.key))")
                if showsValues {
                    if let value = difference.old { try console.line("    - \(value)") }
                    if let value = difference.new { try console.line("    + \(value)") }
                }
            }
            try console.output.flush()
            seen = now
        }
    }
}
