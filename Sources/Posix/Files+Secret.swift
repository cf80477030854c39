import CLinux
import Glibc
public import SecureMemory

extension Files {
    /// The bytes of a plain file, straight into guarded memory; `EFBIG` if it is longer than `limit`, `EINVAL` if it is
    /// none.
    public static func readSecret(_ file: borrowing Descriptor, limit: Int) throws(SystemError) -> SecretBytes {
        let number = file.number
        var status = stat()
        try retrying("fstat") { unsafe fstat(number, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError("read", number: EINVAL) }
        let size = Int(status.st_size)
        guard size <= limit else { throw SystemError("read", number: EFBIG) }
        let secret = SecretBytes(zeros: size)
        var filled = 0
        while filled < size {
            let count = try retrying("read") {
                secret.withMutableBytes { bytes in
                    unsafe bytes.withUnsafeMutableBytes {
                        unsafe Glibc.read(number, $0.baseAddress! + filled, size - filled)
                    }
                }
            }
            if count == 0 { break }
            filled += count
        }
        return secret.prefix(filled)
    }
}
