/// Limits of a stored function, of an index or a write hook: how long it may compute for one document, and what may stop it.
public struct FunctionLimits: Sendable {
    /// How much time of the processor a call may take.
    public let time: Duration
    /// What stops the write, or the building, that calls the function; nil: nothing stops it before its time.
    public let cancellation: Cancellation?

    public init(time: Duration, cancellation: Cancellation? = nil) {
        self.time = time
        self.cancellation = cancellation
    }

    /// The error of a function that takes longer.
    /// - Parameter function: what it is, as a message begins.
    func exceeded(by function: String) -> CatalogError {
        CatalogError(
            .functionTooSlow,
            "\(function) computes longer than \(Int(time / .milliseconds(1))) ms for a document, its limit. Make it do less, or take it away."
        )
    }
}
