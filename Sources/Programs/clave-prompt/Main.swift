import Posix
import Prompt

@main
struct Main {
    static func main() {
        Program.run { _ in PromptProgram.run() }
    }
}
