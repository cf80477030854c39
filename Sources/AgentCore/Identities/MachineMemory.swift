import Posix

/// What memory this process can have, as the kernel tells.
enum MachineMemory {
    /// Longest file of the kernel's that is read.
    private static let maximumLength = 65536

    /// Bytes that are available to this process; nil if the kernel does not tell.
    static func available() -> UInt64? {
        available { path in
            guard let bytes = try? Files.read(path, limit: maximumLength) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// As above, by the texts of the kernel's files.
    static func available(_ read: (String) -> String?) -> UInt64? {
        guard let free = read("/proc/meminfo").flatMap(free) else { return nil }
        return cgroupLimits(read("/proc/self/cgroup") ?? "", read).reduce(free, min)
    }

    private static func free(_ text: String) -> UInt64? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }.map { $0 << 10 }
    }

    /// The limits of this process's control group and of those around it, of either version of the kernel's interface.
    private static func cgroupLimits(_ text: String, _ read: (String) -> String?) -> [UInt64] {
        var limits: [UInt64] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isSecond = fields[1].isEmpty
            guard isSecond || fields[1].split(separator: ",").contains("memory") else { continue }
            let root = isSecond ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
            let file = isSecond ? "/memory.max" : "/memory.limit_in_bytes"
            for group in groups(String(fields[2])) {
                // A group without a limit says "max", or a number that no machine has.
                let limit = read(root + group + file)?.split(separator: "\n").first.flatMap { UInt64($0) }
                if let limit { limits.append(limit) }
            }
        }
        return limits
    }

    /// A group and those around it: `/a/b`, `/a` and the root, which is empty.
    private static func groups(_ path: String) -> [String] {
        var groups: [String] = []
        var path = path == "/" ? "" : path
        while !path.isEmpty {
            groups.append(path)
            path = Files.parent(of: path)
            if path == "/" || path == "." { path = "" }
        }
        return groups + [""]
    }
}
