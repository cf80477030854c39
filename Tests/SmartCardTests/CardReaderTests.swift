import CPCSC
import Testing

@testable import SmartCard

@Suite struct `A reader` {
    private func reader(
        _ flags: some BinaryInteger, named name: String = "ACS ACR38U 00 00", events: UInt = 0, atr: String = ""
    )
        -> CardReader
    {
        CardReader(name: name, state: UInt(flags) | events << 16, atr: octets(atr))
    }

    @Test func `has in it what the service says`() {
        #expect(reader(SCARD_STATE_EMPTY).card == .none)
        #expect(reader(SCARD_STATE_PRESENT, atr: Sample.t0).card == .present(ATR(octets(Sample.t0))))
        #expect(reader(SCARD_STATE_PRESENT, atr: "00").card == .present(nil))
        #expect(reader(SCARD_STATE_PRESENT | SCARD_STATE_MUTE).card == .mute)
        #expect(reader(SCARD_STATE_UNAVAILABLE).card == .unavailable)
        #expect(reader(0).card == .unavailable)
        #expect(reader(SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE, atr: Sample.t0).isHeld)
        #expect(!reader(SCARD_STATE_PRESENT | SCARD_STATE_INUSE, atr: Sample.t0).isHeld)
    }

    @Test(
        arguments: [
            ("ACS ACR122U PICC Interface 00 00", true), ("HID OMNIKEY 5022 CL 00 00", true),
            ("Some NFC Reader 00 00", true), ("SCM SCL011 Contactless Reader 00 00", true), ("ACS ACR38U 00 00", nil),
            ("Clever Reader 00 00", nil),
        ] as [(String, Bool?)])
    func `without contacts is told by its name while it is empty`(name: String, isContactless: Bool?) {
        #expect(reader(SCARD_STATE_EMPTY, named: name).isContactless == isContactless)
    }

    @Test func `of both kinds is told by its card`() {
        let name = "Dual CL 00 00"
        #expect(reader(SCARD_STATE_PRESENT, named: name, atr: Sample.t0).isContactless == false)
        #expect(reader(SCARD_STATE_PRESENT, named: "Reader 00 00", atr: Sample.contactless).isContactless == true)
    }

    @Test func `is the same as long as no card comes or goes, whoever uses it`() {
        let one = reader(SCARD_STATE_PRESENT, events: 5, atr: Sample.t0)
        #expect(one.isSame(as: reader(SCARD_STATE_PRESENT | SCARD_STATE_INUSE, events: 5, atr: Sample.t0)))
        #expect(one.isSame(as: reader(SCARD_STATE_PRESENT | SCARD_STATE_CHANGED, events: 5, atr: Sample.t0)))
        #expect(!one.isSame(as: reader(SCARD_STATE_PRESENT, events: 7, atr: Sample.t0)))
        #expect(!one.isSame(as: reader(SCARD_STATE_PRESENT, events: 5, atr: Sample.t1)))
        #expect(!one.isSame(as: reader(SCARD_STATE_PRESENT, named: "Other 00 00", events: 5, atr: Sample.t0)))
    }
}
