import Ground
import XML

/// What reading a document comes to: its canonical form, or why it is none.
enum Reading: Hashable {
    case canonical(String)
    case refused(XMLError)

    var isWellFormed: Bool { if case .canonical = self { true } else { false } }

    /// Reads a document that comes in pieces.
    init(_ pieces: [[UInt8]], limits: XMLLimits = XMLLimits(), comments: Bool = true) {
        var parser = XMLParser(limits: limits)
        var canonical = CanonicalXML(comments: comments)
        var output = ByteBuffer()
        do throws(XMLError) {
            for piece in pieces {
                parser.append(piece.span)
                try Self.read(&parser, &canonical, &output)
            }
            parser.finish()
            try Self.read(&parser, &canonical, &output)
            self = .canonical(output.string)
        } catch {
            self = .refused(error)
        }
    }

    init(_ document: [UInt8], limits: XMLLimits = XMLLimits(), comments: Bool = true) {
        self.init([document], limits: limits, comments: comments)
    }

    init(_ document: String, limits: XMLLimits = XMLLimits()) { self.init(Array(document.utf8), limits: limits) }

    private static func read(_ parser: inout XMLParser, _ canonical: inout CanonicalXML, _ output: inout ByteBuffer) throws(XMLError) {
        while true {
            let event = try parser.next()
            canonical.write(event, of: parser, into: &output)
            if event == .needsInput || event == .endOfDocument { return }
        }
    }
}
