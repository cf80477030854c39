import CardDiagnosis
import Posix

@main
struct Main {
    static func main() {
        Program.run(DiagnosisProgram.main)
    }
}
