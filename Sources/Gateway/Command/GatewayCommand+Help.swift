extension GatewayOptions {
    static let help = """
        Usage: clave-gateway serve [--seed] [OPTION…]
               clave-gateway seed | outbox | mail | audit [OPTION…]
               clave-gateway citizen | operator | device | letter | appointment | errand COMMAND [OPTION…]

        The other half of clave-agent: an identity service with Cl@ve's ways, on this machine, to develop and test
        with. It is not the state's service, does not speak with it, and knows only made-up people.

        Commands:
          serve              listen for browsers and agents (Ctrl-C to stop)
          seed               register the made-up test citizens; with --count N, N numbered ones beside them, and
                             with --newcomers N, N numbered people of the census who are not registered
          citizen list       list who is registered
          citizen show       print all that is known of one: --document
          citizen add        register one: --document, --full-name 'GIVEN/SURNAME[/SECOND]', --phone, one of
                             --validity, --issue, --support, [--level basic|advanced] [--email ADDRESS]
                             [--language ca|es|gl|eu|en]
          citizen set        change what is known of one: --document, and what is to change
          citizen renew      renew one's registration, which counts at the basic level after five years: --document
          citizen remove     remove one, and all that is theirs: --document --reason death|renunciation
          operator list      list who may act at the desk, /desk
          operator add|remove
                             make a person one of them, or no longer one: --document
          device list        list the devices that people have activated [--document]
          device deactivate  end the device that acts for a person: --document
          letter list        list the letters, newest first [--document]
          letter void|send   make a person's letter void; have one printed for them: --document
          appointment list   list the video calls, newest first [--document]
          appointment cancel call off a person's video call: --document
          errand list        list what could not be done after an answer: a PIN, a code, a letter, and why
          errand retry|drop  have all that was set aside tried again; delete it
          outbox, mail       print the newest text message, the newest e-mail [-n COUNT]
          audit              print the newest 50 lines of the audit [-n COUNT] [--since TIME] [--act ACT]
                             [--document DOCUMENT]; with --verify, say whether the chain of its lines is whole

        Options:
          -s, --state DIR        keys and database (default: $XDG_STATE_HOME/clave-gateway)
          -l, --listen ADDRESS   IPv4 address to listen at (default: 127.0.0.1)
          -p, --port PORT        port; 0 for any (default: 8443)
          -o, --origin URL       as browsers and agents see it (default: https://localhost:PORT)
              --name NAME        what the gateway calls itself
              --seed             register the test citizens first
              --no-sandbox-pages hide the pages with text messages and e-mail, which are there at an address of
                                 this machine only, and open to who has the address that serve prints
              --sms outbox|gammu how text messages leave (default: outbox, files in DIR/outbox)
              --gammu-config F   configuration for gammu-smsd-inject
              --threads COUNT    of the server (default: 16)
              --connections-per-address COUNT
                                 connections of one address at a time; of this machine's own, and of a trusted
                                 proxy's, half of all that there can be (default: 64)
              --trusted-proxy ADDRESS[,ADDRESS]
                                 proxies whose X-Forwarded-For says who asks (default: none)
              --attempts-per-address COUNT
                                 attempts from one address in ten minutes, and visits (default: 100)
              --attempts-per-document COUNT
                                 attempts on one document from one address in ten minutes (default: 10)
              --letters DIR|off  where letters for registration are put, as PDF files to print; or that there
                                 are none (default: letters in the state folder)
              --letters-max COUNT
                                 letters that may wait there (default: 500)
              --call-hours HOURS when video calls for registration are held, in local time; or always, or none
                                 (default: 'mon-thu 09:00-14:00 15:00-18:00, fri 09:00-14:00')
              --call-operators COUNT
                                 appointments at the same time (default: 1)
              --stun URL[,URL]   stun:host:port, by which browsers of different networks find each other in a call
                                 (default: none)
              --turn URL         turn:host:port of the relay by which alone calls go, so that neither side learns the
                                 other's addresses (default: none)
              --turn-secret FILE the secret that gateway and relay share (coturn's static-auth-secret)
              --trust-store PATH PEM file or folder: authorities by whose certificates people may activate
                                 (default: DIR/trust, if it is there)
              --revocation require|soft-fail|off
                                 certificates of which nobody can say whether they are revoked: refuse them, take
                                 them, or don't ask (default: require)
              --crl PATH         file or folder with revocation lists, PEM or DER
              --ocsp-responder URL
                                 http:// of the responder to ask (default: the one that the certificate names)
              --since TIME       the audit from a day on, as in 31-12-2030, or of the last 90s, 5m, 2h, 1d, 1w
              --act ACT          lines of the audit with this act, such as PIN
              --verify           check that no line of the audit was changed, removed or put in
          -n, --last COUNT       how many messages or lines to print
          -j, --json             print people, devices, letters, calls, errands, messages or audit as JSON lines
          -h, --help             print this
          -V, --version          print the version
        """
}
