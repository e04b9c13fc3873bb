import Dispatch
public import Testing

/// Threads that only the steps of tests with ``Testing/Trait/ownThreads`` run on.
///
/// All other tests share Swift's pool of a thread for each processor, and many of them keep one until they are over. A test that waits for
/// something goes on when all those have had their turn that came meanwhile, which may take minutes: longer than a transaction may be open.
private final class OwnThreads: TaskExecutor {
    static let shared = OwnThreads()
    private let queue = DispatchQueue(label: "tests with threads of their own", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = unsafe asUnownedTaskExecutor()
        queue.async { unsafe job.runSynchronously(on: executor) }
    }
}

/// The trait of tests whose steps may not wait for other tests, as time that goes by between them has a meaning.
public struct OwnThreadsTrait: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(OwnThreads.shared) { try await function() }
    }
}

extension Trait where Self == OwnThreadsTrait {
    /// Runs the test's steps on threads that are not those of other tests.
    public static var ownThreads: Self { Self() }
}
