# fish completion for clave-pin(1)

# A locked vault is left alone: listing would ask for its passphrase.
function __clave_identities
    test -n "$CLAVE_AUTH_SOCK"; or return
    timeout 2 clave-add -s -j 2>/dev/null | string match -q '*"vault":"open"*'; or return
    timeout 2 clave-add -l -j 2>/dev/null | string replace -rf '^\{"id":"([0-9a-f]{8})[0-9a-f]*","name":"([^"\\\\]*)","document":"([^"\\\\]*)".*' '$1\t$2 ($3)'
end

complete -c clave-pin -f
complete -c clave-pin -s i -l identity -x -a '(__clave_identities)' -d 'Take only PINs of this identity'
complete -c clave-pin -s w -l wait -x -a '0 2m 5m 10m' -d 'How long to wait for a PIN'
complete -c clave-pin -s j -l json -d 'Print the PIN and what it is for as JSON'
complete -c clave-pin -s h -l help -d 'Print a summary'
complete -c clave-pin -s V -l version -d 'Print the version'
