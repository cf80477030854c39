import CP11Kit
public import SecureMemory

/// A session with a token (PKCS #11 section 5.6), read-only: nothing on the token is changed.
@safe
public final class TokenSession {
    /// Objects of one kind that are looked at.
    private static let maximumObjects = 256
    /// Bytes of a signature: RSA of 16,384 bits has the longest.
    private static let maximumSignature = 2048

    public let token: Token
    let module: CryptokiModule
    private let handle: UInt
    private var isClosed = false
    /// Private keys that have signed, by their public halves: to look for one takes a dozen questions.
    var known: [TokenKey.PublicHalf: UInt] = [:]
    private var functions: CK_FUNCTION_LIST { module.functions }

    /// Opens a session.
    public init(_ module: CryptokiModule, _ token: Token) throws(CryptokiError) {
        var handle: UInt = 0
        let value = unsafe module.functions.C_OpenSession(token.slot, UInt(CKF_SERIAL_SESSION), nil, nil, &handle)
        try CryptokiError.check("C_OpenSession", value)
        self.module = module
        self.token = token
        self.handle = handle
    }

    deinit { close() }

    /// Closes it, and so logs out if it is the token's last; it is of no use afterwards.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        _ = functions.C_CloseSession(handle)
    }

    /// Logs the person in; all sessions with the token are logged in then.
    ///
    /// - Parameter pin: not used where it is typed on the reader.
    /// - Throws: `.lockedPIN` also if it would take the token's last try.
    public func logIn(_ pin: borrowing SecretBytes) throws(CryptokiError) {
        try requireTries()
        let value = logIn(UInt(CKU_USER), pin)
        guard value != CKR_USER_ALREADY_LOGGED_IN else { return }
        try CryptokiError.check("C_Login", value)
    }

    /// Makes sure that a wrong PIN would not lock the token. Asked directly before each login: another slot's may have
    /// been the same token's.
    func requireTries() throws(CryptokiError) {
        guard let now = module.token(in: token.slot) else {
            throw CryptokiError("C_GetTokenInfo", UInt(CKR_TOKEN_NOT_PRESENT))
        }
        guard !now.isLocked, !now.isAtFinalTry else { throw CryptokiError("C_GetTokenInfo", UInt(CKR_PIN_LOCKED)) }
    }

    private func logIn(_ user: UInt, _ pin: borrowing SecretBytes) -> UInt {
        pin.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                let start = unsafe UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
                let isTyped = !token.hasPINPad
                return unsafe functions.C_Login(handle, user, isTyped ? start : nil, isTyped ? UInt(pin.count) : 0)
            }
        }
    }

    // MARK: Objects

    /// The objects of a class, with a key identifier if one is given.
    func objects(_ kind: UInt, identifier: [UInt8]? = nil) throws(CryptokiError) -> [UInt] {
        try objects(kind, with: UInt(CKA_ID), identifier ?? [])
    }

    /// The objects of a class with an attribute of this value; an empty value is any.
    func objects(_ kind: UInt, with type: UInt, _ value: [UInt8]) throws(CryptokiError) -> [UInt] {
        try begin(search: kind, type, value)
        defer { _ = functions.C_FindObjectsFinal(handle) }
        var found = [UInt](repeating: 0, count: Self.maximumObjects)
        var count: UInt = 0
        var all: [UInt] = []
        // A library may give fewer than there are at each call.
        repeat {
            let value = unsafe functions.C_FindObjects(handle, &found, UInt(Self.maximumObjects - all.count), &count)
            try CryptokiError.check("C_FindObjects", value)
            all += found.prefix(Int(min(count, UInt(Self.maximumObjects - all.count))))
        } while count > 0 && all.count < Self.maximumObjects
        return all
    }

    private func begin(search kind: UInt, _ type: UInt, _ wanted: [UInt8]) throws(CryptokiError) {
        var kind = kind
        var wanted = wanted
        let value = unsafe withUnsafeMutableBytes(of: &kind) { kind in
            unsafe wanted.withUnsafeMutableBytes { wanted in
                var template = unsafe [
                    CK_ATTRIBUTE(type: UInt(CKA_CLASS), pValue: kind.baseAddress, ulValueLen: UInt(kind.count)),
                    CK_ATTRIBUTE(type: type, pValue: wanted.baseAddress, ulValueLen: UInt(wanted.count)),
                ]
                return unsafe functions.C_FindObjectsInit(handle, &template, wanted.isEmpty ? 1 : 2)
            }
        }
        try CryptokiError.check("C_FindObjectsInit", value)
    }

    /// An attribute's bytes; nil if the object has none, may not tell it, or it is longer than `limit`.
    func attribute(_ type: UInt, of object: UInt, limit: Int) -> [UInt8]? {
        guard let count = unsafe read(type, of: object, into: nil), count <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = unsafe bytes.withUnsafeMutableBytes { unsafe read(type, of: object, into: $0) }
        guard let filled, filled <= count else { return nil }
        return Array(bytes.prefix(filled))
    }

    /// How long an attribute is, having read it if there is where to; nil if it can't be told.
    private func read(_ type: UInt, of object: UInt, into buffer: UnsafeMutableRawBufferPointer?) -> Int? {
        var entry = unsafe CK_ATTRIBUTE(
            type: type, pValue: buffer?.baseAddress, ulValueLen: UInt(buffer?.count ?? 0))
        guard unsafe functions.C_GetAttributeValue(handle, object, &entry, 1) == CKR_OK else { return nil }
        return Int(exactly: unsafe entry.ulValueLen)
    }

    // MARK: Signing

    /// Signs.
    ///
    /// - Parameters:
    ///   - mechanism: `CKM_…`.
    ///   - parameters: the mechanism's, as they lie in memory; empty for none.
    ///   - logsIn: for a key that wants the PIN before each signature.
    ///   - pin: not used where it is typed on the reader.
    func sign(
        _ input: [UInt8], by key: UInt, mechanism: UInt, parameters: [UInt8] = [], logsIn: Bool,
        pin: borrowing SecretBytes
    ) throws(CryptokiError) -> [UInt8] {
        if logsIn { try requireTries() }
        try begin(signingBy: key, mechanism, parameters)
        if logsIn {
            let value = logIn(UInt(CKU_CONTEXT_SPECIFIC), pin)
            guard value == CKR_OK else {
                abandonSigning()
                throw CryptokiError("C_Login", value)
            }
        }
        var input = input
        var signature = [UInt8](repeating: 0, count: Self.maximumSignature)
        var count = UInt(signature.count)
        let value = unsafe functions.C_Sign(handle, &input, UInt(input.count), &signature, &count)
        try CryptokiError.check("C_Sign", value)
        return Array(signature.prefix(Int(min(count, UInt(signature.count)))))
    }

    private func begin(signingBy key: UInt, _ mechanism: UInt, _ parameters: [UInt8]) throws(CryptokiError) {
        var parameters = parameters
        let value = unsafe parameters.withUnsafeMutableBytes { parameters in
            var how = unsafe CK_MECHANISM(
                mechanism: mechanism, pParameter: parameters.isEmpty ? nil : parameters.baseAddress,
                ulParameterLen: UInt(parameters.count))
            return unsafe functions.C_SignInit(handle, &how, key)
        }
        try CryptokiError.check("C_SignInit", value)
    }

    /// Ends what `C_SignInit` has begun: without a signature, the session would refuse the next.
    private func abandonSigning() {
        var nothing: UInt8 = 0
        var signature = [UInt8](repeating: 0, count: Self.maximumSignature)
        var count = UInt(signature.count)
        _ = unsafe functions.C_Sign(handle, &nothing, 0, &signature, &count)
    }
}
