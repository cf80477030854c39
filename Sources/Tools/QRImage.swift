import CLinux
import Glibc
import Localization
import Posix

/// Reads a QR in an image by the program `zbarimg`: pictures are parsed in its process, not here.
enum QRImage {
    private static let program = "/usr/bin/zbarimg"

    /// The one `clave-agent:` link in the image.
    static func read(_ path: String, _ tool: ToolProgram) throws(ToolProgram.Failure) -> String {
        guard unsafe access(program, X_OK) == 0 else {
            throw .message(tool.t("zbarimg is needed to read a QR: install the package zbar-tools."))
        }
        guard unsafe access(path, R_OK) == 0 else { throw .message(SystemError("open \(path)").description) }
        let output: String
        do throws(SystemError) { output = try run(path) } catch { throw .message(error.description) }
        let links = output.split(separator: "\n").filter { $0.hasPrefix("clave-agent:") }
        guard let link = links.first, links.count == 1 else {
            throw .message(tool.t("There is no QR of a gateway's page in that image."))
        }
        return String(link)
    }

    private static func run(_ path: String) throws(SystemError) -> String {
        let ends = try Descriptor.pipe()
        let ours = Descriptor(owning: ends.0)
        let theirs = Descriptor(owning: ends.1)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        // A path that begins with a hyphen must not be an option.
        let file = Files.isAbsolute(path) ? path : "./" + path
        let pid = try Spawn.start(
            program, arguments: ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file],
            environment: ["PATH=/usr/bin:/bin", "HOME=/nonexistent"],
            descriptors: [0: null.number, 1: theirs.number, 2: null.number])
        close(theirs.release())
        let bytes = try Files.read(ours, limit: 8192)
        var status: Int32 = 0
        try retrying("waitpid") { unsafe waitpid(pid, &status, 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A pause of a tool that looks again.
enum Pause {
    static func second() {
        sleep(1)
    }
}
