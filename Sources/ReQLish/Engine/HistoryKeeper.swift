import Catalog
import Ground
import Synchronization

/// Keeps the past of a file (``PandoOptions/history``): once a minute it looks whether something was written since the last state, and a
/// state that nobody needs is dropped. Readers and writers know nothing of it.
final class HistoryKeeper: Sendable {
    private static let interval = Duration.seconds(60)

    private let catalog: Catalog
    private let work: BackgroundWork
    private let window: Window

    /// How far back it goes, which may be said later; nil: what there is of a history is left as it is.
    private final class Window: Sendable {
        let value: Mutex<Duration?>
        init(_ value: Duration?) { self.value = Mutex(value) }
        var now: Duration? { value.withLock { $0 } }
    }

    /// - Parameters:
    ///   - window: how far back the history goes; nil: what there is of one is left as it is.
    ///   - complain: told what went wrong, if it is something else than the time before.
    init(_ catalog: Catalog, _ window: Duration?, complain: @escaping @Sendable (LoggedText) -> Void) {
        self.catalog = catalog
        let window = Window(window)
        self.window = window
        let last = Mutex<String?>(nil)
        work = BackgroundWork { [catalog] _ in
            guard let window = window.now else { return nil }
            var message: String?
            do throws(CatalogError) { try catalog.keepHistory(window) } catch { message = error.message }
            let isNew = last.withLock { last in
                defer { last = message }
                return message != nil && message != last
            }
            if isNew, let message { complain("The history is not kept: \(error: message)") }
            return window > .zero || message != nil ? Self.interval : nil
        }
    }

    /// Begins with the state of now. A file that is only read, or follows another one, has no history of its own.
    func resume() {
        if window.now != nil, !catalog.isReadOnly, !catalog.isStandby { work.wake() }
    }

    /// Goes so far back from the next ``resume()`` on.
    func setWindow(_ window: Duration?) { self.window.value.withLock { $0 = window } }

    /// Returns when the thread has ended.
    func stop() { work.stop() }
}
