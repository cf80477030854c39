import Glibc

extension Files {
    /// The names in a folder without `.` and `..`, in no order, their bytes as ``systemText(_:)`` has them: a name that is no
    /// UTF-8 still names its file.
    ///
    /// - Throws: what `opendir` says, as `ENOENT` or `ENOTDIR`, or `readdir` in the middle.
    public static func names(in folder: String) throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(folder) else { throw SystemError("opendir \(folder)") }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            // The end and an error differ by this alone.
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw SystemError("readdir \(folder)") }
                return names
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe systemText($0) }
            }
            guard ![".", ".."].contains(where: { name.utf8.elementsEqual($0.utf8) }) else { continue }
            names.append(name)
        }
    }
}
