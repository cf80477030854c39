# fish completion for clave-sign(1)

# A locked vault is left alone: listing would ask for its passphrase.
function __clave_identities
    test -n "$CLAVE_AUTH_SOCK"; or return
    timeout 2 clave-add -s -j 2>/dev/null | string match -q '*"vault":"open"*'; or return
    timeout 2 clave-add -l -j 2>/dev/null | string replace -rf '^\{"id":"([0-9a-f]{8})[0-9a-f]*","name":"([^"\\\\]*)","document":"([^"\\\\]*)".*' '$1\t$2 ($3)'
end

complete -c clave-sign -s r -l relying-party -x -d 'To whom the signature proves who you are'
complete -c clave-sign -s p -l purpose -x -d 'What for'
complete -c clave-sign -s n -l namespace -x -a 'file git' -d 'Sign a message as ssh-keygen does'
complete -c clave-sign -l login -d 'The content is an ssh login'
complete -c clave-sign -l tls -d 'The content is a CertificateVerify of TLS 1.3'
complete -c clave-sign -l opaque -d 'Sign the content as it is'
complete -c clave-sign -l digest -x -d 'Instead of the content, its digest'
complete -c clave-sign -s F -l format -x -a 'raw sshsig json cms cades jws' -d 'How the signature is written'
complete -c clave-sign -s c -l certificate -d 'Sign by the certificate\'s key'
complete -c clave-sign -l scheme -x -a 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA' -d 'How the certificate\'s key signs'
complete -c clave-sign -l key -x -a 'authentication signature' -d 'Which of the certificate\'s keys'
complete -c clave-sign -l pem -d 'Write CMS in PEM'
complete -c clave-sign -l detached -d 'Leave the content out of a web signature'
complete -c clave-sign -l attached -d 'Put the content into a CMS signature'
complete -c clave-sign -l verify -d 'Say whose a signature is, and whether it is good'
complete -c clave-sign -l content -r -d 'With --verify: what was signed'
complete -c clave-sign -l trust -x -a '(__fish_complete_directories)' -d 'With --verify: believe the certificates in it'
complete -c clave-sign -l print-certificates -d 'Print the identity\'s certificates'
complete -c clave-sign -s o -l output -r -d 'Where the signature goes'
complete -c clave-sign -l force -d 'Replace what is there'
complete -c clave-sign -s k -l public-key -d 'Print the signing key'
complete -c clave-sign -s i -l identity -x -a '(__clave_identities)' -d 'Who signs'
complete -c clave-sign -s j -l json -d 'Print the signature as JSON'
complete -c clave-sign -s h -l help -d 'Print a summary'
complete -c clave-sign -s V -l version -d 'Print the version'
