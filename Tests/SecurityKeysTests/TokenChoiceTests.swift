import AgentProtocol
import Testing

@testable import SecurityKeys

@Suite struct `The token that signs` {
    /// What choosing among tokens, by name, came to.
    private func choose(
        _ tokens: [String], carriesPIN: Bool, knowing: Set<String> = [], touching: String? = nil
    ) -> (chosen: String?, asked: [String], wasTouched: Bool) {
        var asked: [String] = []
        var wasTouched = false
        let chosen = try? TokenChoice.holder(of: tokens, carriesPIN: carriesPIN) { token throws(TokenRefusal) in
            asked.append(token)
            return knowing.contains(token)
        } touched: { tokens throws(TokenRefusal) in
            wasTouched = true
            guard let touching, tokens.contains(touching) else { throw TokenRefusal(.tokenGone) }
            return touching
        }
        return (chosen, asked, wasTouched)
    }

    @Test func `gets a PIN only if it knows the key, or the person touches it, though it is the only one`() {
        let knowing = choose(["a"], carriesPIN: true, knowing: ["a"])
        #expect(knowing.chosen == "a" && !knowing.wasTouched)
        // Its own key, or another's: it does not tell.
        let silent = choose(["a"], carriesPIN: true)
        #expect(silent.chosen == nil && silent.asked == ["a"] && silent.wasTouched)
        #expect(choose(["a"], carriesPIN: true, touching: "a").chosen == "a")
    }

    @Test func `is the only one there is where no PIN is sent`() {
        let only = choose(["a"], carriesPIN: false)
        #expect(only.chosen == "a" && only.asked.isEmpty && !only.wasTouched)
    }

    @Test(arguments: [false, true]) func `is the one of several that knows the key, and else the touched one`(
        carriesPIN: Bool
    ) {
        let knowing = choose(["a", "b", "c"], carriesPIN: carriesPIN, knowing: ["b"])
        #expect(knowing.chosen == "b" && knowing.asked == ["a", "b"] && !knowing.wasTouched)
        #expect(choose(["a", "b"], carriesPIN: carriesPIN, touching: "b").chosen == "b")
        #expect(choose(["a", "b"], carriesPIN: carriesPIN).chosen == nil)
    }
}
