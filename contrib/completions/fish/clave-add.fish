# fish completion for clave-add(1)

# A locked vault is left alone: listing would ask for its passphrase.
function __clave_identities
    test -n "$CLAVE_AUTH_SOCK"; or return
    timeout 2 clave-add -s -j 2>/dev/null | string match -q '*"vault":"open"*'; or return
    timeout 2 clave-add -l -j 2>/dev/null | string replace -rf '^\{"id":"([0-9a-f]{8})[0-9a-f]*","name":"([^"\\\\]*)","document":"([^"\\\\]*)".*' '$1\t$2 ($3)'
end

complete -c clave-add -f
complete -c clave-add -s m -l method -x -a 'sms certificate dnie' -d 'How to prove who you are'
complete -c clave-add -s g -l gateway -x -d 'The gateway, https://host:port'
complete -c clave-add -l gateway-ca -r -F -d 'Certificates in PEM that vouch for the gateway'
complete -c clave-add -l document -x -d 'DNI or NIE'
complete -c clave-add -l validity -x -d 'Validity date of the DNI, day-month-year'
complete -c clave-add -l issue -x -d 'Issue date of a permanent DNI'
complete -c clave-add -l support -x -d 'Support number of a NIE'
complete -c clave-add -l file -r -F -d 'Import the certificate and its key'
complete -c clave-add -l certificate -x -d 'Use an installed certificate'
complete -c clave-add -l local -d 'Take the certificate in to sign with it, without a gateway'
complete -c clave-add -l available -d 'List the certificates that are installed'
complete -c clave-add -l diagnose -d 'Look at card service, readers and card'
complete -c clave-add -s f -l field -x -d 'Any other field of the method, NAME=VALUE'
complete -c clave-add -s t -l lifetime -x -a '30m 1h 8h 1d' -d 'Forget the keys after this time'
complete -c clave-add -s l -l list -d 'List the identities'
complete -c clave-add -s L -l list-all -d 'List all that is known of them'
complete -c clave-add -s d -l delete -x -a '(__clave_identities)' -d 'Remove one identity'
complete -c clave-add -l everywhere -d 'With -d: leave Cl@ve at its gateway too'
complete -c clave-add -s D -l delete-all -d 'Remove all identities'
complete -c clave-add -s u -l unlock -d 'Open the vault'
complete -c clave-add -s s -l status -d 'Tell how the agent is; asks nothing'
complete -c clave-add -l vault -d 'Tell what opens the vault; asks nothing'
complete -c clave-add -l change-passphrase -d 'Have another passphrase open the vault'
complete -c clave-add -l rekey -d 'Give the vault another key'
complete -c clave-add -l keyring -d 'Have the desktop\'s keyring open the vault'
complete -c clave-add -l no-keyring -d 'Have the keyring no longer open the vault'
complete -c clave-add -l backup -r -F -d 'Copy the vault, and see that the copy opens'
complete -c clave-add -l restore -r -F -d 'Put a backup in the place of the vault'
complete -c clave-add -l policy -x -a 'pin=ask pin=passphrase pin=remember: approve=ask approve=passphrase sign=ask sign=passphrase sign=remember:' -d 'How to ask before an identity acts'
complete -c clave-add -s i -l identity -x -a '(__clave_identities)' -d 'With --policy: whose'
complete -c clave-add -l ssh -x -a 'on off' -d 'Whether ssh sees the certificate\'s key'
complete -c clave-add -l remembered -d 'List the answers that hold for a time'
complete -c clave-add -l forget -x -a all -d 'Take remembered answers back'
complete -c clave-add -l log -d 'Show the audit log, and whether it is whole'
complete -c clave-add -l since -x -a '1h 1d 1w' -d 'With --log: only what is no older'
complete -c clave-add -l verify -d 'With --log: show no records'
complete -c clave-add -s j -l json -d 'Print facts as JSON lines'
complete -c clave-add -s h -l help -d 'Print a summary'
complete -c clave-add -s V -l version -d 'Print the version'
