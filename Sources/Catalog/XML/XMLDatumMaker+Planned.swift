import Ground
import XML

/// Records in which the shape knows every element: made without a question to it, so that nothing is learned.
extension XMLDatumMaker {
    /// Appends the record, or a part of it and returns false: then ``appendRecord(to:)`` must make it anew.
    func appendKnownRecord(_ plan: XMLPlan, to builder: inout DatumBuilder) throws -> Bool {
        guard tape.problem == nil, reading.lists.isEmpty, tape.nodes[0].hint == .none else { return false }
        return try appendParts(0, plan.places[XMLShape.top], plan, isRecord: true, to: &builder)
    }

    /// Recursion is bounded by the depth of a document.
    private func append(_ index: Int, _ field: XMLPlan.Field, _ plan: XMLPlan, to builder: inout DatumBuilder) throws -> Bool {
        let node = tape.nodes[index]
        guard node.hint == .none else { return false }
        if node.end == index + 1 {
            try append(text: .empty, .none, to: &builder)
        } else if node.end == index + 2, tape.nodes[index + 1].kind == .text {
            try append(text: tape.text(tape.nodes[index + 1]), .none, to: &builder)
        } else {
            return try appendParts(index, plan.places[field.place], plan, isRecord: false, to: &builder)
        }
        return true
    }

    /// Appends an element that has attributes or elements, or is a record.
    private func appendParts(
        _ index: Int, _ place: XMLPlan.Place, _ plan: XMLPlan, isRecord: Bool, to builder: inout DatumBuilder
    ) throws -> Bool {
        let end = tape.nodes[index].end
        var first = index + 1
        var hasIdentifier = false
        while first < end, tape.nodes[first].kind == .attribute {
            if tape.name(tape.nodes[first]).equals("id") { hasIdentifier = true }
            first += 1
        }
        let hasAttributes = first > index + 1
        guard let (elementCount, text) = elements(from: first, to: end) else { return false }
        if elementCount == 0 {
            try builder.beginObject()
            try appendAttributes(index, to: &builder)
            if !isRecord || text.trimmed.count > 0 {
                builder.key("#")
                try append(text: text, .none, to: &builder)
            }
            try builder.endObject()
            return true
        }
        if tape.nodes[first].kind == .text { first = tape.nodes[first].end }
        if !isRecord, !hasAttributes {
            guard let number = field(first, in: place, plan, guess: place.firstField) else { return false }
            if plan.fields[number].makesList, run(from: first, to: end).count == elementCount {
                guard place.one == number, !place.isHintedList else { return false }
                return try appendArray(first, elementCount, plan.fields[number], plan, to: &builder)
            }
        }
        guard !hasIdentifier || place.identifier == .attribute else { return false }
        try builder.beginObject()
        try appendAttributes(index, to: &builder)
        var guess = place.firstField
        var rank = -1
        while first < end {
            guard tape.nodes[first].kind == .element else {
                first = tape.nodes[first].end
                continue
            }
            guard let number = field(first, in: place, plan, guess: guess) else { return false }
            let field = plan.fields[number]
            let name = tape.name(tape.nodes[first])
            // What is out of order is kept in its own.
            guard field.rank > rank, !name.equals("id") || place.identifier == .element && !hasIdentifier else { return false }
            (rank, guess) = (field.rank, number + 1)
            try append(key: name, to: &builder)
            let run = run(from: first, to: end)
            if run.count == 1 {
                guard try append(first, field, plan, to: &builder) else { return false }
            } else {
                guard plan.places[field.place].isRepeated, try appendArray(first, run.count, field, plan, to: &builder) else {
                    return false
                }
            }
            first = run.end
        }
        try builder.endObject()
        return true
    }

    /// Counts the elements of a range of children, and returns its text; nil if there is more than blanks between elements, or something
    /// else.
    private func elements(from first: Int, to end: Int) -> (count: Int, text: Bytes)? {
        var (count, text, isBlank) = (0, Bytes.empty, true)
        var child = first
        while child < end {
            let node = tape.nodes[child]
            switch node.kind {
            case .element: count += 1
            case .text:
                text = tape.text(node)
                if text.trimmed.count > 0 { isBlank = false }
            default: return nil
            }
            child = node.end
        }
        return count == 0 || isBlank ? (count, text) : nil
    }

    private func field(_ element: Int, in place: XMLPlan.Place, _ plan: XMLPlan, guess: Int) -> Int? {
        let node = tape.nodes[element]
        return node.isField ? nil : plan.field(named: tape.name(node), in: place, guess: guess)
    }

    /// How many elements of one name follow each other from an element on, and where the last of them ends.
    private func run(from first: Int, to end: Int) -> (count: Int, end: Int) {
        let node = tape.nodes[first]
        let name = tape.name(node)
        var (count, child, last) = (1, node.end, node.end)
        while child < end {
            let node = tape.nodes[child]
            if node.kind == .element {
                guard tape.name(node) == name else { break }
                count += 1
                last = node.end
            }
            child = node.end
        }
        return (count, last)
    }

    /// Appends as many elements as are said, which stand side by side, as an array.
    private func appendArray(
        _ first: Int, _ count: Int, _ field: XMLPlan.Field, _ plan: XMLPlan, to builder: inout DatumBuilder
    ) throws -> Bool {
        try builder.beginArray()
        var (child, left) = (first, count)
        while left > 0 {
            let node = tape.nodes[child]
            if node.kind == .element {
                guard !node.isField, try append(child, field, plan, to: &builder) else { return false }
                left -= 1
            }
            child = node.end
        }
        try builder.endArray()
        return true
    }
}
