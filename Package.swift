// swift-tools-version: 6.2
import PackageDescription

// The floors of the house, lowest first. Each imports only the floor directly below it; Tests/SourceTests reads the
// sources and holds that rule.
//
//   CSystem ← Ground ← BTreeStore ← Catalog ← ReQLish ← SQL ← httpd ← PandoCommand (the executable `pando`)
//                                                       SQL ← Pando (what applications import)
//             Ground ← PostgresWire (PostgreSQL's messages, and a client's side of them) ← httpd, PandoCommand
//             Ground ← XML (a reader of XML, and its canonical form) ← Catalog, httpd, PandoCommand
//             Ground ← TLS (the system's OpenSSL) ← httpd, PandoCommand
//
// Ground holds what every floor needs (bytes, threads, clocks, files, hashes), so all of them may import it too. SQL knows the
// values of Catalog beside the queries of ReQLish.

let checkedSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// For the floors that a server runs on. A debug build checks at run time that nobody else uses a property of a class while it is changed.
/// In a server each of these objects belongs to one thread at a time, and the checks were a third of the instructions of a row that is
/// asked for by its key.
let settings = checkedSettings + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// For the targets whose accessors hand out a `Span`.
let spanSettings = settings + [.enableExperimentalFeature("Lifetimes")]

let package = Package(
    name: "Pando",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Pando", targets: ["Pando"]),
        .executable(name: "pando", targets: ["PandoCommand"]),
    ],
    targets: [
        .systemLibrary(name: "CSystem"),
        .systemLibrary(name: "CCipher"),
        .target(name: "Ground", dependencies: ["CSystem", "CCipher"], swiftSettings: spanSettings),
        .target(name: "BTreeStore", dependencies: ["Ground", "CSystem"], swiftSettings: spanSettings),
        .target(name: "XML", dependencies: ["Ground"], swiftSettings: spanSettings),
        .target(name: "Catalog", dependencies: ["BTreeStore", "XML", "Ground"], swiftSettings: spanSettings),
        .target(name: "ReQLish", dependencies: ["Catalog", "Ground", "CSystem"], swiftSettings: settings),
        .target(name: "SQL", dependencies: ["ReQLish", "Catalog", "Ground", "CSystem"], swiftSettings: settings),
        .target(name: "PostgresWire", dependencies: ["Ground"], swiftSettings: spanSettings),
        .target(name: "TLS", dependencies: ["Ground", "CSystem"], swiftSettings: spanSettings),
        .target(name: "Pando", dependencies: ["SQL", "ReQLish"], swiftSettings: settings),
        .target(
            name: "httpd", dependencies: ["SQL", "PostgresWire", "TLS", "XML", "ReQLish", "Ground", "CSystem"],
            resources: [.embedInCode("Explorer")],
            swiftSettings: settings),
        .executableTarget(
            name: "PandoCommand", dependencies: ["httpd", "PostgresWire", "TLS", "XML", "Ground"], exclude: ["Tour/make.py"],
            resources: [.embedInCode("Tour/Data")], swiftSettings: checkedSettings),

        .target(name: "TestSupport", dependencies: ["ReQLish", "BTreeStore"], path: "Tests/TestSupport", swiftSettings: settings),
        .target(name: "TestTraits", path: "Tests/TestTraits", swiftSettings: settings),
        .testTarget(
            name: "GroundTests", dependencies: ["Ground", "TestSupport"], exclude: ["Ciphers/Corpus"], swiftSettings: spanSettings),
        .testTarget(
            name: "BTreeStoreTests", dependencies: ["BTreeStore", "Ground", "TestSupport"], resources: [.copy("Golden"), .copy("Corpus")],
            swiftSettings: spanSettings),
        .testTarget(
            name: "CatalogTests", dependencies: ["Catalog", "XML", "Ground", "CSystem", "TestSupport"],
            resources: [.copy("Golden"), .copy("Text/Truth")],
            swiftSettings: spanSettings),
        .testTarget(
            name: "ReQLishTests", dependencies: ["ReQLish", "Ground", "Pando", "TestSupport", "TestTraits"],
            resources: [.copy("Golden"), .copy("Language")],
            swiftSettings: settings),
        .testTarget(
            name: "XMLTests", dependencies: ["XML", "Ground", "TestSupport"], resources: [.copy("Corpus")], swiftSettings: spanSettings),
        .testTarget(
            name: "PostgresWireTests", dependencies: ["PostgresWire", "Ground", "TestSupport"], resources: [.copy("Conversations")],
            swiftSettings: settings),
        .testTarget(name: "TLSTests", dependencies: ["TLS", "Ground", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "httpdTests", dependencies: ["httpd", "PostgresWire", "TLS", "Ground", "CSystem", "TestSupport", "TestTraits"],
            swiftSettings: settings),
        .testTarget(name: "PandoCommandTests", dependencies: ["PandoCommand", "Ground", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "SQLTests", dependencies: ["SQL", "Pando", "TestSupport", "TestTraits"], resources: [.copy("Statements")],
            swiftSettings: settings),
        .testTarget(name: "SourceTests", dependencies: ["TestSupport"], swiftSettings: settings),
    ]
)

// A release build of the tests has what they test as users get it. The tests themselves need not be fast, and to optimize them takes
// as long as all the rest.
for target in package.targets where target.isTest {
    target.swiftSettings?.append(.unsafeFlags(["-Onone"], .when(configuration: .release)))
}
