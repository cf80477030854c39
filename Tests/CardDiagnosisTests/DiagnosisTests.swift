import SecureMemory
import SmartCard
import Testing

@testable import CardDiagnosis
@testable import SmartCard

@Suite struct `A diagnosis` {
    // MARK: The service

    @Test func `says how to install a service that is not there`() throws {
        let listener = try Listener()
        listener.diagnosis().tellWithoutService(.noService)
        #expect(listener.verdicts == ["service bad"])
        #expect(listener.text("service")?.contains("not installed: apt install pcscd libccid") == true)
    }

    @Test func `says how to start a service that does not run`() throws {
        let listener = try Listener(FakeMachine(["usr/sbin/pcscd"]))
        listener.diagnosis().tellWithoutService(.noService)
        #expect(listener.verdicts == ["service bad"])
        #expect(listener.text("service")?.contains("does not run") == true)
        #expect(listener.text("service")?.contains("systemctl start pcscd.socket") == true)
    }

    @Test func `says where to look when a service is there and gives no answer`() throws {
        let listener = try Listener(FakeMachine(["usr/sbin/pcscd", "run/pcscd/pcscd.comm"]))
        listener.diagnosis().tellWithoutService(.noService)
        #expect(listener.verdicts == ["service bad"])
        #expect(listener.text("service")?.contains("systemctl restart pcscd.socket pcscd") == true)
        #expect(listener.text("service")?.contains("journalctl -u pcscd") == true)
    }

    @Test func `says what else the service answers`() throws {
        let listener = try Listener(FakeMachine(["run/pcscd/pcscd.comm"]))
        listener.diagnosis().tellWithoutService(.failed("SCardEstablishContext: Out of memory."))
        #expect(listener.text("service")?.contains("SCardEstablishContext: Out of memory.") == true)
    }

    // MARK: Drivers

    @Test func `says how to install the driver of most readers`() throws {
        let listener = try Listener()
        listener.diagnosis().driver()
        #expect(listener.verdicts == ["driver note"])
        #expect(listener.text("driver")?.contains("apt install libccid") == true)
    }

    @Test func `finds nothing to mend where the driver is and the kernel keeps no reader`() throws {
        let listener = try Listener(FakeMachine(["usr/lib/pcsc/drivers/ifd-ccid.bundle", "sys/module/nfc/refcnt"]))
        listener.diagnosis().driver()
        #expect(listener.verdicts == ["driver good"])
    }

    @Test func `names the kernel's module that keeps a reader, and how to be rid of it`() throws {
        let listener = try Listener(
            FakeMachine(["usr/lib/pcsc/drivers/ifd-ccid.bundle", "sys/module/pn533_usb/refcnt"]))
        listener.diagnosis().driver()
        #expect(listener.verdicts == ["driver good", "driver note"])
        #expect(listener.findings[1].text.contains("modprobe -r pn533_usb"))
        #expect(listener.findings[1].text.contains("\"blacklist pn533_usb\""))
    }

    // MARK: Readers

    @Test func `tells a reader that is not there from one that has no driver`() throws {
        let listener = try Listener()
        listener.diagnosis().look(at: [])
        #expect(listener.verdicts == ["reader bad"])
        #expect(listener.text("reader") == "No card reader is there. Connect one.")
        let other = try Listener()
        try other.machine.plug("1-2:1.0", interfaceClass: "0b")
        other.diagnosis().look(at: [])
        #expect(other.verdicts == ["reader bad"])
        #expect(other.text("reader")?.contains("no driver for it") == true)
    }

    @Test func `asks for a card where no reader has one`() throws {
        let listener = try Listener()
        listener.diagnosis().look(at: [
            CardReader("Contact", ReaderState.empty), CardReader("Contactless", ReaderState.empty),
        ])
        #expect(listener.verdicts == ["reader good", "reader good", "card note"])
        #expect(listener.findings[1].text == "Reader Contactless: no card.")
        #expect(listener.text("card")?.contains("Hold the DNIe to the reader") == true)
    }

    @Test func `says what to do with a card that does not answer, and a reader that says nothing`() throws {
        let listener = try Listener()
        listener.diagnosis().look(at: [
            CardReader("One", ReaderState.mute), CardReader("Two", ReaderState.unavailable),
            CardReader("Three", ReaderState.empty),
        ])
        #expect(listener.verdicts == ["reader bad", "reader bad", "reader good"])
        #expect(listener.findings[0].text.hasPrefix("One: ") && listener.findings[0].text.contains("clean its chip"))
        #expect(listener.findings[1].text.contains("Reader Two") && listener.findings[1].text.contains("Plug it in"))
    }

    @Test(arguments: [
        ("3B800181", "is no DNIe"), ("FFFFFFFF", "is no DNIe"),
        ("3B7F960000006A54494631200101550421039000", "public employee's card"),
        ("3B7F960000006A444E496520010155042101" + "9000", "never handed over"),
        ("3B7F960000006A444E49652001015504210F9000", "ended its life"),
        ("3B7F960000006A444E496520010155042103" + "6581", "ended its life"),
    ])
    func `says why a card does not serve, without a word to it`(atr: String, words: String) throws {
        let listener = try Listener()
        listener.diagnosis().look(at: [CardReader("One", ReaderState.present, atr)])
        #expect(listener.verdicts == ["reader good", "card bad"])
        #expect(listener.text("card")?.contains(words) == true, "\(listener.findings)")
    }

    @Test(arguments: ["3B888001E1F35E117781A10003", "3B8C80015011223344E1F35E1177810052"])
    func `only names a card over the air, whose number it was not given`(atr: String) throws {
        let listener = try Listener()
        listener.diagnosis().look(at: [CardReader("One", ReaderState.present, atr)])
        #expect(listener.verdicts == ["reader good", "card note"], "\(listener.findings)")
        #expect(listener.text("card")?.contains("number (CAN)") == true)
    }
}

@Suite struct `A finding` {
    @Test(arguments: [(Finding.Verdict.good, "[ok]"), (.note, "[--]"), (.bad, "[!!]")])
    func `is a line for people, and one for programs`(verdict: Finding.Verdict, mark: String) {
        let finding = Finding(subject: "pin", verdict: verdict, text: "The \"PIN\"\u{1b}.")
        #expect(finding.line.hasPrefix(mark + " The "))
        let json = finding.json.withBytes { String(decoding: $0.withUnsafeBytes { Array($0) }, as: UTF8.self) }
        #expect(
            json == """
                {"subject":"pin","verdict":"\(verdict.rawValue)","text":"The \\"PIN\\"\\u001b."}

                """)
    }

    @Test func `lets no device's name steer the terminal`() throws {
        let listener = try Listener()
        let name = "Evil\u{1b}[2J\n\u{202e}reader\u{9b}\u{10FE1B}"
        listener.diagnosis().look(at: [CardReader(name, ReaderState.empty)])
        #expect(listener.text("reader") == "Reader Evil?[2J??reader??: no card.")
    }
}
