// swift-tools-version: 6.0
import PackageDescription

// The core as a library: on Apple platforms the XCFramework that make-xcframework.sh makes; where
// HANDRAIL_LIBRARY_DIR names a folder, and always on Linux, cargo's own library in that folder.
var library = Context.environment["HANDRAIL_LIBRARY_DIR"]
#if os(Linux)
    library = library ?? "\(Context.packageDirectory)/../../target/debug"
#endif

let header: Target
let link: [LinkerSetting]
let strict: [SwiftSetting]
if let library {
    header = .systemLibrary(name: "HandrailFFI", path: "generated/HandrailFFI")
    link = [
        .linkedLibrary("handrail_companion"),
        .unsafeFlags(["-L", library, "-Xlinker", "-rpath", "-Xlinker", library]),
    ]
    // Not for apps: SwiftPM refuses such flags in packages that others depend on by version.
    strict = [.unsafeFlags(["-warnings-as-errors"])]
} else {
    header = .binaryTarget(name: "HandrailFFI", path: "HandrailFFI.xcframework")
    link = []
    strict = []
}

let package = Package(
    name: "Handrail",
    defaultLocalization: "en",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "Handrail", targets: ["Handrail"])
    ],
    targets: [
        header,
        .target(
            name: "HandrailGenerated",
            dependencies: ["HandrailFFI"],
            path: "generated/HandrailGenerated",
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: link
        ),
        .target(
            name: "Handrail",
            dependencies: ["HandrailGenerated"],
            resources: [.process("Resources")],
            swiftSettings: strict
        ),
        .target(name: "TestClinic", swiftSettings: strict),
        .executableTarget(
            name: "HandrailCalls",
            dependencies: ["Handrail", "TestClinic"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HandrailTests",
            dependencies: ["Handrail", "HandrailGenerated", "TestClinic"],
            swiftSettings: strict
        ),
    ]
)
