import BTreeStore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@main
enum Main {
    static let usage = """
        usage: benchmark storage [--encrypted] [--cache MIB] DIR WORKLOAD
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
        var arguments = Array(CommandLine.arguments.dropFirst())
        let options = takeStorageOptions(&arguments)
        guard let options, arguments.count == 3, let run = workload(arguments[0], options, directory: arguments[1], named: arguments[2])
        else {
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

    private struct StorageOptions {
        var isEncrypted = false
        var cacheByteCount: Int?
    }

    /// Takes the options of `storage` out of the arguments: nil if there are others.
    private static func takeStorageOptions(_ arguments: inout [String]) -> StorageOptions? {
        var options = StorageOptions()
        while arguments.first == "storage", arguments.count > 1, arguments[1].hasPrefix("--") {
            switch arguments.remove(at: 1) {
            case "--encrypted": options.isEncrypted = true
            case "--cache":
                guard arguments.count > 1, let count = Int(arguments.remove(at: 1)) else { return nil }
                options.cacheByteCount = count << 20
            default: return nil
            }
        }
        return options
    }

    private static func workload(
        _ kind: String, _ options: StorageOptions, directory: String, named name: String
    ) -> (() throws -> Void)? {
        switch kind {
        case "storage":
            guard let workload = StorageBenchmark.workloads.first(where: { $0.name == name }) else { return nil }
            return {
                var benchmark = StorageBenchmark(directory: directory, workload: name)
                if options.isEncrypted { try benchmark.encrypt() }
                if let count = options.cacheByteCount { benchmark.options.decryptedByteLimit = count }
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
