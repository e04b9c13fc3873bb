// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the main package depends on nothing and builds nothing that its users do not need.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "Pando", path: "../..")],
    targets: [
        .executableTarget(
            name: "benchmark", dependencies: [.product(name: "Pando", package: "Pando")], swiftSettings: settings)
    ]
)
