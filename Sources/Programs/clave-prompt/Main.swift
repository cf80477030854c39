import Glibc
import Prompt

@main
struct Main {
    static func main() {
        exit(PromptProgram.run())
    }
}
