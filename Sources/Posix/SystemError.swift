import Glibc

/// A system call that failed: which one, on what, and the kernel's reason.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kernel's `errno`.
    public let number: Int32
    /// The call, and the path where there is one: `open /run/user/1000/clave-agent`.
    public let call: String

    /// The error of the call that has just failed in this thread.
    public init(_ call: String) {
        self.init(call, number: errno)
    }

    /// An error with a number that the caller has.
    public init(_ call: String, number: Int32) {
        self.number = number
        self.call = call
    }

    /// `open /x: No such file or directory`.
    public var description: String {
        guard let text = unsafe strerror(number) else { return "\(call): error \(number)" }
        return unsafe "\(call): \(String(cString: text))"
    }
}

/// Runs a system call until no signal interrupts it.
///
/// - Throws: ``SystemError`` when it returns -1.
@discardableResult
public func retrying<Value: SignedInteger>(
    _ name: @autoclosure () -> String, _ call: () -> Value
) throws(SystemError) -> Value {
    while true {
        let value = call()
        if value != -1 { return value }
        if errno != EINTR { throw SystemError(name()) }
    }
}
