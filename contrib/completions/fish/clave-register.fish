# fish completion for clave-register(1)

# A locked vault is left alone: listing would ask for its passphrase.
function __clave_registrations
    test -n "$CLAVE_AUTH_SOCK"; or return
    timeout 2 clave-add -s -j 2>/dev/null | string match -q '*"vault":"open"*'; or return
    timeout 2 clave-register -s -j 2>/dev/null | string replace -rf '^\{"registration":"([0-9a-f]{8})[0-9a-f]*","way":"([a-z]*)".*' '$1\t$2'
end

complete -c clave-register -f
complete -c clave-register -a 'certificate' -d 'By a certificate, at once'
complete -c clave-register -a 'dnie' -d 'By a DNIe in a reader, at once'
complete -c clave-register -a 'call' -d 'By a video call in a browser'
complete -c clave-register -a 'letter' -d 'By a code in a letter to the fiscal address'
complete -c clave-register -s g -l gateway -x -d 'The gateway'
complete -c clave-register -l gateway-ca -r -F -d 'Certificates that vouch for the gateway'
complete -c clave-register -l document -x -d 'DNI or NIE'
complete -c clave-register -l validity -x -d 'Validity date of the DNI'
complete -c clave-register -l issue -x -d 'Issue date of a permanent DNI'
complete -c clave-register -l support -x -d 'Support number of a NIE'
complete -c clave-register -l phone -x -d 'Mobile phone'
complete -c clave-register -l email -x -d 'E-mail address'
complete -c clave-register -l activate -x -a 'yes no' -d 'Whether to activate this computer'
complete -c clave-register -l change-contact -d 'Phone and e-mail are other ones now'
complete -c clave-register -l no-browser -d 'Only print the address of the call'
complete -c clave-register -l no-wait -d 'Do not wait for the call'
complete -c clave-register -l have-code -d 'The letter is there already'
complete -c clave-register -l file -r -F -d 'Import the certificate from this file'
complete -c clave-register -l certificate -x -d 'Use an installed certificate'
complete -c clave-register -s f -l field -x -d 'Any other field, NAME=VALUE'
complete -c clave-register -s t -l lifetime -x -a '30m 1h 8h' -d 'Forget the keys after this time'
complete -c clave-register -s s -l status -d 'List what is begun'
complete -c clave-register -s r -l resume -d 'Go on with it'
complete -c clave-register -s i -l registration -x -a '(__clave_registrations)' -d 'Which'
complete -c clave-register -l forget -x -a '(__clave_registrations)' -d 'Forget one that was begun'
complete -c clave-register -s j -l json -d 'Print facts as JSON lines'
complete -c clave-register -s h -l help -d 'Print a summary'
complete -c clave-register -s V -l version -d 'Print the version'
