// The targets of what the server's ports take.

let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "request": fuzzRequests, "route": fuzzRoutes, "json": fuzzJSON, "gzip": fuzzGzip, "deflate": fuzzDeflate, "handshake": fuzzHandshake,
    "frame": fuzzFrames, "term": fuzzTerms, "text": fuzzText, "statement": fuzzStatements, "postgres": fuzzPostgres,
]
