import Catalog
import Ground

/// The declaration of a sequence from the options of CREATE SEQUENCE.
enum SequenceBuilder {
    private static func bounds(of type: SQLType) -> (Int64, Int64)? {
        switch type.oid {
        case SQLType.int2.oid: (Int64(Int16.min), Int64(Int16.max))
        case SQLType.int4.oid: (Int64(Int32.min), Int64(Int32.max))
        case SQLType.int8.oid: (.min, .max)
        default: nil
        }
    }

    static func content(
        _ options: [SequenceOption], type given: SQLType, _ definer: Definer, over old: Datum? = nil
    ) throws(SQLError) -> Datum {
        var type = given
        var texts: [String: String] = [:]
        for field in ["start", "increment", "minimum", "maximum", "cache", "last"] { texts[field] = old?[field: field]?.string }
        var cycles = old?[field: "cycle"]?.bool ?? false
        var isCalled = old?[field: "is_called"]?.bool ?? false
        var restart: String??
        // Bounds that are those of the type before become those of the new one.
        var resets = (minimum: false, maximum: false)
        for option in options {
            switch option.kind {
            case .type(let name):
                type = try TypeNames.resolve(name, definer.binder)
                let before = old.map { SQLType(UInt32(clamping: $0[field: "type"]?.integer ?? 20)) }.flatMap(Self.bounds(of:))
                if let before, texts["maximum"] == String(before.1) { (texts["maximum"], resets.maximum) = (nil, true) }
                if let before, texts["minimum"] == String(before.0) { (texts["minimum"], resets.minimum) = (nil, true) }
            case .increment(let digits): texts["increment"] = digits
            case .start(let digits): texts["start"] = digits
            case .cache(let digits): texts["cache"] = digits
            case .minimum(let digits): texts["minimum"] = digits
            case .maximum(let digits): texts["maximum"] = digits
            case .cycle(let flag): cycles = flag
            case .restart(let digits): restart = .some(digits)
            case .owned, .name, .logged: break
            }
        }
        guard let bounds = Self.bounds(of: type) else {
            throw definer.error("22023", "sequence type must be smallint, integer, or bigint")
        }
        func number(_ field: String, _ otherwise: Int64) throws(SQLError) -> Int64 {
            guard let text = texts[field] else { return otherwise }
            guard let number = Int64(text) else { throw definer.error("22003", "value \"\(text)\" is out of range for type bigint") }
            return number
        }
        let increment = try number("increment", 1)
        guard increment != 0 else { throw definer.error("22023", "INCREMENT must not be zero") }
        let minimum = try number("minimum", increment > 0 && !resets.minimum ? 1 : bounds.0)
        let maximum = try number("maximum", increment > 0 || resets.maximum ? bounds.1 : -1)
        guard minimum >= bounds.0, minimum <= bounds.1 else {
            throw definer.error("22023", "MINVALUE (\(minimum)) is out of range for sequence data type \(definer.binder.typeName(type))")
        }
        guard maximum <= bounds.1, maximum >= bounds.0 else {
            throw definer.error("22023", "MAXVALUE (\(maximum)) is out of range for sequence data type \(definer.binder.typeName(type))")
        }
        guard minimum < maximum else { throw definer.error("22023", "MINVALUE (\(minimum)) must be less than MAXVALUE (\(maximum))") }
        let start = try number("start", increment > 0 ? minimum : maximum)
        guard start >= minimum else { throw definer.error("22023", "START value (\(start)) cannot be less than MINVALUE (\(minimum))") }
        guard start <= maximum else { throw definer.error("22023", "START value (\(start)) cannot be greater than MAXVALUE (\(maximum))") }
        let cache = try number("cache", 1)
        guard cache > 0 else { throw definer.error("22023", "CACHE (\(cache)) must be greater than zero") }
        var last = try number("last", start)
        if let restart {
            last =
                try restart.map { text throws(SQLError) -> Int64 in
                    guard let number = Int64(text) else {
                        throw definer.error("22003", "value \"\(text)\" is out of range for type bigint")
                    }
                    return number
                } ?? start
            isCalled = false
        }
        if old == nil { last = start }
        // Where it stands is held to new bounds, too, unless it is told where to go on.
        guard last >= minimum else { throw definer.error("22023", "RESTART value (\(last)) cannot be less than MINVALUE (\(minimum))") }
        guard last <= maximum else {
            throw definer.error("22023", "RESTART value (\(last)) cannot be greater than MAXVALUE (\(maximum))")
        }
        let fields: [(String, Datum?)] = [
            ("id", old?[field: "id"] ?? Datum(UUID.random().description)), ("type", Datum(Int(type.oid))), ("start", Datum(String(start))),
            ("increment", Datum(String(increment))), ("minimum", Datum(String(minimum))), ("maximum", Datum(String(maximum))),
            ("cache", Datum(String(cache))), ("cycle", Datum(cycles)), ("last", Datum(String(last))), ("is_called", Datum(isCalled)),
        ]
        // Whose column owns it and what is said of it stay as they are.
        let others = old.map { old in
            (0..<old.count).filter { place in !fields.contains { $0.0 == old.key(at: place) } }.map { (old.key(at: $0), Optional(old[$0])) }
        }
        return Datum.fields(fields + (others ?? []))
    }
}
