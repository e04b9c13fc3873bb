import Ground
import Synchronization

// How a loop waits. The one client of a server that does one thing after the other sends its next request a few microseconds after an
// answer, and to be put to sleep and woken takes several times as long. So while there is only one connection, and the last pause was
// short, the loop looks a while before it sleeps. A pause that was longer ends that, so a client that takes its time costs no more than
// before.
extension EventLoop {
    /// A pause is short up to here, and so long does the loop look.
    private static let shortPause = Duration.microseconds(100)
    /// Looks take half a microsecond or more. They are counted too, as a test's clock may stand still.
    private static let lookLimit = 256

    /// Waits until something is ready, or it is time for something.
    /// - Returns: how many events there are.
    func waitForEvents() -> Int {
        guard mayRest() else { return queue.wait(milliseconds: 0) }
        // On a single processor the client could not run meanwhile.
        let isAlone = openCount == 1 && shared.counters.connections.load(ordering: .relaxed) == 1
        guard isAlone, shared.hasProcessorsToSpare, shared.workers.areIdle else {
            isPauseShort = false
            return queue.wait(milliseconds: waitMilliseconds)
        }
        let start = shared.now()
        var count = 0
        if isPauseShort {
            var looks = 0
            repeat {
                count = queue.wait(milliseconds: 0)
                looks += 1
            } while count == 0 && looks < Self.lookLimit && shared.now() - start < Self.shortPause
        }
        if count == 0 { count = queue.wait(milliseconds: waitMilliseconds) }
        isPauseShort = shared.now() - start < Self.shortPause
        return count
    }
}
