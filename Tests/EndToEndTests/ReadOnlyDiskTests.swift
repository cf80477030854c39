import TestSupport
import Testing

@Suite struct `A home that can only be read` {
    private static let canMount =
        runProgram(
            "/usr/bin/unshare", ["-m", "sh", "-c", "mount --bind /mnt /mnt && mount -o remount,bind,ro /mnt"],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        ).code == 0

    /// Makes an identity that only signs, runs a line where nothing of the agent's can be written, and has it sign where
    /// that is possible again.
    private static func script(_ line: String) -> String {
        """
        cd "$HOME"; PATH=$PATH:/usr/sbin:/sbin
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Prova -days 2 \
            -addext keyUsage=digitalSignature,nonRepudiation -addext basicConstraints=CA:FALSE \
            -keyout key -out crt 2>/dev/null
        openssl pkcs12 -export -inkey key -in crt -passout 'pass:a long passphrase' -out own.p12
        mkdir data; echo content >content
        start() { clave-agent -s >code && . ./code >/dev/null; }
        stop() { kill $CLAVE_AGENT_PID; while [ -e "$CLAVE_AUTH_SOCK" ]; do sleep 0.05; done; }
        start; clave-add --local --file own.p12 || exit 9; stop
        mount --bind data data; mount -o remount,bind,ro data
        start; clave-add -u || exit 8; : >asked
        \(line); echo $?; cat asked; test ! -e new.p7s || echo written
        stop; mount -o remount,bind,rw data
        start; clave-sign -c -n file content >signature; echo $?; stop
        """
    }

    @Test(
        .enabled(if: canMount, "it takes root, and a mount namespace"),
        arguments: [
            "clave-sign -c -n file content", "clave-sign -F cades -o new.p7s content", "clave-add -D",
            "clave-add --policy sign=passphrase",
        ])
    func `has nobody asked for what could not be written, and keeps what is in it`(line: String) throws {
        let world = try World(gateway: false, agent: false)
        try world.answer(field: "password", "a long passphrase")
        let outcome = world.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", Self.script(line)])
        #expect(outcome.output == "1\n0\n", "\(outcome)")
        #expect(outcome.errors.contains("The agent's folder can only be read. Nothing was changed"), "\(outcome)")
    }
}
