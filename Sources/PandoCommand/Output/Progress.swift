/// The progress of a long command, with rate and time left: on a terminal one line that changes, elsewhere a line now and then.
struct Progress {
    private static let changing = Duration.milliseconds(200)
    private static let plain = Duration.seconds(5)

    private let console: Console
    private let noun: String
    private let startedAt = ContinuousClock.now
    private var shownAt: ContinuousClock.Instant?

    /// - Parameter noun: what is counted, such as "documents".
    init(_ console: Console, _ noun: String) {
        self.console = console
        self.noun = noun
    }

    /// - Parameter fraction: the part that is done, `nil` if nobody knows.
    mutating func show(_ count: Int, fraction: Double?) {
        guard !console.isQuiet else { return }
        let now = ContinuousClock.now
        let isTerminal = console.hasChangingLine
        // A command that takes no longer than that needs no plain line.
        if let before = shownAt ?? (isTerminal ? nil : startedAt), now - before < (isTerminal ? Self.changing : Self.plain) { return }
        shownAt = now
        let seconds = secondsSince(startedAt)
        var text = "\(grouped(count)) \(noun), \(grouped(Int(Double(count) / max(seconds, 0.001)))) a second"
        if let fraction, fraction > 0.01 { text += ", \(Int(seconds / fraction * (1 - fraction) + 0.5)) s left" }
        if isTerminal { console.partialLine("\r\u{1B}[K" + text) } else { console.complain(text + ".") }
    }

    /// Takes the line away.
    mutating func finish() {
        if shownAt != nil, console.hasChangingLine { console.partialLine("\r\u{1B}[K") }
        shownAt = nil
    }

    var elapsed: String { decimal(secondsSince(startedAt), 2) + " s" }
}

func secondsSince(_ start: ContinuousClock.Instant) -> Double {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
}

/// 1234567 → "1,234,567".
func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number.magnitude).reversed().enumerated() {
        if index > 0, index % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
}

/// A number with a fixed number of decimals.
func decimal(_ value: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((value * scale).rounded())
    guard decimals > 0 else { return String(scaled) }
    let digits = String(scaled % Int(scale))
    return "\(scaled / Int(scale))." + String(repeating: "0", count: decimals - digits.count) + digits
}

/// "3 tables", "1 table".
func counted(_ number: Int, _ noun: String) -> String { "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")" }

/// 1536 → "1.5 KiB".
func byteSize(_ bytes: Int) -> String {
    if bytes < 1024 { return "\(bytes) bytes" }
    var value = Double(bytes) / 1024
    for unit in ["KiB", "MiB", "GiB"] {
        if value < 1024 { return "\(decimal(value, 1)) \(unit)" }
        value /= 1024
    }
    return "\(decimal(value, 1)) TiB"
}
