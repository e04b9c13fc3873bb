import Ground

/// Writes terms in JSON form, with a stack of its own.
enum TermWriter {
    static func write(_ tree: TermTree, into buffer: inout ByteBuffer) {
        let storage = tree.storage
        var path: [(index: Int, nextChild: Int)] = [(storage.nodes.count - 1, 0)]
        while let (index, nextChild) = path.last {
            let node = storage.nodes[index]
            if node.type == .datum {
                write(storage.datums[Int(node.first)], into: &buffer)
                path.removeLast()
                continue
            }
            let argumentCount = Int(node.argumentCount), optionCount = Int(node.optionCount)
            let isObject = node.type == .makeObject
            if nextChild == 0 {
                if !isObject { buffer.append("[\(node.type.number)") }
                if argumentCount > 0 { buffer.append(",[") }
            }
            if nextChild > 0 && nextChild == argumentCount { buffer.append(UInt8(ascii: "]")) }
            if nextChild == argumentCount && (optionCount > 0 || isObject) { buffer.append(isObject ? "{" : ",{") }
            if nextChild == argumentCount + optionCount {
                if optionCount > 0 || isObject { buffer.append(UInt8(ascii: "}")) }
                if !isObject { buffer.append(UInt8(ascii: "]")) }
                path.removeLast()
                continue
            }
            if nextChild != 0 && nextChild != argumentCount { buffer.append(UInt8(ascii: ",")) }
            if nextChild >= argumentCount {
                Datum(storage.names[Int(node.firstName) + nextChild - argumentCount]).writeJSON(into: &buffer)
                buffer.append(UInt8(ascii: ":"))
            }
            path[path.count - 1].nextChild += 1
            path.append((Int(storage.children[Int(node.first) + nextChild]), 0))
        }
    }

    /// A literal: as JSON, except that arrays are `[2,[…]]`.
    private static func write(_ datum: Datum, into buffer: inout ByteBuffer) {
        DatumWalk.run(datum) { step in
            switch step {
            case .scalar(let value): value.writeJSON(into: &buffer)
            case .beginArray: buffer.append("[2,[")
            case .endArray: buffer.append("]]")
            case .beginObject: buffer.append("{")
            case .endObject: buffer.append("}")
            case .key(let key):
                Datum(key).writeJSON(into: &buffer)
                buffer.append(":")
            case .separator: buffer.append(",")
            }
        }
    }
}

/// Goes through a value in the order in which it is written, with a stack of its own.
enum DatumWalk {
    enum Step {
        case scalar(Datum)
        case beginArray, endArray, beginObject, endObject, separator
        case key(String)
    }

    static func run(_ datum: Datum, _ visit: (Step) -> Void) {
        var path: [(datum: Datum, next: Int)] = []
        func enter(_ datum: Datum) {
            switch datum.kind {
            case .array:
                visit(.beginArray)
                path.append((datum, 0))
            case .object:
                visit(.beginObject)
                path.append((datum, 0))
            default: visit(.scalar(datum))
            }
        }
        enter(datum)
        while let (datum, next) = path.last {
            if next == datum.count {
                visit(datum.kind == .array ? .endArray : .endObject)
                path.removeLast()
                continue
            }
            if next > 0 { visit(.separator) }
            if datum.kind == .object { visit(.key(datum.key(at: next))) }
            path[path.count - 1].next += 1
            enter(datum[next])
        }
    }
}
