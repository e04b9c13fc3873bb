/// Every bound on what one connection may send, and how long it may take. What exceeds a bound gets the status named beside it.
public struct HTTPLimits: Sendable, Hashable {
    /// Bytes of the request line, without its line end. Beyond: 414.
    public var requestLineBytes = 16 * 1024
    /// Bytes of the request line and all header fields (and of the trailer fields of a chunked body). Beyond: 431.
    public var headBytes = 32 * 1024
    /// Header fields of one request. Beyond: 431.
    public var headerCount = 100
    /// Bytes of a request body once its framing is removed. Beyond: 413.
    public var bodyBytes = 64 * 1024 * 1024
    /// Bytes of a body that goes into a temporary file as it comes: comma-separated values that are inserted. Beyond: 413. The limit of what
    /// a query may put into a file (`spillLimit` of `PandoOptions`) holds too.
    public var storedBodyBytes = 4 << 30
    /// Documents that one request inserts, of those that are held in memory. Beyond: 413.
    public var documentsOfInsert = 1_000_000
    /// Bytes of chunk extensions, which nobody reads, in one body. Beyond: 400.
    public var chunkExtensionBytes = 4 * 1024
    /// Bytes of pipelined requests kept while a request is being answered. At this mark the socket is not read any more until the answer is
    /// out.
    public var pipelinedBytes = 64 * 1024
    /// A refused request's body is read and dropped up to this size, so that the connection can go on. Beyond: the connection closes after
    /// the answer.
    public var discardedBodyBytes = 256 * 1024

    /// From the first byte of a request, or from the connection's start, to the end of its header fields. Beyond: 408, or a silent close if
    /// nothing came.
    public var headTime: Duration = .seconds(10)
    /// From the end of the header fields to the end of the body, plus the time that `minimumBodyRate` grants for what has come. Beyond:
    /// 408.
    public var bodyTime: Duration = .seconds(20)
    /// Bytes a second below which a body is too slow.
    public var minimumBodyRate = 1024
    /// How long a connection may rest between two requests. Beyond: it is closed.
    public var idleTime: Duration = .seconds(75)
    /// How long a client may leave an answer unread. Beyond: the connection is cut, and the query behind the answer is closed.
    public var writeStallTime: Duration = .seconds(120)
    /// How long a query runs for a client that has shut its write side before the server finds out, by an interim answer, whether it is
    /// still there. A client that is gone has its query cancelled.
    public var probeTime: Duration = .seconds(1)
    /// How long the bytes of a client that was told to stop are still taken and dropped, so that it can read the answer before the
    /// connection closes.
    public var lingerTime: Duration = .seconds(2)

    public init() {}
}
