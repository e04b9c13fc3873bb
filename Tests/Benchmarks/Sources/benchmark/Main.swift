#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@main
enum Main {
    static let usage = """
        usage: benchmark storage DIR WORKLOAD
               benchmark documents DIR WORKLOAD
               benchmark million DIR WORKLOAD
               benchmark feeds DIR WORKLOAD
               benchmark text DIR WORKLOAD
        storage: \(StorageBenchmark.workloads.map(\.name).joined(separator: " "))
        documents: \(DocumentsBenchmark.workloads.joined(separator: " "))
        million: \(MillionBenchmark.workloads.joined(separator: " "))
        feeds: \(FeedsBenchmark.workloads.joined(separator: " "))
        text: \(TextBenchmark.workloads.joined(separator: " "))

        """

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 3, let run = workload(arguments[0], directory: arguments[1], named: arguments[2]) else {
            complain(usage)
            exit(2)
        }
        do {
            try run()
        } catch {
            complain("benchmark: \(arguments[2]): \(error)\n")
            exit(1)
        }
    }

    private static func workload(_ kind: String, directory: String, named name: String) -> (() throws -> Void)? {
        switch kind {
        case "storage":
            guard let workload = StorageBenchmark.workloads.first(where: { $0.name == name }) else { return nil }
            return {
                var benchmark = StorageBenchmark(directory: directory, workload: name)
                try workload.run(&benchmark)
            }
        case "documents":
            guard DocumentsBenchmark.workloads.contains(name) else { return nil }
            return { try DocumentsBenchmark(directory: directory, workload: name).run() }
        case "million":
            guard MillionBenchmark.workloads.contains(name) else { return nil }
            return { try MillionBenchmark(directory: directory, workload: name).run() }
        case "feeds":
            guard FeedsBenchmark.workloads.contains(name) else { return nil }
            return { try FeedsBenchmark(workload: name).run() }
        case "text":
            guard TextBenchmark.workloads.contains(name) else { return nil }
            return { try TextBenchmark(directory: directory, workload: name).run() }
        default: return nil
        }
    }

    private static func complain(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe write(2, bytes.baseAddress, bytes.count) }
    }
}
