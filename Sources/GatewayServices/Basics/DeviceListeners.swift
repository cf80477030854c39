import Synchronization

/// Listens for the events of a device.
public protocol DeviceListener: AnyObject, Sendable {
    /// Tells that there may be events. It does not wait.
    func wake()
}

/// Who listens for the events of which device: streams enter themselves here, and whoever pushes an event wakes them.
public final class DeviceListeners: Sendable {
    private struct State {
        var listeners: [Int64: (number: UInt64, listener: any DeviceListener)] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// A number for a listener that is about to be added, never given before.
    public func makeNumber() -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    /// Enters a listener for a device.
    ///
    /// - Returns: the one before, which hears nothing any more.
    public func add(_ listener: any DeviceListener, _ number: UInt64, for device: Int64) -> (any DeviceListener)? {
        state.withLock { state in
            defer { state.listeners[device] = (number, listener) }
            return state.listeners[device]?.listener
        }
    }

    /// Takes a listener out, if it is still the device's.
    public func remove(_ number: UInt64, of device: Int64) {
        state.withLock { if $0.listeners[device]?.number == number { $0.listeners[device] = nil } }
    }

    /// All that listen.
    public var all: [any DeviceListener] { state.withLock { $0.listeners.values.map(\.listener) } }

    /// Tells that a device has events.
    public func wake(_ device: Int64) { state.withLock { $0.listeners[device]?.listener }?.wake() }
}
