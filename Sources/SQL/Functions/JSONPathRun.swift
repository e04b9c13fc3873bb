import Catalog

/// The following of one path through one value.
///
/// What is found is handed out as it comes, so that whoever wants the first only has no more looked for. Source of what lax and strict mode do:
/// chapter 9.16.2 of PostgreSQL's manual.
final class JSONPathRun {
    typealias Found = (JSONPathItem) throws(JSONPathFault) -> Bool
    typealias Steps = ArraySlice<JSONPath.Step>

    let path: JSONPath
    let root: JSONPathItem
    private let variables: Datum?
    let usesZone: Bool
    let session: any SQLSession
    private var current: JSONPathItem
    /// Of the array whose elements are being counted out.
    private var elementCount: Int?
    /// Whether what has not the structure that a step expects is passed over.
    private var ignoresStructure: Bool
    var generatedCount = 2
    /// Whether the last step need not hand out what it finds, but that there is something.
    var asksForExistence = false
    private var depth = 0
    private static let depthLimit = 2000
    private let held: CountedBytes
    let tellsPlaces: Bool

    var isLax: Bool { !path.isStrict }

    init(_ path: JSONPath, _ root: Datum, _ variables: Datum?, usesZone: Bool, _ session: any SQLSession) throws(SQLError) {
        guard variables.map({ $0.kind == .object }) ?? true else {
            throw SQLError(
                .invalidParameterValue, "\"vars\" argument is not an object",
                detail: "Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
        }
        self.path = path
        self.root = JSONPathItem(root)
        self.variables = variables
        self.usesZone = usesZone
        self.session = session
        current = self.root
        ignoresStructure = !path.isStrict
        held = try CountedBytes()
        tellsPlaces = path.hasKeyvalue
    }

    /// All that the path finds.
    ///
    /// - Parameter silently: an error ends the list then, behind what was found before it.
    func all(silently isSilent: Bool = false) throws(JSONPathFault) -> [JSONPathItem] {
        var list: [JSONPathItem] = []
        do throws(JSONPathFault) {
            try gather(path.expression, root, unwrapping: false, &list)
        } catch {
            guard isSilent, case .suppressible = error else { throw error }
        }
        return list
    }

    // MARK: Steps

    /// Goes on from an item. Returns whether there may be more.
    private func goOn(_ steps: Steps, _ item: JSONPathItem, _ found: Found) throws(JSONPathFault) -> Bool {
        steps.isEmpty ? try found(item) : try follow(steps, item, unwrapping: isLax, found)
    }

    func follow(_ steps: Steps, _ item: JSONPathItem, unwrapping: Bool, _ found: Found) throws(JSONPathFault) -> Bool {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw .other(SQLError(.statementTooComplex, "stack depth limit exceeded by a jsonpath")) }
        do throws(SQLError) { try QueryMemory.checkStopped() } catch { throw .other(error) }
        guard let step = steps.first else { return try found(item) }
        let rest = steps.dropFirst()
        /// In lax mode most steps go into the elements of an array.
        func unwrapped() throws(JSONPathFault) -> Bool? {
            guard unwrapping, let array = item.array else { return nil }
            for place in 0..<array.count {
                guard try follow(steps, element(place, of: item, array), unwrapping: false, found) else { return false }
            }
            return true
        }
        func fail(_ state: String, _ message: String) throws(JSONPathFault) -> Bool {
            if ignoresStructure { return true }
            throw JSONPathFault(state, message)
        }
        switch step {
        case .null: return try goOn(rest, JSONPathItem(.null), found)
        case .bool(let bool): return try goOn(rest, JSONPathItem(Datum(bool)), found)
        case .number(let number): return try goOn(rest, self.item(number), found)
        case .string(let string): return try goOn(rest, JSONPathItem(Datum(string)), found)
        case .variable(let name):
            // The operators know no variables: all are null.
            guard let value = variables.map({ $0[field: name] }) ?? .null else {
                throw .other(SQLError(.undefinedObject, "could not find jsonpath variable \"\(name)\""))
            }
            return try goOn(rest, JSONPathItem(.json(value), base: 1), found)
        case .root: return try goOn(rest, root, found)
        case .current: return try goOn(rest, current, found)
        case .last:
            guard let elementCount else { throw .other(SQLError(.syntaxError, "evaluating jsonpath LAST outside of array subscript")) }
            return try goOn(rest, JSONPathItem(Datum(elementCount - 1)), found)
        case .and, .or, .not, .isUnknown, .exists, .comparison, .startsWith, .likeRegex:
            let truth = try truth(of: step, item)
            return try goOn(rest, JSONPathItem(truth.map { Datum($0) } ?? .null), found)
        case .arithmetic(let operation, let one, let two):
            return try goOn(rest, arithmetic(operation, one, two, item), found)
        case .sign(let isMinus, let operand):
            for one in try all(operand, item, unwrapping: true) {
                guard let number = one.number else {
                    // What is nobody's number is not there, as PostgreSQL has it.
                    if rest.isEmpty, asksForExistence { continue }
                    throw JSONPathFault("2203B", "operand of unary jsonpath operator \(isMinus ? "-" : "+") is not a numeric value")
                }
                guard try goOn(rest, self.item(isMinus ? number.negated : number), found) else { return false }
            }
            return true
        case .anyElement:
            guard let array = item.array else {
                if isLax { return try goOn(rest, item, found) }
                return try fail("22039", "jsonpath wildcard array accessor can only be applied to an array")
            }
            for place in 0..<array.count {
                guard try goOn(rest, element(place, of: item, array), found) else { return false }
            }
            return true
        case .elements(let subscripts): return try elements(subscripts, rest, item, found)
        case .anyField:
            guard let object = item.object else {
                if let more = try unwrapped() { return more }
                return try fail("2203C", "jsonpath wildcard member accessor can only be applied to an object")
            }
            for place in JSONText.fieldOrder(object) {
                guard try goOn(rest, field(place, of: item, object), found) else { return false }
            }
            return true
        case .field(let name):
            guard let object = item.object else {
                if let more = try unwrapped() { return more }
                return try fail("2203A", "jsonpath member accessor can only be applied to an object")
            }
            guard let value = object[field: name] else {
                return try fail("2203A", "JSON object does not contain key \"\(name)\"")
            }
            if tellsPlaces, let place = JSONText.fieldOrder(object).first(where: { object.key(at: $0) == name }) {
                return try goOn(rest, field(place, of: item, object), found)
            }
            return try goOn(rest, JSONPathItem(.json(value), base: item.base), found)
        case .levels(let first, let last):
            if first == 0 {
                guard try ignoringStructure({ () throws(JSONPathFault) in try goOn(rest, item, found) }) else { return false }
            }
            return try levels(first, last, 1, rest, item, found)
        case .filter(let condition):
            if let more = try unwrapped() { return more }
            let outer = current
            current = item
            defer { current = outer }
            guard try truth(of: condition[0], item) == true else { return true }
            current = outer
            return try goOn(rest, item, found)
        case .method(.type): return try goOn(rest, JSONPathItem(Datum(item.typeName)), found)
        case .method(.size):
            if let array = item.array { return try goOn(rest, JSONPathItem(Datum(array.count)), found) }
            if isLax { return try goOn(rest, JSONPathItem(Datum(1)), found) }
            return try fail("22039", "jsonpath item method .size() can only be applied to an array")
        case .method(.keyvalue):
            guard let object = item.object else {
                if let more = try unwrapped() { return more }
                throw JSONPathFault("2203C", "jsonpath item method .keyvalue() can only be applied to an object")
            }
            let id = Datum(Double(item.base * 10_000_000_000 + item.offset))
            for place in JSONText.fieldOrder(object) {
                let pair = Datum(fields: [("id", id), ("key", Datum(object.key(at: place))), ("value", object[place])])
                generatedCount += 1
                guard try goOn(rest, JSONPathItem(.json(pair), base: generatedCount - 1), found) else { return false }
            }
            return true
        case .method(let method):
            if let more = try unwrapped() { return more }
            return try goOn(rest, try number(method, item), found)
        case .datetime(let template):
            if let more = try unwrapped() { return more }
            guard let text = item.datum?.string else {
                throw JSONPathFault("22031", "jsonpath item method .datetime() can only be applied to a string")
            }
            let time: JSONPathTime
            do throws(SQLError) { time = try JSONPathTime(text, template: template) } catch { throw .suppressible(error) }
            return try goOn(rest, JSONPathItem(.time(time)), found)
        }
    }

    private func ignoringStructure(_ body: () throws(JSONPathFault) -> Bool) throws(JSONPathFault) -> Bool {
        let outer = ignoresStructure
        ignoresStructure = true
        defer { ignoresStructure = outer }
        return try body()
    }

    /// What is so many levels below an item, the upper levels first.
    private func levels(
        _ first: UInt32, _ last: UInt32, _ level: UInt32, _ rest: Steps, _ item: JSONPathItem, _ found: Found
    ) throws(JSONPathFault) -> Bool {
        guard level <= last, let datum = item.datum, datum.kind == .array || datum.kind == .object else { return true }
        depth += 1
        defer { depth -= 1 }
        for place in datum.kind == .array ? Array(0..<datum.count) : JSONText.fieldOrder(datum) {
            let part = datum.kind == .array ? element(place, of: item, datum) : field(place, of: item, datum)
            let isContainer = part.datum.map { $0.kind == .array || $0.kind == .object } ?? false
            if level >= first || first == JSONPath.deepest && last == JSONPath.deepest && !isContainer {
                guard try ignoringStructure({ () throws(JSONPathFault) in try goOn(rest, part, found) }) else { return false }
            }
            guard try levels(first, last, level + 1, rest, part, found) else { return false }
        }
        return true
    }

    private func elements(
        _ subscripts: [JSONPath.Subscript], _ rest: Steps, _ item: JSONPathItem, _ found: Found
    ) throws(JSONPathFault) -> Bool {
        let array = item.array
        guard array != nil || isLax else {
            if ignoresStructure { return true }
            throw JSONPathFault("22039", "jsonpath array accessor can only be applied to an array")
        }
        let count = array?.count ?? 1
        for one in subscripts {
            let outer = elementCount
            elementCount = count
            defer { elementCount = outer }
            let first = try self.place(one.first, item)
            let last = try one.last.map { last throws(JSONPathFault) in try self.place(last, item) } ?? first
            if !ignoresStructure, first < 0 || first > last || last >= count {
                throw JSONPathFault("22033", "jsonpath array subscript is out of bounds")
            }
            var place = max(first, 0)
            while place <= min(last, count - 1) {
                let part = array.map { element(place, of: item, $0) } ?? item
                guard try goOn(rest, part, found) else { return false }
                place += 1
            }
        }
        return true
    }

    private func place(_ expression: JSONPath.Expression, _ item: JSONPathItem) throws(JSONPathFault) -> Int {
        let found = try all(expression, item, unwrapping: false)
        guard found.count == 1, let number = found[0].number else {
            throw JSONPathFault("22033", "jsonpath array subscript is not a single numeric value")
        }
        guard let place = number.truncated(toScale: 0).int64.flatMap({ Int32(exactly: $0) }) else {
            throw JSONPathFault("22033", "jsonpath array subscript is out of integer range")
        }
        return Int(place)
    }

    // MARK: Parts

    private func element(_ place: Int, of item: JSONPathItem, _ array: Datum) -> JSONPathItem {
        let offset = tellsPlaces ? item.offset + StoredJSONLayout.offset(ofElement: place, in: array, at: item.offset) : 0
        return JSONPathItem(.json(array[place]), base: item.base, offset: offset)
    }

    private func field(_ place: Int, of item: JSONPathItem, _ object: Datum) -> JSONPathItem {
        let offset = tellsPlaces ? item.offset + StoredJSONLayout.offset(ofField: place, in: object, at: item.offset) : 0
        return JSONPathItem(.json(object[place]), base: item.base, offset: offset)
    }

    // MARK: Lists

    /// All that an expression finds; arrays among it may be taken apart.
    func all(_ expression: JSONPath.Expression, _ item: JSONPathItem, unwrapping: Bool) throws(JSONPathFault) -> [JSONPathItem] {
        var list: [JSONPathItem] = []
        try gather(expression, item, unwrapping: unwrapping, &list)
        return list
    }

    private func gather(
        _ expression: JSONPath.Expression, _ item: JSONPathItem, unwrapping: Bool, _ list: inout [JSONPathItem]
    ) throws(JSONPathFault) {
        let outer = asksForExistence
        asksForExistence = false
        defer { asksForExistence = outer }
        _ = try follow(expression[...], item, unwrapping: isLax) { found throws(JSONPathFault) in
            if unwrapping, isLax, let array = found.array {
                for place in 0..<array.count { list.append(element(place, of: found, array)) }
            } else {
                list.append(found)
            }
            if list.count & 1023 == 0 {
                do throws(SQLError) { try held.take(1024 * MemoryLayout<JSONPathItem>.stride) } catch { throw .other(error) }
            }
            return true
        }
    }

    // MARK: Numbers

    func item(_ number: Numeric) throws(JSONPathFault) -> JSONPathItem {
        guard let datum = number.json else {
            throw .suppressible(SQLError(.numericValueOutOfRange, "value overflows numeric format"))
        }
        return JSONPathItem(datum)
    }

    private func arithmetic(
        _ operation: JSONPath.Arithmetic, _ one: JSONPath.Expression, _ two: JSONPath.Expression, _ item: JSONPathItem
    ) throws(JSONPathFault) -> JSONPathItem {
        let (left, right) = (try all(one, item, unwrapping: true), try all(two, item, unwrapping: true))
        func number(_ found: [JSONPathItem], _ side: String) throws(JSONPathFault) -> Numeric {
            guard found.count == 1, let number = found[0].number else {
                throw JSONPathFault("22038", "\(side) operand of jsonpath operator \(operation.rawValue) is not a single numeric value")
            }
            return number
        }
        let (a, b) = (try number(left, "left"), try number(right, "right"))
        let result: Numeric
        do throws(SQLError) {
            switch operation {
            case .add: result = try Numeric.add(a, b)
            case .subtract: result = try Numeric.subtract(a, b)
            case .multiply: result = try Numeric.multiply(a, b)
            case .divide: result = try Numeric.divide(a, b)
            case .remainder: result = try Numeric.remainder(a, b)
            }
        } catch {
            throw .suppressible(error)
        }
        return try self.item(result)
    }

    private func number(_ method: JSONPath.Method, _ item: JSONPathItem) throws(JSONPathFault) -> JSONPathItem {
        guard method == .double else {
            guard let number = item.number else {
                throw JSONPathFault("22036", "jsonpath item method .\(method.rawValue)() can only be applied to a numeric value")
            }
            switch method {
            case .abs: return try self.item(number.absolute)
            case .floor: return try self.item(number.floor)
            default: return try self.item(number.ceiling)
            }
        }
        if let number = item.number {
            guard number.double.isFinite else {
                throw JSONPathFault("22036", "numeric argument of jsonpath item method .double() is out of range for type double precision")
            }
            return item
        }
        guard let text = item.datum?.string else {
            throw JSONPathFault("22036", "jsonpath item method .double() can only be applied to a string or numeric value")
        }
        guard let double = try? TextInput.double(text, isSingle: false), double.isFinite else {
            throw JSONPathFault(
                "22036", "string argument of jsonpath item method .double() is not a valid representation of a double precision number")
        }
        return try self.item(Numeric(double))
    }
}
