import Glibc
import Posix
import Testing

@Suite struct `The person's home folder` {
    @Test(arguments: ["", "relative/home"])
    func `is that of the password database where HOME is not set, or no absolute path`(home: String) async throws {
        await #expect(processExitsWith: .exitCode(0)) { [home = home as String] in
            _ = home.isEmpty ? unsetenv("HOME") : setenv("HOME", home, 1)
            unsetenv("XDG_DATA_HOME")
            guard let entry = getpwuid(geteuid()), let folder = entry.pointee.pw_dir else { exit(3) }
            let known = String(cString: folder)
            exit(PersonFolders.home == known && PersonFolders.data == known + "/.local/share" ? 0 : 1)
        }
    }

    @Test func `is what HOME says, and the folders below it are where absolute variables say`() async throws {
        await #expect(processExitsWith: .exitCode(0)) {
            setenv("HOME", "/home/somebody", 1)
            setenv("XDG_DATA_HOME", "/data", 1)
            setenv("XDG_CONFIG_HOME", "relative", 1)
            let areRight =
                PersonFolders.home == "/home/somebody" && PersonFolders.data == "/data"
                && PersonFolders.configuration == "/home/somebody/.config"
            exit(areRight ? 0 : 1)
        }
    }
}
