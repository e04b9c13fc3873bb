#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

import Synchronization

/// Seconds of a clock that only goes forward.
func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// What was measured between `start` and `stop`, and the line that reports it.
struct Measurement {
    var check: UInt64 = 0
    var logicalBytes: UInt64 = 0
    var syncSeconds = 0.0
    private(set) var startedAt = 0.0
    private var seconds = 0.0
    private var writtenBytes: UInt64 = 0
    private var peakResidentKiB = 0

    mutating func start() {
        writtenBytes = bytesGivenToWriteCalls()
        startedAt = now()
    }

    /// A measurement in several parts: what lies between `goOn` and `pause` is added up.
    mutating func goOn() { startedAt = now() }

    mutating func pause(counts: Bool) { if counts { seconds += now() - startedAt } }

    mutating func stop() {
        seconds = now() - startedAt
        writtenBytes = bytesGivenToWriteCalls() &- writtenBytes
        var usage = rusage()
        #if canImport(Darwin)
            unsafe getrusage(RUSAGE_SELF, &usage)
            peakResidentKiB = usage.ru_maxrss / 1024
        #else
            unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            peakResidentKiB = usage.ru_maxrss
        #endif
    }

    func report(_ workload: String, operations: Int, file: String?, extra: [(String, String)] = []) {
        var fields: [(String, String)] = [
            ("engine", file == nil ? "\"none\"" : "\"pando\""),
            ("workload", "\"\(workload)\""),
            ("ops", "\(operations)"),
            ("seconds", fixed(seconds, 6)),
            ("ops_per_s", fixed(Double(operations) / seconds, 1)),
            ("file_bytes", "\(file.map(byteCount(ofFile:)) ?? 0)"),
            ("peak_rss_kib", "\(peakResidentKiB)"),
            ("check", "\(check)"),
            ("sync_s", fixed(syncSeconds, 6)),
            ("logical_bytes", "\(logicalBytes)"),
            ("written_bytes", "\(writtenBytes)"),
        ]
        fields += extra
        print("{\(fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}")
    }

    /// Reports with the median and the 99th percentile of the single operations' seconds.
    func report(_ workload: String, each: [Double], file: String) {
        let sorted = each.sorted()
        let extra = [
            ("p50_us", fixed(sorted[sorted.count / 2] * 1e6, 1)),
            ("p99_us", fixed(sorted[sorted.count * 99 / 100] * 1e6, 1)),
        ]
        report(workload, operations: each.count, file: file, extra: extra)
    }
}

/// `value` with so many decimals, as `%.*f` prints it for the sizes that occur here.
func fixed(_ value: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = UInt64((value * scale).rounded())
    let digits = String(scaled % UInt64(scale))
    return "\(scaled / UInt64(scale))." + String(repeating: "0", count: decimals - digits.count) + digits
}

/// What this process gave to write calls so far; 0 where the system does not say.
private func bytesGivenToWriteCalls() -> UInt64 {
    guard let text = try? readFile("/proc/self/io") else { return 0 }
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where line.hasPrefix("wchar: ") {
        return UInt64(line.dropFirst(7)) ?? 0
    }
    return 0
}

/// Memory of this process that is no file's; 0 where the system does not say.
func anonymousKiB() -> Int {
    guard let text = try? readFile("/proc/self/status") else { return 0 }
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where line.hasPrefix("RssAnon:") {
        return line.split(separator: " ").dropLast().last.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
    return 0
}

/// The most of that at any time, as far as looking every half millisecond shows.
final class MemorySamples: Sendable {
    private let isDone = Atomic(false)
    private let most = Atomic(0)

    var mostKiB: Int { most.load(ordering: .relaxed) }

    /// Looks until ``stop()``.
    func take() {
        while !isDone.load(ordering: .relaxed) {
            most.max(anonymousKiB(), ordering: .relaxed)
            usleep(500)
        }
    }

    func stop() { isDone.store(true, ordering: .relaxed) }
}
