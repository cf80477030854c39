import TestSupport
import Testing

@Suite struct `A home that can only be read` {
    private static let canMount =
        runProgram(
            "/usr/bin/unshare", ["-m", "sh", "-c", "mount --bind /mnt /mnt && mount -o remount,bind,ro /mnt"],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        ).code == 0

    /// Makes an identity that only signs, runs the lines where nothing of the agent's can be written, and has it sign
    /// where that is possible again.
    private static let frame = """
        PATH=$PATH:/usr/sbin:/sbin
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Prova -days 2 \
            -addext keyUsage=digitalSignature,nonRepudiation -keyout key -out crt 2>/dev/null
        openssl pkcs12 -export -inkey key -in crt -passout 'pass:a long passphrase' -out own.p12
        cat >ask <<'EOF'
        #!/bin/sh
        echo asked >>"$HOME/asked"
        case $CLAVE_ASKPASS_HINT in *passphrase | field:*) echo 'a long passphrase' ;; esac
        EOF
        chmod 700 ask; CLAVE_ASKPASS=$HOME/ask; export CLAVE_ASKPASS
        mkdir -p data config/clave-agent; echo KeyMemory 64 >config/clave-agent/config; echo content >content
        XDG_DATA_HOME=$HOME/data; XDG_CONFIG_HOME=$HOME/config; export XDG_DATA_HOME XDG_CONFIG_HOME
        start() { clave-agent -s -a sock >code && . ./code >/dev/null; }
        start; clave-add --local --file own.p12 || exit 9; kill $CLAVE_AGENT_PID
        while [ -e sock ]; do sleep 0.05; done
        mount --bind data data; mount -o remount,bind,ro data
        start; clave-add -u || exit 8; : >asked
        LINES
        kill $CLAVE_AGENT_PID; while [ -e sock ]; do sleep 0.05; done
        mount -o remount,bind,rw data; start; clave-sign -c -n file content >signature; echo $?; kill $CLAVE_AGENT_PID
        """

    @Test(
        .enabled(if: canMount, "it takes root, and a mount namespace"),
        arguments: ["clave-sign -c -n file content", "clave-sign -F cades -o new.p7s content", "clave-add -D"])
    func `has nobody asked for what could not be written, and keeps what is in it`(line: String) throws {
        let scene = try Scene()
        let script = Self.frame.replacing(
            "LINES", with: "\(line); echo $?; cat asked; test ! -e new.p7s || echo written")
        try writeProgram("#!/bin/sh\n" + script, to: scene.folder + "/script")
        let outcome = scene.run("unshare -m ./script")
        #expect(outcome.output == "1\n0\n", "\(outcome)")
        #expect(outcome.errors.contains("The agent's folder can only be read. Nothing was changed"), "\(outcome)")
    }
}
