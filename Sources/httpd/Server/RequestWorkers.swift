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
/// A job may wait for another client: for a lock, for the writer's turn, or for a time. A thread more works meanwhile in place of its own
/// (``ThreadRelief``): who is waited for needs one to go on. And queries may have no end, and hold their threads for as long: when every
/// thread has been at one job for a second while others wait, as many more help out as there are, and stay in the place of those that go on
/// with such a job. When there are as many as may be, and for ten seconds none has been free, what waits is refused: its clients are told.
/// What lists and stops queries goes to a thread that does nothing else meanwhile.
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
    /// The threads that sleep, each at the condition of its number. The last one to fall asleep is woken first: what it has in the
    /// processor's caches, and the memory that it allocates from, is still warm.
    private var sleepers: [Int] = []
    /// The thread that takes no long jobs sleeps. It is woken when no other one does.
    private var keptSleeps = false
    private var isStopping = false
    /// How many threads wait within their jobs, and those that work in their place, by their numbers behind those of the others.
    private var awayCount = 0
    private var reliefs: [Int: SystemThread] = [:]
    /// How many more threads help out at most; if none, nor does any for those that wait.
    private let extraCount: Int
    /// When each thread took its job; nil while it has none, waits within it, or is known to take long.
    private var begun: [MonotonicTime?]
    /// The threads whose jobs are known to take long, and how many they are.
    private var isLong: [Bool]
    private var longCount = 0
    /// Jobs that were taken by other threads than the one that takes no long jobs.
    private var commonCount = 0
    /// The thread that calls for help waits for a job that no thread is free for.
    private var watchSleeps = false
    private var watchCondition: Int { threadCount + reliefLimit }
    /// What lists and stops queries and found all threads busy, for the thread that does nothing else.
    private var rescues = JobQueue()
    private var rescuerSleeps = false
    private var rescueCondition: Int { watchCondition + 1 }
    private let helpTime: Duration
    /// After so many quarters of that time without a free thread, and none to be had, what waits is refused.
    private static let timesUntilRefusal = 40
    private var stackByteCount = 0
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
    /// More that wait keep threads of their own busy.
    private static let awayLimit = 500
    private var reliefLimit: Int { Self.awayLimit + extraCount }
    /// The number of threads that help out.
    private var helperCount: Int { reliefs.count - awayCount }

    /// - Parameters:
    ///   - extra: threads that help out at most.
    ///   - sharesWrites: whether an engine gets the commits of short writes together.
    ///   - helpTime: how long all threads are at one job each before others help out.
    init(threads count: Int, extra: Int, queueLimit: Int, sharesWrites: Bool, helpTime: Duration) {
        extraCount = extra
        self.helpTime = helpTime
        sharedWrites = sharesWrites ? SharedWrites() : nil
        threadCount = max(count, 1)
        kept = threadCount > 1 ? threadCount - 1 : nil
        let most = threadCount + Self.awayLimit + extra
        monitor = Monitor(conditions: most + 2)
        begun = Array(repeating: nil, count: most)
        isLong = Array(repeating: false, count: most)
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
        // Among all that run, a thread that stands back would have its turn late.
        threads.append(try SystemThread.start(stackByteCount: stackByteCount) { [self] in workOffRescues() })
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
        return sleepers.count + (keptSleeps ? 1 : 0) == threadCount + reliefs.count && waiting == 0 && rescuerSleeps
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
        for number in 0..<threadCount { monitor.signal(number) }
        (watchSleeps, rescuerSleeps) = (false, false)
        for number in reliefs.keys + [watchCondition, rescueCondition] { monitor.signal(number) }
        threads += reliefs.values
        monitor.unlock()
        writeMonitor.lock()
        isStoppingWrites = true
        idleWriters = []
        for number in 0..<Self.writerCount { writeMonitor.signal(number) }
        writeMonitor.unlock()
        for thread in threads { thread.join() }
        threads = []
        sharedWrites?.stop()
    }

    private func next(for number: Int) -> Job? {
        monitor.lock()
        defer { monitor.unlock() }
        begun[number] = nil
        if isLong[number] {
            isLong[number] = false
            longCount -= 1
            if let spare = spareHelper() { monitor.signal(spare) }
        }
        var isWoken = false
        while true {
            // One that was woken for a job must take it, for nobody else was.
            if number >= threadCount, helperCount > 0, waiting == 0 ? helperCount > longCount : helperCount > extraCount && !isWoken {
                reliefs[number] = nil
                return nil
            }
            if let job = takeJob(for: number) {
                begun[number] = .now
                return job
            }
            if isStopping { return nil }
            if number == kept {
                keptSleeps = true
                repeat { monitor.wait(number) } while keptSleeps
            } else {
                sleepers.append(number)
                repeat { monitor.wait(number) } while sleepers.contains(number)
                isWoken = true
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

    /// Has another thread work in the place of one that waits. False if there is none to be had.
    private func relieve(_ number: Int) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        guard !isStopping, awayCount < Self.awayLimit else { return false }
        guard helperCount > longCount || startRelief() else { return false }
        awayCount += 1
        begun[number] = nil
        return true
    }

    /// Starts one more thread, under the lock.
    private func startRelief() -> Bool {
        guard let number = (threadCount..<threadCount + reliefLimit).first(where: { reliefs[$0] == nil }),
            let thread = try? SystemThread(stackByteCount: stackByteCount, turns: .last, { [self] in work(number) })
        else { return false }
        reliefs[number] = thread
        return true
    }

    /// Has more threads help out where no job was taken for a while, and refuses what waits where there are no more.
    private func watch() {
        monitor.lock()
        defer { monitor.unlock() }
        var times = 0
        // Those that wait are likely to be as long as those that run, so once there is help, more of it comes soon.
        var time = helpTime
        while !isStopping {
            if waiting == 0 {
                (times, time) = (0, helpTime)
                watchSleeps = true
                repeat { monitor.wait(watchCondition) } while watchSleeps
                continue
            }
            let before = commonCount
            monitor.wait(watchCondition, microseconds: Int(time / .microseconds(1)))
            guard !isStopping, waiting > 0, commonCount == before else {
                times = 0
                continue
            }
            times += 1
            time = helpTime / 4
            noteLongJobs()
            let wanted = min(waiting, threadCount + helperCount, extraCount - helperCount)
            let hasHelp = startReliefs(wanted)
            if extraCount > 0, !hasHelp { takeRescues(refusingOthers: times >= Self.timesUntilRefusal) }
        }
    }

    /// Under the lock.
    private func noteLongJobs() {
        let now = MonotonicTime.now
        for (number, time) in begun.enumerated() {
            guard let time, now - time >= helpTime / 4 else { continue }
            begun[number] = nil
            isLong[number] = true
            longCount += 1
        }
    }

    /// Starts so many more threads, under the lock.
    /// - Returns: whether there was at least one.
    private func startReliefs(_ count: Int) -> Bool {
        var started = 0
        while started < count, startRelief() { started += 1 }
        return started > 0
    }

    /// Has the thread for that list and stop queries, and refuses of the others what may be refused, under the lock.
    private func takeRescues(refusingOthers: Bool) {
        for length in jobs.indices {
            for _ in 0..<jobs[length].count {
                guard let job = jobs[length].popFirst() else { continue }
                if job.work.isRescue {
                    rescues.append(job)
                } else if refusingOthers, !job.isLast, job.work.isNew {
                    job.work.refuse(job)
                } else {
                    jobs[length].append(job)
                }
            }
        }
        guard rescues.count > 0, rescuerSleeps else { return }
        rescuerSleeps = false
        monitor.signal(rescueCondition)
    }

    private func nextRescue() -> Job? {
        monitor.lock()
        defer { monitor.unlock() }
        while true {
            if let job = rescues.popFirst() { return job }
            if isStopping { return nil }
            rescuerSleeps = true
            repeat { monitor.wait(rescueCondition) } while rescuerSleeps
        }
    }

    /// A thread that has waited goes on.
    private func endRelief(_ number: Int) {
        monitor.lock()
        awayCount -= 1
        if !isLong[number] { begun[number] = .now }
        let woken = spareHelper()
        monitor.unlock()
        if let woken { monitor.signal(woken) }
    }

    /// One of the threads that help out and sleep, if one more is there than is needed: woken, it ends. Under the lock.
    private func spareHelper() -> Int? {
        guard helperCount > longCount, let place = sleepers.lastIndex(where: { $0 >= threadCount }) else { return nil }
        return sleepers.remove(at: place)
    }

    private func work(_ number: Int) {
        guard extraCount > 0 else { return workOffJobs(number) }
        let relief = ThreadRelief(begin: { [self] in relieve(number) }, end: { [self] in endRelief(number) })
        ThreadRelief.ofThread.with(relief) { workOffJobs(number) }
    }

    private func workOffJobs(_ number: Int) {
        while let job = next(for: number) { perform(job) }
    }

    private func workOffRescues() {
        while let job = nextRescue() { perform(job) }
    }

    private func perform(_ job: Job) {
        if job.isLast { return job.work.close() }
        let start = MonotonicTime.now
        let flush = job.isShared ? DeferredFlush() : nil
        job.work.perform(flush)
        if job.work.tellsItself { return }
        let length: Length = !job.work.isTypical ? .unknown : .now - start > Self.longWork ? .long : .short
        if let sharedWrites, let flush, flush.takeIsOwed() {
            sharedWrites.add([MadeWrites(jobs: [job], flush: flush)])
        } else {
            job.loop.send(.finished(job.token, job.work, length))
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
        if let sharedWrites { return workOffForeseenWrites(sharedWrites) { takeWriteQueue(number) } }
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
