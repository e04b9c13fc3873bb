/// Who a client is to a server, and what it lets itself be asked.
package struct ClientOptions: Sendable {
    package var user: String
    package var database: String
    /// As SASLprep has it.
    package var password: [UInt8]
    /// Settings that the session begins with.
    package var settings: [StartupMessage.Startup.Parameter] = []
    /// Whether the conversation goes through TLS. Then nothing but the question for it leaves in the clear.
    package var isEncrypted = false
    /// The ways, beside none and SCRAM, in which the server may be told the password.
    package var allowed: Set<WeakLogin> = []
    /// The most bytes of a message, once the login is over.
    package var messageByteCount = 256 << 20

    /// A way to log in that shows too much of the password to whoever plays the server.
    package enum WeakLogin: String, Sendable {
        case password, md5
    }

    package init(user: String, database: String, password: [UInt8] = []) {
        self.user = user
        self.database = database
        self.password = password
    }
}

/// Something that a server has said, in a client's terms.
package enum ClientEvent: Hashable, Sendable {
    /// TLS begins with the next bytes: ``ClientSession/encrypted(endPoint:)`` goes on.
    case encrypt
    /// The server is ready for the next requests: the login is through, or those up to a Sync or of a Query are answered.
    case ready(BackendMessage.TransactionStatus)
    /// The types of a statement's parameters.
    case parameters([UInt32])
    /// The columns of the rows that follow, or that a statement has; nil: it has none.
    case columns([ColumnDescription]?)
    case row(RowFields)
    /// A statement was done; empty: there was none in its text.
    case done(String)
    /// The rows that were asked for have come, and there may be more.
    case suspended
    /// The statement failed. What was asked for after it, up to a Sync, is not done.
    case failed(ReportFields)
    case copyOut(BackendMessage.CopyFormat)
    /// What a COPY gives: in text a line, in binary a row with what stands before the first and behind the last.
    case copyData([UInt8])
    case copyDone
    /// The server waits for the rows of a COPY.
    case copyIn(BackendMessage.CopyFormat)
    case notice(ReportFields)
    case notification(process: Int32, channel: String, payload: String)
    /// A setting has changed.
    case setting(name: String, value: String)
}

/// Why a conversation can't begin or go on.
package enum ClientError: Error, Hashable, Sendable {
    /// What came is not what a server says.
    case protocolBroken(WireError)
    /// The server refuses, or ends the session.
    case refused(ReportFields)
    /// The server asks for what isn't given to it.
    case declined(String)
    /// The connection ended in the middle.
    case ended
}
