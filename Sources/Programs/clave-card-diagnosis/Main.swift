import CardDiagnosis
import Glibc

@main
struct Main {
    static func main() {
        exit(DiagnosisProgram.main(Array(CommandLine.arguments.dropFirst())))
    }
}
