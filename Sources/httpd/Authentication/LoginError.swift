/// The reason why a login fails.
struct LoginError: Error {
    /// The number that RethinkDB's protocol has for it; nil where that has none.
    let code: Int?
    let message: String
    /// The name or the password is wrong.
    let isGuess: Bool

    init(_ code: Int?, _ message: String, isGuess: Bool = false) {
        self.code = code
        self.message = message
        self.isGuess = isGuess
    }
}
