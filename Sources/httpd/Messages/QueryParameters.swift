import Ground
import ReQLish

/// The parameters of a request's query: `?limit=10&cursor=…`.
struct QueryParameters: Sendable {
    private var values: [(name: String, value: String)] = []

    /// A name that the route does not have for the method is an error, so that a misspelt one is not silently without effect.
    init(_ request: borrowing HTTPRequest, of route: Route?) throws(Problem) {
        guard let query = request.query, !query.isEmpty else { return }
        let known = route?.parameters.filter { $0.place == .query }.map(\.name) ?? []
        let head = request.head
        let bytes = head.span
        var start = query.lowerBound
        while start < query.upperBound {
            var end = start
            while end < query.upperBound, bytes[end] != UInt8(ascii: "&") { end += 1 }
            if start < end {
                var equals = start
                while equals < end, bytes[equals] != UInt8(ascii: "=") { equals += 1 }
                guard let name = PercentEncoding.decode(bytes.extracting(start..<equals), plusIsSpace: true),
                    let value = PercentEncoding.decode(bytes.extracting(min(equals + 1, end)..<end), plusIsSpace: true)
                else { throw .request(400, "The query of the request's target is not percent-encoded UTF-8.") }
                guard known.contains(name) else {
                    let list = known.isEmpty ? "none" : known.joined(separator: ", ")
                    throw .request(400, "The route has no parameter `\(name)`; it has \(list).")
                }
                guard self[name] == nil else { throw .request(400, "The parameter `\(name)` is given twice.") }
                values.append((name, value))
            }
            start = end + 1
        }
    }

    subscript(_ name: String) -> String? {
        for entry in values where entry.name == name { return entry.value }
        return nil
    }

    /// A whole number; nil if the parameter is not given.
    func integer(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let value = self[name] else { return nil }
        // `Int` reads `+5` too.
        guard let first = value.utf8.first, first != UInt8(ascii: "+"), let number = Int(value), range.contains(number) else {
            throw .request(400, "The parameter `\(name)` is a number from \(range.lowerBound) to \(range.upperBound), not `\(value)`.")
        }
        return number
    }

    /// A value among a few; nil if the parameter is not given.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, as type: Choice.Type
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let value = self[name] else { return nil }
        guard let choice = Choice(rawValue: value) else {
            let list = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .request(400, "The parameter `\(name)` is one of \(list), not `\(value)`.")
        }
        return choice
    }
}
