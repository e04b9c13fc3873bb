import Foundation

/// Unicode's normal forms.
enum Normalization {
    static func normalized(_ text: String, _ form: String) throws(SQLError) -> String {
        switch form.uppercased() {
        case "NFC": text.precomposedStringWithCanonicalMapping
        case "NFD": text.decomposedStringWithCanonicalMapping
        case "NFKC": text.precomposedStringWithCompatibilityMapping
        case "NFKD": text.decomposedStringWithCompatibilityMapping
        default: throw SQLError(.invalidParameterValue, "invalid normalization form: \(form)")
        }
    }
}
