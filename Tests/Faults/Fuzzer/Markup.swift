import Ground
import XML

/// However the bytes of a document are split, it is the same document, or refused for the same reason at the same place; and what is
/// canonical stays as it is.
@Sendable func fuzzXML(_ input: [UInt8]) {
    let whole = Reading(input)
    expect(Reading(input.pieces) == whole, "in pieces it is another document")
    guard case .canonical(let text) = whole else { return }
    expect(Reading(text) == whole, "the canonical form has another one: \(text)")
}
