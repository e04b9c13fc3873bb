import ReQLish

/// Something that a connection has done on another thread: a request to answer, a query's next batch, a password to check. It goes there
/// with a job and comes back with ``EventLoop/Message/finished(_:_:_:)``, and belongs to one thread at a time.
protocol Work: AnyObject, Sendable {
    /// Does the next part of it.
    /// - Parameter flush: what waits for the disk in its place, if it is a short write; what it answers must not be sent before.
    func perform(_ flush: DeferredFlush?)

    /// Answers with an error what was written, and did not reach the disk.
    func fail(_ error: CatalogError)

    /// Lets go of what it holds. Called once, when nobody waits for it any more.
    func close()

    /// Whether it may be refused when too much waits; what was begun is always finished.
    var isNew: Bool { get }

    /// Tells that a job with it is refused after it has waited. Called in its place, and not on the loop's thread.
    func refuse(_ job: RequestWorkers.Job)

    /// Whether what was done last says how long the next will take: the beginning of a session does not.
    var isTypical: Bool { get }

    /// Whether it tells the loop itself what was done.
    var tellsItself: Bool { get }

    /// Whether it lists or stops what others do, for which there is a thread when they have all.
    var isRescue: Bool { get }

    /// Whether it never waits for another machine, also where the records are kept by an engine.
    var asksNobody: Bool { get }

    /// Whether it is a short write that looks for documents of which an engine can be told before it is done.
    var isForeseen: Bool { get }

    /// Says which documents those are, for as long as what is returned lives: an engine is asked for those of several writes together. Nil if
    /// there are none, or that can't be told after all.
    func expectDocuments() -> ExpectedDocuments?
}

extension Work {
    var asksNobody: Bool { false }
    var isForeseen: Bool { false }
    func expectDocuments() -> ExpectedDocuments? { nil }
    var isRescue: Bool { false }
    var isTypical: Bool { true }
    var tellsItself: Bool { false }
    func refuse(_ job: RequestWorkers.Job) { job.loop.send(.refused(job.token, self)) }
}

/// Reads of documents by their keys, of which an engine is asked for all at once that come while it answers others.
protocol SharedRead: Work {
    /// Has what several of them read be kept, by one trip to the engine. Those that nothing hinders ask nobody afterwards.
    static func fetch(_ reads: [Self])
}

extension SharedRead {
    /// The same as one, where several of them have come.
    static func together(_ jobs: [RequestWorkers.Job], _ workers: RequestWorkers) -> any Work { SharedReads<Self>(jobs, workers) }
}
