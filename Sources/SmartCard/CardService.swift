import CPCSC

/// The card service as such.
enum CardService {
    /// How many seconds a service that runs, or is being started, has to answer.
    private static let patience = 10

    /// A place in the service for one who asks; the caller releases it.
    ///
    /// - Throws: ``ReaderError/serviceSilent(seconds:)`` if the service takes the connection and then says nothing, for which
    ///   PC/SC's library would wait without end.
    static func open() throws(ReaderError) -> Int {
        let call = try EndlessCall { () throws(ReaderError) in
            try establish()
        } giveBack: {
            SCardReleaseContext($0)
        }
        guard let context = try call.result(until: .now + .seconds(patience)) else {
            throw .serviceSilent(seconds: patience)
        }
        return context
    }

    private static func establish() throws(ReaderError) -> Int {
        var context = SCARDCONTEXT()
        let result = unsafe SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &context)
        if clave_pcsc_outcome(result) == CLAVE_PCSC_NO_SERVICE { throw .noService }
        try ReaderError.check("SCardEstablishContext", result)
        return context
    }
}
