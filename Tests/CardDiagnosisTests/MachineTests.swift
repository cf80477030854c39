import Testing

@testable import CardDiagnosis

@Suite struct `What a computer has for cards` {
    @Test func `is nothing where nothing is installed`() throws {
        let machine = try FakeMachine().machine
        #expect(!machine.hasService && !machine.hasDriver && !machine.hasSocket)
        #expect(machine.rivals.isEmpty && machine.pluggedReaders == 0)
        #expect(Machine(root: "/nonexistent/", socket: nil).pluggedReaders == 0)
    }

    @Test func `is found in its files`() throws {
        let fake = try FakeMachine(["usr/sbin/pcscd", "usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist"])
        #expect(fake.machine.hasService && fake.machine.hasDriver && !fake.machine.hasSocket)
        try fake.put("run/pcscd/pcscd.comm")
        #expect(fake.machine.hasSocket)
    }

    @Test func `is asked where the environment says that the service is`() throws {
        let fake = try FakeMachine(["elsewhere"])
        #expect(Machine(root: fake.root, socket: fake.root + "/elsewhere").hasSocket)
        #expect(!Machine(root: fake.root, socket: fake.root + "/nowhere").hasSocket)
    }

    @Test func `counts readers by the class of their interfaces`() throws {
        let fake = try FakeMachine()
        try fake.plug("1-1:1.0", interfaceClass: "03")
        #expect(fake.machine.pluggedReaders == 0)
        try fake.plug("1-2:1.0", interfaceClass: "0b")
        try fake.plug("1-2:1.1", interfaceClass: "0b")
        try fake.put("sys/bus/usb/devices/1-2/bDeviceClass", "00\n")
        try fake.put("sys/bus/usb/devices/1-3:1.0/bInterfaceClass", String(repeating: "0b", count: 100))
        #expect(fake.machine.pluggedReaders == 2)
    }

    @Test func `tells of the modules that drive readers over the air, not of those below them`() throws {
        let fake = try FakeMachine()
        for module in ["nfc", "pn533", "port100", "pn533_usb"] { try fake.put("sys/module/\(module)/refcnt", "0\n") }
        #expect(fake.machine.rivals == ["pn533_usb", "port100"])
    }
}
