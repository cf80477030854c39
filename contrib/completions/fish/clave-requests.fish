# fish completion for clave-requests(1)

# A locked vault is left alone: listing would ask for its passphrase.
function __clave_identities
    test -n "$CLAVE_AUTH_SOCK"; or return
    timeout 2 clave-add -s -j 2>/dev/null | string match -q '*"vault":"open"*'; or return
    timeout 2 clave-add -l -j 2>/dev/null | string replace -rf '^\{"id":"([0-9a-f]{8})[0-9a-f]*","name":"([^"\\\\]*)","document":"([^"\\\\]*)".*' '$1\t$2 ($3)'
end

function __clave_waiting
    test -n "$CLAVE_AUTH_SOCK"; or return
    timeout 2 clave-add -s -j 2>/dev/null | string match -q '*"vault":"open"*'; or return
    timeout 2 clave-requests -j 2>/dev/null | string match '*"kind":"mobile"*' | string replace -rf '^\{"id":"([0-9a-f]{8}).*"procedure":"([^"\\\\]*)","code":"([^"\\\\]*)".*' '$1\t$2, code $3'
end

complete -c clave-requests -f
complete -c clave-requests -s a -l approve -x -a '(__clave_waiting)' -d 'Approve a request'
complete -c clave-requests -s r -l reject -x -a '(__clave_waiting)' -d 'Reject a request'
complete -c clave-requests -s n -l next -d 'Wait for the next request, and approve it'
complete -c clave-requests -s l -l link -x -d 'Take the request of a link, and approve it'
complete -c clave-requests -s q -l qr -r -F -d 'Take the request of an image of a QR, and approve it'
complete -c clave-requests -s i -l identity -x -a '(__clave_identities)' -d 'Only what is for this identity'
complete -c clave-requests -s w -l wait -x -a '0 2m 5m 10m' -d 'How long to wait for something to come'
complete -c clave-requests -s j -l json -d 'Print facts as JSON lines'
complete -c clave-requests -s h -l help -d 'Print a summary'
complete -c clave-requests -s V -l version -d 'Print the version'
