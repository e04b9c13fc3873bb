/// A status code of HTTP and its phrase.
struct HTTPStatus: Sendable, Hashable, ExpressibleByIntegerLiteral {
    let code: Int

    init(_ code: Int) { self.code = code }
    init(integerLiteral code: Int) { self.code = code }

    /// 1xx, 204 and 304 answers end with their head, whatever it says.
    var allowsBody: Bool { code >= 200 && code != 204 && code != 304 }

    var phrase: String {
        switch code {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: "Status"
        }
    }
}

/// A client's offence against HTTP's rules or our limits, and the status that says so. The connection cannot be trusted to be in step
/// afterwards, so it closes after the answer.
struct HTTPViolation: Error, Sendable, Hashable {
    let status: HTTPStatus
    let detail: String

    init(_ status: HTTPStatus, _ detail: String) {
        self.status = status
        self.detail = detail
    }
}
