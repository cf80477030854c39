import ClaveDomain

/// The code of the error that the work throws, or nil if it succeeds.
func refusal<Value>(_ work: () throws(DomainError) -> Value) -> DomainError.Code? {
    do throws(DomainError) {
        _ = try work()
        return nil
    } catch {
        return error.code
    }
}
