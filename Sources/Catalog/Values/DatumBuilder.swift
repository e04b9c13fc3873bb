import Ground

/// Builds values of any shape in one buffer, front to back.
///
///     var builder = DatumBuilder()
///     try builder.beginObject()
///     builder.key("tags")
///     try builder.beginArray()
///     builder.append(string: "new")
///     try builder.endArray()
///     try builder.endObject()
///     let datum = builder.finish()
///
/// Calls that don't fit together (a value in an object without its key, an end without its begin) are mistakes of the caller
/// and stop the program. After an error the builder is good for nothing until ``reset()``.
public struct DatumBuilder: ~Copyable {
    /// The children of the containers that are still open, innermost last.
    var pending = GrowingBuffer<DatumNode>(capacity: 64)
    /// The children of closed containers, block after block; see ``DatumTree``.
    var nodes = GrowingBuffer<DatumNode>(capacity: 64)
    var text = GrowingBuffer<UInt8>(capacity: 512)
    var frames = GrowingBuffer<Frame>(capacity: 16)
    /// Whether an object with `$reql_type$` becomes what it stands for.
    let pseudoTypes: Bool
    let maximumDepth: Int
    private let maximumByteCount: Int
    /// What a large value counts against the query that makes it, with the tree that it becomes.
    private var charge = ValueCharge()

    /// A container that is still open.
    struct Frame: BitwiseCopyable {
        var firstPending: Int
        var firstNode: Int
        var firstText: Int
        /// The most levels among the children so far.
        var height: Int
        var isObject: Bool
    }

    /// - Parameter pseudoTypes: an object with `$reql_type$` becomes the time or binary value it stands for (a geometry stays
    ///   an object, whose structure is checked), and is an error if it stands for none. Otherwise it stays an object like any other.
    public init(pseudoTypes: Bool = true) {
        self.init(pseudoTypes: pseudoTypes, maximumDepth: Datum.maximumDepth)
    }

    init(pseudoTypes: Bool, maximumDepth: Int, maximumByteCount: Int = Datum.maximumByteCount) {
        self.pseudoTypes = pseudoTypes
        self.maximumDepth = maximumDepth
        self.maximumByteCount = maximumByteCount
    }

    /// Containers that are open now.
    public var depth: Int { frames.count }

    public mutating func beginArray() throws(DatumError) { try begin(isObject: false) }
    public mutating func beginObject() throws(DatumError) { try begin(isObject: true) }

    @inline(__always) private mutating func begin(isObject: Bool) throws(DatumError) {
        guard frames.count < maximumDepth else { throw DatumError.tooDeep }
        frames.append(
            Frame(firstPending: pending.count, firstNode: nodes.count, firstText: text.count, height: 0, isObject: isObject))
    }

    /// The key of the field whose value comes next.
    public mutating func key(_ name: String) {
        name.withBytes { appendText($0, kind: .string) }
    }

    /// The key of the field whose value comes next.
    ///
    /// - Precondition: the bytes are valid UTF-8.
    public mutating func key(utf8 name: Span<UInt8>) {
        name.withBytes { appendText($0, kind: .string) }
    }

    public mutating func appendNull() { pending.append(DatumNode(.null)) }
    public mutating func append(bool: Bool) { pending.append(DatumNode(.bool, payload: bool ? 1 : 0)) }

    /// - Precondition: the number is finite.
    public mutating func append(number: Double) {
        precondition(number.isFinite, "a number in ReQL is finite")
        pending.append(DatumNode(number: number))
    }

    public mutating func append(string: String) {
        string.withBytes { appendText($0, kind: .string) }
    }

    /// - Precondition: the bytes are valid UTF-8.
    public mutating func append(utf8: Span<UInt8>) {
        utf8.withBytes { appendText($0, kind: .string) }
    }

    /// As ``append(utf8:)``, and throws if the value takes more than it may then: for many strings.
    package mutating func append(counted utf8: Span<UInt8>) throws(DatumError) {
        try reserve(nodes: 0, text: utf8.count)
        append(utf8: utf8)
    }

    public mutating func append(binary: Span<UInt8>) {
        binary.withBytes { appendText($0, kind: .binary) }
    }

    mutating func appendText(_ bytes: Bytes, kind: DatumKind) {
        pending.append(DatumNode(kind, textOffset: UInt64(text.count), byteCount: bytes.count))
        text.append(bytes)
    }

    /// Copies a value in. O(size of the value), as one range however many parts it has.
    public mutating func append(_ datum: Datum) throws(DatumError) {
        let datum = datum.decoded
        defer { withExtendedLifetime(datum) {} }
        try append(datum.node, of: datum.rawTree)
    }

    /// Copies a value in that is in a tree which the caller keeps alive.
    mutating func append(_ node: DatumNode, of tree: RawTree) throws(DatumError) {
        switch node.kind {
        case .array, .object: try appendCompound(node, of: tree)
        case .string, .binary:
            try reserve(nodes: 0, text: node.byteCount)
            appendText(tree.bytes(node), kind: node.kind)
        case .number where node.hasDigits:
            let digits = tree.digits(node)
            try reserve(nodes: 0, text: digits.count + 1)
            append(number: node.number, digits: digits)
        default:
            try reserveValue()
            pending.append(node)
        }
    }

    private mutating func appendCompound(_ node: DatumNode, of tree: RawTree) throws(DatumError) {
        let height = Int(node.height)
        guard frames.count + height <= maximumDepth else { throw DatumError.tooDeep }
        noteHeight(height)
        guard node.count > 0 else { return pending.append(node) }

        let lowest = node.lowestDescendant
        let end = node.firstChild + node.childCount
        // The text of a subtree is one range as well: it was written while the subtree was built.
        var textStart = Int.max
        var textEnd = 0
        for index in lowest..<end where tree[index].hasText {
            let range = tree.textRange(tree[index])
            textStart = min(textStart, range.lowerBound)
            textEnd = max(textEnd, range.upperBound)
        }
        try reserve(nodes: end - lowest, text: max(0, textEnd - textStart))
        let nodeShift = nodes.count - lowest
        let textShift = textEnd > 0 ? text.count - textStart : 0
        for index in lowest..<end { nodes.append(tree[index].moved(nodes: nodeShift, text: textShift)) }
        if textEnd > textStart { text.append(tree.text(textStart..<textEnd)) }
        pending.append(node.moved(nodes: nodeShift, text: 0))
    }

    /// Makes room for one more value, `count` nodes and `byteCount` bytes of text. Throws if the value takes more than it may then.
    @inline(__always) mutating func reserve(nodes count: Int, text byteCount: Int) throws(DatumError) {
        if pending.isFull || nodes.capacity - nodes.count < count || text.capacity - text.count < byteCount {
            try grow(nodes: count, text: byteCount)
        }
    }

    /// The same for a value that takes nothing but its own node.
    @inline(__always) mutating func reserveValue() throws(DatumError) {
        if pending.isFull { try grow(nodes: 0, text: 0) }
    }

    /// Asks before it takes the memory. Only what needs more of it is looked at, so a value that fits stays as quick as it is.
    @inline(never) private mutating func grow(nodes count: Int, text byteCount: Int) throws(DatumError) {
        let stride = MemoryLayout<DatumNode>.stride
        // A node's number fits 32 bits by far.
        let size = (nodes.count + count) * stride + text.count + byteCount
        guard size <= maximumByteCount else { throw DatumError.tooLarge }
        // What the program puts around values has no limit, and counts once it is there.
        if maximumByteCount != .max {
            let capacity =
                (pending.capacity(reserving: 1) + nodes.capacity(reserving: count)) * stride + text.capacity(reserving: byteCount)
            try charge.hold(capacity + size + pending.count * stride)
        }
        pending.reserve(1)
        nodes.reserve(count)
        text.reserve(byteCount)
    }

    @inline(__always) private mutating func noteHeight(_ height: Int) {
        guard frames.count > 0 else { return }
        let top = frames.count - 1
        if frames[top].height < height { frames[top].height = height }
    }

    public mutating func endArray() throws(DatumError) {
        precondition(frames.count > 0, "endArray where nothing is open")
        let frame = frames.removeLast()
        precondition(!frame.isObject, "endArray where an object is open")
        try close(frame, kind: .array, count: pending.count - frame.firstPending)
    }

    public mutating func endObject() throws(DatumError) {
        precondition(frames.count > 0, "endObject where nothing is open")
        let frame = frames.removeLast()
        let children = pending.count - frame.firstPending
        precondition(frame.isObject && children % 2 == 0, "endObject where an array is open, or after a key without a value")
        let hasPseudoType = try sortFields(from: frame.firstPending)
        if pseudoTypes && hasPseudoType { return try closePseudoType(frame) }
        try close(frame, kind: .object, count: children / 2)
    }

    @inline(__always) mutating func close(_ frame: Frame, kind: DatumKind, count: Int) throws(DatumError) {
        let first = nodes.count
        try reserve(nodes: pending.count - frame.firstPending, text: 0)
        pending.move(from: frame.firstPending, to: &nodes)
        noteHeight(frame.height + 1)
        pending.append(DatumNode(kind, first: first, lowest: frame.firstNode, count: count, height: frame.height + 1))
    }

    /// The value that was built; the builder is empty afterwards and keeps its memory.
    public mutating func finish() -> Datum {
        precondition(frames.count == 0 && pending.count == 1, "finish before there is exactly one whole value")
        let root = pending[0]
        defer { reset() }
        switch root.kind {
        case .array, .object:
            return Datum(node: root, owner: root.count == 0 ? nil : DatumTree.make(nodes: nodes, text: text))
        case .string, .binary:
            return Datum(root.kind, bytes: text.bytes(from: Int(root.payload), count: root.byteCount))
        case .number where root.hasDigits:
            return Datum(node: root, owner: DatumTree.make(text: text.raw))
        default:
            return Datum(node: root, owner: nil)
        }
    }

    /// Forgets everything.
    public mutating func reset() {
        pending.truncate(to: 0)
        nodes.truncate(to: 0)
        text.truncate(to: 0)
        frames.truncate(to: 0)
        pending.shrink(to: 1 << 16)
        nodes.shrink(to: 1 << 16)
        text.shrink(to: 1 << 20)
        charge.release()
    }
}
