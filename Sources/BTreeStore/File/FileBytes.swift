// Bytes of the file in arrays, and the two notes that page 0 has behind its meta page, whose checksum doesn't cover them.

/// Reads bytes of the file into an array: fewer than `count` if the file ends before.
func readBytes(_ file: any StorageFile, at offset: UInt64, count: Int) throws(StoreError) -> [UInt8] {
    if count <= 65536 {
        // Mostly they are there: who opens a file reads a few notes, and asks for its length once.
        do throws(StoreError) { return try readAllBytes(file, at: offset, count: count) } catch {
            guard case .truncated = error else { throw error }
        }
    }
    let size = try file.byteCount()
    guard offset < size else { return [] }
    return try readAllBytes(file, at: offset, count: Int(min(UInt64(count), size - offset)))
}

private func readAllBytes(_ file: any StorageFile, at offset: UInt64, count: Int) throws(StoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try unsafe withMutableBuffer(&bytes) { (buffer) throws(StoreError) in unsafe try file.read(buffer, at: offset) }
    return bytes
}

func writeBytes(_ bytes: [UInt8], _ file: any StorageFile, at offset: UInt64) throws(StoreError) {
    try unsafe bytes.span.withUnsafeBytes { (buffer) throws(StoreError) in unsafe try file.write(buffer, at: offset) }
}

private func withMutableBuffer(
    _ bytes: inout [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws(StoreError) -> Void
) throws(StoreError) {
    var span = bytes.mutableSpan
    try unsafe span.withUnsafeMutableBytes { (buffer) throws(StoreError) in unsafe try body(buffer) }
}

/// Places of the notes, in bytes from the file's beginning; `MetaPage` draws them.
private enum FileNote {
    /// 4 bytes: the process that has, or last had, the file open for writing.
    static let process: UInt64 = 256
    /// 8 bytes: the newest transaction when the file was last closed.
    static let closing: UInt64 = process + 4
}

/// The process that noted last that it has the file open for writing: 0 if there is no note.
func readProcessNote(_ file: any StorageFile) -> Int32 {
    var bytes: [UInt8] = [0, 0, 0, 0]
    do throws(StoreError) {
        try unsafe withMutableBuffer(&bytes) { (buffer) throws(StoreError) in unsafe try file.read(buffer, at: FileNote.process) }
    } catch { return 0 }
    return Int32(truncatingIfNeeded: bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
}

func writeProcessNote(_ processID: Int32, _ file: any StorageFile) throws(StoreError) {
    let number = UInt32(bitPattern: processID)
    try writeBytes((0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }, file, at: FileNote.process)
}

/// The newest transaction when a writer last closed the file: all of that state is durable. `none` if there is no note.
func readClosingNote(_ file: any StorageFile) throws(StoreError) -> TransactionID {
    let bytes = try readBytes(file, at: FileNote.closing, count: 8)
    return TransactionID(rawValue: bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
}

func writeClosingNote(_ transaction: TransactionID, _ file: any StorageFile) throws(StoreError) {
    try writeBytes((0..<8).map { UInt8(truncatingIfNeeded: transaction.rawValue >> (8 * UInt64($0))) }, file, at: FileNote.closing)
}
