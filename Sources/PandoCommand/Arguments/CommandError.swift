import httpd

/// The process's exit status.
enum ExitStatus: Int32 {
    case good = 0
    case failed = 1
    case wrongUsage = 2
    /// The reader of our output has seen enough, as `head` does: nothing failed.
    case readerLeft = 100
}

/// The failure that a command ends with.
struct CommandError: Error {
    let status: ExitStatus
    /// What was wrong, where, and what to do; empty if all has been said already.
    let message: String

    static func failed(_ message: String) -> CommandError { CommandError(status: .failed, message: message) }
    static func usage(_ message: String) -> CommandError { CommandError(status: .wrongUsage, message: message) }
    /// Somebody else has the file open for writing, as `message` says.
    /// - Parameter atServer: what to do if that is a server.
    static func held(_ message: String, atServer: String = connecting) -> CommandError {
        .failed("\(message) If that is pando serve, \(atServer)")
    }
    static let connecting = "name it in the file's place: --connect HOST:PORT"
    static let stopping = "stop it first: nobody may write the file meanwhile."
    static let readerLeft = CommandError(status: .readerLeft, message: "")
    /// The command has printed its findings, and they are bad.
    static let reported = CommandError(status: .failed, message: "")
    var isReport: Bool { status == .failed && message.isEmpty }
}

extension CommandError: CustomStringConvertible {
    var description: String { message }
}

extension CommandError {
    /// The floors' errors say all that is needed themselves.
    init(_ error: any Error) {
        self = (error as? CommandError) ?? .failed("\(error)")
    }
}
