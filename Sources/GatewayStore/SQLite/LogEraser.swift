import CSQLite
import Synchronization

/// Overwrites what SQLite cuts off its write-ahead log, so that the bytes don't stay in free blocks of the disk.
///
/// SQLite has no setting for that: `secure_delete` reaches the database's pages only. It cuts the log by its file's
/// `xTruncate`, while it holds all locks of the log. This puts a function before that one, in a copy of the file's methods;
/// <https://www.sqlite.org/c3ref/io_methods.html>.
enum LogEraser {
    @unsafe
    private struct Methods: @unchecked Sendable {
        let original: UnsafePointer<sqlite3_io_methods>
        let ours: UnsafePointer<sqlite3_io_methods>
    }
    /// All connections have the same methods: those of the one file system interface that is in use. Never freed.
    private static let methods = unsafe Mutex<Methods?>(nil)
    /// Bytes that are written at once.
    private static let block = [UInt8](repeating: 0, count: 1 << 16)

    /// Has the log of a connection be overwritten when it is cut. A log that is not open is left as it is.
    static func attach(to handle: OpaquePointer) throws(StoreError) {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file)
        guard code == SQLITE_OK else { throw StoreError(code: code, "the log has no file") }
        guard let file = unsafe file, let current = unsafe file.pointee.pMethods else { return }
        unsafe methods.withLock { known in
            if unsafe known == nil { unsafe known = copy(of: current) }
            if let known = unsafe known, unsafe current == known.original { unsafe file.pointee.pMethods = known.ours }
        }
    }

    private static func copy(of original: UnsafePointer<sqlite3_io_methods>) -> Methods {
        let ours = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        unsafe ours.initialize(to: original.pointee)
        unsafe ours.pointee.xTruncate = { file, size in
            let known = unsafe LogEraser.methods.withLock { unsafe $0 }
            guard let file = unsafe file, let original = unsafe known?.original.pointee else { return SQLITE_IOERR }
            // A log that can't be overwritten is cut all the same.
            _ = unsafe LogEraser.erase(file, from: size, by: original)
            return unsafe original.xTruncate(file, size)
        }
        return unsafe Methods(original: original, ours: UnsafePointer(ours))
    }

    private static func erase(
        _ file: UnsafeMutablePointer<sqlite3_file>, from start: Int64, by methods: sqlite3_io_methods
    ) -> Int32 {
        var end: sqlite3_int64 = 0
        var code = unsafe methods.xFileSize(file, &end)
        var place = start
        guard place < end else { return code }
        while code == SQLITE_OK, place < end {
            let count = min(Int64(block.count), end - place)
            code = unsafe methods.xWrite(file, block, Int32(count), place)
            place += count
        }
        return code == SQLITE_OK ? unsafe methods.xSync(file, SQLITE_SYNC_NORMAL) : code
    }
}
