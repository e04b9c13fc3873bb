import httpd

extension Command {
    static let version = Command(
        name: "version",
        summary: "the version of pando",
        examples: ["pando version"]
    ) { _, console in
        try console.line("pando \(versionNumber)")
    }

    /// Follows semantic versioning; the file format has a number of its own.
    static let versionNumber = "0.1.0"
}
