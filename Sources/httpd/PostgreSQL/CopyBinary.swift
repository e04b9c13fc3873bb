import SQL

/// The rows of a COPY in binary.
struct CopyBinary {
    static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF] + Array("\r\n".utf8) + [0]

    private let columns: Int
    /// The most bytes of a row, of which what has come is kept until it is whole.
    private let limit: Int
    private var bytes: [UInt8] = []
    /// Up to where all was taken, the fields of a row that is not whole among it.
    private var start = 0
    /// Those fields, and their bytes; nil between two rows.
    private var fields: [[UInt8]?]?
    private var fieldBytes = 0
    private var hasHeader = false
    private var isOver = false
    /// Rows that were taken, with the one that was refused.
    private(set) var rowNumber = 0

    init(columns: Int, limit: Int) {
        self.columns = columns
        self.limit = limit
    }

    mutating func append(_ more: [UInt8]) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += more
    }

    private func number(at position: Int, bytes count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        let bits = bytes[position..<position + count].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return count == 2 ? Int(Int16(truncatingIfNeeded: bits)) : Int(Int32(bitPattern: bits))
    }

    /// The next row if it is whole.
    mutating func next() throws(SQLError) -> [[UInt8]?]? {
        if !hasHeader {
            let signature = Self.signature
            guard bytes.count >= signature.count + 8 else { return nil }
            guard bytes.starts(with: signature) else { throw CopyIn.badFormat("COPY file signature not recognized") }
            let flags = number(at: signature.count, bytes: 4) ?? 0
            guard flags & 0xFFFF_0000 == 0 else { throw CopyIn.badFormat("unrecognized critical flags in COPY file header") }
            let extra = number(at: signature.count + 4, bytes: 4) ?? 0
            guard extra >= 0 else { throw CopyIn.badFormat("invalid COPY file header (missing length)") }
            guard extra <= limit else { throw CopyIn.tooLong(limit) }
            guard bytes.count >= signature.count + 8 + extra else { return nil }
            start = signature.count + 8 + extra
            hasHeader = true
        }
        guard !isOver else { return nil }
        // A row that comes in many pieces goes on where it was.
        var row: [[UInt8]?]
        if let begun = fields.take() {
            row = begun
        } else {
            guard let count = number(at: start, bytes: 2) else { return nil }
            if count == -1 {
                isOver = true
                start += 2
                return nil
            }
            guard count == columns else { throw refusal("row field count is \(count), expected \(columns)") }
            start += 2
            row = []
            fieldBytes = 0
        }
        while row.count < columns {
            guard let length = number(at: start, bytes: 4) else {
                fields = row
                return nil
            }
            if length == -1 {
                start += 4
                row.append(nil)
                continue
            }
            guard length >= 0 else { throw refusal("invalid field size") }
            guard length <= limit - fieldBytes else {
                rowNumber += 1
                throw CopyIn.tooLong(limit)
            }
            let end = start + 4 + length
            guard end <= bytes.count else {
                fields = row
                return nil
            }
            row.append(Array(bytes[start + 4..<end]))
            fieldBytes += length
            start = end
        }
        rowNumber += 1
        return row
    }

    /// Nothing may be left over.
    mutating func finish() throws(SQLError) {
        if !hasHeader { throw CopyIn.badFormat("COPY file signature not recognized") }
        if !isOver, start < bytes.count || fields != nil { throw refusal("unexpected EOF in COPY data") }
        if isOver, start < bytes.count { throw refusal("received copy data after EOF marker") }
    }

    /// Refuses the next row before it is taken.
    private mutating func refusal(_ message: String) -> SQLError {
        rowNumber += 1
        return CopyIn.badFormat(message)
    }
}
