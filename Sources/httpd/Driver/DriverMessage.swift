import Ground
import ReQLish

/// The request of a driver in one frame: JSON `[type, term, {options}]`.
enum DriverMessage: Sendable {
    /// A query, still unread.
    case start
    case next
    case stop
    case noreplyWait
    case serverInfo

    private init?(number: Int) {
        switch number {
        case 1: self = .start
        case 2: self = .next
        case 3: self = .stop
        case 4: self = .noreplyWait
        case 5: self = .serverInfo
        default: return nil
        }
    }

    /// Looks only as far as it takes to know a query from the rest.
    init(_ body: borrowing ByteBuffer) throws(ReQLError) {
        if body.count > 3, body[0] == UInt8(ascii: "["), body[1] == UInt8(ascii: "1"), body[2] == UInt8(ascii: ",") {
            self = .start
        } else {
            self = try Self.parse(try Self.json(body)).message
        }
    }

    /// - Returns: the parts of a whole message.
    static func parse(_ message: Datum) throws(ReQLError) -> (message: DriverMessage, term: Datum?, options: Datum) {
        guard message.kind == .array, 1...3 ~= message.count else {
            throw ReQLError(.client, "A message is an array of one to three elements: a type, a term, options.")
        }
        guard let number = message[0].integer else {
            throw ReQLError(.client, "A message begins with the number of its type, not with \(message[0].typeName).")
        }
        guard let type = DriverMessage(number: number) else {
            throw ReQLError(.client, "There is no message of type \(number).")
        }
        let options = message.count > 2 ? message[2] : .emptyObject
        guard options.kind == .object else {
            throw ReQLError(.client, "The options of a query are an object, not \(options.typeName).")
        }
        return (type, message.count > 1 ? message[1] : nil, options)
    }

    static func json(_ body: borrowing ByteBuffer) throws(ReQLError) -> Datum {
        do {
            return try Datum(json: body.span, options: .query)
        } catch {
            throw ReQLError(.client, "The message is not valid JSON: \(error)")
        }
    }
}

/// A query as it came: its term, and the options of the whole.
struct DriverRequest: Sendable {
    let tree: TermTree
    private(set) var options = QueryOptions()
    let isNoreply: Bool
    let wantsProfile: Bool
    /// Of the transaction that the query is done in.
    private(set) var transaction: String?

    /// - Parameter body: the message, as `DriverMessage.json` reads it.
    init(_ body: Datum) throws(ReQLError) {
        let (message, term, options) = try DriverMessage.parse(body)
        guard case .start = message, let term else { throw ReQLError(.client, "A query to begin has a term: [1, term, {options}].") }
        isNoreply = Self.isTrue(options[field: "noreply"])
        wantsProfile = Self.isTrue(options[field: "profile"])
        tree = try TermTree(datum: term)
        for field in options.fields {
            let option: TermTree
            do {
                option = try TermTree(datum: field.value)
            } catch {
                throw ReQLError(error.kind, error.message, frames: [.optional(field.key)] + error.frames)
            }
            // What every driver sends with every query goes the short way.
            if field.key == "db", option.root.type == .db, let name = option.root.onlyArgument?.string {
                self.options.database = name
            } else if field.key == "as_of", let name = field.value.string {
                self.options.asOf = try StateReference(text: name)
            } else if field.key == "transaction" {
                guard let id = field.value.string else {
                    throw ReQLError(.queryLogic, "`transaction` is the `id` of a transaction.", frames: [.optional(field.key)])
                }
                transaction = id
            } else {
                self.options.arguments.append((field.key, option))
            }
        }
    }

    /// `true`, or `[1, true]`: these options are read as they stand, not evaluated.
    private static func isTrue(_ option: Datum?) -> Bool {
        guard let option else { return false }
        let value = option.kind == .array && option.count == 2 && option[0].integer == 1 ? option[1] : option
        return value.bool == true
    }

    var weight: QueryShape {
        // It may wait for the writer's turn.
        guard transaction == nil else { return .any }
        return options.arguments.allSatisfy { $0.term.root.type == .datum } ? tree.shape : .any
    }
}
