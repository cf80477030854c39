// swift-tools-version: 6.2
// The target list reads from the ground up: a floor knows only the floors below it.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
let house: [SwiftSetting] = strict + [.strictMemorySafety()]
/// For what runs in the agent's two lasting processes: without regular expressions, they load two libraries less.
let lean: [SwiftSetting] =
    house + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

/// Every address of a function is bound before `main`, so that the table of them is read-only from then on (full RELRO).
let bound: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]

/// A C library of the system, as a Swift module.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A library target; its folder is `Sources/<name>`.
///
/// - Parameter resources: what the program has in it of that folder.
func room(
    _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, resources: [Resource] = [],
    settings: [SwiftSetting] = house
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, resources: resources, swiftSettings: settings)
}

/// What a plugin's library is made of; its folder is `Plugins/<folder>`.
func plugin(_ name: String, folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Plugins/\(folder)", swiftSettings: house,
        linkerSettings: bound)
}

/// A program: a few lines of `main` over a floor-3 target.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + ["Posix"], path: "Sources/Programs/\(name)", swiftSettings: lean,
        linkerSettings: bound)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: [], swiftSettings: strict)
}

/// What `contrib/fuzz` builds, and nothing else does: libFuzzer's runtime belongs into no other program.
let fuzzers: [Target] =
    Context.environment["CLAVE_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "clave-fuzz-agent",
            dependencies: ["AgentCore", "EventLoop", "AgentProtocol", "SSHKeys", "SecureMemory", "Posix", "Wire"],
            path: "Tests/FuzzAgent", swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
        .executableTarget(
            name: "clave-fuzz-certificates",
            dependencies: [
                "ASN1", "Certificates", "CertificateTrust", "SSHKeys", "SignedForms", "Signatures", "Wire",
                "SecureMemory",
            ],
            path: "Tests/FuzzCertificates", swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
        .executableTarget(
            name: "clave-fuzz-cards", dependencies: ["SecureMessaging", "SmartCard", "SecureMemory"],
            path: "Tests/FuzzCards", swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
    ]

let package = Package(
    name: "clave-agent",
    products: [
        .library(name: "sms", type: .dynamic, targets: ["SMS"]),
        .library(name: "certificate", type: .dynamic, targets: ["Certificate"]),
        .library(name: "dnie", type: .dynamic, targets: ["DNIePlugin"]),
        .library(name: "registration", type: .dynamic, targets: ["RegistrationPlugin"]),
    ],
    targets: [
        // Floor 0: C.
        .systemLibrary(name: "CLinux", path: "Sources/System/CLinux"),
        .systemLibrary(name: "ClavePluginABI"),
        system("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        system("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
        system("CP11Kit", pkgConfig: "p11-kit-1", apt: "libp11-kit-dev"),
        system("CQREncode", pkgConfig: "libqrencode", apt: "libqrencode-dev"),
        system("CPango", pkgConfig: "pangocairo", apt: "libpango1.0-dev"),
        system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        system("CSecret", pkgConfig: "libsecret-1", apt: "libsecret-1-dev"),
        system("CPCSC", pkgConfig: "libpcsclite", apt: "libpcsclite-dev"),
        system("CFido2", pkgConfig: "libfido2", apt: "libfido2-dev"),

        // Floor 1: bytes, secrets, system calls, the domain.
        room("SecureMemory", ["CSodium", "CLinux"], settings: lean),
        room("Wire", ["SecureMemory"], settings: lean),
        room("Posix", ["CLinux", "SecureMemory", "Wire"], settings: lean),
        room("ClaveDomain", [], settings: lean),
        room("Localization", ["Wire", "Posix"]),

        // Floor 2: formats and protocols.
        room("Vault", ["SecureMemory", "Wire", "Posix"], settings: lean),
        room("Audit", ["SecureMemory", "Posix"], settings: lean),
        room("ASN1", [], settings: lean),
        room("SignedForms", ["ASN1", "SecureMemory", "Wire", "ClaveDomain"], settings: lean),
        room("AgentProtocol", ["SecureMemory", "Wire", "Posix", "SignedForms", "CLinux"], settings: lean),
        room("GatewayAPI", ["SecureMemory", "Wire"], settings: lean),
        room("EventLoop", ["SecureMemory", "Wire", "Posix", "CLinux"], settings: lean),
        room("SSHKeys", ["ASN1", "SecureMemory", "Wire", "SignedForms", "COpenSSL", "CSodium"], settings: lean),
        room("Certificates", ["ASN1", "SecureMemory", "SignedForms", "ClaveDomain", "COpenSSL"]),
        room(
            "CertificateTrust",
            [
                "ASN1", "SecureMemory", "Posix", "GatewayAPI", "SignedForms", "Certificates", "ClaveDomain", "COpenSSL",
                "CCurl", "CLinux",
            ]),
        room(
            "Signatures",
            [
                "ASN1", "SecureMemory", "Wire", "Posix", "SignedForms", "SSHKeys", "Certificates", "ClaveDomain",
                "COpenSSL",
            ]),
        room("Cryptoki", ["SecureMemory", "Wire", "Posix", "SignedForms", "Certificates", "CP11Kit"]),
        room("SmartCard", ["SecureMemory", "Posix", "CPCSC"]),
        room("SecureMessaging", ["SmartCard", "SecureMemory", "COpenSSL"]),
        room(
            "DNIe",
            [
                "SmartCard", "SecureMessaging", "SecureMemory", "Wire", "Posix", "SignedForms", "Certificates",
                "ClaveDomain", "Localization", "COpenSSL", "CZlib",
            ]),
        room("QR", ["CQREncode"]),
        room("Letters", ["ClaveDomain", "Localization", "QR", "CPango"]),
        room("WebServer", ["SecureMemory", "Posix", "CMicrohttpd", "COpenSSL"]),
        room("PluginKit", ["ClavePluginABI", "SecureMemory", "Wire"]),
        room("IdentityQuestions", ["PluginKit", "ClavePluginABI", "ClaveDomain", "Localization"]),
        room(
            "CertificateProof",
            [
                "PluginKit", "ClaveDomain", "Localization", "SecureMemory", "GatewayAPI", "Certificates", "SignedForms",
            ]),

        room("GatewayStore", ["Audit", "ClaveDomain", "GatewayAPI", "Posix", "CSQLite"]),

        // Floor 3: what each program does.
        room(
            "AgentCore",
            [
                "EventLoop", "SecureMemory", "Wire", "Posix", "Vault", "Audit", "AgentProtocol", "GatewayAPI",
                "SSHKeys", "SignedForms", "ClaveDomain", "CLinux",
            ], settings: lean),
        room("Supervisor", ["SecureMemory", "Wire", "Posix", "AgentProtocol", "CLinux"], settings: lean),
        room(
            "PluginHost",
            [
                "SecureMemory", "Wire", "Posix", "AgentProtocol", "SSHKeys", "SignedForms", "Certificates",
                "ClaveDomain", "Cryptoki", "ClavePluginABI", "CLinux",
            ]),
        room("SecurityKeys", ["SecureMemory", "Wire", "Posix", "AgentProtocol", "SSHKeys", "CFido2"]),
        room("Link", ["SecureMemory", "Wire", "Posix", "AgentProtocol", "CCurl"]),
        room("Keyring", ["SecureMemory", "Wire", "Posix", "AgentProtocol", "CSecret"]),
        room(
            "CardDiagnosis",
            ["SmartCard", "DNIe", "Certificates", "ClaveDomain", "SecureMemory", "Wire", "Posix", "Localization"]),
        room("Prompt", ["SecureMemory", "Wire", "Posix", "AgentProtocol", "Localization", "CLinux"]),
        room(
            "Tools",
            [
                "SecureMemory", "Wire", "Posix", "Audit", "AgentProtocol", "SignedForms", "SSHKeys", "Certificates",
                "Signatures", "ClaveDomain", "Localization", "CLinux",
            ]),
        room(
            "GatewayServices",
            [
                "GatewayStore", "Audit", "GatewayAPI", "ClaveDomain", "Localization", "SecureMemory", "Wire", "Posix",
                "Letters", "CertificateTrust", "COpenSSL", "CLinux",
            ]),
        room(
            "GatewayWeb",
            [
                "GatewayServices", "GatewayStore", "GatewayAPI", "WebServer", "QR", "ClaveDomain", "Localization",
                "SecureMemory", "Wire",
            ], resources: [.embedInCode("Assets")]),
        room(
            "Gateway",
            [
                "GatewayWeb", "GatewayServices", "GatewayStore", "GatewayAPI", "WebServer", "CertificateTrust",
                "Letters",
                "Audit", "ClaveDomain", "Localization", "SecureMemory", "Wire", "Posix", "COpenSSL", "CLinux",
            ]),
        room(
            "DNIeSimulator",
            [
                "ASN1", "SecureMemory", "Wire", "Posix", "ClaveDomain", "SmartCard", "SecureMessaging",
                "COpenSSL", "CZlib", "CLinux",
            ]),

        // Floor 4: programs.
        program("clave-agent", ["Supervisor", "AgentCore"]),
        program("clave-core", ["AgentCore"]),
        program("clave-plugin-host", ["PluginHost"]),
        program("clave-sk-helper", ["SecurityKeys"]),
        program("clave-link", ["Link"]),
        program("clave-prompt", ["Prompt"]),
        program("clave-keyring", ["Keyring"]),
        program("clave-card-diagnosis", ["CardDiagnosis"]),
        program("clave-add", ["Tools"]),
        program("clave-pin", ["Tools"]),
        program("clave-requests", ["Tools"]),
        program("clave-sign", ["Tools"]),
        program("clave-register", ["Tools"]),
        program("clave-gateway", ["Gateway"]),
        program("clave-dnie-simulator", ["DNIeSimulator"]),

        // What contrib/bench measures with.
        .executableTarget(
            name: "clave-bench-load",
            dependencies: ["GatewayAPI", "SecureMemory", "Wire", "Posix", "ClaveDomain", "CCurl"],
            path: "contrib/bench/load", swiftSettings: house),
        .executableTarget(
            name: "clave-bench-agent", dependencies: ["Wire", "SecureMemory", "CLinux"],
            path: "contrib/bench/agent-load",
            swiftSettings: house),
        .executableTarget(
            name: "clave-bench-dnie",
            dependencies: [
                "DNIe", "DNIeSimulator", "SmartCard", "SecureMessaging", "SecureMemory", "Cryptoki", "Posix",
                "TestSupport",
            ], path: "contrib/bench/dnie-load", swiftSettings: house),

        // Plugins.
        plugin(
            "SMS", folder: "SMS",
            [
                "PluginKit", "IdentityQuestions", "ClavePluginABI", "ClaveDomain", "GatewayAPI", "Localization", "Wire",
                "SecureMemory",
            ]),
        plugin(
            "RegistrationPlugin", folder: "Registration",
            [
                "PluginKit", "IdentityQuestions", "ClavePluginABI", "ClaveDomain", "GatewayAPI", "Localization", "Wire",
                "SecureMemory",
            ]),
        plugin(
            "Certificate", folder: "Certificate",
            [
                "PluginKit", "CertificateProof", "ClavePluginABI", "ClaveDomain", "Localization", "Wire",
                "SecureMemory",
                "Certificates", "SignedForms", "Cryptoki", "Posix",
            ]),
        plugin(
            "DNIePlugin", folder: "DNIe",
            [
                "PluginKit", "CertificateProof", "ClavePluginABI", "Localization", "SecureMemory", "Certificates",
                "SignedForms", "SmartCard", "DNIe", "Posix",
            ]),

        // Tests, one target each.
        .target(name: "TestSupport", dependencies: ["Posix"], path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "TestAuthorities", dependencies: ["CertificateTrust", "TestSupport"], path: "Tests/TestAuthorities",
            swiftSettings: strict),
        tests("SecureMemoryTests", ["SecureMemory", "CLinux", "TestSupport"]),
        tests("WireTests", ["Wire", "SecureMemory"]),
        tests("PosixTests", ["Posix", "Wire", "SecureMemory"]),
        tests("ClaveDomainTests", ["ClaveDomain"]),
        tests("LocalizationTests", ["Localization", "TestSupport"]),
        .executableTarget(
            name: "clave-vault-writer", dependencies: ["Vault", "SecureMemory", "Posix"], path: "Tests/VaultWriter",
            swiftSettings: strict),
        .testTarget(
            name: "VaultTests", dependencies: ["Vault", "SecureMemory", "Wire", "Posix", "TestSupport"],
            exclude: ["kill.c"], swiftSettings: strict),
        tests("AuditTests", ["Audit", "Posix", "SecureMemory"]),
        tests("AgentProtocolTests", ["AgentProtocol", "SignedForms", "Wire", "SecureMemory", "Posix"]),
        tests("ASN1Tests", ["ASN1"]),
        tests("SignedFormsTests", ["SignedForms", "Wire", "SecureMemory", "TestSupport"]),
        tests("QRTests", ["QR", "TestSupport"]),
        tests("LettersTests", ["Letters", "ClaveDomain", "Localization", "Posix", "TestSupport"]),
        tests("GatewayAPITests", ["GatewayAPI", "ClaveDomain", "Wire", "SecureMemory"]),
        .testTarget(
            name: "SSHKeysTests", dependencies: ["SSHKeys", "SignedForms", "Wire", "SecureMemory", "TestSupport"],
            exclude: ["Recorded"], swiftSettings: strict),
        tests("CertificatesTests", ["Certificates", "SignedForms", "SecureMemory", "ClaveDomain", "TestSupport"]),
        tests(
            "CertificateTrustTests",
            [
                "ASN1", "CertificateTrust", "Certificates", "ClaveDomain", "GatewayAPI", "TestSupport",
                "TestAuthorities",
            ]),
        tests(
            "SignaturesTests",
            [
                "ASN1", "Signatures", "Certificates", "ClaveDomain", "SignedForms", "SSHKeys", "SecureMemory", "Posix",
                "Wire", "TestSupport",
            ]),
        .executableTarget(
            name: "clave-card-tester", dependencies: ["SmartCard", "CPCSC"], path: "Tests/CardTester",
            swiftSettings: strict),
        tests("SmartCardTests", ["SmartCard", "CPCSC", "SecureMemory", "Posix", "TestSupport"]),
        .testTarget(
            name: "SecureMessagingTests",
            dependencies: ["SecureMessaging", "SmartCard", "SecureMemory", "Posix", "TestSupport", "COpenSSL"],
            exclude: ["PACE/libeac.c"], swiftSettings: strict),
        tests(
            "DNIeTests",
            [
                "DNIe", "DNIeSimulator", "SmartCard", "Localization", "SecureMemory", "Posix", "TestSupport",
                "COpenSSL", "CZlib",
            ]),
        tests(
            "DNIeSimulatorTests",
            [
                "DNIeSimulator", "SecureMessaging", "SmartCard", "Certificates", "ClaveDomain", "SecureMemory", "Posix",
                "TestSupport", "COpenSSL", "CZlib",
            ]),
        tests(
            "CardDiagnosisTests",
            [
                "CardDiagnosis", "DNIe", "DNIeSimulator", "SmartCard", "Localization", "Posix", "SecureMemory",
                "TestSupport",
            ]),
        tests("CryptokiTests", ["Cryptoki", "Certificates", "SignedForms", "SecureMemory", "CP11Kit", "TestSupport"]),
        .target(
            name: "EventLoopTestSupport", dependencies: ["EventLoop"], path: "Tests/EventLoopTestSupport",
            swiftSettings: strict),
        tests(
            "EventLoopTests",
            ["EventLoop", "EventLoopTestSupport", "Wire", "SecureMemory", "Posix", "CLinux", "TestSupport"]),
        tests(
            "AgentCoreTests",
            [
                "AgentCore", "EventLoop", "EventLoopTestSupport", "AgentProtocol", "SignedForms", "Wire",
                "SecureMemory", "Posix", "GatewayAPI", "Vault", "Audit", "SSHKeys", "TestSupport",
            ]),
        tests("SupervisorTests", ["Supervisor", "Posix", "TestSupport"]),
        tests(
            "PluginHostTests",
            [
                "PluginHost", "PluginKit", "ClavePluginABI", "AgentProtocol", "SecureMemory", "Posix", "Wire",
                "TestSupport",
            ]),
        tests(
            "SecurityKeysTests",
            ["SecurityKeys", "AgentProtocol", "SSHKeys", "SecureMemory", "Posix", "Wire", "TestSupport"]),
        tests("LinkTests", ["Link", "AgentProtocol", "SecureMemory", "Posix", "Wire", "TestSupport"]),
        tests(
            "PromptTests",
            ["Prompt", "AgentProtocol", "Localization", "Wire", "SecureMemory", "Posix", "CLinux", "TestSupport"]),
        tests(
            "ToolsTests", ["Tools", "AgentProtocol", "Localization", "Posix", "SecureMemory", "Wire", "TestSupport"]),
        tests(
            "GatewayTests",
            [
                "Gateway", "GatewayWeb", "GatewayServices", "WebServer", "GatewayStore", "Audit", "GatewayAPI",
                "ClaveDomain", "Wire", "SecureMemory", "Posix", "TestSupport", "CertificateTrust", "TestAuthorities",
            ]),
        tests("WebServerTests", ["WebServer", "SecureMemory", "Posix", "TestSupport"]),
        .testTarget(
            name: "GatewayStoreTests",
            dependencies: [
                "GatewayStore", "Audit", "ClaveDomain", "GatewayAPI", "Posix", "SecureMemory", "TestSupport",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        tests(
            "KeyringTests", ["AgentProtocol", "SecureMemory", "Wire", "Posix", "TestSupport"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "AgentCore", "AgentProtocol", "Audit", "GatewayAPI", "Vault", "SecureMemory", "Wire", "Posix",
                "TestSupport",
            ],
            exclude: ["kill-writes.c"], swiftSettings: strict),
    ] + fuzzers
)
