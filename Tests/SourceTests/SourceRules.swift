import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The rules of the house that a compiler does not check, held by reading the sources.
@Suite struct SourceRules {
    /// What each floor may import beside the system's own modules. Ground is below all of them.
    static let allowedImports: [String: Set<String>] = [
        "CSystem": [],
        "CCipher": [],
        "Ground": ["CSystem", "CCipher"],
        "BTreeStore": ["Ground", "CSystem"],
        "XML": ["Ground"],
        "Catalog": ["BTreeStore", "XML", "Ground"],
        "ReQLish": ["Catalog", "Ground", "CSystem"],
        "SQL": ["ReQLish", "Catalog", "Ground", "CSystem"],
        // Alone of all: a program that is linked with Foundation loads and binds much more before it begins.
        "Pando": ["SQL", "ReQLish", "FoundationEssentials", "Foundation"],
        "PostgresWire": ["Ground"],
        "TLS": ["Ground", "CSystem"],
        "httpd": ["SQL", "PostgresWire", "TLS", "XML", "ReQLish", "Ground", "CSystem"],
        "PandoCommand": ["httpd", "PostgresWire", "TLS", "XML", "Ground"],
    ]

    static let systemModules: Set<String> = ["Glibc", "Musl", "Darwin", "Synchronization"]

    @Test(arguments: allowedImports.keys.sorted())
    func importsGoDownOneFloor(module: String) throws {
        for file in try SourceFile.all(under: "Sources/\(module)") {
            for (line, imported) in file.imports
            where !Self.systemModules.contains(imported) && !Self.allowedImports[module]!.contains(imported) {
                Issue.record("\(file.path):\(line): \(module) may not import \(imported)")
            }
        }
    }

    @Test func everyFloorHasARule() throws {
        let floors = Set(try FileManager.default.contentsOfDirectory(atPath: SourceFile.root + "/Sources"))
        #expect(floors == Set(Self.allowedImports.keys))
    }

    /// Tests/Faults builds the store's tests without the floors above, with what of TestSupport needs none of them.
    @Test func theStoresTestsHaveTheirSupportWithoutTheFloorsAbove() throws {
        let folder = "Tests/Faults/Tests/TestSupport"
        let linked = Set(try FileManager.default.contentsOfDirectory(atPath: SourceFile.root + "/" + folder))
        let free = try SourceFile.all(under: "Tests/TestSupport").filter { file in
            file.imports.allSatisfy { !["Catalog", "ReQLish", "SQL", "httpd"].contains($0.module) }
        }
        #expect(linked == Set(free.map { String($0.path.split(separator: "/").last ?? "") }), "\(folder) has a link to each of these files")
    }

    @Test func onlyTheSeamTouchesTheStore() throws {
        let seams = try SourceFile.all(under: "Sources/Catalog").filter { file in
            file.imports.contains { $0.module == "BTreeStore" }
        }
        let names = seams.map(\.path).sorted()
        let known = [
            "+Archives", "+Digests", "+Engine", "+Overlay", "+Replication", "+Reports", "+StoredValue", "+Transaction", "+Translations", "",
        ]
        #expect(names == known.map { "Sources/Catalog/Store/StoreSeam\($0).swift" })
    }

    @Test func reexportsStandInExportsFiles() throws {
        for file in try SourceFile.all(under: "Sources") where !file.path.hasSuffix("/Exports.swift") {
            #expect(!file.text.contains("@_exported"), "\(file.path) re-exports a module")
        }
        for file in try SourceFile.all(under: "Sources/Catalog") {
            #expect(!file.text.contains("@_exported"), "Catalog never re-exports the store: \(file.path)")
        }
    }

    @Test func thePackageDependsOnNothing() throws {
        let manifest = try SourceFile(path: "Package.swift").text
        #expect(!manifest.contains(".package("))
        // Flags that SwiftPM can't vouch for: what is left out of a release, and what the tests have, which no application that uses Pando
        // meets. Since tools version 6.2 SwiftPM takes a package that has such flags as a dependency like any other.
        #expect(manifest.components(separatedBy: "unsafeFlags").count == 3)
        #expect(manifest.contains(".unsafeFlags([\"-enforce-exclusivity=unchecked\"], .when(configuration: .release))"))
        #expect(manifest.hasPrefix("// swift-tools-version: 6.2\n"))
        #expect(manifest.contains("where target.isTest {\n    target.swiftSettings?.append(.unsafeFlags([\"-Onone\"], "))
    }

    @Test func rawMemoryStaysInItsNamedFiles() throws {
        for file in try SourceFile.all(under: "Sources") where !RawMemory.files.contains(file.path) {
            for (number, line) in file.codeLines where line.usesRawMemory {
                Issue.record("\(file.path):\(number): raw memory outside its files: \(line)")
            }
        }
    }

    @Test func everyRawMemoryFileExistsAndNeedsIt() throws {
        for path in RawMemory.files {
            let file = try SourceFile(path: path)
            #expect(file.codeLines.contains { $0.text.usesRawMemory }, "\(path) no longer needs raw memory")
        }
    }

    @Test func inputNeverStopsTheProcess() throws {
        for file in try SourceFile.all(under: "Sources") {
            for (number, line) in file.codeLines {
                for word in ["fatalError(", "try!", "as!"] where line.contains(word) {
                    Issue.record("\(file.path):\(number): \(word)")
                }
            }
        }
    }

    /// Each look at such a value wraps the function once more: `Callback` says why.
    @Test func noMutexHoldsABareFunction() throws {
        for file in try SourceFile.all(under: "Sources") {
            for (number, line) in file.codeLines
            where line.contains("->") && (line.contains("Mutex<") || line.contains("Monitored<"))
                && line.contains(#/(Mutex|Monitored)<\(?[^>=]*->/#)
            {
                Issue.record("\(file.path):\(number): a lock's value is a function; it belongs into a Callback")
            }
        }
    }

    @Test func nothingIsLeftForLater() throws {
        for file in try SourceFile.all(under: "Sources") {
            for (number, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let words = line.split { !$0.isLetter }
                for word in ["TODO", "FIXME", "XXX", "HACK"] where words.contains(where: { $0 == word }) {
                    Issue.record("\(file.path):\(number + 1): \(word)")
                }
            }
        }
    }

    /// Other tests keep Swift's threads for minutes, so a test that waits for something has threads of its own: ``OwnThreadsTrait``.
    @Test func asynchronousTestsHaveThreadsOfTheirOwn() throws {
        for file in try SourceFile.all(under: "Tests") where !file.path.hasPrefix("Tests/SourceTests/") {
            let lines = file.codeLines
            let isAsynchronous = lines.contains { $0.text.contains("func ") && $0.text.contains(" async ") }
            for (number, line) in lines where isAsynchronous && line.contains("@Suite") && !line.contains(".ownThreads") {
                Issue.record("\(file.path):\(number): a suite with asynchronous tests and without .ownThreads")
            }
        }
    }
}
