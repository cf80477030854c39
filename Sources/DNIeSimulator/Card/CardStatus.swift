/// The status words that the card answers (ISO/IEC 7816-4 section 5.1.3).
enum CardStatus {
    static let success: UInt16 = 0x9000
    /// There are fewer bytes than were asked for.
    static let endOfFile: UInt16 = 0x6282
    /// Wrong PIN; the tries left go into the last four bits.
    static let wrongPIN: UInt16 = 0x63C0
    static let memoryFailure: UInt16 = 0x6581
    static let wrongLength: UInt16 = 0x6700
    static let noMessaging: UInt16 = 0x6882
    static let securityNotSatisfied: UInt16 = 0x6982
    static let blocked: UInt16 = 0x6983
    static let conditionsNotSatisfied: UInt16 = 0x6985
    static let noFileSelected: UInt16 = 0x6986
    static let wrongData: UInt16 = 0x6A80
    static let fileNotFound: UInt16 = 0x6A82
    static let wrongParameters: UInt16 = 0x6A86
    static let referenceNotFound: UInt16 = 0x6A88
    static let beyondEnd: UInt16 = 0x6B00
    /// The exact length goes into the last byte.
    static let exactLength: UInt16 = 0x6C00
    /// The bytes that wait for GET RESPONSE go into the last byte.
    static let bytesAvailable: UInt16 = 0x6100
    static let unknownInstruction: UInt16 = 0x6D00
    static let unknownClass: UInt16 = 0x6E00
    static let failure: UInt16 = 0x6F00
}
