import Glibc

/// How each program of the project starts and ends.
public enum Program {
    /// Runs a program to its end: the standard descriptors are open before it opens anything, and a result that could not
    /// be written makes it fail.
    ///
    /// - Parameter body: gets the arguments behind the program's name, and gives the exit code.
    public static func run(_ body: (_ arguments: [String]) -> Int32) -> Never {
        StandardDescriptors.hold()
        CallersMask.take()
        let words = Arguments.words
        let code = body(words)
        guard let failure = StandardOutput.takeFailure() else { exit(code) }
        let name =
            Arguments.programName.utf8.split(separator: 47).last.map { String(decoding: $0, as: UTF8.self) } ?? "?"
        StandardError.write("\(name): \(failure)\n")
        exit(code == 0 ? 1 : code)
    }
}

/// The descriptors 0, 1 and 2.
public enum StandardDescriptors {
    /// Has something open at each of the three.
    ///
    /// Whoever starts a program may have closed them. The next file or socket that it opens would then get such a number,
    /// and a message for the person would go there. What is put in their place fails with `EBADF` as a closed one does, so
    /// that nothing is taken for an empty input or for a result that was written: it is open for the other direction.
    public static func hold() {
        for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 {
            let direction = number == 0 ? O_WRONLY : O_RDONLY
            // The kernel gives the lowest that is free; the lower ones are open by now.
            var got = unsafe Glibc.open("/dev/null", direction)
            // Without /dev: a folder can be neither read nor written.
            if got < 0 { got = unsafe Glibc.open("/", O_RDONLY | O_DIRECTORY) }
            guard got == number else { _exit(1) }
        }
    }
}
