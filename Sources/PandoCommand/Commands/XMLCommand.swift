import Ground
import XML
import httpd

extension Command {
    static let xml = Command(
        name: "xml",
        summary: "check XML, and show it as canonical XML or as the documents that it becomes",
        positionals: [Positional(name: "DATA", help: "the file to read, compressed with gzip or not; - is standard input")],
        options: [
            .choice("to", ["xml", "json"], "canonical XML (the default), or the documents that an import makes of it, a line each"),
            .value("record", "PATH", "json: the elements that are documents (default: those in the root)"),
            .flag("exact", "json: the whole is one document that keeps order, blanks and comments"),
        ],
        discussion: """
            What is not well-formed ends the command with exit status 1 and the line, the column and the reason. Two documents that say the same
            are the same canonical XML (Canonical XML 1.0). Nothing outside the document is fetched.
            """,
        examples: [
            "pando xml feed.xml", "pando xml catalog.xml --to json --record /catalog/product", "curl -s example.com/feed | pando xml -",
        ]
    ) { arguments, console in
        let input = try InputFile(arguments["DATA"])
        if arguments.value("to") == "json" {
            var reading = XMLReading()
            reading.isExact = arguments.has("exact")
            if let text = arguments.value("record") {
                guard let path = XMLRecordPath(text) else {
                    throw CommandError.usage("--record is a path such as //product, not “\(text)”.")
                }
                reading.records = path
            }
            let source = XMLSource(input, reading)
            var rows = RowWriter(.ndjson, to: console.output)
            while case .document(let document, _)? = try source.next() { try rows.write(document) }
            return try rows.finish()
        }
        for option in ["record", "exact"] where arguments.has(option) || arguments.value(option) != nil {
            throw CommandError.usage("--\(option) goes with --to json.")
        }
        try writeCanonically(input, to: console.output)
    }

    private static func writeCanonically(_ input: InputFile, to output: ByteSink) throws {
        var parser = XMLParser()
        var canonical = CanonicalXML()
        var piece: [UInt8] = []
        while true {
            do throws(XMLError) {
                var event = try parser.next()
                while event != .needsInput, event != .endOfDocument {
                    canonical.write(event, of: parser, into: &output.buffer)
                    event = try parser.next()
                }
                if event == .endOfDocument { break }
            } catch {
                throw CommandError.failed(
                    "\(input.name), line \(error.line), column \(error.column) (byte \(error.offset)): \(error.message)")
            }
            try output.flushIfLarge()
            piece.removeAll(keepingCapacity: true)
            if try input.appendPiece(to: &piece) { parser.append(piece.span) } else { parser.finish() }
        }
        output.buffer.append(UInt8(ascii: "\n"))
        try output.flushIfLarge()
    }
}
