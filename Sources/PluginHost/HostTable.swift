import ClavePluginABI

/// The table of C functions that a plugin is handed; each finds its session by the context.
enum HostTable {
    /// A table over `session`, which must outlive it.
    static func make(_ session: PluginSession, locale: UnsafePointer<CChar>) -> clave_host {
        unsafe clave_host(
            size: MemoryLayout<clave_host>.size, abi: CLAVE_PLUGIN_ABI,
            context: Unmanaged.passUnretained(session).toOpaque(), locale: locale, ask: ask, exchange: exchange,
            progress: progress, cancelled: cancelled, log: log, gateway: nil, signing_key: nil, sealing_key: nil)
    }

    private static func session(_ context: UnsafeMutableRawPointer?) -> PluginSession {
        unsafe Unmanaged<PluginSession>.fromOpaque(context!).takeUnretainedValue()
    }

    private static let ask:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<clave_field>?, UnsafeMutablePointer<UInt8>?, Int,
            UnsafeMutablePointer<Int>?
        ) -> Int32 = { context, field, answer, capacity, count in
            guard let field = unsafe field, let answer = unsafe answer, let count = unsafe count, capacity >= 0 else {
                return Int32(CLAVE_INVALID)
            }
            let outcome = unsafe session(context).ask(field, answer, capacity)
            unsafe count.pointee = outcome.count
            return outcome.status
        }

    private static let exchange:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?,
            Int, UnsafeMutablePointer<Int>?
        ) -> Int32 = { context, step, request, requestCount, reply, capacity, replyCount in
            guard let step = unsafe FieldReader.text(step, limit: Int(CLAVE_NAME_MAX)), requestCount >= 0,
                unsafe request != nil || requestCount == 0, let reply = unsafe reply, capacity >= 0,
                let replyCount = unsafe replyCount
            else { return Int32(CLAVE_INVALID) }
            unsafe replyCount.pointee = 0
            let outcome = unsafe session(context).exchange(
                step, UnsafeRawBufferPointer(start: request, count: requestCount))
            guard outcome.body.count <= capacity else { return Int32(CLAVE_INVALID) }
            for (index, byte) in outcome.body.enumerated() { unsafe reply[index] = byte }
            unsafe replyCount.pointee = outcome.body.count
            return outcome.status
        }

    private static let progress: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Int32 = {
        context, text in
        guard let text = unsafe FieldReader.text(text, limit: Int(CLAVE_TEXT_MAX)) else { return Int32(CLAVE_INVALID) }
        return unsafe session(context).line(text, isProgress: true)
    }

    private static let cancelled: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { context in
        unsafe session(context).checkCancelled() ? 1 : 0
    }

    private static let log: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = {
        context, text in
        guard let text = unsafe FieldReader.text(text, limit: Int(CLAVE_TEXT_MAX)) else { return }
        _ = unsafe session(context).line(text, isProgress: false)
    }
}
