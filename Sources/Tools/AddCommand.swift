import Posix

/// `clave-add`: activates, lists and removes identities. What it does is the table of ``AddAction``.
public enum AddCommand {
    private static let help = """
        Usage: clave-add [-m METHOD] -g URL [--gateway-ca FILE] [OPTION…]
               clave-add --local [-m certificate | -m dnie] [--file FILE | --certificate URI] [OPTION…]
               clave-add [-m METHOD] --available
               clave-add -m dnie --diagnose
               clave-add -l | -L | -d IDENTITY | --leave [IDENTITY] | -D | -u | -s
               clave-add --vault | --change-passphrase | --rekey | --keyring | --no-keyring
               clave-add --backup FILE [--force] | --restore FILE
               clave-add --policy OPERATION=POLICY [-i IDENTITY]
               clave-add --ssh on|off [-i IDENTITY]
               clave-add --remembered | --forget NUMBER|all
               clave-add --log [--since TIME] [--verify]

        Activates a Cl@ve identity in the agent, lists identities, removes them. The gateway is a clave-gateway
        service; the state's production service has no public interface, and is never contacted.

          -m, --method METHOD     how to prove who you are: sms (the default), certificate, dnie
          -g, --gateway URL       the gateway, https://host:port (default: $CLAVE_GATEWAY)
              --gateway-ca FILE   certificates in PEM that vouch for it (default: $CLAVE_GATEWAY_CA, or the system's)
              --document TEXT     DNI or NIE; what is not given here is asked
              --validity DATE     validity date of the DNI, day-month-year
              --issue DATE        issue date of a permanent DNI
              --support TEXT      support number of a NIE
              --file FILE         import the certificate and its key from this file: PKCS#12 or PEM
              --certificate URI   use an installed one, where it is: see --available
              --local             take the certificate in to sign with it: no gateway, no network, no DNI or NIE needed
          -f, --field NAME=VALUE  any other field of the method; never a secret
          -t, --lifetime TIME     forget the keys after this time: 3600, 30m, 1h30m
              --available         list the certificates that are installed on this machine; with -m dnie, the cards
              --diagnose          look at card service, readers and card, and say what to mend; needs no agent
          -l, --list              list the identities
          -L, --list-all          list all that is known of them
          -d, --delete IDENTITY   remove one: beginning of its identifier, or end of its document
              --leave [IDENTITY]  remove it and leave Cl@ve at its gateway too, after asking; no device acts for you
                                  then; the only identity needs no name
              --everywhere        with -d: the same as --leave
          -D, --delete-all        remove all
          -u, --unlock            open the vault
          -s, --status            how the agent is; asks nothing
              --vault             what is known of the vault, and what opens it; asks nothing
              --change-passphrase have another passphrase open the vault
              --rekey             give the vault another key under the same passphrase
              --keyring           have the desktop's keyring open the vault when the agent starts
              --no-keyring        have it no longer do so
              --backup FILE       copy the vault, and see that the copy opens
              --force             with --backup: replace what is there
              --restore FILE      put a backup in the vault's place
              --policy OP=POLICY  how to ask before 'pin', 'approve' or 'sign': 'ask' each time, 'passphrase' each
                                  time, or 'remember:TIME', by which a yes holds for that program
          -i, --identity IDENTITY with --policy and --ssh: whose
              --ssh on|off        have ssh see the key of the identity's certificate; each use is asked about
              --remembered        list the answers that hold for a time
              --forget NUMBER|all take them back
              --log               show the audit log, and whether it is whole; needs no agent
              --since TIME        with --log: only what is no older: 90m, 2d
              --verify            with --log: show no records
          -j, --json              print facts as JSON lines
          -h, --help              print this
          -V, --version           print the version
        """

    /// Runs the tool.
    public static func main(_ arguments: [String]) -> Int32 {
        let tool = ToolProgram(name: "clave-add", help: help, definitions: AddAction.definitions)
        return tool.run(arguments) { (options) throws(ToolProgram.Failure) in
            try AddAction.chosen(by: options).run(tool, options)
        }
    }
}
