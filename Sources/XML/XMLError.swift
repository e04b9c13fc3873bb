/// The reason why bytes are no document: not well-formed, in an encoding that is not read, or beyond a limit; and where.
package struct XMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Sentences.
    package let message: String
    /// From 1.
    package let line: Int
    /// In characters, from 1.
    package let column: Int
    /// In bytes of the input, from 0.
    package let offset: Int

    package init(message: String, line: Int, column: Int, offset: Int) {
        self.message = message
        self.line = line
        self.column = column
        self.offset = offset
    }

    package var description: String { "Line \(line), column \(column) (byte \(offset)): \(message)" }
}

/// What a document may ask of its reader. Nothing that a document says can make it take more time or memory than these allow.
package struct XMLLimits: Hashable, Sendable {
    /// Elements that are open at once.
    package var depth = 1000
    /// Bytes of a name. The W3C's suite has names of 4 KiB.
    package var nameByteCount = 8192
    /// Attributes of an element.
    package var attributeCount = 1000
    /// Declarations of namespaces that are in force at once.
    package var namespaceCount = 4096
    /// Bytes of one tag, comment, instruction or declaration. Text has no such limit: it comes in pieces.
    package var tokenByteCount = 16 << 20
    /// Entities that are open at once.
    package var entityDepth = 16
    /// Bytes that entities and attributes' defaults may add to a document, and how often its own bytes they may be if it is long.
    package var addedByteCount = 8 << 20
    package var addedFactor = 16
    /// Whether a document may declare entities: from an unknown client it may not.
    package var allowsEntities = true

    package init() {}
}
