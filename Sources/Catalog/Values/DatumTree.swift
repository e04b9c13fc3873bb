import Ground

/// The part of a ``Datum`` beside its owner, and each child of a compound value: 16 plain bytes.
///
///     kind            payload                                   length            height
///     bool            0 or 1                                    –                 –
///     number          bits of the double                        –                 –
///       … digits      the same; length and height: offset of its digits in the tree's text, low 32 and high 16 bits
///       … foreign     the same; length and height: their address
///     time            bits of the epoch seconds                 zone in minutes   –
///     string, binary  offset in the tree's text                 bytes, low 32     bytes, high 16
///       … foreign     address                                   bytes, low 32     bytes, high 16
///     array           first child (low 32), lowest descendant   elements          levels below and with this one
///     object          the same; children are key, value, …      fields            levels below and with this one
///       … stored      address                                   bytes, low 32     bytes, high 16
@usableFromInline struct DatumNode: BitwiseCopyable {
    @usableFromInline var payload: UInt64
    var length: UInt32
    var height: UInt16
    @usableFromInline var kind: DatumKind
    @usableFromInline var place: Place

    /// The place of the bytes that a node speaks of.
    @usableFromInline enum Place: UInt8, BitwiseCopyable {
        /// In the node itself, or in the tree that the node is in.
        case tree = 0
        /// At an address that the owner keeps alive: text of a stored document.
        case foreign = 1
        /// In the tree that the node is in: the digits of a number that is not what its double shows.
        case digits = 2
        /// At an address that the owner keeps alive: a whole stored document.
        case stored = 3

        /// Whether a node's text, if it has any, is that of its tree.
        @inline(__always) var isInTree: Bool { rawValue & 1 == 0 }
    }

    @inline(__always) init(_ kind: DatumKind, payload: UInt64 = 0, length: UInt32 = 0, height: UInt16 = 0, place: Place = .tree) {
        self.payload = payload
        self.length = length
        self.height = height
        self.kind = kind
        self.place = place
    }

    @inline(__always) init(number: Double) {
        self.init(.number, payload: number.bitPattern)
    }

    @inline(__always) init(_ kind: DatumKind, textOffset: UInt64, byteCount: Int, place: Place = .tree) {
        self.init(
            kind, payload: textOffset, length: UInt32(truncatingIfNeeded: byteCount), height: UInt16(byteCount >> 32), place: place)
    }

    /// An array or object whose children begin at `first`, in a tree where all its descendants lie from `lowest` on.
    @inline(__always) init(_ kind: DatumKind, first: Int, lowest: Int, count: Int, height: Int) {
        self.init(
            kind, payload: UInt64(UInt32(first)) | UInt64(UInt32(lowest)) << 32, length: UInt32(count), height: UInt16(height))
    }

    /// A node whose bytes were written as they are, by this process.
    init(copyOf bytes: Bytes) {
        precondition(bytes.count == MemoryLayout<DatumNode>.size)
        self = unsafe bytes.base.loadUnaligned(as: DatumNode.self)
    }

    @inlinable var number: Double { Double(bitPattern: payload) }
    @inline(__always) var byteCount: Int { Int(length) | Int(height) << 32 }
    @inline(__always) var firstChild: Int { Int(payload & 0xFFFF_FFFF) }
    @inline(__always) var lowestDescendant: Int { Int(payload >> 32) }
    @inline(__always) var count: Int { Int(length) }
    @inline(__always) var childCount: Int { kind == .object ? Int(length) * 2 : Int(length) }
    @inline(__always) var offsetMinutes: Int { Int(Int32(bitPattern: length)) }

    /// The same node where its tree's nodes and text have moved.
    @inline(__always) func moved(nodes: Int, text: Int) -> DatumNode {
        var copy = self
        switch kind {
        case .string, .binary: copy.payload = UInt64(Int(payload) + text)
        case .number where place == .digits:
            copy = DatumNode(number: number, digits: UInt64(Int(digitsOffset) + text), place: .digits)
        case .array, .object:
            if length > 0 {
                copy.payload = UInt64(UInt32(firstChild + nodes)) | UInt64(UInt32(lowestDescendant + nodes)) << 32
            }
        default: break
        }
        return copy
    }
}

/// The header of a tree: where its text begins.
struct DatumTreeHeader {
    var nodeCount: Int
    var textCount: Int
}

/// The one buffer behind a compound value: nodes, then text. Made once, never changed, freed in one step however deep it is.
///
/// The children of an array or object stand side by side, so the nth is found at once; a block of children stands after
/// the blocks of all its descendants, so a subtree is one range of nodes and is copied as one.
///
/// Why this is safe: the buffer is written while it is made, by the one function here, and only read after that. Nodes hold
/// indices into the same buffer, made by ``DatumBuilder`` alone.
class DatumTree: ManagedBuffer<DatumTreeHeader, DatumNode> {
    static func make(nodes: borrowing GrowingBuffer<DatumNode>, text: borrowing GrowingBuffer<UInt8>) -> DatumTree {
        let tree = allocate(nodeCount: nodes.count, textCount: text.count)
        unsafe tree.withUnsafeMutablePointerToElements { start in
            unsafe nodes.copy(to: UnsafeMutableRawPointer(start))
            unsafe text.copy(to: UnsafeMutableRawPointer(start + nodes.count))
        }
        return tree
    }

    /// A tree of nothing but text, for one string or binary value.
    static func make(text: Bytes) -> DatumTree {
        let tree = allocate(nodeCount: 0, textCount: text.count)
        unsafe tree.withUnsafeMutablePointerToElements { start in unsafe text.copy(to: UnsafeMutableRawPointer(start)) }
        return tree
    }

    /// The same with more text behind it.
    static func make(text first: Bytes, _ second: Bytes) -> DatumTree {
        let tree = allocate(nodeCount: 0, textCount: first.count + second.count)
        unsafe tree.withUnsafeMutablePointerToElements { start in
            unsafe first.copy(to: UnsafeMutableRawPointer(start))
            unsafe second.copy(to: UnsafeMutableRawPointer(start) + first.count)
        }
        return tree
    }

    /// A tree of bytes that were those of one: its nodes, and then its text.
    static func make(copyOf bytes: Bytes, nodeCount: Int) -> DatumTree {
        let tree = allocate(nodeCount: nodeCount, textCount: bytes.count - nodeCount * MemoryLayout<DatumNode>.stride)
        unsafe tree.withUnsafeMutablePointerToElements { start in unsafe bytes.copy(to: UnsafeMutableRawPointer(start)) }
        return tree
    }

    private static func allocate(nodeCount: Int, textCount: Int) -> DatumTree {
        let textNodes = (textCount + MemoryLayout<DatumNode>.stride - 1) / MemoryLayout<DatumNode>.stride
        if (nodeCount + textNodes) * MemoryLayout<DatumNode>.stride >= QueryMemory.largeValue, let memory = QueryMemory.ofThread.object {
            return ChargedDatumTree.allocate(nodeCount: nodeCount, textCount: textCount, partCount: nodeCount + textNodes, memory)
        }
        let tree = create(minimumCapacity: nodeCount + textNodes) { _ in
            DatumTreeHeader(nodeCount: nodeCount, textCount: textCount)
        }
        return unsafe unsafeDowncast(tree, to: DatumTree.self)
    }

    /// The contents without the reference. Whoever uses them keeps the tree alive.
    @inline(__always) final var raw: RawTree {
        // Not by `header`: the compiler can't see that nobody changes it, and would check each access.
        unsafe withUnsafeMutablePointers { header, start in
            unsafe RawTree(nodes: UnsafePointer(start), text: UnsafeRawPointer(start + header.pointee.nodeCount))
        }
    }

    final var byteCount: Int { header.nodeCount * MemoryLayout<DatumNode>.stride + header.textCount }

    /// The nodes that there is memory for: those of the tree, and those whose place the text takes.
    fileprivate final var partCount: Int {
        header.nodeCount + (header.textCount + MemoryLayout<DatumNode>.stride - 1) / MemoryLayout<DatumNode>.stride
    }
}

/// A large tree, which counts against the memory of the query that made it for as long as it lives.
///
/// Why this is safe: behind the tree's parts there is room for one more, which holds a reference to the memory of the query, retained when
/// the tree is made and released when it goes.
final class ChargedDatumTree: DatumTree {
    fileprivate static func allocate(nodeCount: Int, textCount: Int, partCount: Int, _ memory: QueryMemory) -> DatumTree {
        let tree = create(minimumCapacity: partCount + 1) { _ in DatumTreeHeader(nodeCount: nodeCount, textCount: textCount) }
        let reference = unsafe Unmanaged.passRetained(memory).toOpaque()
        unsafe tree.withUnsafeMutablePointerToElements { start in
            unsafe UnsafeMutableRawPointer(start + partCount).storeBytes(of: UInt(bitPattern: reference), as: UInt.self)
        }
        memory.note(byteCount: partCount * MemoryLayout<DatumNode>.stride)
        return unsafe unsafeDowncast(tree, to: DatumTree.self)
    }

    deinit {
        let partCount = partCount
        unsafe withUnsafeMutablePointerToElements { start in
            let address = unsafe UnsafeRawPointer(start + partCount).load(as: UInt.self)
            guard let reference = unsafe UnsafeRawPointer(bitPattern: address) else { return }
            let memory = unsafe Unmanaged<QueryMemory>.fromOpaque(reference).takeRetainedValue()
            memory.giveBack(byteCount: partCount * MemoryLayout<DatumNode>.stride)
        }
    }
}

/// A tree's nodes and text, without a reference to count.
@safe struct RawTree {
    private let nodes: UnsafePointer<DatumNode>
    private let text: UnsafeRawPointer

    init(nodes: UnsafePointer<DatumNode>, text: UnsafeRawPointer) {
        unsafe self.nodes = nodes
        unsafe self.text = text
    }

    @inline(__always) subscript(index: Int) -> DatumNode { unsafe nodes[index] }

    /// The bytes of a string or binary node.
    @inline(__always) func bytes(_ node: DatumNode) -> Bytes {
        if node.place == .foreign { return Bytes(address: node.payload, count: node.byteCount) }
        return unsafe Bytes(text + Int(node.payload), node.byteCount)
    }

    /// The digits of a number that keeps them, which end before what can't be part of a number: in a tree before a zero byte, in a
    /// stored document before what JSON goes on with, its last brace at the latest.
    func digits(_ node: DatumNode) -> Bytes {
        let start = unsafe node.place == .foreign ? Bytes(address: node.digitsOffset, count: 0).base : text + Int(node.digitsOffset)
        var count = 0
        while Self.isPartOfNumber(unsafe start.load(fromByteOffset: count, as: UInt8.self)) { count += 1 }
        return unsafe Bytes(start, count)
    }

    private static func isPartOfNumber(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte == 0x2B || byte == 0x2D || byte == 0x2E || byte | 0x20 == UInt8(ascii: "e")
    }

    /// A piece of the text.
    @inline(__always) func text(_ range: Range<Int>) -> Bytes {
        unsafe Bytes(text + range.lowerBound, range.count)
    }

    /// For values that need no tree: scalars, and text at an address.
    static var none: RawTree {
        let nowhere = unsafe Bytes.empty.base
        return unsafe RawTree(nodes: nowhere.assumingMemoryBound(to: DatumNode.self), text: nowhere)
    }
}

extension Datum {
    /// The tree that this value is in. Only for values whose owner is one.
    @inline(__always) var rawTree: RawTree {
        guard node.place.isInTree, let owner else { return .none }
        return unsafe unsafeDowncast(owner, to: DatumTree.self).raw
    }
}
