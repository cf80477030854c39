import AgentProtocol
import EventLoop
import Posix
import SSHKeys
import SecureMemory
import Wire

/// The PKCS#11 libraries that tools have had loaded.
@CoreActor
final class ProviderDesk {
    /// Libraries at once, each a process.
    private static let maximumCount = 8
    /// Milliseconds for loading, logging in and reading a slow card.
    private static let patience: UInt64 = 90_000

    private let helpers: HelperDirectory
    /// The keys of libraries, among all.
    private let ring: KeyRing
    /// Which may be loaded: a pattern list over real paths.
    private let allowed: String
    private var providers: [String: Provider] = [:]
    private var opening = 0

    init(helpers: HelperDirectory, ring: KeyRing, allowed: String) {
        self.ring = ring
        self.helpers = helpers
        self.allowed = allowed
    }

    /// Loads a library and logs in to its tokens; one that is loaded already is loaded anew beside it.
    ///
    /// - Returns: nil if it may not be loaded or holds nothing that can be used; the debug log tells why.
    func open(_ path: String, pin: consuming SecretBytes) async -> Provider? {
        guard let real = await permitted(path) else { return nil }
        guard providers.values.count(where: { !$0.isClosed }) + opening < Self.maximumCount else {
            DebugLog.write("too many PKCS#11 libraries")
            return nil
        }
        opening += 1
        defer { opening -= 1 }
        do throws(AgentError) { return try await start(real, pin) } catch {
            DebugLog.write("\(real): \(error.code) \(error.detail)")
            return nil
        }
    }

    /// The real path of a library that may be loaded, for PKCS#11 or FIDO tokens; nil if it may not.
    func permitted(_ path: String) async -> String? {
        guard let real = await Self.realPath(path), Pattern.matches(real, list: allowed) else {
            DebugLog.write("\(path) is no library that may be loaded (\(allowed))")
            return nil
        }
        return real
    }

    /// The library that is loaded from a path; also by another name of it.
    func provider(_ path: String) async -> Provider? {
        var found = providers[path]
        if found == nil, let real = await Self.realPath(path) { found = providers[real] }
        return found.flatMap { $0.isClosed ? nil : $0 }
    }

    /// A path without links, looked up where a file system that does not answer holds up nobody.
    private static func realPath(_ path: String) async -> String? {
        guard Files.isAbsolute(path) else { return nil }
        return await WorkerPool.shared.run { Files.realPath(path) }
    }

    /// Takes an opened library, which is at its path from now on.
    func keep(_ provider: Provider) {
        providers[provider.path] = provider
    }

    // MARK: The process

    private func start(_ path: String, _ pin: consuming SecretBytes) async throws(AgentError) -> Provider {
        let opened = Promise<ProviderOpened>()
        let failed = ProviderOpened(outcome: .failed, detail: "clave-plugin-host ended")
        let cell = Cell()
        let helper = try await helpers.start(
            .pluginHost,
            onPayload: { payload in
                guard let provider = cell.provider else {
                    return opened.fulfil((try? ProviderOpened.decode(payload: payload)) ?? failed)
                }
                if let signed = try? ProviderSigned.decode(payload: payload) {
                    provider.receive(signed)
                } else {
                    provider.close()
                }
            },
            onEnd: { [weak self] _ in
                opened.fulfil(failed)
                cell.hasEnded = true
                if let provider = cell.provider { self?.lost(provider) }
            })
        guard !Task.isCancelled else {
            helpers.stop(helper)
            throw AgentError(.denied, "the asking program went away")
        }
        helper.send(secret: ProviderOpen(path: path, pin: pin))
        let first = await opened.wait(milliseconds: Self.patience, ifLate: failed, ifCancelled: failed)
        guard first.outcome == .done, !first.keys.isEmpty, !cell.hasEnded, !Task.isCancelled else {
            helpers.stop(helper)
            throw AgentError(.pluginFailed, "\(first.outcome) \(first.detail)")
        }
        let provider = Provider(path: path, keys: first.keys, helper, helpers)
        cell.provider = provider
        return provider
    }

    /// What a process's words are for, known only once it has told its keys.
    @CoreActor
    private final class Cell {
        weak var provider: Provider?
        var hasEnded = false
    }

    private func lost(_ provider: Provider) {
        provider.close()
        if providers[provider.path] === provider { providers[provider.path] = nil }
        // Its process is gone: its keys can't be used any more.
        ring.removeAll(of: provider)
    }
}
