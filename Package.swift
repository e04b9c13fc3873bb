// swift-tools-version: 6.2
import PackageDescription

// The floors of the house, lowest first. Each imports only the floor directly below it; Tests/SourceTests reads the
// sources and holds that rule.
//
//   CSystem ← BTreeStore ← Catalog ← ReQLish ← httpd ← PandoCommand (the executable `pando`)
//                                    ReQLish ← Pando (what applications import)

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

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
        .target(name: "BTreeStore", dependencies: ["CSystem"], swiftSettings: spanSettings),
        .target(name: "Catalog", dependencies: ["BTreeStore"], swiftSettings: spanSettings),
        .target(name: "ReQLish", dependencies: ["Catalog", "CSystem"], swiftSettings: settings),
        .target(name: "Pando", dependencies: ["ReQLish"], swiftSettings: settings),
        .target(
            name: "httpd", dependencies: ["ReQLish", "CSystem"], resources: [.embedInCode("Explorer")], swiftSettings: settings),
        .executableTarget(name: "PandoCommand", dependencies: ["httpd"], exclude: ["Tour/make.py"], swiftSettings: settings),

        .target(name: "TestSupport", dependencies: ["ReQLish"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "BTreeStoreTests", dependencies: ["BTreeStore", "TestSupport"], resources: [.copy("Golden"), .copy("Corpus")],
            swiftSettings: spanSettings),
        .testTarget(
            name: "CatalogTests", dependencies: ["Catalog", "CSystem", "TestSupport"], resources: [.copy("Golden")],
            swiftSettings: spanSettings),
        .testTarget(
            name: "ReQLishTests", dependencies: ["ReQLish", "Pando", "TestSupport"], resources: [.copy("Golden"), .copy("Language")],
            swiftSettings: settings),
        .testTarget(name: "httpdTests", dependencies: ["httpd", "CSystem", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "PandoCommandTests", dependencies: ["PandoCommand", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "SourceTests", dependencies: ["TestSupport"], swiftSettings: settings),
    ]
)
