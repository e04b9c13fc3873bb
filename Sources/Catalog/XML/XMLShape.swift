import Ground

/// What a table remembers of the XML that came into it, so that it goes out as it came: the names of the root and of the records, and
/// for each element the order of what stands in it, which a stored document does not have.
///
/// Reading and writing ask it the same questions in the same order, and it learns from both: so what one makes, the other one understands.
public struct XMLShape: Sendable, Hashable {
    /// How an array stands in XML.
    enum ListForm: Sendable, Hashable {
        /// As an element for each of its values, all of this name in one element: `<tags><tag/><tag/></tags>`.
        case elements(named: String)
        /// As the same element again and again.
        case repeated
    }

    /// How the field `id` stands in XML.
    enum IdentifierForm: String, Sendable, Hashable { case attribute, element }

    /// The elements that stand at one path under the record.
    struct Place: Sendable, Hashable {
        /// Names in their order, each with the number of its place.
        private(set) var children: [(name: String, place: Int)] = []
        /// Where they stand among the children.
        private(set) var positions: [String: Int] = [:]
        var list: ListForm?
        var identifier: IdentifierForm?

        mutating func insert(_ name: String, _ place: Int, at position: Int) {
            children.insert((name, place), at: position)
            for moved in position..<children.count { positions[children[moved].name] = moved }
        }

        static func == (a: Place, b: Place) -> Bool {
            a.list == b.list && a.identifier == b.identifier && a.children.elementsEqual(b.children) { $0 == $1 }
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(list)
            for child in children { hasher.combine(child.name) }
        }
    }

    /// The name of the element around the records, if there was one.
    public internal(set) var root: String?
    /// The name of a record.
    public internal(set) var record: String?
    /// That of the record is the first.
    private(set) var places = [Place()]

    /// More names are not remembered: elements of other names stand in the order of their names.
    static let mostNames = 1000
    /// The number of a place that is not remembered.
    static let nowhere = -1
    static let top = 0

    public init() {}

    /// Whether anything was learned.
    public var isEmpty: Bool { self == XMLShape() }

    // MARK: Questions

    /// The number of the place of elements of a name in those of another.
    mutating func place(of name: String, in parent: Int) -> Int {
        guard parent >= 0 else { return Self.nowhere }
        if let found = places[parent].positions[name] { return places[parent].children[found].place }
        guard places.count <= Self.mostNames else { return Self.nowhere }
        places[parent].insert(name, places.count, at: places[parent].children.count)
        places.append(Place())
        return places.count - 1
    }

    /// The number of such a place if it is remembered already.
    func known(_ name: String, in parent: Int) -> Int {
        guard parent >= 0, let position = places[parent].positions[name] else { return Self.nowhere }
        return places[parent].children[position].place
    }

    /// Whether elements of these names, one after the other, come in the order of the place. If so, those that are new are remembered.
    mutating func fits(_ names: [String], in place: Int) -> Bool {
        guard place >= 0 else { return zip(names, names.dropFirst()).allSatisfy { Self.precedes($0, $1) } }
        var last = -1
        for name in names {
            guard let position = places[place].positions[name] else { continue }
            guard position > last else { return false }
            last = position
        }
        guard Set(names).count == names.count else { return false }
        // What is new goes in front of the next one that is known.
        for (index, name) in names.enumerated() where places[place].positions[name] == nil {
            guard places.count <= Self.mostNames else { return false }
            let known = places[place].positions
            let next = names[(index + 1)...].lazy.compactMap { known[$0] }.first
            places[place].insert(name, places.count, at: next ?? known.count)
            places.append(Place())
        }
        return true
    }

    /// Names in the order of the place, those that it does not know behind them.
    func sorted(_ names: [String], in place: Int) -> [String] {
        let numbers = place >= 0 ? places[place].positions : [:]
        return names.sorted {
            let (a, b) = (numbers[$0] ?? .max, numbers[$1] ?? .max)
            return a != b ? a < b : Self.precedes($0, $1)
        }
    }

    /// A number that grows with everything that is learned of elements.
    var learnedCount: Int {
        places.reduce(places.count) { $0 + ($1.list == nil ? 0 : 1) + ($1.identifier == nil ? 0 : 1) }
    }

    func list(in place: Int) -> ListForm? { place >= 0 ? places[place].list : nil }

    /// Whether arrays of the place stand in this form, which is so from now on if it was not known.
    mutating func accepts(_ form: ListForm, in place: Int) -> Bool {
        guard place >= 0 else { return false }
        if places[place].list == nil { places[place].list = form }
        return places[place].list == form
    }

    func identifier(in place: Int) -> IdentifierForm? { place >= 0 ? places[place].identifier : nil }

    mutating func accepts(_ form: IdentifierForm, in place: Int) -> Bool {
        guard place >= 0 else { return form == .attribute }
        if places[place].identifier == nil { places[place].identifier = form }
        return places[place].identifier == form
    }

    private static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    // MARK: Plurals

    /// Whether an element of the name is a list of elements of the other: `tags` of `tag`, `boxes` of `box`, `entries` of `entry`.
    static func isPlural(_ name: String, of one: String) -> Bool {
        name == one + "s" || name == one + "es" || one.hasSuffix("y") && name == one.dropLast() + "ies"
    }

    /// What one of a list is called, if the name of the list says it.
    static func singular(_ name: String) -> String? {
        guard name.utf8.count > 1, name.hasSuffix("s"), !name.hasSuffix("ss"), !name.hasSuffix(":s") else { return nil }
        if name.hasSuffix("ies"), name.utf8.count > 3, !name.hasSuffix(":ies") { return name.dropLast(3) + "y" }
        for ending in ["ses", "xes", "zes", "ches", "shes"] where name.hasSuffix(ending) && name.utf8.count > ending.utf8.count {
            return String(name.dropLast(2))
        }
        return String(name.dropLast())
    }
}

// MARK: In the table's config

extension XMLShape {
    /// `{"root": …, "record": …, "places": {path: {"order": […], "list": …, "id": …}}}`.
    var datum: Datum? {
        guard !isEmpty else { return nil }
        var entries: [(String, Datum)] = []
        describe(Self.top, at: "", into: &entries)
        var fields: [(String, Datum)] = []
        if let root { fields.append(("root", Datum(root))) }
        if let record { fields.append(("record", Datum(record))) }
        if let places = try? Datum.object(entries) { fields.append(("places", places)) }
        return try? Datum.object(fields)
    }

    /// Recursion is bounded by the number of names.
    private func describe(_ number: Int, at path: String, into entries: inout [(String, Datum)]) {
        let place = places[number]
        var fields: [(String, Datum)] = []
        if !place.children.isEmpty, let order = try? Datum.array(place.children.map { Datum($0.name) }) { fields.append(("order", order)) }
        switch place.list {
        case .elements(let name): fields.append(("list", Datum(name)))
        case .repeated: fields.append(("list", .true))
        case nil: break
        }
        if let form = place.identifier { fields.append(("id", Datum(form.rawValue))) }
        if !fields.isEmpty, let entry = try? Datum.object(fields) { entries.append((path, entry)) }
        for child in place.children { describe(child.place, at: path.isEmpty ? child.name : "\(path)/\(child.name)", into: &entries) }
    }

    /// Reads what ``datum`` wrote; what can't be read is left out.
    init(datum: Datum?) {
        self.init()
        guard let datum else { return }
        root = datum[field: "root"]?.string
        record = datum[field: "record"]?.string
        // A path comes before those that begin with it.
        for (path, entry) in datum[field: "places"]?.fields ?? Datum.emptyObject.fields {
            var number = Self.top
            for name in path.split(separator: "/") { number = place(of: String(name), in: number) }
            guard number >= 0 else { continue }
            for name in entry[field: "order"]?.elements ?? Datum.emptyArray.elements {
                if let name = name.string { _ = place(of: name, in: number) }
            }
            if let list = entry[field: "list"] { places[number].list = list.string.map { .elements(named: $0) } ?? .repeated }
            places[number].identifier = entry[field: "id"]?.string.flatMap(IdentifierForm.init(rawValue:))
        }
    }
}
