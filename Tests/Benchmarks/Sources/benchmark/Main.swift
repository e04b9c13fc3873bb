#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@main
enum Main {
    static let usage = """
        usage: benchmark storage DIR WORKLOAD
        workloads: \(StorageBenchmark.workloads.map(\.name).joined(separator: " "))

        """

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 3, arguments[0] == "storage",
            let workload = StorageBenchmark.workloads.first(where: { $0.name == arguments[2] })
        else {
            complain(usage)
            exit(2)
        }
        do {
            var benchmark = StorageBenchmark(directory: arguments[1], workload: workload.name)
            try workload.run(&benchmark)
        } catch {
            complain("benchmark: \(workload.name): \(error)\n")
            exit(1)
        }
    }

    private static func complain(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe write(2, bytes.baseAddress, bytes.count) }
    }
}
