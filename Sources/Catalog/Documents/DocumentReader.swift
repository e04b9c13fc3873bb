import Ground

/// Reads JSON texts as documents that are to be stored: each comes in its stored form, so that writing it is a copy.
///
/// One is for many texts, one after another; it keeps its memory.
public struct DocumentReader: ~Copyable {
    private var transcoder = DocumentTranscoder()

    public init() {}

    /// The value of a JSON text, the same as ``Datum/init(json:options:)`` makes of it. Throws as that does.
    public mutating func read(_ json: Span<UInt8>) throws(JSONError) -> Datum {
        var document: Datum?
        json.withBytes { text in
            if let end = transcoder.transcode(text), text.dropFirst(end).isBlank { document = transcoder.document }
        }
        if let document { return document }
        return try Datum(json: json)
    }
}

extension Bytes {
    /// Whether there is nothing but what JSON takes for space.
    package var isBlank: Bool {
        for index in 0..<count where ![0x20, 0x0A, 0x0D, 0x09].contains(self[index]) { return false }
        return true
    }
}
