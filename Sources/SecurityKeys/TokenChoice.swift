import AgentProtocol

/// Which of the tokens that are plugged in is to sign.
enum TokenChoice {
    /// The token that holds a key. A PIN goes to no other, which it would cost a try: only to one that says that it knows the
    /// key, or else, since some don't tell before the PIN is typed (credProtect, CTAP 2.1), to the one that the person touches.
    ///
    /// - Parameters:
    ///   - carriesPIN: whether the request has a PIN with it.
    ///   - knows: whether a token says, untouched, that the key is one of its.
    ///   - touched: the token that the person touches.
    /// - Throws: `.tokenGone` where there is none, and what the two throw.
    static func holder<Token>(
        of tokens: [Token], carriesPIN: Bool, knows: (Token) throws(TokenRefusal) -> Bool,
        touched: ([Token]) throws(TokenRefusal) -> Token
    ) throws(TokenRefusal) -> Token {
        guard let first = tokens.first else { throw TokenRefusal(.tokenGone, "no FIDO token is plugged in") }
        // Nothing is lost by asking a wrong one.
        if tokens.count == 1, !carriesPIN { return first }
        for token in tokens where try knows(token) { return token }
        return try touched(tokens)
    }
}
