import httpd

extension Command {
    static let tour = Command(
        name: "tour",
        summary: "the guided first minute, on real data",
        positionals: [
            Positional(name: "DIR", presence: .optional, help: "where to make its files (default: a new temporary directory)")
        ],
        options: [.flag("force", "replace the files of an earlier tour")],
        discussion: "The places are from GeoNames (https://www.geonames.org), licensed under CC BY 4.0.",
        examples: ["pando tour", "pando tour ."]
    ) { arguments, console in
        let directory: String
        if let given = arguments.positional("DIR") {
            try SystemCalls.makeDirectory(given)
            directory = given.hasSuffix("/") ? String(given.dropLast()) : given
        } else {
            directory = try SystemCalls.makeTemporaryDirectory("pando-tour-")
        }
        var steps = TourSteps(directory: directory, console: console)
        for file in steps.files where SystemCalls.exists(file) {
            guard arguments.has("force") else {
                throw CommandError.failed("\(file) exists already. Say --force to replace it, or name another directory.")
            }
            SystemCalls.remove(file)
        }
        try steps.run()
    }
}
