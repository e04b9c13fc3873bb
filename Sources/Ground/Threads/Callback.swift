/// A function that is kept in a value of a generic type, as a `Mutex` is one.
///
/// A bare function is wrapped for the type's sake when it is put there. Each look through `withLock`, which may write, unwraps it and wraps it
/// once more: after a million looks a call goes through two million functions, and overflows the stack. In a field of its own it stays
/// what it was.
public struct Callback<Input, Output>: Sendable {
    private let function: @Sendable (Input) -> Output

    public init(_ function: @escaping @Sendable (Input) -> Output) { self.function = function }

    public func callAsFunction(_ input: Input) -> Output { function(input) }
}

extension Callback where Input == Void {
    public func callAsFunction() -> Output { function(()) }
}
