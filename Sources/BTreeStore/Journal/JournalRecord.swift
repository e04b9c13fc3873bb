import Ground

/// A record of the journal, with the changes of one commit or of many in the order in which they were made.
///
/// From a page's beginning on, all little-endian:
///
///      0  checksum       8, XXH64 of all bytes of the record that follow; encrypted, the beginning of the tag
///      8  salt           8, of the flush that the changes are on top of (`MetaPage.journalSalt`)
///     16  sequence       8, from 0 on
///     24  transaction    8, the state that the changes lead to
///     32  byte count     4, of the changes
///     36  zero           4
///     40  changes
///
/// A change begins with its kind, 1 byte. A put (1): length of the key 2, length of the value 4, key, value. A delete (2): length of
/// the key 2, key. A range delete (3): twice a bound, the lower one first and included, the upper one not: 1 byte whether there is
/// one, length 2, key. The rest of the record's last page is zero. In an encrypted file the changes are encrypted, with a seal behind them.
struct JournalRecord {
    var sequence: UInt64
    var transaction: TransactionID
    var pageCount: PageCount
    /// Its bytes as they are in the file.
    private(set) var fileBytes: [UInt8]
    /// The same, decrypted.
    private var bytes: [UInt8]
    private var changeEnd: Int

    static let headerByteCount = 40
    static let malformed = "a change in the journal is malformed"
    /// The most bytes that a change takes beside its keys and value.
    static let changeByteCount = 8
    static let empty = [UInt8](repeating: 0, count: headerByteCount)

    // MARK: Writing

    static func appendPut(_ key: Bytes, _ value: Bytes, to bytes: inout [UInt8]) {
        bytes.append(1)
        append(UInt64(key.count), 2, to: &bytes)
        append(UInt64(value.count), 4, to: &bytes)
        append(key, to: &bytes)
        append(value, to: &bytes)
    }

    static func appendDelete(_ key: Bytes, to bytes: inout [UInt8]) {
        bytes.append(2)
        append(UInt64(key.count), 2, to: &bytes)
        append(key, to: &bytes)
    }

    static func appendDelete(_ bounds: Bounds, to bytes: inout [UInt8]) {
        bytes.append(3)
        for bound in [bounds.lower, bounds.upper] {
            bytes.append(bound == nil ? 0 : 1)
            append(UInt64(bound?.count ?? 0), 2, to: &bytes)
            bytes += bound ?? []
        }
    }

    private static func append(_ number: UInt64, _ width: UInt64, to bytes: inout [UInt8]) {
        for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
    }

    private static func append(_ source: Bytes, to bytes: inout [UInt8]) {
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: source.base, count: source.count))
    }

    /// Fills in the header of `bytes`, which have room for it before the changes, and adds zeros up to whole pages.
    static func finish(
        _ bytes: inout [UInt8], salt: UInt64, sequence: UInt64, transaction: TransactionID, pageSize: Int, _ cipher: PageCipher? = nil
    ) {
        let end = bytes.count
        let sealEnd = end + (cipher == nil ? 0 : PageCipher.sealByteCount)
        bytes.append(contentsOf: repeatElement(0, count: (sealEnd + pageSize - 1) / pageSize * pageSize - end))
        unsafe bytes.withUnsafeMutableBytes { buffer in
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            unsafe base.store64(salt, 8)
            unsafe base.store64(sequence, 16)
            unsafe base.store64(transaction.rawValue, 24)
            unsafe base.store32(UInt32(end - headerByteCount), 32)
            let proof =
                unsafe cipher?.sealRecord(base, header: headerByteCount, end: end) ?? checksum(UnsafeRawPointer(base) + 8, end - 8)
            unsafe base.store64(proof, 0)
        }
    }

    // MARK: Reading

    /// The record that begins with a page of a state's journal: nil if none does, or it isn't whole.
    ///
    /// - Parameters:
    ///   - offset: the page, counted from the journal's first.
    ///   - isOfOther: whether it is to be a record on top of any state but this one.
    init?(_ file: any StorageFile, _ meta: MetaPage, at offset: PageCount, ofOther isOfOther: Bool = false) throws(StoreError) {
        guard let run = meta.journal, offset < run.count else { return nil }
        let start = (run.start + offset).offset(pageSize: meta.pageSize)
        let header = try readBytes(file, at: start, count: Self.headerByteCount)
        guard header.count == Self.headerByteCount else { return nil }
        let (salt, count) = unsafe header.withUnsafeBytes { buffer in
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            return unsafe (base.load64(8), Int(base.load32(32)))
        }
        changeEnd = Self.headerByteCount + count
        let sealByteCount = file.cipher == nil ? 0 : PageCipher.sealByteCount
        pageCount = PageCount((changeEnd + sealByteCount + meta.pageSize - 1) / meta.pageSize)
        guard (salt == meta.journalSalt(file.cipher)) != isOfOther, count > 0, pageCount <= run.count - offset else { return nil }
        let byteCount = Int(pageCount.byteCount(pageSize: meta.pageSize))
        bytes = try readBytes(file, at: start, count: byteCount)
        guard bytes.count == byteCount else { return nil }
        fileBytes = bytes
        let end = changeEnd
        if let cipher = file.cipher {
            let isWhole = unsafe bytes.withUnsafeMutableBytes {
                unsafe cipher.openRecord($0.baseAddress.unsafelyUnwrapped, header: Self.headerByteCount, end: end)
            }
            if !isWhole { return nil }
        }
        let fields = unsafe bytes.withUnsafeBytes { buffer -> (UInt64, TransactionID)? in
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            guard unsafe sealByteCount > 0 || base.load64(0) == checksum(base + 8, end - 8) else { return nil }
            return unsafe (base.load64(16), TransactionID(rawValue: base.load64(24)))
        }
        guard let (sequence, transaction) = fields, transaction < .limit else { return nil }
        self.sequence = sequence
        self.transaction = transaction
    }

    /// Makes the changes to a tree.
    ///
    /// - Returns: false if they are malformed, in a crafted file; some of them were made then.
    func apply(to tree: Tree) throws(StoreError) -> Bool {
        try unsafe bytes.span.withUnsafeBytes { (buffer) throws(StoreError) in
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            var index = Self.headerByteCount
            let keyLimit = Page.maximumKeyLength(pageSize: tree.pageSize)
            /// The next `count` bytes as a key: nil if that is too long, or the record ends before.
            func takeKey(_ count: Int) -> Bytes? {
                guard count <= keyLimit, index + count <= changeEnd else { return nil }
                index += count
                return unsafe Bytes(base + (index - count), count)
            }
            while index < changeEnd {
                let kind = unsafe base.load8(index)
                index += 1
                switch kind {
                case 1:
                    guard index + 6 <= changeEnd else { return false }
                    let keyCount = unsafe base.load16(index)
                    let valueCount = unsafe Int(base.load32(index + 2))
                    index += 6
                    guard let key = takeKey(keyCount), valueCount <= Page.maximumValueLength, index + valueCount <= changeEnd else {
                        return false
                    }
                    _ = try tree.put(key, unsafe Bytes(base + index, valueCount))
                    index += valueCount
                case 2:
                    guard index + 2 <= changeEnd else { return false }
                    let keyCount = unsafe base.load16(index)
                    index += 2
                    guard let key = takeKey(keyCount) else { return false }
                    _ = try tree.delete(key)
                case 3:
                    var bounds: [[UInt8]?] = []
                    for _ in 0..<2 {
                        guard index + 3 <= changeEnd else { return false }
                        let isThere = unsafe base.load8(index) != 0
                        let count = unsafe base.load16(index + 1)
                        index += 3
                        // A bound may be a key and the zero byte after it.
                        guard count <= keyLimit + 1, index + count <= changeEnd else { return false }
                        bounds.append(isThere ? unsafe Array(UnsafeRawBufferPointer(start: base + index, count: count)) : nil)
                        index += count
                    }
                    _ = try tree.delete(Bounds(KeyRange(lower: bounds[0], upper: bounds[1])))
                default: return false
                }
            }
            return true
        }
    }
}
