/// A value that is computed when it is first asked for, and kept: what fails in it fails only if a row comes to it.
final class Late<Value> {
    private let compute: () throws(ReQLError) -> Value
    private var known: Value?

    init(_ compute: @escaping () throws(ReQLError) -> Value) {
        self.compute = compute
    }

    func value() throws(ReQLError) -> Value {
        if let known { return known }
        let value = try compute()
        known = value
        return value
    }
}
