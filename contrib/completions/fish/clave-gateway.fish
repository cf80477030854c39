# fish completion for clave-gateway(1)

# The words before the cursor that are neither options nor their values.
function __clave_gateway_command
    set -l values -s --state -l --listen -p --port -o --origin --name --sms --gammu-config --threads \
        --connections-per-address --trusted-proxy --attempts-per-address --attempts-per-document --letters --letters-max \
        --call-hours --call-operators --stun --turn --turn-secret --trust-store --revocation --crl --ocsp-responder \
        --count --newcomers -n --last --document --full-name --level --validity --issue --support --phone --email \
        --language --reason --since --act
    set -l skip no
    set -l words
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word $values
            set skip yes
        else if not string match -q -- '-*' $word
            set -a words $word
        end
    end
    string join ' ' $words
end

# Whether the command is one of these, or there is none yet.
function __clave_gateway_takes
    set -l command (__clave_gateway_command)
    test -z "$command"; or contains -- "$command" $argv
end

function __clave_gateway_is
    set -l command (__clave_gateway_command)
    test "$command" = "$argv"
end

complete -c clave-gateway -f
complete -c clave-gateway -n '__clave_gateway_is ""' -a serve -d 'Listen for browsers and agents'
complete -c clave-gateway -n '__clave_gateway_is ""' -a seed -d 'Register the made-up test citizens'
complete -c clave-gateway -n '__clave_gateway_is ""' -a citizen -d 'Register, list, change or remove people'
complete -c clave-gateway -n '__clave_gateway_is ""' -a operator -d 'Who may act at the desk'
complete -c clave-gateway -n '__clave_gateway_is ""' -a device -d 'List devices, or end one'
complete -c clave-gateway -n '__clave_gateway_is ""' -a letter -d 'List, send or void letters'
complete -c clave-gateway -n '__clave_gateway_is ""' -a appointment -d 'List video calls, or call one off'
complete -c clave-gateway -n '__clave_gateway_is ""' -a errand -d 'List what could not be done, try it again, or drop it'
complete -c clave-gateway -n '__clave_gateway_is ""' -a mail -d 'Print the newest e-mail'
complete -c clave-gateway -n '__clave_gateway_is ""' -a outbox -d 'Print the newest text messages'
complete -c clave-gateway -n '__clave_gateway_is ""' -a audit -d 'Print the newest lines of the audit'
complete -c clave-gateway -n '__clave_gateway_is ""' -a help -d 'Print a summary'
complete -c clave-gateway -n '__clave_gateway_is citizen' -a add -d 'Register one person'
complete -c clave-gateway -n '__clave_gateway_is citizen' -a list -d 'List the people'
complete -c clave-gateway -n '__clave_gateway_is citizen' -a show -d 'Print what is known of one person'
complete -c clave-gateway -n '__clave_gateway_is citizen' -a set -d 'Change what is known of one person'
complete -c clave-gateway -n '__clave_gateway_is citizen' -a renew -d 'Renew a registration'
complete -c clave-gateway -n '__clave_gateway_is citizen' -a remove -d 'Remove one person'
complete -c clave-gateway -n '__clave_gateway_is operator' -a add -d 'Make a person an operator'
complete -c clave-gateway -n '__clave_gateway_is operator' -a remove -d 'Make a person no operator'
complete -c clave-gateway -n '__clave_gateway_is operator' -a list -d 'List the operators'
complete -c clave-gateway -n '__clave_gateway_is device' -a list -d 'List the devices'
complete -c clave-gateway -n '__clave_gateway_is device' -a deactivate -d "End a person's device"
complete -c clave-gateway -n '__clave_gateway_is letter' -a list -d 'List the letters'
complete -c clave-gateway -n '__clave_gateway_is letter' -a send -d 'Have a letter printed'
complete -c clave-gateway -n '__clave_gateway_is letter' -a void -d "Make a person's letter void"
complete -c clave-gateway -n '__clave_gateway_is appointment' -a list -d 'List the video calls'
complete -c clave-gateway -n '__clave_gateway_is appointment' -a cancel -d "Call a person's call off"
complete -c clave-gateway -n '__clave_gateway_is errand' -a list -d 'List what could not be done'
complete -c clave-gateway -n '__clave_gateway_is errand' -a retry -d 'Have what was set aside tried again'
complete -c clave-gateway -n '__clave_gateway_is errand' -a drop -d 'Delete what was set aside'

complete -c clave-gateway -s s -l state -x -a '(__fish_complete_directories)' -d 'Keys and database'
complete -c clave-gateway -s h -l help -d 'Print a summary'
complete -c clave-gateway -s V -l version -d 'Print the version'

set -l serve '__clave_gateway_takes serve'
complete -c clave-gateway -n $serve -s l -l listen -x -a '127.0.0.1 0.0.0.0' -d 'IPv4 address to listen at'
complete -c clave-gateway -n $serve -s p -l port -x -a '0 8443' -d 'Port; 0 for any'
complete -c clave-gateway -n $serve -s o -l origin -x -d 'As browsers and agents see it'
complete -c clave-gateway -n $serve -l name -x -d 'What the gateway calls itself'
complete -c clave-gateway -n $serve -l seed -d 'Register the test citizens first'
complete -c clave-gateway -n $serve -l no-sandbox-pages -d 'Hide the pages with messages'
set -l messages '__clave_gateway_takes serve "citizen add" "citizen set" "citizen remove"'
complete -c clave-gateway -n $messages -l sms -x -a 'outbox gammu' -d 'How text messages leave'
complete -c clave-gateway -n $messages -l gammu-config -r -F -d 'Configuration for gammu-smsd-inject'
complete -c clave-gateway -n $serve -l threads -x -d 'Threads of the server'
complete -c clave-gateway -n $serve -l connections-per-address -x -d 'Connections of one address at a time'
complete -c clave-gateway -n $serve -l trusted-proxy -x -d 'Proxies whose X-Forwarded-For says who asks'
complete -c clave-gateway -n $serve -l attempts-per-address -x -d 'Attempts from one address in ten minutes'
complete -c clave-gateway -n $serve -l attempts-per-document -x -d 'Attempts on one document in ten minutes'
complete -c clave-gateway -n $serve -l letters -x -a 'off (__fish_complete_directories)' -d 'Where letters to print are put'
complete -c clave-gateway -n $serve -l letters-max -x -d 'Letters that may wait there'
complete -c clave-gateway -n $serve -l call-hours -x -a 'always none' -d 'When video calls are held'
complete -c clave-gateway -n $serve -l call-operators -x -d 'Appointments at the same time'
complete -c clave-gateway -n $serve -l stun -x -d 'stun:host:port, for browsers of different networks'
complete -c clave-gateway -n $serve -l turn -x -d 'turn:host:port of the relay by which alone calls go'
complete -c clave-gateway -n $serve -l turn-secret -r -F -d 'Secret that gateway and relay share'
complete -c clave-gateway -n $serve -l trust-store -r -F -d 'Authorities by whose certificates people may activate'
complete -c clave-gateway -n $serve -l revocation -x -a 'require soft-fail off' -d 'Certificates of which nobody can say'
complete -c clave-gateway -n $serve -l crl -r -F -d 'Revocation lists'
complete -c clave-gateway -n $serve -l ocsp-responder -x -d 'Responder to ask about certificates'

complete -c clave-gateway -n '__clave_gateway_takes seed' -l count -x -d 'Numbered people beside the test citizens'
complete -c clave-gateway -n '__clave_gateway_takes seed' -l newcomers -x -d 'Numbered people who are not registered'

set -l about '__clave_gateway_takes "citizen add" "citizen set" "citizen show" "citizen renew" "citizen remove" "operator add" "operator remove" "device list" "device deactivate" "letter list" "letter send" "letter void" "appointment list" "appointment cancel" audit'
set -l add '__clave_gateway_takes "citizen add" "citizen set"'
complete -c clave-gateway -n $about -l document -x -d 'DNI or NIE'
complete -c clave-gateway -n $add -l full-name -x -d 'GIVEN/SURNAME[/SECOND]'
complete -c clave-gateway -n $add -l level -x -a 'basic advanced' -d 'Level of the registration'
complete -c clave-gateway -n $add -l validity -x -d 'Validity date of a DNI, day-month-year'
complete -c clave-gateway -n $add -l issue -x -d 'Issue date of a permanent DNI'
complete -c clave-gateway -n $add -l support -x -d 'Support number of a NIE'
complete -c clave-gateway -n $add -l phone -x -d 'Mobile telephone'
complete -c clave-gateway -n $add -l language -x -a 'ca es gl eu en' -d 'Language of text messages'

complete -c clave-gateway -n $add -l email -x -d 'E-mail address'
complete -c clave-gateway -n '__clave_gateway_takes "citizen remove"' -l reason -x -a 'death renunciation' -d 'Why'

complete -c clave-gateway -n '__clave_gateway_takes audit' -l verify -d 'Say whether no line was changed'
complete -c clave-gateway -n '__clave_gateway_takes audit' -l since -x -a '1h 1d 1w' -d 'From a day on, or so long ago'
complete -c clave-gateway -n '__clave_gateway_takes audit' -l act -x -d 'Lines with this act'
complete -c clave-gateway -n '__clave_gateway_takes outbox mail audit' -s n -l last -x -d 'How many to print'
complete -c clave-gateway -n '__clave_gateway_takes "citizen list" "citizen show" "operator list" "device list" "letter list" "appointment list" "errand list" outbox mail audit' -s j -l json -d 'Print JSON lines'
