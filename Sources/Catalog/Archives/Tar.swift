/// The POSIX tar format, as far as a dump needs it: regular files, ustar headers, and pax records for long paths and large sizes.
///
/// A member is a header block of 512 bytes, its contents, and zeros up to the next multiple of 512. Two zero blocks end the archive.
///
///     offset size  ustar header                offset size
///          0  100  name                           157  100  link name
///        100    8  mode, octal                    257    8  "ustar\0" "00"
///        124   12  size, octal                    329   16  device numbers
///        136   12  modified, octal seconds        345  155  prefix of the name
///        148    8  checksum: the sum of the header's bytes, this field counted as blanks
///        156    1  type
enum Tar {
    static let blockByteCount = 512

    /// Two zero blocks.
    static let end = [UInt8](repeating: 0, count: 2 * blockByteCount)

    /// Types of members.
    enum Kind {
        static let regular = UInt8(ascii: "0")
        static let regularBeforePOSIX = UInt8(0)
        static let directory = UInt8(ascii: "5")
        static let contiguous = UInt8(ascii: "7")
        static let pax = UInt8(ascii: "x")
        static let paxGlobal = UInt8(ascii: "g")
        static let longName = UInt8(ascii: "L")
        static let longLink = UInt8(ascii: "K")
    }

    /// The zeros that follow contents of that size.
    static func padding(after byteCount: UInt64) -> [UInt8] {
        [UInt8](repeating: 0, count: Int((512 - byteCount % 512) % 512))
    }

    /// What stands before a regular file's contents: its header, after a pax member for what doesn't fit in there.
    static func header(path: String, byteCount: UInt64, modified: UInt64) -> [UInt8] {
        var records: [(key: String, value: String)] = []
        if path.utf8.count > 100 { records.append(("path", path)) }
        if byteCount > largestOctalSize { records.append(("size", String(byteCount))) }
        let plain = block(name: path, byteCount: min(byteCount, largestOctalSize), modified: modified, kind: Kind.regular)
        guard !records.isEmpty else { return plain }

        let contents = records.flatMap { Array(paxRecord($0.key, $0.value).utf8) }
        let pax = block(name: "pax/" + path, byteCount: UInt64(contents.count), modified: modified, kind: Kind.pax)
        return pax + contents + padding(after: UInt64(contents.count)) + plain
    }

    /// Eleven octal digits: 8 GiB less a byte.
    static let largestOctalSize: UInt64 = (1 << 33) - 1

    /// `"<length> <key>=<value>\n"`, where the length counts itself.
    private static func paxRecord(_ key: String, _ value: String) -> String {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count
        while String(length).utf8.count + rest.utf8.count != length { length = String(length).utf8.count + rest.utf8.count }
        return String(length) + rest
    }

    private static func block(name: String, byteCount: UInt64, modified: UInt64, kind: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockByteCount)
        func write(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
        write(name.utf8.prefix(100), at: 0)
        write("0000644".utf8, at: 100)
        write("0000000".utf8, at: 108)
        write("0000000".utf8, at: 116)
        write(octal(byteCount, digits: 11), at: 124)
        write(octal(min(modified, largestOctalSize), digits: 11), at: 136)
        write("        ".utf8, at: 148)
        block[156] = kind
        write("ustar\u{0}00".utf8, at: 257)
        write(octal(UInt64(checksum(block)), digits: 6) + [0], at: 148)
        return block
    }

    /// The sum of a header's bytes with the checksum field as blanks.
    static func checksum(_ block: [UInt8]) -> Int {
        block.indices.reduce(0) { sum, index in sum + ((148..<156).contains(index) ? 0x20 : Int(block[index])) }
    }

    private static func octal(_ value: UInt64, digits: Int) -> [UInt8] {
        (0..<digits).reversed().map { UInt8(0x30 + ((value >> (3 * UInt64($0))) & 7)) }
    }
}
