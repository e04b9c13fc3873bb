import Ground
import httpd

/// Text for a terminal, which goes through a pager once it is more than the screen shows.
final class PagedOutput {
    private let rows: Int
    private let columns: Int
    private let command: String
    private var held = ByteBuffer()
    private var heldRows = 0
    private var columnsOfLastRow = 0
    private var pager: Subprocess?

    /// Nil where no pager is wanted: `PAGER` is empty or `cat`, or there is none.
    init?(rows: Int, columns: Int) {
        let wanted = SystemCalls.environment("PAGER")
        command = wanted ?? "less"
        guard command != "", command != "cat" else { return nil }
        if wanted == nil,
            !["/usr/bin/less", "/bin/less", "/usr/local/bin/less", "/opt/homebrew/bin/less"].contains(where: SystemCalls.exists)
        {
            return nil
        }
        self.rows = rows
        self.columns = columns
    }

    func write(_ bytes: ByteBuffer) throws(SystemError) {
        if let pager { return try SystemCalls.write(pager.input, bytes.span, to: command) }
        held.append(bytes)
        for place in 0..<bytes.count {
            // Wide lines are wrapped; how wide a line is in bytes is a good enough measure.
            columnsOfLastRow += 1
            if bytes[place] == UInt8(ascii: "\n") {
                heldRows += 1 + max(0, columnsOfLastRow - 2) / max(columns * 3, 1)
                columnsOfLastRow = 0
            }
        }
        guard heldRows > rows - 2 else { return }
        // Long lines are cut and colours shown, unless the person has other wishes.
        let wishes = SystemCalls.environment("LESS") == nil ? [("LESS", "FRSX")] : []
        let pager = try Subprocess(shell: command, environment: wishes)
        self.pager = pager
        let bytes = takeHeld()
        try SystemCalls.write(pager.input, bytes.span, to: command)
    }

    /// Writes what fits the screen, or waits until the person has read enough.
    func finish() throws(SystemError) {
        if let pager {
            pager.finish()
            self.pager = nil
        } else {
            let bytes = takeHeld()
            try SystemCalls.write(SystemCalls.standardOutput, bytes.span, to: "standard output")
        }
    }

    private func takeHeld() -> ByteBuffer {
        var bytes = ByteBuffer()
        swap(&bytes, &held)
        return bytes
    }
}
