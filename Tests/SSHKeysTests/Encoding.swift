import SecureMemory
import Wire

@testable import SSHKeys

/// A request's payload, written anew from what was read: what OpenSSH sent must come out byte for byte.
func encoded(_ request: KeyRequest, constrained: Bool) -> [UInt8] {
    var writer = ByteWriter()
    switch request {
    case .sign(let key, let data, let flags):
        writer.put(byte: KeyMessageType.sign)
        writer.put(key)
        writer.put(data)
        writer.put(flags)
    case .add(let key, let secret, let comment, let constraints):
        writer.put(byte: constrained ? KeyMessageType.addConstrained : KeyMessageType.add)
        put(key, secret, into: &writer)
        writer.put(comment)
        put(constraints, into: &writer)
    case .remove(let key):
        writer.put(byte: KeyMessageType.remove)
        writer.put(key)
    case .removeAll: writer.put(byte: KeyMessageType.removeAll)
    case .lock(let passphrase):
        writer.put(byte: KeyMessageType.lock)
        writer.put(plain(passphrase))
    case .unlock(let passphrase):
        writer.put(byte: KeyMessageType.unlock)
        writer.put(plain(passphrase))
    case .addProvider(let path, let pin, let constraints):
        writer.put(byte: constrained ? KeyMessageType.addCardConstrained : KeyMessageType.addCard)
        writer.put(SystemText.bytes(path))
        writer.put(plain(pin))
        put(constraints, into: &writer)
    case .removeProvider(let path):
        writer.put(byte: KeyMessageType.removeCard)
        writer.put(SystemText.bytes(path))
        // Nobody is asked for a PIN to forget keys: ssh-add sends an empty one.
        writer.put("")
    case .bind, .brokenBind, .unsupported: break
    }
    return writer.bytes
}

private func plain(_ secret: SecretBox) -> [UInt8] {
    secret.withSecret { secret in
        secret.withBytes { bytes in
            (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
    } ?? []
}

private func put(_ key: PublicKey, _ secret: SecretBox, into writer: inout ByteWriter) {
    let bytes = plain(secret)
    let numbers = bytes.withUnsafeBytes { SecretNumbers.read($0)!.map { Array($0) } }
    writer.put(key.typeName)
    if key.certificate != nil { writer.put(key.blob) }
    let isPlain = key.certificate == nil
    switch key.numbers {
    case .ed25519(let point): writer.put(point)
    case .ecdsa(let point):
        if isPlain {
            writer.put(key.algorithm.curve)
            writer.put(point)
        }
    case .rsa(let n, let e):
        if isPlain {
            writer.put(PublicKey.multiplePrecision(n))
            writer.put(PublicKey.multiplePrecision(e))
        }
    case .ecdsaSK(let point, let application):
        if isPlain {
            writer.put(key.algorithm.curve)
            writer.put(point)
        }
        writer.put(application)
    case .ed25519SK(let point, let application):
        writer.put(point)
        writer.put(application)
    }
    if key.algorithm.isSecurityKey {
        writer.put(byte: numbers[0][0])
        writer.put(numbers[1])
        return writer.put("")
    }
    for number in numbers.prefix(key.algorithm == .rsa ? 4 : 1) { writer.put(number) }
}

private func put(_ constraints: KeyConstraints, into writer: inout ByteWriter) {
    if let lifetime = constraints.lifetime {
        writer.put(byte: 1)
        writer.put(lifetime)
    }
    if constraints.needsConfirmation { writer.put(byte: 2) }
    if let provider = constraints.securityKeyProvider {
        writer.put(byte: 255)
        writer.put("sk-provider@openssh.com")
        writer.put(SystemText.bytes(provider))
    }
    guard !constraints.destinations.isEmpty else { return }
    writer.put(byte: 255)
    writer.put(DestinationConstraint.name)
    writer.put(nested { list in for step in constraints.destinations { list.put(nested { put(step, into: &$0) }) } })
}

private func put(_ step: DestinationConstraint, into writer: inout ByteWriter) {
    for hop in [step.from, step.to] {
        writer.put(
            nested { writer in
                writer.put(hop.user)
                writer.put(hop.host)
                writer.put("")
                for key in hop.keys {
                    writer.put(key.key.blob)
                    writer.put(key.isAuthority)
                }
            })
    }
    writer.put("")
}

private func nested(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    body(&writer)
    return writer.bytes
}
