import Ground
import ReQLish

/// The threads that answer requests: queries block and recurse, so they need threads and stacks of their own.
///
/// Short writes have a queue and threads of their own, of which one at a time works it off: there is one writer at a time anyway. It makes
/// all that wait there, leaves the queue to others, and waits for the disk once for all of them. So a loop's turn, or a crowd of clients,
/// costs two changes of threads, and not two for each write.
///
/// The other threads stand back where processors are few: long queries and large bodies are not to hold up the loops, which answer the
/// short ones. Nor are they to hold up what is short and yet not for a loop: a connection whose last work was short goes before one of which
/// nothing is known, and that before one whose last work was long, for which one of the threads does nothing.
///
/// Queries may have no end, and hold their threads for as long. When every thread has been at one job for a second while others wait, another
/// thread helps out until no job waits.
///
/// Why this is safe: all that changes is only touched under the lock of its monitor: jobs under one, writes under the other.
final class RequestWorkers: @unchecked Sendable {
    struct Job: Sendable {
        let work: any Work
        let loop: EventLoop
        /// The connection that waits for it.
        let token: UInt64
        /// Nobody waits for it any more; it is to let go of what it holds.
        var isLast = false
        /// What the connection's last work was, as this is likely to be.
        var likely = Length.unknown
        /// A short write that is made: what waits for the disk in its place.
        var made: DeferredFlush?
        /// A short write that waits for an engine, which gets it together with others: another thread waits for that.
        var isShared = false
    }

    /// How long the work of a connection takes, the first in turn first.
    enum Length: Int {
        case short, unknown, long

        /// The turns of most jobs, and of some: nobody waits forever for those that come before him.
        fileprivate static let turns = [short, unknown, long]
        fileprivate static let turnsOfUnknown = [unknown, short, long]
        fileprivate static let turnsOfLong = [long, short, unknown]
    }

    /// With this many short writes made, it is time for the disk, although there are more.
    private static let flushedTogether = 256
    /// Work that takes longer than this is long. It is by the clock and not by the processor's time, for a thread that waits is taken as
    /// well; and it is longer than short work takes when all threads compete for one processor.
    private static let longWork = Duration.milliseconds(25)
    /// One job of this many is the turn of those that come after others.
    private static let turnCount = 64

    /// The length that each of the two queues may have.
    private let queueLimit: Int
    private let monitor: Monitor
    /// One queue for each length.
    private var jobs = [JobQueue(), JobQueue(), JobQueue()]
    private var takenCount = 0
    /// Jobs that were taken by other threads than the one that takes no long jobs.
    private var commonCount = 0
    /// Threads that help out.
    private var helperCount = 0
    private let mostHelpers: Int
    private static let helpMicroseconds = 1_000_000
    /// The thread that calls for help waits for a job that no thread is free for.
    private var watchSleeps = false
    private var watchCondition: Int { threadCount }
    private var helperCondition: Int { threadCount + 1 }
    private var stackByteCount = 0
    /// The threads that sleep, each at the condition of its number. The last one to fall asleep is woken first: what it has in the
    /// processor's caches, and the memory that it allocates from, is still warm.
    private var sleepers: [Int] = []
    /// The thread that takes no long jobs sleeps. It is woken when no other one does.
    private var keptSleeps = false
    private var isStopping = false
    private let threadCount: Int
    /// The number of the thread that takes no long jobs; nil if there is only one thread, which takes all.
    private let kept: Int?

    private let writeMonitor = Monitor(conditions: writerCount)
    /// Short writes that wait.
    private var writes: [Job] = []
    /// A thread works them off.
    private var isWriting = false
    /// Like `sleepers`.
    private var idleWriters: [Int] = []
    private var isStoppingWrites = false

    private let sharedWrites: SharedWrites?
    private var threads: [SystemThread] = []
    /// One makes writes, one waits for the disk, and one for that one.
    private static let writerCount = 3

    /// - Parameters:
    ///   - extra: threads that help out at most.
    ///   - sharesWrites: whether an engine gets the commits of short writes together.
    init(threads count: Int, extra: Int, queueLimit: Int, sharesWrites: Bool) {
        mostHelpers = extra
        sharedWrites = sharesWrites ? SharedWrites() : nil
        threadCount = max(count, 1)
        kept = threadCount > 1 ? threadCount - 1 : nil
        monitor = Monitor(conditions: threadCount + 2)
        self.queueLimit = queueLimit
    }

    func start(stackByteCount: Int) throws(ServerError) {
        self.stackByteCount = stackByteCount
        for number in 0..<Self.writerCount {
            threads.append(try SystemThread.start(stackByteCount: stackByteCount) { [self] in workOffWrites(number) })
        }
        for number in 0..<threadCount {
            threads.append(try SystemThread.start(stackByteCount: stackByteCount, turns: .last) { [self] in work(number) })
        }
        threads.append(try SystemThread.start(stackByteCount: 256 << 10) { [self] in watch() })
        try sharedWrites?.start()
    }

    /// Queues a job. Never blocks for longer than the lock.
    /// - Returns: false if a new request found the queue full.
    func submit(_ job: Job) -> Bool {
        monitor.lock()
        if !job.isLast, waiting >= queueLimit, job.work.isNew {
            monitor.unlock()
            return false
        }
        jobs[job.likely.rawValue].append(job)
        var woken = sleepers.popLast()
        if woken == nil, keptSleeps, job.likely != .long {
            keptSleeps = false
            woken = kept
        }
        if woken == nil, watchSleeps {
            watchSleeps = false
            woken = watchCondition
        }
        monitor.unlock()
        // After the lock, so that the woken thread need not wait for it; and only if one sleeps, for it is a system call.
        if let woken { monitor.signal(woken) }
        return true
    }

    /// Queues short writes, all that there is room for, and takes them out of `jobs`.
    func submit(writes jobs: inout [Job]) {
        writeMonitor.lock()
        if jobs.count <= queueLimit - writes.count {
            writes += jobs
            jobs.removeAll(keepingCapacity: true)
        } else {
            jobs.removeAll { job in
                if writes.count >= queueLimit, job.made == nil, job.work.isNew { return false }
                writes.append(job)
                return true
            }
        }
        let woken = isWriting || writes.isEmpty ? nil : idleWriters.popLast()
        writeMonitor.unlock()
        if let woken { writeMonitor.signal(woken) }
    }

    /// Whether nothing is being made and nothing waits.
    var areIdle: Bool {
        writeMonitor.lock()
        let writersRest = idleWriters.count == Self.writerCount && writes.isEmpty
        writeMonitor.unlock()
        guard writersRest, sharedWrites?.isIdle ?? true else { return false }
        monitor.lock()
        defer { monitor.unlock() }
        return sleepers.count + (keptSleeps ? 1 : 0) == threadCount && waiting == 0 && helperCount == 0
    }

    /// Whether a new request would be refused.
    var isFull: Bool {
        monitor.lock()
        defer { monitor.unlock() }
        return waiting >= queueLimit
    }

    /// The number of jobs that no thread has taken. Under the lock.
    private var waiting: Int { jobs[0].count + jobs[1].count + jobs[2].count }

    /// Lets the threads finish what is queued, and waits for them.
    func stop() {
        monitor.lock()
        isStopping = true
        sleepers = []
        keptSleeps = false
        watchSleeps = false
        for number in 0...threadCount { monitor.signal(number) }
        monitor.unlock()
        writeMonitor.lock()
        isStoppingWrites = true
        idleWriters = []
        for number in 0..<Self.writerCount { writeMonitor.signal(number) }
        writeMonitor.unlock()
        for thread in threads { thread.join() }
        threads = []
        monitor.lock()
        while helperCount > 0 { monitor.wait(helperCondition) }
        monitor.unlock()
        sharedWrites?.stop()
    }

    private func next(for number: Int) -> Job? {
        monitor.lock()
        defer { monitor.unlock() }
        while true {
            if let job = takeJob(for: number) { return job }
            if isStopping { return nil }
            if number == kept {
                keptSleeps = true
                repeat { monitor.wait(number) } while keptSleeps
            } else {
                sleepers.append(number)
                repeat { monitor.wait(number) } while sleepers.contains(number)
            }
        }
    }

    /// The next job, under the lock; nil if there is none for the thread.
    private func takeJob(for number: Int) -> Job? {
        takenCount &+= 1
        let turns =
            switch takenCount % Self.turnCount {
            case 0: Length.turnsOfUnknown
            case Self.turnCount / 2: Length.turnsOfLong
            default: Length.turns
            }
        for length in turns where number != kept || length != .long {
            guard let job = jobs[length.rawValue].popFirst() else { continue }
            if number != kept { commonCount &+= 1 }
            return job
        }
        return nil
    }

    private func work(_ number: Int) {
        while let job = next(for: number) { perform(job) }
    }

    private func perform(_ job: Job) {
        if job.isLast { return job.work.close() }
        let start = MonotonicTime.now
        let flush = job.isShared ? DeferredFlush() : nil
        job.work.perform(flush)
        let length: Length = !job.work.isTypical ? .unknown : .now - start > Self.longWork ? .long : .short
        if let sharedWrites, let flush, flush.takeIsOwed() {
            sharedWrites.add(job, flush)
        } else {
            job.loop.send(.finished(job.token, job.work, length))
        }
    }

    /// Starts helpers.
    private func watch() {
        monitor.lock()
        defer { monitor.unlock() }
        while !isStopping {
            if waiting == 0 {
                watchSleeps = true
                repeat { monitor.wait(watchCondition) } while watchSleeps
                continue
            }
            let before = commonCount
            monitor.wait(watchCondition, microseconds: Self.helpMicroseconds)
            guard !isStopping, waiting > 0, commonCount == before, helperCount < mostHelpers else { continue }
            // Without one it is as it was.
            guard (try? SystemThread(stackByteCount: stackByteCount, turns: .last) { [self] in help() }) != nil else { continue }
            helperCount += 1
        }
    }

    private func help() {
        while true {
            monitor.lock()
            // Of no number, and so none that takes only some jobs.
            guard !isStopping, let job = takeJob(for: -1) else {
                helperCount -= 1
                monitor.signal(helperCondition)
                monitor.unlock()
                return
            }
            monitor.unlock()
            perform(job)
        }
    }

    /// Waits for short writes that no thread works off, and takes over their queue.
    /// - Returns: false in the end.
    private func takeWriteQueue(_ number: Int) -> Bool {
        writeMonitor.lock()
        defer { writeMonitor.unlock() }
        while true {
            if !writes.isEmpty, !isWriting {
                isWriting = true
                return true
            }
            // The thread that has the queue checks it once more before it leaves.
            if isStoppingWrites { return false }
            idleWriters.append(number)
            repeat { writeMonitor.wait(number) } while idleWriters.contains(number)
        }
    }

    private func workOffWrites(_ number: Int) {
        let flush = DeferredFlush()
        while takeWriteQueue(number) { makeWrites(flush) }
    }

    /// Takes all short writes that wait.
    /// - Parameter count: how many the caller has made that wait for the disk.
    /// - Returns: false if there are none, or it is time for the disk: the queue is left to others then.
    func takeWrites(into jobs: inout [Job], having count: Int) -> Bool {
        writeMonitor.lock()
        if !writes.isEmpty, count < Self.flushedTogether {
            swap(&writes, &jobs)
            writeMonitor.unlock()
            return true
        }
        isWriting = false
        let woken = writes.isEmpty ? nil : idleWriters.popLast()
        writeMonitor.unlock()
        if let woken { writeMonitor.signal(woken) }
        return false
    }
}

/// First in, first out, in a ring that grows.
private struct JobQueue {
    private var ring: [RequestWorkers.Job?] = Array(repeating: nil, count: 64)
    private var first = 0
    private(set) var count = 0

    mutating func append(_ job: RequestWorkers.Job) {
        if count == ring.count {
            ring = (0..<count).map { ring[(first + $0) % ring.count] } + Array(repeating: nil, count: count)
            first = 0
        }
        ring[(first + count) % ring.count] = job
        count += 1
    }

    mutating func popFirst() -> RequestWorkers.Job? {
        guard count > 0 else { return nil }
        let job = ring[first]
        ring[first] = nil
        first = (first + 1) % ring.count
        count -= 1
        return job
    }
}
