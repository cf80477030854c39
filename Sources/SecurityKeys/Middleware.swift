import AgentProtocol
import CFido2
import Glibc
import Posix
import SSHKeys
import SecureMemory

/// A library with OpenSSH's interface for FIDO middleware (its `sk-api.h`), loaded into this process.
@safe
struct Middleware {
    private static let symbols = (version: "sk_api_version", sign: "sk_sign")
    /// Bytes of a library.
    private static let largest = 64 << 20

    private let function: clave_sk_sign_function

    /// Loads the library, if nobody else could have put it there.
    ///
    /// - Parameter path: real and absolute.
    init(path: String) throws(TokenRefusal) {
        do throws(TrustedLibrary.Failure) { try TrustedLibrary.check(path) } catch {
            switch error {
            case .notFound: throw TokenRefusal(.notFound, path)
            case .notAllowed(let reason): throw TokenRefusal(.notAllowed, reason)
            }
        }
        try Self.requireInterface(path)
        guard let library = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw TokenRefusal(.failed, "it can't be loaded: \(Self.loaderMessage)")
        }
        guard let version = unsafe clave_sk_version(dlsym(library, Self.symbols.version)),
            let sign = unsafe clave_sk_sign(dlsym(library, Self.symbols.sign))
        else { throw TokenRefusal(.notAllowed, "\(path) is no FIDO middleware") }
        let number = version()
        guard number & CLAVE_SK_VERSION_MASK == CLAVE_SK_VERSION else {
            throw TokenRefusal(.notAllowed, "its interface has version \(number >> 16), not \(CLAVE_SK_VERSION >> 16)")
        }
        unsafe function = sign
    }

    /// Refuses a file that does not name the interface: loading a library runs code of it, and those that were made for
    /// something else must not be run by adding a key.
    private static func requireInterface(_ path: String) throws(TokenRefusal) {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try Files.read(path, limit: largest) } catch {
            throw TokenRefusal(.notAllowed, error.description)
        }
        let name = Array((symbols.version + "\0").utf8)
        guard unsafe clave_sk_holds(bytes, bytes.count, name, name.count) else {
            throw TokenRefusal(.notAllowed, "\(path) is no FIDO middleware")
        }
    }

    private static var loaderMessage: String {
        guard let text = unsafe dlerror() else { return "" }
        return unsafe String(cString: text)
    }

    /// Has the token sign.
    func sign(
        _ request: borrowing SecurityKeySign, _ key: PublicKey
    ) throws(TokenRefusal) -> SecurityKeySignature {
        let algorithm = key.algorithm == .ecdsaSK ? CLAVE_SK_ECDSA : CLAVE_SK_ED25519
        var made: UnsafeMutablePointer<clave_sk_signature>?
        let function = unsafe function
        let (data, flags, application) = (request.data, request.flags, key.application ?? "")
        let handle = request.handle.copy()
        let code = try unsafe withCString(request.pin) { pin in
            handle.withBytes { handle in
                unsafe handle.withUnsafeBytes { handle in
                    unsafe function(
                        UInt32(algorithm), data, data.count, application,
                        handle.assumingMemoryBound(to: UInt8.self).baseAddress, handle.count, flags, pin, nil, &made)
                }
            }
        }
        guard code == 0, let made = unsafe made else { throw Self.refusal(code, wasTyped: request.pin.count > 0) }
        return try unsafe Self.signature(made.pointee, key)
    }

    private static func signature(
        _ made: clave_sk_signature, _ key: PublicKey
    ) throws(TokenRefusal) -> SecurityKeySignature {
        func bytes(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int) throws(TokenRefusal) -> [UInt8] {
            guard let start = unsafe start, count <= KeyLimits.signature else {
                throw TokenRefusal(.failed, "the middleware gave no signature")
            }
            return unsafe Array(UnsafeBufferPointer(start: start, count: count))
        }
        let first = try unsafe bytes(made.sig_r, made.sig_r_len)
        let form: SecurityKeySignature.Form =
            key.algorithm == .ed25519SK
            ? .ed25519(first) : .ecdsa(r: first, s: try unsafe bytes(made.sig_s, made.sig_s_len))
        return unsafe SecurityKeySignature(form, flags: made.flags, counter: made.counter)
    }

    private static func refusal(_ code: Int32, wasTyped: Bool) -> TokenRefusal {
        switch code {
        // The interface has one word for both.
        case Int32(CLAVE_SK_PIN_REQUIRED): TokenRefusal(wasTyped ? .wrongPIN : .pinNeeded)
        case Int32(CLAVE_SK_NO_DEVICE): TokenRefusal(.tokenGone, "there is no such token")
        case Int32(CLAVE_SK_UNSUPPORTED): TokenRefusal(.failed, "the token does not support that")
        default: TokenRefusal(.failed, "the middleware failed with \(code)")
        }
    }
}
