/// The project's own facts.
public enum ClaveAgent {
    /// The version of every program of the project.
    public static let version = "0.1.0"
}
