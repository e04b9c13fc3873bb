import Ground

/// What a shape says of each field of a document, made ready to be read and written: where its element stands among the others, its tags.
///
/// Only what nothing new would be learned from is in it. All of it stays so as long as the shape has learned nothing.
struct XMLPlan {
    /// A field whose element the shape knows.
    struct Field: BitwiseCopyable {
        /// Where its texts begin, which stand side by side: `"name":`, `<name`, `</name>`.
        let textStart: Int
        let nameCount: Int
        /// The bytes of a prefix, which must be declared where the element stands.
        let prefixCount: Int
        let place: Int
        /// Where the element stands among those of its parent.
        let rank: Int
        /// Whether its parent would be taken for a list if it had no other element.
        let makesList: Bool
    }

    struct Place: BitwiseCopyable {
        /// Its fields stand side by side, in the order of their names.
        fileprivate(set) var firstField = 0
        fileprivate(set) var fieldCount = 0
        /// How the field `id` stands in XML, if that is known.
        fileprivate(set) var identifier: XMLShape.IdentifierForm?
        /// Whether two values or more of an array are elements of the field's own name.
        fileprivate(set) var isRepeated = false
        /// The field of one value of an array that is an element with elements in it.
        fileprivate(set) var one: Int?
        /// Whether there must be a hint that such an element is a list.
        fileprivate(set) var isHintedList = false
    }

    private(set) var fields: [Field] = []
    private(set) var places: [Place] = []
    private var text = ByteBuffer()
    /// The shape's when the plan was made.
    let learnedCount: Int

    init(_ shape: XMLShape) {
        learnedCount = shape.learnedCount
        places = Array(repeating: Place(), count: shape.places.count)
        // The record's own name says nothing of lists.
        add(XMLShape.top, named: "", shape)
    }

    /// Adds a place and those in it. Recursion is bounded by the number of names.
    private mutating func add(_ number: Int, named name: String, _ shape: XMLShape) {
        let known = shape.places[number]
        var children: [(name: String, place: Int, rank: Int)] = []
        for (rank, child) in known.children.enumerated() {
            if Self.canStandAlone(child.name) { children.append((child.name, child.place, rank)) }
        }
        children.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var place = Place()
        place.firstField = fields.count
        place.fieldCount = children.count
        place.identifier = known.identifier
        for child in children {
            let makesList = XMLShape.isPlural(name, of: child.name) || known.list == .elements(named: child.name)
            let prefix = XMLValues.prefix(ofName: child.name) ?? ""
            fields.append(
                Field(
                    textStart: text.count, nameCount: child.name.utf8.count, prefixCount: prefix == "xml" ? 0 : prefix.utf8.count,
                    place: child.place, rank: child.rank, makesList: makesList))
            text.append("\"\(child.name)\":<\(child.name)</\(child.name)>")
        }
        func field(_ name: String) -> Int? { children.firstIndex { $0.name == name }.map { place.firstField + $0 } }
        switch known.list {
        case .elements(let name): place.one = field(name)
        case .repeated:
            place.isRepeated = true
            place.one = field("item")
            place.isHintedList = true
        case nil where XMLShape.singular(name) == nil:
            // Two values would be elements of this name from now on: that is still to be learned.
            place.one = field("item")
            place.isHintedList = true
        case nil: break
        }
        places[number] = place
        for child in children { add(child.place, named: child.name, shape) }
    }

    /// Whether an element can have the name wherever its prefix is declared.
    private static func canStandAlone(_ name: String) -> Bool {
        switch XMLValues.prefix(ofName: name) {
        case nil, "xmlns", XMLHint.prefix, "xsi": false
        default: true
        }
    }

    // MARK: Questions

    /// The key as it stands in front of its value, with its quotes and the colon.
    @inline(__always) func lead(_ field: Field) -> Bytes { bytes(field, from: 0, count: field.nameCount + 3) }

    /// The start tag, but for what closes it.
    @inline(__always) func startTag(_ field: Field) -> Bytes { bytes(field, from: field.nameCount + 3, count: field.nameCount + 1) }

    @inline(__always) func endTag(_ field: Field) -> Bytes { bytes(field, from: 2 * field.nameCount + 4, count: field.nameCount + 3) }

    /// The prefix, if there is one that must be declared.
    @inline(__always) func prefix(_ field: Field) -> Bytes { bytes(field, from: 1, count: field.prefixCount) }

    @inline(__always) private func bytes(_ field: Field, from offset: Int, count: Int) -> Bytes {
        let start = field.textStart + offset
        return text.raw[start..<start + count]
    }

    /// The field of a place whose key begins the text.
    /// - Parameter guess: the one that mostly is it.
    @inline(__always) func field(_ text: Bytes, in place: Place, guess: Int) -> Int? {
        let end = place.firstField + place.fieldCount
        if guess >= place.firstField, guess < end {
            let lead = lead(fields[guess])
            if text.count >= lead.count, text[0..<lead.count] == lead { return guess }
        }
        return search(text, in: place)
    }

    @inline(never) private func search(_ text: Bytes, in place: Place) -> Int? {
        var end = 1
        while end < text.count, text[end] != UInt8(ascii: "\"") { end += 1 }
        guard end + 1 < text.count, text[0] == UInt8(ascii: "\""), text[end + 1] == UInt8(ascii: ":") else { return nil }
        return field(named: text[1..<end], in: place, guess: -1)
    }

    @inline(__always) private func name(_ field: Field) -> Bytes { bytes(field, from: 1, count: field.nameCount) }

    /// The field of a place that has the name.
    /// - Parameter guess: the one that mostly is it.
    @inline(__always) func field(named name: Bytes, in place: Place, guess: Int) -> Int? {
        let end = place.firstField + place.fieldCount
        if guess >= place.firstField, guess < end, self.name(fields[guess]) == name { return guess }
        var (low, high) = (place.firstField, end)
        while low < high {
            let middle = (low + high) / 2
            let order = Bytes.compare(name, self.name(fields[middle]))
            if order == 0 { return middle }
            if order < 0 { high = middle } else { low = middle + 1 }
        }
        return nil
    }
}
