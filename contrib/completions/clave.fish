# Completion of clave-agent's programs for fish; installed under the name of each.

# Identities or requests of the agent; nothing without an agent whose vault is open. Asks the person nothing.
function __clave_ids
    set -q CLAVE_AUTH_SOCK; or return
    string match -q '*"vault":"open"*' -- (clave-add -s -j 2>/dev/null); or return
    $argv 2>/dev/null | string replace -rf '.*"id":"([0-9a-f]{8}).*' '$1'
end

for program in clave-agent clave-add clave-pin clave-requests clave-gateway
    complete -c $program -s h -l help -d 'Print a summary'
    complete -c $program -s V -l version -d 'Print the version'
end
for program in clave-add clave-pin clave-requests clave-gateway
    complete -c $program -f -s j -l json -d 'Print facts as JSON'
end
for program in clave-pin clave-requests
    complete -c $program -s i -l identity -x -a '(__clave_ids clave-add -l -j)' -d 'Of this identity'
    complete -c $program -s w -l wait -x -a '30s 5m 1h' -d 'How long to wait'
end

complete -c clave-agent -s s -l sh -d 'Code for Bourne shells'
complete -c clave-agent -s c -l csh -d 'Code for C shells'
complete -c clave-agent -s D -l foreground -d 'Stay in the foreground'
complete -c clave-agent -s d -l debug -d 'Write a debug log'
complete -c clave-agent -s a -l address -r -F -d 'Listen at this socket'
complete -c clave-agent -s t -l lifetime -x -a '30m 1h 8h' -d 'Forget keys after'
complete -c clave-agent -s k -l kill -d 'End the agent'

complete -c clave-add -s m -l method -x -a sms -d 'How to prove who you are'
complete -c clave-add -s g -l gateway -x -d 'The gateway'
complete -c clave-add -l gateway-ca -r -F -d 'Certificates that vouch for it'
complete -c clave-add -l document -x -d 'DNI or NIE'
complete -c clave-add -l validity -x -d 'Validity date'
complete -c clave-add -l issue -x -d 'Issue date'
complete -c clave-add -l support -x -d 'Support number'
complete -c clave-add -s f -l field -x -d 'Another field, NAME=VALUE'
complete -c clave-add -s t -l lifetime -x -a '30m 1h 8h' -d 'Forget the keys after'
complete -c clave-add -s l -l list -d 'List the identities'
complete -c clave-add -s L -l list-all -d 'List all that is known'
complete -c clave-add -s d -l delete -x -a '(__clave_ids clave-add -l -j)' -d 'Remove one'
complete -c clave-add -s D -l delete-all -d 'Remove all'
complete -c clave-add -s u -l unlock -d 'Open the vault'
complete -c clave-add -s s -l status -d 'How the agent is'

complete -c clave-requests -s a -l approve -x -a '(__clave_ids clave-requests -j)' -d 'Approve'
complete -c clave-requests -s r -l reject -x -a '(__clave_ids clave-requests -j)' -d 'Reject'
complete -c clave-requests -s n -l next -d 'Approve the next'
complete -c clave-requests -s l -l link -x -d "A page's link"
complete -c clave-requests -s q -l qr -r -F -d 'An image of its QR'

complete -c clave-gateway -n __fish_use_subcommand -x -a 'serve seed citizen outbox audit'
complete -c clave-gateway -n '__fish_seen_subcommand_from citizen' -x -a 'add list'
complete -c clave-gateway -s s -l state -r -F -d 'Keys and database'
complete -c clave-gateway -s l -l listen -x -d 'Address'
complete -c clave-gateway -s p -l port -x -d 'Port'
complete -c clave-gateway -s o -l origin -x -d 'As browsers see it'
complete -c clave-gateway -l name -x -d 'Its own name'
complete -c clave-gateway -l seed -d 'Register the test citizens'
complete -c clave-gateway -l count -x -d 'Numbered citizens'
complete -c clave-gateway -l no-sandbox-pages -d 'Hide the text messages'
complete -c clave-gateway -l sms -x -a 'outbox gammu' -d 'How messages leave'
complete -c clave-gateway -l gammu-config -r -F -d 'Configuration'
complete -c clave-gateway -l threads -x -d 'Of the server'
complete -c clave-gateway -l attempts-per-address -x -d 'In ten minutes'
complete -c clave-gateway -l attempts-per-document -x -d 'In ten minutes'
complete -c clave-gateway -l document -x -d 'DNI or NIE'
complete -c clave-gateway -l full-name -x -d 'GIVEN/SURNAME/SECOND'
complete -c clave-gateway -l level -x -a 'basic advanced' -d 'Registration level'
complete -c clave-gateway -l validity -x -d 'Date'
complete -c clave-gateway -l issue -x -d 'Date'
complete -c clave-gateway -l support -x -d 'Number'
complete -c clave-gateway -l phone -x -d 'Number'
complete -c clave-gateway -l language -x -a 'ca es gl eu en' -d 'Of messages'
complete -c clave-gateway -s n -l last -x -d 'How many'
