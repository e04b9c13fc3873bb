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
    let seconds = Int(epochSeconds.rounded(.down))
    let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    let second = seconds - days * 86_400
    // Counting from 1 March of year 0, so that the leap day is a year's last.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let date = [padded(year, 4), padded(month, 2), padded(day, 2)].joined(separator: "-")
    let time = [padded(second / 3600, 2), padded(second / 60 % 60, 2), padded(second % 60, 2)].joined(separator: ":")
    return "\(date) \(time)Z"
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
