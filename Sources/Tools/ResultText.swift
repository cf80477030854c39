import Localization
import Posix

/// Why a result can't go to the file that a person named, and what to do about it.
enum ResultText {
    static func words(for refusal: ResultFile.Refusal, _ path: String, _ tool: ToolProgram) -> String {
        switch refusal {
        case .exists: tool.t("{1} is there already: name another file, or replace it with --force.", path)
        case .isFolder: tool.t("{1} is a folder: name a file in it.", path)
        case .isInput: tool.t("{1} is what is to be signed: name another file for the signature.", path)
        case .folder(let folder): tool.t("{1} is no folder to which you may write.", folder)
        case .system(let error): "\(path): \(error)"
        }
    }
}
