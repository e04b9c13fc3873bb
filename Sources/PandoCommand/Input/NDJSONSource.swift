import Ground
import httpd

/// A document a line.
final class NDJSONSource: DocumentSource {
    /// A longer line is refused, for it must fit in memory.
    static let maximumLineByteCount = 256 << 20

    let input: InputFile
    private var pending: [UInt8] = []
    /// Where the next line begins in `pending`, and how far it has been searched for an end.
    private var start = 0
    private var searched = 0
    private var isAtEnd = false
    private var line = 0
    private var isPastMark = false
    private var reader = DocumentReader()

    init(_ input: InputFile) { self.input = input }

    func next() throws -> SourceItem? {
        while let range = try nextLine() {
            line += 1
            let pending = pending
            let bytes = pending.span.extracting(range)
            if bytes.withBytes({ $0.isBlank }) { continue }
            do throws(JSONError) {
                return .document(try reader.read(bytes), line: line)
            } catch {
                return .bad(line: line, message: "\(error.message) (column \(error.column))")
            }
        }
        return nil
    }

    /// Where the next line stands in `pending`, without its line feed.
    private func nextLine() throws -> Range<Int>? {
        while true {
            if let end = lineFeed() {
                defer {
                    start = end + 1
                    searched = start
                }
                return start..<end
            }
            if isAtEnd {
                guard start < pending.count else { return nil }
                defer { start = pending.count }
                return start..<pending.count
            }
            try readMore()
        }
    }

    private func lineFeed() -> Int? {
        searched = pending.span.firstIndex(of: UInt8(ascii: "\n"), from: searched)
        return searched < pending.count ? searched : nil
    }

    private func readMore() throws {
        pending.removeSubrange(..<start)
        searched -= start
        start = 0
        guard pending.count <= Self.maximumLineByteCount else {
            throw CommandError.failed("Line \(line + 1) is longer than \(byteSize(Self.maximumLineByteCount)).")
        }
        isAtEnd = try !input.appendPiece(to: &pending)
        if passMark(&pending) { searched = 0 }
    }

    /// Takes away the mark that some programs begin a text with, if this is the beginning.
    @discardableResult
    private func passMark(_ bytes: inout [UInt8]) -> Bool {
        guard !isPastMark, bytes.count >= 3 else { return false }
        isPastMark = true
        guard bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { return false }
        bytes.removeFirst(3)
        return true
    }
}

// MARK: Many lines at a time

extension NDJSONSource {
    /// Puts the next lines, whole ones, in the place of what is in `text`: about `byteCount` bytes, or more if a line is longer. False at
    /// the end. Not to be mixed with ``next()``.
    /// - Throws: also ``InputPause``; the lines that have come are in `text` then.
    func readLines(into text: inout [UInt8], byteCount: Int) throws -> Bool {
        text.removeAll(keepingCapacity: true)
        swap(&text, &pending)
        pending.removeAll(keepingCapacity: true)
        var searched = 0
        while !isAtEnd {
            if text.count >= byteCount, let end = text[searched...].lastIndex(of: UInt8(ascii: "\n")) {
                pending += text[(end + 1)...]
                text.removeSubrange((end + 1)...)
                return true
            }
            guard text.count <= Self.maximumLineByteCount else {
                throw CommandError.failed("A line is longer than \(byteSize(Self.maximumLineByteCount)).")
            }
            searched = text.count
            do { isAtEnd = try !input.appendPiece(to: &text) } catch {
                guard error is InputPause else { throw error }
                let end = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
                pending += text[end...]
                text.removeSubrange(end...)
                throw error
            }
            passMark(&text)
        }
        return !text.isEmpty
    }

    /// Adds a document of each line to a block. Returns how many lines there are.
    static func add(_ text: [UInt8], to block: DocumentBlock) -> Int {
        let text = text.span
        var line = 0
        var start = 0
        while start < text.count {
            let end = text.firstIndex(of: UInt8(ascii: "\n"), from: start)
            line += 1
            let bytes = text.extracting(start..<end)
            if !bytes.withBytes({ $0.isBlank }) { block.add(json: bytes, line: line) }
            start = end + 1
        }
        return line
    }
}
