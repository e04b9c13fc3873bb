import Catalog
import Testing

@testable import ReQLish

/// What a function gave, as JSON text, or an exclamation mark and the class of its error.
func outcome(_ body: () throws(ReQLError) -> Datum) -> String {
    do {
        return try body().description
    } catch {
        // An error that says nothing is one of ours.
        return error.message.count < 10 || error.frames.isEmpty == false ? "an error without a message" : "!\(error.kind)"
    }
}

/// The same for functions whose result is no datum.
func outcome<T>(_ body: () throws(ReQLError) -> T) -> String {
    do {
        return "\(try body())"
    } catch {
        return "!\(error.kind)"
    }
}

let anyLimit = 100_000
