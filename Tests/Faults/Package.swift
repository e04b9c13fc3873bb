// swift-tools-version: 6.2
import PackageDescription

// A package of its own that has the very sources of the store and of Ground, and the tests of the store (by symbolic links), and nothing of
// the floors above, so that they can be built quickly in other ways: with sanitizers, with a fuzzer, or as processes to be killed.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "Faults",
    platforms: [.macOS(.v26)],
    targets: [
        .systemLibrary(name: "CSystem"),
        .systemLibrary(name: "CCipher"),
        .target(
            name: "Ground", dependencies: ["CSystem", "CCipher"], path: "Sources",
            exclude: [
                "Ground/Ground.docc", "BTreeStore", "CCipher", "CSystem", "KnownLocks/BTreeStore", "KnownLocks/Mutex.swift", "killing",
            ],
            sources: ["Ground", "KnownLocks/Ground"], swiftSettings: settings),
        .target(
            name: "BTreeStore", dependencies: ["Ground", "CSystem"], path: "Sources",
            exclude: [
                "BTreeStore/BTreeStore.docc", "CCipher", "CSystem", "Ground", "KnownLocks/Ground", "KnownLocks/Mutex.swift", "killing",
            ],
            sources: ["BTreeStore", "KnownLocks/BTreeStore"], swiftSettings: settings),
        .target(name: "TestSupport", dependencies: ["BTreeStore"], path: "Tests/TestSupport", swiftSettings: settings),
        .executableTarget(name: "killing", dependencies: ["BTreeStore", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "BTreeStoreTests", dependencies: ["BTreeStore", "Ground", "CSystem", "TestSupport"],
            resources: [.copy("Golden"), .copy("Corpus")],
            swiftSettings: settings),
    ]
)
