import Ground
import ReQLish

/// The methods that some route of ours has, and others that are well known, which none has.
enum HTTPMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    case trace = "TRACE"
    case query = "QUERY"
}

/// The way in which the end of a request's body is known.
enum BodyFraming: Sendable, Hashable {
    case none
    case length(Int)
    case chunked
}

/// One request: its head as the client sent it, ranges into it, and its body. Parsed in place, so its buffers serve one request after
/// another.
struct HTTPRequest: ~Copyable, Sendable {
    /// A header field: where its name and its trimmed value stand in `head`.
    struct Field: Sendable {
        let name: Range<Int>
        let value: Range<Int>
    }

    var method = HTTPMethod.get
    /// The x of HTTP/1.x; anything above 1 is answered as 1.
    var minorVersion = 1
    /// The request line and the header fields, with the empty line that ends them.
    var head = ByteBuffer()
    /// The path, still percent-encoded, from its first `/`. Empty for `OPTIONS *`.
    var path = 0..<0
    /// What follows the `?`, still encoded.
    var query: Range<Int>?
    /// The host the client asked: from an absolute target, otherwise from the `Host` field.
    var host: Range<Int>?
    var fields: [Field] = []
    /// How the body is coded, and how the answer's may be: the values of these fields.
    var contentEncoding: Range<Int>?
    var acceptEncoding: Range<Int>?
    var framing = BodyFraming.none
    /// The body is of comma-separated values without a coding: it can be read as it comes, one piece after the other.
    var hasTable = false
    /// The client waits for `100 Continue` before it sends the body.
    var expectsContinue = false
    /// The client lets the connection go on after the answer.
    var keepsAlive = true
    /// The body without its framing; empty until it has come.
    var body = ByteBuffer()
    /// Makes room for the next request. Buffers that one large request made are given back.
    mutating func reset() {
        head.removeAll()
        body.removeAll(keepingAtMost: 64 * 1024)
        fields.removeAll(keepingCapacity: true)
        method = .get
        minorVersion = 1
        path = 0..<0
        query = nil
        host = nil
        contentEncoding = nil
        acceptEncoding = nil
        framing = .none
        hasTable = false
        expectsContinue = false
        keepsAlive = true
    }

    /// The bytes of the head in a range, as text; bytes that are not UTF-8 are replaced.
    func text(_ range: Range<Int>) -> String {
        head.string(in: range)
    }

    /// The value of the first field with this lowercase name.
    func field(_ name: String) -> Range<Int>? {
        for field in fields where matches(field.name, name) { return field.value }
        return nil
    }

    /// The values of all fields with this lowercase name, which HTTP reads as one list joined with commas.
    func list(_ name: String) -> String? {
        var values: String?
        for field in fields where matches(field.name, name) {
            values = values.map { "\($0), \(text(field.value))" } ?? text(field.value)
        }
        return values
    }

    /// Whether the first field with this lowercase name is this lowercase word.
    func isField(_ name: String, _ word: String) -> Bool { field(name).map { matches($0, word) } ?? false }

    /// Whether there is more than one field with this lowercase name.
    func isRepeated(_ name: String) -> Bool {
        var isThere = false
        for field in fields where matches(field.name, name) {
            if isThere { return true }
            isThere = true
        }
        return false
    }

    func has(_ name: String) -> Bool { field(name) != nil }

    /// Whether the bytes in a range are this lowercase ASCII word, in any case.
    func matches(_ range: Range<Int>, _ word: String) -> Bool {
        guard range.count == word.utf8.count else { return false }
        let bytes = head.span
        var index = range.lowerBound
        for byte in word.utf8 {
            guard bytes[index].asciiLowercased == byte else { return false }
            index += 1
        }
        return true
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

    /// A character of RFC 9110's `token`: names of methods and fields are made of these.
    var isTokenCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// A byte that may stand inside a field value: visible, blank, or beyond ASCII.
    var isFieldCharacter: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }

    var isBlank: Bool { self == 0x20 || self == 0x09 }

    static let carriageReturn: UInt8 = 0x0D
    static let lineFeed: UInt8 = 0x0A
}
