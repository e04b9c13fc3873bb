import Ground
import httpd

extension Console {
    /// One value on one line.
    func printJSON(_ value: Datum) throws(CommandError) {
        value.writeJSON(into: &output.buffer)
        output.buffer.append(UInt8(ascii: "\n"))
        try output.flushIfLarge()
    }

    /// An array, an element a line.
    func printJSON(_ values: [Datum]) throws(CommandError) {
        var rows = RowWriter(.json, to: output)
        for value in values { try rows.write(value) }
        try rows.finish()
    }

    func printTable(_ table: TextTable) throws(CommandError) {
        for text in table.lines(style: Style(isTerminal: isOutputTerminal), width: outputWidth) { try line(text) }
    }
}

extension Datum {
    init(names: [String]) {
        self.init(elements: names.map { Datum($0) })
    }
}

/// Seconds since 1970 as `2024-02-29 12:34:56Z`.
func timestamp(_ epochSeconds: Double) -> String {
    CalendarTime(secondsSince1970: Int(epochSeconds.rounded(.down))).text(separator: " ")
}
