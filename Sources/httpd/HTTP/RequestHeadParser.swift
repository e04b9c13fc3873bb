import Ground
import ReQLish

// Reads a request's head, strictly: whatever two servers could read differently (folded lines, bare line feeds, blanks before the colon,
// two lengths, a length beside chunks) is refused, so that nothing can be smuggled past a proxy.
extension HTTPRequest {
    /// Reads `head`, which ends with an empty line, into the other properties.
    mutating func parseHead(limits: HTTPLimits) throws(HTTPViolation) {
        // A second reference, so that reading it does not stand in the way of writing the other properties.
        let head = head
        let bytes = head.span
        var lineEnd = try Self.endOfLine(bytes, from: 0)
        let target = try parseRequestLine(0..<lineEnd)
        var lineStart = lineEnd + 2
        while true {
            lineEnd = try Self.endOfLine(bytes, from: lineStart)
            if lineEnd == lineStart { break }
            guard fields.count < limits.headerCount else {
                throw HTTPViolation(431, "The request has more than \(limits.headerCount) header fields.")
            }
            fields.append(try Self.parseField(bytes, lineStart..<lineEnd))
            lineStart = lineEnd + 2
        }
        try parseTarget(target)
        try interpretFields(limits: limits)
    }

    private static func endOfLine(_ bytes: borrowing Span<UInt8>, from start: Int) throws(HTTPViolation) -> Int {
        var index = start
        while index < bytes.count {
            if bytes[index] == .carriageReturn {
                guard index + 1 < bytes.count, bytes[index + 1] == .lineFeed else {
                    throw HTTPViolation(400, "A carriage return stands alone in the head of the request.")
                }
                return index
            }
            index += 1
        }
        throw HTTPViolation(400, "A line in the head of the request does not end.")
    }

    /// `METHOD SP target SP HTTP/1.x`; returns where the target stands.
    private mutating func parseRequestLine(_ line: Range<Int>) throws(HTTPViolation) -> Range<Int> {
        let head = head
        let bytes = head.span
        var index = line.lowerBound
        while index < line.upperBound, bytes[index].isTokenCharacter { index += 1 }
        let name = line.lowerBound..<index
        guard !name.isEmpty, index < line.upperBound, bytes[index] == 0x20 else {
            throw HTTPViolation(400, "The request line does not begin with a method and one space.")
        }
        index += 1
        let start = index
        while index < line.upperBound, bytes[index] > 0x20, bytes[index] < 0x7F { index += 1 }
        let target = start..<index
        guard !target.isEmpty, index < line.upperBound, bytes[index] == 0x20 else {
            throw HTTPViolation(400, "The request line has no target, or one with characters that must be percent-encoded.")
        }
        let version = text(index + 1..<line.upperBound)
        switch version {
        case "HTTP/1.1": minorVersion = 1
        case "HTTP/1.0": minorVersion = 0
        default:
            guard let (major, minor) = Self.parseVersion(version) else {
                throw HTTPViolation(400, "The request line does not end with an HTTP version.")
            }
            guard major == 1 else { throw HTTPViolation(505, "This server speaks HTTP/1.1, not \(version).") }
            minorVersion = min(minor, 1)
        }
        guard let method = Self.method(text(name)) else {
            throw HTTPViolation(501, "No route of this server knows the method \(text(name)).")
        }
        self.method = method
        return target
    }

    private static func method(_ name: String) -> HTTPMethod? {
        switch name {
        case "GET": .get
        case "POST": .post
        case "PUT": .put
        case "DELETE": .delete
        case "PATCH": .patch
        case "HEAD": .head
        case "OPTIONS": .options
        case "TRACE": .trace
        case "QUERY": .query
        default: nil
        }
    }

    /// `HTTP/` digit `.` digit, as RFC 9112 has it.
    private static func parseVersion(_ text: String) -> (major: Int, minor: Int)? {
        let bytes = Array(text.utf8)
        guard bytes.count == 8, text.hasPrefix("HTTP/"), bytes[6] == UInt8(ascii: ".") else { return nil }
        guard case 0x30...0x39 = bytes[5], case 0x30...0x39 = bytes[7] else { return nil }
        return (Int(bytes[5] - 0x30), Int(bytes[7] - 0x30))
    }

    private static func parseField(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) throws(HTTPViolation) -> Field {
        guard !bytes[line.lowerBound].isBlank else {
            throw HTTPViolation(400, "A header field is folded over several lines; send it in one.")
        }
        var index = line.lowerBound
        while index < line.upperBound, bytes[index].isTokenCharacter { index += 1 }
        guard index > line.lowerBound, index < line.upperBound, bytes[index] == UInt8(ascii: ":") else {
            throw HTTPViolation(400, "A header field does not begin with a name and a colon.")
        }
        let name = line.lowerBound..<index
        var start = index + 1
        var end = line.upperBound
        while start < end, bytes[start].isBlank { start += 1 }
        while end > start, bytes[end - 1].isBlank { end -= 1 }
        for position in start..<end where !bytes[position].isFieldCharacter {
            throw HTTPViolation(400, "A header field has a control character in its value.")
        }
        return Field(name: name, value: start..<end)
    }

    /// `/path?query`, `http://host/path?query`, or `*` for OPTIONS.
    private mutating func parseTarget(_ target: Range<Int>) throws(HTTPViolation) {
        let head = head
        let bytes = head.span
        var start = target.lowerBound
        if bytes[start] == UInt8(ascii: "*"), target.count == 1, method == .options {
            path = start..<start
            return
        }
        if bytes[start] != UInt8(ascii: "/") {
            let schemes = ["http://", "https://"]
            guard
                let scheme = schemes.first(where: { target.count > $0.utf8.count && matches(start..<start + $0.utf8.count, $0) })
            else {
                throw HTTPViolation(400, "The target of the request begins neither with / nor with http://.")
            }
            start += scheme.utf8.count
            let authority = start
            while start < target.upperBound, bytes[start] != UInt8(ascii: "/"), bytes[start] != UInt8(ascii: "?") { start += 1 }
            host = authority..<start
        }
        var end = start
        while end < target.upperBound, bytes[end] != UInt8(ascii: "?") { end += 1 }
        for index in start..<target.upperBound where bytes[index] == UInt8(ascii: "#") {
            throw HTTPViolation(400, "The target of the request has a fragment (#…), which is never sent; encode # as %23.")
        }
        path = start..<end
        query = end < target.upperBound ? end + 1..<target.upperBound : nil
    }

    /// Framing, persistence, expectation and host.
    private mutating func interpretFields(limits: HTTPLimits) throws(HTTPViolation) {
        var lengthField: Range<Int>?
        var encoding: Range<Int>?
        var hosts = 0
        var hostField: Range<Int>?
        keepsAlive = minorVersion >= 1
        for field in fields {
            // Names are told apart by their length first: most fields are none of ours.
            switch field.name.count {
            case 4 where matches(field.name, "host"):
                hosts += 1
                hostField = field.value
            case 6 where matches(field.name, "expect"):
                guard matches(field.value, "100-continue") else {
                    throw HTTPViolation(417, "The only expectation this server meets is 100-continue.")
                }
                expectsContinue = minorVersion >= 1
            case 10 where matches(field.name, "connection"):
                interpretConnection(field.value)
            case 12 where matches(field.name, "content-type"): hasTable = isTable(field.value)
            case 14 where matches(field.name, "content-length"):
                guard lengthField == nil else { throw HTTPViolation(400, "The request has more than one Content-Length.") }
                lengthField = field.value
            case 15 where matches(field.name, "accept-encoding"): acceptEncoding = field.value
            case 16 where matches(field.name, "content-encoding"):
                guard contentEncoding == nil else { throw HTTPViolation(400, "The request has more than one Content-Encoding.") }
                contentEncoding = field.value
            case 17 where matches(field.name, "transfer-encoding"):
                guard encoding == nil else { throw HTTPViolation(400, "The request has more than one Transfer-Encoding.") }
                encoding = field.value
            default: break
            }
        }
        if contentEncoding != nil { hasTable = false }
        let length = try lengthField.map { field throws(HTTPViolation) in try parseLength(field, limits: limits) }
        if let encoding {
            guard minorVersion >= 1 else { throw HTTPViolation(400, "HTTP/1.0 has no Transfer-Encoding.") }
            guard length == nil else { throw HTTPViolation(400, "The request has both a Content-Length and a Transfer-Encoding.") }
            guard matches(encoding, "chunked") else {
                throw HTTPViolation(501, "The only Transfer-Encoding this server reads is chunked.")
            }
            framing = .chunked
        } else if let length {
            framing = length == 0 ? .none : .length(length)
        }
        guard hosts == 1 || hosts == 0 && minorVersion == 0 else {
            throw HTTPViolation(400, hosts == 0 ? "The request has no Host field." : "The request has more than one Host field.")
        }
        host = host ?? hostField
        if case .none = framing { expectsContinue = false }
    }

    private mutating func interpretConnection(_ value: Range<Int>) {
        let head = head
        let bytes = head.span
        var start = value.lowerBound
        while start < value.upperBound {
            var end = start
            while end < value.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            var word = start..<end
            while !word.isEmpty, bytes[word.lowerBound].isBlank { word = word.lowerBound + 1..<word.upperBound }
            while !word.isEmpty, bytes[word.upperBound - 1].isBlank { word = word.lowerBound..<word.upperBound - 1 }
            if matches(word, "close") {
                keepsAlive = false
                return
            }
            if matches(word, "keep-alive") { keepsAlive = true }
            start = end + 1
        }
    }

    private func isTable(_ type: Range<Int>) -> Bool {
        let name = MediaType.csv.rawValue.utf8.count
        guard type.count >= name, matches(type.lowerBound..<type.lowerBound + name, MediaType.csv.rawValue) else { return false }
        return type.count == name || !head.span[type.lowerBound + name].isTokenCharacter
    }

    /// Digits and nothing else: no sign, no blank, no list.
    private func parseLength(_ value: Range<Int>, limits: HTTPLimits) throws(HTTPViolation) -> Int {
        let bytes = head.span
        guard !value.isEmpty else { throw HTTPViolation(400, "The Content-Length is empty.") }
        let limit = limits.bodyBytes(ofTable: hasTable)
        var length = 0
        for index in value {
            guard case 0x30...0x39 = bytes[index] else { throw HTTPViolation(400, "The Content-Length is not a number.") }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            guard !overflow, !carry else { throw limits.bodyTooLarge(limit) }
            length = sum
        }
        guard length <= limit else { throw limits.bodyTooLarge(limit, length) }
        return length
    }
}

extension HTTPLimits {
    /// Bytes of a body that is read as it comes, or of any other.
    func bodyBytes(ofTable isTable: Bool) -> Int { isTable ? max(bodyBytes, storedBodyBytes) : bodyBytes }

    func bodyTooLarge(_ limit: Int, _ length: Int? = nil) -> HTTPViolation {
        HTTPViolation(413, "The body may have at most \(limit) bytes" + (length.map { "; this one has \($0)." } ?? "."))
    }
}
