import Catalog
import Testing

@testable import ReQLish

/// A query and what it should answer.
struct LanguageExample {
    let query: String
    let expectation: Expectation
    /// Of the query, from 1.
    let line: Int

    enum Expectation: CustomStringConvertible {
        case value(Datum)
        case rows(Datum)
        case bag(Datum)
        case part(Datum)
        case anything
        case error(ReQLError.Kind, frames: [ReQLError.Frame]?)

        var description: String {
            switch self {
            case .value(let datum): "\(datum)"
            case .rows(let datum): "rows \(datum)"
            case .bag(let datum): "bag \(datum)"
            case .part(let datum): "part \(datum)"
            case .anything: "anything"
            case .error(let kind, let frames): "error \(kind)\(frames.map { " at " + LanguageExample.text($0) } ?? "")"
            }
        }
    }

    enum Answer {
        case value(Datum)
        case rows(Datum)
        case failure(ReQLError)
    }

    func answer(from pando: Pando) -> Answer {
        do throws(ReQLError) {
            let tree: TermTree
            do { tree = try TermTree(text: query) } catch { throw ReQLError(error) }
            let result = try pando.start(tree)
            let datum = try result.collected()
            if case .sequence = result { return .rows(datum) }
            return .value(datum)
        } catch {
            return .failure(error)
        }
    }

    /// Nil if the answer is what was expected, else the answer as text.
    func complaint(about answer: Answer) -> String? {
        switch (expectation, answer) {
        case (.anything, .value), (.anything, .rows): return nil
        case (.value(let wanted), .value(let got)) where Self.areSame(wanted, got): return nil
        case (.rows(let wanted), .rows(let got)) where Self.areSame(wanted, got): return nil
        case (.bag(let wanted), .rows(let got)), (.bag(let wanted), .value(let got)):
            if got.kind == .array, wanted.elements.sorted() == got.elements.sorted() { return nil }
        case (.part(let wanted), .value(let got)):
            if got.kind == .object,
                wanted.fields.allSatisfy({ field in got[field: field.key].map { Self.areSame(field.value, $0) } ?? false })
            {
                return nil
            }
        case (.error(let kind, let frames), .failure(let error)):
            // A message of a word or two helps nobody.
            if kind == error.kind, frames == nil || frames == error.frames, kind == .user || error.message.count >= 10 { return nil }
        default: break
        }
        switch answer {
        case .value(let datum): return "\(datum)"
        case .rows(let datum): return "rows \(datum)"
        case .failure(let error): return "error \(error.kind) at \(Self.text(error.frames)): \(error.message)"
        }
    }

    /// Equal, and written alike: times of other zones and −0 differ.
    private static func areSame(_ a: Datum, _ b: Datum) -> Bool { a == b && a.description == b.description }

    private static func text(_ frames: [ReQLError.Frame]) -> String {
        frames.map { frame in
            switch frame {
            case .argument(let index): "\(index)"
            case .optional(let name): name
            }
        }.joined(separator: " ")
    }
}

extension LanguageExample.Expectation {
    /// Reads what stands after `=>`; nil if it makes no sense.
    init?(_ text: Substring) {
        func json(after word: String) -> Datum? {
            guard text.hasPrefix(word) else { return nil }
            let text = String(text.dropFirst(word.count))
            // Grouped data is no value that could be read; it is compared as the object that it is.
            return (try? Datum(json: text)) ?? (try? Datum(json: text, options: JSONOptions(pseudoTypes: false)))
        }
        if text == "*" {
            self = .anything
        } else if let datum = json(after: "rows ") {
            self = .rows(datum)
        } else if let datum = json(after: "bag ") {
            self = .bag(datum)
        } else if let datum = json(after: "part ") {
            self = .part(datum)
        } else if text.hasPrefix("error ") {
            let words = text.split(separator: " ").dropFirst()
            guard let name = words.first, let kind = ReQLError.Kind.allCases.first(where: { "\($0)" == name }) else { return nil }
            let way = words.dropFirst()
            guard way.isEmpty || way.first == "at" else { return nil }
            self = .error(kind, frames: way.isEmpty ? nil : way.dropFirst().map { Int($0).map { .argument($0) } ?? .optional(String($0)) })
        } else if let datum = json(after: "") {
            self = .value(datum)
        } else {
            return nil
        }
    }
}
