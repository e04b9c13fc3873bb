import Glibc
import Ground
import ReQLish
import Synchronization

/// A database that many inputs share, and what keeps a query from going on without end.
final class World: Sendable {
    let pando: Pando

    private static let shared = Mutex<(world: World?, uses: Int)>((nil, 0))

    /// A new one now and then, so that what inputs wrote doesn't pile up.
    static var current: World {
        shared.withLock { shared in
            shared.uses += 1
            if shared.world == nil || shared.uses % 500 == 0 {
                if let old = shared.world {
                    let problems = (try? old.pando.catalog.check().problems) ?? []
                    expect(problems.isEmpty, "the database is not sound: \(problems)")
                    try? old.pando.close()
                }
                shared.world = World()
            }
            return shared.world ?? World()
        }
    }

    private init() {
        do {
            pando = try Pando.inMemory()
            for text in [
                "r.dbCreate('app')", "r.db('app').tableCreate('t')", "r.db('app').table('t').indexCreate('a')",
                "r.db('app').table('t').insert(r.range(6).map(i => ({id: i, a: i.mod(2), b: [i, 'x'], c: {d: i}})))",
                "r.db('app').table('t').indexWait('a').count()", "r.dbCreate('test')", "r.tableCreate('t')",
            ] {
                _ = try pando.start(TermTree(text: text)).collected()
            }
        } catch {
            fatalError("\(error)")
        }
    }

    /// Cancels what takes longer than a second.
    func limited<Result>(_ body: (Cancellation) -> Result) -> Result {
        let cancellation = Cancellation()
        Watchdog.shared.watch(cancellation)
        defer { Watchdog.shared.watch(nil) }
        return body(cancellation)
    }
}

/// What stops a query that goes on for longer than a second.
final class Watchdog: Sendable {
    static let shared = Watchdog()
    private let watched = Mutex<(cancellation: Cancellation, start: MonotonicTime)?>(nil)

    private init() {
        // Nobody waits for its end: the process ends with the fuzzer.
        _ = try? SystemThread(stackByteCount: 1 << 20) { [self] in
            while true {
                usleep(50_000)
                watched.withLock { if let one = $0, MonotonicTime.now - one.start > .seconds(1) { one.cancellation.cancel() } }
            }
        }
    }

    func watch(_ cancellation: Cancellation?) {
        watched.withLock { $0 = cancellation.map { ($0, .now) } }
    }
}
