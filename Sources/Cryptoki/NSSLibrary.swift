import CP11Kit
import Glibc
import Wire

/// NSS's own tokens, `libsoftokn3.so`: a PKCS#11 library that is told at its initialization which databases its tokens
/// are (NSS, "PKCS #11 Module Specs"). They are opened for reading only.
enum NSSLibrary {
    /// Where Debian, and others, have it; the first that can be loaded is taken.
    private static let patterns = [
        "/usr/lib/*/libsoftokn3.so", "/usr/lib/*/nss/libsoftokn3.so", "/usr/lib64/libsoftokn3.so",
        "/usr/lib/libsoftokn3.so",
    ]
    /// The slots that it leaves to those who name tokens are 4 to 100.
    private static let firstSlot: UInt = 4

    /// The library with a token for each database, and which slot is which's.
    ///
    /// - Parameter failed: hears of each database that can't be opened: damaged, or from a newer NSS.
    static func open(
        _ databases: [BrowserDatabase], _ failed: (String) -> Void
    ) -> (module: CryptokiModule, slots: [UInt: BrowserDatabase])? {
        guard !databases.isEmpty else { return nil }
        guard let list = unsafe load() else {
            failed("NSS: libsoftokn3.so is not there, so that browsers' certificates can't be used")
            return nil
        }
        var good = databases
        if unsafe initialize(list, databases) != CKR_OK {
            // One that fails makes all fail. So each is tried for itself.
            good = databases.filter { unsafe opens($0, list, failed) }
            guard !good.isEmpty, unsafe initialize(list, good) == CKR_OK else { return nil }
        }
        let numbered = good.enumerated().map { (firstSlot + UInt($0.offset), $0.element) }
        return unsafe (CryptokiModule(initialized: list), Dictionary(uniqueKeysWithValues: numbered))
    }

    private static func load() -> UnsafeMutablePointer<CK_FUNCTION_LIST>? {
        for pattern in patterns {
            var found = unsafe glob_t()
            defer { unsafe globfree(&found) }
            guard unsafe glob(pattern, 0, nil, &found) == 0 else { continue }
            for place in unsafe 0..<Int(found.gl_pathc) {
                let path = unsafe found.gl_pathv[place]
                if let list = unsafe p11_kit_module_load(path, Int32(P11_KIT_MODULE_UNMANAGED)) { return unsafe list }
            }
        }
        return nil
    }

    private static func opens(
        _ database: BrowserDatabase, _ list: UnsafeMutablePointer<CK_FUNCTION_LIST>, _ failed: (String) -> Void
    ) -> Bool {
        let value = unsafe initialize(list, [database])
        guard value == CKR_OK else {
            failed("NSS: \(database.place): \(CryptokiError("C_Initialize", value))")
            return false
        }
        _ = unsafe list.pointee.C_Finalize(nil)
        return true
    }

    private static func initialize(
        _ list: UnsafeMutablePointer<CK_FUNCTION_LIST>, _ databases: [BrowserDatabase]
    ) -> UInt {
        var text = SystemText.bytes(parameters(databases)) + [0]
        return unsafe text.withUnsafeMutableBytes { text in
            var arguments = unsafe CK_C_INITIALIZE_ARGS()
            unsafe arguments.flags = UInt(CKF_OS_LOCKING_OK)
            unsafe arguments.pReserved = text.baseAddress
            return unsafe list.pointee.C_Initialize(&arguments)
        }
    }

    // MARK: Parameters

    /// `tokens=<0x4=[configdir='sql:…' tokenDescription='…' flags=readOnly] 0x5=[…]>`, where each pair of brackets or
    /// quotation marks wants what it holds escaped.
    static func parameters(_ databases: [BrowserDatabase]) -> String {
        let tokens = databases.enumerated().map { offset, database in
            let folder = escaped("sql:\(database.folder)")
            let label = escaped(database.label)
            let token = "configdir='\(folder)' tokenDescription='\(label)' flags=readOnly"
            return "0x\(String(firstSlot + UInt(offset), radix: 16))=[\(escaped(token))]"
        }
        return "tokens=<\(escaped(tokens.joined(separator: " ")))>"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            if "\\'\"<>[](){}".unicodeScalars.contains(character) { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }
}
