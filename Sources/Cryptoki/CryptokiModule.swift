import CP11Kit
import Glibc
import Posix

/// A PKCS#11 library in this process, loaded and initialized; it stays so until the process ends.
///
/// One thread at a time may use it and what comes from it.
@safe
public final class CryptokiModule {
    /// Slots of one library that are looked at.
    private static let maximumSlots = 64

    let functions: CK_FUNCTION_LIST

    /// Loads and initializes a library.
    ///
    /// - Parameter path: absolute; whoever calls has made sure that its code may run here.
    /// - Throws: with what the loader or the library says.
    public init(path: String) throws(CryptokiError) {
        let loaded = unsafe withSystemBytes(path) { unsafe p11_kit_module_load($0, Int32(P11_KIT_MODULE_UNMANAGED)) }
        guard let list = unsafe loaded else {
            throw CryptokiError("C_GetFunctionList", UInt(CKR_GENERAL_ERROR))
        }
        try CryptokiError.check("C_Initialize", unsafe p11_kit_module_initialize(list))
        functions = unsafe list.pointee
    }

    /// A library that is initialized already.
    init(initialized list: UnsafeMutablePointer<CK_FUNCTION_LIST>) {
        functions = unsafe list.pointee
    }

    /// The libraries that p11-kit is configured with (pkcs11.conf(5)), by the system and, except for root, by the person.
    ///
    /// - Parameter failed: hears of each that can't be initialized, and of the last that can't be loaded: p11-kit tells
    ///   of no other.
    static func configured(_ failed: (String) -> Void) -> [CryptokiModule] {
        guard let lists = unsafe p11_kit_modules_load(nil, 0) else {
            failed("p11-kit: \(loaderMessage)")
            return []
        }
        if !loaderMessage.isEmpty { failed("p11-kit: \(loaderMessage)") }
        var modules: [CryptokiModule] = []
        var place = unsafe lists
        while let list = unsafe place.pointee {
            unsafe place += 1
            let value = unsafe p11_kit_module_initialize(list)
            if value == CKR_OK {
                modules.append(unsafe CryptokiModule(initialized: list))
            } else {
                failed("\(unsafe name(list)): \(CryptokiError("C_Initialize", value))")
            }
        }
        return modules
    }

    /// By what p11-kit's configuration calls a library.
    private static func name(_ list: UnsafeMutablePointer<CK_FUNCTION_LIST>) -> String {
        guard let name = unsafe p11_kit_module_get_name(list) else { return "a library" }
        defer { unsafe free(name) }
        return unsafe String(cString: name)
    }

    /// What p11-kit has to say of the last failure to load; empty if nothing.
    public static var loaderMessage: String {
        unsafe p11_kit_message().map { unsafe String(cString: $0) } ?? ""
    }

    /// The initialized tokens that are present, in the library's order.
    public func tokens() throws(CryptokiError) -> [Token] {
        var count: UInt = 0
        try CryptokiError.check("C_GetSlotList", unsafe functions.C_GetSlotList(1, nil, &count))
        var slots = [UInt](repeating: 0, count: Int(min(count, UInt(Self.maximumSlots))))
        count = UInt(slots.count)
        guard count > 0 else { return [] }
        let value = unsafe functions.C_GetSlotList(1, &slots, &count)
        // More have come meanwhile than there is room for: those that fit are not told.
        guard value != CKR_BUFFER_TOO_SMALL else { return [] }
        try CryptokiError.check("C_GetSlotList", value)
        return slots.prefix(Int(clamping: count)).compactMap(token).filter(\.isInitialized)
    }

    /// The token in a slot; nil if there is none.
    func token(in slot: UInt) -> Token? {
        information(in: slot).map { Token(slot: slot, $0) }
    }

    /// How the token in a slot describes itself, byte by byte; nil if there is none.
    func information(in slot: UInt) -> CK_TOKEN_INFO? {
        var info = CK_TOKEN_INFO()
        guard unsafe functions.C_GetTokenInfo(slot, &info) == CKR_OK else { return nil }
        return info
    }

    /// Whether the token in a slot knows a mechanism, `CKM_…`.
    func offers(_ mechanism: UInt, in slot: UInt) -> Bool {
        var info = CK_MECHANISM_INFO()
        return unsafe functions.C_GetMechanismInfo(slot, mechanism, &info) == CKR_OK
    }
}

/// A token as it describes itself (`CK_TOKEN_INFO`).
public struct Token: Equatable, Sendable {
    public let slot: UInt
    public let label: String
    public let manufacturer: String
    public let serial: String
    private let flags: UInt

    init(slot: UInt, _ info: CK_TOKEN_INFO) {
        self.slot = slot
        var info = info
        label = Self.text(&info.label)
        manufacturer = Self.text(&info.manufacturerID)
        serial = Self.text(&info.serialNumber)
        flags = info.flags
    }

    var isInitialized: Bool { flags & UInt(CKF_TOKEN_INITIALIZED) != 0 }
    /// Its private keys are used only after a login.
    public var needsLogin: Bool { flags & UInt(CKF_LOGIN_REQUIRED) != 0 }
    /// The PIN is typed on the reader.
    public var hasPINPad: Bool { flags & UInt(CKF_PROTECTED_AUTHENTICATION_PATH) != 0 }
    /// One more wrong PIN would lock it.
    public var isAtFinalTry: Bool { flags & UInt(CKF_USER_PIN_FINAL_TRY) != 0 }
    /// It takes no PIN any more.
    public var isLocked: Bool { flags & UInt(CKF_USER_PIN_LOCKED) != 0 }

    /// Whether another description is of the same token, wherever it is plugged in.
    public func isSame(as other: Token) -> Bool {
        serial == other.serial && manufacturer == other.manufacturer && label == other.label
    }

    /// A field padded with spaces (PKCS #11 section 3.2).
    private static func text<Field>(_ field: inout Field) -> String {
        unsafe withUnsafeBytes(of: &field) { bytes in
            var end = bytes.count
            while end > 0, unsafe bytes[end - 1] == 0x20 || bytes[end - 1] == 0 { end -= 1 }
            return unsafe String(decoding: bytes[..<end], as: UTF8.self)
        }
    }
}
